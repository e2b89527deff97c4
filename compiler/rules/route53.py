"""Route 53: health checks that see what they should, and records that follow them."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.facts import cloudwatch
from compiler.aws.facts import route53 as facts
from compiler.aws.values import members, number, text
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding
from compiler.rollout.prerequisites import ALARMS
from compiler.rollout.state import TABLES, Resource
from compiler.rules.deployed import Deployed
from compiler.rules.endpoints import CHECK, DOMAIN, apis_at, checks, function_behind, route_for
from compiler.rules.policy import allows, granted

RECORD = "AWS::Route53::RecordSet"
_EXECUTE = ".execute-api."


def hosts(world: Deployed) -> Iterator[Finding]:
    """A check asks a name of one region, which an API there answers and a record leads to."""
    failover = {_host(record): record for record in world.of(RECORD) if record.get("Failover")}
    named = {_host(record) for record in world.of(RECORD)}
    zone = world.topology.spec.dns.domain
    for check, host, _ in checks(world):
        if host in failover:
            message = f"`{check.id}` asks for `{host}`, the name whose answer it decides about"
            related = ((failover[host].owner, "follows a health check"),)
            yield Finding(Code.DR442, message, check.owner, related=related)
        elif _EXECUTE in host:
            yield from _own_endpoint(world, check, host)
        elif host == zone or host.endswith(f".{zone}"):
            if not any(apis_at(world, host)):
                yield Finding(Code.DR442, f"`{check.id}` asks for `{host}`, which no API answers", check.owner)
            if host not in named:
                yield Finding(Code.DR442, f"`{check.id}` asks for `{host}`, to which no record leads", check.owner)
        config = members(check.get("HealthCheckConfig"))
        if text(config.get("Type")).startswith("HTTPS") and config.get("EnableSNI") is False:
            message = f"`{check.id}` asks without the server's name (`EnableSNI`), which API Gateway needs"
            yield Finding(Code.DR442, message, check.owner)


def _host(record: Resource) -> str:
    return record.text("Name").rstrip(".")


def _own_endpoint(world: Deployed, check: Resource, host: str) -> Iterator[Finding]:
    """Names that AWS gives an API: one of them answers no foreign `Host`, the other may be switched off."""
    owner = world.owner(host)
    if owner is not None and owner.type == DOMAIN:
        message = f"`{check.id}` asks for `{host}`, which answers only requests for `{owner.name}`: 403"
        yield Finding(Code.DR442, message, check.owner, related=((owner.owner, "the name it answers"),))
    elif owner is not None and owner.get("DisableExecuteApiEndpoint") is True:
        message = f"`{check.id}` asks for `{host}`, which is switched off (`DisableExecuteApiEndpoint`)"
        yield Finding(Code.DR442, message, check.owner, related=((owner.owner, "switched off here"),))


def paths(world: Deployed) -> Iterator[Finding]:
    """The path a check asks for is answered, and without credentials."""
    for check, host, path in checks(world):
        for api in apis_at(world, host):
            route = route_for(world, api, path)
            if route is None:
                message = f"`{check.id}` asks for `{path}`, for which `{api.id}` in {api.region} has no route: 404"
                yield Finding(Code.DR443, message, check.owner, related=((api.owner, "has no such route"),))
            elif route.get("AuthorizationType") not in (None, "NONE"):
                asked = route.get("AuthorizationType")
                message = f"`{check.id}` asks for `{path}`, which wants credentials in {api.region} ({asked}): 403"
                yield Finding(Code.DR443, message, check.owner, related=((route.owner, "wants credentials"),))


def slow(world: Deployed) -> Iterator[Finding]:
    """A cold start has to fit into the time a checker waits."""
    limit = facts.ANSWER_SECONDS.value
    for check, host, path in checks(world):
        for api in apis_at(world, host):
            route = route_for(world, api, path)
            function = function_behind(world, route) if route else None
            entry = world.function(function) if function else None
            if function is not None and entry is not None and entry.cold_start.seconds > limit:
                message = (
                    f"`{check.id}` waits {limit} s for an answer; a cold start of `{function.id}` takes "
                    f"{entry.cold_start}"
                )
                yield Finding(Code.DR444, message, check.owner, related=((function.owner, "answers the check"),))


def shallow(world: Deployed) -> Iterator[Finding]:
    """The function that answers a check can reach a table of its region, so that it can notice a dead one."""
    if not world.topology.spec.tables:
        return
    for check, host, path in checks(world):
        for api in apis_at(world, host):
            route = route_for(world, api, path)
            function = function_behind(world, route) if route else None
            role = world.owner(function.get("Role")) if function else None
            if function is None or role is None:
                continue
            rights = granted(world, role)
            if not any(allows(rights, "dynamodb:GetItem", arn) for arn in _tables(world, function.region)):
                message = f"`{function.id}` answers `{check.id}` in {function.region} but may read no table there"
                yield Finding(Code.DR445, message, check.owner, related=((function.owner, "answers the check"),))


def _tables(world: Deployed, region: str) -> Iterator[str]:
    """ARNs of the tables in a region."""
    for table in world.of(*TABLES):
        yield table.arn.replace(f":dynamodb:{table.region}:", f":dynamodb:{region}:")


def followed_alarms(world: Deployed) -> Iterator[Finding]:
    """A check that follows an alarm reads its data by itself, and can do so for plain statistics only."""
    step = cloudwatch.PERIOD_STEP_SECONDS.value
    for check in world.of(CHECK):
        identifier = members(check.get("HealthCheckConfig", "AlarmIdentifier"))
        name = text(identifier.get("Name"))
        if not name:
            continue
        alarm = world.owner(name, ALARMS, text(identifier.get("Region")))
        if alarm is None:
            message = f"`{check.id}` follows `{name}` in {identifier.get('Region')}, where there is no such alarm"
            yield Finding(Code.DR446, message, check.owner)
            continue
        for fault in _unreadable(alarm, step):
            message = f"`{check.id}` follows `{alarm.id}`, which {fault}"
            yield Finding(Code.DR446, message, check.owner, related=((alarm.owner, "the alarm it follows"),))


def _unreadable(alarm: Resource, step: int) -> Iterator[str]:
    if alarm.type != ALARMS[0]:
        yield "is composed of others"
        return
    if alarm.get("Metrics"):
        yield "is computed from several metrics"
    if alarm.get("ExtendedStatistic"):
        yield f"looks at {alarm.get('ExtendedStatistic')}, not at a plain statistic"
    periods, datapoints = alarm.get("EvaluationPeriods"), alarm.get("DatapointsToAlarm")
    if datapoints is not None and datapoints != periods:
        yield f"needs {datapoints} of {periods} periods"
    period = number(alarm.get("Period"))
    if period is not None and period < step:
        yield f"has a period of {period:,.0f} s; at least {step} s are needed"


def pairs(world: Deployed) -> Iterator[Finding]:
    """Failover records come in pairs that can be told apart, for both address families, the first one checked."""
    names: dict[tuple[str, str], list[Resource]] = {}
    for record in world.of(RECORD):
        if record.get("Failover"):
            names.setdefault((record.text("HostedZoneId"), _host(record)), []).append(record)
    for (_, host), records in names.items():
        for record in records:
            if not record.get("SetIdentifier"):
                yield Finding(Code.DR447, f"`{record.id}` fails over and has no `SetIdentifier`", record.owner)
            checked = record.get("HealthCheckId") or record.get("AliasTarget", "EvaluateTargetHealth") is True
            if record.get("Failover") == "PRIMARY" and not checked:
                message = f"`{record.id}` has no health check: `{host}` would never fail over"
                yield Finding(Code.DR447, message, record.owner)
        families = {record.text("Type") for record in records}
        for record in records:
            kind, role = record.text("Type"), record.text("Failover")
            others = [item for item in records if item is not record and item.text("Type") == kind]
            if not any(item.text("Failover") != role for item in others):
                missing = "SECONDARY" if role == "PRIMARY" else "PRIMARY"
                message = f"`{record.id}` has no {missing} record of type {kind} for `{host}` beside it"
                yield Finding(Code.DR447, message, record.owner)
            if kind == "A" and "AAAA" not in families and _dual(world, record):
                message = f"`{record.id}` leads to a domain with IPv6 addresses, but `{host}` has no AAAA records"
                yield Finding(Code.DR447, message, record.owner)


def _dual(world: Deployed, record: Resource) -> bool:
    """Whether what an alias leads to has addresses of both families."""
    domain = world.owner(record.get("AliasTarget", "DNSName"))
    return domain is not None and any(
        members(item).get("IpAddressType") == "dualstack" for item in domain.list("DomainNameConfigurations")
    )


def checked_standby(world: Deployed) -> Iterator[Finding]:
    """With a check on both records and both failing, Route 53 answers with the primary, which is dead."""
    for record in world.of(RECORD):
        if record.get("Failover") == "SECONDARY" and record.get("HealthCheckId"):
            message = (
                f"`{record.id}` has a health check: were it unhealthy too, clients would be sent to the dead primary"
            )
            yield Finding(Code.DR448, message, record.owner)
