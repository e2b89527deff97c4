"""Two sides compared: nothing is left out, nothing makes it stumble, and the odd cases come out right."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from compiler.aws.types.update_rules import Action, Data
from compiler.diagnostics.model import RejectedError
from compiler.diff.change import Change, Diff, StackDiff
from compiler.diff.compare import Comparison, compare
from compiler.diff.record import record
from compiler.rollout.deployment import Deployment
from compiler.rollout.manifest import read
from compiler.rollout.simulation import simulate
from tests.diff.edits import EAST, EDITS, WEST, Edit
from tests.diff.worlds import deployment, files
from tests.helpers import odd_specs
from tests.terminal import diff_text
from tests.tiers import one_of

NOTHING = Deployment("none", None, "prod", "a1", (), ())
SPECS = ["shipped", *odd_specs()]


def of(stacks: tuple[StackDiff, ...]) -> Diff:
    return Diff("old", "new", stacks)


def changed(old: Deployment, new: Deployment) -> dict[str, Change]:
    return {change.key: change for change in of(compare(old, new)).changes}


@pytest.mark.parametrize("name", one_of(6, SPECS))
def test_a_side_does_not_differ_from_itself(name: str) -> None:
    stacks = compare(deployment(name), read(files(name), "again"))
    assert all(stack.is_empty and not stack.changes for stack in stacks)
    assert diff_text(of(stacks)).startswith("Nothing that is deployed changes")


@pytest.mark.parametrize("name", one_of(6, SPECS))
def test_where_nothing_was_everything_is_added_and_nothing_refused(name: str) -> None:
    stacks = compare(None, deployment(name))
    assert {stack.action for stack in stacks} == {Action.ADDED}
    assert {change.action for stack in stacks for change in stack.changes} == {Action.ADDED}
    assert not [change.key for stack in stacks for change in stack.changes if change.blockers]
    final = simulate(None, deployment(name)).final
    assert {s.stack: s.total for s in stacks} == {key: len(state.resources) for key, state in final.by_key.items()}


SWAPPED = ((EAST, EAST.replace("primary", "secondary")), (WEST, WEST.replace("secondary", "primary")))
BESIDE = (("suffix: a1", "suffix: b2"), ("domain: tx.example.com", "domain: tx2.example.com"))


def test_a_deployed_region_cannot_get_another_role() -> None:
    found = of(compare(deployment("shipped"), deployment("shipped", SWAPPED)))
    (primary, secondary) = (stack for stack in found.stacks if stack.blockers)
    assert (primary.stack, secondary.stack) == ("primary.us-west-2", "secondary.us-east-1")
    (said,) = primary.blockers
    assert said.message.startswith("us-west-2 is deployed as secondary and is to become primary: ")
    assert "docs/swap.md" in said.remedy
    assert "refused by AWS: us-east-1 is deployed as primary and is to become secondary" in diff_text(found)
    written = {stack["stack"]: [each["says"] for each in stack["refused"]] for stack in record(found)["stacks"]}
    assert (written["primary.us-west-2"], written["global.us-east-1"]) == ([said.message], [])


def test_roles_change_by_a_second_copy_beside_the_first() -> None:
    """The way of docs/swap.md: only the one name that is shared on purpose is in the way."""
    found = of(compare(deployment("shipped"), deployment("shipped", (*SWAPPED, *BESIDE))))
    assert not [stack.stack for stack in found.stacks if stack.blockers]
    assert {change.id for change in found.changes if change.blockers} == {"KeySharedAlias"}


def test_a_running_system_keeps_its_domain() -> None:
    """Only a system: one with another suffix is another system, and has its own domain."""
    found = of(compare(deployment("shipped"), deployment("shipped", BESIDE[1:])))
    (stack,) = (stack for stack in found.stacks if stack.blockers)
    assert stack.stack == "global.us-east-1"
    (said,) = stack.blockers
    assert said.message.startswith(
        "clients use https://tx.example.com, and the system is to be reached under https://tx2."
    )
    assert "docs/domain.md" in said.remedy
    assert "refused by AWS: clients use https://tx.example.com" in diff_text(found)
    assert not [
        stack for stack in of(compare(deployment("shipped"), deployment("shipped", BESIDE))).stacks if stack.blockers
    ]


DELETED = (("\ndns:\n", "\ndeployment: {on_delete: delete}\ndns:\n"),)
AUDIT = "  - {name: audit, key: {partition: id}, item_size: 1KB, writes: 1, reads: 0}\n"


def test_what_aws_deletes_is_said_to_be_lost() -> None:
    more = (("\ntables:\n", "\ntables:\n" + AUDIT),)
    kept = changed(deployment("shipped", more), deployment("shipped"))["primary.us-east-1/TableAudit"]
    gone = changed(deployment("shipped", more, DELETED), deployment("shipped", DELETED))["primary.us-east-1/TableAudit"]
    assert "stays in AWS" in kept.notes[0].message
    assert gone.notes[0].message == "AWS deletes it, and the items with it"
    assert {kept.data, gone.data} == {Data.LOST}
    alarm = next(
        change
        for change in changed(deployment("shipped", more, DELETED), deployment("shipped", DELETED)).values()
        if change.action is Action.REMOVED and change.type == "AWS::CloudWatch::Alarm"
    )
    assert (alarm.notes[0].message, alarm.data) == ("AWS deletes it", Data.NONE)


def test_a_replacement_deletes_the_old_resource_with_what_it_holds() -> None:
    key = (("{partition: transaction_id}", "{partition: another_id}"),)
    change = changed(deployment("shipped", DELETED), deployment("shipped", DELETED, key))
    table = change["primary.us-east-1/TableTransactions"]
    assert "AWS deletes the old resource, and the items with it" in {n.message for n in table.notes}


def test_a_change_of_the_policies_alone_is_a_change() -> None:
    """Of every resource, with a word at those that hold something, and the spec's line as its cause."""
    found = changed(deployment("shipped"), deployment("shipped", DELETED))
    assert {change.action for change in found.values()} == {Action.IN_PLACE}
    warned = {change.type for change in found.values() if "from now on AWS deletes it" in str(change.notes)}
    assert {"AWS::DynamoDB::GlobalTable", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::Logs::LogGroup"} <= warned
    assert "AWS::CloudWatch::Alarm" not in warned
    back = changed(deployment("shipped", DELETED), deployment("shipped"))
    assert "from now on" not in str([change.notes for change in back.values()])


@pytest.mark.parametrize("name", one_of(6, SPECS))
def test_where_nothing_is_left_everything_stays_behind(name: str) -> None:
    stacks = compare(deployment(name), NOTHING)
    assert {stack.action for stack in stacks} == {Action.REMOVED}


@pytest.mark.parametrize("edit", one_of(9, EDITS), ids=lambda edit: edit.name)
def test_every_resource_is_accounted_for(edit: Any) -> None:
    old, new = deployment(edit.base, edit.before), deployment(edit.base, edit.before, edit.change)
    comparison = Comparison(old, new)
    for stack in comparison.stacks():
        ids = {change.id: change.action for change in stack.changes}
        came = {name for name, action in ids.items() if action is Action.ADDED}
        went = {name for name, action in ids.items() if action in (Action.REMOVED, Action.SUPERSEDED)}
        before = set() if stack.action is Action.ADDED else set(comparison.old.by_key[stack.stack].resources)
        after = set() if stack.action is Action.REMOVED else set(comparison.new.by_key[stack.stack].resources)
        assert came == after - before
        assert went == before - after
        assert len(ids) == len(stack.changes)
        assert stack.changes == tuple(sorted(stack.changes, key=lambda c: (c.rank, bool(c.follows), c.id)))


def tree(files_: dict[str, bytes]) -> dict[str, Any]:
    return {name: json.loads(data) for name, data in files_.items()}


def encoded(value: dict[str, Any]) -> dict[str, bytes]:
    return {name: json.dumps(item).encode() for name, item in value.items()}


PRIMARY, SECONDARY, GLOBAL = "primary.us-east-1", "secondary.us-west-2", "global.us-east-1"
FURTHER = ((WEST, WEST + "\n  - {region: us-east-2, role: replica}"),)


def edited(name: str, resource: str, **properties: Any) -> Deployment:
    """The shipped side with some properties of one resource set, those given as None taken away."""
    value = tree(files("shipped"))
    members = value[f"{name}.json"]["Resources"][resource]["Properties"]
    members.update(properties)
    value[f"{name}.json"]["Resources"][resource]["Properties"] = {k: v for k, v in members.items() if v is not None}
    return read(encoded(value), "edited")


def test_metadata_descriptions_and_order_change_nothing() -> None:
    value = tree(files("shipped"))
    body = value[f"{PRIMARY}.json"]
    body["Description"] = "other words"
    body["Resources"] = dict(reversed(body["Resources"].items()))
    for resource in body["Resources"].values():
        resource["Metadata"] = {"Spec": "elsewhere"}
        resource["DependsOn"] = []
    body["Parameters"]["environment"]["Description"] = "other words"
    assert all(stack.is_empty for stack in compare(deployment("shipped"), read(encoded(value), "edited")))


def test_the_same_value_written_otherwise_is_no_change() -> None:
    other = edited(PRIMARY, "Vpc", CidrBlock={"Fn::Join": ["", ["10.10.", "0.0/16"]]}, EnableDnsSupport="true")
    assert all(stack.is_empty for stack in compare(deployment("shipped"), other))


def test_another_type_under_the_same_id_is_refused() -> None:
    value = tree(files("shipped"))
    value[f"{PRIMARY}.json"]["Resources"]["TableTransactions"]["Type"] = "AWS::DynamoDB::Table"
    change = changed(deployment("shipped"), read(encoded(value), "edited"))[f"{PRIMARY}/TableTransactions"]
    assert change.action is Action.REPLACED
    assert "another type" in change.blockers[0].message


def test_what_follows_from_a_replacement_follows_across_stacks() -> None:
    changes = changed(deployment("shipped"), edited(SECONDARY, "Vpc", CidrBlock="10.99.0.0/16"))
    assert changes[f"{PRIMARY}/Peering"].follows == (f"{SECONDARY}/Vpc",)
    assert changes[f"{PRIMARY}/Peering"].action is Action.REPLACED
    assert changes[f"{PRIMARY}/PeerRoute"].follows == (f"{PRIMARY}/Peering",)
    assert changes[f"{SECONDARY}/PeerRoute"].action is Action.REPLACED


@pytest.mark.parametrize("edit", [e for e in EDITS if "further region" in e.name], ids=lambda edit: edit.name)
def test_what_uses_another_region_s_stack_follows_no_replacement(edit: Any) -> None:
    stacks = compare(deployment(edit.base, edit.before), deployment(edit.base, edit.before, edit.change))
    assert not [change.key for change in of(stacks).changes if change.follows]


def test_an_alarm_that_a_health_check_follows() -> None:
    """Nothing of ours has such a check; a partial may add one."""
    value = tree(files("shipped"))
    alarm = value[f"{SECONDARY}.json"]["Resources"]["AlarmTrafficTakenOver"]["Properties"]
    identifier = {"Name": alarm["AlarmName"], "Region": "us-west-2"}
    value[f"{GLOBAL}.json"]["Resources"]["HealthCheckTakenOver"] = {
        "Type": "AWS::Route53::HealthCheck",
        "Properties": {"HealthCheckConfig": {"Type": "CLOUDWATCH_METRIC", "AlarmIdentifier": identifier}},
    }
    base = read(encoded(value), "base")
    alarm["AlarmDescription"] = "other words"
    (change,) = changed(base, read(encoded(value), "edited")).values()
    assert change.notes == ()
    alarm["Threshold"] += 1
    (change,) = changed(base, read(encoded(value), "edited")).values()
    assert "`HealthCheckTakenOver` keeps the alarm's old settings" in " ".join(note.message for note in change.notes)


def test_a_parameter_says_what_becomes_of_its_values() -> None:
    value = tree(files("shipped"))
    parameters = value[f"{PRIMARY}.json"]["Parameters"]
    parameters["reservedConcurrencyTransactionProcessor"].update(Default=1300, MinValue=1300)
    parameters["environment"]["AllowedPattern"] = "^.+$"
    parameters["extra"] = {"Type": "String", "Default": "x"}
    del parameters["codeBucket"]
    stack = next(s for s in compare(deployment("shipped"), read(encoded(value), "edited")) if s.stack == PRIMARY)
    said = {parameter.id: parameter.message for parameter in stack.parameters}
    assert said["reservedConcurrencyTransactionProcessor"].endswith("unless MinValue no longer allows it")
    assert said["environment"] == "a value that is no longer allowed is refused"
    assert said["extra"] == "the operator may set it"
    assert said["codeBucket"] == "a deployment that still sets it is refused"


def test_an_export_that_is_imported_cannot_go() -> None:
    value = tree(files("shipped"))
    del value[f"{GLOBAL}.json"]["Outputs"]["HostedZoneId"]["Export"]
    stack = next(s for s in compare(deployment("shipped"), read(encoded(value), "edited")) if s.stack == GLOBAL)
    (output,) = stack.outputs
    assert output.imported_by == (PRIMARY,)
    assert output.blockers


def test_exports_that_nobody_of_ours_imports_may_go() -> None:
    value = tree(files("shipped"))
    del value[f"{PRIMARY}.json"]["Outputs"]["TableTransactionsName"]
    stack = next(s for s in compare(deployment("shipped"), read(encoded(value), "edited")) if s.stack == PRIMARY)
    assert [(output.action, output.blockers) for output in stack.outputs] == [(Action.REMOVED, ())]


def test_a_gate_that_closes_for_good() -> None:
    """A condition that is never true takes the resource out of its stack."""
    value = tree(files("shipped"))
    value[f"{PRIMARY}.json"]["Conditions"]["CreateSharedAlias"] = {"Fn::Equals": ["a", "b"]}
    changes = changed(deployment("shipped"), read(encoded(value), "edited"))
    assert changes[f"{PRIMARY}/KeySharedAlias"].action is Action.REMOVED


@pytest.mark.parametrize("edit", one_of(3, EDITS), ids=lambda edit: edit.name)
def test_no_edit_takes_away_for_a_wave_what_is_there_before_and_after(edit: Edit) -> None:
    old, new = deployment(edit.base, edit.before), deployment(edit.base, edit.before, edit.change)
    assert simulate(old, new).closures == ()


def with_own_value(value: Any, stack: str) -> Any:
    """The files with a parameter `late` of a stack that takes an output of itself, and its gate `HasLate`."""
    template = value[f"{stack}.json"]
    template["Parameters"]["late"] = {"Type": "String", "Default": ""}
    template["Conditions"]["HasLate"] = {"Fn::Not": [{"Fn::Equals": [{"Ref": "late"}, ""]}]}
    template["Outputs"]["Late"] = {"Value": "known"}
    (entry,) = (entry for entry in value["manifest.json"]["stacks"] if entry["stack"] == stack)
    entry["parameters"]["late"] = {"stack": stack, "output": "Late"}
    return value


def test_a_gate_on_a_value_that_another_stack_is_to_give_stays_open() -> None:
    """A role that is put behind the key of a region to come waits for that region."""
    old, value = deployment("shipped"), tree(files("shipped", FURTHER))
    role = "BucketDocumentsReplicationRole"
    value[f"{SECONDARY}.json"]["Resources"][role]["Condition"] = "HasReplicaUsEast2KeyArn"
    new = read(encoded(value), "edited")
    rollout = simulate(old, new)
    assert rollout.closures == ()
    assert [step.stack.name for step in rollout.waves[0]] == ["replica.us-east-2"]


def test_a_gate_that_closes_on_the_way() -> None:
    """A role that waits for a value of its own stack leaves the stack while that is not known."""
    old, value = deployment("shipped"), with_own_value(tree(files("shipped")), SECONDARY)
    role = "BucketDocumentsReplicationRole"
    value[f"{SECONDARY}.json"]["Resources"][role]["Condition"] = "HasLate"
    new = read(encoded(value), "edited")
    (closure,) = simulate(old, new).closures
    assert (closure.resource.id, closure.parts, closure.closed < closure.opened) == (role, (), True)
    change = changed(old, new)[f"{SECONDARY}/{role}"]
    assert change.action is Action.REPLACED
    assert f"its gate closes in wave {closure.closed}" in change.blockers[0].message


def test_a_part_that_goes_away_on_the_way() -> None:
    old, value = deployment("shipped"), with_own_value(tree(files("shipped")), SECONDARY)
    properties = value[f"{SECONDARY}.json"]["Resources"]["BucketDocuments"]["Properties"]
    properties["ReplicationConfiguration"]["Fn::If"][0] = "HasLate"
    new = read(encoded(value), "edited")
    (closure,) = simulate(old, new).closures
    assert (closure.resource.id, closure.parts) == ("BucketDocuments", ("ReplicationConfiguration",))
    change = changed(old, new)[f"{SECONDARY}/BucketDocuments"]
    assert change.action is Action.IN_PLACE
    assert any("is removed in wave" in note.message for note in change.notes)


def test_an_alarm_and_a_composite_alarm_share_their_names() -> None:
    value = tree(files("shipped"))
    resources = value[f"{PRIMARY}.json"]["Resources"]
    resources["RegionUnhealthyTwo"] = copy.deepcopy(resources["RegionUnhealthy"])
    resources["RegionUnhealthyTwo"]["Type"] = "AWS::CloudWatch::Alarm"
    change = changed(deployment("shipped"), read(encoded(value), "edited"))[f"{PRIMARY}/RegionUnhealthyTwo"]
    assert "is taken by `RegionUnhealthy`" in change.blockers[0].message


ODD: list[Any] = [None, True, 7, -0.5, "", "text", [], {}, [{}], {"Ref": "Nothing"}, {"Fn::If": ["x"]}, "${Nothing}",
                  {"Fn::GetAtt": "Vpc"}, "<primary.us-east-1/Vpc>", [["a"]], {"Fn::Sub": ["${a}", {}]}]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        yield from places(item, (*path, step))


def mutated(value: dict[str, Any], at: tuple[Any, ...], item: Any, *, away: bool) -> dict[str, Any]:
    made = copy.deepcopy(value)
    place: Any = made
    for step in at[:-1]:
        place = place[step]
    if away:
        del place[at[-1]]
    else:
        place[at[-1]] = item
    return made


def readable(value: dict[str, Any]) -> Deployment | None:
    try:
        return read(encoded(value), "broken")
    except RejectedError as error:
        codes = {diagnostic.rule.code for diagnostic in error.diagnostics}
    assert codes <= {"DR853", "DR854"}
    return None


@pytest.mark.parametrize("seed", one_of(5, range(40)))
def test_no_file_makes_it_stumble(seed: int) -> None:
    """A committed file with one part changed or gone: a diagnostic, or a diff that can be shown."""
    dice = random.Random(seed)
    value = tree(files("minimal"))
    everywhere = [path for path in places(value) if len(path) > 1]
    # The outer levels are few, and matter more.
    near = [path for path in everywhere if len(path) <= 5]
    for at in [*dice.sample(near, 3), dice.choice(everywhere)]:
        broken = mutated(value, at, dice.choice(ODD), away=dice.random() < 0.3)
        other = readable(broken)
        if other is None:
            continue
        for pair in ((other, deployment("minimal")), (deployment("minimal"), other)):
            diff = of(compare(*pair))
            assert diff_text(diff)
            assert json.dumps(record(diff))
