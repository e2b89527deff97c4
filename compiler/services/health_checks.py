"""Health checks of Route 53: one for each serving region, and those of the latch of a manual failback.

With a manual failback the primary record follows a calculated check that wants both of two: the check of the
primary's endpoint, and the inverted check of the standby's latch, which is healthy while that does not answer 200.
A standby that is gone therefore holds nobody.

A new check counts as healthy until it has data, an inverted one as unhealthy. So checks come a wave after what they
ask, its DNS record included, and records a wave after the check they follow. The calculated check wants one of two
until the records follow it: by then the inverted one has been asked for at least as long as Route 53 takes to
spread the change of the records, and neither a new topology nor a failback that becomes manual moves a client.
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html (read 2026-11-26)
"""

from __future__ import annotations

from collections.abc import Iterator

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Route
from compiler.findings.finding import Finding
from compiler.ir.elements import Block, Element, Gate, If, Json, OptionalRef, Output, Ref, StackId, Text, later, pascal
from compiler.ir.names import physical
from compiler.ir.template import View
from compiler.services import health, latch
from compiler.services.base import Alarm, Metric
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
    for region in topology.serving:
        path = health.path(topology.spec.api.health)
        name = f"{region.kind}"
        yield _check(topology, endpoint_check(topology, region), region, path, name, health.mapping(region), _AT)
        says = f"Id of the health check of the {region.kind} region."
        check = endpoint_check(topology, region)
        yield Output(topology.global_, f"{check.resource}Id", check, says, _AT)
    if topology.latched:
        yield from _latch(topology)


def _check(topology: Topology, ref: Ref, region: StackId, path: Text, entry: str, target: Ref, at: Route) -> Block:
    """The check `ref` of a path of a region's health API, once its `target` is there and its host can be resolved."""
    dns = topology.spec.dns
    name = {"Key": "Name", "Value": physical("health-check", entry)}
    view = HealthCheckView(
        id=ref.resource,
        host=topology.health_host(region),
        port=_HTTPS,
        path=path,
        interval=int(dns.health_check.interval.seconds),
        failures=dns.health_check.failures,
        inverted=ref == _held_check(topology),
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
