"""Route 53: failover records that are complete."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.types.route53 import RECORD_SET
from compiler.aws.values import members
from compiler.diagnostics.model import Rule, Severity
from compiler.findings.finding import Finding
from compiler.rollout.state import Resource
from compiler.rules.deployed import DOCS, Deployed, reports


def host_of(record: Resource) -> str:
    """The host name of a DNS record, without the dot at its end."""
    return record.text("Name").rstrip(".")


DR447 = Rule(
    "DR447",
    "failover-records",
    says="a set of failover records is incomplete",
    why="Route 53 rejects the records, or IPv4 or IPv6 clients are not moved to the other region.",
    fix="create a PRIMARY record with a health check and a SECONDARY record, each with a `SetIdentifier`, for "
    "both A and AAAA",
    source=DOCS + "Route53/latest/APIReference/API_ResourceRecordSet.html",
    traps=(33,),
)


@reports(DR447)
def pairs(deployed: Deployed) -> Iterator[Finding]:
    """Failover records are pairs with identifiers, for IPv4 and IPv6, and the primary one has a health check."""
    names: dict[tuple[str, str], list[Resource]] = {}
    for record in deployed.of(RECORD_SET):
        if record.get("Failover"):
            names.setdefault((record.text("HostedZoneId"), host_of(record)), []).append(record)
    for (_, host), records in names.items():
        for record in records:
            if not record.get("SetIdentifier"):
                yield Finding(DR447, f"`{record.id}` is a failover record without `SetIdentifier`", record.owner)
            checked = record.get("HealthCheckId") or record.get("AliasTarget", "EvaluateTargetHealth") is True
            if record.get("Failover") == "PRIMARY" and not checked:
                message = f"`{record.id}` has no health check: `{host}` would never fail over"
                yield Finding(DR447, message, record.owner)
        families = {record.text("Type") for record in records}
        for record in records:
            kind, role = record.text("Type"), record.text("Failover")
            others = [item for item in records if item is not record and item.text("Type") == kind]
            if not any(item.text("Failover") != role for item in others):
                missing = "SECONDARY" if role == "PRIMARY" else "PRIMARY"
                message = f"`{record.id}` has no matching {missing} record of type {kind} for `{host}`"
                yield Finding(DR447, message, record.owner)
            if kind == "A" and "AAAA" not in families and _dual(deployed, record):
                message = f"`{record.id}` points to a domain with IPv6 addresses, but `{host}` has no AAAA records"
                yield Finding(DR447, message, record.owner)


def _dual(deployed: Deployed, record: Resource) -> bool:
    """Whether the target of an alias record has IPv4 and IPv6 addresses."""
    domain = deployed.owner(record.get("AliasTarget", "DNSName"))
    return domain is not None and any(
        members(item).get("IpAddressType") == "dualstack" for item in domain.list("DomainNameConfigurations")
    )


DR448 = Rule(
    "DR448",
    "standby-checked",
    says="the DNS record of the standby has a health check",
    why="If both records are unhealthy, Route 53 answers with the primary, which does not work.",
    fix="remove the health check from the SECONDARY record",
    source=DOCS + "Route53/latest/APIReference/API_ResourceRecordSet.html",
    severity=Severity.WARNING,
    traps=(33,),
)


@reports(DR448)
def checked_standby(deployed: Deployed) -> Iterator[Finding]:
    """If both records have a health check and both fail, Route 53 answers with the primary."""
    for record in deployed.of(RECORD_SET):
        if record.get("Failover") != "SECONDARY":
            continue
        evaluated = record.get("AliasTarget", "EvaluateTargetHealth") is True
        if record.get("HealthCheckId") or evaluated:
            what = "a health check" if record.get("HealthCheckId") else "`EvaluateTargetHealth`"
            message = (
                f"`{record.id}` has {what}: if it fails too, Route 53 sends clients to the primary, which does not work"
            )
            yield Finding(DR448, message, record.owner)
