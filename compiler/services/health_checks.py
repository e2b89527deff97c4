"""Health checks of Route 53: one for each serving region, and the latch of a manual failback.

The latch keeps clients in the standby until an operator lets them go, on data planes only. The primary record then
follows a calculated check that is healthy while at least two of three are:

- endpoint: the primary region answers;
- idle: no clients are served under the failover name in the standby (the latch);
- released: an operator says so by a metric in the standby region.

Normally endpoint and idle are healthy. When the primary fails, clients move, the latch closes, and the primary's
recovery alone is one of three. A release makes it two; once clients are back, idle holds by itself again. An
operator can also close the latch by hand, which moves clients to the standby while the primary still answers.
Neither needs a control plane of the region that failed, nor of Route 53: metrics are put in the standby region.

A check on an alarm reads the alarm's metric, not its state, and learns of a changed alarm only when it is changed
itself; so an alarm's name carries a digest of what it watches.
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html (read 2026-11-22)
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from compiler.diagnostics.model import Route
from compiler.ir.elements import Block, Element, Gate, If, Json, OptionalRef, Output, Ref, StackId, Text, join, pascal
from compiler.ir.names import ENVIRONMENT, SUFFIX, physical
from compiler.ir.template import View
from compiler.services import apigateway
from compiler.services.base import Alarm, Metric
from compiler.spec.compute import Failback
from compiler.topology.model import Topology

_AT: Route = ("dns", "health_check")
_LATCH_AT: Route = ("dns", "failback")
_HTTPS = 443
TAKEN_OVER, RELEASED = "TakenOver", "FailbackReleased"
_OF_PEAK = 1000
"""The latch closes when one in so many of the peak's requests arrives in the standby."""


class HealthCheckView(View, partial="route53/health-check.json.j2"):
    id: str
    host: str
    port: int
    path: str
    interval: int
    failures: int
    tags: Json


class MetricFilterView(View, partial="logs/metric-filter.json.j2"):
    id: str
    name: Json
    group: Ref
    pattern: str
    namespace: Text
    metric: str


class AlarmCheckView(View, partial="route53/alarm-check.json.j2"):
    id: str
    alarm_name: Json
    alarm_region: str
    without_data: str
    tags: Json


class CalculatedCheckView(View, partial="route53/calculated-check.json.j2"):
    id: str
    children: tuple[Ref, ...]
    threshold: int
    tags: Json


def _is_manual(topology: Topology) -> bool:
    return topology.spec.dns.failback is Failback.MANUAL


def _namespace(topology: Topology) -> Text:
    """Namespace of the two metrics, apart for every copy of the system."""
    return join(f"DR/{topology.spec.name}/", ENVIRONMENT, "/", SUFFIX)


def endpoint_check(topology: Topology, region: StackId) -> Ref:
    """The check on a region's own endpoint."""
    return Ref(topology.global_, f"HealthCheck{pascal(str(region.kind))}")


def _held_check(topology: Topology) -> Ref:
    """The check that the primary record follows while the failback is manual."""
    return Ref(topology.global_, "HealthCheckPrimaryHeld")


def _alarm_check(topology: Topology, alarm: Alarm) -> Ref:
    """The check on an alarm of the latch."""
    return Ref(topology.global_, f"HealthCheck{alarm.id}")


def record_check(topology: Topology, region: StackId) -> Ref | If:
    """The check that decides about a region: its endpoint's, for the primary with the latch of a manual failback.

    The latch comes later than the records; they follow the endpoint until then, so that a running system whose
    failback becomes manual keeps them all the way.
    """
    endpoint = endpoint_check(topology, region)
    if region == topology.primary and _is_manual(topology):
        held = _held_check(topology)
        return If(Gate((held,)), OptionalRef(held), endpoint)
    return endpoint


def _latch_alarms(topology: Topology) -> Iterator[Alarm]:
    """The two alarms in the standby region that checks read; plain statistics, as Route 53 asks for."""
    if not _is_manual(topology):
        return
    stack = topology.secondary
    limit = max(1.0, float(topology.spec.objectives.throughput.per_second * 60 / _OF_PEAK))
    yield Alarm(
        stack, "LatchClosed", _entry("latch-closed", TAKEN_OVER, "Sum", limit),
        f"{stack.region} serves clients until an operator releases the failback.",
        _LATCH_AT, threshold=limit, periods=1, datapoints=1,
        metric=Metric(_namespace(topology), TAKEN_OVER, {}, "Sum"),
    )  # fmt: skip
    yield Alarm(
        stack, "FailbackHeld", _entry("failback-held", RELEASED, "Maximum", 1.0),
        "Usually in ALARM: no operator has released the failback. OK while an operator releases it.",
        _LATCH_AT, threshold=1, comparison="LessThanThreshold", periods=1, datapoints=1, missing="breaching",
        metric=Metric(_namespace(topology), RELEASED, {}, "Maximum"),
    )  # fmt: skip


def _entry(name: str, metric: str, statistic: str, threshold: float) -> str:
    """A name that changes with what the alarm watches, so that the check on it changes too."""
    return f"{name}-{sha256(f'{metric} {statistic} {threshold}'.encode()).hexdigest()[:6]}"


def declare(topology: Topology) -> Iterator[Element]:
    for region in topology.serving:
        yield from _endpoint(topology, region)
    if _is_manual(topology):
        yield from _latch(topology)


def _endpoint(topology: Topology, region: StackId) -> Iterator[Element]:
    dns = topology.spec.dns
    name = {"Key": "Name", "Value": physical("health-check", str(region.kind))}
    view = HealthCheckView(
        id=endpoint_check(topology, region).resource,
        host=topology.host(region),
        port=_HTTPS,
        path=topology.spec.api.health,
        interval=int(dns.health_check.interval.seconds),
        failures=dns.health_check.failures,
        tags=(name, *topology.tag_list(topology.global_)),
    )
    # A new check counts as healthy until it has data, so it waits for the host it is to call.
    after = (apigateway.regional_domain(region).att("RegionalDomainName"),)
    yield Block(topology.global_, view, _AT, after, derived_from=("rto", "rto.detection"))
    says = f"Id of the health check of the {region.kind} region."
    yield Output(topology.global_, f"{view.id}Id", endpoint_check(topology, region), says, _AT)


def _latch(topology: Topology) -> Iterator[Element]:
    """The latch's metric, the two checks on its alarms, and the calculated check over them and the endpoint's."""
    stack = topology.secondary
    view = MetricFilterView(
        id="TakenOverFilter",
        name=physical("metric-filter", "taken-over"),
        group=apigateway.log_group(stack),
        pattern=f'{{ $.domain = "{topology.spec.dns.domain}" }}',
        namespace=_namespace(topology),
        metric=TAKEN_OVER,
    )
    yield Block(stack, view, _LATCH_AT)
    says = "Namespace of the metrics with which an operator moves clients; see docs/failback.md."
    yield Output(stack, "FailbackNamespace", _namespace(topology), says, _LATCH_AT)
    # Without data the standby's monitoring is gone: that must not take clients away from a healthy primary, and
    # it is no release either.
    for alarm, without_data in zip(_latch_alarms(topology), ("Healthy", "Unhealthy"), strict=True):
        yield _check_on(topology, alarm, without_data)
    endpoint = endpoint_check(topology, topology.primary)
    children = (endpoint, *(_alarm_check(topology, alarm) for alarm in _latch_alarms(topology)))
    name = {"Key": "Name", "Value": physical("health-check", "primary-held")}
    tags = (name, *topology.tag_list(topology.global_))
    calculated = CalculatedCheckView(_held_check(topology).resource, children, 2, tags)
    yield Block(topology.global_, calculated, _LATCH_AT)
    says = "Id of the health check that the primary record follows."
    yield Output(topology.global_, f"{calculated.id}Id", _held_check(topology), says, _LATCH_AT)


def _check_on(topology: Topology, alarm: Alarm, without_data: str) -> Block:
    name = {"Key": "Name", "Value": physical("health-check", alarm.entry)}
    view = AlarmCheckView(
        id=_alarm_check(topology, alarm).resource,
        alarm_name=physical("alarm", alarm.entry),
        alarm_region=alarm.stack.region,
        without_data=without_data,
        tags=(name, *topology.tag_list(topology.global_)),
    )
    return Block(topology.global_, view, _LATCH_AT, after=(alarm.ref.att("Arn"),))


def alarms(topology: Topology) -> Iterator[Alarm]:
    """Health of both regions, in the one region where Route 53 publishes it."""
    yield from _latch_alarms(topology)
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
                          {"HealthCheckId": record_check(topology, region)}, "Minimum"),
        )  # fmt: skip
