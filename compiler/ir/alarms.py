"""Alarms as data: each service says what to watch, the service `cloudwatch` lays it out.

Metrics, dimensions and statistics are AWS's own; where a metric appears is the business of the service that
knows it (S3 publishes replication in the destination region, DynamoDB in the source region).
"""

from __future__ import annotations

from collections.abc import Mapping

from compiler.diagnostics.model import Route
from compiler.ir.elements import Json, Ref, StackId, Text
from compiler.support.frozen import frozen


@frozen
class Metric:
    """One metric; `statistic` is a plain statistic, or a percentile such as `p99`."""

    namespace: str | Text
    name: str
    dimensions: Mapping[str, Json]
    statistic: str
    period: int = 60


@frozen
class Query:
    """One line of an alarm on metric math: a metric or an expression; the returned one is judged."""

    id: str
    metric: Metric | None = None
    expression: str | None = None
    returned: bool = False


@frozen
class Alarm:
    """One alarm in one stack.

    `periods` of the metric are looked at, `datapoints` of them must breach. `missing` says what no data means.
    `unhealthy` makes it part of the region's composite alarm. `entry` tells alarms of one kind apart in the name.
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
