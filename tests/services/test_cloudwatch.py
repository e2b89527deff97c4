"""CloudWatch: alarms that reach somebody in their own region, summed up per region."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from compiler.aws.facts import cloudwatch as facts
from compiler.ir.elements import Block, Ref
from compiler.pipeline import compile_spec
from compiler.services import cloudwatch
from compiler.services.base import Alarm, Metric
from tests.helpers import SHIPPED, Topology, each_odd_spec, odd, shipped
from tests.services.placement import placed

SUMS = ("CloudWatch::CompositeAlarm", "CloudWatch::Dashboard")
BOTH = {"RegionUnhealthy", "Dashboard"}


@pytest.mark.parametrize(
    ("topology", "expected"),
    [
        (shipped, {"primary": BOTH, "secondary": BOTH}),
        (lambda: odd("three-regions"), {"primary": BOTH, "secondary": BOTH}),
        (lambda: odd("west-first"), {"primary": {"RegionUnhealthy"}, "secondary": {"RegionUnhealthy"}}),
    ],
    ids=["two regions", "three regions", "no dashboard wanted"],
)
def test_placement(topology: Callable[[], Topology], expected: dict[str, set[str]]) -> None:
    assert placed(topology, SUMS) == expected


@pytest.mark.parametrize("name", ["three-regions", "minimal", "four-functions"])
def test_every_stack_has_alarms(name: str) -> None:
    for stack in odd(name).stacks.values():
        assert stack.of("CloudWatch::Alarm"), stack.name


@pytest.mark.parametrize("name", each_odd_spec())
def test_every_alarm_tells_the_topic_of_its_own_region_when_it_begins_and_ends(name: str) -> None:
    """A topic of another region cannot be told at all, and one that cannot deliver cannot say so."""
    topology = odd(name)
    for stack in topology.stacks.values():
        for alarm in (*stack.of("CloudWatch::Alarm"), *stack.of("CloudWatch::CompositeAlarm")):
            of_the_topic = alarm.properties.get("MetricName") == "NumberOfNotificationsFailed"
            topic = stack.resources["AlertFallbackTopic" if of_the_topic else "AlertTopic"].ref
            assert alarm.properties["AlarmActions"] == [topic], alarm.id
            assert alarm.properties["OKActions"] == [topic], alarm.id
            assert alarm.properties["ActionsEnabled"] is True


def _metrics(p: dict[str, Any]) -> list[dict[str, Any]]:
    if "MetricName" in p:
        return [{"Namespace": p["Namespace"], "MetricName": p["MetricName"], "Dimensions": p["Dimensions"]}]
    return [query["MetricStat"]["Metric"] for query in p["Metrics"] if "MetricStat" in query]


@pytest.mark.parametrize("name", each_odd_spec())
def test_alarms_are_of_a_form_the_service_takes(name: str) -> None:
    for alarm in odd(name).all("CloudWatch::Alarm"):
        p = dict(alarm.properties)
        assert p["TreatMissingData"] in ("breaching", "notBreaching", "ignore", "missing")
        assert p["DatapointsToAlarm"] <= p["EvaluationPeriods"]
        assert p["AlarmDescription"]
        periods = (
            [p["Period"]] if "Period" in p else [q["MetricStat"]["Period"] for q in p["Metrics"] if "MetricStat" in q]
        )
        for period in periods:
            assert period in (10, 20, 30) or period % 60 == 0
            assert period * p["EvaluationPeriods"] <= 86_400
        if "MetricName" in p:
            assert ("Statistic" in p) != ("ExtendedStatistic" in p)
            assert "Metrics" not in p
        else:
            queries = p["Metrics"]
            assert [query["ReturnData"] for query in queries].count(True) == 1
            ids = [query["Id"] for query in queries]
            assert len(set(ids)) == len(ids)
            assert all(re.fullmatch("[a-z][A-Za-z0-9_]*", id_) for id_ in ids)
        for metric in _metrics(p):
            assert len({d["Name"] for d in metric["Dimensions"]}) == len(metric["Dimensions"])


@pytest.mark.parametrize("name", each_odd_spec())
def test_alarm_names_are_unique_in_a_region(name: str) -> None:
    """The second alarm of one name would replace the first."""
    found: list[tuple[str, str]] = []
    for stack in odd(name).stacks.values():
        for kind in ("CloudWatch::Alarm", "CloudWatch::CompositeAlarm"):
            found += [(stack.region, alarm.properties["AlarmName"]) for alarm in stack.of(kind)]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("name", each_odd_spec())
def test_a_region_is_unhealthy_when_what_serves_clients_is(name: str) -> None:
    topology = odd(name)
    for stack in topology.serving:
        ids: set[str] = set()
        for composite in stack.of("CloudWatch::CompositeAlarm"):
            rule = composite.properties["AlarmRule"]
            children = re.findall(r'ALARM\("<([^/]+)/([A-Za-z0-9]+)\.Arn>"\)', rule)
            assert rule == " OR ".join(f'ALARM("<{where}/{id_}.Arn>")' for where, id_ in children)
            assert {where for where, _ in children} == {composite.stack}, "none stands in the way of another stack"
            assert len(children) <= 100
            assert len(rule) <= facts.COMPOSITE_RULE_CHARACTERS.value
            ids |= {id_ for _, id_ in children}
        assert "AlarmApiErrors" in ids
        for function in stack.of("Lambda::Function"):
            if function.id == "FunctionLatch":
                continue  # it serves no client
            assert {f"Alarm{function.id}Errors", f"Alarm{function.id}Throttles"} <= ids


@pytest.mark.parametrize(("count", "letters"), [(150, 10), (90, 110), (99, 10)])
def test_more_alarms_than_a_rule_holds_are_summed_up_in_parts(count: int, letters: int) -> None:
    """A rule has at most 10,240 characters and speaks of at most 100 alarms.

    The limit of a template's size is met before that many alarms of a compile are part of the sum, so the alarms are
    made here.
    """
    topology = compile_spec(SHIPPED, "spec.yaml", lint=False).topology
    stack = topology.secondary
    alarms = tuple(
        Alarm(
            stack, f"Watched{n}", f"{'w' * letters}-{n}", "A part of the service fails.", ("api",), threshold=1,
            metric=Metric("AWS/ApiGateway", "5xx", {"ApiId": "api"}, "Sum"), unhealthy=True,
        )
        for n in range(count)
    )  # fmt: skip
    blocks = [item for item in cloudwatch.lay_out(topology, alarms) if isinstance(item, Block)]
    rules = {block.view.id: block.view.rule for block in blocks if isinstance(block.view, cloudwatch.CompositeView)}
    named = {id_: [part.resource for part in rule.parts if isinstance(part, Ref)] for id_, rule in rules.items()}
    parts = [id_ for id_ in named if id_ != "RegionUnhealthy"]
    assert (len(parts) > 1) is (count > 99 or letters > 100), "a sum that fits has no parts"
    watched = [child for id_ in parts or ["RegionUnhealthy"] for child in named[id_]]
    assert watched == [alarm.ref.resource for alarm in alarms]
    assert not parts or named["RegionUnhealthy"] == parts
    names = {alarm.ref.resource: f"alarm-{alarm.entry}-e2345678-s2345678" for alarm in alarms}
    for id_, children in named.items():
        arns = [f"arn:aws:cloudwatch:{stack.region}:123456789012:alarm:{names.get(child, child)}" for child in children]
        assert len(" OR ".join(f'ALARM("{arn}")' for arn in arns)) <= facts.COMPOSITE_RULE_CHARACTERS.value, id_
        assert len(children) <= facts.COMPOSITE_CHILDREN.value


def test_dashboards_show_each_watched_metric_once_per_graph() -> None:
    names = set()
    for stack in shipped().serving:
        dashboard = stack.one("CloudWatch::Dashboard").properties
        names.add(dashboard["DashboardName"])
        body = json.loads(dashboard["DashboardBody"])
        assert len(body["widgets"]) <= 500, "more widgets than a dashboard takes"
        titles = [widget["properties"]["title"] for widget in body["widgets"]]
        assert len(set(titles)) == len(titles)
        watched = {
            f"{m['Namespace']} {m['MetricName']}"
            for a in stack.of("CloudWatch::Alarm")
            for m in _metrics(dict(a.properties))
        }
        shown = {f"{line[0]} {line[1]}" for widget in body["widgets"] for line in widget["properties"]["metrics"]}
        assert shown == watched
        for widget in body["widgets"]:
            assert widget["properties"]["region"] == stack.region
            assert widget["x"] + widget["width"] <= 24
            for line in widget["properties"]["metrics"]:
                assert isinstance(line[-1], dict)
                assert len(line) % 2 == 1, "namespace, metric, names with values, options"
    # Dashboards are global: two regions must not share a name.
    assert len(names) == 2
