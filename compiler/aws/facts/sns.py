"""SNS: topics and publishing. Source: the AWS General Reference."""

from __future__ import annotations

from typing import Final

from compiler.aws.facts.model import Fact, Grade, Source

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
