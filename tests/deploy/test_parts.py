"""The parts of a deployment that need no AWS: plan, values, review, states and names."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from compiler.deploy import names, review, show_plan, states, values
from compiler.deploy.cloud import Change, ChangeSet, CloudError, Event, Request, Resource, Stack
from compiler.deploy.failures import root_causes
from compiler.deploy.operation import Operator
from compiler.deploy.plan import Plan, PlannedStack, Source, Unplannable, from_manifest
from compiler.deploy.progress import Progress
from compiler.deploy.work import Failed, Work
from compiler.diff.knowledge import HOLDS
from tests.helpers import shipped

Json = Any
STACK = PlannedStack("primary.us-east-1", "primary", "us-east-1", "s-primary", "primary.json", (), {}, ())


def made(status: str = "CREATE_COMPLETE", parameters: Mapping[str, str] | None = None) -> Stack:
    return Stack("id", "s-primary", status, "", "then", False, parameters or {}, {})


# Plan


@pytest.fixture(scope="module")
def plan() -> Plan:
    return from_manifest(shipped().manifest)


def test_the_plan_follows_the_manifest_and_takes_another_suffix(plan: Plan) -> None:
    assert [stack.name for stack in plan.stacks] == [
        f"transactions-{kind}-prod-a1" for kind in ("global", "primary", "secondary")
    ]
    other = from_manifest(shipped().manifest, environment="test", suffix="b2")
    assert {stack.name.partition("-test-b2")[1] for stack in other.stacks} == {"-test-b2"}
    assert other.code_bucket("us-west-2", "123456789012") == "bucket-code-test-b2-123456789012-us-west-2"
    with pytest.raises(Unplannable):
        from_manifest({**shipped().manifest, "manifest": 99})


def test_the_plan_names_each_parameter_once_with_its_source(plan: Plan) -> None:
    templates = {name.removesuffix(".json"): body for name, body in shipped().templates.items()}
    text = show_plan.text(plan, templates)
    for stack in plan.stacks:
        for parameter, source in stack.wired.items():
            assert text.count(f"      {parameter} from {source}\n") == 1
    value = json.loads(show_plan.as_json(plan, templates, "templates/dr-topology"))
    assert [[step["stack"] for step in wave] for wave in value["waves"]] == [
        [step.stack for step in wave] for wave in plan.waves
    ]


# Values

WIRED = {"Key": Source("other", "KeyArn")}
TEMPLATE = {"Parameters": {"Key": {"Default": ""}, "alertEmail": {"Default": ""}, "reserved": {"Default": 200}}}


def test_an_empty_value_never_replaces_a_known_one() -> None:
    deployed = made(parameters={"Key": "arn:old", "alertEmail": "ops@example.com", "reserved": "200"})
    found = values.resolve(TEMPLATE, WIRED, {}, {}, deployed, TEMPLATE)
    assert found["Key"].value.text is None
    assert found["Key"].text == "arn:old"
    assert found["alertEmail"].value.text is None
    assert found["reserved"].value.text == "200"


def test_an_output_fills_its_parameter_and_is_missed_where_it_should_be_known() -> None:
    outputs = {"other": {"KeyArn": "arn:new"}}
    assert values.resolve(TEMPLATE, WIRED, outputs, {}, None, {})["Key"].value.text == "arn:new"
    nothing = values.resolve(TEMPLATE, WIRED, {}, {}, None, {})
    assert values.missing(nothing, ("Key",)) == ("Key",)


def test_what_a_person_set_stays_and_a_default_follows_the_template() -> None:
    old = {"Parameters": {"reserved": {"Default": 100}}}
    new = {"Parameters": {"reserved": {"Default": 200}}}
    by_person = values.resolve(new, {}, {}, {}, made(parameters={"reserved": "150"}), old)["reserved"]
    by_default = values.resolve(new, {}, {}, {}, made(parameters={"reserved": "100"}), old)["reserved"]
    told = values.resolve(new, {}, {}, {"reserved": "300"}, made(parameters={"reserved": "150"}), old)["reserved"]
    assert (by_person.text, by_person.kept) == ("150", True)
    assert (by_default.text, by_default.kept) == ("200", False)
    assert (told.text, told.kept) == ("300", False)


# Review


@pytest.mark.parametrize("kind", sorted(HOLDS))
@pytest.mark.parametrize(
    ("action", "replacement", "refused"),
    [
        ("Add", "False", False),
        ("Modify", "False", False),
        ("Modify", "True", True),
        ("Modify", "Conditional", True),
        ("Remove", "False", True),
        ("Dynamic", "False", True),
        ("Import", "False", False),
    ],
)
def test_what_holds_data_is_neither_replaced_nor_removed(
    kind: str, action: str, replacement: str, refused: bool
) -> None:
    change = Change(action, "Store", kind, replacement)
    found = review.dangers((change,), {}, {}, frozenset())
    assert bool(found) is refused
    assert review.dangers((change,), {}, {}, frozenset({"Store"})) == ()
    assert review.dangers((Change(action, "Alarm", "AWS::CloudWatch::Alarm", replacement),), {}, {}, frozenset()) == ()


def test_a_replica_that_goes_is_a_danger_though_cloudformation_calls_it_an_update() -> None:
    def table(*regions: str) -> dict[str, Json]:
        replicas = [{"Region": region} for region in regions]
        return {"Resources": {"T": {"Properties": {"Replicas": replicas}}}}

    change = Change("Modify", "T", "AWS::DynamoDB::GlobalTable", "False", ("Replicas",))
    old, new = table("us-east-1", "us-west-2"), table("us-east-1")
    (danger,) = review.dangers((change,), old, new, frozenset())
    assert "us-west-2" in danger.what
    assert review.dangers((change,), new, old, frozenset()) == ()


def test_what_only_waits_for_a_value_does_not_leave_its_stack() -> None:
    both = {"Fn::And": [{"Condition": "HasA"}, {"Condition": "HasB"}]}
    known = {name: {"Fn::Not": [{"Fn::Equals": [{"Ref": name[3:]}, ""]}]} for name in ("HasA", "HasB")}
    template = {
        "Conditions": {"Both": both, **known, "Loop": {"Condition": "Loop"}},
        "Resources": {"Record": {"Condition": "Both"}, "Odd": {"Condition": "Loop"}, "Plain": {}},
    }

    def told(id_: str, *unknown: str, allowed: frozenset[str] = frozenset(), action: str = "Remove") -> list[str]:
        change = Change(action, id_, "AWS::Route53::RecordSet", "False")
        return [danger.what for danger in review.dangers((change,), {}, template, allowed, frozenset(unknown))]

    assert told("Record", "B", "C") == ["would leave the stack only because B is not known yet"]
    assert told("Record", "A", "B") == ["would leave the stack only because A and B are not known yet"]
    assert told("Record", "C") == told("Record") == told("Record", "B", action="Add") == []
    assert told("Record", "B", allowed=frozenset({"Record"})) == []
    assert told("Odd", "B") == told("Plain", "B") == told("Gone", "B") == []


def test_changes_are_counted_by_what_they_do() -> None:
    found = review.counts(
        [Change("Add", "a", "t"), Change("Modify", "b", "t", "Conditional"), Change("Remove", "c", "t")]
    )
    assert str(found) == "1 to add, 1 to change or replace, 1 to remove"
    assert str(review.counts(())) == "no changes"


# States and operations


@pytest.mark.parametrize(
    ("status", "way"),
    [
        (None, states.Way.CREATE), ("DELETE_COMPLETE", states.Way.CREATE), ("REVIEW_IN_PROGRESS", states.Way.CREATE),
        ("CREATE_COMPLETE", states.Way.UPDATE), ("UPDATE_ROLLBACK_COMPLETE", states.Way.UPDATE),
        ("ROLLBACK_COMPLETE", states.Way.CLEAR), ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", states.Way.WAIT),
        ("DELETE_IN_PROGRESS", states.Way.WAIT), ("UPDATE_ROLLBACK_FAILED", states.Way.STUCK),
        ("ROLLBACK_FAILED", states.Way.STUCK), ("DELETE_FAILED", states.Way.STUCK), ("CREATE_FAILED", states.Way.STUCK),
        ("UPDATE_FAILED", states.Way.STUCK), ("A_STATE_OF_NEXT_YEAR", states.Way.STUCK),
    ],
)  # fmt: skip
def test_each_state_has_a_way_and_a_stuck_one_a_way_out(status: str | None, way: states.Way) -> None:
    verdict = states.verdict(status)
    assert verdict.way is way
    assert bool(verdict.out) is (way is states.Way.STUCK)


class Memory:
    """One stack in memory, in whatever states a test tells it to be."""

    def __init__(self, *statuses: str | None, left: tuple[Resource, ...] = ()) -> None:
        self.statuses = list(statuses)
        self.left = left
        self.calls: list[str] = []

    def describe(self, region: str, name: str) -> Stack | None:
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return made(status) if status else None

    def template(self, region: str, name: str) -> Mapping[str, Json]:
        return {}

    def propose(self, region: str, request: Request) -> None:
        self.calls.append("propose")

    def change_set(self, region: str, stack: str, name: str) -> ChangeSet | None:
        return ChangeSet("FAILED", "UNAVAILABLE", "The submitted information didn't contain changes.", ())

    def drop_change_set(self, region: str, stack: str, name: str) -> None:
        self.calls.append("drop")

    def execute(self, region: str, stack: str, name: str, token: str) -> None:
        self.calls.append("execute")

    def events(self, region: str, stack: str) -> tuple[Event, ...]:
        return ()

    def resources(self, region: str, stack: str) -> tuple[Resource, ...]:
        return self.left

    def protect(self, region: str, stack: str) -> None:
        raise CloudError("cloudformation", "UpdateTerminationProtection", region, "InvalidAction", "", missing=True)

    def delete(self, region: str, stack: str) -> None:
        self.calls.append("delete")

    def rejections(self, region: str, stack: str, change_set: str) -> tuple[tuple[str, str], ...]:
        return ()


def operator(memory: Memory, patience_seconds: float = 5.0) -> Operator:
    return Operator(memory, "run", Progress(live=False), threading.Event(), patience_seconds=patience_seconds)


def test_an_operation_of_somebody_else_is_waited_for() -> None:
    found = operator(Memory("UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE")).settle(
        STACK
    )
    assert found is not None
    assert found.status == "UPDATE_COMPLETE"
    with pytest.raises(Failed, match="does not end"):
        operator(Memory("UPDATE_IN_PROGRESS"), patience_seconds=0.2).settle(STACK)


def test_what_a_failed_creation_left_is_cleared_only_where_it_is_empty() -> None:
    empty = Memory("ROLLBACK_COMPLETE", "DELETE_IN_PROGRESS", None, left=(Resource("T", "t", "X", "DELETE_COMPLETE"),))
    assert operator(empty).settle(STACK) is None
    assert empty.calls == ["delete"]
    full = Memory("ROLLBACK_COMPLETE", left=(Resource("Table", "t", "X", "DELETE_FAILED"),))
    with pytest.raises(Failed, match="Table") as failure:
        operator(full).settle(STACK)
    assert "delete-stack" in (failure.value.findings[0].help or "")
    assert full.calls == []


def test_a_stuck_stack_is_told_with_the_command_that_leads_out() -> None:
    with pytest.raises(Failed) as failure:
        operator(Memory("UPDATE_ROLLBACK_FAILED")).settle(STACK)
    (finding,) = failure.value.findings
    assert finding.rule.code == "DR830"
    assert "continue-update-rollback --region us-east-1 --stack-name s-primary" in (finding.help or "")


def test_an_empty_change_set_changes_nothing() -> None:
    memory = Memory("UPDATE_COMPLETE")
    done = operator(memory).carry_out(STACK, lambda found: Work(STACK, {}, "{}", None, {}, {}, {}))
    assert done.changes == ()
    assert memory.calls == ["propose", "drop"]


def test_the_root_cause_is_what_failed_first_and_not_what_was_cancelled() -> None:
    def event(id_: str, status: str, reason: str = "", kind: str = "T", token: str = "run") -> Event:
        return Event("", id_, kind, status, reason, token)

    latest_first = (
        event("s", "ROLLBACK_IN_PROGRESS", kind="AWS::CloudFormation::Stack"),
        event("B", "CREATE_FAILED", "Resource creation cancelled"),
        event("A", "CREATE_FAILED", "name taken"),
        event("Old", "UPDATE_FAILED", "of another operation", token="other"),
    )
    assert [found.id for found in root_causes(latest_first, "run")] == ["A"]


# Names


def test_names_are_computed_with_conditions_and_unknown_ones_left_out() -> None:
    known = {
        "environment": "prod",
        "environmentSuffix": "a1",
        "AWS::AccountId": "1",
        "AWS::Region": "r",
        "shared": "false",
    }
    template = {
        "Conditions": {
            "Shared": {"Fn::Equals": [{"Ref": "shared"}, "true"]},
            "Gate": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Later"}, ""]}]},
        },
        "Resources": {
            "B": {
                "Type": "AWS::S3::Bucket",
                "Properties": {"BucketName": {"Fn::Sub": "b-${environment}-${AWS::AccountId}"}},
            },
            "A": {"Type": "AWS::KMS::Alias", "Condition": "Shared", "Properties": {"AliasName": "alias/x"}},
            "R": {"Type": "AWS::IAM::Role", "Condition": "Gate", "Properties": {"RoleName": {"Fn::Sub": "r-${!x}"}}},
            "L": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": {"Ref": "Later"}}},
            "V": {"Type": "AWS::EC2::VPC"},
        },
    }
    assert {(n.id, n.name) for n in names.named(template, known)} == {("B", "b-prod-1"), ("R", "r-${x}")}
