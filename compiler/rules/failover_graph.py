"""The way of a client through DNS: from a record over its domain to an API, and from a check to the region it is about.

Each end of the way must be the one that the name and the role of the record say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from compiler.aws.types.apigateway import API_MAPPING, DOMAIN_NAME
from compiler.aws.types.route53 import HEALTH_CHECK, RECORD_SET
from compiler.aws.values import Json, listed, members, number, text
from compiler.diagnostics.model import Rule
from compiler.findings.finding import Finding
from compiler.rollout.endpoints import ENDPOINT_TYPES, apis_at
from compiler.rollout.state import Resource
from compiler.rules.deployed import DOCS, Deployed, named, reports
from compiler.rules.failover import host_of

_ADDRESSES = ("A", "CNAME")


DR896 = Rule(
    "DR896",
    "dns-target",
    says="a DNS record does not lead where its name and its role say",
    why="Clients get an error, or they reach the wrong region.",
    fix="let the record point to the domain of the same name in the region of its role; if more is intended, accept "
    "the finding with a reason",
    source=DOCS + "Route53/latest/DeveloperGuide/resource-record-sets-values-failover-alias.html",
    acceptable=True,
)


@reports(DR896)
def targets(deployed: Deployed) -> Iterator[Finding]:
    """An alias leads to the domain of its own name, in the region of its role, and an API answers there."""
    for record in deployed.of(RECORD_SET):
        domain = deployed.owner(record.get("AliasTarget", "DNSName"))
        if domain is None or domain.type != DOMAIN_NAME:
            continue
        for fault in _faults(deployed, record, domain):
            message = f"`{record.id}` {fault}"
            related = ((domain.owner, "the record points here"),)
            yield Finding(DR896, message, record.owner, related=related, id=named("dns-target", record))


def _faults(deployed: Deployed, record: Resource, domain: Resource) -> Iterator[str]:
    """What is wrong with the target of an alias; completes "the record ..."."""
    host = host_of(record)
    if domain.name != host:
        yield f"leads `{host}` to `{domain.id}`, which answers only requests for `{domain.name}`: 403"
    zone = deployed.owner(record.get("AliasTarget", "HostedZoneId"))
    if zone is None or zone.owner != domain.owner:
        yield f"points to `{domain.id}` of {domain.stack.name} but does not take its hosted zone from there"
    wanted = _region(deployed, record)
    if wanted and domain.region != wanted:
        yield f"is the {record.text('Failover')} record and leads to {domain.region} instead of {wanted}"
    if not any(item.get("DomainName") == domain.ref for item in deployed.within(domain.stack, API_MAPPING)):
        yield f"leads to `{domain.id}` in {domain.region}, which has no API mapping: 403"
    if record.get("Type") == "A" and not record.get("Failover") and _dual(domain) and not _twin(deployed, record):
        yield f"leads to a domain with IPv6 addresses, but `{host}` has no AAAA record"


def _region(deployed: Deployed, record: Resource) -> str | None:
    """The region that a failover record is for; None for other records."""
    primary, secondary = deployed.topology.serving
    return {"PRIMARY": primary.region, "SECONDARY": secondary.region}.get(record.text("Failover"))


def _dual(domain: Resource) -> bool:
    return any(members(item).get("IpAddressType") == "dualstack" for item in domain.list("DomainNameConfigurations"))


def _twin(deployed: Deployed, record: Resource) -> bool:
    """Whether there is an AAAA record of the same name."""
    return any(host_of(item) == host_of(record) and item.get("Type") == "AAAA" for item in deployed.of(RECORD_SET))


@reports(DR896)
def answers(deployed: Deployed) -> Iterator[Finding]:
    """Each failover record that says which region answers names the region of its role."""
    for record in deployed.of(RECORD_SET):
        wanted = _region(deployed, record)
        if wanted and host_of(record) == deployed.topology.region_host and record.get("Type") == "TXT":
            told = ", ".join(map(text, record.list("ResourceRecords")))
            if told != f'"{wanted}"':
                message = f"`{record.id}` is the {record.text('Failover')} record and says {told} instead of {wanted}"
                yield Finding(DR896, message, record.owner, id=named("dns-target", record))


@reports(DR896)
def names(deployed: Deployed) -> Iterator[Finding]:
    """The name that clients use fails over, and so does the name that says which region answers."""
    topology = deployed.topology
    moving = ((topology.spec.dns.domain, _ADDRESSES), (topology.region_host, ("TXT",)))
    staying = tuple((topology.host(stack), _ADDRESSES) for stack in topology.serving)
    held = [(host_of(item), item.text("Type"), bool(item.get("Failover"))) for item in deployed.of(RECORD_SET)]
    for host, kinds in moving:
        if not any((host, kind, True) in held for kind in kinds):
            message = f"`{host}` has no failover records of type {' or '.join(kinds)}: clients stay in one region"
            yield Finding(DR896, message, ("dns", "domain"), id="dns-target-failover")
    for host, kinds in staying:
        if not any((host, kind, False) in held for kind in kinds):
            message = f"`{host}` has no DNS record: nobody can call the API of one region"
            yield Finding(DR896, message, ("dns", "domain"), id="dns-target-region")


DR897 = Rule(
    "DR897",
    "failover-check",
    says="a failover record does not follow the health of the region that it leads to",
    why="Clients stay in a region that does not answer, or leave one that does.",
    fix="let the PRIMARY record follow a health check of the primary region; if more is intended, accept the finding "
    "with a reason",
    source=DOCS + "Route53/latest/APIReference/API_HealthCheckConfig.html",
    acceptable=True,
)


@reports(DR897)
def followed(deployed: Deployed) -> Iterator[Finding]:
    """The check of a PRIMARY record fails with its region, and not with the other one."""
    for record in deployed.of(RECORD_SET):
        if record.get("Failover") != "PRIMARY":
            continue
        check = deployed.owner(record.get("HealthCheckId"))
        related = tuple((item.owner, "the record follows this check") for item in _reached(deployed, check))
        for fault in _misled(deployed, record, check):
            message = f"`{record.id}` {fault}"
            yield Finding(DR897, message, record.owner, related=related, id=named("failover-check", record))


def _reached(deployed: Deployed, check: Resource | None, above: frozenset[str] = frozenset()) -> Iterator[Resource]:
    """A check and those that it combines."""
    if check is None or check.type != HEALTH_CHECK or check.id in above:
        return
    yield check
    for child in listed(check.get("HealthCheckConfig", "ChildHealthChecks")):
        yield from _reached(deployed, deployed.owner(child), above | {check.id})


def _misled(deployed: Deployed, record: Resource, check: Resource | None) -> Iterator[str]:
    """What is wrong with the check that a PRIMARY record follows; completes "the record ..."."""
    primary, secondary = (stack.region for stack in deployed.topology.serving)
    if check is None or check.type != HEALTH_CHECK:
        if record.get("HealthCheckId") or record.get("AliasTarget", "EvaluateTargetHealth") is True:
            yield "follows no health check of the topology"
        return
    if _healthy(deployed, check, primary):
        yield f"follows `{check.id}`, which stays healthy while {primary} does not answer"
    if not _healthy(deployed, check, secondary):
        yield f"follows `{check.id}`, which is unhealthy while only {secondary} does not answer"
    if not _healthy(deployed, check, None):
        yield f"follows `{check.id}`, which is unhealthy while both regions answer"
    if deployed.topology.latched and _healthy(deployed, check, None, held=True):
        yield f"follows `{check.id}`, which is healthy while clients are held in {secondary}"


def _healthy(
    deployed: Deployed, check: Resource, down: str | None, *, held: bool = False, above: frozenset[str] = frozenset()
) -> bool:
    """Whether Route 53 takes a check for healthy while one region does not answer and everything else does.

    What an inverted check calls answers while clients are held. A disabled check counts as healthy, and as unhealthy
    if it is inverted:
    https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html (read 2026-11-26)
    """
    config = members(check.get("HealthCheckConfig"))
    inverted = config.get("Inverted") is True
    if config.get("Disabled") is True or check.id in above:
        return not inverted
    if config.get("Type") == "CALCULATED":
        children = [deployed.owner(child) for child in listed(config.get("ChildHealthChecks"))]
        known = above | {check.id}
        good = sum(child is None or _healthy(deployed, child, down, held=held, above=known) for child in children)
        return (good >= (number(config.get("HealthThreshold")) or 0)) != inverted
    answers = (held or not inverted) and not (down and down in _regions(deployed, config))
    return answers != inverted


def _regions(deployed: Deployed, config: Mapping[str, Json]) -> set[str]:
    """The regions that a check is about."""
    if config.get("Type") == "CLOUDWATCH_METRIC":
        return {text(members(config.get("AlarmIdentifier")).get("Region"))}
    if config.get("Type") not in ENDPOINT_TYPES:
        return set()
    host = text(config.get("FullyQualifiedDomainName")).rstrip(".")
    found = {api.region for api in apis_at(deployed, host)}
    # A host name that AWS gives to an API has its region between dots.
    return found or {stack.region for stack in deployed.topology.serving if f".{stack.region}." in host}
