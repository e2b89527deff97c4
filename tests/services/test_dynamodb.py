"""DynamoDB: one global table per entry, owned by the primary stack, whole in every region."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from compiler.aws.facts import dynamodb as facts
from compiler.aws.metric_math import evaluate
from tests.helpers import Topology, each_odd_spec, odd, odd_specs, shipped
from tests.services.placement import placed
from tests.world import Resource, Stack

TYPES = ("DynamoDB::GlobalTable", "DynamoDB::Table")
LATCH = {"secondary": {"TableLatch"}}
"""The latch's own table, of one region: it is no data of clients."""


@pytest.mark.parametrize(
    ("topology", "expected"),
    [
        (shipped, {"primary": {"TableTransactions"}} | LATCH),
        (lambda: odd("three-regions"), {"primary": {"TableOrders"}} | LATCH),
        (lambda: odd("many-tables"), {"primary": {"TableOrders", "TableSessions", "TableCounters"}} | LATCH),
        (lambda: odd("two-buckets"), LATCH),
    ],
    ids=["two regions", "three regions", "three tables", "no table"],
)
def test_placement(topology: Callable[[], Topology], expected: dict[str, set[str]]) -> None:
    """Declared in one stack only: a second declaration of the same table is an error."""
    assert placed(topology, TYPES) == expected


@pytest.mark.parametrize("name", each_odd_spec())
def test_a_replica_in_every_region_its_own_included(name: str) -> None:
    topology = odd(name)
    regions = sorted(stack.region for stack in topology.regional)
    for table in topology.primary.of("DynamoDB::GlobalTable"):
        replicas = table.properties["Replicas"]
        assert sorted(replica["Region"] for replica in replicas) == regions
        assert topology.stacks[table.stack].region in regions


@pytest.mark.parametrize("name", each_odd_spec())
def test_recovery_and_protection_are_set_on_every_replica(name: str) -> None:
    """Neither is ever copied from another replica."""
    for table in odd(name).primary.of("DynamoDB::GlobalTable"):
        for replica in table.properties["Replicas"]:
            recovery = replica["PointInTimeRecoverySpecification"]
            assert recovery["PointInTimeRecoveryEnabled"] is True
            assert 1 <= recovery["RecoveryPeriodInDays"] <= 35
            assert replica["DeletionProtectionEnabled"] is True


@pytest.mark.parametrize("name", each_odd_spec())
def test_on_demand_with_a_stream_where_replication_needs_one(name: str) -> None:
    for table in odd(name).primary.of("DynamoDB::GlobalTable"):
        assert table.properties["BillingMode"] == "PAY_PER_REQUEST"
        stream = {"StreamViewType": "NEW_AND_OLD_IMAGES"}
        if table.properties.get("MultiRegionConsistency") == "STRONG":
            assert len(table.properties["Replicas"]) == 3
            assert "TimeToLiveSpecification" not in table.properties
        else:
            assert table.properties["StreamSpecification"] == stream


def test_a_retention_is_a_time_to_live_that_functions_are_told_of() -> None:
    table = shipped().primary.resources["TableTransactions"].properties
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    for stack in shipped().serving:
        for function in ("FunctionTransactionProcessor", "FunctionHealth"):
            variables = stack.resources[function].properties["Environment"]["Variables"]
            entry = json.loads(variables["TABLES"])["transactions"]
            assert (entry["expires"], entry["retention_seconds"]) == ("expires_at", 3650 * 86_400)


def test_no_loss_allowed_makes_tables_strongly_consistent_and_nothing_else_does() -> None:
    strong = [
        name
        for name in odd_specs()
        for table in odd(name).primary.of("DynamoDB::GlobalTable")
        if table.properties.get("MultiRegionConsistency") == "STRONG"
    ]
    assert strong == ["strong"]
    assert not [key for key in odd("strong").primary.outputs if key.endswith("StreamArn") and "Table" in key]


def _keys(table: Resource) -> set[str]:
    schemas = [table.properties["KeySchema"]]
    schemas += [index["KeySchema"] for index in table.properties.get("GlobalSecondaryIndexes", [])]
    return {part["AttributeName"] for schema in schemas for part in schema}


@pytest.mark.parametrize("name", each_odd_spec())
def test_attributes_are_exactly_the_keys(name: str) -> None:
    """DynamoDB refuses a table with an attribute that is no key, or a key without its attribute."""
    for table in odd(name).primary.of("DynamoDB::GlobalTable"):
        defined = [item["AttributeName"] for item in table.properties["AttributeDefinitions"]]
        assert sorted(defined) == sorted(_keys(table))


def test_keys_types_indexes_and_expiry_are_those_of_the_spec() -> None:
    tables = {table.id: table.properties for table in odd("many-tables").primary.of("DynamoDB::GlobalTable")}
    orders = tables["TableOrders"]
    assert orders["KeySchema"] == [
        {"AttributeName": "customer_id", "KeyType": "HASH"},
        {"AttributeName": "placed_at", "KeyType": "RANGE"},
    ]
    types = {item["AttributeName"]: item["AttributeType"] for item in orders["AttributeDefinitions"]}
    assert types == {"customer_id": "S", "placed_at": "N", "state": "S", "amount": "N"}
    by_state, by_amount = orders["GlobalSecondaryIndexes"]
    assert (by_state["IndexName"], by_state["Projection"]["ProjectionType"]) == ("by-state", "ALL")
    assert (by_amount["IndexName"], by_amount["Projection"]["ProjectionType"]) == ("by-amount", "KEYS_ONLY")
    assert by_amount["KeySchema"][1] == {"AttributeName": "amount", "KeyType": "RANGE"}
    assert tables["TableSessions"]["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert tables["TableSessions"]["AttributeDefinitions"] == [{"AttributeName": "token", "AttributeType": "B"}]
    assert tables["TableSessions"]["Replicas"][0]["PointInTimeRecoverySpecification"]["RecoveryPeriodInDays"] == 7
    assert "TimeToLiveSpecification" not in orders
    assert tables["TableCounters"]["AttributeDefinitions"][0] == {"AttributeName": "shard", "AttributeType": "N"}


def test_warm_throughput_is_that_of_the_objectives() -> None:
    """10,000 transactions a second, a strong read and a write of 1 KB each: 10,000 units, not the initial 4,000."""
    warm = shipped().primary.one("DynamoDB::GlobalTable").properties["WarmThroughput"]
    assert warm == {"ReadUnitsPerSecond": facts.INITIAL_READS.value, "WriteUnitsPerSecond": 10_000}
    tables = {table.id: table.properties for table in odd("many-tables").primary.of("DynamoDB::GlobalTable")}
    # 1,000/s x 2 writes x 3 units of 1 KB; 1,000/s x 4 strong reads x 1 unit of 4 KB.
    assert tables["TableOrders"]["WarmThroughput"] == {"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 6_000}
    by_state, by_amount = tables["TableOrders"]["GlobalSecondaryIndexes"]
    assert by_state["WarmThroughput"]["WriteUnitsPerSecond"] == 6_000
    assert by_amount["WarmThroughput"]["WriteUnitsPerSecond"] == facts.INITIAL_WRITES.value


def alarms(stack: Stack, metric: str) -> list[dict[str, Any]]:
    """Alarms of a stack on one metric, alone or in metric math."""
    found = []
    for alarm in stack.of("CloudWatch::Alarm"):
        p = dict(alarm.properties)
        names = [p.get("MetricName")]
        names += [
            query["MetricStat"]["Metric"]["MetricName"] for query in p.get("Metrics", []) if "MetricStat" in query
        ]
        if metric in names:
            found.append(p)
    return found


@pytest.mark.parametrize("name", [*(n for n in odd_specs() if n not in ("strong", "two-buckets"))])
def test_lag_is_watched_where_the_writes_begin(name: str) -> None:
    """ReplicationLatency appears in the source region, by receiving region, in milliseconds."""
    topology = odd(name)
    tables = [table.properties["TableName"] for table in topology.primary.of("DynamoDB::GlobalTable")]
    for stack in topology.regional:
        lag = [p for p in alarms(stack, "ReplicationLatency") if p.get("Namespace") == "AWS/DynamoDB"]
        watched = {tuple(sorted((d["Name"], d["Value"]) for d in p["Dimensions"])) for p in lag}
        expected: set[tuple[tuple[str, str], ...]] = set()
        if stack in topology.serving:
            others = [other.region for other in topology.regional if other is not stack]
            expected = {(("ReceivingRegion", region), ("TableName", table)) for table in tables for region in others}
        assert watched == expected


def test_lag_thresholds_follow_from_the_recovery_point() -> None:
    late, slow = sorted(
        (p for p in alarms(shipped().primary, "ReplicationLatency") if p.get("Namespace") == "AWS/DynamoDB"),
        key=lambda p: -float(p["Threshold"]),
    )
    assert late["Threshold"] == 300_000
    assert slow["Threshold"] < late["Threshold"]
    assert {late["TreatMissingData"], slow["TreatMissingData"]} == {"ignore"}


def _stalled(stack: Stack, destination: Stack, table: str = "TableTransactions") -> Resource:
    region = "".join(word.capitalize() for word in destination.region.split("-"))
    return stack.resources[f"Alarm{table}StalledTo{region}"]


def _outcome(alarm: Resource, **values: float | None) -> bool:
    """Whether an alarm on metric math breaches at one moment, by the values of its metrics; None is a gap."""
    (judged,) = (q["Expression"] for q in alarm.properties["Metrics"] if q["ReturnData"])
    value = evaluate(judged, values)
    return alarm.properties["TreatMissingData"] == "breaching" if value is None else value > 0


def test_a_heartbeat_that_arrives_nowhere_raises_an_alarm() -> None:
    """The metric is published when something arrives: silence and a fall to zero are the same fault."""
    primary, secondary = shipped().serving
    for here, there in ((primary, secondary), (secondary, primary)):
        alarm = _stalled(here, there)
        assert _outcome(alarm, latency=None)
        assert _outcome(alarm, latency=0.0)
        assert not _outcome(alarm, latency=900.0)
        p = alarm.properties
        assert (p["EvaluationPeriods"], p["DatapointsToAlarm"], p["TreatMissingData"]) == (5, 5, "breaching")


def test_a_table_that_nobody_writes_to_raises_none() -> None:
    """No heartbeat is declared there, so silence is a fault in a minute with writes of clients only."""
    primary, secondary = odd("europe").serving
    alarm = _stalled(primary, secondary, "TablePayments")
    idle = dict.fromkeys(("latency", "w0", "w1", "w2", "w3"))
    assert not _outcome(alarm, **idle)
    assert _outcome(alarm, **{**idle, "w1": 12.0})
    assert _outcome(alarm, **{**idle, "w3": 12.0, "latency": 0.0})
    assert not _outcome(alarm, **{**idle, "w1": 12.0, "latency": 900.0})
    assert alarm.properties["TreatMissingData"] == "notBreaching"
    assert not alarms(primary, "PeerHeartbeatAge")


def test_the_surviving_region_measures_the_age_of_the_heartbeat() -> None:
    for stack in shipped().serving:
        (p,) = alarms(stack, "PeerHeartbeatAge")
        assert p["Namespace"] == "DR/transactions/prod/a1"
        assert p["Threshold"] == 150, "half of the recovery point objective, to be told before it is lost"
        assert p["EvaluationPeriods"] == 3
        assert p["TreatMissingData"] == "breaching"


@pytest.mark.parametrize("name", ["three-regions", "many-tables"])
def test_throttling_is_watched_in_every_region_for_tables_and_indexes_and_ends(name: str) -> None:
    """Alarms on DynamoDB keep their state while no data arrives: sums are filled with zeros."""
    topology = odd(name)
    table = topology.primary.of("DynamoDB::GlobalTable")[0]
    indexes = [index["IndexName"] for index in table.properties.get("GlobalSecondaryIndexes", [])]
    for stack in topology.regional:
        for metric in ("ReadThrottleEvents", "WriteThrottleEvents"):
            watched = set()
            for p in alarms(stack, metric):
                (query,) = (q for q in p["Metrics"] if "MetricStat" in q)
                (judged,) = (q for q in p["Metrics"] if q["ReturnData"])
                assert judged["Expression"] == f"FILL({query['Id']}, 0)"
                assert p["TreatMissingData"] == "notBreaching"
                assert query["MetricStat"]["Stat"] == "Sum"
                dimensions = {d["Name"]: d["Value"] for d in query["MetricStat"]["Metric"]["Dimensions"]}
                if dimensions.pop("TableName") == table.properties["TableName"]:
                    watched.add(dimensions.get("GlobalSecondaryIndexName"))
            assert watched == {None, *indexes}


def test_failures_are_watched_with_the_dimension_that_has_data() -> None:
    """SystemErrors is published per table and operation; an alarm on the table alone never gets data."""
    for stack in shipped().regional:
        (p,) = alarms(stack, "SystemErrors")
        queries = [q["MetricStat"]["Metric"] for q in p["Metrics"] if "MetricStat" in q]
        for metric in queries:
            assert sorted(d["Name"] for d in metric["Dimensions"]) == ["Operation", "TableName"]
        operations = {d["Value"] for m in queries for d in m["Dimensions"] if d["Name"] == "Operation"}
        assert {"GetItem", "PutItem", "UpdateItem", "Query"} == operations


def test_every_region_says_name_and_arn_of_its_replica() -> None:
    for stack in odd("three-regions").regional:
        assert stack.outputs["TableOrdersName"] == "table-orders-prod-a1"
        # The stack that owns the table gives the ARN of the resource: it is there once the table is.
        owned = "<primary.us-east-1/TableOrders.Arn>" if stack.name == "primary.us-east-1" else None
        named = f"arn:aws:dynamodb:{stack.region}:123456789012:table/table-orders-prod-a1"
        assert stack.outputs["TableOrdersArn"] == (owned or named)
