"""Route 53: health checks that check the right host and path."""

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
from compiler.rollout.endpoints import apis_at, checks, function_behind, route_for
from compiler.rollout.state import Resource
from compiler.rules.deployed import DOCS, Deployed, reports
from compiler.rules.failover import host_of
from compiler.rules.policy import allows, granted
from compiler.spec.compute import Function

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
    failover = {host_of(record): record for record in deployed.of(RECORD_SET) if record.get("Failover")}
    named = {host_of(record) for record in deployed.of(RECORD_SET)}
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
            elif route.authorization != "NONE":
                asked = route.authorization
                message = f"`{check.id}` calls `{path}`, which requires credentials in {api.region} ({asked}): 403"
                yield Finding(DR443, message, check.owner, related=((route.place.owner, "requires credentials"),))


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
            entry = _code(deployed, function) if function else None
            if function is not None and entry is not None and entry.cold_start.seconds > limit:
                message = (
                    f"`{check.id}` waits {limit} s for an answer; a cold start of `{function.id}` takes "
                    f"{entry.cold_start}"
                )
                yield Finding(DR444, message, check.owner, related=((function.owner, "answers the check"),))


def _code(deployed: Deployed, function: Resource) -> Function | None:
    """The entry in `functions` whose code a function runs."""
    ours = deployed.route(function) == ("api", "health")
    return deployed.topology.health_function if ours else deployed.function(function)


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
