"""CloudWatch: lays out what the services want watched, and sums it up per region.

An alarm, its topic and its metric live in one region. Each alarm reports both its beginning and its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby

from compiler.aws import regions
from compiler.aws.facts import cloudwatch as facts
from compiler.aws.facts import prices
from compiler.ir import policies
from compiler.ir.elements import Block, Element, Json, Output, Ref, StackId, Text, join
from compiler.ir.names import arn, longest, physical
from compiler.ir.template import View
from compiler.objectives.costs import Cost, standing
from compiler.services import sns
from compiler.services.base import UNHEALTHY, Alarm, Metric, namespace, views
from compiler.topology.model import Topology

_AT = ("monitoring",)
UNHEALTHY_ARN = "RegionUnhealthyAlarmArn"
"""Output of a serving stack: the ARN of the composite alarm of its region."""
_WIDTH, _HEIGHT, _PER_ROW = 8, 6, 3
_OR, _BEGIN, _END = " OR ", 'ALARM("', '")'


class AlarmView(View, partial="cloudwatch/alarm.json.j2"):
    id: str
    name: Json
    description: str
    topic_arn: Ref
    threshold: float | int
    comparison: str
    periods: int
    datapoints: int
    missing: str
    wall_clock: bool
    metric: Json
    queries: Json
    tags: Json


class CompositeView(View, partial="cloudwatch/composite.json.j2"):
    id: str
    name: Json
    description: str
    rule: Text
    topic_arn: Ref
    tags: Json


class DashboardView(View, partial="cloudwatch/dashboard.json.j2"):
    id: str
    name: Json
    body: Text
    tags: Json


def lay_out(topology: Topology, wanted: tuple[Alarm, ...]) -> Iterator[Element]:
    """The alarms of all services, the composite alarm and the dashboard of each region."""
    for alarm in wanted:
        yield _piece(topology, alarm)
    by_stack: dict[StackId, list[Alarm]] = {}
    for alarm in wanted:
        home = replace(alarm.stack, part=topology.part(alarm.at))
        by_stack.setdefault(home, []).append(alarm)
    for stack in (home for serving in topology.serving for home in topology.within(serving)):
        own = tuple(by_stack.get(stack, ()))
        yield from _composite(topology, stack, tuple(alarm for alarm in own if alarm.unhealthy))
        if topology.spec.monitoring.dashboard:
            yield from _dashboard(stack, own, topology.tag_list(stack))


def _piece(topology: Topology, alarm: Alarm) -> Block:
    whole = int(alarm.threshold) if alarm.threshold == int(alarm.threshold) else alarm.threshold
    view = AlarmView(
        id=alarm.ref.resource,
        name=physical("alarm", alarm.entry),
        description=alarm.description,
        topic_arn=alarm.topic or sns.topic(alarm.stack),
        threshold=whole,
        comparison=alarm.comparison,
        periods=alarm.periods,
        datapoints=alarm.datapoints,
        missing=alarm.missing,
        wall_clock=alarm.wall_clock,
        metric=_flat(alarm.metric) if alarm.metric else None,
        queries=tuple(_query(q.id, q.metric, q.expression, returned=q.returned) for q in alarm.queries),
        tags=topology.tag_list(alarm.stack),
    )
    return Block(alarm.stack, view, alarm.at, alarm.after, derived_from=alarm.derived_from)


def _dimensions(metric: Metric) -> Json:
    return tuple({"Name": name, "Value": value} for name, value in metric.dimensions.items())


def _flat(metric: Metric) -> dict[str, Json]:
    percentile = metric.statistic.startswith("p")
    return {
        "namespace": metric.namespace,
        "name": metric.name,
        "dimensions": _dimensions(metric),
        "statistic": None if percentile else metric.statistic,
        "percentile": metric.statistic if percentile else None,
        "period": metric.period,
    }


def _query(id_: str, metric: Metric | None, expression: str | None, *, returned: bool) -> Json:
    body: dict[str, Json] = {"Id": id_}
    if metric:
        body["MetricStat"] = {
            "Metric": {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": _dimensions(metric)},
            "Period": metric.period,
            "Stat": metric.statistic,
        }
    else:
        body["Expression"] = expression
        # An expression over nothing but its own period.
        body["Label"] = id_
    body["ReturnData"] = returned
    return body


def _composite(topology: Topology, stack: StackId, watched: tuple[Alarm, ...]) -> Iterator[Element]:
    if not watched:
        return
    children = tuple(alarm.ref for alarm in watched)
    groups = _groups(topology, watched)
    # An alarm that a composite alarm refers to cannot be deleted, and a part goes before the first stack. So each has
    # a composite alarm of its own: of the first stack, no alarm refers to those of parts.
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html (read 2026-11-26)
    entry, where = ("region-unhealthy", stack.region)
    if stack.part:
        entry, where = f"{entry}-{stack.part}", f"{where}, part {stack.part},"
    parts = tuple(Ref(stack, f"RegionUnhealthyPart{number}") for number in range(1, len(groups) + 1))
    for number, group in enumerate(groups if len(groups) > 1 else (), 1):
        says = f"Part {number} of the alarms on the service of {where}."
        own = tuple(alarm.ref for alarm in group)
        yield _any_of(topology, parts[number - 1], f"{entry}-part-{number}", says, own)
        children = parts
    says = f"{where} is unhealthy: at least one of the alarms on its service has been raised."
    unhealthy = Ref(stack, UNHEALTHY)
    yield _any_of(topology, unhealthy, entry, says, children)
    says = f"ARN of the composite alarm that is raised if {where} is unhealthy."
    yield Output(stack, UNHEALTHY_ARN, unhealthy.att("Arn"), says, _AT)


def _any_of(topology: Topology, alarm: Ref, entry: str, says: str, children: tuple[Ref, ...]) -> Block:
    """A composite alarm that is raised while any of the others is."""
    parts: list[str | Ref] = []
    for child in children:
        parts += [_OR + _BEGIN if parts else _BEGIN, child.att("Arn"), _END]
    name = physical("alarm", entry)
    stack = alarm.stack
    topic = sns.topic(stack.base)
    view = CompositeView(alarm.resource, name, says, join(*parts), topic, topology.tag_list(stack))
    return Block(stack, view, _AT)


def _groups(topology: Topology, watched: tuple[Alarm, ...]) -> tuple[tuple[Alarm, ...], ...]:
    """The alarms in as many groups as rules of composite alarms can hold, at the longest names.

    All regions count as the longest that there is, so that both serving regions have the same groups.
    """
    region = max(regions.COMMERCIAL, key=len)
    own = re.compile("|".join(re.escape(stack.region) for stack in topology.stacks))
    groups: list[list[Alarm]] = []
    room = 0
    for alarm in watched:
        named = longest(arn("cloudwatch", region, join("alarm:", physical("alarm", own.sub(region, alarm.entry)))))
        size = len(_OR + _BEGIN + named + _END)
        if size > room or len(groups[-1]) == facts.COMPOSITE_CHILDREN.value:
            groups.append([])
            room = facts.COMPOSITE_RULE_CHARACTERS.value
        groups[-1].append(alarm)
        room -= size
    return tuple(tuple(group) for group in groups)


def _dashboard(stack: StackId, watched: tuple[Alarm, ...], tags: Json) -> Iterator[Element]:
    """One graph for each metric that is watched, alarms of one metric sharing a graph."""
    widgets: list[Json] = []

    def subject(alarm: Alarm) -> str:
        metric = alarm.metric or next(query.metric for query in alarm.queries if query.metric)
        return f"{metric.namespace} {metric.name}"

    for title, group in groupby(sorted(watched, key=lambda a: (subject(a), a.id)), key=subject):
        lines: dict[tuple[Json, ...], Json] = {}
        for alarm in group:
            for metric in [alarm.metric] if alarm.metric else [q.metric for q in alarm.queries if q.metric and q.shown]:
                line = [metric.namespace, metric.name]
                for name, value in metric.dimensions.items():
                    line += [name, value]
                lines.setdefault(tuple(line), [*line, {"stat": metric.statistic, "period": metric.period}])
        position = len(widgets)
        widgets.append(
            {
                "type": "metric",
                "x": position % _PER_ROW * _WIDTH,
                "y": position // _PER_ROW * _HEIGHT,
                "width": _WIDTH,
                "height": _HEIGHT,
                "properties": {
                    "title": title,
                    "region": stack.region,
                    "view": "timeSeries",
                    "metrics": [*lines.values()],
                },
            }
        )
    body: Mapping[str, Json] = {"widgets": widgets}
    entry = f"{stack.region}-{stack.part}" if stack.part else stack.region
    view = DashboardView("Dashboard", physical("dashboard", entry), policies.json_text(body), tags)
    yield Block(stack, view, ("monitoring", "dashboard"))


def costs(topology: Topology, wanted: tuple[Alarm, ...]) -> Iterator[Cost]:
    """Every metric of an alarm, composite alarms, dashboards, and the metrics of the system's own code."""
    declared = tuple(lay_out(topology, wanted))
    for stack in topology.stacks:
        alarms = views(declared, AlarmView, stack)
        metrics = sum(len(_metrics(view)) for view in alarms)
        own = {name for view in alarms for space, name in _metrics(view) if space == namespace(topology)}
        composites = sum(len(views(declared, CompositeView, home)) for home in topology.within(stack))
        dashboards = sum(len(views(declared, DashboardView, home)) for home in topology.within(stack))
        for id_, says, formula, price, units in (
            ("alarms", "metrics of alarms", f"{metrics} in {len(alarms)} alarms", prices.ALARM_METRICS, metrics),
            ("composites", "composite alarms", f"{composites}", prices.COMPOSITE_ALARMS, composites),
            ("metrics", "metrics that code publishes", f"{len(own)}", prices.OWN_METRICS, len(own)),
            ("dashboards", "dashboards", f"{dashboards}", prices.DASHBOARDS, dashboards),
        ):
            says_ = f"{says} of the {stack.kind} stack"
            yield standing(f"watch.{stack.kind}.{id_}", "CloudWatch", stack.region, says_, formula, price, units)


def _metrics(view: AlarmView) -> list[tuple[Json, Json]]:
    """Namespace and name of each metric that an alarm watches."""
    if view.metric is not None:
        return [(view.metric["namespace"], view.metric["name"])]
    found = [query["MetricStat"]["Metric"] for query in view.queries if "MetricStat" in query]
    return [(metric["Namespace"], metric["MetricName"]) for metric in found]
