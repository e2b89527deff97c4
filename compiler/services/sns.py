"""SNS: the topic of every stack that its alarms report to, under the stack's key."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.ir import policies
from compiler.ir.elements import Block, Condition, Element, Json, Output, Param, Ref, StackId
from compiler.ir.names import physical
from compiler.ir.template import View
from compiler.services import kms
from compiler.services.base import Alarm, Metric, is_given, parameter, scoped
from compiler.topology.model import Topology

_AT = ("alerts",)


class TopicView(View, partial="sns/topic.json.j2"):
    id: str
    name: Json
    key_id: Ref
    tags: Json


class TopicPolicyView(View, partial="sns/topic-policy.json.j2"):
    id: str
    topic_arn: Ref
    policy: Json


class SubscriptionView(View, partial="sns/subscription.json.j2"):
    id: str
    topic_arn: Ref
    protocol: str
    endpoint: Json


def topic(stack: StackId) -> Ref:
    """The topic that alarms of the stack report to; its `Ref` is its ARN."""
    return Ref(stack, "AlertTopic")


def declare(topology: Topology) -> Iterator[Element]:
    for stack in topology.stacks:
        name = physical("topic", scoped(stack, "alerts"))
        view = TopicView(topic(stack).resource, name, kms.key_arn(stack), topology.tag_list(stack))
        yield Block(stack, view, _AT)
        policy = policies.document(_statements(topic(stack)))
        policy_view = TopicPolicyView("AlertTopicPolicy", topic(stack), policy)
        yield Block(stack, policy_view, _AT)
        yield parameter(
            stack,
            "alertEmail",
            "E-mail address that receives alarms; empty for none.",
            Default=topology.spec.alerts.email or "",
            AllowedPattern=r"^$|^[^@\s]+@[^@\s]+\.[^@\s]+$",
            ConstraintDescription="must be empty or an e-mail address",
        )
        yield Condition(stack, "HasAlertEmail", is_given("alertEmail"))
        subscription = SubscriptionView("AlertSubscription", topic(stack), "email", Param("alertEmail"))
        yield Block(stack, subscription, ("alerts", "email"),
            condition="HasAlertEmail",
        )  # fmt: skip
        yield Output(stack, "AlertTopicArn", topic(stack), "ARN of the topic that receives alarms.", _AT)


def _statements(topic: Ref) -> Iterator[policies.Statement]:
    # A policy of one's own replaces the default one, so it has to let the alarms in.
    yield policies.statement(
        "AlarmsPublish",
        ("sns:Publish",),
        topic,
        principal=policies.service("cloudwatch"),
        condition=policies.SAME_ACCOUNT,
    )
    yield policies.statement(
        "AccountPublishesAndSubscribes",
        ("sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", "sns:Publish", "sns:Subscribe"),
        topic,
        principal=policies.ROOT,
    )
    yield policies.statement(
        "OnlyEncryptedTransport",
        ("sns:Publish",),
        topic,
        principal="*",
        condition={"Bool": {"aws:SecureTransport": "false"}},
        effect="Deny",
        reason="a refusal has to hold for everybody",
    )


def alarms(topology: Topology) -> Iterator[Alarm]:
    for stack in topology.stacks:
        yield Alarm(
            stack,
            "AlertTopicUndelivered",
            scoped(stack, "alerts-undelivered"),
            "Alerts could not be delivered to a subscriber. Check the subscriptions of the topic.",
            _AT,
            threshold=0,
            metric=Metric(
                "AWS/SNS",
                "NumberOfNotificationsFailed",
                {"TopicName": topic(stack).att("TopicName")},
                "Sum",
                300,
            ),
            periods=1,
            datapoints=1,
        )
