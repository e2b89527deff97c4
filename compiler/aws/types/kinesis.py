"""Resource types of Amazon Kinesis Data Streams."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from compiler.aws.facts import kinesis
from compiler.aws.types import kms
from compiler.aws.types.record import Holding, Lookup, Name, ResourceType, members_needed
from compiler.aws.types.update_rules import Data, Update, figure, lowered, update_rule
from compiler.aws.values import number

STREAM = "AWS::Kinesis::Stream"
_ARN = "arn:{partition}:kinesis:{region}:{account}:stream/{name}"
_AGE = "https://docs.aws.amazon.com/streams/latest/dev/kinesis-extended-retention.html"
_FACTOR = kinesis.RESHARDING_FACTOR


@update_rule("its retention becomes shorter", _AGE, data=Data.LOST)
def _drop(update: Update) -> Iterator[str]:
    old, new = update.both("RetentionPeriodHours")
    if lowered(old, new):
        yield f"records that are older than {figure(new)} hours can no longer be read"


@update_rule(
    "the number of shards more than doubles, or falls below half", _FACTOR.source.url,
    remedy="deploy in steps: change the number of shards at most to double or to half each time",
)  # fmt: skip
def _too_far(update: Update) -> Iterator[str]:
    old, new = (number(value) for value in update.both("ShardCount"))
    if old and new and (new > old * _FACTOR.value or new * _FACTOR.value < old):
        yield f"one update cannot change {figure(old)} shards to {figure(new)}"


@update_rule("the number of shards changes", _FACTOR.source.url)
def _reshard(update: Update) -> Iterator[str]:
    old, new = (number(value) for value in update.both("ShardCount"))
    if old and new and old != new:
        yield "shards are split or merged, which takes minutes; writing and reading continue"


TYPES = (
    ResourceType(
        STREAM,
        name=Name(
            "Name", kinesis.NAME_CHARACTERS, Lookup("kinesis", "DescribeStreamSummary", {"StreamName": "{name}"})
        ),
        holds=Holding("the records that have not been read yet", Data.LOST),
        ref="{name}",
        arn=_ARN,
        attributes=MappingProxyType({"Arn": _ARN}),
        dimension=("AWS/Kinesis", "StreamName"),
        needs=members_needed(("StreamEncryption.KeyId", "its key"), kinds=(kms.ALIAS,)),
        left="it continues to cost money",
        updates=(_drop, _too_far, _reshard),
    ),
)
