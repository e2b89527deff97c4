"""IAM: roles with the region in their names, trust by condition, and no wildcard without a reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from fnmatch import fnmatchcase

import pytest

from tests.helpers import Topology, each_odd_spec, listed, odd, shipped, statements
from tests.services.large import many
from tests.services.placement import placed
from tests.waves_oracle import deploy
from tests.world import ACCOUNT

TYPES = ("IAM::Role", "IAM::Policy", "IAM::ManagedPolicy", "IAM::User", "IAM::Group")
OURS = ("FunctionHealth", "FunctionLatch")
"""Functions that Route 53 calls: one has the role of a function of the spec, the other crosses nowhere."""
OWN = {"LogArchiveRole", "LogDestinationRole", "FlowLogRole"}


@pytest.mark.parametrize(
    ("topology", "expected"),
    [
        (
            shipped,
            {
                kind: OWN | {"CrossRegionRole", "BucketDocumentsReplicationRole", "FunctionTransactionProcessorRole"}
                for kind in ("primary", "secondary")
            },
        ),
        (
            lambda: odd("three-regions"),
            {
                kind: OWN | {"CrossRegionRole", "BucketInvoicesReplicationRole", "FunctionOrderRole"}
                for kind in ("primary", "secondary")
            },
        ),
        (lambda: odd("minimal"), {kind: OWN | {"FunctionWorkerRole"} for kind in ("primary", "secondary")}),
    ],
    ids=["two regions", "three regions", "no data to reach"],
)
def test_placement(topology: Callable[[], Topology], expected: dict[str, set[str]]) -> None:
    """Roles only, and none where nothing runs: a replica region is written to by others."""
    latch = {"primary": set[str](), "secondary": {"FunctionLatchRole"}}
    assert placed(topology, TYPES) == {kind: ids | latch[kind] for kind, ids in expected.items()}


@pytest.mark.parametrize("name", each_odd_spec())
def test_names_are_unique_in_the_account_and_fit_at_the_longest(name: str) -> None:
    """Not regional and blind to case: the same name in the second region would be refused."""
    topology = odd(name)
    longest = {"environment": "e2345678", "environmentSuffix": "s2345678"}
    final = deploy(topology.manifest, topology.templates, longest)[-1]
    names: list[str] = []
    for stack in final.values():
        for role in stack.of("IAM::Role"):
            assert role.properties["RoleName"].endswith(f"-{stack.region}")
            names.append(role.properties["RoleName"].lower())
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= 64


def test_the_other_regions_functions_and_nobody_else_may_cross() -> None:
    """The account is trusted and narrowed by the caller's ARN: a role that does not exist yet cannot be named."""
    primary, secondary = odd("four-functions").serving
    for here, there in ((primary, secondary), (secondary, primary)):
        role = here.resources["CrossRegionRole"]
        (trust,) = statements(role.properties["AssumeRolePolicyDocument"])
        assert trust["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        assert trust["Action"] == "sts:AssumeRole"
        callers = set(listed(trust["Condition"]["ArnEquals"]["aws:PrincipalArn"]))
        functions = [f for f in there.of("Lambda::Function") if f.id not in OURS]
        names = {there.resources[f"{function.id}Role"].properties["RoleName"] for function in functions}
        assert callers == {f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in names}
        arn = f"arn:aws:iam::{ACCOUNT}:role/{role.properties['RoleName']}"
        for function in functions:
            document = there.resources[f"{function.id}Role"].properties["Policies"][0]["PolicyDocument"]
            allowed = [listed(s["Resource"]) for s in statements(document) if s["Action"] == "sts:AssumeRole"]
            assert allowed == [[arn]]


@pytest.mark.parametrize("name", ["three-regions", "europe", "dual-write"])
def test_who_crosses_reaches_the_data_of_that_region_only(name: str) -> None:
    topology = odd(name)
    for stack in topology.serving:
        document = stack.resources["CrossRegionRole"].properties["Policies"][0]["PolicyDocument"]
        for item in statements(document):
            for resource in listed(item["Resource"]):
                assert stack.region in resource or resource == stack.one("KMS::Key").arn
            if item["Sid"] in ("UseTables", "UseObjects"):
                assert item["Condition"]["StringEquals"]["aws:RequestedRegion"] == stack.region


def test_services_are_trusted_for_this_account_only() -> None:
    for role in shipped().all("IAM::Role"):
        (trust,) = statements(role.properties["AssumeRolePolicyDocument"])
        service = trust["Principal"].get("Service")
        if service and service != "lambda.amazonaws.com":
            assert trust["Condition"]["StringEquals"]["aws:SourceAccount"] == ACCOUNT, role.id


@pytest.mark.parametrize("name", each_odd_spec())
def test_policies_are_inline_specific_and_short_lived(name: str) -> None:
    """An inline policy is there as soon as the role; a separate one may be too late for a test message."""
    for role in odd(name).all("IAM::Role"):
        assert len(role.properties["Policies"]) == 1
        assert "ManagedPolicyArns" not in role.properties
        assert role.properties["MaxSessionDuration"] == 3_600
        for item in statements(role.properties["Policies"][0]["PolicyDocument"]):
            assert not {"*", "iam:*", "s3:*", "kms:*", "dynamodb:*"} & set(listed(item["Action"]))
            assert not any(action.endswith(":*") for action in listed(item["Action"]))


@pytest.mark.parametrize("name", each_odd_spec())
def test_policies_fit_the_quotas_of_a_role(name: str) -> None:
    for role in odd(name).all("IAM::Role"):
        trust = role.properties["AssumeRolePolicyDocument"]
        assert len(_compact(trust)) <= 2_048
        assert len(_compact(role.properties["Policies"][0]["PolicyDocument"])) <= 10_240


def test_many_callers_are_named_by_the_pattern_of_their_roles() -> None:
    """A trust policy of default quota holds some twenty roles one by one."""
    few, lots = many(12, 1), many(35, 1)
    for topology, operator in ((few, "ArnEquals"), (lots, "ArnLike")):
        for here, there in zip(topology.serving, reversed(topology.serving), strict=True):
            document = here.resources["CrossRegionRole"].properties["AssumeRolePolicyDocument"]
            assert len(_compact(document)) <= 2_048
            (condition,) = statements(document)[0]["Condition"].items()
            assert condition[0] == operator
            patterns = listed(condition[1]["aws:PrincipalArn"])
            roles = {r.properties["RoleName"]: r.id for r in there.of("IAM::Role")}
            arns = {id_: f"arn:aws:iam::{ACCOUNT}:role/{name}" for name, id_ in roles.items()}
            allowed = {id_ for id_, arn in arns.items() if any(fnmatchcase(arn, pattern) for pattern in patterns)}
            assert allowed == {f"{f.id}Role" for f in there.of("Lambda::Function") if f.id not in OURS}
            assert all(pattern.endswith(there.region) for pattern in patterns)


def _compact(document: object) -> str:
    return json.dumps(document, separators=(",", ":"))
