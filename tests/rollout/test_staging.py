"""The order of updates: one region first, then a bake, then the region that serves, then what is global."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from compiler.ir.elements import StackId, StackKind
from compiler.linking.waves import Step, Wave
from compiler.rollout.deployment import Deployment
from compiler.rollout.simulation import Simulation, deployed, simulate
from compiler.rollout.staging import Operation, baked
from compiler.rollout.state import Observed, Snapshot, observed
from tests.diff.edits import EDITS, Edit
from tests.diff.worlds import deployment
from tests.rollout.plans import ACCOUNT, EAST, GLOBAL, WEST, Json, place, plan, resource, template
from tests.tiers import one_of

RECORD = {"Record": resource("Route53::RecordSet", Name="x.example.com", SetIdentifier="primary", Failover="PRIMARY")}
"""Clients are served once such a record is there."""


def shown(waves: Iterable[Wave]) -> list[str]:
    """Each wave by the kinds of its stacks; a bake is a star."""
    return [" ".join(f"{step.stack.kind}{'*' * step.bakes}" for step in wave) for wave in waves]


def unbaked(waves: Iterable[Wave]) -> list[tuple[str, str]]:
    """Pairs of regions that serve where one is touched after the other without a bake between."""
    found = []
    last: Step | None = None
    for wave in waves:
        regions = {step.stack.region for step in wave if step.stack.serves}
        assert len(regions) <= 1, "a wave touches both regions that serve"
        for step in (step for step in wave if step.stack.serves):
            if last and last.stack.region != step.stack.region and not last.bakes:
                found.append((last.stack.region, step.stack.region))
            last = step
    return found + ([] if last is None or last.bakes else [(last.stack.region, "")])


def rollout(edit: Edit, serving: str | None = None) -> Simulation:
    old, new = deployment(edit.base, edit.before), deployment(edit.base, edit.before, edit.change)
    return simulate(old, new, serving=serving)


@pytest.mark.parametrize("serving", [None, "secondary"])
@pytest.mark.parametrize("edit", one_of(4, EDITS), ids=lambda edit: edit.name)
def test_a_bake_lies_between_the_regions_that_serve(edit: Edit, serving: str | None) -> None:
    """Whichever region serves: it is the last of both that is touched, wherever the other one has anything to do."""
    before, after = deployment(edit.base, edit.before), deployment(edit.base, edit.before, edit.change)
    (standby,) = (stack.region for stack in before.stacks if stack.id.kind is StackKind.SECONDARY)
    (primary,) = (stack.region for stack in after.stacks if stack.id.kind is StackKind.PRIMARY)
    made = rollout(edit, standby if serving else None)
    last = standby if serving and standby in after.code_regions else primary
    if not made.updates:
        assert not any(step.bakes for wave in made.waves for step in wave)
        return
    assert unbaked(made.waves) == []
    order = [step.stack.region for wave in made.waves for step in wave if step.stack.serves]
    if len(set(order)) > 1:
        assert order[0] != last, order
    kinds = [step.stack.kind for wave in made.waves for step in wave]
    if StackKind.GLOBAL in kinds:
        assert kinds.index(StackKind.GLOBAL) > max(
            (kinds.index(kind) for kind in set(kinds) - {StackKind.GLOBAL}), default=-1
        )


def test_a_missing_bake_is_noticed() -> None:
    bare = ((Step(WEST, ()),), (Step(EAST, ()),))
    assert unbaked(bare) == [("us-west-2", "us-east-1"), ("us-east-1", "")]


def test_an_operation_that_may_turn_out_to_be_the_last_one_bakes_too() -> None:
    """One that only gives another value has nothing to do where AWS has kept the value."""
    made = deployment("shipped")
    west, east = (simulate(made, made).final.states[stack] for stack in (WEST, EAST))
    sure, perhaps = Operation(west.stack, {}, west), Operation(west.stack, {}, west, certain=False)
    other = Operation(east.stack, {}, east)
    assert shown(baked([[sure], [sure], [other]])) == ["secondary", "secondary*", "primary*"]
    assert shown(baked([[sure], [perhaps], [other]])) == ["secondary*", "secondary*", "primary*"]
    assert shown(baked([[sure], [perhaps], [sure], [other]])) == ["secondary", "secondary", "secondary*", "primary*"]


@pytest.mark.parametrize("base", ["shipped", "three-regions", "europe", "west-first", "five-regions", "minimal"])
def test_a_change_of_everything_goes_from_region_to_region(base: str) -> None:
    """Every stack gets another template; the other regions come at once, before the one that serves."""
    old = deployment(base)
    new = replace(old, stacks=tuple(replace(stack, template=marked(stack.template)) for stack in old.stacks))
    other = " ".join(["secondary*", *("replica" for stack in old.stacks if stack.id.kind is StackKind.REPLICA)])
    assert shown(simulate(old, new).waves) == [other, "primary*", "global"]
    (standby,) = (stack.region for stack in old.stacks if stack.id.kind is StackKind.SECONDARY)
    served = shown(simulate(old, new, serving=standby).waves)
    assert served == [other.replace("secondary", "primary"), "secondary*", "global"]


def marked(found: Json) -> Json:
    return replace(found, body={**found.body, "Metadata": {"changed": True}})


def test_a_region_gets_as_many_operations_as_it_takes_before_the_next_one() -> None:
    """The standby gives itself a value; the primary is not touched before it has it."""

    def system(west: dict[str, Json], own: str, **wiring: str) -> Deployment:
        templates = (
            template(GLOBAL, RECORD),
            template(EAST, {"Topic": resource("SNS::Topic", TopicName=own)}),
            template(WEST, west, {"TopicArn": {"Ref": "Topic"}}, parameters=("Own",) if wiring else ()),
        )
        return plan(templates, ((GLOBAL, ()), (EAST, ()), (WEST, ())), **wiring)

    topic = {"Topic": resource("SNS::Topic", TopicName="w")}
    before = system(topic, "a")
    after = system({**topic, "Later": resource("SNS::Topic", "HasOwn", TopicName="l")}, "b",
                   secondary_Own="secondary_TopicArn")  # fmt: skip
    made = simulate(before, after)
    assert shown(made.waves) == ["secondary*", "primary*"], "it is there already"
    new_value = system({"Other": resource("SNS::Topic", TopicName="o"), "Topic": resource("SNS::Topic", TopicName="w"),
                        "Later": resource("SNS::Topic", "HasOwn", TopicName="l")}, "b",
                       secondary_Own="secondary_OtherArn")  # fmt: skip
    outputs = new_value.stacks[2].template.body["Outputs"]
    outputs["OtherArn"] = {"Value": {"Ref": "Other"}}
    assert shown(simulate(before, new_value).waves) == ["secondary", "secondary*", "primary*"]


def importing(zone: str | None, *, here: bool) -> Deployment:
    """A primary that imports the id of a zone, and a global stack that exports that of a zone of its own or of none."""
    zones = {"Zone": resource("Route53::HostedZone", Name=zone)} if zone else {}
    uses: Json = {"Fn::ImportValue": "global-ZoneId"} if here else "Z1"
    east = {"Certificate": resource("CertificateManager::Certificate", DomainName="x", HostedZoneId=uses)}
    return plan(
        (
            template(GLOBAL, {**RECORD, **zones}, {"ZoneId": {"Ref": "Zone"}} if zone else {}),
            template(EAST, east),
            template(WEST, {"Topic": resource("SNS::Topic", TopicName="w")}),
        ),
        ((GLOBAL, ()), (EAST, ()), (WEST, ())),
    )


def test_who_imports_comes_before_the_export_goes() -> None:
    made = simulate(importing("x.example.com", here=True), importing(None, here=False))
    assert shown(made.waves) == ["primary*", "global"]
    assert made.findings == ()


def test_an_export_comes_before_who_imports_it() -> None:
    """The only reason to touch the global stack before the region that serves."""
    made = simulate(importing(None, here=False), importing("x.example.com", here=True))
    assert shown(made.waves) == ["global", "primary*"]
    assert made.findings == ()


def test_an_export_that_goes_while_it_is_imported_is_found() -> None:
    """No order helps where the importer stays one."""
    made = simulate(importing("x.example.com", here=True), importing(None, here=True))
    assert {(item.rule.code, place(item).id) for item in made.findings} >= {("DR616", "ZoneId")}


def test_a_zone_instead_of_one_of_its_own_goes_through_in_this_order() -> None:
    (edit,) = (edit for edit in EDITS if edit.name == "a zone that exists instead of one of its own")
    made = rollout(edit)
    assert made.findings == ()
    assert shown(made.waves) == ["secondary*", "primary*", "global"]


def read(existing: Deployment, *, real: str = "real-") -> Snapshot:
    """The stacks of a deployment as AWS tells of them: values of outputs are no placeholders."""
    states = deployed(existing, None).states
    values = {stack: {name: f"{real}{stack.name}-{name}" for name in state.outputs} for stack, state in states.items()}
    stacks = (
        Observed(
            state.stack,
            {name: values[source.stack][source.output] for name, source in state.stack.wiring.items()},
            values[stack],
        )
        for stack, state in states.items()
    )
    return observed(stacks, ACCOUNT)


@pytest.mark.parametrize("base", ["shipped", "three-regions", "europe"])
def test_where_nothing_changed_nothing_is_done(base: str) -> None:
    made = deployment(base)
    assert simulate(made, made).waves == simulate(read(made), made).waves == ()


@pytest.mark.parametrize("edit", one_of(4, EDITS), ids=lambda edit: edit.name)
def test_stacks_as_read_from_aws_are_updated_in_the_same_order(edit: Edit) -> None:
    old, new = deployment(edit.base, edit.before), deployment(edit.base, edit.before, edit.change)
    expected = simulate(old, new)
    if expected.updates:
        assert shown(simulate(read(old), new).waves) == shown(expected.waves)


def test_a_stack_that_has_something_to_do_whatever_its_template_says() -> None:
    """Such as a value that an operator or dr-deploy sets: the code of a function, or a reservation."""
    made = deployment("shipped")
    serving = [stack.id for stack in made.stacks if stack.id.serves]
    assert shown(simulate(made, made, touched=serving).waves) == ["secondary*", "primary*"]
    assert shown(simulate(made, made, touched=serving[:1]).waves) == ["primary*"]


def test_a_region_that_cannot_be_read_is_left_alone() -> None:
    made = deployment("shipped")
    everything = read(made)
    east = {stack: state for stack, state in everything.states.items() if stack.region != "us-west-2"}
    west: dict[StackId, Json] = {s: state for s, state in everything.states.items() if s.region == "us-west-2"}
    touched = [stack.id for stack in made.stacks]
    seen = simulate(Snapshot(east, frozenset(west)), made, touched=touched)
    assert (seen.updates, shown(seen.waves)) == (True, ["primary*", "global"])
    seen = simulate(Snapshot(west, frozenset(east)), made, touched=touched)
    assert (seen.updates, shown(seen.waves)) == (True, ["secondary*"])


def test_a_creation_keeps_the_waves_of_the_manifest() -> None:
    """Also one that ended before clients were served: there is nobody to protect."""
    made = deployment("shipped")
    created = simulate(None, made)
    assert not created.updates
    assert shown(created.waves) == shown(made.waves)
    half = simulate(created.snapshots[1], made)
    assert not half.updates
    assert shown(half.waves) == shown(made.waves)


def test_another_standby_is_made_before_anything_leads_there() -> None:
    """Clients are served all the while, so it is no creation."""
    (edit,) = (edit for edit in EDITS if edit.name == "another standby region")
    made = rollout(edit)
    assert made.findings == ()
    assert shown(made.waves) == ["secondary", "secondary*", "primary", "primary*", "global", "global"]


def test_a_value_that_changes_itself_comes_to_an_end() -> None:
    """A partial may make an output of the parameter that the output fills."""
    made = deployment("shipped")
    west = next(stack for stack in made.stacks if stack.id == WEST)
    parameter, source = next((name, source) for name, source in west.wiring.items() if source.stack.kind == "primary")
    stacks = []
    for stack in made.stacks:
        body = dict(stack.template.body)
        if stack.id == source.stack:
            name = next(iter(name for name, other in stack.wiring.items() if other.stack == WEST))
            value = {"Fn::Join": ["", [{"Ref": name}, "x"]]}
            body["Outputs"] = {**body["Outputs"], source.output: {**body["Outputs"][source.output], "Value": value}}
            back = stack.wiring[name].output
        stacks.append(replace(stack, template=replace(stack.template, body=body)))
    grown = []
    for stack in stacks:
        body = dict(stack.template.body)
        if stack.id == WEST:
            value = {"Fn::Join": ["", [{"Ref": parameter}, "y"]]}
            body["Outputs"] = {**body["Outputs"], back: {**body["Outputs"][back], "Value": value}}
        grown.append(replace(stack, template=replace(stack.template, body=body)))
    waves = simulate(made, replace(made, stacks=tuple(grown))).waves
    assert 2 < len(waves) < 20
