"""References between hand-made blocks: how each travels, what waits for it, and what cannot be."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from compiler.ir.elements import (
    Block,
    Condition,
    Element,
    Gate,
    OptionalRef,
    Output,
    Param,
    Parameter,
    Ref,
    StackId,
    StackKind,
    join,
)
from compiler.ir.names import SUFFIX
from compiler.ir.template import View
from compiler.linking.link import Linked, LinkedBlock, LinkedStack, link
from compiler.linking.lowering import ALWAYS
from compiler.linking.waves import Source, Wire

G = StackId(StackKind.GLOBAL, "us-east-1")
P = StackId(StackKind.PRIMARY, "us-east-1")
S = StackId(StackKind.SECONDARY, "us-west-2")
R = StackId(StackKind.REPLICA, "eu-west-1")
STACKS = (G, P, S, R)


class Anything(View, partial="x.json.j2"):
    """Any value, to be resolved."""

    id: str
    value: Any


def block(stack: StackId, id_: str, value: Any = None, **more: Any) -> Block:
    return Block(stack, Anything(id_, value), (id_,), **more)


def linked(*placed: Any) -> Linked:
    made, findings = link("sys", STACKS, placed)
    assert findings == ()
    assert made is not None
    return made


def stack_of(made: Linked, stack: StackId) -> LinkedStack:
    return next(item for item in made.stacks if item.stack == stack)


def one(made: Linked, stack: StackId, id_: str) -> LinkedBlock:
    return next(item for item in stack_of(made, stack).blocks if item.block.id == id_)


def value(made: Linked, stack: StackId, id_: str) -> Any:
    return one(made, stack, id_).view["value"]


def export(kind: str, output: str) -> dict[str, str]:
    return {"Fn::Sub": f"sys-${{environment}}-${{environmentSuffix}}-{kind}-{output}"}


def test_in_the_same_stack_a_reference_is_a_ref_or_an_attribute() -> None:
    made = linked(block(P, "A"), block(P, "B", [Ref(P, "A"), Ref(P, "A", "Arn")]))
    assert value(made, P, "B") == [{"Ref": "A"}, {"Fn::GetAtt": ["A", "Arn"]}]
    assert stack_of(made, P).outputs == {}
    assert one(made, P, "B").condition is None


def test_in_the_same_region_a_later_stack_imports_an_export() -> None:
    made = linked(block(G, "Zone"), block(P, "B", Ref(G, "Zone")))
    assert value(made, P, "B") == {"Fn::ImportValue": export("global", "ZoneId")}
    (output,) = stack_of(made, G).outputs.values()
    assert output["Export"]["Name"] == export("global", "ZoneId")
    assert output["Value"] == {"Ref": "Zone"}
    assert stack_of(made, P).imports == (Source(G, "ZoneId"),)
    assert stack_of(made, P).parameters == {}
    assert [[step.stack for step in wave] for wave in made.waves] == [[G, S, R], [P]]


def test_in_the_same_region_an_earlier_stack_is_given_a_parameter() -> None:
    """Two stacks that import from each other could never be deleted."""
    made = linked(block(P, "Api"), block(G, "Check", Ref(P, "Api")))
    assert value(made, G, "Check") == {"Ref": "PrimaryApiId"}
    assert one(made, G, "Check").condition == "HasPrimaryApiId"


def test_in_another_region_a_reference_is_a_parameter_with_a_gate() -> None:
    made = linked(block(P, "Key"), block(S, "Bucket", Ref(P, "Key", "Arn")))
    stack = stack_of(made, S)
    assert value(made, S, "Bucket") == {"Ref": "PrimaryKeyArn"}
    assert one(made, S, "Bucket").condition == "HasPrimaryKeyArn"
    assert one(made, S, "Bucket").gates == ("PrimaryKeyArn",)
    assert stack.parameters["PrimaryKeyArn"]["Default"] == ""
    assert stack.parameters["PrimaryKeyArn"]["Type"] == "String"
    assert "primary.us-east-1" in stack.parameters["PrimaryKeyArn"]["Description"]
    assert stack.conditions == {"HasPrimaryKeyArn": {"Fn::Not": [{"Fn::Equals": [{"Ref": "PrimaryKeyArn"}, ""]}]}}
    assert stack.wires == (Wire("PrimaryKeyArn", Source(P, "KeyArn")),)
    assert stack_of(made, P).outputs["KeyArn"]["Value"] == {"Fn::GetAtt": ["Key", "Arn"]}


def test_parameters_of_two_replicas_differ_by_region() -> None:
    other = StackId(StackKind.REPLICA, "ca-central-1")
    made, _ = link("sys", (P, other, R), [block(other, "Key"), block(R, "Key"),
                                         block(P, "T", [Ref(other, "Key"), Ref(R, "Key")])])  # fmt: skip
    assert made is not None
    assert value(made, P, "T") == [{"Ref": "ReplicaCaCentral1KeyId"}, {"Ref": "ReplicaEuWest1KeyId"}]


def test_further_stacks_of_one_kind_in_one_region() -> None:
    """A part imports from the first stack of its kind, which takes a parameter: names tell the two apart."""
    data = StackId(StackKind.PRIMARY, "us-east-1", "data")
    made, findings = link(
        "sys", (P, data), [block(P, "Key"), block(data, "Table", Ref(P, "Key")), block(P, "Alarm", Ref(data, "Table"))]
    )
    assert made is not None, findings
    assert value(made, data, "Table") == {"Fn::ImportValue": export("primary", "KeyId")}
    assert value(made, P, "Alarm") == {"Ref": "DataPrimaryTableId"}
    assert stack_of(made, data).outputs["TableId"]["Export"]["Name"] == export("primary-data", "TableId")
    assert [[step.stack.name for step in wave] for wave in made.waves] == [
        ["primary.us-east-1"], ["primary-data.us-east-1"], ["primary.us-east-1"],
    ]  # fmt: skip


def test_what_the_resource_can_do_without_does_not_keep_it_out() -> None:
    key = Ref(S, "Key", "Arn")
    made = linked(
        block(S, "Key"), block(P, "Bucket", {"Fn::If": [Gate((key,)), OptionalRef(key), {"Ref": "AWS::NoValue"}]})
    )
    assert one(made, P, "Bucket").condition is None
    assert value(made, P, "Bucket") == {
        "Fn::If": ["HasSecondaryKeyArn", {"Ref": "SecondaryKeyArn"}, {"Ref": "AWS::NoValue"}]
    }
    assert made.waves[0][1].stack == P


def test_a_gate_on_what_is_always_there_is_open() -> None:
    made = linked(block(P, "Key"), block(P, "B", Gate((Ref(P, "Key"),))))
    assert value(made, P, "B") == ALWAYS


def test_gates_spread_along_a_chain() -> None:
    made = linked(
        block(S, "Key"),
        block(P, "First", Ref(S, "Key")),
        block(P, "Second", Ref(P, "First")),
        block(P, "Third", Ref(P, "Second", "Arn")),
        block(P, "Beside"),
    )
    conditions = {item.block.id: item.condition for item in stack_of(made, P).blocks}
    gate = "HasSecondaryKeyId"
    assert conditions == {"First": gate, "Second": gate, "Third": gate, "Beside": None}


def test_a_chain_over_three_stacks_takes_three_waves() -> None:
    made = linked(block(S, "Key"), block(P, "Table", Ref(S, "Key")), block(R, "Watch", Ref(P, "Table", "Arn")))
    assert stack_of(made, P).outputs["TableArn"]["Condition"] == "HasSecondaryKeyId"
    known = [{step.stack: step.parameters for step in wave} for wave in made.waves]
    assert known[1] == {P: ("SecondaryKeyId",)}
    assert known[2] == {R: ("PrimaryTableArn",)}


def test_both_sides_of_a_diamond_close_its_end() -> None:
    made = linked(
        block(S, "Key"),
        block(R, "Key"),
        block(P, "Left", Ref(S, "Key")),
        block(P, "Right", Ref(R, "Key")),
        block(P, "End", [Ref(P, "Left"), Ref(P, "Right")]),
    )
    end = one(made, P, "End")
    assert end.gates == ("ReplicaEuWest1KeyId", "SecondaryKeyId")
    assert end.condition == "HasReplicaEuWest1KeyIdAndHasSecondaryKeyId"
    parts = [{"Condition": "HasReplicaEuWest1KeyId"}, {"Condition": "HasSecondaryKeyId"}]
    assert stack_of(made, P).conditions[str(end.condition)] == {"Fn::And": parts}


def _names(condition: Any) -> list[str]:
    found: list[str] = []
    for part in condition["Fn::And"]:
        assert len(condition["Fn::And"]) <= 10, "Fn::And takes two to ten"
        found += _names(part) if "Fn::And" in part else [part["Condition"]]
    assert len(condition["Fn::And"]) >= 2
    return found


@pytest.mark.parametrize("count", [3, 10, 11, 19, 20, 45])
def test_many_gates_are_joined_ten_at_a_time(count: int) -> None:
    keys = [block(S, f"Key{n:02}") for n in range(count)]
    made = linked(*keys, block(P, "All", [Ref(S, key.id) for key in keys]))
    name = one(made, P, "All").condition
    assert name is not None
    assert name.startswith(f"All{count}Of")
    assert _names(stack_of(made, P).conditions[name]) == [f"HasSecondaryKey{n:02}Id" for n in range(count)]


def test_what_must_exist_first_without_its_value() -> None:
    made = linked(
        block(P, "Role"), block(P, "Stream", after=(Ref(P, "Role"),)), block(G, "Check", after=(Ref(P, "Role"),))
    )
    assert one(made, P, "Stream").depends_on == ("Role",)
    assert one(made, G, "Check").condition == "HasPrimaryRoleId", "a gate stands for what another stack must have"


def test_an_export_that_is_gated_is_not_imported() -> None:
    """An import of what is not there would keep the whole stack back."""
    made = linked(block(S, "Key"), block(G, "Zone", Ref(S, "Key")), block(P, "Record", Ref(G, "Zone")))
    assert value(made, P, "Record") == {"Ref": "GlobalZoneId"}
    assert stack_of(made, P).imports == ()


def test_conditions_of_a_resources_own_spread_too() -> None:
    toggle = Condition(P, "Wanted", {"Fn::Equals": [Param("wanted"), "true"]})
    made = linked(
        Parameter(P, "wanted", {"Type": "String", "Default": "true"}),
        toggle,
        block(P, "Topic", condition="Wanted"),
        block(P, "Subscription", Ref(P, "Topic")),
        block(S, "Key"),
        block(P, "Both", [Ref(P, "Topic"), Ref(S, "Key")]),
        Output(P, "TopicArn", Ref(P, "Topic"), "The topic.", ("Topic",)),
    )
    assert one(made, P, "Subscription").condition == "Wanted"
    assert one(made, P, "Both").condition == "HasSecondaryKeyIdAndWanted"
    assert stack_of(made, P).outputs["TopicArn"]["Condition"] == "Wanted"
    assert stack_of(made, P).conditions["Wanted"] == {"Fn::Equals": [{"Ref": "wanted"}, "true"]}


def test_a_value_that_may_be_switched_off_is_not_imported() -> None:
    made = linked(
        Condition(G, "Wanted", {"Fn::Equals": ["a", "a"]}),
        block(G, "Zone", condition="Wanted"),
        block(P, "B", Ref(G, "Zone")),
    )
    assert value(made, P, "B") == {"Ref": "GlobalZoneId"}


def test_outputs_are_described_exported_and_gated() -> None:
    made = linked(
        block(S, "Key"),
        block(P, "Table", Ref(S, "Key")),
        Output(P, "Name", join("table-", SUFFIX), "Its name.", ("tables", 0)),
        Output(P, "Stream", Ref(P, "Table", "StreamArn"), "Its stream.", ("tables", 0)),
        Output(P, "Peer", Ref(S, "Key"), "The key over there.", ("tables", 0)),
    )
    outputs = stack_of(made, P).outputs
    assert list(outputs) == ["Name", "Peer", "Stream"]
    assert "Condition" not in outputs["Name"]
    assert outputs["Name"] == {
        "Description": "Its name.",
        "Value": {"Fn::Sub": "table-${environmentSuffix}"},
        "Export": {"Name": export("primary", "Name")},
    }
    assert outputs["Stream"]["Condition"] == outputs["Peer"]["Condition"] == "HasSecondaryKeyId"
    assert outputs["Peer"]["Value"] == {"Ref": "SecondaryKeyId"}
    assert stack_of(made, P).routes["Stream"] == ("tables", 0)


def test_texts_are_one_sub_and_plain_text_stays_plain() -> None:
    made = linked(
        block(G, "Zone"),
        block(S, "Key"),
        block(P, "A"),
        block(
            P,
            "B",
            [
                join("plain"),
                join("a ${b} ${c"),
                join("a-", SUFFIX, "-${x}"),
                join(Ref(P, "A"), "/", Ref(P, "A", "Arn")),
                join("zone/", Ref(G, "Zone")),
                join("key/", Ref(S, "Key")),
            ],
        ),
    )
    assert value(made, P, "B") == [
        "plain",
        {"Fn::Sub": ["a ${Dollar}{b} ${Dollar}{c", {"Dollar": "$"}]},
        {"Fn::Sub": ["a-${environmentSuffix}-${Dollar}{x}", {"Dollar": "$"}]},
        {"Fn::Sub": "${A}/${A.Arn}"},
        {"Fn::Sub": ["zone/${ZoneId}", {"ZoneId": {"Fn::ImportValue": export("global", "ZoneId")}}]},
        {"Fn::Sub": "key/${SecondaryKeyId}"},
    ]


def test_a_reference_to_nothing_is_told_with_who_and_what() -> None:
    made, findings = link("sys", STACKS, [block(P, "A", Ref(S, "Gone"))])
    assert made is None
    (finding,) = findings
    assert (finding.rule.code, finding.at) == ("DR602", ("A",))
    assert finding.message == "`A` refers to `Gone`, which the stack secondary.us-west-2 does not define"


def test_every_reference_to_nothing_is_told_at_once() -> None:
    placed: list[Element] = [
        block(P, "A", [Ref(P, "X"), OptionalRef(Ref(S, "Y"))], after=(Ref(G, "Z"),)),
        Output(S, "Out", Ref(S, "W"), "Nothing.", ("outputs",)),
    ]
    made, findings = link("sys", STACKS, placed)
    assert made is None
    assert sorted(f.message.split("`")[3] for f in findings) == ["W", "X", "Y", "Z"]
    assert {f.rule.code for f in findings} == {"DR602"}


def test_a_circle_is_told_with_its_path_at_a_place_in_the_spec() -> None:
    made, findings = link("sys", STACKS, [block(P, "A", Ref(S, "B")), block(S, "B", Ref(P, "A"))])
    assert made is None
    (finding,) = findings
    assert finding.rule.code == "DR601"
    assert finding.at == ("A",)
    assert finding.message == (
        "the stacks wait for each other, so that none of them can be completed: "
        "primary.us-east-1 needs SecondaryBId -> secondary.us-west-2 needs PrimaryAId"
    )


def test_a_circle_over_three_stacks_is_told_whole() -> None:
    placed = [
        block(P, "A", Ref(R, "C")),
        block(S, "B", Ref(P, "A")),
        block(R, "C", Ref(S, "B")),
        block(G, "D", Ref(P, "A")),
    ]
    made, findings = link("sys", STACKS, placed)
    assert made is None
    message = findings[0].message
    for part in ("primary.us-east-1 needs ReplicaEuWest1CId", "secondary.us-west-2 needs PrimaryAId",
                 "replica.eu-west-1 needs SecondaryBId"):  # fmt: skip
        assert part in message
    assert "global" not in message


def test_a_circle_is_broken_by_what_can_wait() -> None:
    b = Ref(S, "B")
    made = linked(block(P, "A", {"Fn::If": [Gate((b,)), OptionalRef(b), None]}), block(S, "B", Ref(P, "A")))
    assert [sorted(step.stack.name for step in wave) for wave in made.waves[1:]] == [[S.name], [P.name]]


def test_two_entries_of_one_id_are_told_with_both_places() -> None:
    made, findings = link(
        "sys", STACKS, [block(P, "TableTx1"), dataclasses.replace(block(P, "TableTx1"), at=("other",))]
    )
    assert made is None
    (finding,) = findings
    assert finding.rule.code == "DR502"
    assert finding.at == ("other",)
    assert finding.related == ((("TableTx1",), "the other entry"),)


def test_the_same_id_in_two_stacks_is_no_matter() -> None:
    assert linked(block(P, "Key"), block(S, "Key"))
