"""Health checks of Route 53: one for each serving region, and those of the latch of a manual failback.

With a manual failback the primary record follows a calculated check that wants both of two: the check of the
primary's endpoint, and the inverted check of the standby's latch, which is healthy while that does not answer 200.
A standby that is gone therefore holds nobody.

A new check counts as healthy until it has data, an inverted one as unhealthy. So checks come a wave after what they
ask, its DNS record included, and records a wave after the check they follow. The calculated check wants one of two
until the records follow it: by then the inverted one has been asked for at least as long as Route 53 takes to
spread the change of the records, and neither a new topology nor a failback that becomes manual moves a client.
The interval of a check is fixed when it is created, so that of the inverted check does not follow the spec.
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html (read 2026-11-26)
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from compiler.aws.facts import prices, route53
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Route
from compiler.findings.finding import Finding
from compiler.ir.elements import Block, Element, Gate, If, Json, OptionalRef, Output, Ref, StackId, Text, later, pascal
from compiler.ir.names import physical
from compiler.ir.template import View
from compiler.objectives.costs import GIGABYTE, Cost, standing, used
from compiler.objectives.failback import CHECK_SECONDS
from compiler.services import apigateway, health, lambda_, latch
from compiler.services.base import Alarm, Metric, views
from compiler.topology.capacity import ACCESS_LOG_BYTES
from compiler.topology.model import Topology

_AT: Route = ("dns", "health_check")
_LATCH_AT: Route = ("dns", "failback")
_HTTPS = 443


class HealthCheckView(View, partial="route53/health-check.json.j2"):
    id: str
    host: str
    port: int
    path: Text
    interval: int
    failures: int
    inverted: bool
    tags: Json


class CalculatedCheckView(View, partial="route53/calculated-check.json.j2"):
    id: str
    children: tuple[Ref, ...]
    threshold: Json
    tags: Json


def endpoint_check(topology: Topology, region: StackId) -> Ref:
    """The check of a region's health API."""
    return Ref(topology.global_, f"HealthCheck{pascal(str(region.kind))}")


def _held_check(topology: Topology) -> Ref:
    """The inverted check of the latch."""
    return Ref(topology.global_, "HealthCheckHeld")


def record_check(topology: Topology, region: StackId) -> Ref:
    """The check that decides about a region: its endpoint's, for the primary together with that of the latch."""
    if region == topology.primary and topology.latched:
        return Ref(topology.global_, "HealthCheckPrimaryFree")
    return endpoint_check(topology, region)


def watched_check(topology: Topology, region: StackId) -> Ref | If:
    """The check that says whether a region is healthy, for its alarm.

    Where a failback becomes manual, the alarm is there already and watches the endpoint until the latch is there too.
    """
    endpoint, both = endpoint_check(topology, region), record_check(topology, region)
    return endpoint if both == endpoint else If(Gate((both,)), OptionalRef(both), endpoint)


def health_record(topology: Topology, region: StackId) -> Ref:
    """The DNS record of the host that is checked; checkers use IPv4 only."""
    return Ref(topology.global_, f"HealthHost{pascal(str(region.kind))}A")


def failover_record(topology: Topology, region: StackId, family: str) -> Ref:
    """The record by which clients find a region."""
    return Ref(topology.global_, f"Failover{pascal(str(region.kind))}{family}")


def declare(topology: Topology) -> Iterator[Element]:
    """The health check of each serving region, and that of the latch."""
    for region in topology.serving:
        path = health.path(lambda_.HEALTH_PATH)
        name = f"{region.kind}"
        yield _check(topology, endpoint_check(topology, region), region, path, name, health.mapping(region), _AT)
        says = f"Id of the health check of the {region.kind} region."
        check = endpoint_check(topology, region)
        yield Output(topology.global_, f"{check.resource}Id", check, says, _AT)
    if topology.latched:
        yield from _latch(topology)


def _check(topology: Topology, ref: Ref, region: StackId, path: Text, entry: str, target: Ref, at: Route) -> Block:
    """The check `ref` of a path of a region's health API, once its `target` is there and its host can be resolved."""
    check, inverted = topology.spec.dns.health_check, ref == _held_check(topology)
    name = {"Key": "Name", "Value": physical("health-check", entry)}
    view = HealthCheckView(
        id=ref.resource,
        host=topology.health_host(region),
        port=_HTTPS,
        path=path,
        interval=CHECK_SECONDS if inverted else int(check.interval.seconds),
        failures=check.failures,
        inverted=inverted,
        tags=(name, *topology.tag_list(topology.global_)),
    )
    after = (target, later(health_record(topology, region)))
    return Block(topology.global_, view, at, after, derived_from=("rto", "rto.detection"))


def _latch(topology: Topology) -> Iterator[Element]:
    """The check of the latch, and the calculated check over it and the endpoint's."""
    held, endpoint = _held_check(topology), endpoint_check(topology, topology.primary)
    path = health.path(latch.PATH)
    yield _check(topology, held, topology.secondary, path, "held", latch.route(topology), _LATCH_AT)
    name = {"Key": "Name", "Value": physical("health-check", "primary-free")}
    check = record_check(topology, topology.primary)
    followed = check.att("Followed")
    both = CalculatedCheckView(
        id=check.resource,
        children=(endpoint, held),
        threshold=If(Gate((later(followed),)), 2, 1),
        tags=(name, *topology.tag_list(topology.global_)),
    )
    yield Block(topology.global_, both, _LATCH_AT)
    says = "Id of the health check that the primary record follows."
    yield Output(topology.global_, f"{both.id}Id", check, says, _LATCH_AT)
    # There once the records follow the check: with it the check begins to want both of its children.
    says = "The same id, once the primary records follow the check."
    yield Output(topology.global_, followed.output, later(check), says, _LATCH_AT)


def alarms(topology: Topology) -> Iterator[Alarm]:
    """Health of both regions, in the one region where Route 53 publishes it."""
    for region in topology.serving:
        word = (
            "FAILOVER: Route 53 moves clients away from"
            if region == topology.primary
            else "The standby region is down:"
        )
        yield Alarm(
            topology.global_, f"{pascal(str(region.kind))}Unhealthy", f"{region.kind}-unhealthy",
            f"{word} {region.region}, because its health check fails.",
            _AT, threshold=1, comparison="LessThanThreshold", periods=1, datapoints=1,
            missing="breaching",
            metric=Metric("AWS/Route53", "HealthCheckStatus",
                          {"HealthCheckId": watched_check(topology, region)}, "Minimum"),
        )  # fmt: skip


def rules(topology: Topology) -> Iterator[Finding]:
    """A return by itself loses what the tables have not replicated yet, unless they are strongly consistent."""
    if topology.latched or topology.strong or not topology.spec.tables:
        return
    message = (
        f"clients return to {topology.primary.region} as soon as it answers, before it has the writes made in "
        f"{topology.secondary.region}; a check that changes back and forth lets both regions write"
    )
    yield Finding(Code.DR327, message, _LATCH_AT, id="failback-automatic")


def _asked(topology: Topology, stack: StackId, *, held: bool) -> tuple[int, Fraction]:
    """How many checks ask a region whether it answers, or whether its latch holds; their requests a second."""
    found = [view for view in views(declare(topology), HealthCheckView, topology.global_)
             if view.host == topology.health_host(stack) and view.inverted == held]  # fmt: skip
    return len(found), sum((Fraction(route53.CHECKERS.value, view.interval) for view in found), Fraction(0))


def costs(topology: Topology) -> Iterator[Cost]:
    """The checks, and what their requests cost: requests of the API, runs, log lines and heartbeats."""
    region = topology.global_.region
    checks = views(declare(topology), HealthCheckView, topology.global_)
    fast = sum(view.interval == min(route53.INTERVALS_SECONDS.value) for view in checks)
    calculated = len(views(declare(topology), CalculatedCheckView, topology.global_))
    for id_, says, formula, price, units in (
        ("checks", "health checks", f"{len(checks)}", prices.HEALTH_CHECKS, len(checks)),
        ("options", "HTTPS, and an interval of 10 s", f"{len(checks)} + {fast}", prices.HEALTH_CHECK_OPTIONS,
         len(checks) + fast),
        ("calculated", "calculated health checks", f"{calculated}", prices.CALCULATED_CHECKS, calculated),
    ):  # fmt: skip
        yield standing(f"health.{id_}", "Route 53", region, says, formula, price, units)
    for stack in topology.serving:
        yield from _caused(topology, stack)


def _caused(topology: Topology, stack: StackId) -> Iterator[Cost]:
    """What the checkers cause in one region, day and night."""
    called, region = topology.health_function, stack.region
    (asking, beats), (holding, looks) = (_asked(topology, stack, held=held) for held in (False, True))
    each = f"x {route53.CHECKERS.value} / {topology.spec.dns.health_check.interval}"
    formula, rate = f"{asking + holding} {each}", beats + looks
    yield used("health.requests", apigateway.BILLED, region, "requests of health checks", formula,
               prices.API_REQUESTS, rate, idle=rate)  # fmt: skip
    memory = int(called.memory.megabytes)
    yield from lambda_.running_costs("health", stack, "runs for health checks", called, memory, beats, idle=True)
    if looks:
        yield from lambda_.running_costs("latch", stack, "runs of the latch", called, latch.MEMORY, looks, idle=True)
    lines = rate * (called.log_size.bytes + ACCESS_LOG_BYTES)
    says = f"{formula} x ({called.log_size} + {ACCESS_LOG_BYTES}B)"
    yield used("health.logs", "CloudWatch Logs", region, "log events of health checks", f"{says} / GB",
               prices.FUNCTION_LOGS, lines / GIGABYTE, idle=lines / GIGABYTE)  # fmt: skip
    for other in topology.regional if topology.heartbeat_table else ():
        yield used("health.heartbeats", "DynamoDB", other.region, f"heartbeats of {region}", f"{asking} {each}",
                   prices.TABLE_WRITES, beats, idle=beats)  # fmt: skip
