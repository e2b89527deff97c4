"""Whatever is handed to the compiler, it says what is wrong and where; it never fails.

Every diagnostic points inside the file that it names, has a remedy, and can be shown.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from compiler.diagnostics.model import Diagnostic, RejectedError
from compiler.pipeline import compile_document
from compiler.reading import textfile
from compiler.reading.document import load_document
from compiler.rendering import contract
from compiler.rendering.partials import Partials, open_partials, render
from compiler.reporting import formats
from compiler.reporting.result import Result
from compiler.spec.parse import parse
from compiler.support.data_files import bundled_partials
from tests.helpers import SHIPPED, compiled
from tests.tiers import examples

SPEC = "spec.yaml"
TEXT = SHIPPED.read_text(encoding="utf-8")
TREE = load_document(TEXT, SPEC).value
# What costs a whole compile is not shrunk: a few examples, each of them readable.
WHOLE = examples(12, shrunk=False)
QUICK = examples(60)


def assert_sound(diagnostics: Iterable[Diagnostic], texts: Mapping[str, str]) -> None:
    """Each points inside its file, says something, says what would be right, and can be shown."""
    found = tuple(diagnostics)
    for item in found:
        assert item.message
        assert item.help or item.rule.fix
        assert item.labels
        for label in item.labels:
            lines = texts[label.at.file].split("\n")
            for at in (label.at.start, label.at.end):
                assert 1 <= at.line <= len(lines), f"{item.rule.code} is at line {at.line} of {len(lines)}"
                assert 1 <= at.column <= len(lines[at.line - 1]) + 1, f"{item.rule.code} is in column {at.column}"
            assert label.at.start <= label.at.end
    shown = {name: formats.render(name, Result(found, texts=texts)) for name in formats.FORMATS}
    assert shown["text"].count("= help: ") == len(set(found))
    assert len(json.loads(shown["json"])["diagnostics"]) == len(set(found))


def assert_read_or_refused(text: str) -> None:
    """Reading and parsing a text gives a spec, or says what is wrong with it."""
    try:
        parse(load_document(text, SPEC))
    except RejectedError as error:
        found = error.diagnostics
    else:
        return
    assert found
    assert_sound(found, {SPEC: text.replace("\r\n", "\n")})


# Any text, any bytes


@examples(200)
@example('"\\UFFFFFFFF"')
@example("a: b\r\nc: \rd")
@example("\ufeff\ufeffa: b")
@example("? [a\n")
@example("&a [*a]")
@example("%YAML 9.9\n---\na: b")
@example("!<tag:yaml.org,2002:str> a: b")
@example("a: !!binary ====")
@example("{" * 100)
@example("- " * 100)
@example("a: |9\n  b")
@given(st.text(max_size=80) | st.text("abc:-?[]{},&*!|>'\"%@`#\\ \n\t\r0.~<=u\u2028\ufeff\x85", max_size=60))
def test_any_text(text: str) -> None:
    assert_read_or_refused(text)


@examples(100)
@example(b"\xef\xbb\xbf")
@example(b"\xff\xfe\x00\x00")
@example("é".encode("latin-1"))
@given(
    st.binary(max_size=80)
    | st.builds(
        lambda text, code: text.encode(code, "surrogatepass"),
        st.text(max_size=20),
        st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-32"]),
    )
)
def test_any_bytes(data: bytes) -> None:
    try:
        text = textfile.decode(data)
    except textfile.NotTextError as error:
        said, at = str(error), error.at
    else:
        assert_read_or_refused(text)
        return
    assert said
    assert at.line <= data.count(b"\n") + 1
    assert at.column <= len(data) + 1


TOKENS = (
    "a", ": ", ":", "- ", "\n", "\n  ", "\n    - ", "{", "}", "[", "]", ", ", "'", '"', "#", " # ", "|\n", ">-\n",
    "&a ", "*a", "<<: ", "!x ", "!!str ", "? ", "%", "@", "`", "\\x", "---\n", "...\n", "~", "null", "010", "0x1f",
    "yes", "1e999", "2026-01-31", "15:00", "\t", "\u202e", "é", "日本", "{{", "}}", "${x}", "\x00", "\ud800", "9" * 30,
)  # fmt: skip


@examples(120)
@given(st.lists(st.sampled_from(TOKENS), max_size=25).map("".join))
def test_any_sequence_of_what_yaml_is_made_of(text: str) -> None:
    assert_read_or_refused(text)


@QUICK
@given(st.lists(st.tuples(st.integers(0, len(TEXT)), st.integers(0, 12), st.sampled_from(("", *TOKENS))), max_size=3))
def test_any_slip_of_the_pen_in_the_shipped_spec(slips: list[tuple[int, int, str]]) -> None:
    text = TEXT
    for at, length, new in slips:
        text = text[:at] + new + text[at + length :]
    assert_read_or_refused(text)


# Any change of the tree


def places(value: Any, route: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if route:
        yield route
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*route, key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from places(item, (*route, position))


PLACES = list(places(TREE))
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 2.5, 1e308, 10**17, "", "x", "yes", "{{resolve:ssm:x}}", "${AWS::Region}", "15", "0s", "1ms",
    "999999999999d", "0.000000001KB", "999999999999TB", "999999999999/s", "a" * 300, "日本", [], ["x"], [[]], {},
    {"x": 1}, {"Ref": "x"}, "us-east-1", "eu-west-1", "cn-north-1", "10.0.0.0/28", "replica", "primary", "ANY", "/{p+}",
    "alias/a",
)  # fmt: skip


def swapped(word: str) -> str:
    return word[1:2] + word[:1] + word[2:]


def change(tree: Any, how: str, route: tuple[Any, ...], odd: Any) -> None:
    """Removes, replaces, misspells or doubles what stands at a route, where it is still there."""
    parent = tree
    for step in route[:-1]:
        try:
            parent = parent[step]
        except (LookupError, TypeError):
            return
    last = route[-1]
    if isinstance(parent, list):
        there = isinstance(last, int) and last < len(parent)
    else:
        there = isinstance(parent, dict) and last in parent
    if not there:
        return
    if how == "remove":
        del parent[last]
    elif how == "replace":
        parent[last] = copy.deepcopy(odd)
    elif isinstance(parent, list):
        parent.append(copy.deepcopy(parent[last]))
    elif how == "misspell":
        parent[swapped(str(last))] = parent.pop(last)
    elif isinstance(parent[last], str):
        parent[last] = swapped(parent[last])


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["remove", "replace", "replace", "misspell", "double"]),
        st.sampled_from(PLACES),
        st.sampled_from(ODD),
    ),
    min_size=1,
    max_size=4,
)  # fmt: skip


def changed(changes: list[tuple[str, tuple[Any, ...], Any]]) -> str:
    tree = copy.deepcopy(TREE)
    for how, route, odd in changes:
        change(tree, how, route, odd)
    return json.dumps(tree, ensure_ascii=False, indent=1)


@examples(100)
@given(CHANGES)
def test_any_change_of_the_shipped_spec_is_read_or_refused(changes: list[tuple[str, tuple[Any, ...], Any]]) -> None:
    assert_read_or_refused(changed(changes))


LONG, SHORT = "999999999999d", "0.000000001ms"
LEGAL: dict[tuple[Any, ...], tuple[Any, ...]] = {
    ("naming", "tags"): ({}, {"a": "b"}, {f"k{n}": "v" * 256 for n in range(40)}),
    ("objectives", "rto"): (SHORT, "1s", "61s", LONG),
    ("objectives", "rpo"): ("0s", SHORT, "1s", "1d", LONG),
    ("objectives", "throughput"): ("0.000000001/s", "1/h", "999999999999/s"),
    ("objectives", "latency"): (SHORT, "1ms", LONG),
    ("regions", 0, "region"): ("eu-west-1", "us-west-2", "ap-southeast-3", "us-gov-west-1", "xx-east-9", "me-west-1"),
    ("regions", 1, "region"): ("us-east-1", "eu-central-1", "cn-north-1", "sa-east-1"),
    ("regions", 1, "role"): ("replica", "primary"),
    ("regions", 0, "cidr"): ("10.20.0.0/16", "10.0.0.0/28", "0.0.0.0/0", "999.0.0.0/99", "10.10.0.1/16", "8.8.8.0/24"),
    ("regions", 0, "zones"): (2, 5, 8, ["use1-az6", "use1-az1"], ["use1-az1", "usw2-az1"], ["us-east-1a"] * 9),
    ("quotas",): ({}, {"lambda_concurrency": 1}, {"lambda_concurrency": 1_000_000, "api_requests": "0.000000001/s"}),
    ("encryption", "alias"): ("alias/" + "a" * 200,),
    ("network", "endpoints"): ([], ["xray", "events", "kinesis-streams"]),
    ("tables",): ([],),
    ("tables", 0, "name"): ("a" * 40,),
    ("tables", 0, "key"): ({"partition": "a", "sort": "a"}, {"partition": "a" * 255}),
    ("tables", 0, "types"): ({"transaction_id": "number", "nowhere": "binary"},),
    ("tables", 0, "item_size"): ("0.000000001B", "999999999999TB", "400KB"),
    ("tables", 0, "writes"): (0, 1000, 1e-300),
    ("tables", 0, "indexes"): ([{"name": f"i{n}", "key": {"partition": f"k{n}"}} for n in range(25)],),
    ("tables", 0, "backup"): ("1d",),
    ("buckets",): ([],),
    ("buckets", 0, "name"): ("a" * 40, "code"),
    ("buckets", 0, "objects"): (0, 1000, 1e-300),
    ("buckets", 0, "object_size"): ("0.000000001B", "999999999999TB"),
    ("functions", 0, "source"): ("nowhere", ".", "../../../../..", "/dev", "dr-topology.yaml"),
    ("functions", 0, "runtime"): ("python2.7", "ruby3.2", "zzz"),
    ("functions", 0, "memory"): ("128MB", "10240MB"),
    ("functions", 0, "timeout"): ("1s", "15m"),
    ("functions", 0, "duration"): (SHORT, LONG),
    ("functions", 0, "cold_start"): (SHORT, LONG),
    ("functions", 0, "share"): (1e-300, 100),
    ("functions", 0, "log_size"): ("0.000000001B", "999999999999TB"),
    ("functions", 0, "tables"): ([], ["nowhere"]),
    ("functions", 0, "environment"): ({f"V{n}": "x" * 1024 for n in range(5)},),
    ("api", "routes", 0, "path"): ("/health", "/{a+}/b", "/" + "a" * 2000, "/{a}/{a}"),
    ("api", "routes", 0, "function"): ("nobody",),
    ("api", "routes", 0, "authorizer"): ("nobody",),
    ("api", "authorizers", 0, "issuer"): ("https://cognito-idp.us-east-1.amazonaws.com/x", "https://a:99999/"),
    ("api", "health"): ("/a/b/c",),
    ("api", "health_function"): ("nobody",),
    ("dns", "domain"): (".".join(["a" * 63] * 4), "a.io"),
    ("dns", "hosted_zone"): ("Z0123456789",),
    ("dns", "health_check", "interval"): ("30s",),
    ("dns", "health_check", "failures"): (1, 10),
    ("logs", "retention"): ("2d", "999999999999d"),
    ("logs", "archive_retention"): ("999999999999d",),
    ("monitoring", "error_rate"): ("0.000000001%", "50%"),
    ("accept",): ([], [{"finding": "DR325", "reason": "x"}],
                  [{"finding": "X", "reason": "x", "expires": "0001-01-01"}]),
}  # fmt: skip
ONE_LEGAL = st.sampled_from(sorted(LEGAL, key=str)).flatmap(
    lambda route: st.tuples(st.just(route), st.sampled_from(LEGAL[route]))
)


def compiled_or_refused(changes: Iterable[tuple[tuple[Any, ...], Any]]) -> None:
    """A compile of the shipped spec with values that the models allow ends well, or says what is wrong."""
    tree: Any = copy.deepcopy(TREE)
    for route, new in changes:
        parent = tree
        for step in route[:-1]:
            held = isinstance(parent, list) and isinstance(step, int) and step < len(parent)
            parent = parent[step] if held else parent.setdefault(step, {}) if isinstance(parent, dict) else {}
        parent[route[-1]] = copy.deepcopy(new)
    text = json.dumps(tree, ensure_ascii=False, indent=1)
    try:
        found = compile_document(load_document(text, SPEC), lint=False).diagnostics
    except RejectedError as error:
        found = error.diagnostics
    assert_sound(found, {SPEC: text} | partial_texts(found))


@WHOLE
@given(st.lists(ONE_LEGAL, min_size=1, max_size=5))
def test_any_values_that_the_models_allow_are_compiled_or_refused(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    compiled_or_refused(changes)


def partial_texts(found: Iterable[Diagnostic]) -> dict[str, str]:
    """Texts of the bundled partials that diagnostics point at, and of the templates they speak of."""
    files = {label.at.file for item in found for label in item.labels}
    texts = {}
    for file in files - {SPEC}:
        path = bundled_partials().parent / file
        texts[file] = path.read_text(encoding="utf-8") if path.is_file() else ""
    return texts


# Any partial

FIELDS = frozenset({"id", "name", "key_id", "tags"})
VIEW = {"id": "Topic", "name": "n", "key_id": {"Ref": "Key"}, "tags": [{"Key": "a", "Value": "b"}]}
PARTIAL = (bundled_partials() / "sns" / "topic.json.j2").read_text(encoding="utf-8")
PIECES = (
    "{{ id }}", "{{ tags }}", "{{", "}}", "{%", "%}", "{#", "#}", "{% if id %}", "{% endif %}", "{% for t in tags %}",
    "{{ t.Key }}", "{% endfor %}", "{% each t in tags %}", "{% endeach %}", "{% gated id %}", "{% endgated %}",
    "{% else %}", "{{ loop.last }}", "{{ id.x }}", "{{ id|e }}", "{{ 1/0 }}",
    "{{ id() }}", '{% include "sns/topic.json.j2" %}', '{% include "x" %}', "{% include id %}", "{% raw %}",
    "{% endraw %}", "{{ '\\' }}", "{", "}", "[", "]", ":", ",", '"', "\\", "\n", " ", "1e999", "NaN", "null",
    '"Resources"', '"Type": "A::B::C"', "{{ 9e999 }}", "\t", "\x00", "\u202e", "\ue000", "\ue001", "\ue0007:1\ue001",
    "é", "{{ id ~ id }}", "{% set x = 1 %}", "{{ '\\{' }}",
    "{{ self }}", "-%}",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("partials")
    (made / "a").mkdir()
    return made


def library_with(folder: Path, data: bytes) -> Partials:
    (folder / "a" / "b.json.j2").write_bytes(data)
    return open_partials(bundled_partials(), (folder,))


def assert_rendered_or_refused(folder: Path, data: bytes) -> None:
    library = library_with(folder, data)
    found = contract.check(library, "a/b.json.j2", FIELDS, exact=False)
    if not found:
        try:
            render(library, "a/b.json.j2", VIEW)
        except RejectedError as error:
            found = list(error.diagnostics)
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    assert_sound(found, {f"{folder.as_posix()}/a/b.json.j2": text, "partials/sns/topic.json.j2": PARTIAL})


@examples(120)
@example(b"{% for x in tags %}" * 30)
@example(b"{% each x in tags %}" * 30)
@example(b"{% gated id %}" * 60)
@example(b"{% each")
@example(b"{% each in in in %}{% endeach %}")
@example(b"{% gated")
@example(b"(" * 3000)
@example(b"{{ " + b"(" * 3000)
@example(b"{{ x" + b".y" * 3000 + b" }}")
@example(b'{% include "a/b.json.j2" %}')
@example(b'{"Resources": {"A": {{ id.__class__ }}}}')
@example(b"\xef\xbb\xbf{}")
@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_as_a_partial(folder: Path, data: bytes) -> None:
    assert_rendered_or_refused(folder, data)


@examples(120)
@given(st.lists(st.sampled_from(PIECES), max_size=15).map("".join))
def test_any_sequence_of_what_partials_are_made_of(folder: Path, text: str) -> None:
    assert_rendered_or_refused(folder, text.encode("utf-8", "surrogatepass"))


@examples(120)
@given(st.lists(st.tuples(st.integers(0, len(PARTIAL)), st.integers(0, 9), st.sampled_from(("", *PIECES))), max_size=3))
def test_any_slip_of_the_pen_in_a_partial(folder: Path, slips: list[tuple[int, int, str]]) -> None:
    text = PARTIAL
    for at, length, new in slips:
        text = text[:at] + new + text[at + length :]
    assert_rendered_or_refused(folder, text.encode("utf-8"))


ARGUMENTS = st.recursive(
    st.sampled_from([None, 1, "", "Key", "Key.Arn", "${Key.Arn}", "${", "${x", "${!x}", "AWS::Region", "Nothing"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "Ref"]), inner, max_size=2),
    max_leaves=5,
)
FUNCTIONS = ("Ref", "Fn::GetAtt", "Fn::Sub", "Fn::If", "Fn::Join", "Fn::Select", "Fn::ImportValue", "Fn::GetAZs",
             "Fn::Split", "Fn::FindInMap", "Fn::Base64", "Fn::Cidr", "Condition", "Fn::Unknown")  # fmt: skip
KINDS = sorted({body["Type"] for one in compiled(SHIPPED).templates for body in one.body["Resources"].values()})


@WHOLE
@example("AWS::SQS::Queue", [("QueueName", "Fn::Sub", [])], [])
@example("AWS::SQS::Queue", [("QueueName", "Fn::Join", ["", ["x", json.loads("[" * 300 + "]" * 300)]])], [])
@example("AWS::SQS::Queue", [("QueueName", "Fn::Sub", ["${Key}"])], ["Key", "Nothing"])
@example("AWS::SQS::Queue", [("QueueName", "Fn::GetAtt", [])], [])
@example("AWS::SQS::Queue", [("QueueName", "Fn::GetAtt", 1)], [])
@given(
    st.sampled_from(KINDS),
    st.lists(
        st.tuples(st.sampled_from(["Name", "Tags", "Policies"]), st.sampled_from(FUNCTIONS), ARGUMENTS), max_size=3
    ),
    st.lists(st.sampled_from(["Key", "AlertTopic", "Nothing"]), max_size=2),
)
def test_any_resource_that_a_partial_may_lay_out(
    folder: Path, kind: str, properties: list[tuple[str, str, Any]], after: list[str]
) -> None:
    """Functions with arguments that no function takes: told, not stumbled over."""
    body = {"Type": kind, "Properties": {name: {function: given} for name, function, given in properties}}
    resources = {"Resources": {"Own": {**body, "DependsOn": after}}}
    text = json.dumps(resources, indent=1)
    library_with(folder, text.encode("ascii"))
    document = load_document(TEXT, SPEC)
    try:
        found = compile_document(document, partials=(folder,), lint=False).diagnostics
    except RejectedError as error:
        found = error.diagnostics
    own = {f"{folder.as_posix()}/a/b.json.j2": text, SPEC: TEXT}
    assert_sound(found, partial_texts(found) | own)
