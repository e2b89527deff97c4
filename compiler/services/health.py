"""The API of each serving region that Route 53 checks: apart from what clients can reach or use up.

A checker counts anything but 2xx and 3xx as a failure, a throttled request included, and all who call a route share
its throttle. So what Route 53 asks has a host, an API, a function and a path of its own. The path ends in a token
that only Route 53 and the operators know; dr-deploy makes it, and two are answered while one replaces the other.

The path does not depend on `api.health`: a check that changes together with the route it asks would ask the new path
of a region that still answers the old one, and fail in a region that works. The function reads it in `HEALTH_PATH`.

The function runs the code and has the role of the one behind the clients' health path, so it fails where that fails.
That a stage, a route or an authorizer of the clients' API is broken is told by alarms, not by Route 53.
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html and
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html (read 2026-11-26)
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from compiler.aws import regions
from compiler.aws.facts import apigateway as facts
from compiler.aws.facts import route53
from compiler.diagnostics.model import Route
from compiler.ir.elements import Block, Condition, Element, Json, Output, Param, Ref, StackId, Text, join
from compiler.ir.names import arn, physical
from compiler.objectives.model import Demand, Provision, granted
from compiler.services import acm, apigateway, lambda_, logs
from compiler.services.base import Alarm, Metric, Query, is_given, parameter
from compiler.topology.model import Topology

_AT: Route = ("api", "health")
TOKEN, PREVIOUS = "healthToken", "healthTokenPrevious"
_HAS_PREVIOUS = "HasHealthTokenPrevious"
_LOG_FORMAT = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "ip": "$context.identity.sourceIp",
    "status": "$context.status",
    "latency": "$context.responseLatency",
    "integrationLatency": "$context.integrationLatency",
    "error": "$context.error.message",
}
"""Neither the path nor the route: both hold the token."""

RATE = 4 * route53.CHECKERS.value
"""Requests a second, and at once, for each route: all checkers at once, for two checks, twice over."""


def api(stack: StackId) -> Ref:
    """The API of a region that Route 53 asks."""
    return Ref(stack, "HealthApi")


def _stage(stack: StackId) -> Ref:
    return Ref(stack, "HealthStage")


def domain(stack: StackId) -> Ref:
    """The domain name that Route 53 asks."""
    return Ref(stack, "HealthDomain")


def mapping(stack: StackId) -> Ref:
    """What leads from the domain name to the API: once it is there, the API answers."""
    return Ref(stack, "HealthDomainMapping")


def log_group(stack: StackId) -> Ref:
    """The log group of the API's access log."""
    return Ref(stack, "HealthApiLogs")


def function(stack: StackId) -> Ref:
    """The function that answers Route 53."""
    return Ref(stack, lambda_.HEALTH)


def token_parameter(stack: StackId) -> Element:
    """The token as a parameter. It has no default: one in a template would be public."""
    return parameter(
        stack,
        TOKEN,
        "End of the path that Route 53 asks: 32 random hexadecimal digits, which dr-deploy makes. Tell nobody.",
        AllowedPattern="^[0-9a-f]{32}$",
        ConstraintDescription="must be 32 hexadecimal digits",
    )


def path(prefix: str, token: str = TOKEN) -> Text:
    """The path of a check: its prefix, then a token."""
    return join(f"{prefix}/", Param(token))


def routes(stack: StackId, id_: str, prefix: str, target: Ref, at: Route) -> Iterator[Block]:
    """A path with the token, and with the previous one.

    Where there is no previous one, its route has the token too: it answers any method, which is another key. So a
    token that becomes the previous one is answered all the way.
    """
    previous = {"Fn::If": (_HAS_PREVIOUS, join("ANY ", path(prefix, PREVIOUS)), join("ANY ", path(prefix)))}
    for name, key in ((id_, join("GET ", path(prefix))), (f"{id_}Previous", previous)):
        view = apigateway.RouteView(name, api(stack), key, "NONE", None, [], join("integrations/", target))
        yield Block(stack, view, at)


def declare(topology: Topology) -> Iterator[Element]:
    """In each serving region an API that nobody knows but Route 53, with its domain name, log and token."""
    yield token_parameter(topology.global_)
    for stack in topology.serving:
        yield token_parameter(stack)
        yield parameter(
            stack,
            PREVIOUS,
            "The token before, answered until Route 53 asks with the new one; empty where there is none.",
            Default="",
            AllowedPattern="^$|^[0-9a-f]{32}$",
            ConstraintDescription="must be empty or 32 hexadecimal digits",
        )
        yield Condition(stack, _HAS_PREVIOUS, is_given(PREVIOUS))
        yield from lambda_.health_function(topology, stack)
        yield from _api(topology, stack)


def _api(topology: Topology, stack: StackId) -> Iterator[Element]:
    tags = topology.tags(stack)
    description = f"API of {topology.spec.name} in {stack.region} that Route 53 checks"
    view = apigateway.ApiView(api(stack).resource, physical("api", "health"), description, tags)
    yield Block(stack, view, _AT)
    yield logs.group(topology, log_group(stack), "api-health", _AT, vended=True)
    yield logs.copied(topology, log_group(stack), "api-health", _AT)
    called = Ref(stack, "HealthIntegration")
    timeout = topology.health_function.timeout
    code = function(stack).att("Arn")
    yield apigateway.integration(api(stack), called, "HealthApiMayCallHealth", code, timeout, _AT)
    yield from routes(stack, "HealthRoute", lambda_.HEALTH_PATH, called, _AT)
    stage = apigateway.StageView(
        id=_stage(stack).resource,
        api_id=api(stack),
        name=apigateway.STAGE_NAME,
        rate=RATE,
        burst=RATE,
        route_settings=None,
        log_group_arn=arn("logs", stack.region, join("log-group:", logs.group_name("api-health", vended=True))),
        log_format=apigateway.log_format(_LOG_FORMAT),
        tags=tags,
    )
    yield Block(stack, stage, _AT, (log_group(stack),))
    host = apigateway.DomainView(
        id=domain(stack).resource,
        mapping_id=mapping(stack).resource,
        host=topology.health_host(stack),
        certificate_arn=acm.certificate(stack),
        api_id=api(stack),
        stage=_stage(stack),
        tags=tags,
    )
    # API Gateway makes one domain name in half a minute, so this one waits for the others.
    yield Block(stack, host, _AT, (apigateway.regional_domain(stack),))
    says = f"Host name that Route 53 checks in {stack.region}; the path it asks is no output."
    yield Output(stack, "HealthHost", topology.health_host(stack), says, _AT)


def alarms(topology: Topology) -> Iterator[Alarm]:
    """An API that fails, requests that it refuses, and its function."""
    for stack in topology.serving:
        dimensions: dict[str, Json] = {"ApiId": api(stack), "Stage": apigateway.STAGE_NAME}

        def metric(name: str, dimensions: dict[str, Json] = dimensions) -> Metric:
            return Metric("AWS/ApiGateway", name, dimensions, "Sum")

        yield Alarm(
            stack, "HealthApiErrors", "api-health-errors",
            f"The API that Route 53 checks fails in {stack.region}.", _AT, threshold=0,
            metric=metric("5xx"), unhealthy=True,
        )  # fmt: skip
        # With the right token nothing is refused: whoever gets these answers guesses, or has an old token.
        yield Alarm(
            stack, "HealthApiRefuses", "api-health-refuses",
            f"More than half of the requests to the API that Route 53 checks in {stack.region} are refused: somebody "
            "guesses tokens, or a token that is still in use has been taken away.", _AT, threshold=50,
            queries=(
                Query("refused", metric("4xx")),
                Query("requests", metric("Count")),
                Query("rate", expression="IF(requests > 0, 100 * refused / requests, 0)", returned=True),
            ),
        )  # fmt: skip
        yield from lambda_.small_alarms(topology, function(stack), "health", _AT)


def demands(topology: Topology, stack: StackId) -> Iterator[Demand]:
    """Requests a second that all throttles of both APIs let through; the quota is the account's in a region.

    So the clients of the system cannot use up what the checkers need of the quota. Both regions are asked for the same,
    the routes of the latch included, so that they can change places.
    """
    if not stack.serves:
        return
    quota, route = granted(topology, stack, "api_requests")
    default = regions.api_gateway_default_rate(stack.region)
    clients, rate = apigateway.let_through(topology)
    routes_ = 4 if topology.latched else 2
    yield Demand(
        id="api.requests",
        says="requests of clients with headroom, of people and of Route 53's checkers that the throttles let through; "
        "all APIs of the account share the quota",
        formula=f"{clients} + {routes_} x {RATE}/s",
        region=stack.region,
        needed=rate + routes_ * RATE,
        allowed=quota if quota is not None else Fraction(default.value),
        unit="requests/s",
        granted=quota is not None,
        facts=(default, route53.CHECKERS),
        route=route,
        quota=facts.ACCOUNT_RATE_QUOTA,
        field="api_requests: {}/s",
    )


def provisions(topology: Topology) -> Iterator[Provision]:
    """The throttle of each route of the health APIs, the same for every topology."""
    del topology
    yield Provision(
        "health.throttle", "requests that each route of the API for Route 53 lets through",
        f"4 x {route53.CHECKERS.value}/s", RATE, "requests/s", (route53.CHECKERS,),
    )  # fmt: skip
