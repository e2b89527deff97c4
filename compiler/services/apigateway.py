"""API Gateway: an API in each serving region, under the name clients use and under the region's own name.

It is an HTTP API, or a REST API (see `rest`). Both have the same domains: the mapping decides which of them answers.

Route 53 does not check it: the throttles of a stage are shared by all who call it, so clients could make a healthy
region look dead. The service `health` has an API for that. The health path of this one is for people.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html (read 2026-11-26)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from hashlib import sha256

from compiler.aws import regions
from compiler.aws.facts import apigateway as facts
from compiler.aws.facts import prices
from compiler.aws.facts.model import figure
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Route
from compiler.diagnostics.suggest import meant
from compiler.findings.finding import Finding
from compiler.ir.elements import Block, Element, Json, Output, Ref, StackId, StackKind, Text, join, pascal
from compiler.ir.names import arn, physical
from compiler.ir.template import View
from compiler.objectives.costs import Cost, used
from compiler.objectives.model import Provision, Term
from compiler.services import acm, authorizers, lambda_, logs, rest
from compiler.services.base import Alarm, Metric, Query
from compiler.spec.compute import ApiKind, Auth, Function, Method
from compiler.spec.units import Duration
from compiler.topology.model import Topology

_AT = ("api",)
BILLED = "API Gateway"
STAGE_NAME = "$default"
_TAKEN_OVER = 10
"""Requests a minute to the standby that only clients send; people who look after it send fewer."""
PEOPLE_RATE = 10
"""Requests a second, and at once, for the health path that people call."""
# `by` begins a parameter in an id, so as a word of its own it is not plain.
_PLAIN_PATH = re.compile(r"(?:/(?!by(?:/|$))[a-z][a-z0-9]*)+(?:/\{[a-z][a-z0-9]*(?:_[a-z][a-z0-9]*)*\})?")
_AUTHORIZATION = {Auth.JWT: "JWT", Auth.IAM: "AWS_IAM", Auth.NONE: "NONE"}
_LOG_FORMAT = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "ip": "$context.identity.sourceIp",
    "caller": "$context.identity.caller",
    "client": "$context.authorizer.claims.client_id",
    "domain": "$context.domainName",
    "route": "$context.routeKey",
    "status": "$context.status",
    "latency": "$context.responseLatency",
    "integrationLatency": "$context.integrationLatency",
    "error": "$context.error.message",
}


_REST_LOG_FORMAT = {
    **{name: variable for name, variable in _LOG_FORMAT.items() if name not in ("client", "route")},
    "client": "$context.identity.userArn",
    "route": "$context.httpMethod $context.resourcePath",
    "webAcl": "$context.wafResponseCode",
}
"""A REST API names other variables; the members of a line are the same, and what the web ACL answered.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
(read 2026-11-26)
"""


class ApiView(View, partial="apigateway/api.json.j2"):
    id: str
    name: Json
    description: str
    tags: Json


class IntegrationView(View, partial="apigateway/integration.json.j2", ids=("id", "permission_id")):
    id: str
    permission_id: str
    api_id: Ref
    function_arn: Ref
    timeout_ms: int
    source_arn: Json


class RouteView(View, partial="apigateway/route.json.j2"):
    id: str
    api_id: Ref
    key: Json
    auth: str
    authorizer_id: Ref | None
    scopes: Json
    target: Text


class StageView(View, partial="apigateway/stage.json.j2"):
    id: str
    api_id: Ref
    name: str
    rate: int
    burst: int
    route_settings: Json
    log_group_arn: Text
    log_format: str
    tags: Json


class DomainView(View, partial="apigateway/domain.json.j2", ids=("id", "mapping_id")):
    id: str
    mapping_id: str
    host: str
    certificate_arn: Ref
    api_id: Ref
    stage: Ref
    tags: Json


def api(stack: StackId) -> Ref:
    """The HTTP API."""
    return Ref(stack, "Api")


def is_rest(topology: Topology) -> bool:
    """Whether clients call a REST API."""
    return topology.spec.api.kind is ApiKind.REST


def _stage(stack: StackId) -> Ref:
    return Ref(stack, "ApiStage")


def log_group(stack: StackId) -> Ref:
    """The log group of the API's access log."""
    return Ref(stack, "ApiLogs")


def failover_domain(stack: StackId) -> Ref:
    """The domain name that clients use, as this region serves it."""
    return Ref(stack, "FailoverDomain")


def regional_domain(stack: StackId) -> Ref:
    """The region's own domain name, which people call."""
    return Ref(stack, "RegionalDomain")


def _health_route(stack: StackId) -> Ref:
    return Ref(stack, "RouteHealth")


def _integration_of(stack: StackId, function: Function) -> Ref:
    return Ref(stack, f"Integration{pascal(function.name)}")


def declare(topology: Topology) -> Iterator[Element]:
    """The API of each serving region, its domain names, and its access log."""
    for stack in topology.serving:
        yield logs.group(topology, log_group(stack), "api", _AT, vended=True)
        yield logs.copied(topology, log_group(stack), "api", _AT)
        if is_rest(topology):
            format_ = log_format(_REST_LOG_FORMAT)
            yield from rest.elements(topology, stack, log_group(stack), _log_arn(stack), format_, PEOPLE_RATE)
            yield from _domains(topology, stack, rest.api(stack), rest.stage(stack))
        else:
            yield from _api_and_stage(topology, stack)
            yield from authorizers.elements(topology, stack, api(stack))
            yield from _routes(topology, stack)
            yield from _domains(topology, stack, api(stack), _stage(stack))


def _log_arn(stack: StackId) -> Text:
    return arn("logs", stack.region, join("log-group:", logs.group_name("api", vended=True)))


def _api_and_stage(topology: Topology, stack: StackId) -> Iterator[Element]:
    tags = topology.tags(stack)
    description = f"API of {topology.spec.name} in {stack.region}"
    yield Block(stack, ApiView(api(stack).resource, physical("api"), description, tags), _AT)
    stage = StageView(
        id=_stage(stack).resource,
        api_id=api(stack),
        name=STAGE_NAME,
        rate=topology.capacity.api_rate,
        burst=regions.api_gateway_default_burst(stack.region).value,
        # It is open, so it has a throttle of its own: whoever uses it up takes nothing from the clients.
        route_settings={health_key(topology): throttle(PEOPLE_RATE, PEOPLE_RATE)},
        log_group_arn=_log_arn(stack),
        log_format=log_format(_LOG_FORMAT),
        tags=tags,
    )
    # Settings of a route can be made only once the route is there.
    after = (log_group(stack), _health_route(stack))
    yield Block(stack, stage, _AT, after,
        derived_from=("api.requests",),
    )  # fmt: skip
    yield Output(stack, "ApiId", api(stack), f"Id of the API in {stack.region}.", _AT)


def log_format(members: Mapping[str, str]) -> str:
    """The format of an access log: one JSON object a line."""
    return "{" + ", ".join(f'"{name}": "{variable}"' for name, variable in members.items()) + "}"


def throttle(rate: int, burst: int) -> Json:
    """Settings of a route with a throttle of its own."""
    return {"DetailedMetricsEnabled": True, "ThrottlingRateLimit": rate, "ThrottlingBurstLimit": burst}


def _routes(topology: Topology, stack: StackId) -> Iterator[Element]:
    routes = topology.spec.api.routes
    called = {route.function for route in routes} | {topology.health_function.name}
    for position, function in topology.functions():
        if function.name in called:
            ref, arn_ = _integration_of(stack, function), lambda_.function_arn(function, stack)
            permission = f"ApiMayCall{pascal(function.name)}"
            yield integration(api(stack), ref, permission, arn_, function.timeout, ("functions", position))
    for position, route in enumerate(routes):
        function = next(f for f in topology.spec.functions if f.name == route.function)
        view = RouteView(
            id=_route_id(route.method, route.path),
            api_id=api(stack),
            key=f"{route.method} {route.path}",
            auth=_AUTHORIZATION[route.auth],
            authorizer_id=authorizers.authorizer(topology, route, stack),
            scopes=list(route.scopes),
            target=_target(stack, function),
        )
        yield Block(stack, view, ("api", "routes", position))
    yield Block(stack, _health_view(topology, stack), ("api", "health"))


def health_key(topology: Topology) -> str:
    """Route key of the health path."""
    return f"GET {topology.spec.api.health}"


def _route_id(method: Method, path: str) -> str:
    """A logical id from method and path; unlike a number it stays when another route is put before.

    Signs are lost in it, so a path of anything but plain words and a parameter at its end gets a digest of its own:
    `/a-b` and `/a/b` are two routes.
    """
    words = path.replace("{", " by ").replace("}", " ").replace("+", " all ").replace("~", " tilde ")
    digest = "" if _PLAIN_PATH.fullmatch(path) else sha256(path.encode()).hexdigest()[:8]
    return f"Route{pascal(str(method).lower(), words)}{digest}"


def integration(api_id: Ref, ref: Ref, permission: str, function_arn: Ref, timeout: Duration, at: Route) -> Block:
    """The integration `ref` of an API with a function, and the permission to call it."""
    view = IntegrationView(
        id=ref.resource,
        permission_id=permission,
        api_id=api_id,
        function_arn=function_arn,
        timeout_ms=min(int(timeout.milliseconds), facts.INTEGRATION_SECONDS.value * 1000),
        source_arn=arn("execute-api", ref.stack.region, join(api_id, "/*/*")),
    )
    return Block(ref.stack, view, at)


def _health_view(topology: Topology, stack: StackId) -> RouteView:
    return RouteView(
        id=_health_route(stack).resource,
        api_id=api(stack),
        key=health_key(topology),
        auth=_AUTHORIZATION[Auth.NONE],
        authorizer_id=None,
        scopes=[],
        target=_target(stack, topology.health_function),
    )


def _target(stack: StackId, function: Function) -> Text:
    return join("integrations/", _integration_of(stack, function))


def _domains(topology: Topology, stack: StackId, api_id: Ref, stage: Ref) -> Iterator[Element]:
    """The names of an API; a stage of either kind can be mapped to them."""
    at: Route = ("dns", "domain")
    failover, regional = failover_domain(stack), regional_domain(stack)
    for domain, host in ((failover, topology.spec.dns.domain), (regional, topology.host(stack))):
        view = DomainView(
            id=domain.resource,
            mapping_id=f"{domain.resource}Mapping",
            host=host,
            certificate_arn=acm.certificate(stack),
            api_id=api_id,
            stage=stage,
            tags=topology.tags(stack),
        )
        # API Gateway makes one domain name in half a minute, so the second waits for the first.
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html (read 2026-11-22)
        after = () if domain == failover else (failover,)
        if is_rest(topology):
            after = (*after, *rest.mapped_after(topology, stack))
        yield Block(stack, view, at, after)
    role = "primary" if stack.kind is StackKind.PRIMARY else "secondary"
    yield Output(stack, "Endpoint", join("https://", regional), f"URL of the endpoint of the {role} region.", at)
    says = f"Host name to which the failover record of the {role} region points."
    yield Output(stack, "FailoverTarget", failover.att("RegionalDomainName"), says, at)


def alarms(topology: Topology) -> Iterator[Alarm]:
    """HTTP APIs spell their metrics in lower case and have an id; REST APIs have a name.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html (read 2026-11-22) and
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
    (read 2026-11-26)
    """
    failed = "5XXError" if is_rest(topology) else "5xx"
    rate = topology.spec.monitoring.error_rate
    latency = topology.spec.objectives.latency
    for stack in topology.serving:
        dimensions: Json = {"ApiId": api(stack), "Stage": STAGE_NAME}
        if is_rest(topology):
            dimensions = {"ApiName": physical("api"), "Stage": rest.STAGE_NAME}

        def metric(name: str, statistic: str, dimensions: Json = dimensions) -> Metric:
            return Metric("AWS/ApiGateway", name, dimensions, statistic)

        yield Alarm(
            stack, "ApiErrors", "api-errors",
            f"More than {rate} of the answers of the API in {stack.region} are errors.",
            _AT, threshold=float(rate.percent), unhealthy=True,
            queries=(
                Query("errors", metric(failed, "Sum")),
                Query("requests", metric("Count", "Sum")),
                Query("rate", expression="IF(requests > 0, 100 * errors / requests, 0)", returned=True),
            ),
        )  # fmt: skip
        yield Alarm(
            stack, "ApiSlow", "api-slow", f"One answer in a hundred takes longer than the latency objective {latency}.",
            ("objectives", "latency"), threshold=float(latency.milliseconds), metric=metric("Latency", "p99"),
            derived_from=("latency",),
        )  # fmt: skip
        if stack == topology.secondary and not topology.latched:
            yield _takeover(stack, metric("Count", "Sum"))


def _takeover(stack: StackId, count: Metric) -> Alarm:
    """Clients' traffic in the standby: the sign of a failover that does not depend on the region that failed.

    Route 53 does not ask this API, so little is enough. With a latch this is known from DNS: see `latch`.
    """
    return Alarm(
        stack, "TrafficTakenOver", "traffic-taken-over",
        f"FAILOVER: {stack.region} serves clients.",
        ("dns",), threshold=_TAKEN_OVER, metric=count,
    )  # fmt: skip


def rules(topology: Topology) -> Iterator[Finding]:
    """Routes, authorizers, and the time an API waits; reports DR307, DR405, DR406, DR409 and those of `authorizers`."""
    spec = topology.spec
    names = [function.name for function in spec.functions]
    seen: dict[str, int] = {}
    for position, route in enumerate(spec.api.routes):
        at: Route = ("api", "routes", position)
        if route.function not in names:
            yield _unknown_function(route.function, names, (*at, "function"))
        key = f"{route.method} {_shape(route.path)}"
        if key in seen:
            before: Route = ("api", "routes", seen[key])
            message = f"`{route.method} {route.path}` occurs twice"
            yield Finding(Code.DR405, message, at, related=((before, "first here"),))
        seen.setdefault(key, position)
        if route.method in (Method.GET, Method.ANY) and route.path == spec.api.health:
            related = ((("api", "health"), "the health path"),)
            yield Finding(
                Code.DR409, f"`{route.path}` is the health path, which people call", (*at, "path"), related=related
            )
        if "+}" in route.path and not route.path.endswith("+}"):
            message = "a parameter with `+` must be the last part of a path"
            yield Finding(Code.DR405, message, (*at, "path"), help="move it to the end of the path, or remove the `+`")
    yield from authorizers.findings(topology)
    if spec.api.health_function is not None and spec.api.health_function not in names:
        yield _unknown_function(spec.api.health_function, names, ("api", "health_function"))
    called = {route.function for route in spec.api.routes} | {spec.api.health_function}
    seconds = (facts.REST_INTEGRATION_SECONDS if is_rest(topology) else facts.INTEGRATION_SECONDS).value
    for position, function in enumerate(spec.functions):
        if function.name in called and function.timeout.seconds > seconds:
            message = f"`{function.name}` may run for {function.timeout}, but its API waits only {seconds}s"
            timeout: Route = ("functions", position, "timeout")
            yield Finding(Code.DR406, message, timeout, help=f"write at most `{seconds}s`")


def _shape(path: str) -> str:
    """A path with the names of its parameters taken out: two routes of one shape are the same to the API."""
    return "/".join("{+}" if "+}" in part else "{}" if part.startswith("{") else part for part in path.split("/"))


def _unknown_function(name: str, known: list[str], at: Route) -> Finding:
    return Finding(Code.DR307, f"there is no function `{name}`", at, help=meant(name, known))


def let_through(topology: Topology) -> tuple[str, Fraction]:
    """Requests a second that the API lets through, clients' and people's, and how they are computed."""
    capacity = topology.capacity
    formula = f"{figure(capacity.api_requests)}/s x {figure(capacity.headroom)} + {PEOPLE_RATE}/s"
    return formula, capacity.api_requests * capacity.headroom + PEOPLE_RATE


def provisions(topology: Topology) -> Iterator[Provision]:
    """The throttle of each API."""
    capacity = topology.capacity
    yield Provision(
        "api.throttle", "requests of clients that the API lets through",
        f"{figure(capacity.api_requests)}/s x {figure(capacity.headroom)}",
        capacity.api_rate, "requests/s", (),
    )  # fmt: skip


def latency(topology: Topology, function: Function) -> Iterator[Term]:
    """What the API adds."""
    del function
    fact = facts.REST_OVERHEAD_MILLISECONDS if is_rest(topology) else facts.OVERHEAD_MILLISECONDS
    overhead = Fraction(fact.value)
    yield Term(
        "latency.api", "API Gateway forwards the request and the answer", f"{overhead} ms",
        overhead, overhead, "ms", (fact,),
    )  # fmt: skip


def costs(topology: Topology) -> Iterator[Cost]:
    """Requests of clients to the API of the region that serves."""
    if is_rest(topology):
        yield from rest.costs(topology, BILLED)
        return
    rate = topology.capacity.api_requests
    yield used("api.requests", BILLED, topology.primary.region, "requests of clients", f"{figure(rate)}/s",
               prices.API_REQUESTS, rate)  # fmt: skip
