"""Resource types of Amazon Kinesis Data Streams and Amazon Data Firehose."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from compiler.aws.facts import kinesis
from compiler.aws.types import kms, logs
from compiler.aws.types.record import (
    Holding,
    Lookup,
    Name,
    Prerequisite,
    Properties,
    ResourceType,
    members_needed,
    tried_out,
)
from compiler.aws.types.update_rules import Data, Update, figure, lowered, update_rule
from compiler.aws.values import dig, members, number

DELIVERY_STREAM = "AWS::KinesisFirehose::DeliveryStream"
_DELIVERY_STREAM_ARN = "arn:{partition}:firehose:{region}:{account}:deliverystream/{name}"


def _delivery_stream_needs(properties: Properties) -> Iterator[Prerequisite]:
    source = members(properties.get("KinesisStreamSourceConfiguration"))
    yield Prerequisite(source.get("KinesisStreamARN"), "the stream it reads")
    # Firehose assumes both roles while it creates a delivery stream, and rejects one that it does not find yet:
    # https://github.com/hashicorp/terraform-provider-aws/issues/47937 (read 2026-11-26)
    yield from tried_out((source.get("RoleARN"), "the role it reads with"))
    for member in ("ExtendedS3DestinationConfiguration", "S3DestinationConfiguration"):
        target = members(properties.get(member))
        yield Prerequisite(target.get("BucketARN"), "the bucket it writes to")
        yield from tried_out((target.get("RoleARN"), "the role it writes with"))
        key = dig(target, "EncryptionConfiguration", "KMSEncryptionConfig", "AWSKMSKeyARN")
        yield Prerequisite(key, "its key", kinds=(kms.ALIAS,))
        group = dig(target, "CloudWatchLoggingOptions", "LogGroupName")
        yield Prerequisite(group, "its log group", kinds=(logs.LOG_GROUP,))


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
    ResourceType(
        DELIVERY_STREAM,
        name=Name(
            "DeliveryStreamName",
            kinesis.FIREHOSE_NAME_CHARACTERS,
            Lookup("firehose", "DescribeDeliveryStream", {"DeliveryStreamName": "{name}"}),
        ),
        holds=None,
        ref="{name}",
        arn=_DELIVERY_STREAM_ARN,
        attributes=MappingProxyType({"Arn": _DELIVERY_STREAM_ARN}),
        dimension=("AWS/Firehose", "DeliveryStreamName"),
        needs=_delivery_stream_needs,
    ),
)
