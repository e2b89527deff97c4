"""Every threshold in the templates that comes of an objective, worked out again, in every region.

Constants and formulas are written out once more on purpose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

import pytest

from tests.helpers import Topology, topology_of
from tests.objectives.bench import Change, compiled
from tests.objectives.cases import WEST, function, quotas, region, third
from tests.world import Resource

SHORT = {"us-east-1": "UsEast1", "us-west-2": "UsWest2", "us-east-2": "UsEast2"}


@dataclass(frozen=True)
class Wanted:
    """What the objectives of a spec are; times in seconds, sizes left out: no alarm depends on them."""

    rpo: int = 300
    latency_ms: int = 1000
    tps: int = 10_000
    objects: float = 0.01
    interval: int = 10
    durations_ms: Mapping[str, int] | None = None
    concurrency: Mapping[str, int] | None = None
    replicas: tuple[str, ...] = ()

    def thresholds(self, here: str) -> dict[str, float]:
        """Threshold of each alarm of a region, by its logical id."""
        serving = ("us-east-1", "us-west-2")
        there = [name for name in (*serving, *self.replicas) if name != here]
        found: dict[str, float] = {}
        for source in serving:
            if source != here:
                # S3 tells of its lag where objects arrive, in seconds; a backlog is what is written within the RPO.
                # It rings a period of a minute before the objective, which is then just kept.
                found[f"AlarmBucketDocumentsLagFrom{SHORT[source]}"] = max(self.rpo - 60, 1)
                found[f"AlarmBucketDocumentsBacklogFrom{SHORT[source]}"] = self.tps * self.objects * self.rpo
        if here not in serving:
            return found
        for destination in there:
            # DynamoDB tells of its lag where items are written, in milliseconds.
            found[f"AlarmTableTransactionsLateTo{SHORT[destination]}"] = self.rpo * 1000
            found[f"AlarmTableTransactionsSlowTo{SHORT[destination]}"] = self.rpo * 1000 / 5
        # The other region's heartbeat in the first table, in seconds: early enough to act within the objective.
        (peer,) = (name for name in serving if name != here)
        found[f"AlarmTableTransactionsHeartbeatOf{SHORT[peer]}"] = self.rpo / 2
        found["AlarmLogStreamBehind"] = max(self.rpo * 1000, 120_000)
        found["AlarmApiSlow"] = self.latency_ms
        reserved = 0
        for name, duration in (self.durations_ms or {"TransactionProcessor": 40}).items():
            concurrent, by_rate = self.tps * duration / 1000, self.tps / 10
            mine = max(100, ceil(max(concurrent, by_rate) * 6 / 5))
            reserved += mine
            # Nine tenths of what the reservation allows: environments, and runs a minute where these are refused first.
            found[f"AlarmFunction{name}NearReservation"] = mine * 9 // 10
            if by_rate > concurrent:
                found[f"AlarmFunction{name}NearRate"] = mine * 10 * 60 * 9 / 10
            found[f"AlarmFunction{name}Slow"] = self.latency_ms / 2
        quota = (self.concurrency or {}).get(here, 5000)
        # For the function that Route 53 calls, and in the standby for the latch too.
        reserved += 2 * 100 if here == "us-west-2" else 100
        found["AlarmAccountConcurrencyHigh"] = reserved + (quota - reserved) * 9 // 10
        if here == "us-west-2":
            found["AlarmTrafficTakenOver"] = 0  # DNS is asked, not the traffic
        return found


SPECS: dict[str, tuple[Wanted, tuple[Change, ...]]] = {
    "shipped": (Wanted(), ()),
    "one minute, 600 ms": (
        Wanted(rpo=60, latency_ms=600),
        (("rpo: 5m", "rpo: 1m"), ("latency: 1s", "latency: 600ms")),
    ),
    "an hour, four seconds": (
        Wanted(rpo=3600, latency_ms=4000),
        (("rpo: 5m", "rpo: 1h"), ("latency: 1s", "latency: 4s")),
    ),
    "half the load, slow checks": (
        Wanted(tps=5000, interval=30, objects=0.0005),
        (
            ("throughput: 10000/s", "throughput: 5000/s"),
            ("interval: 10s", "interval: 30s"),
            ("objects: 0.01", "objects: 0.0005"),
        ),
    ),
    "one transaction a second": (
        Wanted(tps=1, objects=1),
        (("throughput: 10000/s", "throughput: 1/s"), ("objects: 0.01", "objects: 1")),
    ),
    "quotas that differ": (
        Wanted(concurrency={"us-east-1": 1500, "us-west-2": 9000}),
        (
            quotas("lambda_concurrency: 1500", "api_requests: 20000/s"),
            region(WEST, quotas="{lambda_concurrency: 9000}"),
        ),
    ),
    "two functions": (
        Wanted(durations_ms={"TransactionProcessor": 150, "Report": 30}),
        (("duration: 40ms", "duration: 150ms"), function("report", "30ms")),
    ),
    "a third region": (Wanted(rpo=120, replicas=("us-east-2",)), (("rpo: 5m", "rpo: 2m"), third("us-east-2"))),
}


def _alarms(topology: Topology, region_: str) -> dict[str, Resource]:
    stack = next(stack for stack in topology.regional if stack.region == region_)
    return {alarm.id: alarm for alarm in stack.of("CloudWatch::Alarm")}


def _topology(name: str) -> Topology:
    return topology_of(compiled(*SPECS[name][1]).bundle.files)


@pytest.mark.parametrize("name", SPECS)
def test_thresholds(name: str) -> None:
    wanted, _ = SPECS[name]
    topology = _topology(name)
    assert {stack.region for stack in topology.regional} == {"us-east-1", "us-west-2", *wanted.replicas}
    for stack in topology.regional:
        alarms = _alarms(topology, stack.region)
        expected = wanted.thresholds(stack.region)
        assert set(expected) <= set(alarms)
        found = {id_: alarms[id_].properties["Threshold"] for id_ in expected}
        assert found == pytest.approx(expected, rel=1e-9), stack.region


def test_no_other_threshold_depends_on_the_objectives() -> None:
    """Where everything asked for differs, what differs in the templates is what the formulas above know."""
    base = _topology("shipped")
    known = Wanted()
    for name in ("one minute, 600 ms", "half the load, slow checks", "quotas that differ"):
        other = _topology(name)
        for stack in base.regional:
            before, after = _alarms(base, stack.region), _alarms(other, stack.region)
            assert set(before) == set(after)
            moved = {id_ for id_ in before if before[id_].properties["Threshold"] != after[id_].properties["Threshold"]}
            assert moved
            assert moved <= set(known.thresholds(stack.region))


def test_what_is_watched() -> None:
    """Each metric with its own statistic and in the direction that makes sense: above the threshold is bad."""
    topology = _topology("shipped")
    expected = {
        "AlarmTableTransactionsLateTo": ("AWS/DynamoDB", "ReplicationLatency", "Maximum", 1),
        "AlarmTableTransactionsSlowTo": ("AWS/DynamoDB", "ReplicationLatency", "Average", 3),
        "AlarmTableTransactionsHeartbeatOf": ("DR/transactions/prod/a1", "PeerHeartbeatAge", "Maximum", 3),
        "AlarmBucketDocumentsLagFrom": ("AWS/S3", "ReplicationLatency", "Maximum", 1),
        "AlarmBucketDocumentsBacklogFrom": ("AWS/S3", "OperationsPendingReplication", "Maximum", 3),
        "AlarmLogStreamBehind": ("AWS/Kinesis", "GetRecords.IteratorAgeMilliseconds", "Maximum", 3),
        "AlarmApiSlow": ("AWS/ApiGateway", "Latency", "p99", 3),
        "AlarmFunctionTransactionProcessorSlow": ("AWS/Lambda", "Duration", "p99", 3),
        "AlarmFunctionTransactionProcessorNearReservation": ("AWS/Lambda", "ConcurrentExecutions", "Maximum", 3),
        "AlarmFunctionTransactionProcessorNearRate": ("AWS/Lambda", "Invocations", "Sum", 3),
        "AlarmAccountConcurrencyHigh": ("AWS/Lambda", "ClaimedAccountConcurrency", "Maximum", 3),
    }
    for stack in topology.serving:
        alarms = _alarms(topology, stack.region)
        for prefix, (namespace, metric, statistic, periods) in expected.items():
            (alarm,) = (found.properties for id_, found in alarms.items() if id_.startswith(prefix))
            assert (alarm["Namespace"], alarm["MetricName"]) == (namespace, metric)
            assert alarm.get("ExtendedStatistic", alarm.get("Statistic")) == statistic
            assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
            assert (alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"], alarm["Period"]) == (periods, periods, 60)


def test_silence_is_watched_in_each_direction() -> None:
    """A replication that stops publishes nothing, or zero: no limit of the alarms above would ever be passed."""
    topology = _topology("a third region")
    for stack in topology.regional:
        alarms = _alarms(topology, stack.region)
        others = {region_ for region_ in SHORT if region_ != stack.region}
        serving = {served.region for served in topology.serving}
        expected = {f"AlarmBucketDocumentsStalledFrom{SHORT[source]}" for source in others & serving}
        if stack.region in serving:
            expected |= {f"AlarmTableTransactionsStalledTo{SHORT[destination]}" for destination in others}
        assert {id_ for id_ in alarms if "Stalled" in id_} == expected
        for id_ in expected:
            alarm = alarms[id_].properties
            assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")
            assert (alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"]) == (5, 5)
            # The first table has a heartbeat, so that its silence is a fault; nobody may have written a document.
            assert alarm["TreatMissingData"] == ("breaching" if "Table" in id_ else "notBreaching")
    for stack in topology.serving:
        silent = _alarms(topology, stack.region)["AlarmLogStreamSilent"].properties
        assert (silent["Namespace"], silent["MetricName"], silent["Statistic"]) == (
            "AWS/Kinesis", "IncomingRecords", "Sum",
        )  # fmt: skip
        assert (silent["Threshold"], silent["ComparisonOperator"]) == (1, "LessThanThreshold")
        assert (silent["EvaluationPeriods"], silent["TreatMissingData"]) == (10, "breaching")


def test_only_short_runs_are_watched_by_their_rate_too() -> None:
    topology = _topology("two functions")
    for stack in topology.serving:
        alarms = _alarms(topology, stack.region)
        assert {"AlarmFunctionTransactionProcessorNearReservation", "AlarmFunctionReportNearReservation"} <= set(alarms)
        assert [id_ for id_ in alarms if id_.endswith("NearRate")] == ["AlarmFunctionReportNearRate"]


def test_an_account_that_has_just_enough_is_not_in_alarm_for_ever() -> None:
    """What is reserved counts as claimed while nothing runs: 1,300 of 1,500 where there is no latch."""
    alarm = _alarms(_topology("quotas that differ"), "us-east-1")["AlarmAccountConcurrencyHigh"]
    assert 1300 < alarm.properties["Threshold"] == 1480 < 1500
