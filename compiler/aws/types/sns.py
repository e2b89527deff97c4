"""Resource types of Amazon Simple Notification Service."""

from __future__ import annotations

from types import MappingProxyType

from compiler.aws.facts import sns
from compiler.aws.types import kms
from compiler.aws.types.record import Lookup, Name, ResourceType, members_needed

SUBSCRIPTION = "AWS::SNS::Subscription"
TOPIC = "AWS::SNS::Topic"
TOPIC_POLICY = "AWS::SNS::TopicPolicy"
_ARN = "arn:{partition}:sns:{region}:{account}:{name}"

TYPES = (
    ResourceType(
        SUBSCRIPTION,
        name=None,
        holds=None,
        needs=members_needed(("TopicArn", "its topic")),
        replaced="the new address receives alarms after it has confirmed; the old one still receives them",
        left="its address still receives alarms",
    ),
    ResourceType(
        TOPIC,
        name=Name("TopicName", sns.TOPIC_NAME_CHARACTERS, Lookup("sns", "GetTopicAttributes", {"TopicArn": "{arn}"})),
        holds=None,
        ref=_ARN,
        arn=_ARN,
        attributes=MappingProxyType({"TopicName": "{name}", "TopicArn": _ARN}),
        dimension=("AWS/SNS", "TopicName"),
        needs=members_needed(("KmsMasterKeyId", "its key"), kinds=(kms.ALIAS,)),
        replaced="addresses that were subscribed by hand stay subscribed to the old topic",
    ),
    ResourceType(
        TOPIC_POLICY,
        name=None,
        holds=None,
        policies=("PolicyDocument",),
        needs=members_needed(("Topics", "its topic")),
    ),
)
