"""Updates simulated: over an earlier deployment, and over stacks as they are read from AWS."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from compiler.aws.values import ResourceId
from compiler.diff.compare import compare
from compiler.ir.elements import StackId
from compiler.rollout.deployment import Deployment
from compiler.rollout.manifest import read
from compiler.rollout.simulation import deployed, simulate
from compiler.rollout.state import Observed, Snapshot, observed
from compiler.rollout.updates import GateClosure
from tests.diff.edits import EDITS, Edit, Texts
from tests.diff.worlds import deployment, files
from tests.helpers import ODD, SHIPPED, compiled, each_odd_spec
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


@pytest.mark.parametrize("edit", one_of(6, EDITS), ids=lambda edit: edit.name)
def test_an_update_finds_everything_in_order(edit: Edit) -> None:
    """Each operation finds what it needs, and the waves go from region to region."""
    old, new = deployment(edit.base, edit.before), deployment(edit.base, edit.before, edit.change)
    assert [place(item).id for item in simulate(old, new).findings] == []


def protected(snapshot: Snapshot) -> dict[tuple[str, str], bool]:
    """Whether each replica of each table refuses deletion."""
    return {
        (table.id, replica["Region"]): replica["DeletionProtectionEnabled"]
        for table in snapshot.resources
        if table.type == "AWS::DynamoDB::GlobalTable"
        for replica in table.list("Replicas")
    }


def deletable_at_first(existing: Deployment | None, desired: Deployment) -> dict[tuple[str, str], bool]:
    """Checks that each new replica is created without protection; the protection of all after the last wave."""
    simulation = simulate(existing, desired)
    assert [item.message for item in simulation.findings] == []
    before = deployed(existing, None) if existing else Snapshot({})
    for after in simulation.snapshots:
        was, now = protected(before), protected(after)
        assert not any(now[key] for key in now.keys() - was.keys())
        assert all(now.get(key, True) for key in was if was[key])
        before = after
    return protected(before)


@pytest.mark.parametrize("name", each_odd_spec())
def test_a_creation_protects_each_replica_after_the_operation_that_creates_it(name: str) -> None:
    made = compiled(ODD / f"{name}.yaml")
    assert all(deletable_at_first(None, made.deployment).values())


FURTHER = ("\nquotas:", "\n  - {region: us-east-2, role: replica}\nquotas:")
LEDGER = (
    "\nbuckets:",
    "\n  - {name: ledger, key: {partition: entry_id}, item_size: 1KB, writes: 0.1, reads: 0}\nbuckets:",
)
OTHER_ZONES = ("usw2-az1, usw2-az2, usw2-az3", "use2-az1, use2-az2, use2-az3")
ADDED: dict[str, tuple[Texts, Texts]] = {
    "a table": ((), (LEDGER,)),
    "a region": ((), (FURTHER,)),
    "a region and a table": ((), (FURTHER, LEDGER)),
    "a table in three regions": ((FURTHER,), (FURTHER, LEDGER)),
    "another standby region": ((), (("us-west-2, role: secondary", "us-east-2, role: secondary"), OTHER_ZONES)),
    "a latch": ((("failback: manual", "failback: automatic"),), ()),
}


@pytest.mark.parametrize(("before", "after"), ADDED.values(), ids=list(ADDED))
def test_what_an_update_adds_is_protected_after_the_operation_that_adds_it(before: Texts, after: Texts) -> None:
    old, new = deployment("shipped", before), deployment("shipped", after)
    final = deletable_at_first(old, new)
    added = final.keys() - protected(deployed(old, None)).keys()
    assert added
    assert all(final.values())


def test_the_diff_says_what_an_update_brings_forward() -> None:
    """Two stacks that wait for each other: whichever comes first, it is before what it needs."""
    value = {name: json.loads(data) for name, data in files("shipped").items()}
    for key, other in (("primary.us-east-1", "secondary.us-west-2"), ("secondary.us-west-2", "primary.us-east-1")):
        name = {"FullyQualifiedDomainName": f"{other}.example.com", "Type": "HTTPS"}
        value[f"{key}.json"]["Resources"] |= {
            "More": resource("ApiGatewayV2::DomainName", DomainName=f"{key}.example.com"),
            "Check": resource("Route53::HealthCheck", HealthCheckConfig=name),
        }
    edited = read({name: json.dumps(item).encode() for name, item in value.items()}, "edited")
    (change,) = (
        c for stack in compare(deployment("shipped"), edited) for c in stack.changes if c.id == "Check" and c.notes
    )
    assert change.notes[-1].message.startswith(
        "`Check` is created in wave 1 and needs the domain name that it calls first, before it exists"
    )
