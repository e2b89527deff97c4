"""What clients can reach: nothing that decides about DNS."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.types.apigateway import API_MAPPING, DOMAIN_NAME, REST_API, REST_STAGE, STAGE
from compiler.aws.types.cloudwatch import ALARMS
from compiler.aws.types.lambda_ import FUNCTION
from compiler.aws.types.logs import LOG_GROUP, METRIC_FILTER
from compiler.aws.types.route53 import HEALTH_CHECK
from compiler.aws.values import members, text
from compiler.diagnostics.model import Rule
from compiler.findings.finding import Finding
from compiler.rollout.endpoints import Operation, apis_at, checks, function_behind, operations, route_for
from compiler.rollout.state import Resource
from compiler.rules.cloudwatch import Watched, watched
from compiler.rules.deployed import DOCS, Deployed, reports

DR475 = Rule(
    "DR475",
    "health-shared",
    says="clients can make a health check fail",
    why="All requests to a route share its throttle, and all routes to a function share its environments. A health "
    "checker counts a refused request as a failure of the region.",
    fix="let the health check call an API, a function and a path of its own; end the path with a parameter that has no "
    "default",
    source=DOCS + "apigateway/latest/developerguide/http-api-throttling.html",
    traps=(58,),
)


@reports(DR475)
def shared(deployed: Deployed) -> Iterator[Finding]:
    """The path of a health check is secret, and neither its API nor its function answers anything else."""
    for check, host, path in checks(deployed):
        apis = tuple(apis_at(deployed, host))
        if apis and not _secret(deployed, check):
            yield Finding(DR475, f"`{check.id}` calls `{path}`, a path that clients can know", check.owner)
        for api in apis:
            for other in _other_hosts(deployed, api, host):
                message = f"`{check.id}` calls `{api.id}` in {api.region}, which also answers `{other.name}`"
                yield Finding(DR475, message, check.owner, related=((other.owner, "another host name of the API"),))
            route = route_for(deployed, api, path)
            function = function_behind(deployed, route) if route else None
            for taken in _other_routes(deployed, api, function):
                message = f"`{check.id}` calls `{function.id if function else ''}` in {api.region}, which also answers "
                message += f"`{taken.key}`"
                yield Finding(DR475, message, check.owner, related=((taken.place.owner, "uses the same function"),))


def _secret(deployed: Deployed, check: Resource) -> bool:
    """Whether the check uses a parameter that whoever deploys must give."""
    declared = deployed.states[check.stack].stack.section("Parameters")
    used = (name for kind, name in check.uses if kind == "parameter")
    return any("Default" not in members(declared.get(name)) for name in used)


def _other_hosts(deployed: Deployed, api: Resource, host: str) -> Iterator[Resource]:
    for mapping in deployed.within(api.stack, API_MAPPING):
        if mapping.get("ApiId") == api.ref:
            domain = deployed.owner(mapping.get("DomainName"), (DOMAIN_NAME,), api.region)
            if domain is not None and domain.name != host:
                yield domain


def _other_routes(deployed: Deployed, api: Resource, function: Resource | None) -> Iterator[Operation]:
    """Operations of other APIs that call the function."""
    for route in operations(deployed, api.stack) if function else ():
        behind = function_behind(deployed, route)
        if route.api_id != api.ref and behind is not None and function and behind.owner == function.owner:
            yield route


DR476 = Rule(
    "DR476",
    "dns-by-clients",
    says="requests of clients decide which region DNS answers with",
    why="Anyone who can send requests can raise the metric. A few requests a second then move all clients to the other "
    "region, or keep them there.",
    fix="let the health check follow a metric that no request can change",
    source=DOCS + "Route53/latest/DeveloperGuide/health-checks-creating-values.html",
    traps=(59,),
)


@reports(DR476)
def moved_by_requests(deployed: Deployed) -> Iterator[Finding]:
    """No health check follows an alarm whose metric counts requests: those of API Gateway, or lines of its logs."""
    for check in deployed.of(HEALTH_CHECK):
        identifier = members(check.get("HealthCheckConfig", "AlarmIdentifier"))
        alarm = deployed.owner(identifier.get("Name"), ALARMS, text(identifier.get("Region")))
        for metric in watched(alarm) if alarm else ():
            for source, says in _raised_by(deployed, metric, alarm.region if alarm else ""):
                message = f"`{check.id}` follows `{metric.name}`, which {says}"
                yield Finding(DR476, message, check.owner, related=((source.owner, "requests get in here"),))


def _raised_by(deployed: Deployed, metric: Watched, region: str) -> Iterator[tuple[Resource, str]]:
    """Where requests of clients raise a metric."""
    if metric.namespace == "AWS/ApiGateway":
        api = deployed.owner(metric.dimensions.get("ApiId")) or deployed.owner(
            metric.dimensions.get("ApiName"), (REST_API,), region
        )
        if api is not None:
            yield api, f"counts requests to `{api.id}`"
    logged = {text(stage.get("AccessLogSettings", "DestinationArn")) for stage in deployed.of(STAGE)}
    logged |= {text(stage.get("AccessLogSetting", "DestinationArn")) for stage in deployed.of(REST_STAGE)}
    groups = {found.owner for arn in logged if (found := deployed.owner(arn))}
    for function in deployed.of(FUNCTION):
        group = deployed.owner(function.get("LoggingConfig", "LogGroup"), (LOG_GROUP,), function.region)
        groups |= {group.owner} if group else set()
    for item in deployed.of(METRIC_FILTER):
        group = deployed.owner(item.get("LogGroupName"), (LOG_GROUP,), item.region)
        for made in item.list("MetricTransformations") if item.region == region and group else ():
            same = (members(made).get("MetricNamespace"), members(made).get("MetricName")) == metric[:2]
            if same and group and group.owner in groups:
                yield item, f"counts lines of `{group.id}`, one for each request"
