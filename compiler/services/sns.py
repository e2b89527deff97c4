"""SNS: the topics of every stack that its alarms report to, under the stack's key, and who is subscribed to them.

Alarms report to one topic. The alarm on what this topic could not deliver reports to another one, which has its own
policy and subscribers: a topic that cannot deliver cannot say so. A subscriber must be in the region of its topic, so
that no alarm depends on the other region. Queues, functions and addresses belong to their owners, and so do the
policies that let SNS in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256

from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.ir import policies
from compiler.ir.elements import Block, Element, Given, Json, Output, Ref, StackId, pascal
from compiler.ir.names import physical
from compiler.ir.template import View
from compiler.services import existing_receivers, kms
from compiler.services.base import Alarm, Metric, scoped
from compiler.spec.operations import ENDPOINTS, Kind, Subscription
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
    endpoint: str


def topic(stack: StackId) -> Ref:
    """The topic that alarms of the stack report to; its `Ref` is its ARN."""
    return Ref(stack, "AlertTopic")


def fallback(stack: StackId) -> Ref:
    """The topic that tells when the other one could not deliver."""
    return Ref(stack, "AlertFallbackTopic")


def declare(topology: Topology) -> Iterator[Element]:
    """Two topics with their subscriptions in each stack, or the existing topic of its region."""
    for stack in topology.stacks:
        known = existing_receivers.topic(topology, stack)
        if known is not None:
            yield Given(stack, topic(stack).resource, {None: known})
            yield Output(stack, "AlertTopicArn", known, "ARN of the topic that receives alarms.", _AT)
            continue
        yield from _topic(topology, topic(stack), "alerts")
        yield from _topic(topology, fallback(stack), "alerts-fallback")
        here = tuple(_here(topology, stack))
        mail = tuple(item for item in here if item[1].kind is Kind.EMAIL)
        # Mail needs nothing of ours to be up, so it is the second way out where there is one.
        for ref, word, chosen in ((topic(stack), "Alert", here), (fallback(stack), "AlertFallback", mail or here)):
            for position, entry in chosen:
                # Endpoints that differ by their regions are the same one in each region.
                digest = sha256(entry.to.replace(_region(entry) or " ", "").encode()).hexdigest()[:8]
                id_ = f"{word}To{pascal(str(entry.kind))}{digest}"
                view = SubscriptionView(id_, ref, str(entry.kind), entry.to)
                yield Block(stack, view, ("alerts", "subscriptions", position))
        yield Output(stack, "AlertTopicArn", topic(stack), "ARN of the topic that receives alarms.", _AT)


def _topic(topology: Topology, ref: Ref, entry: str) -> Iterator[Block]:
    stack = ref.stack
    name = physical("topic", scoped(stack, entry))
    yield Block(stack, TopicView(ref.resource, name, kms.key_arn(stack), topology.tag_list(stack)), _AT)
    policy = policies.document(_statements(ref))
    yield Block(stack, TopicPolicyView(pascal(ref.resource, "policy"), ref, policy), _AT)


def _here(topology: Topology, stack: StackId) -> Iterator[tuple[int, Subscription]]:
    """The subscriptions of a stack's topic, each with its position in the spec."""
    for position, entry in enumerate(topology.spec.alerts.subscriptions):
        if _region(entry) in (None, stack.region):
            yield position, entry


def _region(entry: Subscription) -> str | None:
    """The region that a subscription is for; None where it is for all."""
    return entry.to.split(":")[3] if entry.to.startswith("arn:") else None


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
    """Alerts that a topic of ours could not deliver."""
    for stack in topology.stacks:
        if existing_receivers.topic(topology, stack):
            # Who owns the topic watches whether it delivers, and has the other topic that this must be told through.
            continue
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
            topic=fallback(stack),
        )


def rules(topology: Topology) -> Iterator[Finding]:
    """Subscriptions, or topics that exist; reports DR362 to DR364 and DR481."""
    if topology.spec.alerts.existing:
        yield from existing_receivers.topic_rules(topology)
        return
    regions = {stack.region for stack in topology.stacks}
    seen: dict[str, int] = {}
    for position, entry in enumerate(topology.spec.alerts.subscriptions):
        at = ("alerts", "subscriptions", position, "to")
        region = _region(entry)
        if not re.fullmatch(ENDPOINTS[str(entry.kind)], entry.to):
            meant = next(kind for kind, pattern in ENDPOINTS.items() if re.fullmatch(pattern, entry.to))
            message = f"`{entry.to}` is not an endpoint of the kind `{entry.kind}`"
            yield Finding(Code.DR481, message, at, help=f"write `kind: {meant}`, or another endpoint")
        elif region is not None and region not in regions:
            message = f"no topic is in {region}: `{entry.to}` would receive nothing"
            yield Finding(Code.DR481, message, at, help=f"name one in {' or '.join(sorted(regions))}")
        if entry.to in seen:
            related = ((("alerts", "subscriptions", seen[entry.to]), "subscribed here"),)
            yield Finding(Code.DR481, f"`{entry.to}` is subscribed twice", at, related=related, help="remove one entry")
        seen.setdefault(entry.to, position)
