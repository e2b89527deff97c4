"""Updates simulated: over an earlier deployment, and over stacks as they are read from AWS."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compiler.aws.values import ResourceId
from compiler.diff.compare import compare
from compiler.ir.elements import StackId
from compiler.rollout.deployment import Deployment
from compiler.rollout.simulation import simulate
from compiler.rollout.state import Observed, Snapshot, observed
from compiler.rollout.updates import GateClosure
from tests.diff.edits import EDITS, Edit
from tests.diff.worlds import deployment
from tests.helpers import SHIPPED, compiled
from tests.rollout.plans import ACCOUNT, EAST, WEST, Json, place, plan, resource, template
from tests.tiers import one_of

TOPIC = {"Topic": resource("SNS::Topic", TopicName="t")}
KEY = {"Key": resource("KMS::Key")}


def topic_in_west(east: dict[str, Json]) -> Deployment:
    """A topic in the west behind the gate of a key in the east, in the wave after that of the key."""
    return plan(
        (
            template(EAST, east, {"KeyId": {"Ref": "Key"}} if "Key" in east else {}),
            template(WEST, {"Topic": resource("SNS::Topic", "HasEastKey", TopicName="t")}, parameters=("EastKey",)),
        ),
        ((EAST, ()), (WEST, ())),
        ((WEST, ("EastKey",)),),
        secondary_EastKey="primary_KeyId",
    )


def ungated() -> Deployment:
    """The same before the topic had a gate and the key was there."""
    return plan((template(EAST, {"Vpc": resource("EC2::VPC")}), template(WEST, TOPIC)), ((EAST, ()), (WEST, ())))


def known(deployment_: Deployment, existing: Deployment | Snapshot | None) -> list[dict[StackId, tuple[str, ...]]]:
    """The parameters that each step of the waves knows."""
    return [{step.stack: step.parameters for step in wave} for wave in simulate(existing, deployment_).waves]


def test_an_update_knows_from_the_first_wave_on_what_is_there_already() -> None:
    made = topic_in_west(KEY)
    assert known(made, None) == [{EAST: (), WEST: ()}, {WEST: ("EastKey",)}]
    assert known(made, made) == [{EAST: (), WEST: ("EastKey",)}, {WEST: ("EastKey",)}]


def test_a_gate_closes_for_a_wave_where_its_value_is_new() -> None:
    made = topic_in_west(KEY)
    (closure,) = simulate(ungated(), made).closures
    assert closure == GateClosure(ResourceId("secondary.us-west-2", "Topic"), closed=1, opened=2)
    assert simulate(made, made).closures == ()


def test_no_gate_closes_where_the_value_exists_under_another_template() -> None:
    """The key is there, and only the topic is put behind its gate: dr-deploy passes the value in the first wave."""
    made = topic_in_west(KEY)
    before = plan((template(EAST, KEY, {"KeyId": {"Ref": "Key"}}), template(WEST, TOPIC)), ((EAST, ()), (WEST, ())))
    assert simulate(before, made).closures == ()


def test_a_value_is_kept_though_its_output_is_gone() -> None:
    """An empty value never replaces a known one, so the topic stays."""
    made = topic_in_west(KEY)
    gone = topic_in_west({"Vpc": resource("EC2::VPC")})
    simulation = simulate(made, gone)
    assert simulation.closures == ()
    assert "Topic" in simulation.final.states[WEST].resources


@pytest.mark.parametrize("known_key", ["", "1234abcd"])
def test_stacks_as_read_from_aws(known_key: str) -> None:
    """What counts is the values of their parameters and outputs."""
    made = topic_in_west(KEY)
    east, west = ungated().stacks
    read = [Observed(east, {}, {"KeyId": known_key} if known_key else {}), Observed(west, {}, {})]
    assert len(simulate(observed(read, ACCOUNT), made).closures) == (0 if known_key else 1)


def test_a_stack_of_another_name_or_account_is_another_stack() -> None:
    made = replace(topic_in_west(KEY), account="111122223333")
    before = ungated()
    assert simulate(before, made).closures, "the account of only one of them does not tell them apart"
    assert simulate(replace(before, account="444455556666"), made).closures == ()
    renamed = replace(before, stacks=tuple(replace(stack, name=f"{stack.name}-b") for stack in before.stacks))
    assert simulate(renamed, made).closures == ()
    assert known(made, renamed) == known(made, None)


def test_what_is_deployed_over_itself_ends_as_it_was() -> None:
    made = compiled(SHIPPED).deployment
    created, updated = simulate(None, made), simulate(made, made)
    assert (updated.findings, updated.closures) == ((), ())
    for stack, state in created.final.states.items():
        again = updated.final.states[stack]
        assert {name: item.properties for name, item in again.resources.items()} == {
            name: item.properties for name, item in state.resources.items()
        }
        assert (again.outputs, again.exports) == (state.outputs, state.exports)


MOVED = {
    "another standby region": ["HealthCheckHeld", "HealthCheckSecondary"],
    "primary and standby trade places: new stacks beside the old ones, whose names are taken": [
        "HealthCheckHeld", "HealthCheckPrimary", "HealthCheckSecondary",
    ],
}  # fmt: skip
"""Edits after which a role is in another region. The global stack keeps the values of the old region for a wave, so its
health checks are changed to names that come with the new one."""


@pytest.mark.parametrize("edit", one_of(6, EDITS), ids=lambda edit: edit.name)
def test_an_update_finds_everything_in_order(edit: Edit) -> None:
    """Values that are known earlier than at a creation bring nothing forward that is not there yet."""
    old, new = deployment(edit.base, edit.before), deployment(edit.base, edit.before, edit.change)
    assert [place(item).id for item in simulate(old, new).findings] == MOVED.get(edit.name, [])


def test_the_diff_says_what_an_update_brings_forward() -> None:
    (edit,) = (edit for edit in EDITS if edit.name == "another standby region")
    stacks = compare(deployment(edit.base, edit.before), deployment(edit.base, edit.before, edit.change))
    (change,) = (c for stack in stacks for c in stack.changes if c.id == "HealthCheckSecondary")
    assert change.notes[-1].message.startswith(
        "`HealthCheckSecondary` is changed in wave 1 and needs the domain name that it calls first, before it exists"
    )
