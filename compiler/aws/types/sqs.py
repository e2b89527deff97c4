"""Resource types of Amazon Simple Queue Service."""

from __future__ import annotations

from types import MappingProxyType

from compiler.aws.facts import sqs
from compiler.aws.types.record import Holding, Lookup, Name, ResourceType
from compiler.aws.types.update_rules import Data

QUEUE = "AWS::SQS::Queue"
QUEUE_POLICY = "AWS::SQS::QueuePolicy"
_ARN = "arn:{partition}:sqs:{region}:{account}:{name}"

TYPES = (
    ResourceType(
        QUEUE,
        name=Name("QueueName", sqs.QUEUE_NAME_CHARACTERS, Lookup("sqs", "GetQueueUrl", {"QueueName": "{name}"})),
        holds=Holding("the messages that have not been processed yet", Data.LOST),
        ref="https://sqs.{region}.amazonaws.com/{account}/{name}",
        arn=_ARN,
        attributes=MappingProxyType({"Arn": _ARN, "QueueName": "{name}"}),
    ),
    ResourceType(QUEUE_POLICY, name=None, holds=None, policies=("PolicyDocument",)),
)
