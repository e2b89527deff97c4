"""Fragments to one template: what the compiler adds to every resource, and what cannot be merged."""

from __future__ import annotations

from typing import Any

import pytest

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import RejectedError, Route, Rule
from compiler.findings.finding import Place as Where
from compiler.ir.elements import Block, StackId, StackKind
from compiler.ir.template import Template, View
from compiler.linking.link import LinkedBlock, LinkedStack
from compiler.rendering.fragment import Fragment, Place
from compiler.rendering.limits import overfull
from compiler.rendering.merge import merge
from compiler.rendering.partials import open_partials
from compiler.support.data_files import bundled_partials

STACK = StackId(StackKind.PRIMARY, "us-east-1")
LIBRARY = open_partials(bundled_partials(), ())


class Several(View, partial="sns/topic.json.j2"):
    """As many logical ids as a test says."""

    names: tuple[str, ...]

    @property
    def provides(self) -> tuple[str, ...]:
        return self.names


def block(
    *ids: str, condition: str | None = None, depends: tuple[str, ...] = (), added: str | None = None
) -> LinkedBlock:
    made = Block(STACK, Several(ids), ("alerts",), added=added)
    return LinkedBlock(made, condition, depends, ())


def fragment(**resources: Any) -> Fragment:
    places = {("Resources", id_): Place("sns/topic.json.j2", n) for n, id_ in enumerate(resources, 3)}
    return Fragment({"Resources": resources}, places)


def merged(
    *rendered: tuple[LinkedBlock, Fragment], parameters: Any = None, conditions: Any = None, outputs: Any = None
) -> Template:
    linked = LinkedStack(STACK, (), parameters or {}, conditions or {}, outputs or {}, (), (), {})
    return merge(linked, rendered, "What it is.", {("alerts",): "alerts"}, LIBRARY)


def refused(*rendered: tuple[LinkedBlock, Fragment], **more: Any) -> list[tuple[str, str, int]]:
    with pytest.raises(RejectedError) as caught:
        merged(*rendered, **more)
    return [(d.rule.code, d.span.file, d.span.start.line) for d in caught.value.diagnostics]


TOPIC = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "x"}}


def test_every_resource_is_kept_and_says_where_it_comes_from() -> None:
    template = merged((block("A"), fragment(A=TOPIC)))
    assert template.body["Resources"]["A"] == {
        "Type": "AWS::SNS::Topic",
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Metadata": {"Spec": "alerts"},
        "Properties": {"TopicName": "x"},
    }
    assert (template.origins["A"].partial, template.origins["A"].line) == ("partials/sns/topic.json.j2", 3)
    assert template.origins["A"].route == ("alerts",)
    assert template.file == "primary.us-east-1.json"


def test_what_the_spec_wants_deleted_is_deleted() -> None:
    linked = LinkedStack(STACK, (), {}, {}, {}, (), (), {})
    made = merge(linked, ((block("A"), fragment(A=TOPIC)),), "What it is.", {}, LIBRARY, "Delete")
    resource = made.body["Resources"]["A"]
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Delete", "Delete")


def test_a_partial_cannot_do_without_the_policies() -> None:
    body = {**TOPIC, "DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}
    resource = merged((block("A"), fragment(A=body))).body["Resources"]["A"]
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_gates_order_and_own_metadata_are_put_in() -> None:
    body = {**TOPIC, "DependsOn": "C", "Metadata": {"Wildcards": {}}}
    resource = merged(
        (block("A", condition="HasX", depends=("B",)), fragment(A=body)),
        conditions={"HasX": {"Fn::Equals": ["a", "b"]}},
    ).body["Resources"]["A"]
    assert resource["Condition"] == "HasX"
    assert resource["DependsOn"] == ["B", "C"]
    assert resource["Metadata"] == {"Spec": "alerts", "Wildcards": {}}
    assert list(resource) == ["Type", "Condition", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy", "Metadata",
                              "Properties"]  # fmt: skip


def test_other_attributes_of_a_resource_stay() -> None:
    body = {**TOPIC, "CreationPolicy": {"x": 1}, "UpdatePolicy": {"y": 2}}
    resource = merged((block("A"), fragment(A=body))).body["Resources"]["A"]
    assert (resource["CreationPolicy"], resource["UpdatePolicy"]) == ({"x": 1}, {"y": 2})


def test_sections_stand_in_one_order_and_empty_ones_do_not() -> None:
    whole = merged((block("B"), fragment(B=TOPIC)), (block("A"), fragment(A=TOPIC)), parameters={"p": {}},
                   conditions={"c": {}}, outputs={"o": {}})  # fmt: skip
    assert list(whole.body) == [
        "AWSTemplateFormatVersion",
        "Description",
        "Parameters",
        "Conditions",
        "Resources",
        "Outputs",
    ]
    assert list(whole.body["Resources"]) == ["A", "B"]
    assert list(merged((block("A"), fragment(A=TOPIC))).body) == [
        "AWSTemplateFormatVersion",
        "Description",
        "Resources",
    ]


def test_an_id_defined_twice_is_told_with_both_lines() -> None:
    first, second = (block("A"), fragment(A=TOPIC)), (block("A"), fragment(B=TOPIC, A=TOPIC))
    assert ("DR502", "partials/sns/topic.json.j2", 4) in refused(first, second)


def test_a_resource_that_a_partial_owes_is_told() -> None:
    assert refused((block("A", "B"), fragment(A=TOPIC))) == [("DR508", "partials/sns/topic.json.j2", 1)]
    assert merged((block("whatever", added="sns/topic.json.j2"), fragment(X=TOPIC))).body["Resources"].keys() == {"X"}


@pytest.mark.parametrize("body", [3, [], "AWS::SNS::Topic", {}, {"Type": 3}, {"Properties": {}}])
def test_what_is_no_resource_is_told_at_its_line(body: Any) -> None:
    assert refused((block("A"), fragment(A=body))) == [("DR505", "partials/sns/topic.json.j2", 3)]


def test_everything_wrong_is_told_at_once() -> None:
    found = refused((block("A"), fragment(A=3)), (block("B"), fragment(C=TOPIC)))
    assert [code for code, _, _ in found] == ["DR505", "DR508"]


@pytest.mark.parametrize(("section", "limit"), [("Resources", 500), ("Parameters", 200), ("Outputs", 200)])
def test_more_than_cloudformation_takes_is_refused_at_the_entry_with_which_it_is_full(section: str, limit: int) -> None:
    """The last legal count passes; with one more, the first entry in the order of the spec that has no room is told."""
    names = [f"X{n}" for n in range(limit + 2)]
    entries: list[Route] = [("tables", n) for n in range(limit)]
    # Whatever order a template has: what no entry asks for is counted first, then tables before functions.
    routes: dict[str, Route] = dict(zip(names, [("functions", 1), *entries[1:], ("functions", 0), ()], strict=True))

    def found(count: int) -> list[tuple[Rule, Where]]:
        body = {section: dict.fromkeys(names[:count], TOPIC)}
        return [(item.rule, item.at) for item in overfull([Template(STACK, body, {}, routes)])]

    assert found(limit) == []
    assert found(limit + 1) == [(Code.DR603, ("functions", 1))]
    assert found(limit + 2) == [(Code.DR603, ("functions", 0))]


def test_a_template_of_too_many_bytes_is_refused_where_it_is_full() -> None:
    """White space does not count: dr-deploy sends none. Entries count in the order of the spec."""
    names = [f"X{n}" for n in range(4)]
    routes: dict[str, Route] = dict(zip(names, [("functions", 0), ("tables", 0), ("tables", 1), ()], strict=True))

    def found(length: int) -> list[tuple[Rule, Where]]:
        body = {"Resources": {name: {"Type": "X", "Properties": {"Text": "x" * length}} for name in names}}
        return [(item.rule, item.at) for item in overfull([Template(STACK, body, {}, routes)])]

    assert found(249_900) == []
    assert found(250_000) == [(Code.DR603, ("functions", 0))]
    assert found(400_000) == [(Code.DR603, ("tables", 1))]
