"""SNS: topics and publishing. Source: the AWS General Reference."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from compiler.aws.facts.model import Fact, Grade, Source

_QUOTAS = Source(
    "AWS General Reference: Amazon SNS endpoints and quotas", "https://docs.aws.amazon.com/general/latest/gr/sns.html"
)
_TOPIC = Source(
    "AWS CloudFormation Template Reference: AWS::SNS::Topic",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-topic.html",
)

TOPIC_NAME_CHARACTERS: Final = Fact(
    "sns.topic_name_characters",
    256,
    "characters",
    Grade.DOCUMENTED,
    "The name of a topic has at most 256 characters.",
    _TOPIC,
)
MESSAGE_BYTES: Final = Fact(
    "sns.message_bytes",
    262_144,
    "bytes",
    Grade.DOCUMENTED,
    "A message has at most 262,144 bytes.",
    _QUOTAS,
)
TOPICS: Final = Fact(
    "sns.topics",
    100_000,
    "standard topics per account",
    Grade.DOCUMENTED,
    "An account may have 100,000 standard topics.",
    _QUOTAS,
)
PUBLISH_RATE: Final = Fact(
    "sns.publish_rate",
    300,
    "messages/s per account and region",
    Grade.DOCUMENTED,
    "An account publishes 300 messages a second to standard topics by default where no other rate is listed.",
    _QUOTAS,
)
REGION_PUBLISH_RATE: Final[Fact[Mapping[str, int]]] = Fact(
    "sns.region_publish_rate",
    MappingProxyType(
        {
            "ap-northeast-1": 1_500,
            "ap-northeast-2": 1_500,
            "ap-south-1": 1_500,
            "ap-southeast-1": 1_500,
            "ap-southeast-2": 1_500,
            "eu-central-1": 1_500,
            "eu-west-1": 9_000,
            "us-east-1": 30_000,
            "us-east-2": 1_500,
            "us-west-1": 1_500,
            "us-west-2": 9_000,
        }
    ),
    "region to messages/s per account",
    Grade.DOCUMENTED,
    "In these regions an account publishes more messages a second to standard topics by default.",
    _QUOTAS,
)
EMAIL_RATE: Final = Fact(
    "sns.email_rate",
    10,
    "messages/s per account",
    Grade.DOCUMENTED,
    "At most ten messages a second are delivered by e-mail, and this cannot be raised.",
    _QUOTAS,
)
