"""Resource types of Amazon Data Firehose."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from compiler.aws.facts import firehose
from compiler.aws.types import kms, logs
from compiler.aws.types.record import Lookup, Name, Prerequisite, Properties, ResourceType
from compiler.aws.values import dig, members

DELIVERY_STREAM = "AWS::KinesisFirehose::DeliveryStream"
_ARN = "arn:{partition}:firehose:{region}:{account}:deliverystream/{name}"


def _needs(properties: Properties) -> Iterator[Prerequisite]:
    source = members(properties.get("KinesisStreamSourceConfiguration"))
    yield Prerequisite(source.get("KinesisStreamARN"), "the stream it reads")
    yield Prerequisite(source.get("RoleARN"), "the role it reads with", acts=True)
    for member in ("ExtendedS3DestinationConfiguration", "S3DestinationConfiguration"):
        target = members(properties.get(member))
        yield Prerequisite(target.get("BucketARN"), "the bucket it writes to")
        yield Prerequisite(target.get("RoleARN"), "the role it writes with", acts=True)
        key = dig(target, "EncryptionConfiguration", "KMSEncryptionConfig", "AWSKMSKeyARN")
        yield Prerequisite(key, "its key", kinds=(kms.ALIAS,))
        group = dig(target, "CloudWatchLoggingOptions", "LogGroupName")
        yield Prerequisite(group, "its log group", kinds=(logs.LOG_GROUP,))


TYPES = (
    ResourceType(
        DELIVERY_STREAM,
        name=Name(
            "DeliveryStreamName",
            firehose.NAME_CHARACTERS,
            Lookup("firehose", "DescribeDeliveryStream", {"DeliveryStreamName": "{name}"}),
        ),
        holds=None,
        ref="{name}",
        arn=_ARN,
        attributes=MappingProxyType({"Arn": _ARN}),
        dimension=("AWS/Firehose", "DeliveryStreamName"),
        needs=_needs,
    ),
)
