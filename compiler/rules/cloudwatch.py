"""CloudWatch: alarms that receive data, return to OK and notify someone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from compiler.aws.metrics import AT_DESTINATION, KEPT, METRICS, ONLY_IN, named
from compiler.aws.types.cloudwatch import ALARM, ALARMS
from compiler.aws.types.dynamodb import TABLES
from compiler.aws.types.replicas import replica_regions
from compiler.aws.types.s3 import BUCKET
from compiler.aws.values import Json, arn, members, region_of, text
from compiler.diagnostics.model import Rule, Severity
from compiler.diagnostics.suggest import near
from compiler.findings.finding import Finding
from compiler.rollout.state import Resource
from compiler.rules.deployed import DOCS, Deployed, once, reports
from compiler.rules.s3 import replication_rules

_BUCKETS = ("SourceBucket", "DestinationBucket")


class Watched(NamedTuple):
    """One metric of an alarm."""

    namespace: str
    name: str
    dimensions: dict[str, Json]

    @property
    def shown(self) -> str:
        return f"{self.namespace} {self.name}"


@once
def watched(alarm: Resource) -> tuple[Watched, ...]:
    """Every metric of an alarm, also those in metric math."""
    metrics = [members(members(item).get("MetricStat")).get("Metric") for item in alarm.list("Metrics")]
    found = (watched_of(members(metric)) for metric in (*metrics, alarm.properties))
    return tuple(metric for metric in found if metric is not None)


def watched_of(body: Mapping[str, Json]) -> Watched | None:
    """The metric that a part of an alarm names, if any."""
    if not body.get("MetricName") or not body.get("Namespace"):
        return None
    listed = body.get("Dimensions")
    pairs = [members(item) for item in listed] if isinstance(listed, list) else []
    dimensions = {text(pair.get("Name")): pair.get("Value") for pair in pairs}
    return Watched(text(body["Namespace"]), text(body["MetricName"]), dimensions)


def _all(deployed: Deployed) -> Iterator[tuple[Resource, Watched]]:
    for alarm in deployed.of(ALARM):
        for metric in watched(alarm):
            yield alarm, metric


DR460 = Rule(
    "DR460",
    "alarm-region",
    says="an alarm is in a region where its metric is not published",
    why="The alarm never receives data.",
    fix="move the alarm to the region that the message names",
    source=DOCS + "AmazonCloudWatch/latest/monitoring/Cross-Account-Cross-Region.html",
    traps=(13, 15),
)


@reports(DR460)
def regions(deployed: Deployed) -> Iterator[Finding]:
    """An alarm receives the metrics of its own region only, so it must be in the region that publishes them."""
    for alarm, metric in _all(deployed):
        where = _published(deployed, alarm, metric)
        if where and alarm.region not in where:
            message = f"`{alarm.id}` in {alarm.region} uses {metric.shown}, which exists only in {' and '.join(where)}"
            yield Finding(DR460, message, alarm.owner)


def _published(deployed: Deployed, alarm: Resource, metric: Watched) -> tuple[str, ...]:
    """The regions that publish a metric; empty if it can be any region."""
    only = ONLY_IN.get(metric.namespace)
    if only:
        return (only,)
    if metric.namespace == "AWS/S3" and _BUCKETS[0] in metric.dimensions:
        end = _BUCKETS[1] if metric.name in AT_DESTINATION else _BUCKETS[0]
        bucket = deployed.owner(metric.dimensions.get(end), (BUCKET,))
        return (bucket.region,) if bucket else ()
    if metric.namespace == "AWS/DynamoDB" and metric.name == "ReplicationLatency":
        table = deployed.owner(metric.dimensions.get("TableName"), TABLES, alarm.region)
        receiving = metric.dimensions.get("ReceivingRegion")
        found = replica_regions(table.properties) if table else []
        others = tuple(sorted(region for region in found if region != receiving))
        return others or (() if alarm.region != receiving else ("the source region",))
    return ()


DR461 = Rule(
    "DR461",
    "alarm-metric",
    says="an alarm uses a metric or dimensions that AWS does not publish",
    why="The alarm never receives data.",
    fix="write the metric and its dimensions exactly as AWS publishes them",
    source=DOCS + "AmazonCloudWatch/latest/monitoring/aws-services-cloudwatch-metrics.html",
    traps=(14,),
)


@reports(DR461)
def dimensions(deployed: Deployed) -> Iterator[Finding]:
    """A metric has data only with exactly the dimensions that AWS publishes it with."""
    for alarm, metric in _all(deployed):
        known = METRICS.get(metric.namespace)
        if known is None:
            continue
        if metric.name not in known:
            guess = next((name for name in known if name.lower() == metric.name.lower()), near(metric.name, known))
            if guess:
                message = f"`{alarm.id}` uses {metric.shown}, which AWS does not publish"
                yield Finding(DR461, message, alarm.owner, help=f"did you mean `{guess}`?")
            continue
        if frozenset(metric.dimensions) not in known[metric.name]:
            found = ", ".join(sorted(metric.dimensions)) or "none"
            published = "; or ".join(", ".join(sorted(names)) or "none" for names in known[metric.name])
            message = f"`{alarm.id}` uses {metric.shown} with the dimensions {found}; AWS publishes it with {published}"
            yield Finding(DR461, message, alarm.owner)
        else:
            yield from _pair(deployed, alarm, metric)


def _pair(deployed: Deployed, alarm: Resource, metric: Watched) -> Iterator[Finding]:
    """Dimensions of replication that name a rule or a region that the replication does not have."""
    source, target = (deployed.owner(metric.dimensions.get(name), (BUCKET,)) for name in _BUCKETS)
    if source is not None and target is not None:
        ids = [text(rule.get("Id")) for rule in replication_rules(source)
               if members(rule.get("Destination")).get("Bucket") == target.arn]  # fmt: skip
        if metric.dimensions.get("RuleId") not in ids:
            given, has = metric.dimensions.get("RuleId"), ", ".join(f"`{name}`" for name in ids) or "none"
            message = (
                f"`{alarm.id}` uses the rule `{given}` of `{source.id}`; the rules for that destination are: {has}"
            )
            yield Finding(DR461, message, alarm.owner, related=((source.owner, "has the rules"),))
    receiving = metric.dimensions.get("ReceivingRegion")
    table = deployed.owner(metric.dimensions.get("TableName"), TABLES, alarm.region) if receiving else None
    if table is not None and receiving not in (table.region, *replica_regions(table.properties)):
        message = f"`{alarm.id}` monitors replication to {receiving}, where `{table.id}` has no replica"
        yield Finding(DR461, message, alarm.owner, related=((table.owner, "the table"),))


DR462 = Rule(
    "DR462",
    "alarm-stuck",
    says="an alarm on DynamoDB does not return to OK",
    why="Such an alarm keeps its state while there is no data, and DynamoDB publishes error metrics only while "
    "errors occur.",
    fix="fill gaps in the metric with zeros (`FILL(m, 0)`) and write `TreatMissingData: notBreaching`",
    source=DOCS + "AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html",
    traps=(14,),
)


@reports(DR462)
def stuck(deployed: Deployed) -> Iterator[Finding]:
    """An alarm on DynamoDB keeps its state without data, and there is error data only while errors occur."""
    for alarm in deployed.of(ALARM):
        metrics = [item for item in watched(alarm) if item.namespace == "AWS/DynamoDB" and item.name.endswith(KEPT)]
        filled = any("FILL(" in text(members(item).get("Expression")) for item in alarm.list("Metrics"))
        if metrics and not (filled and alarm.get("TreatMissingData") == "notBreaching"):
            message = (
                f"`{alarm.id}` uses {metrics[0].shown}, which has no data when the errors end: the alarm stays in ALARM"
            )
            yield Finding(DR462, message, alarm.owner)


DR463 = Rule(
    "DR463",
    "alarm-topic",
    says="an alarm sends to a topic in another region",
    why="CloudWatch rejects the action.",
    fix="use a topic in the region of the alarm",
    source=DOCS + "AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html",
    traps=(16,),
)


@reports(DR463)
def actions(deployed: Deployed) -> Iterator[Finding]:
    """An alarm sends to a topic in its own region."""
    for alarm in deployed.of(*ALARMS):
        for member in ("AlarmActions", "OKActions", "InsufficientDataActions"):
            for value in alarm.list(member):
                found = arn(value)
                region = region_of(value)
                if found is not None and found.service == "sns" and region != alarm.region:
                    message = f"`{alarm.id}` in {alarm.region} sends to a topic in {region} (`{member}`)"
                    topic = deployed.owner(value)
                    yield Finding(DR463, message, alarm.owner, related=((topic.owner, "the topic"),) if topic else ())


DR464 = Rule(
    "DR464",
    "alarm-subject",
    says="an alarm monitors a resource that the topology does not have in that region",
    why="The alarm never receives data, unless something outside the topology creates the resource.",
    fix="refer to the resource in the alarm, or accept the finding",
    severity=Severity.WARNING,
)


@reports(DR464)
def subjects(deployed: Deployed) -> Iterator[Finding]:
    """The resource that an alarm monitors exists in its region."""
    for alarm, metric in _all(deployed):
        if ONLY_IN.get(metric.namespace, alarm.region) != alarm.region:
            continue
        for name, kinds in named(metric.namespace).items():
            value = metric.dimensions.get(name)
            where = "" if metric.namespace in ONLY_IN else alarm.region
            found = deployed.owner(value, kinds, where) if value else None
            there = found is not None and (not where or found.type in TABLES or found.region == where)
            if value and not there:
                message = f"`{alarm.id}` uses {metric.shown} of `{value}`, which does not exist in {alarm.region}"
                yield Finding(DR464, message, alarm.owner)
