"""CloudWatch Logs: log groups under the key, and a copy of every region's logs in the other region.

A subscription filter delivers within its own region only, so each region has a destination whose stream is in
the other region; there the stream feeds an archive bucket.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CrossAccountSubscriptions.html (read 2026-11-22)

The roles of the destination and of the delivery stream come a wave before what uses them: AWS tries both roles while
it creates that, and a new role may not be visible everywhere yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from compiler.aws.facts import kinesis, prices
from compiler.aws.facts import logs as facts
from compiler.aws.facts.model import figure
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Route
from compiler.findings.finding import Finding
from compiler.ir import policies
from compiler.ir.elements import (
    ACCOUNT,
    PARTITION,
    Block,
    Element,
    Given,
    Json,
    Output,
    Ref,
    StackId,
    Text,
    join,
    later,
)
from compiler.ir.names import arn, bucket, physical
from compiler.ir.template import View
from compiler.objectives.costs import Cost, Growth, moved, standing, storage, transferred, used
from compiler.objectives.model import Demand, Objective, Outcome, Provision, Term, granted
from compiler.services import existing_receivers, iam, kms, s3
from compiler.services.base import Alarm, Metric, views
from compiler.topology.capacity import ACCESS_LOG_BYTES
from compiler.topology.model import Topology

_AT = ("logs",)
_BILLED = "CloudWatch Logs"
_STREAM_HOURS = 24
_SILENT_MINUTES = 10
_BUFFER_SECONDS = 60
_BUFFER_MEGABYTES = 64


class GroupView(View, partial="logs/group.json.j2"):
    id: str
    name: Json
    retention_days: Json
    key_arn: Ref
    tags: Json


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


class SubscriptionView(View, partial="logs/subscription.json.j2"):
    """A filter whose lines spread evenly over the shards of the stream behind our destination.

    What is behind the destination of others is not known, and a delivery stream has no shards. AWS describes
    `Distribution` for a stream; with a log destination it is used in public, for example in
    https://github.com/cloud-custodian/cloud-custodian/pull/8246 (read 2026-11-26).
    """

    id: str
    name: Json
    group: Ref
    spread: bool
    destination_arn: Ref


def group(topology: Topology, ref: Ref, entry: str, at: Route, *, vended: bool = False) -> Block:
    """The log group `ref` under the key with the topology's retention; `vended` as `group_name` takes it."""
    stack = ref.stack
    view = GroupView(
        id=ref.resource,
        name=group_name(entry, vended=vended),
        retention_days=int(topology.spec.logs.retention.days),
        key_arn=kms.key_arn(stack),
        tags=topology.tag_list(stack),
    )
    return Block(stack, view, at)


def group_name(entry: str, *, vended: bool = False) -> Text:
    """Name of a log group.

    A service writes to a `vended` one with permissions of a resource policy of CloudWatch Logs, not of a role. The
    service adds each such group to the policy of the account, which has a greatest length. Groups with the prefix
    need no entry of their own.
    """
    name = physical("log-group", entry)
    return join(facts.VENDED_PREFIX.value, name) if vended else name


def copied(topology: Topology, group: Ref, entry: str, at: Route) -> Block:
    """The subscription that copies the log group `group` to the other region. Never for groups of the delivery path."""
    view = SubscriptionView(
        id=f"{group.resource}Subscription",
        name=physical("subscription", entry),
        group=group,
        spread=not topology.spec.logs.existing,
        destination_arn=_destination(group.stack).att("Arn"),
    )
    return Block(group.stack, view, at)


def _stream(stack: StackId) -> Ref:
    """The stream that the other region's logs arrive in."""
    return Ref(stack, "LogStream")


def _archive(stack: StackId) -> Ref:
    """The bucket behind the stream."""
    return Ref(stack, "LogArchive")


def _delivery(stack: StackId) -> Ref:
    """The delivery stream from the stream to the bucket."""
    return Ref(stack, "LogDelivery")


def _destination(stack: StackId) -> Ref:
    """Where subscriptions of this region send log events: it leads to the other region's stream."""
    return Ref(stack, "LogDestination")


def declare(topology: Topology) -> Iterator[Element]:
    for stack in topology.serving:
        known = existing_receivers.destination(topology, stack)
        if known is not None:
            yield Given(stack, _destination(stack).resource, {"Arn": known})
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
    yield group(topology, delivery_group, "log-delivery", _AT)
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
                               arn("logs", stack.region, join("log-group:", group_name("log-delivery"), ":*")),
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
    policy = policies.json_text(
        policies.document(
            (
                policies.statement(
                    "AccountSubscribes",
                    ("logs:PutSubscriptionFilter",),
                    arn("logs", stack.region, join("destination:", name)),
                    # An account id, not an ARN: the service refuses the latter.
                    principal={"AWS": ACCOUNT},
                ),
            )
        )
    )
    tags = topology.tag_list(stack)
    view = DestinationView(_destination(stack).resource, name, target, later(role.att("Arn")), policy, tags)
    yield Block(stack, view, _AT)


def alarms(topology: Topology) -> Iterator[Alarm]:
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


def rules(topology: Topology) -> Iterator[Finding]:
    yield from existing_receivers.destination_rules(topology)
    for field in ("retention", "archive_retention"):
        days = int(getattr(topology.spec.logs, field).days)
        if field == "retention" and days not in facts.RETENTION_DAYS.value:
            offered = sorted(facts.RETENTION_DAYS.value, key=lambda d: (abs(d - days), d))[:3]
            words = " or ".join(f"`{d}d`" for d in sorted(offered))
            message = f"a log group cannot keep events for {days} days"
            yield Finding(Code.DR408, message, ("logs", field), help=f"choose {words}")


def demands(topology: Topology, stack: StackId) -> Iterator[Demand]:
    """Calls a second that deliver log events; the quota is the account's in a region."""
    if not stack.serves:
        return
    quota, route = granted(topology, stack, "log_requests")
    environments = sum(capacity.environments for capacity in topology.capacity.functions.values())
    yield Demand(
        id="logs.requests",
        says="PutLogEvents calls of the execution environments at peak",
        formula=f"{figure(environments)} x {facts.CALLS_PER_ENVIRONMENT.value}",
        region=stack.region,
        needed=Fraction(environments * facts.CALLS_PER_ENVIRONMENT.value),
        allowed=quota if quota is not None else Fraction(facts.PUT_RATE.value),
        unit="calls/s",
        granted=quota is not None,
        facts=(facts.PUT_RATE, facts.CALLS_PER_ENVIRONMENT),
        route=route,
        quota=facts.PUT_RATE_QUOTA,
        field="log_requests: {}/s",
    )


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


def _sent(topology: Topology) -> tuple[str, Fraction]:
    """Bytes a second that copies of the usual log lines take on their way, and how they are computed."""
    volume = topology.capacity.logs
    factor = Fraction(str(facts.COMPRESSION.value))
    formula = (
        f"({figure(volume.usual)} B/s / {figure(factor)} + {figure(volume.records)}/s x {facts.RECORD_BYTES.value}B)"
    )
    return formula, volume.usual / factor + volume.records * facts.RECORD_BYTES.value


def growth(topology: Topology) -> Iterator[Growth]:
    """Log lines where the system runs, and their copies in the archive of the other region, both compressed."""
    usual, factor = topology.capacity.logs.usual, Fraction(str(facts.COMPRESSION.value))
    settings = topology.spec.logs
    yield Growth("logs.groups", "log lines", f"{figure(usual)} B/s / {figure(factor)}", usual / factor,
                 settings.retention.seconds, (facts.COMPRESSION,), _AT)  # fmt: skip
    if settings.existing:
        return
    formula, sent = _sent(topology)
    yield Growth("logs.archive", "copies of the other region's log lines", formula, sent,
                 settings.archive_retention.seconds, (facts.COMPRESSION, facts.RECORD_BYTES), _AT)  # fmt: skip


def costs(topology: Topology) -> Iterator[Cost]:
    """What the region that serves usually logs, the way of the copies to the archive, and the shards of each region."""
    here = topology.primary.region
    access = topology.capacity.api_requests * ACCESS_LOG_BYTES
    lines = topology.capacity.logs.usual - access
    groups, *archives = growth(topology)
    yield moved("logs.functions", _BILLED, here, "log lines of functions", f"{figure(lines)} B/s",
                prices.FUNCTION_LOGS, lines)  # fmt: skip
    yield moved("logs.access", _BILLED, here, "access log of the API", f"{figure(access)} B/s",
                prices.LOG_INGESTION, access)  # fmt: skip
    yield storage("logs.storage", _BILLED, here, "log lines", groups, prices.LOG_STORAGE)
    for archive in archives:
        yield from _copies(topology, archive)


def _copies(topology: Topology, archive: Growth) -> Iterator[Cost]:
    """The way of the copies to their archive. Who owns a destination that exists pays for that one."""
    here, there = topology.primary.region, topology.secondary.region
    hours = prices.MONTH_HOURS.value
    for stack in topology.serving:
        shards = sum(stream.shards for stream in views(declare(topology), StreamView, stack))
        says = f"shards for the logs of {topology.peer(stack).region}"
        yield standing("logs.shards", "Kinesis", stack.region, says, f"{shards} x {hours} h", prices.SHARD_HOURS,
                       shards * hours)  # fmt: skip
    formula, sent = _sent(topology)
    unit, records = kinesis.PAYLOAD_UNIT_BYTES.value, topology.capacity.logs.records
    yield used("logs.puts", "Kinesis", there, f"records with the logs of {here}",
               f"({formula} / {figure(unit)}B + {figure(records)}/s)", prices.SHARD_PUTS,
               sent / unit + records)  # fmt: skip
    yield moved("logs.delivery", "Data Firehose", there, f"logs of {here} on the way to their archive", formula,
                prices.DELIVERY, sent)  # fmt: skip
    yield storage("logs.archive", "S3", there, f"archive of the logs of {here}", archive, prices.OBJECT_STORAGE)
    yield transferred("logs.transfer", here, "copies of log lines to the other region", formula, sent)
