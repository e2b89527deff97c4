"""Partials: the bundled ones keep their contract to the letter, and a user's are laid over them safely."""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import pkgutil
import re
import subprocess
import sys
import typing
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jinja2 import nodes

import compiler.services
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, RejectedError, in_order
from compiler.ir.elements import Block, Param, Ref, StackId, StackKind, join
from compiler.ir.template import Template, View
from compiler.linking import link
from compiler.pipeline import Compiled, compile_document
from compiler.reading.document import Document, load_document
from compiler.reading.textfile import oddities
from compiler.rendering import contract
from compiler.rendering.partials import Partials, open_partials, render, strays
from compiler.rules import cfn_lint
from compiler.services.added import AddedView
from compiler.services.kms import AliasView
from compiler.services.vpc import SubnetView
from compiler.spec.base import Form, TagValue
from compiler.spec.compute import FunctionDescription, VariableValue
from compiler.support.data_files import bundled_partials
from tests.helpers import ODD, ROOT, SHIPPED, compiled, each_odd_spec, odd_specs
from tests.tiers import examples
from tests.unprivileged import unprivileged

EXAMPLE = ROOT / "examples" / "every-field" / "specs" / "every-field.yaml"
BAD = Path(__file__).resolve().parents[1] / "bad_partials"
SPEC = load_document((BAD / "spec.yaml").read_text(encoding="utf-8"), "spec.yaml")
BUNDLED = open_partials(bundled_partials(), ())


def views() -> Iterator[type[Any]]:
    """Every view class of the services."""
    for module in pkgutil.iter_modules(compiler.services.__path__):
        for value in vars(importlib.import_module(f"compiler.services.{module.name}")).values():
            if isinstance(value, type) and issubclass(value, View) and value is not View:
                yield value


VIEWS = {view.partial: view for view in views()}


def compile_with(overlay: Path, document: Document = SPEC) -> Compiled:
    return compile_document(document, partials=(overlay,), lint=False)


def refused(overlay: Path) -> tuple[Diagnostic, ...]:
    with pytest.raises(RejectedError) as caught:
        compile_with(overlay)
    return in_order(caught.value.diagnostics)


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
    return path


# The bundled partials


def test_every_view_has_a_partial_and_every_partial_a_view() -> None:
    missing = [f"partials/{name}" for name in sorted(set(VIEWS) - set(BUNDLED.names()))]
    assert not missing, "views without their partial"
    unused = [f"partials/{name}" for name in sorted(set(BUNDLED.names()) - set(VIEWS))]
    assert not unused, "partials without a view of a service"
    assert len(VIEWS) == len(set(views()))


@pytest.mark.parametrize("name", sorted(VIEWS))
def test_a_partial_uses_the_fields_of_its_view_and_nothing_else(name: str) -> None:
    fields = frozenset(field.name for field in dataclasses.fields(VIEWS[name]))
    assert contract.check(BUNDLED, name, fields) == []


def entry_of(annotation: Any) -> type[Any] | None:
    """The class of the entries of a tuple, if they have one of ours."""
    parts = (part for part in typing.get_args(annotation) if isinstance(part, type) and dataclasses.is_dataclass(part))
    return next((part for part in parts if part.__module__.startswith("compiler.services.")), None)


@pytest.mark.parametrize("name", sorted(VIEWS))
def test_a_partial_uses_all_that_the_entries_of_a_list_have(name: str) -> None:
    hints = typing.get_type_hints(VIEWS[name])
    tree = BUNDLED.environment.parse(BUNDLED.text(name))
    looped = set()
    within: dict[str, type[Any]] = {}
    for loop in tree.find_all(nodes.For):
        assert isinstance(loop.target, nodes.Name)
        if isinstance(loop.iter, nodes.Getattr):
            # A list of an entry of the loop outside.
            assert isinstance(loop.iter.node, nodes.Name)
            entry = entry_of(typing.get_type_hints(within[loop.iter.node.name])[loop.iter.attr])
        else:
            assert isinstance(loop.iter, nodes.Name)
            looped.add(loop.iter.name)
            entry = entry_of(hints[loop.iter.name])
        used = {
            node.attr
            for node in loop.find_all(nodes.Getattr)
            if isinstance(node.node, nodes.Name) and node.node.name == loop.target.name
        }
        assert entry is not None
        within[loop.target.name] = entry
        assert used == {field.name for field in dataclasses.fields(entry)}
    assert looped == {field for field, hint in hints.items() if entry_of(hint)}


def test_a_view_is_frozen_and_has_the_ids_that_its_class_names() -> None:
    view = SubnetView(
        "Subnet1", "Subnet1Routes", Ref(STACK, "Vpc"), Ref(STACK, "Routes"), "10.0.0.0/24", "use1-az1", ()
    )
    assert Block(STACK, view, ("regions", 0)).provides == ("Subnet1", "Subnet1Routes")
    assert Block(STACK, view, ("regions", 0)).partial == "vpc/subnet.json.j2"
    with pytest.raises(dataclasses.FrozenInstanceError):
        view.zone_id = "use1-az2"  # type: ignore[misc]


@pytest.mark.parametrize("name", ["shipped", *each_odd_spec()])
def test_a_block_gets_the_view_of_its_partial(name: str) -> None:
    made = compiled(SHIPPED if name == "shipped" else ODD / f"{name}.yaml")
    for stack in made.linked.stacks:
        for block in stack.blocks:
            assert type(block.block.view) is VIEWS[block.block.partial], block.block.partial


def test_every_partial_is_used_by_some_spec_of_ours() -> None:
    """A partial that nothing renders is one that no test looks at."""
    used = {
        block.block.partial
        for path in (SHIPPED, EXAMPLE, *(ODD / f"{name}.yaml" for name in odd_specs()))
        for stack in compiled(path).linked.stacks
        for block in stack.blocks
    }
    assert used == set(VIEWS), "examples/every-field/specs/every-field.yaml uses every field and partial"


def test_a_field_that_is_not_used_is_reported() -> None:
    (found,) = contract.check(BUNDLED, "sns/topic.json.j2", frozenset({"id", "name", "key_id", "tags", "more"}))
    assert (found.rule, found.message) == (Code.DR503, "the view's field `more` is not used")
    assert (
        contract.check(BUNDLED, "sns/topic.json.j2", frozenset({"id", "name", "key_id", "tags", "x"}), exact=False)
        == []
    )


def test_partials_hold_nothing_odd() -> None:
    for name in BUNDLED.names():
        assert not any(oddities(BUNDLED.text(name))), name
        assert BUNDLED.text(name).isascii(), name


# A user's partials

QUEUE = """\
{
  "Resources": {
    "OrderQueue": {
      "Type": "AWS::SQS::Queue",
      "Properties": {
        "QueueName": {"Fn::Sub": "queue-orders-${environment}-${environmentSuffix}"},
        "KmsMasterKeyId": {{ key_id }},
        "MessageRetentionPeriod": 1209600,
        "Tags": {{ tags }}
      }
    },
    "OrderQueueOld": {
      "Type": "AWS::CloudWatch::Alarm",
      "Properties": {
        "AlarmName": {"Fn::Sub": "alarm-orders-old-${environment}-${environmentSuffix}"},
        "AlarmDescription": "Orders wait longer than anybody should.",
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateAgeOfOldestMessage",
        "Dimensions": [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["OrderQueue", "QueueName"]}}],
        "Statistic": "Maximum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 300,
        "ComparisonOperator": "GreaterThanThreshold",
        "AlarmActions": [{{ topic_arn }}],
        "Tags": {{ tags }}
      }
    }
  }
}
"""


KEY = '"Properties": {"KmsMasterKeyId": {{ key_id }}}'


def needed(body: Mapping[str, Any], name: str) -> set[str]:
    """A resource and all that it refers to."""
    found, waiting = set(), {name}
    while waiting:
        one = waiting.pop()
        found.add(one)
        text = json.dumps(body["Resources"][one])
        waiting |= {other for other in body["Resources"] if f'"{other}"' in text} - found
    return found


def test_an_added_partial_lands_in_both_serving_stacks_and_is_clean(tmp_path: Path) -> None:
    """A queue under the stack's key with an alarm that reports to the stack's topic."""
    write(tmp_path, "sqs/orders.json.j2", QUEUE)
    made = compile_with(tmp_path)
    having = [template for template in made.templates if "OrderQueue" in template.body["Resources"]]
    assert [template.stack.kind for template in having] == [StackKind.PRIMARY, StackKind.SECONDARY]
    for template in having:
        queue, alarm = (template.body["Resources"][name] for name in ("OrderQueue", "OrderQueueOld"))
        assert queue["Properties"]["KmsMasterKeyId"] == {"Ref": "Key"}
        assert alarm["Properties"]["AlarmActions"] == [{"Ref": "AlertTopic"}]
        assert {"Key": "dr:system", "Value": "shop"} in queue["Properties"]["Tags"]
        assert (queue["DeletionPolicy"], queue["UpdateReplacePolicy"]) == ("Retain", "Retain")
        assert template.origins["OrderQueueOld"].line == QUEUE[: QUEUE.index('"OrderQueueOld"')].count("\n") + 1
    # cfn-lint takes a while: one stack, and of it what the new resources touch.
    template = having[0]
    names = needed(template.body, "OrderQueueOld") | {"OrderQueue"}
    body = {**template.body, "Resources": {name: template.body["Resources"][name] for name in sorted(names)}}
    body.pop("Outputs")
    found = cfn_lint.lint([Template(template.stack, body, template.origins, {})])
    # What stands in the stack for others (parameters, conditions) is not used by the part.
    assert [item.message for item in found if item.lint not in ("W2001", "W8001")] == []


@pytest.mark.parametrize("kind", [StackKind.GLOBAL, StackKind.PRIMARY, StackKind.SECONDARY])
def test_an_added_partial_may_be_meant_for_one_kind_of_stack(kind: StackKind, tmp_path: Path) -> None:
    text = f'{{"Resources": {{"Own": {{"Type": "AWS::SQS::Queue", {KEY}}}}}}}'
    write(tmp_path, f"sqs/own.{kind}.json.j2", text)
    made = compile_with(tmp_path)
    assert [t.stack.kind for t in made.templates if "Own" in t.body["Resources"]] == [kind]


def test_an_added_partial_for_replicas_lands_nowhere_without_one(tmp_path: Path) -> None:
    write(tmp_path, "sqs/own.replica.json.j2", '{"Resources": {"Own": {"Type": "AWS::SQS::Queue"}}}')
    assert not any("Own" in template.body["Resources"] for template in compile_with(tmp_path).templates)


def test_every_field_of_the_view_of_added_partials_is_there(tmp_path: Path) -> None:
    fields = [field.name for field in dataclasses.fields(AddedView)]
    metadata = ", ".join(f'"{field}": {{{{ {field} }}}}' for field in fields)
    text = f'{{"Resources": {{"Own": {{"Type": "AWS::SQS::Queue", "Metadata": {{{metadata}}}, {KEY}}}}}}}'
    for kind in ("global", "primary"):
        write(tmp_path, f"sqs/own.{kind}.json.j2", text.replace('"Own"', f'"Own{kind.title()}"'))
    made = {template.stack.kind: template.body["Resources"] for template in compile_with(tmp_path).templates}
    primary = made[StackKind.PRIMARY]["OwnPrimary"]["Metadata"]
    assert (primary["stack"], primary["region"], primary["peer_region"]) == ("primary", "us-east-1", "us-west-2")
    assert primary["vpc_id"] == {"Ref": "Vpc"}
    assert primary["tag_map"]["dr:system"] == primary["system"] == "shop"
    assert made[StackKind.GLOBAL]["OwnGlobal"]["Metadata"]["vpc_id"] is None
    assert made[StackKind.GLOBAL]["OwnGlobal"]["Metadata"]["subnet_ids"] == []


def test_a_partial_of_the_same_name_replaces_ours(tmp_path: Path) -> None:
    bundled = BUNDLED.text("sns/topic.json.j2")
    write(tmp_path, "sns/topic.json.j2", bundled.replace('"Tags":', '"DisplayName": "mine",\n        "Tags":'))
    made = compile_with(tmp_path)
    assert len(made.templates) == 3
    for template in made.templates:
        assert template.body["Resources"]["AlertTopic"]["Properties"]["DisplayName"] == "mine"


def test_a_partial_may_leave_fields_of_its_view_out(tmp_path: Path) -> None:
    text = re.sub(r',\s*"Tags": {{ tags }}', "", BUNDLED.text("sns/topic.json.j2"))
    assert "tags" not in text
    write(tmp_path, "sns/topic.json.j2", text)
    assert "Tags" not in compile_with(tmp_path).templates[0].body["Resources"]["AlertTopic"]["Properties"]


def test_shared_parts_are_included_from_the_users_folder(tmp_path: Path) -> None:
    text = BUNDLED.text("sns/topic.json.j2").replace("{{ tags }}", '{% include "_shared/tags.json.j2" %}')
    write(tmp_path, "sns/topic.json.j2", text)
    write(tmp_path, "_shared/tags.json.j2", "{{ tags }}\n")
    properties = compile_with(tmp_path).templates[0].body["Resources"]["AlertTopic"]["Properties"]
    assert {"Key": "dr:system", "Value": "shop"} in properties["Tags"]


def test_templates_are_the_same_bytes_under_an_overlay_that_changes_nothing(tmp_path: Path) -> None:
    for name in BUNDLED.names():
        write(tmp_path, name, BUNDLED.text(name).replace("\n", "\r\n"))
    write(tmp_path, "README.md", "What these are for.")
    assert compile_with(tmp_path).bundle == compile_document(SPEC, lint=False).bundle


def test_an_empty_folder_is_fine(tmp_path: Path) -> None:
    assert compile_with(tmp_path).diagnostics == ()


FOLDERS = [
    (
        "s3/bucket.json",
        "`s3/bucket.json` is not used: the name of a partial must end in `.json.j2`",
        "rename or remove it",
    ),
    ("s3/bucket.j2", "`s3/bucket.j2` is not used: the name of a partial must end in `.json.j2`", "rename or remove it"),
    ("x.json.j2", "`x.json.j2` is not in the folder of a service", "move it to `<service>/x.json.j2`"),
    ("a/b/c.json.j2", "`a/b/c.json.j2` is not in the folder of a service", "move it to `<service>/c.json.j2`"),
    ("a/b.primry.json.j2", "`a/b.primry.json.j2`: `primry` is not a stack kind", "did you mean `primary`?"),
    ("a/b.x.json.j2", "`a/b.x.json.j2`: `x` is not a stack kind",
     "the stack kinds are global, primary, secondary, replica"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "message", "remedy"), FOLDERS)
def test_files_that_would_be_left_out_in_silence(name: str, message: str, remedy: str, tmp_path: Path) -> None:
    path = write(tmp_path, name, "{}")
    (found,) = refused(tmp_path)
    assert (found.rule, found.message, found.help) == (Code.DR507, message, remedy)
    assert found.span.file == path.as_posix()


def test_folders_that_cannot_be_used(tmp_path: Path) -> None:
    file = write(tmp_path, "file", "x")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path, message in (
        (file, f"the folder of partials `{file}` is not a folder"),
        (tmp_path / "pipe", f"the folder of partials `{tmp_path}/pipe` is not a folder"),
        (tmp_path / "none", f"the folder of partials `{tmp_path}/none` does not exist"),
        (tmp_path / "nul\0", "the folder of partials `"),
        (tmp_path / ("x" * 300), "the folder of partials cannot be used: File name too long"),
        (tmp_path / "loop", "the folder of partials `"),
    ):
        (found,) = strays(path)
        assert found.rule is Code.DR507
        assert found.message.startswith(message)


def test_what_may_not_be_read() -> None:
    with unprivileged() as folder:
        (folder / "closed").mkdir()
        write(folder / "closed", "a.json.j2", "{}")
        (folder / "closed").chmod(0)
        (found,) = strays(folder)
        assert found.message == f"the folder `{folder}/closed` cannot be read: Permission denied"
    with unprivileged() as folder:
        write(folder, "a/b.json.j2", "{}").chmod(0)
        library = open_partials(bundled_partials(), (folder,))
        (unread,) = contract.check(library, "a/b.json.j2", frozenset())
        assert (unread.rule, unread.message) == (Code.DR506, "the partial cannot be read: Permission denied")


def test_pipes_and_links_among_partials(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    os.mkfifo(tmp_path / "a" / "pipe.json.j2")
    (tmp_path / "a" / "gone.json.j2").symlink_to("nothing")
    assert [found.message for found in strays(tmp_path)] == [
        "`a/gone.json.j2` is not a file",
        "`a/pipe.json.j2` is not a file",
    ]


BYTES = [
    (b"{\n  \xff\n}", 2, 3, "byte 0xff is not UTF-8"),
    ('{"a": 1}'.encode("utf-16"), 1, 1, "the file is encoded as UTF-16, not UTF-8"),
    (b"{\n\0}", 2, 1, "U+0000"),
    (b" " * 1_000_001, 1, 1, "the partial has 1,000,001 bytes"),
]


@pytest.mark.parametrize(("data", "line", "column", "message"), BYTES)
def test_bytes_that_are_no_partial(data: bytes, line: int, column: int, message: str, tmp_path: Path) -> None:
    path = write(tmp_path, "a/b.json.j2", data)
    (found,) = refused(tmp_path)
    assert found.rule is Code.DR506
    assert message in found.message
    assert (found.span.file, found.span.start.line, found.span.start.column) == (path.as_posix(), line, column)


def test_more_resources_than_a_stack_may_have(tmp_path: Path) -> None:
    topics = ",\n".join(f'"Own{n}": {{"Type": "AWS::SQS::Queue"}}' for n in range(500))
    write(tmp_path, "sqs/many.json.j2", f'{{"Resources": {{{topics}}}}}')
    found = refused(tmp_path)
    assert {item.rule.code for item in found} == {"DR603"}
    assert "CloudFormation allows 500" in found[0].message


def test_a_fault_of_a_bundled_partial_is_shown_under_its_own_name(tmp_path: Path) -> None:
    """What no spec and no user can cause: a view without a field that its partial uses."""
    with pytest.raises(RejectedError) as caught:
        render(BUNDLED, "sns/topic.json.j2", {"id": "A", "name": "b", "key_id": "c"})
    (found,) = caught.value.diagnostics
    assert (found.rule, found.message) == (Code.DR503, "the view has no `tags` here")
    assert (found.span.file, found.span.start.line) == ("partials/sns/topic.json.j2", 8)
    with pytest.raises(RejectedError) as caught:
        render(BUNDLED, "sns/none.json.j2", {})
    assert caught.value.diagnostics[0].message == "there is no partial `sns/none.json.j2`"


# The two tags that partials have beyond Jinja's

EACH_AND_GATED = """\
{"Resources": {
  "A": {"Type": "T", "P": [
    {% each entry in entries %}
    {% gated entry.gate %}
    {{ entry.value }}
    {% endgated %}
    {% endeach %}
  ]},
  "B": {}
}}
"""


@pytest.mark.parametrize(
    ("entries", "written"),
    [
        ([], []),
        ([(None, 1)], [1]),
        ([(None, 1), (None, [2]), (None, 3)], [1, [2], 3]),
        ([("HasKey", "a"), (None, "b")], [{"Fn::If": ["HasKey", "a", {"Ref": "AWS::NoValue"}]}, "b"]),
    ],
)
def test_each_writes_the_commas_and_gated_the_condition(entries: Any, written: Any, tmp_path: Path) -> None:
    write(tmp_path, "a/one.json.j2", EACH_AND_GATED)
    view = {"entries": [{"gate": gate, "value": value} for gate, value in entries]}
    fragment = render(open_partials(bundled_partials(), (tmp_path,)), "a/one.json.j2", view)
    assert fragment.resources["A"]["P"] == written
    assert fragment.places["Resources", "B"].line == 9


def test_what_is_wrong_inside_a_tag_has_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, "a/one.json.j2", EACH_AND_GATED.replace("{{ entry.value }}", "{{ entry.value }} 2"))
    with pytest.raises(RejectedError) as caught:
        render(
            open_partials(bundled_partials(), (tmp_path,)), "a/one.json.j2", {"entries": [{"gate": "G", "value": 1}]}
        )
    (found,) = caught.value.diagnostics
    assert (found.rule, found.span.file, found.span.start.line) == (Code.DR501, path.as_posix(), 5)


@pytest.mark.parametrize(
    ("expression", "written"),
    [("(1, value)", [1, 2]), ('{1: "x"}', {"1": "x"}), ("[(value,)]", [[2]]), ("value / 4", 0.5), ("none", None)],
)
def test_what_a_partial_makes_itself_is_what_json_makes_of_it(expression: str, written: object, tmp_path: Path) -> None:
    write(tmp_path, "a/one.json.j2", '{"Resources": {"A": {"P": {{ ' + expression + " }} }}}")
    fragment = render(open_partials(bundled_partials(), (tmp_path,)), "a/one.json.j2", {"value": 2})
    assert repr(fragment.resources["A"]["P"]) == repr(written)


@pytest.mark.parametrize("expression", ["self", "[self]", "1e999"])
def test_what_json_does_not_have_is_refused(expression: str, tmp_path: Path) -> None:
    path = write(tmp_path, "a/one.json.j2", '{"Resources": {"A": {"P": {{ ' + expression + " }} }}}")
    with pytest.raises(RejectedError) as caught:
        render(open_partials(bundled_partials(), (tmp_path,)), "a/one.json.j2", {})
    (found,) = caught.value.diagnostics
    assert (found.rule, found.span.file) == (Code.DR506, path.as_posix())


# Nothing of a spec's text becomes anything but a text

ONE = """{"Resources": {"A": {"Type": "T", "P": {{ value }}, "Q": [{{ value }}], "Z": "end"}, {{ name }}: {}}}"""


def one(tmp_path_factory: pytest.TempPathFactory) -> Partials:
    folder = tmp_path_factory.mktemp("one")
    write(folder, "a/one.json.j2", ONE)
    return open_partials(bundled_partials(), (folder,))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Partials:
    return one(tmp_path_factory)


TEXTS = st.text(max_size=40) | st.sampled_from(
    [
        '"', '\\"', '", "Type": "AWS::IAM::Role', '"}}, "B": {', "{{ value }}", "{% raw %}", "{# x #}",
        "${AWS::AccountId}", '{"Ref": "AWS::AccountId"}', "\ue0001:1\ue001", "\ue000", "\u2028", "</script>",
        "\\u0022", "\n{{ x }}\n", "\ud800",
    ]
)  # fmt: skip


@given(TEXTS)
def test_a_value_is_one_json_string_whatever_it_holds(library: Partials, text: str) -> None:
    fragment = render(library, "a/one.json.j2", {"value": text, "name": "B" + text})
    assert list(fragment.resources) == ["A", "B" + text]
    assert fragment.resources["A"] == {"Type": "T", "P": text, "Q": [text], "Z": "end"}


STACK = StackId(StackKind.PRIMARY, "us-east-1")


def substituted(written: Any, values: Mapping[str, str]) -> str:
    """What CloudFormation makes of a text or an `Fn::Sub`.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html
    """
    if isinstance(written, str):
        return written
    assert list(written) == ["Fn::Sub"]
    template, own = written["Fn::Sub"] if isinstance(written["Fn::Sub"], list) else (written["Fn::Sub"], {})
    known = {**values, **own}

    def value(match: re.Match[str]) -> str:
        return f"${{{match[1][1:]}}}" if match[1].startswith("!") else known[match[1]]

    return re.sub(r"\$\{([^}]*)\}", value, template)


PARTS = st.lists(st.one_of(st.text("$ {}!aA:", max_size=6), st.just(Param("environment")), st.just(Ref(STACK, "Key"))))


@example(["$", "{AWS::AccountId}", Param("environment")])
@given(PARTS)
def test_plain_text_in_a_substitution_stays_plain(parts: list[str | Param | Ref]) -> None:
    """`${AWS::AccountId}` in a text of the spec is those letters, also where it comes about by joining two texts."""
    block = Block(STACK, AliasView("Key", "n", Ref(STACK, "Key")), ("name",))
    alias = AliasView("Alias", join(*parts), Ref(STACK, "Key"))
    linked, findings = link.link("shop", (STACK,), (block, Block(STACK, alias, ())))
    assert findings == ()
    assert linked is not None
    written = linked.stacks[0].blocks[1].view["name"]
    values = {"environment": "<environment>", "Key": "<key>"}
    meant = "".join(
        part if isinstance(part, str) else values["environment" if isinstance(part, Param) else "Key"] for part in parts
    )
    assert substituted(written, values) == meant


def allowed(kind: Any) -> Callable[[str], bool]:
    """Whether the models and the reader take a text of a kind."""
    form = next(item for item in typing.get_args(kind) if isinstance(item, Form))

    def check(text: str) -> bool:
        if any(oddities(text)):
            return False
        try:
            return form.check(text) == text
        except ValueError:
            return False

    return check


NASTY = ["${AWS::AccountId}", '"}', "\\", '{"Ref": "Key"}', "!Ref Key", "$", "${", "}", "{%", "{#", "é日😀", "\t", "'"]


def without(template: Template) -> str:
    """A template as text, without the three texts that the property puts into it."""
    body = json.loads(json.dumps(template.body))
    for resource in body["Resources"].values():
        properties = resource.get("Properties", {})
        if isinstance(properties.get("Tags"), list):
            properties["Tags"] = [tag for tag in properties["Tags"] if tag["Key"] != "said"]
        for tags in (properties.get("Tags"), properties.get("HostedZoneTags"), properties.get("HealthCheckTags")):
            if isinstance(tags, dict):
                tags.pop("said", None)
            elif tags:
                tags[:] = [tag for tag in tags if tag["Key"] != "said"]
        for replica in properties.get("Replicas", ()):
            replica["Tags"] = [tag for tag in replica["Tags"] if tag["Key"] != "said"]
        if resource["Type"] == "AWS::Lambda::Function":
            properties["Description"] = "the description"
            properties["Environment"]["Variables"].pop("SAID", None)
    return json.dumps(body)


PLAIN = compile_document(SPEC, lint=False).templates


@examples(8, shrunk=False)
@example("${AWS::AccountId} $${x} ${!y}", "a")
@given(
    st.lists(st.sampled_from(NASTY) | st.text("aZ ${}\"'\\:[]!&*%@`\u20ac", max_size=12), min_size=1, max_size=6)
    .map("".join)
    .filter(allowed(VariableValue))
    .filter(allowed(FunctionDescription)),
    st.text("aZ0 _.:/=+-@", min_size=1, max_size=20).filter(allowed(TagValue)),
)
def test_what_a_spec_says_arrives_as_it_was_said(text: str, tag: str) -> None:
    """A description, a variable and a tag: letter by letter as texts, and nothing else in any template changes."""
    tree = json.loads(json.dumps(SPEC.value))
    tree["functions"][0] |= {"description": text, "environment": {"SAID": text}}
    tree["naming"]["tags"] = {"said": tag}
    made = compile_document(load_document(json.dumps(tree, ensure_ascii=False), "spec.yaml"), lint=False)
    functions = 0
    for template in made.templates:
        for resource in template.body["Resources"].values():
            properties = resource.get("Properties", {})
            tags = properties.get("Tags", [])
            if isinstance(tags, list) and tags:
                assert {"Key": "said", "Value": tag} in tags
            # The function for Route 53 has the variables, and says of itself what it is for; the latch has neither.
            ours = (
                properties.get("Handler") == "index.handler" and "TABLES" not in properties["Environment"]["Variables"]
            )
            if resource["Type"] == "AWS::Lambda::Function" and not ours:
                functions += 1
                described = substituted(properties["Description"], {})
                assert described == text or described.endswith("for the health checks of Route 53")
                assert substituted(properties["Environment"]["Variables"]["SAID"], {}) == text
    assert functions == 4
    assert [without(template) for template in made.templates] == [without(template) for template in PLAIN]


# What is remembered between runs


def flipped(data: bytes) -> bytes:
    """The same with three bits of its second half turned over."""
    changed = bytearray(data)
    for number in range(3):
        changed[len(data) // 2 + number * 7] ^= 1 << (number + 1)
    return bytes(changed)


@pytest.mark.parametrize("damage", [flipped, lambda data: data[: len(data) // 2], lambda data: b"x" * len(data)])
def test_a_damaged_cache_costs_time_only(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    """A process each: code objects that are damaged end Python itself."""
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "compiler", str(SHIPPED), "--check", "--no-cache"]
    for _ in range(2):
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        files = [path for path in tmp_path.rglob("*.cache") if path.is_file()]
        assert len(files) > 10
        for path in files:
            path.write_bytes(damage(path.read_bytes()))
