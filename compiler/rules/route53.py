"""Route 53: health checks that check the right host and path, and the failover records that depend on them."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.facts import cloudwatch
from compiler.aws.facts import route53 as facts
from compiler.aws.types.apigateway import DOMAIN_NAME
from compiler.aws.types.cloudwatch import ALARMS
from compiler.aws.types.dynamodb import TABLES
from compiler.aws.types.route53 import HEALTH_CHECK, RECORD_SET
from compiler.aws.values import members, number, text
from compiler.diagnostics.model import Rule, Severity
from compiler.findings.finding import Finding
from compiler.rollout.state import Resource
from compiler.rules.check import DOCS, reports
from compiler.rules.deployed import Deployed
from compiler.rules.endpoints import apis_at, checks, function_behind, route_for
from compiler.rules.policy import allows, granted

_EXECUTE = ".execute-api."


DR442 = Rule(
    "DR442",
    "health-host",
    says="a health check calls a host that cannot answer for its region",
    why="The check would always fail, or its result would depend on the failover that it controls.",
    fix="call the host name of the region, which has a domain and a DNS record",
    source=DOCS + "Route53/latest/DeveloperGuide/health-checks-creating-values.html",
    traps=(27,),
)


@reports(DR442)
def hosts(deployed: Deployed) -> Iterator[Finding]:
    """A health check calls a host name of one region, which has a DNS record and an API that answers."""
    failover = {_host(record): record for record in deployed.of(RECORD_SET) if record.get("Failover")}
    named = {_host(record) for record in deployed.of(RECORD_SET)}
    zone = deployed.topology.spec.dns.domain
    for check, host, _ in checks(deployed):
        if host in failover:
            message = f"`{check.id}` calls `{host}`, whose DNS answer depends on this health check"
            related = ((failover[host].owner, "depends on a health check"),)
            yield Finding(DR442, message, check.owner, related=related)
        elif _EXECUTE in host:
            yield from _own_endpoint(deployed, check, host)
        elif host == zone or host.endswith(f".{zone}"):
            if not any(apis_at(deployed, host)):
                yield Finding(DR442, f"`{check.id}` calls `{host}`, but no API answers this host name", check.owner)
            if host not in named:
                yield Finding(DR442, f"`{check.id}` calls `{host}`, which has no DNS record", check.owner)
        config = members(check.get("HealthCheckConfig"))
        if text(config.get("Type")).startswith("HTTPS") and config.get("EnableSNI") is False:
            message = f"`{check.id}` does not send the host name in TLS (`EnableSNI: false`); API Gateway needs it"
            yield Finding(DR442, message, check.owner)


def _host(record: Resource) -> str:
    return record.text("Name").rstrip(".")


def _own_endpoint(deployed: Deployed, check: Resource, host: str) -> Iterator[Finding]:
    """Host names that AWS gives to an API: one answers only its own `Host` header, the other can be disabled."""
    owner = deployed.owner(host)
    if owner is not None and owner.type == DOMAIN_NAME:
        message = f"`{check.id}` calls `{host}`, which answers only requests for `{owner.name}`: 403"
        yield Finding(DR442, message, check.owner, related=((owner.owner, "the host name that it answers"),))
    elif owner is not None and owner.get("DisableExecuteApiEndpoint") is True:
        message = f"`{check.id}` calls `{host}`, which is disabled (`DisableExecuteApiEndpoint`)"
        yield Finding(DR442, message, check.owner, related=((owner.owner, "disabled here"),))


DR443 = Rule(
    "DR443",
    "health-path",
    says="the path of a health check does not exist or requires credentials",
    why="Route 53 treats the status codes 403 and 404 as a failure of the region.",
    fix="add a GET route without authorization for the path",
    source=DOCS + "Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html",
    traps=(28,),
)


@reports(DR443)
def paths(deployed: Deployed) -> Iterator[Finding]:
    """The API answers the path of a health check without credentials."""
    for check, host, path in checks(deployed):
        for api in apis_at(deployed, host):
            route = route_for(deployed, api, path)
            if route is None:
                message = f"`{check.id}` calls `{path}`, but `{api.id}` in {api.region} has no route for it: 404"
                yield Finding(DR443, message, check.owner, related=((api.owner, "has no such route"),))
            elif route.get("AuthorizationType") not in (None, "NONE"):
                asked = route.get("AuthorizationType")
                message = f"`{check.id}` calls `{path}`, which requires credentials in {api.region} ({asked}): 403"
                yield Finding(DR443, message, check.owner, related=((route.owner, "requires credentials"),))


DR444 = Rule(
    "DR444",
    "health-slow",
    says="a cold start takes longer than a health check waits",
    why="If a health checker calls a new execution environment, it counts a failure.",
    fix="shorten the cold start, or use a separate function for the health path",
    source=DOCS + "Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html",
    severity=Severity.WARNING,
    traps=(28,),
)


@reports(DR444)
def slow(deployed: Deployed) -> Iterator[Finding]:
    """A cold start does not take longer than a health checker waits."""
    limit = facts.ANSWER_SECONDS.value
    for check, host, path in checks(deployed):
        for api in apis_at(deployed, host):
            route = route_for(deployed, api, path)
            function = function_behind(deployed, route) if route else None
            entry = deployed.function(function) if function else None
            if function is not None and entry is not None and entry.cold_start.seconds > limit:
                message = (
                    f"`{check.id}` waits {limit} s for an answer; a cold start of `{function.id}` takes "
                    f"{entry.cold_start}"
                )
                yield Finding(DR444, message, check.owner, related=((function.owner, "answers the check"),))


DR445 = Rule(
    "DR445",
    "health-shallow",
    says="the function behind a health check cannot read a table",
    why="The check would report a healthy region while the table of that region fails.",
    fix="allow the function to read and write a table",
    source=DOCS + "amazondynamodb/latest/developerguide/bp-global-table-design.html",
    severity=Severity.WARNING,
    traps=(29,),
)


@reports(DR445)
def shallow(deployed: Deployed) -> Iterator[Finding]:
    """The function that answers a health check can read a table in its region, so that it notices a failure."""
    if not deployed.topology.spec.tables:
        return
    for check, host, path in checks(deployed):
        for api in apis_at(deployed, host):
            route = route_for(deployed, api, path)
            function = function_behind(deployed, route) if route else None
            role = deployed.owner(function.get("Role")) if function else None
            if function is None or role is None:
                continue
            rights = granted(deployed, role)
            if not any(allows(rights, "dynamodb:GetItem", arn) for arn in _tables(deployed, function.region)):
                message = (
                    f"`{function.id}` answers `{check.id}` in {function.region} but has no permission to read a table "
                    "there"
                )
                yield Finding(DR445, message, check.owner, related=((function.owner, "answers the check"),))


def _tables(deployed: Deployed, region: str) -> Iterator[str]:
    """ARNs of the tables in a region."""
    for table in deployed.of(*TABLES):
        yield table.arn.replace(f":dynamodb:{table.region}:", f":dynamodb:{region}:")


DR446 = Rule(
    "DR446",
    "health-alarm",
    says="a health check uses an alarm that Route 53 cannot evaluate",
    why="Route 53 rejects the health check, or the health check never fails.",
    fix="use an alarm on one metric with a standard statistic that counts every period",
    source=DOCS + "Route53/latest/DeveloperGuide/health-checks-creating-values.html",
    traps=(30,),
)


@reports(DR446)
def followed_alarms(deployed: Deployed) -> Iterator[Finding]:
    """A health check that follows an alarm reads the metric itself, which works for standard statistics only."""
    step = cloudwatch.PERIOD_STEP_SECONDS.value
    for check in deployed.of(HEALTH_CHECK):
        identifier = members(check.get("HealthCheckConfig", "AlarmIdentifier"))
        name = text(identifier.get("Name"))
        if not name:
            continue
        alarm = deployed.owner(name, ALARMS, text(identifier.get("Region")))
        if alarm is None:
            message = f"`{check.id}` follows `{name}` in {identifier.get('Region')}, but that alarm does not exist"
            yield Finding(DR446, message, check.owner)
            continue
        for fault in _unreadable(alarm, step):
            message = f"`{check.id}` follows `{alarm.id}`, which {fault}"
            yield Finding(DR446, message, check.owner, related=((alarm.owner, "the alarm it follows"),))


def _unreadable(alarm: Resource, step: int) -> Iterator[str]:
    if alarm.type != ALARMS[0]:
        yield "is a composite alarm"
        return
    if alarm.get("Metrics"):
        yield "uses metric math"
    if alarm.get("ExtendedStatistic"):
        yield f"uses {alarm.get('ExtendedStatistic')}, not a standard statistic"
    periods, datapoints = alarm.get("EvaluationPeriods"), alarm.get("DatapointsToAlarm")
    if datapoints is not None and datapoints != periods:
        yield f"goes off after {datapoints} of {periods} periods; all periods must count"
    period = number(alarm.get("Period"))
    if period is not None and period < step:
        yield f"has a period of {period:,.0f} s; the minimum is {step} s"


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
            names.setdefault((record.text("HostedZoneId"), _host(record)), []).append(record)
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
        if record.get("Failover") == "SECONDARY" and record.get("HealthCheckId"):
            message = (
                f"`{record.id}` has a health check: if it fails too, Route 53 sends clients to the primary, which "
                "does not work"
            )
            yield Finding(DR448, message, record.owner)
