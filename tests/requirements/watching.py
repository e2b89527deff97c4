"""Alarms, topics and logs."""

from __future__ import annotations

from typing import Any

from tests.helpers import Topology
from tests.world import Stack


def watched(stack: Stack, namespace: str, metric: str) -> list[dict[str, Any]]:
    """Alarms of a stack on one metric, alone or in metric math."""
    found = []
    for alarm in stack.of("CloudWatch::Alarm"):
        p = dict(alarm.properties)
        pairs = [(p.get("Namespace"), p.get("MetricName"))]
        metrics = [query["MetricStat"]["Metric"] for query in p.get("Metrics", []) if "MetricStat" in query]
        pairs += [(metric["Namespace"], metric["MetricName"]) for metric in metrics]
        if (namespace, metric) in pairs:
            found.append(p)
    return found


def throttle_alarms(topology: Topology) -> None:
    """In both regions an alarm on refused reads and one on refused writes for every table, which end when throttling
    does.
    """
    tables = [table.properties["TableName"] for table in topology.primary.of("DynamoDB::GlobalTable")]
    assert tables
    for stack in topology.regional:
        for metric in ("ReadThrottleEvents", "WriteThrottleEvents"):
            found = watched(stack, "AWS/DynamoDB", metric)
            names = set()
            for p in found:
                (query,) = (q["MetricStat"]["Metric"] for q in p["Metrics"] if "MetricStat" in q)
                names |= {d["Value"] for d in query["Dimensions"] if d["Name"] == "TableName"}
                assert any(q.get("Expression", "").startswith("FILL(") for q in p["Metrics"])
            assert names == set(tables), f"{metric} in {stack.region}"


def replication_alarms(topology: Topology) -> None:
    """For every replicated bucket: lag and backlog in the destination region, where those metrics are, failures in
    the source region.
    """
    for source in topology.serving:
        for destination in topology.regional:
            if destination is source:
                continue
            for metric, where in (
                ("ReplicationLatency", destination),
                ("OperationsPendingReplication", destination),
                ("OperationsFailedReplication", source),
            ):
                rule = f"{source.region}-to-{destination.region}"
                rules = [
                    d["Value"]
                    for p in watched(where, "AWS/S3", metric)
                    for d in p.get("Dimensions", ())
                    if d["Name"] == "RuleId"
                ]
                assert rule in rules, f"{metric} of {rule} is not watched in {where.region}"


def function_alarms(topology: Topology) -> None:
    """For every function in both regions: share of failed runs, refused invocations, slow runs, and its reservation
    running out.
    """
    for stack in topology.serving:
        functions = {function.ref for function in stack.of("Lambda::Function")}
        assert functions
        for metric in ("Errors", "Invocations", "Throttles", "Duration"):
            found = set()
            for p in watched(stack, "AWS/Lambda", metric):
                dimensions = p.get("Dimensions") or p["Metrics"][0]["MetricStat"]["Metric"]["Dimensions"]
                found |= {d["Value"] for d in dimensions}
            # Route 53's own functions serve no client: how long they take is no objective.
            ours = {f"<{stack.name}/{id_}>" for id_ in ("FunctionHealth", "FunctionLatch")}
            assert found >= (functions if metric in ("Errors", "Throttles") else functions - ours), metric
        # A slow table keeps all environments busy at a rate that is still normal.
        near = watched(stack, "AWS/Lambda", "ConcurrentExecutions")
        assert {p["Dimensions"][0]["Value"] for p in near} == functions


def topics(topology: Topology) -> None:
    """Every stack has topics under its key, whose policies let alarms of this account publish, and each topic has a
    subscriber.
    """
    for stack in topology.stacks.values():
        told = {subscription.properties["TopicArn"] for subscription in stack.of("SNS::Subscription")}
        assert stack.of("SNS::Topic")
        for topic in stack.of("SNS::Topic"):
            assert topic.ref in told, f"nobody is subscribed to {topic.id} in {stack.name}"
            assert topic.properties.get("KmsMasterKeyId") == stack.one("KMS::Key").arn
            assert f"{topic.id}Policy" in stack.resources, f"{topic.id} has no policy in {stack.name}"
            policy = stack.resources[f"{topic.id}Policy"].properties
            assert policy["Topics"] == [topic.ref]
            allowed = [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Allow"]
            assert {"Service": "cloudwatch.amazonaws.com"} in [s["Principal"] for s in allowed]


def alarm_actions(topology: Topology) -> None:
    """Every alarm and composite alarm tells a topic of its own stack, and so of its own region, when it begins and
    when it ends. The alarm on what the topic could not deliver tells another one.
    """
    for stack in topology.stacks.values():
        assert {"AlertTopic", "AlertFallbackTopic"} <= stack.resources.keys(), stack.name
        topic, other = stack.resources["AlertTopic"].ref, stack.resources["AlertFallbackTopic"].ref
        alarms = [*stack.of("CloudWatch::Alarm"), *stack.of("CloudWatch::CompositeAlarm")]
        assert alarms, f"{stack.name} has no alarm"
        for alarm in alarms:
            told = [other if alarm.properties.get("MetricName") == "NumberOfNotificationsFailed" else topic]
            assert alarm.properties.get("AlarmActions") == told, alarm.id
            assert alarm.properties.get("OKActions") == told, alarm.id
            assert alarm.properties.get("ActionsEnabled") is True


def failover_alarms(topology: Topology) -> None:
    """Health of both regions raises alarms, and so do clients arriving in the standby, there and not in the region
    that failed.
    """
    checks = {
        d["Value"] for p in watched(topology.global_, "AWS/Route53", "HealthCheckStatus") for d in p["Dimensions"]
    }
    names = ("HealthCheckPrimaryFree", "HealthCheckSecondary")
    assert checks == {topology.global_.resources[name].ref for name in names if name in topology.global_.resources}
    assert len(checks) == 2
    latch = watched(topology.secondary, "DR/transactions/prod/a1", "AnswersHere")
    answers = [p for p in latch if p["Statistic"] == "Maximum"]
    assert answers, "nothing in the standby notices that clients have come"
    for stack in topology.serving:
        assert stack.of("CloudWatch::CompositeAlarm"), f"{stack.region} is not summed up"
    alarm_actions(topology)


def log_subscriptions(topology: Topology) -> None:
    """Log groups of functions and API are subscribed to a destination in their region, whose stream is in the other
    region.
    """
    primary, secondary = topology.serving
    for here, there in ((primary, secondary), (secondary, primary)):
        destination = here.one("Logs::Destination")
        assert destination.properties["TargetArn"] == there.one("Kinesis::Stream").arn
        subscribed = {s.properties["LogGroupName"] for s in here.of("Logs::SubscriptionFilter")}
        groups = {here.resources[f"{f.id}Logs"].ref for f in here.of("Lambda::Function")} | {
            here.resources["ApiLogs"].ref, here.resources["HealthApiLogs"].ref
        }  # fmt: skip
        assert subscribed == groups
        for subscription in here.of("Logs::SubscriptionFilter"):
            assert subscription.properties["DestinationArn"] == destination.arn
        delivery = there.one("KinesisFirehose::DeliveryStream").properties
        assert delivery["KinesisStreamSourceConfiguration"]["KinesisStreamARN"] == there.one("Kinesis::Stream").arn


def comprehensive(topology: Topology) -> None:
    """Throttling, replication, functions, API, certificates, quotas, log delivery, undelivered alerts and failover
    all raise alarms that tell somebody.
    """
    throttle_alarms(topology)
    replication_alarms(topology)
    function_alarms(topology)
    failover_alarms(topology)
    for stack in topology.serving:
        for namespace, metric in (
            ("AWS/ApiGateway", "5xx"),
            ("AWS/ApiGateway", "Latency"),
            ("AWS/CertificateManager", "DaysToExpiry"),
            ("AWS/Lambda", "ClaimedAccountConcurrency"),
            ("AWS/DynamoDB", "SystemErrors"),
            ("AWS/DynamoDB", "ReplicationLatency"),
            ("AWS/Kinesis", "WriteProvisionedThroughputExceeded"),
            ("AWS/Firehose", "DeliveryToS3.DataFreshness"),
            ("AWS/SNS", "NumberOfNotificationsFailed"),
        ):
            assert watched(stack, namespace, metric), f"{metric} is not watched in {stack.region}"
    alarm_actions(topology)


def alarms_of_data(topology: Topology) -> None:
    """Throttling of tables, lag of replication, errors of functions."""
    throttle_alarms(topology)
    replication_alarms(topology)
    function_alarms(topology)
