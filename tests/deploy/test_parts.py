"""The parts of a deployment by themselves: plan, parameters, review, states of a stack and names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from compiler.aws.types.registry import RECORDS
from compiler.deploy import apply, intended, plan, preflight, review
from compiler.deploy import session as sessions
from compiler.deploy.apply import root_causes
from compiler.deploy.cloud import Change, DeploymentError, Event, ExistingStack
from compiler.deploy.desired import Parameter, resolve
from compiler.deploy.options import Options
from compiler.deploy.session import Session
from compiler.deploy.stack_states import StackAction, next_action, stuck
from compiler.ir.elements import StackId, StackKind
from compiler.ir.template import Template
from compiler.linking.waves import Source, Step, Wire
from compiler.rollout.deployment import Stack
from tests.deploy.account import Account, error, session_of
from tests.helpers import SHIPPED, compiled

Json = Any
PRIMARY, GLOBAL = StackId(StackKind.PRIMARY, "us-east-1"), StackId(StackKind.GLOBAL, "us-east-1")
STACK = Stack(PRIMARY, "s-primary", Template(PRIMARY, {}, {}, {}), (), ())


def made(status: str = "CREATE_COMPLETE", parameters: Mapping[str, str] | None = None) -> ExistingStack:
    return ExistingStack("id", "s-primary", status, "", "then", False, parameters or {}, {})


# Plan


def test_the_plan_takes_another_suffix() -> None:
    deployment = compiled(SHIPPED).deployment
    assert [stack.name for stack in deployment.stacks] == [
        f"transactions-{kind}-prod-a1" for kind in ("global", "primary", "secondary")
    ]
    other = deployment.named("test", "b2")
    assert {stack.name.partition("-test-b2")[1] for stack in other.stacks} == {"-test-b2"}
    assert other.code_bucket("us-west-2", "123456789012") == "bucket-code-test-b2-123456789012-us-west-2"


def test_the_plan_names_each_parameter_once_with_its_source() -> None:
    deployment = compiled(SHIPPED).deployment
    found = intended.Plan(deployment, Options(), {}, {})
    text = "\n".join(line.lead + line.words for line in intended.text(found))
    for stack in deployment.stacks:
        for parameter, source in stack.wiring.items():
            assert text.count(f"      {parameter} from {source}\n") == 1
    value = json.loads(intended.json_text(found, "templates/dr-topology"))
    assert [[step["stack"] for step in wave] for wave in value["waves"]] == [
        [step.stack.name for step in wave] for wave in deployment.waves
    ]


@pytest.mark.parametrize("only", [{"primary.us-east-1"}, {"global.us-east-1", "secondary.us-west-2"}])
def test_the_plan_of_some_stacks_speaks_of_no_other(only: set[str]) -> None:
    deployment = compiled(SHIPPED).deployment
    found = intended.Plan(deployment, Options(only=frozenset(only)), {}, {})
    names = {stack.key: stack.name for stack in deployment.stacks}
    text = "\n".join(line.lead + line.words for line in intended.text(found))
    assert f"{len(only)} of 3 stacks" in text
    assert {key for key, name in names.items() if name in text} == only
    value = json.loads(intended.json_text(found, "templates/dr-topology"))
    assert {stack["stack"] for stack in value["stacks"]} == only
    assert {step["stack"] for wave in value["waves"] for step in wave} == only
    assert all(value["waves"]), "no wave is empty"
    assert {key for stage in value["update"]["stages"] for key in stage} == only
    (region,) = {key.partition(".")[2] for key in only if not key.startswith("global")}
    assert {tuple(function["regions"]) for function in value["functions"]} == {(region,)}


def test_the_plan_tells_what_the_command_line_adds() -> None:
    options = Options(
        parameters={"createSharedAlias": "false"}, tags={"cost": "4711"}, code_buckets={"us-west-2": "mine"}
    )
    found = intended.Plan(compiled(SHIPPED).deployment, options, {}, {})
    lines = [line.lead + line.words for line in intended.text(found)]
    for kind, said in (
        ("parameter", "createSharedAlias=false"),
        ("tag", "cost=4711"),
        ("code bucket", "us-west-2=mine"),
    ):
        assert any(line.split() == [*kind.split(), said] for line in lines)
    value = json.loads(intended.json_text(found, "templates/dr-topology"))
    assert (value["parameters"], value["tags"], value["codeBuckets"]) == (
        {"createSharedAlias": "false"}, {"cost": "4711"}, {"us-west-2": "mine"},
    )  # fmt: skip


# Values

WIRED = {"Key": Source(GLOBAL, "KeyArn")}
TEMPLATE = {"Parameters": {"Key": {"Default": ""}, "alertEmail": {"Default": ""}, "reserved": {"Default": 200}}}


def test_an_empty_value_never_replaces_a_known_one() -> None:
    deployed = made(parameters={"Key": "arn:old", "alertEmail": "ops@example.com", "reserved": "200"})
    found = resolve(TEMPLATE, WIRED, {}, {}, deployed, TEMPLATE)
    assert found["Key"].kept
    assert found["Key"].text == "arn:old"
    assert found["alertEmail"].kept
    assert found["reserved"] == Parameter("200")


def test_an_output_fills_its_parameter() -> None:
    outputs = {GLOBAL: {"KeyArn": "arn:new"}}
    assert resolve(TEMPLATE, WIRED, outputs, {}, None, {})["Key"] == Parameter("arn:new")
    assert resolve(TEMPLATE, WIRED, {}, {}, None, {})["Key"] == Parameter("")


def test_what_a_person_set_stays_and_a_default_follows_the_template() -> None:
    old = {"Parameters": {"reserved": {"Default": 100}}}
    new = {"Parameters": {"reserved": {"Default": 200}}}
    by_person = resolve(new, {}, {}, {}, made(parameters={"reserved": "150"}), old)["reserved"]
    by_default = resolve(new, {}, {}, {}, made(parameters={"reserved": "100"}), old)["reserved"]
    told = resolve(new, {}, {}, {"reserved": "300"}, made(parameters={"reserved": "150"}), old)["reserved"]
    assert (by_person.text, by_person.kept) == ("150", True)
    assert (by_default.text, by_default.kept) == ("200", False)
    assert (told.text, told.kept) == ("300", False)


# Waves


def test_what_exists_gives_its_values_from_the_first_wave_on() -> None:
    account = Account()
    session = session_of(compiled(SHIPPED), account)
    session.existing = dict.fromkeys(stack.id for stack in session.deployment.stacks)
    assert plan.plan(session, ()) == session.deployment.waves, "nothing exists"
    for stack in session.deployment.stacks:
        account.stacks[stack.region, stack.name] = {"template": stack.template.body}
        parameters, outputs = dict.fromkeys(stack.wiring, "v"), dict.fromkeys(stack.section("Outputs"), "v")
        session.existing[stack.id] = ExistingStack(
            "id", stack.name, "CREATE_COMPLETE", "", "", True, parameters, outputs
        )
    assert plan.plan(session, ()) == ()
    waves = plan.plan(session, tuple(session.existing))
    assert [step.stack.kind for wave in waves for step in wave] == ["secondary", "primary", "global"]
    for wave in waves:
        for step in wave:
            assert set(step.parameters) == set(session.deployment.stack(step.stack).wiring)


def test_a_template_that_no_compile_has_written_counts_as_empty() -> None:
    """Somebody deployed a stack from YAML, or with a macro: its operation still has a place in the order."""
    account = Account()
    session = session_of(compiled(SHIPPED), account)
    session.existing = dict.fromkeys(stack.id for stack in session.deployment.stacks)
    bodies: dict[str, Any] = {"global": None, "primary": "Resources:\n  A: {}", "secondary": {"Resources": {"A": 1}}}
    for stack in session.deployment.stacks:
        body = bodies[stack.id.kind] or stack.template.body
        account.stacks[stack.region, stack.name] = {"template": body}
        values = dict.fromkeys(stack.wiring, "v")
        session.existing[stack.id] = ExistingStack("id", stack.name, "UPDATE_COMPLETE", "", "", True, values, {})
    waves = plan.plan(session, ())
    kinds = dict.fromkeys(step.stack.kind for wave in waves for step in wave if step.stack.serves)
    assert list(kinds) == ["secondary", "primary"]


# Review


@pytest.mark.parametrize("kind", sorted(kind for kind, record in RECORDS.items() if record.holds))
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
    found = review.dangers((change,), {}, {})
    assert bool(found) is refused
    assert review.dangers((Change(action, "Alarm", "AWS::CloudWatch::Alarm", replacement),), {}, {}) == ()


@pytest.mark.parametrize(
    ("kind", "old", "new", "keeps"),
    [
        ("AWS::DynamoDB::GlobalTable", {"TableName": "orders"}, {"TableName": "orders"}, True),
        ("AWS::DynamoDB::GlobalTable", {"TableName": "orders"}, {"TableName": "bookings"}, False),
        ("AWS::DynamoDB::GlobalTable", {}, {}, False),
        ("AWS::S3::Bucket", {"BucketName": {"Fn::Sub": "a"}}, {"BucketName": {"Fn::Sub": "a"}}, True),
        ("AWS::KMS::Key", {"Description": "a"}, {"Description": "a"}, False),
    ],
)
def test_what_keeps_its_name_cannot_be_replaced(kind: str, old: Json, new: Json, keeps: bool) -> None:
    before, after = ({"Resources": {"It": {"Type": kind, "Properties": properties}}} for properties in (old, new))
    (danger,) = review.dangers((Change("Modify", "It", kind, "True"),), before, after)
    assert danger.keeps_name == keeps


def test_a_replica_that_goes_is_a_danger_though_cloudformation_calls_it_an_update() -> None:
    def table(*regions: str) -> dict[str, Json]:
        replicas = [{"Region": region} for region in regions]
        return {"Resources": {"T": {"Properties": {"Replicas": replicas}}}}

    change = Change("Modify", "T", "AWS::DynamoDB::GlobalTable", "False", ("Replicas",))
    old, new = table("us-east-1", "us-west-2"), table("us-east-1")
    (danger,) = review.dangers((change,), old, new)
    assert "us-west-2" in danger.what
    assert review.dangers((change,), new, old) == ()


def test_what_aws_would_delete_is_called_so() -> None:
    change = Change("Remove", "T", "AWS::DynamoDB::GlobalTable", "False")
    for policy, what in (("Delete", "would be deleted"), ("Retain", "would leave the stack")):
        (danger,) = review.dangers((change,), {"Resources": {"T": {"DeletionPolicy": policy}}}, {})
        assert danger.what == what


def test_what_only_waits_for_a_value_does_not_leave_its_stack() -> None:
    both = {"Fn::And": [{"Condition": "HasA"}, {"Condition": "HasB"}]}
    known = {name: {"Fn::Not": [{"Fn::Equals": [{"Ref": name[3:]}, ""]}]} for name in ("HasA", "HasB")}
    template = {
        "Conditions": {"Both": both, **known, "Loop": {"Condition": "Loop"}},
        "Resources": {"Record": {"Condition": "Both"}, "Odd": {"Condition": "Loop"}, "Plain": {}},
    }

    def told(id_: str, *unknown: str, action: str = "Remove") -> list[str]:
        change = Change(action, id_, "AWS::Route53::RecordSet", "False")
        return [danger.what for danger in review.dangers((change,), {}, template, frozenset(unknown))]

    assert told("Record", "B", "C") == ["would leave the stack only because B is not known yet"]
    assert told("Record", "A", "B") == ["would leave the stack only because A and B are not known yet"]
    assert told("Record", "C") == told("Record") == told("Record", "B", action="Add") == []
    assert told("Odd", "B") == told("Plain", "B") == told("Gone", "B") == []


def test_changes_are_counted_by_what_they_do() -> None:
    found = review.counts(
        [Change("Add", "a", "t"), Change("Modify", "b", "t", "Conditional"), Change("Remove", "c", "t")]
    )
    assert str(found) == "1 to add, 1 to change or replace, 1 to remove"
    assert str(review.counts(())) == "no changes"


# States and operations


@pytest.mark.parametrize(
    ("status", "action"),
    [
        (None, StackAction.CREATE), ("DELETE_COMPLETE", StackAction.CREATE), ("REVIEW_IN_PROGRESS", StackAction.CREATE),
        ("CREATE_COMPLETE", StackAction.UPDATE), ("UPDATE_ROLLBACK_COMPLETE", StackAction.UPDATE),
        ("ROLLBACK_COMPLETE", StackAction.CLEAR), ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", StackAction.WAIT),
        ("DELETE_IN_PROGRESS", StackAction.WAIT), ("UPDATE_ROLLBACK_FAILED", StackAction.STUCK),
        ("ROLLBACK_FAILED", StackAction.STUCK), ("DELETE_FAILED", StackAction.STUCK),
        ("CREATE_FAILED", StackAction.STUCK), ("UPDATE_FAILED", StackAction.STUCK),
        ("A_STATE_OF_NEXT_YEAR", StackAction.STUCK),
    ],
)  # fmt: skip
def test_each_state_has_an_action_and_a_stuck_one_a_way_out(status: str | None, action: StackAction) -> None:
    assert next_action(made(status) if status else None) is action
    if action is StackAction.STUCK:
        assert stuck(STACK, made(status or "")).help


@dataclass
class Situation:
    """The primary stack of the shipped topology in an account that walks it through states."""

    account: Account
    session: Session

    @property
    def stack(self) -> Stack:
        return self.session.deployment.stack(self.session.topology.primary)

    @property
    def changes(self) -> list[str]:
        """The calls that would change something."""
        names = [name.partition(":")[2] for name, _, _ in self.account.calls]
        return [name for name in names if not name.startswith(("Describe", "Get", "List", "Head"))]

    def settle(self) -> ExistingStack | None:
        return apply.settle(self.session, self.stack)


def situation(*statuses: str | None, left: Mapping[str, str] | None = None) -> Situation:
    """States of the stack, one for each look and the last for all further ones; `left` are resources with theirs."""
    account = Account()
    session = session_of(compiled(SHIPPED), account)
    remaining = list(statuses)

    def describe(region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        status = remaining.pop(0) if len(remaining) > 1 else remaining[0]
        if status is None:
            raise error("cloudformation:DescribeStacks", region, "ValidationError", "it does not exist")
        return {"Stacks": [{"StackId": "id", "StackName": given["StackName"], "StackStatus": status}]}

    def listed(region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        resources = [
            {"LogicalResourceId": id_, "PhysicalResourceId": "p", "ResourceType": "T", "ResourceStatus": status}
            for id_, status in (left or {}).items()
        ]
        return {"StackResourceSummaries": resources}

    account.says = {"cloudformation:DescribeStacks": describe, "cloudformation:ListStackResources": listed}
    return Situation(account, session)


def test_an_operation_of_another_run_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    existing = situation("UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE").settle()
    assert existing is not None
    assert existing.status == "UPDATE_COMPLETE"
    monkeypatch.setattr(sessions, "TIMEOUT_SECONDS", 0.2)
    with pytest.raises(DeploymentError, match="has not ended"):
        situation("UPDATE_IN_PROGRESS").settle()


def test_what_a_failed_creation_left_is_cleared_only_where_it_is_empty() -> None:
    empty = situation("ROLLBACK_COMPLETE", "DELETE_IN_PROGRESS", None, left={"Topic": "DELETE_COMPLETE"})
    empty.account.says["cloudformation:DeleteStack"] = lambda region, given: {}
    assert empty.settle() is None
    assert empty.changes == ["DeleteStack"]
    full = situation("ROLLBACK_COMPLETE", left={"Table": "DELETE_FAILED"})
    with pytest.raises(DeploymentError, match="Table") as failure:
        full.settle()
    assert "delete-stack" in (failure.value.findings[0].help or "")
    assert full.changes == []


def test_a_stuck_stack_is_reported_with_the_command_that_leads_out() -> None:
    with pytest.raises(DeploymentError) as failure:
        situation("UPDATE_ROLLBACK_FAILED").settle()
    (finding,) = failure.value.findings
    assert finding.rule.code == "DR830"
    command = "continue-update-rollback --region us-east-1 --stack-name transactions-primary-prod-a1"
    assert command in (finding.help or "")


def test_an_empty_change_set_changes_nothing() -> None:
    now = situation("UPDATE_COMPLETE")
    now.session.existing = dict.fromkeys(stack.id for stack in now.session.deployment.stacks)
    empty = {"Status": "FAILED", "StatusReason": "The submitted information didn't contain changes."}
    now.account.says |= {
        "cloudformation:GetTemplate": lambda region, given: {"TemplateBody": {}},
        "cloudformation:CreateChangeSet": lambda region, given: {},
        "cloudformation:DescribeChangeSet": lambda region, given: empty,
    }
    now.account.refuse("cloudformation:UpdateTerminationProtection", "InvalidAction", missing=True)
    applied = apply.apply(now.session, Step(now.stack.id, ()))
    assert applied.changes == ()
    stacks = [name for name in now.changes if "Stack" in name or "ChangeSet" in name]
    assert stacks == ["CreateChangeSet", "DeleteChangeSet"]


def test_the_root_cause_is_what_failed_first_and_not_what_was_cancelled() -> None:
    def event(id_: str, status: str, reason: str = "", kind: str = "T", operation: str = "run") -> Event:
        return Event("", id_, kind, status, reason, operation)

    latest_first = (
        event("s", "ROLLBACK_IN_PROGRESS", kind="AWS::CloudFormation::Stack"),
        event("B", "CREATE_FAILED", "Resource creation cancelled"),
        event("A", "CREATE_FAILED", "name taken"),
        event("Old", "UPDATE_FAILED", "of another operation", operation="other"),
    )
    assert [found.id for found in root_causes(latest_first, "run")] == ["A"]


# Names


def test_names_are_computed_with_conditions_and_unknown_ones_left_out() -> None:
    body = {
        "Parameters": {"environment": {}, "shared": {"Default": "false"}, "Later": {"Default": ""}},
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
            "T": {
                "Type": "AWS::DynamoDB::GlobalTable",
                "Properties": {
                    "TableName": "t",
                    "Replicas": [
                        {"Region": "us-east-1"},
                        {"Fn::If": ["Gate", {"Region": "us-west-2"}, {"Ref": "AWS::NoValue"}]},
                    ],
                },
            },
        },
    }
    session = session_of(compiled(SHIPPED), Account())
    wire = Wire("Later", Source(GLOBAL, "Zone"))
    stack = replace(STACK, template=Template(PRIMARY, body, {}, {}), wires=(wire,))
    session.deployment = replace(session.deployment, stacks=(stack,))
    assert {(item.owner.id, item.name, item.region) for item in preflight.needed(session)} == {
        ("B", "b-prod-123456789012", "us-east-1"),
        ("R", "r-${x}", "us-east-1"),
        ("T", "t", "us-east-1"),
        ("T", "t", "us-west-2"),
    }
