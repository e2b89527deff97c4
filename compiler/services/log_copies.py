"""Copies of every region's logs in the other region.

A subscription filter delivers within its own region only, so each region has a destination whose stream is in
the other region; there the stream feeds an archive bucket.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CrossAccountSubscriptions.html (read 2026-11-22)

The roles of the destination and of the delivery stream come a wave before what uses them: AWS tries both roles while
it creates that, and a new role may not be visible everywhere yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from compiler.aws.facts import kinesis
from compiler.aws.facts import logs as facts
from compiler.aws.facts.model import figure
from compiler.ir import policies
from compiler.ir.elements import PARTITION, Block, Element, Given, Json, Output, Ref, StackId, join, later
from compiler.ir.names import arn, bucket, physical
from compiler.ir.template import View
from compiler.objectives.model import Objective, Outcome, Provision, Term
from compiler.services import existing_receivers, iam, kms, logs, s3
from compiler.services.base import Alarm, Metric
from compiler.topology.capacity import ACCESS_LOG_BYTES
from compiler.topology.model import Topology

_AT = ("logs",)
_STREAM_HOURS = 24
_SILENT_MINUTES = 10
_BUFFER_SECONDS = 60
_BUFFER_MEGABYTES = 64


class StreamView(View, partial="logs/stream.json.j2"):
    id: str
    name: Json
    shards: int
    retention_hours: int
    key_arn: Ref
    tags: Json


class ArchiveView(View, partial="logs/archive.json.j2", ids=("id", "log_stream_id")):
    id: str
    name: Json
    stream_arn: Ref
    role_arn: Ref
    bucket_arn: Ref
    key_arn: Ref
    buffer_seconds: int
    buffer_megabytes: int
    log_group: Ref
    log_stream_id: str
    log_stream_name: Json
    prefix: str
    error_prefix: str
    tags: Json


class DestinationView(View, partial="logs/destination.json.j2"):
    id: str
    name: Json
    target_arn: Ref
    role_arn: Ref
    policy: Json
    tags: Json


def _stream(stack: StackId) -> Ref:
    """The stream that the other region's logs arrive in."""
    return Ref(stack, "LogStream")


def _archive(stack: StackId) -> Ref:
    """The bucket behind the stream."""
    return Ref(stack, "LogArchive")


def _delivery(stack: StackId) -> Ref:
    """The delivery stream from the stream to the bucket."""
    return Ref(stack, "LogDelivery")


def declare(topology: Topology) -> Iterator[Element]:
    """The way of the copies in both serving regions, or the destinations that exist."""
    for stack in topology.serving:
        known = existing_receivers.destination(topology, stack)
        if known is not None:
            yield Given(stack, logs.destination(stack).resource, {"Arn": known})
            continue
        yield from _receiving(topology, stack)
        yield from _sending(topology, stack)


def _receiving(topology: Topology, stack: StackId) -> Iterator[Element]:
    """The stream that the other region's logs arrive in, and the archive behind it."""
    peer = topology.peer(stack)
    tags = topology.tag_list(stack)
    stream = StreamView(
        id=_stream(stack).resource,
        name=physical("stream", "logs"),
        shards=topology.capacity.logs.shards,
        retention_hours=_STREAM_HOURS,
        key_arn=kms.key_arn(stack),
        tags=tags,
    )
    yield Block(stack, stream, _AT)
    yield from s3.private_bucket(
        topology, _archive(stack), s3.LOG_COPIES, _AT, expire_days=int(topology.spec.logs.archive_retention.days)
    )
    delivery_group, delivery_role = Ref(stack, "LogDeliveryGroup"), Ref(stack, "LogArchiveRole")
    yield logs.group(topology, delivery_group, "log-delivery", _AT)
    objects = join("arn:", PARTITION, ":s3:::", bucket("bucket", s3.LOG_COPIES, stack.region), "/*")
    yield iam.role(
        topology,
        delivery_role,
        "log-archive",
        f"Delivers the logs of {peer.region} from the stream to the archive in {stack.region}.",
        iam.assumed_by("firehose", arn("firehose", stack.region, "*")),
        (
            policies.statement(
                "ReadStream",
                ("kinesis:DescribeStream", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"),
                _stream(stack).att("Arn"),
            ),
            policies.statement("UseBucket", ("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"),
                               _archive(stack).att("Arn")),
            policies.statement("WriteObjects", ("s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"), objects,
                               reason="`*` stands for the objects of one bucket"),
            policies.statement("UseKey", ("kms:Decrypt", "kms:GenerateDataKey"), kms.key_arn(stack)),
            policies.statement("WriteErrors", ("logs:PutLogEvents",),
                               arn("logs", stack.region, join("log-group:", logs.group_name("log-delivery"), ":*")),
                               reason="`*` stands for the streams of one log group"),
        ),
        _AT,
    )  # fmt: skip
    archive = ArchiveView(
        id=_delivery(stack).resource,
        name=physical("delivery", "logs"),
        stream_arn=_stream(stack).att("Arn"),
        role_arn=later(delivery_role.att("Arn")),
        bucket_arn=_archive(stack).att("Arn"),
        key_arn=kms.key_arn(stack),
        buffer_seconds=_BUFFER_SECONDS,
        buffer_megabytes=_BUFFER_MEGABYTES,
        log_group=delivery_group,
        log_stream_id="LogDeliveryStream",
        log_stream_name=physical("log-stream", "archive"),
        prefix=f"logs/from={peer.region}/",
        error_prefix=f"failed/from={peer.region}/",
        tags=tags,
    )
    yield Block(stack, archive, _AT)
    says = f"ARN of the stream that receives the logs of {peer.region}."
    yield Output(stack, "LogStreamArn", _stream(stack).att("Arn"), says, _AT)
    says = f"ARN of the bucket that keeps the logs of {peer.region}."
    yield Output(stack, "LogArchiveArn", _archive(stack).att("Arn"), says, _AT)


def _sending(topology: Topology, stack: StackId) -> Iterator[Element]:
    """The destination in this region that leads to the other region's stream."""
    peer = topology.peer(stack)
    target = _stream(peer).att("Arn")
    role = Ref(stack, "LogDestinationRole")
    yield iam.role(
        topology,
        role,
        "log-destination",
        f"Writes the logs of {stack.region} to the stream in {peer.region}.",
        iam.assumed_by("logs", arn("logs", stack.region, "*")),
        (
            policies.statement("PutRecords", ("kinesis:PutRecord", "kinesis:PutRecords"), target),
            policies.statement("UseKeyOfStream", ("kms:GenerateDataKey",), kms.key_arn(peer)),
        ),
        _AT,
    )
    name = physical("destination", "logs")
    allows = existing_receivers.account_subscribes(arn("logs", stack.region, join("destination:", name)))
    policy = policies.json_text(policies.document((allows,)))
    tags = topology.tag_list(stack)
    view = DestinationView(logs.destination(stack).resource, name, target, later(role.att("Arn")), policy, tags)
    yield Block(stack, view, _AT)


def alarms(topology: Topology) -> Iterator[Alarm]:
    """Copies that stop, are refused, or are late on their way; none on a destination of others."""
    # Copies of logs are watched, not promised: a day behind is when records begin to be lost.
    limit = float(topology.spec.objectives.rpo.milliseconds)
    for stack in () if topology.spec.logs.existing else topology.serving:
        yield Alarm(
            stack, "LogStreamBehind", "log-stream-behind",
            "The archive of the other region's logs is behind its stream by more than the recovery point objective.",
            _AT, threshold=max(limit, 2.0 * 1000 * _BUFFER_SECONDS),
            metric=Metric("AWS/Kinesis", "GetRecords.IteratorAgeMilliseconds",
                          {"StreamName": _stream(stack)}, "Maximum"),
        )  # fmt: skip
        peer = topology.peer(stack)
        yield Alarm(
            stack, "LogStreamSilent", "log-stream-silent",
            f"No log record of {peer.region} has arrived for {_SILENT_MINUTES} minutes, although Route 53 calls the "
            "API there all the time: the copies of logs have stopped.",
            _AT, threshold=1, comparison="LessThanThreshold", periods=_SILENT_MINUTES, datapoints=_SILENT_MINUTES,
            missing="breaching",
            metric=Metric("AWS/Kinesis", "IncomingRecords", {"StreamName": _stream(stack)}, "Sum"),
        )  # fmt: skip
        yield Alarm(
            stack, "LogStreamRefuses", "log-stream-refuses",
            "The stream rejects log records of the other region. CloudWatch Logs retries for a day, then drops them.",
            _AT, threshold=0,
            metric=Metric("AWS/Kinesis", "WriteProvisionedThroughputExceeded",
                          {"StreamName": _stream(stack)}, "Sum"),
        )  # fmt: skip
        yield Alarm(
            stack, "LogDeliveryBehind", "log-delivery-behind",
            "The oldest log record not yet in the archive is too old.",
            _AT, threshold=float(kinesis.FIREHOSE_BUFFER_SECONDS.value),
            metric=Metric("AWS/Firehose", "DeliveryToS3.DataFreshness",
                          {"DeliveryStreamName": _delivery(stack)}, "Maximum"),
        )  # fmt: skip


def provisions(topology: Topology) -> Iterator[Provision]:
    """The shards of the stream. Its one reader takes as much as they take in: a shard gives twice that."""
    if topology.spec.logs.existing:
        return
    capacity, logs = topology.capacity, topology.capacity.logs
    parts = [f"{figure(capacity.functions[f.name].rate)}/s x {f.log_size}" for f in topology.spec.functions]
    parts.append(f"{figure(capacity.api_requests)}/s x {figure(Fraction(ACCESS_LOG_BYTES))}B")
    records = f"{figure(logs.records)}/s"
    yield Provision(
        "logs.shards", "shards of the stream for the logs of the other region",
        f"max((({' + '.join(parts)}) / {facts.COMPRESSION.value} + {records} x {facts.RECORD_BYTES.value}B) / "
        f"{figure(kinesis.SHARD_WRITE_BYTES.value)}B, {records} / {figure(kinesis.SHARD_WRITE_RECORDS.value)}) x "
        f"{figure(capacity.headroom)}",
        logs.shards, "shards",
        (facts.COMPRESSION, facts.RECORD_BYTES, facts.CALLS_PER_ENVIRONMENT, kinesis.SHARD_WRITE_BYTES,
         kinesis.SHARD_WRITE_RECORDS),
    )  # fmt: skip


def recovery(topology: Topology) -> Iterator[Objective]:
    """The copies of logs, which no objective binds; none where another team receives them."""
    if topology.spec.logs.existing:
        return
    seconds = Fraction(facts.DELIVERY_SECONDS.value)
    term = Term("rpo.logs", "CloudWatch Logs delivers events to the other region", f"{seconds} s", seconds, seconds,
                "s", (facts.DELIVERY_SECONDS, facts.RETRY_HOURS), (_AT,))  # fmt: skip
    why = "copies of logs are for investigations; no transaction depends on them"
    title, asked = "Recovery point of logs", topology.spec.objectives.rpo.seconds
    yield Objective("rpo.logs", title, asked, "s", (term,), Outcome.WATCHED, why, _AT, binding=False)
