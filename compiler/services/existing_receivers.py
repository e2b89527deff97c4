"""Topics and log destinations that exist already: one for each region, and what their policies must allow.

Both may belong to another account, such as the one of a monitoring or log team: SNS and CloudWatch Logs let a policy
say so. https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html and
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CrossAccountSubscriptions.html (read 2026-11-26)
"""

from __future__ import annotations

from collections.abc import Iterator

from compiler.findings.finding import Finding
from compiler.ir import policies
from compiler.ir.elements import ACCOUNT, Json, StackId, Text
from compiler.ir.names import arn
from compiler.services import existing, kms
from compiler.topology.model import Topology


def topic(topology: Topology, stack: StackId) -> str | None:
    """The ARN of the topic that exists already in the region of a stack; None where the topology makes one."""
    return existing.in_region(topology.spec.alerts.existing, stack)


def destination(topology: Topology, stack: StackId) -> str | None:
    """The ARN of the log destination that exists already in a stack's region; None where the topology makes one."""
    return existing.in_region(topology.spec.logs.existing, stack)


def topic_rules(topology: Topology) -> Iterator[Finding]:
    """Topics that exist, one for each region with a stack; reports DR362 to DR364."""
    alerts = topology.spec.alerts
    if alerts.existing:
        at = ("alerts", "existing")
        yield from existing.one_each(topology, alerts.existing, at, topology.stacks, "topic")
        yield from existing.without_effect("alerts", alerts, ("subscriptions",), "topics")


def destination_rules(topology: Topology) -> Iterator[Finding]:
    """Log destinations that exist, one for each serving region; reports DR362 to DR364."""
    logs = topology.spec.logs
    if logs.existing:
        at = ("logs", "existing")
        yield from existing.one_each(topology, logs.existing, at, topology.serving, "log destination")
        yield from existing.without_effect("logs", logs, ("archive_retention",), "log destinations")


def topic_policies(topology: Topology, account: str) -> dict[str, Json]:
    """What the policies of each topic and of its key must hold, by region, with the account as a plain text."""
    return {
        existing.region_of(known): {
            "topic": _document(topology, account, _publishes(known)),
            "key": _document(topology, account, kms.alarms_publish()),
        }
        for known in topology.spec.alerts.existing
    }


def _publishes(topic: str) -> policies.Statement:
    from_here = arn("cloudwatch", existing.region_of(topic), "alarm:*")
    return policies.statement(
        "AlarmsPublish",
        ("sns:Publish",),
        topic,
        principal=policies.service("cloudwatch"),
        condition={**policies.SAME_ACCOUNT, "ArnLike": {"aws:SourceArn": from_here}},
    )


def log_policies(topology: Topology, account: str) -> dict[str, Json]:
    """What the policy of each log destination must hold, by region, with the account as a plain text."""
    return {
        existing.region_of(known): _document(topology, account, account_subscribes(known))
        for known in topology.spec.logs.existing
    }


def account_subscribes(destination: Text | str) -> policies.Statement:
    """Lets this account send log events to the destination with this ARN."""
    # An account id, not an ARN: the service refuses the latter.
    principal: dict[str, Json] = {"AWS": ACCOUNT}
    return policies.statement("AccountSubscribes", ("logs:PutSubscriptionFilter",), destination, principal=principal)


def _document(topology: Topology, account: str, statement: policies.Statement) -> Json:
    return existing.plain(policies.document((statement,)), account, topology.partition)
