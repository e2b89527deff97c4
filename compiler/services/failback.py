"""Manual failback: a latch that keeps clients in the standby until an operator lets them go, on data planes only.

The primary record follows a calculated check that is healthy while at least two of three are:

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
from compiler.ir.alarms import Alarm, Metric
from compiler.ir.elements import Block, Element, Json, Output, Ref, StackId, Text, join
from compiler.ir.names import ENVIRONMENT, SUFFIX, physical
from compiler.ir.views import View
from compiler.spec.compute import Failback
from compiler.topology.model import Topology

AT: Route = ("dns", "failback")
TAKEN_OVER, RELEASED = "TakenOver", "FailbackReleased"
_OF_PEAK = 1000
"""The latch closes when one in so many of the peak's requests arrives in the standby."""


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


def is_manual(topology: Topology) -> bool:
    return topology.spec.dns.failback is Failback.MANUAL


def namespace(topology: Topology) -> Text:
    """Namespace of the two metrics, apart for every copy of the system."""
    return join(f"DR/{topology.spec.name}/", ENVIRONMENT, "/", SUFFIX)


def check(topology: Topology) -> Ref:
    """The check that the primary record follows."""
    return Ref(topology.global_, "HealthCheckPrimaryHeld")


def alarms(topology: Topology) -> Iterator[Alarm]:
    """The two alarms in the standby region that checks read; plain statistics, as Route 53 asks for."""
    if not is_manual(topology):
        return
    stack = topology.secondary
    limit = max(1.0, float(topology.spec.objectives.throughput.per_second * 60 / _OF_PEAK))
    yield Alarm(
        stack, "LatchClosed", _entry("latch-closed", TAKEN_OVER, "Sum", limit),
        f"Clients are served in {stack.region}; they stay there until an operator releases the failback.",
        AT, threshold=limit, periods=1, datapoints=1,
        metric=Metric(namespace(topology), TAKEN_OVER, {}, "Sum"),
    )  # fmt: skip
    yield Alarm(
        stack, "FailbackHeld", _entry("failback-held", RELEASED, "Maximum", 1.0),
        "Normally in alarm: no operator has released a failback. It clears while one does.",
        AT, threshold=1, comparison="LessThanThreshold", periods=1, datapoints=1, missing="breaching",
        metric=Metric(namespace(topology), RELEASED, {}, "Maximum"),
    )  # fmt: skip


def _entry(name: str, metric: str, statistic: str, threshold: float) -> str:
    """A name that changes with what the alarm watches, so that the check on it changes too."""
    return f"{name}-{sha256(f'{metric} {statistic} {threshold}'.encode()).hexdigest()[:6]}"


def declare(topology: Topology, endpoint: Ref) -> Iterator[Element]:
    """The latch's metric, the two checks on its alarms, and the calculated check over them and the endpoint's."""
    if not is_manual(topology):
        return
    stack = topology.secondary
    view = MetricFilterView(
        id="TakenOverFilter",
        name=physical("metric-filter", "taken-over"),
        group=Ref(stack, "ApiLogs"),
        pattern=f'{{ $.domain = "{topology.spec.dns.domain}" }}',
        namespace=namespace(topology),
        metric=TAKEN_OVER,
    )
    yield Block(stack, view, AT)
    says = "Namespace of the metrics by which an operator moves clients; see docs/failback.md."
    yield Output(stack, "FailbackNamespace", namespace(topology), says, AT)
    # Without data the standby's monitoring is gone: that must not take clients away from a healthy primary, and
    # it is no release either.
    for alarm, without_data in zip(alarms(topology), ("Healthy", "Unhealthy"), strict=True):
        yield _alarm_check(topology, alarm, stack, without_data)
    children = (endpoint, *(Ref(topology.global_, f"HealthCheck{alarm.id}") for alarm in alarms(topology)))
    name = {"Key": "Name", "Value": physical("health-check", "primary-held")}
    tags = (name, *topology.tag_list(topology.global_))
    calculated = CalculatedCheckView(check(topology).resource, children, 2, tags)
    yield Block(topology.global_, calculated, AT)
    says = "Id of the health check that the primary record follows."
    yield Output(topology.global_, f"{calculated.id}Id", check(topology), says, AT)


def _alarm_check(topology: Topology, alarm: Alarm, stack: StackId, without_data: str) -> Block:
    name = {"Key": "Name", "Value": physical("health-check", alarm.entry)}
    view = AlarmCheckView(
        id=f"HealthCheck{alarm.id}",
        alarm_name=physical("alarm", alarm.entry),
        alarm_region=stack.region,
        without_data=without_data,
        tags=(name, *topology.tag_list(topology.global_)),
    )
    exists = (Ref(stack, f"Alarm{alarm.id}", "Arn"),)
    return Block(topology.global_, view, AT, exists)
