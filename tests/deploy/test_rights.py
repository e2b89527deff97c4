"""The rights that `dr-deploy --policy` prints are enough for every call of a deployment, and end at its names."""

from __future__ import annotations

import copy
import io
import json
import re
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from compiler.aws import actions
from compiler.aws.facts import iam as facts
from compiler.deploy import rights
from compiler.deploy.aws import Aws
from compiler.deploy.calls import of_call
from compiler.deploy.command import main
from compiler.rules.policy import Statement, allows, statements
from compiler.spec.operations import OnDelete
from tests.deploy.site import ROOT, Site, Within
from tests.helpers import ODD, SHIPPED, compiled, odd_specs

Json = Any
EXAMPLE = ROOT / "examples" / "every-field" / "specs" / "every-field.yaml"
Calls = list[tuple[str, str, str, Mapping[str, Json]]]
"""Service, region, operation and parameters."""

BOUNDARY = "arn:aws:iam::012345678901:policy/platform/workload-boundary"


def printed(spec: Path, *more: str) -> dict[str, Json]:
    """What the command prints."""
    out = io.StringIO()
    with redirect_stdout(out):
        assert main([str(spec), "--policy", *more]) == 0
    found: dict[str, Json] = json.loads(out.getvalue())
    return found


def held(documents: Mapping[str, Json]) -> tuple[Statement, ...]:
    return tuple(item for document in documents.values() for item in statements(document))


def test_plans_and_vaults_can_be_tagged_and_the_settings_of_others_not_changed() -> None:
    made = compiled(EXAMPLE)
    allowed = held(rights.policies(made.deployment, made.topology.spec))
    context = {"aws:RequestedRegion": "eu-west-1"}
    for what in ("backup-plan:0a1b2c3d", "backup-vault:backup-vault-prod-a1"):
        assert allows(allowed, "backup:TagResource", f"arn:aws:backup:eu-west-1:012345678901:{what}", context=context)
    actions_ = {action for item in allowed for action in item.actions}
    assert "backup:DescribeRegionSettings" in actions_
    assert not {"backup:UpdateRegionSettings", "backup:DeleteRecoveryPoint"} & actions_
    shipped = compiled(SHIPPED)
    others = held(rights.policies(shipped.deployment, shipped.topology.spec))
    assert not [action for item in others for action in item.actions if action.startswith("backup")]


@pytest.mark.parametrize("path", [SHIPPED, EXAMPLE, *(ODD / f"{name}.yaml" for name in odd_specs())])
def test_every_document_fits_into_a_managed_policy(path: Path) -> None:
    made = compiled(path)
    documents = rights.policies(made.deployment, made.topology.spec)
    for name, document in documents.items():
        assert len(name) <= facts.POLICY_NAME_CHARACTERS.value
        assert len(re.sub(r"\s", "", json.dumps(document))) <= facts.MANAGED_POLICY_CHARACTERS.value
    allowed = {action for item in held(documents) for action in item.actions}
    kinds = {(body["Type"], stack.region) for stack in made.deployment.stacks for body in stack.bodies.values()}
    needed = {action for kind, region in kinds for action in actions.needed(kind, region)}
    assert needed - {"iam:DeleteRolePermissionsBoundary"} <= allowed
    assert {"s3:CreateBucket", "iam:PassRole", "cloudformation:ExecuteChangeSet"} <= allowed


def test_names_of_the_system_narrow_what_takes_names() -> None:
    found = held(printed(SHIPPED))
    account, region = "123456789012", "us-west-2"
    for action, ours in (
        ("iam:CreateRole", f"arn:aws:iam::{account}:role/role-flow-log-prod-a1-{region}"),
        ("sts:AssumeRole", f"arn:aws:iam::{account}:role/role-cross-region-prod-a1-{region}"),
        ("dynamodb:DeleteTable", f"arn:aws:dynamodb:{region}:{account}:table/table-transactions-prod-a1"),
        ("dynamodb:Query", f"arn:aws:dynamodb:{region}:{account}:table/table-transactions-prod-a1/index/x"),
        ("s3:PutObject", f"arn:aws:s3:::bucket-code-prod-a1-{account}-{region}/code/x.zip"),
        ("lambda:UpdateFunctionCode", f"arn:aws:lambda:{region}:{account}:function:function-latch-prod-a1"),
        (
            "cloudformation:DeleteStack",
            f"arn:aws:cloudformation:{region}:{account}:stack/transactions-global-prod-a1/x",
        ),
        ("logs:DeleteLogGroup", f"arn:aws:logs:{region}:{account}:log-group:log-group-flow-log-prod-a1:*"),
        ("cloudwatch:DeleteDashboards", f"arn:aws:cloudwatch::{account}:dashboard/dashboard-{region}-prod-a1"),
    ):
        context = {"aws:RequestedRegion": region}
        assert allows(found, action, ours, context=context), action
        assert not allows(found, action, ours.replace("prod-a1", "prod-b2"), context=context), action
        if not action.startswith(rights._GLOBAL):
            assert not allows(found, action, ours, context={"aws:RequestedRegion": "eu-west-1"}), action


def test_roles_are_passed_to_the_services_that_they_trust_and_to_no_other() -> None:
    found, role = held(printed(SHIPPED)), "arn:aws:iam::123456789012:role/role-fn-x-prod-a1-us-east-1"
    passed = [item for item in found if "iam:PassRole" in item.actions]
    assert len(passed) == 1
    for service, expected in (("lambda", True), ("vpc-flow-logs", True), ("ec2", False), ("ecs-tasks", False)):
        context = {"iam:PassedToService": f"{service}.amazonaws.com"}
        assert allows(found, "iam:PassRole", role, context=context) is expected, service


def test_roles_are_made_with_the_boundary_of_the_spec_only() -> None:
    found = held(printed(EXAMPLE))
    role = "arn:aws:iam::012345678901:role/workloads/ledger/role-flow-log-prod-a1-eu-west-1"
    for action in ("iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"):
        assert allows(found, action, role, context={"iam:PermissionsBoundary": BOUNDARY}), action
        assert not allows(found, action, role, context={"iam:PermissionsBoundary": BOUNDARY + "-2"}), action
        assert not allows(found, action, role.replace("workloads/ledger/", "")), action
    assert not allows(found, "iam:DeleteRolePermissionsBoundary", role)
    assert allows(found, "iam:GetRole", role)


def test_another_copy_has_rights_of_its_own() -> None:
    found = held(printed(SHIPPED, "--suffix", "b2"))
    stack = "arn:aws:cloudformation:us-east-1:123456789012:stack/transactions-primary-prod-{}/x"
    assert allows(found, "cloudformation:DeleteStack", stack.format("b2"))
    assert not allows(found, "cloudformation:DeleteStack", stack.format("a1"))


def test_only_a_system_that_is_to_go_may_be_emptied() -> None:
    found = {}
    for deletes in (False, True):
        made = compiled(SHIPPED)
        kept = made.topology.spec.deployment
        policy = kept.model_copy(update={"on_delete": OnDelete.DELETE if deletes else OnDelete.RETAIN})
        spec = made.topology.spec.model_copy(update={"deployment": policy})
        found[deletes] = held(rights.policies(made.deployment, spec))
    version = "arn:aws:s3:::bucket-documents-prod-a1-123456789012-us-east-1/x"
    assert not allows(found[False], "s3:DeleteObjectVersion", version)
    assert allows(found[True], "s3:DeleteObjectVersion", version)


def test_a_statement_that_is_too_large_is_divided() -> None:
    roles = [f"arn:aws:iam::123456789012:role/{number:0>100}" for number in range(200)]
    statement = {"Effect": "Allow", "Action": "iam:GetRole", "Resource": roles}
    documents = rights._packed([statement])
    assert len(documents) > 3
    assert sorted(role for document in documents for item in statements(document) for role in item.resources) == roles
    assert all(rights._size(document["Statement"]) <= facts.MANAGED_POLICY_CHARACTERS.value for document in documents)


_PLACES = {
    "Bucket": "arn:aws:s3:::{}", "FunctionName": "arn:aws:lambda:{region}:{account}:function:{}",
    "StackName": "arn:aws:cloudformation:{region}:{account}:stack/{}/id",
    "TableName": "arn:aws:dynamodb:{region}:{account}:table/{}", "RoleName": "arn:aws:iam::{account}:role/{}",
}  # fmt: skip
"""Parameters that name the resource of a call, and its ARN."""


def resource(parameters: Mapping[str, Json], region: str) -> str | None:
    """The ARN of what a call is about; None where it names nothing that the policy is narrowed to."""
    for member, form in _PLACES.items():
        value = parameters.get(member)
        if isinstance(value, str):
            arn = value if value.startswith("arn:") else form.format(value, region=region, account="000000000000")
            return f"{arn}/{parameters['Key']}" if "Key" in parameters and member == "Bucket" else arn
    return None


@pytest.fixture
def deployed(site_of: Callable[[Path], Site], monkeypatch: pytest.MonkeyPatch) -> tuple[Site, Calls]:
    """A small topology that was deployed twice, with every call that it took."""
    site = site_of(ROOT / "tests" / "deploy" / "small.yaml")
    run = Within(site, monkeypatch)
    made: Calls = []
    call = Aws.call

    def recorded(
        aws: Aws, service: str, region: str, operation: str, parameters: Mapping[str, Json]
    ) -> dict[str, Json]:
        made.append((service, region, operation, copy.deepcopy(parameters)))
        return call(aws, service, region, operation, parameters)

    monkeypatch.setattr(Aws, "call", recorded)
    assert run.deploy().code == 0
    assert run.deploy().code == 0
    return site, made


def refused(found: tuple[Statement, ...], calls: Calls) -> set[tuple[str, str | None]]:
    """Actions of calls that a policy does not allow, with the resource."""
    return {
        (action, about)
        for service, region, operation, parameters in calls
        for action in of_call(service, operation)
        if not allows(found, action, about := resource(parameters, region), context={"aws:RequestedRegion": region})
    }


def test_every_call_of_a_deployment_is_allowed(
    deployed: tuple[Site, Calls],
) -> None:
    site, calls = deployed
    found = held(printed(site.folder / site.spec))
    assert len({(service, operation) for service, _, operation, _ in calls}) > 25
    assert refused(found, calls) == set()
    others = held(printed(site.folder / site.spec, "--suffix", "b2"))
    assert {action.partition(":")[0] for action, _ in refused(others, calls)} >= {"cloudformation", "s3", "dynamodb"}
