"""SNS: topics that somebody reads, and that say so when they cannot deliver."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.types.cloudwatch import ALARM, ALARMS
from compiler.aws.types.sns import SUBSCRIPTION, TOPIC
from compiler.diagnostics.model import Rule, Severity
from compiler.findings.finding import Finding
from compiler.rollout.state import Resource
from compiler.rules.cloudwatch import watched
from compiler.rules.deployed import DOCS, Deployed, reports

DR478 = Rule(
    "DR478",
    "alerts-nobody",
    says="nobody is subscribed to the alarms of a stack",
    why="The alarms are raised and reach a topic that has no subscriber. Nobody learns of a failover.",
    fix="add an entry to `alerts.subscriptions`; kinds `sqs` and `lambda` need one for each region",
    source=DOCS + "AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html",
    severity=Severity.WARNING,
    traps=(56,),
)


@reports(DR478)
def subscribed(deployed: Deployed) -> Iterator[Finding]:
    """Every topic that alarms report to has a subscriber in its region."""
    held = {found.owner for item in deployed.of(SUBSCRIPTION) if (found := deployed.owner(item.get("TopicArn")))}
    silent = [
        topic for topic in deployed.of(TOPIC)
        if topic.owner not in held and not topic.list("Subscription")
        and any(_reports_to(deployed, alarm, topic) for alarm in deployed.of(*ALARMS))
    ]  # fmt: skip
    if silent:
        # One finding, so that one decision accepts it.
        names = " and ".join(dict.fromkeys(f"`{topic.id}`" for topic in silent))
        where = " and ".join(dict.fromkeys(topic.region for topic in silent))
        message = f"nobody is subscribed to {names} in {where}, which alarms report to"
        yield Finding(DR478, message, silent[0].owner)


def _reports_to(deployed: Deployed, alarm: Resource, topic: Resource) -> bool:
    found = (deployed.owner(value) for value in alarm.list("AlarmActions"))
    return any(item is not None and item.owner == topic.owner for item in found)


DR479 = Rule(
    "DR479",
    "undelivered",
    says="an alarm on undelivered notifications reports to the topic that cannot deliver",
    why="The notification about the failure fails like the others.",
    fix="let the alarm report to another topic of the region, with a subscriber of another kind",
    source=DOCS + "sns/latest/dg/sns-monitoring-using-cloudwatch.html",
    acceptable=True,
    traps=(57,),
)


@reports(DR479)
def undelivered(deployed: Deployed) -> Iterator[Finding]:
    """An alarm on what a topic could not deliver reports to another topic."""
    for alarm in deployed.of(ALARM):
        for metric in watched(alarm):
            if metric.name != "NumberOfNotificationsFailed":
                continue
            topic = deployed.owner(metric.dimensions.get("TopicName"), (TOPIC,), alarm.region)
            if topic is not None and _reports_to(deployed, alarm, topic):
                message = f"`{alarm.id}` reports to `{topic.id}`, whose failures it is there for"
                yield Finding(DR479, message, alarm.owner, related=((topic.owner, "the topic"),))
