"""What a service is, and what it says: one AWS service as we know it, in one module, with its partials in one folder.

Alarms are data: each service says what to watch, the service `cloudwatch` lays it out. Metrics, dimensions and
statistics are AWS's own; where a metric appears is known by its service (S3 publishes replication in the destination
region, DynamoDB in the source region).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any, TypeVar

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Route
from compiler.diagnostics.suggest import meant
from compiler.findings.finding import Finding
from compiler.ir.elements import Block, Element, Gate, If, Json, Param, Parameter, Ref, StackId, Text, join, later
from compiler.ir.names import ENVIRONMENT, SUFFIX
from compiler.ir.template import View
from compiler.spec.backup import Backup
from compiler.spec.compute import Function
from compiler.spec.data import Bucket, Table
from compiler.spec.model import Spec
from compiler.support.frozen import frozen
from compiler.topology.model import Topology

V = TypeVar("V", bound=View)

UNHEALTHY = "RegionUnhealthy"
"""Logical id of the composite alarm of a serving stack."""

PERIOD_SECONDS = 60
"""How often a metric has a value, unless said otherwise."""


@frozen
class Metric:
    """One metric; `statistic` is a plain statistic, or a percentile such as `p99`."""

    namespace: str | Text
    name: str
    dimensions: Mapping[str, Json]
    statistic: str
    period: int = PERIOD_SECONDS


@frozen
class Query:
    """One line of an alarm on metric math: a metric or an expression; the returned one is judged.

    `shown` says whether dashboards show the metric; one that is only a condition would fill them.
    """

    id: str
    metric: Metric | None = None
    expression: str | None = None
    returned: bool = False
    shown: bool = True


@frozen
class Alarm:
    """One alarm in one stack.

    `periods` of the metric are looked at, `datapoints` of them must breach. `missing` says what no data means.
    `unhealthy` makes it part of the region's composite alarm. `entry` tells alarms of one kind apart in the name.
    `topic` is the topic that it reports to, where that is not the stack's. With `wall_clock` its periods are those of
    the calendar in UTC, and it is judged once each of them is over.
    """

    stack: StackId
    id: str
    entry: str
    description: str
    at: Route
    threshold: float
    metric: Metric | None = None
    queries: tuple[Query, ...] = ()
    comparison: str = "GreaterThanThreshold"
    periods: int = 3
    datapoints: int = 3
    missing: str = "notBreaching"
    unhealthy: bool = False
    after: tuple[Ref, ...] = ()
    derived_from: tuple[str, ...] = ()
    topic: Ref | None = None
    wall_clock: bool = False

    @property
    def ref(self) -> Ref:
        """The alarm as a resource."""
        return Ref(self.stack, f"Alarm{self.id}")


def by_origin(alarms: Iterable[Alarm]) -> Mapping[str, list[Alarm]]:
    """Alarms by the ids of what their figures come from."""
    found: dict[str, list[Alarm]] = {}
    for alarm in alarms:
        for id_ in alarm.derived_from:
            found.setdefault(id_, []).append(alarm)
    return found


def rings_within(alarms: Iterable[Alarm], allowed: Fraction, per_second: int = 1) -> bool:
    """Whether one of the alarms on the lag of a replication rings before more than `allowed` seconds are lost.

    An alarm needs all its periods after the lag has passed its threshold, which has `per_second` parts of a second.
    """
    return any(
        Fraction(alarm.threshold).limit_denominator() / per_second + alarm.datapoints * alarm.metric.period <= allowed
        for alarm in alarms
        if alarm.metric and alarm.metric.name == "ReplicationLatency"
    )


def _nothing(topology: Topology) -> Iterator[Any]:
    del topology
    yield from ()


@frozen
class Service:
    """What a service module offers: pure functions from the topology to values. All but the first may be left out."""

    declare: Callable[[Topology], Iterator[Element]]
    """What will exist: blocks, parameters, conditions and outputs."""
    alarms: Callable[[Topology], Iterator[Alarm]] = _nothing
    """What is to be watched about it, wherever its metrics appear."""
    rules: Callable[[Topology], Iterator[Finding]] = _nothing
    """What only this service knows to be wrong with a spec."""


def parameter(stack: StackId, name: str, description: str, at: Route = (), **body: Json) -> Parameter:
    """A described parameter that the entry `at` asks for; `body` has its further members in CloudFormation's words."""
    return Parameter(stack, name, {"Type": "String", "Description": description, **body}, at)


def once_there(topology: Topology, *refs: Ref) -> If | bool:
    """True from the operation after the one in which all of `refs` came to be, false until then.

    False for good where the spec wants everything deleted.

    For a flag that refuses deletion: an operation that fails must be able to delete what it created. Each of the
    references costs a parameter, and an output where the stack has none with this value. Of both a template may have
    200, which DR603 reports.
    """
    if not topology.spec.deployment.retains:
        return False
    return If(Gate(tuple(later(ref) for ref in refs)), True, False)


def is_true(name: str) -> Json:
    """A condition's body: the parameter is "true"."""
    return {"Fn::Equals": (Param(name), "true")}


def is_given(name: str) -> Json:
    """A condition's body: the parameter is not empty."""
    return {"Fn::Not": ({"Fn::Equals": (Param(name), "")},)}


def too_short(topology: Topology, entry: Table | Bucket, at: Route) -> Iterator[Finding]:
    """DR336: data of a table or bucket that is deleted before the other region must have it."""
    rpo = topology.spec.objectives.rpo
    if entry.retention is not None and entry.retention <= rpo:
        message = f"`{entry.name}` keeps data for {entry.retention}, but replication may be late by {rpo}"
        yield Finding(Code.DR336, message, (*at, "retention"), related=((("objectives", "rpo"), "allowed here"),))


def unknown_entries(spec: Spec, holder: Function | Backup, at: Route) -> Iterator[Finding]:
    """DR307: names under `tables` and `buckets` of a function or of the backups that no entry of the spec has."""
    for field, entries in (("tables", spec.tables), ("buckets", spec.buckets)):
        known = [entry.name for entry in entries]
        for position, name in enumerate(getattr(holder, field) or ()):
            if name not in known:
                message = f"there is no entry `{name}` in `{field}`"
                yield Finding(Code.DR307, message, (*at, field, position), help=meant(name, known))


def views(elements: Iterable[Element], kind: type[V], stack: StackId) -> tuple[V, ...]:
    """The views of one kind that a service declares for a stack: what its costs count is what templates are made of."""
    blocks = (element for element in elements if isinstance(element, Block) and element.stack == stack)
    return tuple(block.view for block in blocks if isinstance(block.view, kind))


def namespace(topology: Topology) -> Text:
    """Namespace of the metrics that code of the system publishes, apart for every copy of the system."""
    return join(f"DR/{topology.spec.name}/", ENVIRONMENT, "/", SUFFIX)


def scoped(stack: StackId, entry: str) -> str:
    """An entry name that the global stack does not share with the regional stack of the same region."""
    return entry if stack.kind != "global" else f"{entry}-global"
