"""Replication that has stopped: an alarm is raised, and none is raised only because nobody writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from compiler.aws.metric_math import UnknownMathError, Value, breaches, evaluate
from compiler.aws.types.cloudwatch import ALARM
from compiler.aws.types.dynamodb import TABLES
from compiler.aws.types.kinesis import STREAM
from compiler.aws.types.logs import DESTINATION
from compiler.aws.types.replicas import replica_regions
from compiler.aws.types.s3 import BUCKET
from compiler.aws.values import Json, ResourceId, dig, members, text
from compiler.diagnostics.model import Rule, Severity
from compiler.findings.finding import Finding
from compiler.rollout.state import Resource
from compiler.rules.cloudwatch import Watched, watched, watched_of
from compiler.rules.deployed import DOCS, Deployed, reports
from compiler.rules.s3 import replication_rules
from compiler.services.dynamodb import HEARTBEAT_AGE
from compiler.support.frozen import frozen

_LATENCY = "ReplicationLatency"
_ARRIVING = "IncomingRecords"
_METRICS = frozenset((_LATENCY, HEARTBEAT_AGE, _ARRIVING))
_KINDS = (*TABLES, BUCKET, STREAM)


def raised(alarm: Resource, data: Callable[[Watched], Value]) -> bool | None:
    """Whether an alarm is raised while its metrics have these data; None where that depends on more than its own text.

    DynamoDB's documents disagree about `TreatMissingData`, so a gap in its metrics counts only where it is filled.
    """
    metrics = list(watched(alarm))
    try:
        if alarm.list("Metrics"):
            values: dict[str, Value] = {}
            returned: Value = None
            for item in map(members, alarm.list("Metrics")):
                metric = watched_of(members(members(item.get("MetricStat")).get("Metric")))
                value = data(metric) if metric else evaluate(text(item.get("Expression")), values)
                values[text(item.get("Id"))] = value
                returned = value if item.get("ReturnData", True) is not False else returned
        else:
            (metric,) = metrics
            returned = data(metric)
        if returned is not None:
            return breaches(alarm.text("ComparisonOperator"), returned, float(str(alarm.get("Threshold"))))
    except (UnknownMathError, ValueError):
        return None
    if alarm.get("TreatMissingData") != "breaching":
        return False
    return None if any(metric.namespace == "AWS/DynamoDB" for metric in metrics) else True


@frozen
class Replication:
    """One direction: what it is of, its alarms, and whether somebody is known to write all the time."""

    resource: Resource
    says: str
    where: str
    metric: str
    alarms: tuple[Resource, ...]
    known: bool

    def stalled(self, alarm: Resource, latency: Value) -> bool | None:
        """Whether an alarm is raised while there is something to replicate and this is the latency."""
        return raised(alarm, lambda metric: latency if metric.name == self.metric else 1.0)


class _Watching:
    """The alarms on a metric of a resource, found by what their dimensions name."""

    def __init__(self, deployed: Deployed) -> None:
        self._deployed = deployed
        self._found: dict[tuple[Json, ...], dict[ResourceId, tuple[Resource, list[Watched]]]] = {}
        for alarm in deployed.of(ALARM):
            for metric in watched(alarm):
                for subject in ((), *self._subjects(alarm, metric)):
                    key = (alarm.region, metric.name, *subject)
                    self._found.setdefault(key, {}).setdefault(alarm.owner, (alarm, []))[1].append(metric)

    def _subjects(self, alarm: Resource, metric: Watched) -> Iterator[tuple[Json, ...]]:
        """What a metric is about: the resources that its dimensions name, by type, and a table by its name alone."""
        for kind in _KINDS if metric.name in _METRICS else ():
            where = "" if kind == BUCKET else alarm.region
            owners = (self._deployed.owner(value, (kind,), where) for value in metric.dimensions.values())
            yield from dict.fromkeys((kind, owner.owner) for owner in owners if owner is not None)
        if (name := metric.dimensions.get("TableName")) is not None:
            yield ("", name)

    def about(self, region: str, name: str, of: Resource | None = None, **dimensions: str) -> tuple[Resource, ...]:
        """Alarms of a region on a metric of a resource, with these dimensions too."""
        asked: list[tuple[Json, ...]] = [()] if of is None else [(of.type, of.owner)]
        if of is not None and of.type in TABLES:
            asked.append(("", of.get("TableName")))
        found = [held for subject in asked for held in self._found.get((region, name, *subject), {}).values()]
        fitting = {
            alarm.owner: alarm
            for alarm, metrics in found
            if any(all(metric.dimensions.get(key) == value for key, value in dimensions.items()) for metric in metrics)
        }
        return tuple(fitting.values())


def _replications(deployed: Deployed) -> Iterator[Replication]:
    watching = _Watching(deployed)
    yield from _of_tables(deployed, watching)
    yield from _of_buckets(deployed, watching)
    yield from _of_logs(deployed, watching)


def _of_tables(deployed: Deployed, watching: _Watching) -> Iterator[Replication]:
    """From every region that serves to every other one; strongly consistent tables have no lag, and no metric."""
    topology = deployed.topology
    serving, held = ({stack.region for stack in stacks} for stacks in (topology.serving, topology.regional))
    beats = [table for table in topology.spec.tables if table == topology.heartbeat_table]
    at = [("tables", topology.spec.tables.index(table)) for table in beats]
    written = {table.text("TableName") for table in deployed.of(*TABLES) if deployed.route(table) in at}
    for table in deployed.of(*TABLES):
        regions = replica_regions(table.properties)
        if table.get("MultiRegionConsistency") == "STRONG" or not set(regions) <= held:
            continue
        known = table.text("TableName") in written
        for source in sorted(serving & set(regions)):
            for target in sorted(set(regions) - {source}):
                alarms = watching.about(source, _LATENCY, table, ReceivingRegion=target)
                yield Replication(table, f"`{table.id}` from {source} to {target}", source, _LATENCY, alarms, known)
            if known and len(regions) > 1:
                alarms = watching.about(source, HEARTBEAT_AGE)
                says = f"heartbeats of the other region in `{table.id}`"
                yield Replication(table, says, source, HEARTBEAT_AGE, alarms, known)


def _of_buckets(deployed: Deployed, watching: _Watching) -> Iterator[Replication]:
    for bucket in deployed.of(BUCKET):
        for rule in replication_rules(bucket):
            target = deployed.owner(text(dig(rule, "Destination", "Bucket")))
            if target is not None and target.region != bucket.region:
                says = f"`{bucket.id}` from {bucket.region} to {target.region}"
                alarms = watching.about(target.region, _LATENCY, bucket, RuleId=text(rule.get("Id")))
                yield Replication(bucket, says, target.region, _LATENCY, alarms, known=False)


def _of_logs(deployed: Deployed, watching: _Watching) -> Iterator[Replication]:
    """Route 53 calls the API of each serving region all the time, so its access log never rests."""
    for destination in deployed.of(DESTINATION):
        stream = deployed.owner(destination.get("TargetArn"))
        if stream is not None and stream.region != destination.region:
            alarms = watching.about(stream.region, _ARRIVING, stream)
            says = f"logs from {destination.region} to `{stream.id}` in {stream.region}"
            yield Replication(stream, says, stream.region, _ARRIVING, alarms, known=True)


DR477 = Rule(
    "DR477",
    "replication-stall",
    says="no alarm is raised when a replication stops",
    why="Latency is published when something arrives. When nothing arrives, an alarm on a high latency stays OK. AWS "
    "says: latency that falls to 0 indicates stalled replication.",
    fix="add an alarm in the region that the message names: on the latency filled with zeros (`FILL(m, 0)`) while "
    "there is something to replicate, or on missing data where something is written all the time",
    source=DOCS + "prescriptive-guidance/latest/dynamodb-global-tables/checklist.html",
    acceptable=True,
    traps=(53,),
)


def _stalls(replications: Iterable[Replication]) -> Iterator[Finding]:
    """For every replication some alarm is raised when it falls silent, and some when its latency falls to zero."""
    for item in replications:
        values: tuple[Value, ...] = (None, 0.0) if item.metric == _LATENCY else (None,)
        for value in values:
            if all(item.stalled(alarm, value) is False for alarm in item.alarms):
                how = "falls to 0" if value == 0.0 else "has no data"
                message = f"no alarm in {item.where} is raised while `{item.metric}` of {item.says} {how}"
                yield Finding(DR477, message, item.resource.owner)
                break


DR469 = Rule(
    "DR469",
    "silence-alarm",
    says="an alarm on replication is raised while nobody writes",
    why="Without writes there is nothing to replicate and no data. The alarm is raised every quiet night, and people "
    "learn to ignore it.",
    fix="let silence count only while there is something to replicate, or declare `heartbeat: true` on the function "
    "behind the health path if its code writes to the table in each health check",
    source=DOCS + "AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html",
    severity=Severity.WARNING,
    traps=(54,),
)


def _silences(replications: Iterable[Replication]) -> Iterator[Finding]:
    """No alarm on a replication is raised while all its metrics are silent, unless somebody is known to write."""
    for item in replications:
        for alarm in () if item.known else item.alarms:
            if raised(alarm, lambda _: None) or _guesses(alarm):
                message = f"`{alarm.id}` is raised while nobody writes: it takes silence of {item.says} for a fault"
                yield Finding(DR469, message, alarm.owner, related=((item.resource.owner, "replicates"),))


def _guesses(alarm: Resource) -> bool:
    """Whether an alarm takes missing data for a fault, wherever that may have an effect."""
    return alarm.text("TreatMissingData") == "breaching"


@reports(DR477, DR469)
def replications(deployed: Deployed) -> Iterator[Finding]:
    """The alarms on every replication are raised when it stops, and only then."""
    found = tuple(_replications(deployed))
    yield from _stalls(found)
    yield from _silences(found)
