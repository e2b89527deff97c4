"""Quotas: what the account was granted against what the spec takes as granted. Reports DR823 and DR828."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.facts import apigateway, dynamodb, iam, kms, lambda_, s3
from compiler.aws.facts import logs as logs_facts
from compiler.aws.facts.model import QuotaCode
from compiler.deploy.cloud import Api, CloudError, unchecked
from compiler.deploy.session import Session
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Route
from compiler.findings.finding import Finding
from compiler.support.frozen import frozen
from compiler.topology.model import Topology


@frozen
class ExpectedQuota:
    """An amount that the spec counts on, in the unit of the quota; the `field` of `quotas` that states it."""

    quota: QuotaCode
    amount: float
    what: str
    field: str


def expected_quotas(topology: Topology, region: str) -> Iterator[ExpectedQuota]:
    """What the spec takes as granted in one region, AWS's default where it says nothing.

    Not alarms, which Service Quotas does not know, and not routes: they are granted to a single API.
    """
    spec = topology.spec
    own = next((entry.quotas for entry in spec.regions if entry.region == region), None)

    def granted(field: str) -> float | None:
        value = getattr(own, field, None) or getattr(spec.quotas, field, None)
        if value is None:
            return None
        return float(value.per_second) if hasattr(value, "per_second") else float(value)

    serves = region in (topology.primary.region, topology.secondary.region)
    # The region of the global stack alone takes no load: what it was granted is no reason to stop.
    holds = any(stack.region == region for stack in topology.regional)
    listed = (
        (lambda_.ACCOUNT_CONCURRENCY_QUOTA, lambda_.ACCOUNT_CONCURRENCY.value, "lambda_concurrency", serves),
        (apigateway.ACCOUNT_RATE_QUOTA, None, "api_requests", serves),
        (dynamodb.TABLE_WRITES_QUOTA, None, "table_writes", holds and bool(spec.tables)),
        (dynamodb.TABLE_READS_QUOTA, None, "table_reads", holds and bool(spec.tables)),
        (kms.REQUESTS_QUOTA, None, "kms_requests", holds),
        (logs_facts.PUT_RATE_QUOTA, None, "log_requests", serves),
        (dynamodb.TABLES_QUOTA, None, "tables", holds and bool(spec.tables)),
        # What counts for all regions together is told in us-east-1 alone.
        (iam.ROLES_QUOTA, None, "iam_roles", region == topology.global_.region),
        (s3.BUCKETS_QUOTA, None, "buckets", region == topology.global_.region),
    )
    for fact, default, field, applies in listed:
        # Without a word in the spec the compiler counted on AWS's default, which no account has less of; only for
        # concurrency do new accounts begin lower.
        amount = granted(field) or default
        if applies and amount:
            yield ExpectedQuota(fact.value, float(amount), fact.says, field)


def check(session: Session, region: str) -> Iterator[Finding]:
    """What the account lacks in a region; raises `CloudError`."""
    for expected in expected_quotas(session.topology, region):
        try:
            granted = _granted(session.api, region, expected.quota)
        except CloudError as error:
            if error.missing or error.denied:
                why = (
                    "there is no Service Quotas API"
                    if error.missing
                    else "this principal has no permission to read quotas"
                )
                yield unchecked(f"quotas in {region}: {why}")
                return
            raise
        if granted is not None and granted < expected.amount:
            message = (
                f"{region} grants {granted:,.0f}, but the spec states {expected.amount:,.0f} "
                f"(`{expected.field}`, quota {expected.quota})"
            )
            yield Finding(Code.DR823, message, _quota_route(session.topology, region, expected.field))


def _granted(api: Api, region: str, quota: QuotaCode) -> float | None:
    parameters = {"ServiceCode": quota.service, "QuotaCode": quota.code}
    for operation in ("GetServiceQuota", "GetAWSDefaultServiceQuota"):
        try:
            return float(api.call("service-quotas", region, operation, parameters)["Quota"]["Value"])
        except CloudError as error:
            # A quota that was never looked at or raised has no value of the account's own.
            if error.code != "NoSuchResourceException":
                raise
    return None


def _quota_route(topology: Topology, region: str, field: str) -> Route:
    for number, entry in enumerate(topology.spec.regions):
        if entry.region == region and getattr(entry.quotas, field, None) is not None:
            return ("regions", number, "quotas", field)
    return ("quotas", field)
