"""What the account was granted, against what the spec states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from compiler.deploy import quotas
from compiler.deploy.cloud import CloudError
from compiler.deploy.session import Session
from compiler.findings.finding import Finding
from compiler.spec.objectives import AccountQuotas, Quotas
from compiler.topology.model import Topology
from tests.deploy.account import Account, error, session_of
from tests.helpers import ODD, SHIPPED, compiled

Json = Any
OWN, DEFAULT = "service-quotas:GetServiceQuota", "service-quotas:GetAWSDefaultServiceQuota"
EAST, WEST = "us-east-1", "us-west-2"


@pytest.fixture
def session() -> Session:
    return session_of(compiled(SHIPPED), Account())


def check(account: Account, session: Session, region: str) -> list[Finding]:
    return list(quotas.check(replace(session, api=account), region))


def fields(topology: Topology, region: str) -> set[str]:
    return {expected.field for expected in quotas.expected_quotas(topology, region)}


def test_each_region_is_asked_for_what_runs_there() -> None:
    topology = compiled(ODD / "three-regions.yaml").topology
    (replica,) = {stack.region for stack in topology.regional} - {stack.region for stack in topology.serving}
    # Without a word in the spec, AWS's defaults were counted on; only concurrency may begin lower.
    assert fields(topology, topology.primary.region) == fields(topology, topology.secondary.region)
    assert fields(topology, topology.primary.region) == {"lambda_concurrency"}
    assert fields(topology, replica) == set()

    every = AccountQuotas.model_validate(
        {
            **dict.fromkeys(("lambda_concurrency", "tables", "alarms", "api_routes", "iam_roles", "buckets"), 2000),
            **dict.fromkeys(("api_requests", "table_writes", "table_reads", "kms_requests", "log_requests"), "90000/s"),
        }
    )
    topology = replace(topology, spec=topology.spec.model_copy(update={"quotas": every}))
    # Service Quotas does not know alarms, and of routes not what a single API was granted.
    unknown = {"alarms", "api_routes"}
    assert fields(topology, EAST) == set(AccountQuotas.model_fields) - unknown
    assert fields(topology, WEST) == set(Quotas.model_fields) - unknown
    assert fields(topology, replica) == {"table_writes", "table_reads", "kms_requests", "tables"}
    assert fields(topology, "ap-south-1") == set(), "what the global stack has of its own is little"


def test_a_grant_that_is_exactly_enough_is_enough(session: Session) -> None:
    wanted = {each.quota.code: each.amount for each in quotas.expected_quotas(session.topology, EAST)}
    assert wanted
    account = Account()

    def short_by(less: float) -> None:
        account.says[OWN] = lambda region, given: {"Quota": {"Value": wanted[given["QuotaCode"]] - less}}

    short_by(0)
    assert check(account, session, EAST) == []
    assert {given["QuotaCode"] for _, given in account.made(OWN)} == set(wanted)
    short_by(1)
    assert {found.rule.code for found in check(account, session, EAST)} == {"DR823"}
    assert len(check(account, session, EAST)) == len(wanted)


def test_a_quota_that_was_never_raised_has_the_default_of_aws(session: Session) -> None:
    account = Account()
    account.refuse(OWN, "NoSuchResourceException")
    account.says[DEFAULT] = lambda region, given: {"Quota": {"Value": 10.0}}
    (first, *_) = check(account, session, WEST)
    assert first.message.startswith("us-west-2 grants 10, but the spec states 5,000 (`lambda_concurrency`")
    assert first.at == ("quotas", "lambda_concurrency")
    account.refuse(DEFAULT, "NoSuchResourceException")
    assert check(account, session, WEST) == [], "what nobody tells is not taken for too little"


def test_a_regions_own_figure_is_the_one_that_counts(session: Session) -> None:
    spec = session.topology.spec
    number = next(n for n, entry in enumerate(spec.regions) if entry.region == WEST)
    own = spec.quotas.model_copy(update={"lambda_concurrency": 6000})
    entries = tuple(
        entry.model_copy(update={"quotas": own}) if n == number else entry for n, entry in enumerate(spec.regions)
    )
    topology = replace(session.topology, spec=spec.model_copy(update={"regions": entries}))
    account = Account()
    account.says[OWN] = lambda region, given: {"Quota": {"Value": 5500.0 if given["ServiceCode"] == "lambda" else 1e9}}
    (found,) = check(account, replace(session, topology=topology), WEST)
    assert "6,000" in found.message
    assert found.at == ("regions", number, "quotas", "lambda_concurrency")
    assert check(account, replace(session, topology=topology), EAST) == []


@pytest.mark.parametrize(
    ("code", "missing", "says"),
    [
        ("UnknownOperation", True, "there is no Service Quotas API"),
        ("AccessDeniedException", False, "this principal has no permission to read quotas"),
    ],
)
def test_quotas_that_cannot_be_read_are_reported_once_for_a_region(
    session: Session, code: str, missing: bool, says: str
) -> None:
    account = Account()
    account.refuse(OWN, code, missing=missing)
    (found,) = check(account, session, EAST)
    assert (found.rule.code, found.message) == ("DR828", f"not checked: quotas in us-east-1: {says}")
    assert len(account.made(OWN)) == 1, "the others would be answered alike"


def test_a_fault_is_not_taken_for_an_answer(session: Session) -> None:
    account = Account()

    def expired(region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        raise error(OWN, region, "ExpiredTokenException")

    account.says[OWN] = expired
    with pytest.raises(CloudError, match="ExpiredTokenException"):
        check(account, session, EAST)
