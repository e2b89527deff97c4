"""S3: a bucket in every region for each entry, replicated from each serving region to all others.

Replication to a destination is set up once the destination is known; until then the bucket and its role do without
that one, so that a further region takes nothing away from what runs. Rule ids are literal, since they are dimensions
of the metrics that watch them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from math import ceil

from compiler.aws import regions
from compiler.aws.facts import prices
from compiler.aws.facts import s3 as facts
from compiler.aws.facts.model import figure, summed
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Route
from compiler.findings.finding import Finding
from compiler.ir import policies
from compiler.ir.elements import (
    PARTITION,
    AnyGate,
    Block,
    Element,
    Gate,
    Json,
    OptionalRef,
    Output,
    Ref,
    StackId,
    Text,
    join,
    pascal,
)
from compiler.ir.names import bucket
from compiler.ir.template import View
from compiler.objectives.costs import Cost, Growth, moved, storage, transferred, used
from compiler.objectives.model import ROUND_TRIP, Demand, Objective, Outcome, Remains, Term, kept, round_trip
from compiler.services import iam, kms
from compiler.services.base import PERIOD_SECONDS, Alarm, Metric, Query, by_origin, rings_within, too_short
from compiler.spec.compute import Function
from compiler.spec.data import Bucket, BucketWrite, OnPeerFailure
from compiler.spec.units import Duration
from compiler.support.frozen import frozen
from compiler.topology.model import Topology

_BILLED = "S3"
_LOGS_AT = ("buckets",)
_ABORT_DAYS = 7
_ACCESS_LOG_DAYS = 365
_BYTE_BITS = 8
_STALLED_MINUTES = 5
_REMEDY = (
    "write to both regions from the function (`write: dual-write`, `on_peer_failure: refuse`), or keep the "
    "primary data in a table and create the objects again from it"
)
# The topology's own buckets. In a region with a long name ten characters are left for an entry.
ACCESS_LOG = "access-log"
LOG_COPIES = "log-copies"
CODE = "code"


@frozen
class ReplicationRule:
    """One destination of a bucket's replication; it has a gate of its own where it is not the only one."""

    gate: Gate | None
    id: str
    priority: int
    bucket_arn: Json
    key_arn: Json
    minutes: int


class BucketView(View, partial="s3/bucket.json.j2"):
    id: str
    name: Json
    key_arn: Ref
    accelerated: bool
    log_bucket: Ref
    log_prefix: str
    noncurrent_days: int
    expire_days: int | None
    abort_days: int
    replication_gate: AnyGate | None
    replication_role: Ref | None
    replication_rules: tuple[ReplicationRule, ...]
    events: bool
    tags: Json


class LogBucketView(View, partial="s3/log-bucket.json.j2"):
    id: str
    name: Json
    expire_days: int
    tags: Json


class BucketPolicyView(View, partial="s3/bucket-policy.json.j2"):
    id: str
    bucket: Ref
    policy: Json
    reasons: Json


def bucket_ref(entry: Bucket, stack: StackId) -> Ref:
    """A bucket as a resource."""
    return Ref(stack, f"Bucket{pascal(entry.name)}")


def bucket_name(entry: Bucket, stack: StackId) -> Text:
    """Name of a bucket, with its region."""
    return bucket("bucket", entry.name, stack.region)


def bucket_arn(entry: Bucket, stack: StackId) -> Text:
    """ARN of a bucket, from its name."""
    return join("arn:", PARTITION, ":s3:::", bucket_name(entry, stack))


def _access_log(stack: StackId) -> Ref:
    """The bucket for server access logs."""
    return Ref(stack, "AccessLogs")


def rule_id(source: StackId, destination: StackId) -> str:
    """Id of a replication rule; spelled out, because it is a dimension of its metrics."""
    return f"{source.region}-to-{destination.region}"


def declare(topology: Topology) -> Iterator[Element]:
    """The buckets of each region, and the bucket for their access logs."""
    for stack in topology.regional:
        # The archive of logs is a bucket as well.
        if topology.spec.buckets or (stack.serves and not topology.spec.logs.existing):
            yield from _access_logs(topology, stack)
        for position, entry in enumerate(topology.spec.buckets):
            yield from _bucket(topology, stack, entry, ("buckets", position))


def _bucket(topology: Topology, stack: StackId, entry: Bucket, at: Route) -> Iterator[Element]:
    ref = bucket_ref(entry, stack)
    id_ = ref.resource
    replicated = tuple(_rules(topology, stack, entry)) if stack.serves else ()
    role = Ref(stack, f"{id_}ReplicationRole")
    destinations = topology.others(stack)
    view = BucketView(
        id=id_,
        name=bucket_name(entry, stack),
        key_arn=kms.key_arn(stack),
        accelerated=entry.acceleration,
        log_bucket=_access_log(stack),
        log_prefix=f"{entry.name}/",
        noncurrent_days=int(entry.noncurrent_retention.days),
        expire_days=int(entry.retention.days) if entry.retention else None,
        abort_days=_ABORT_DAYS,
        replication_gate=AnyGate(tuple(_known(entry, other) for other in destinations)) if replicated else None,
        replication_role=role.att("Arn") if replicated else None,
        replication_rules=replicated,
        # Backups follow the changes of a bucket by its events; the other region may back up one day.
        events=stack.serves and entry in backed_up(topology),
        tags=topology.tag_list(stack),
    )
    yield Block(stack, view, at)
    yield _policy(ref, at)
    if replicated:
        yield iam.role(
            topology, role, f"repl-{entry.name}",
            f"Replicates the bucket {entry.name} from {stack.region}.",
            iam.assumed_by("s3"), _replication(topology, stack, entry), at,
        )  # fmt: skip
    yield Output(stack, f"{id_}Name", ref, f"Name of the bucket {entry.name} in {stack.region}.", at)
    yield Output(stack, f"{id_}Arn", ref.att("Arn"), f"ARN of the bucket {entry.name} in {stack.region}.", at)


def backed_up(topology: Topology) -> tuple[Bucket, ...]:
    """The buckets that AWS Backup backs up."""
    asked = topology.spec.backup
    return tuple(b for b in topology.spec.buckets if asked and (asked.buckets is None or b.name in asked.buckets))


def _rules(topology: Topology, stack: StackId, entry: Bucket) -> Iterator[ReplicationRule]:
    destinations = topology.others(stack)
    for priority, other in enumerate(destinations, 1):
        yield ReplicationRule(
            _known(entry, other) if len(destinations) > 1 else None,
            rule_id(stack, other),
            priority,
            bucket_arn(entry, other),
            OptionalRef(kms.key_arn(other)),
            facts.RTC_MINUTES.value,
        )


def _known(entry: Bucket, destination: StackId) -> Gate:
    """Open once a destination's bucket and key are there."""
    return Gate((bucket_ref(entry, destination), kms.key_arn(destination)))


def _replication(topology: Topology, stack: StackId, entry: Bucket) -> Iterator[policies.Statement]:
    """What the replication role needs, as S3 documents it for objects under KMS keys with bucket keys.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html (read 2026-11-22)
    """
    source = bucket_arn(entry, stack)
    others = topology.others(stack)
    objects = "`*` stands for the objects of one bucket"
    yield policies.statement("ReadConfiguration", ("s3:GetReplicationConfiguration", "s3:ListBucket"), source)
    yield policies.statement(
        "ReadVersions",
        ("s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"),
        join(source, "/*"),
        reason=objects,
    )
    yield policies.statement(
        "WriteReplicas",
        ("s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"),
        tuple(join(bucket_arn(entry, other), "/*") for other in others),
        reason=objects,
    )
    # With bucket keys the encryption context is the bucket's ARN, not the object's.
    yield policies.statement(
        "DecryptSource",
        ("kms:Decrypt",),
        kms.key_arn(stack),
        condition={
            "StringLike": {
                "kms:ViaService": f"s3.{stack.region}.amazonaws.com",
                "kms:EncryptionContext:aws:s3:arn": source,
            }
        },
    )
    for other in others:
        yield policies.statement(
            f"EncryptReplica{pascal(other.region)}",
            ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"),
            OptionalRef(kms.key_arn(other)),
            gate=_known(entry, other),
            condition={
                "StringLike": {
                    "kms:ViaService": f"s3.{other.region}.amazonaws.com",
                    "kms:EncryptionContext:aws:s3:arn": bucket_arn(entry, other),
                }
            },
        )


def private_bucket(topology: Topology, ref: Ref, name: str, at: Route, *, expire_days: int) -> Iterator[Block]:
    """A bucket of the topology's own, neither replicated nor written by clients, emptied after `expire_days`."""
    stack = ref.stack
    view = BucketView(
        id=ref.resource,
        name=bucket("bucket", name, stack.region),
        key_arn=kms.key_arn(stack),
        accelerated=False,
        log_bucket=_access_log(stack),
        log_prefix=f"{name}/",
        noncurrent_days=_ABORT_DAYS,
        expire_days=expire_days,
        abort_days=_ABORT_DAYS,
        replication_gate=None,
        replication_role=None,
        replication_rules=(),
        events=False,
        tags=topology.tag_list(stack),
    )
    yield Block(stack, view, at)
    yield _policy(ref, at)


def _access_logs(topology: Topology, stack: StackId) -> Iterator[Block]:
    """The bucket for server access logs: S3's own keys only, since no log arrives under a KMS key.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html (read 2026-11-22)
    """
    ref, name = _access_log(stack), bucket("bucket", ACCESS_LOG, stack.region)
    sources = join("arn:", PARTITION, ":s3:::", bucket("bucket", "*", stack.region))
    view = LogBucketView(ref.resource, name, _ACCESS_LOG_DAYS, topology.tag_list(stack))
    yield Block(stack, view, _LOGS_AT)
    delivery = policies.statement(
        "AccessLogsArrive",
        ("s3:PutObject",),
        join("arn:", PARTITION, ":s3:::", name, "/*"),
        principal=policies.service("logging.s3"),
        condition={**policies.SAME_ACCOUNT, "ArnLike": {"aws:SourceArn": sources}},
        reason="`*` in the resource stands for the objects of one bucket, in the condition for this system's buckets",
    )
    yield _policy(ref, _LOGS_AT, delivery)


def _policy(ref: Ref, at: Route, *more: policies.Statement) -> Block:
    own = ref.att("Arn")
    encrypted = policies.statement(
        "OnlyEncryptedTransport",
        ("s3:*",),
        (own, join(own, "/*")),
        principal="*",
        condition={"Bool": {"aws:SecureTransport": "false"}},
        effect="Deny",
        reason="a refusal has to hold for everybody and everything",
    )
    statements = (encrypted, *more)
    view = BucketPolicyView(f"{ref.resource}Policy", ref, policies.document(statements), policies.reasons(statements))
    return Block(ref.stack, view, at)


def alarms(topology: Topology) -> Iterator[Alarm]:
    """Lag and backlog appear in the destination region, failures in the source region: the opposite of DynamoDB.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html (read 2026-11-22)
    """
    rpo = topology.spec.objectives.rpo
    for position, entry in enumerate(topology.spec.buckets):
        at = ("buckets", position)
        for source in topology.serving:
            for destination in topology.others(source):
                id_ = bucket_ref(entry, source).resource
                dimensions = {
                    "SourceBucket": bucket_name(entry, source),
                    "DestinationBucket": bucket_name(entry, destination),
                    "RuleId": rule_id(source, destination),
                }
                pair = f"bucket-{entry.name}-from-{source.region}"
                yield Alarm(
                    destination, f"{id_}LagFrom{pascal(source.region)}", f"{pair}-lag",
                    f"Objects of {entry.name} from {source.region} arrive later than the objective of {rpo}.",
                    at, threshold=_lag(entry, rpo), missing="ignore", periods=1, datapoints=1,
                    metric=Metric("AWS/S3", "ReplicationLatency", dimensions, "Maximum"),
                    derived_from=(f"rpo.{entry.name}",),
                )  # fmt: skip
                backlog = topology.capacity.objects[entry.name] * rpo.seconds
                yield Alarm(
                    destination, f"{id_}BacklogFrom{pascal(source.region)}", f"{pair}-backlog",
                    f"More objects of {entry.name} wait for replication in {source.region} than are written in {rpo}.",
                    at, threshold=max(float(backlog), 1.0), missing="ignore",
                    metric=Metric("AWS/S3", "OperationsPendingReplication", dimensions, "Maximum"),
                )  # fmt: skip
                pending = Metric("AWS/S3", "OperationsPendingReplication", dimensions, "Minimum")
                latency = Metric("AWS/S3", "ReplicationLatency", dimensions, "Maximum")
                # Published while objects wait, whether or not any arrives; the latency is not.
                judged = "IF(FILL(pending, REPEAT) > 0 AND FILL(latency, 0) <= 0, 1, 0)"
                yield Alarm(
                    destination, f"{id_}StalledFrom{pascal(source.region)}", f"{pair}-stalled",
                    f"Objects of {entry.name} wait in {source.region}, but none has arrived for {_STALLED_MINUTES} "
                    "minutes: replication has stopped.",
                    at, threshold=0, periods=_STALLED_MINUTES, datapoints=_STALLED_MINUTES,
                    queries=(Query("pending", pending), Query("latency", latency),
                             Query("stalled", expression=judged, returned=True)),
                    derived_from=(f"rpo.{entry.name}",),
                )  # fmt: skip
                yield Alarm(
                    source, f"{id_}FailedTo{pascal(destination.region)}",
                    f"bucket-{entry.name}-to-{destination.region}-failed",
                    f"Objects of {entry.name} were not replicated to {destination.region}. S3 does not retry.",
                    at, threshold=0, missing="ignore", periods=1, datapoints=1,
                    metric=Metric("AWS/S3", "OperationsFailedReplication", dimensions, "Sum"),
                )  # fmt: skip


def _lag(entry: Bucket, rpo: Duration) -> float:
    """Seconds after which an object is late: a period before the objective, so that the alarm rings within it.

    It is S3's promise where the objective does not rest on S3.
    """
    if entry.write is BucketWrite.DUAL and entry.on_peer_failure is OnPeerFailure.REFUSE:
        return float(facts.RTC_MINUTES.value * 60)
    return max(float(rpo.seconds - PERIOD_SECONDS), 1.0)


def rules(topology: Topology) -> Iterator[Finding]:
    """Retention, acceleration, dual writes and names of buckets; reports DR335, DR336, DR402, DR410 and DR494."""
    for position, entry in enumerate(topology.spec.buckets):
        at = ("buckets", position)
        for stack in topology.regional:
            # Of a region that does not exist, or of another partition, there is nothing to say but that.
            if stack.region not in regions.COMMERCIAL:
                continue
            if entry.acceleration and not regions.supports_acceleration(stack.region):
                message = f"`{entry.name}` uses Transfer Acceleration, but {stack.region} does not support it"
                where = (*at, "acceleration")
                related = ((("regions", topology.position(stack), "region"), "this region"),)
                yield Finding(Code.DR410, message, where, related=related)
        yield from too_short(topology, entry, at)
        if entry.retention is not None and entry.noncurrent_retention > entry.retention:
            message = (
                f"`{entry.name}` lets objects expire after {entry.retention}, and keeps them as old versions for "
                f"{entry.noncurrent_retention} more"
            )
            where = (*at, "noncurrent_retention" if "noncurrent_retention" in entry.model_fields_set else "retention")
            yield Finding(Code.DR335, message, where, help=f"write `noncurrent_retention: {entry.retention}` or less",
                          id=f"bucket-{entry.name}-old-versions")  # fmt: skip
        if entry.write is BucketWrite.DUAL and entry.on_peer_failure is OnPeerFailure.REFUSE:
            message = (
                f"while one serving region is lost, the other refuses transactions with documents for `{entry.name}`: "
                "the loss of the standby stops them in a healthy primary"
            )
            where = (*at, "on_peer_failure" if "on_peer_failure" in entry.model_fields_set else "write")
            yield Finding(Code.DR494, message, where, id=f"bucket-{entry.name}-refuses")
        if entry.name in (ACCESS_LOG, LOG_COPIES, CODE):
            message = f"the compiler already creates a bucket `{entry.name}`"
            yield Finding(Code.DR402, message, (*at, "name"))


def demands(topology: Topology, stack: StackId) -> Iterator[Demand]:
    """Objects are written where functions run, by them and by replication."""
    if stack.serves:
        yield from _prefixes(topology, stack)
        yield from _bandwidth(topology, stack)


def _prefixes(topology: Topology, stack: StackId) -> Iterator[Demand]:
    """Writes and reads of one prefix, replication's own included."""
    copies = len(topology.others(stack))
    for position, entry in enumerate(topology.spec.buckets):
        rate = topology.capacity.objects[entry.name]
        second = 1 if entry.write is BucketWrite.DUAL else 0
        writes = 1 + second + facts.REPLICATION_SOURCE_WRITES.value * copies
        reads = facts.REPLICATION_SOURCE_READS.value * copies
        for kind, per, limit, fact in (
            ("writes", writes, facts.WRITES_PER_PREFIX, facts.REPLICATION_SOURCE_WRITES),
            ("reads", reads, facts.READS_PER_PREFIX, facts.REPLICATION_SOURCE_READS),
        ):
            yield Demand(
                id=f"bucket.{entry.name}.{kind}",
                says=f"{kind} of {entry.name} with those of replication; one prefix serves {figure(limit.value)}",
                formula=f"{figure(rate)} objects/s x {per}",
                region=stack.region,
                needed=rate * per,
                allowed=Fraction(limit.value * entry.prefixes),
                unit=f"{kind}/s",
                granted=False,
                facts=(limit, fact),
                route=("buckets", position, "prefixes"),
                remedy=(
                    f"spread the keys evenly and write `prefixes: {ceil(rate * per / limit.value)}`, or write "
                    "fewer objects per transaction"
                ),
            )


def _replication_rate(topology: Topology) -> Fraction:
    """Bits a second that replication moves from one region to one other, over all buckets."""
    return sum((_bits(topology, entry) for entry in topology.spec.buckets), Fraction(0))


def _bits(topology: Topology, entry: Bucket) -> Fraction:
    return topology.capacity.objects[entry.name] * entry.object_size.bytes * _BYTE_BITS


def _bandwidth(topology: Topology, stack: StackId) -> Iterator[Demand]:
    """What replication moves to one region, against the transfer rate up to which its 15 minutes are promised."""
    buckets = topology.spec.buckets
    if not buckets:
        return
    # The one that moves most stands for all of them.
    position = max(range(len(buckets)), key=lambda n: (_bits(topology, buckets[n]), -n))
    parts = (f"{figure(topology.capacity.objects[b.name])} objects/s x {b.object_size}" for b in buckets)
    total = summed(parts)
    yield Demand(
        id="replication",
        says="transfer of all buckets to one other region",
        formula=f"{total} x {_BYTE_BITS} bits" if len(buckets) == 1 else f"({total}) x {_BYTE_BITS} bits",
        region=stack.region,
        needed=_replication_rate(topology),
        allowed=Fraction(facts.RTC_BITS_PER_SECOND.value),
        unit="bits/s",
        granted=False,
        facts=(facts.RTC_BITS_PER_SECOND,),
        route=("buckets", position, "object_size"),
        quota=facts.RTC_TRANSFER_QUOTA,
        remedy=(
            f"above this rate S3 does not promise {facts.RTC_MINUTES.value} minutes: write fewer or smaller objects, "
            "or accept the finding under `accept:` with `finding: replication-void` and a reason"
        ),
        voids=True,
    )


def recovery(topology: Topology) -> Iterator[Objective]:
    """The recovery point of each bucket."""
    watching = by_origin(alarms(topology))
    void = _replication_rate(topology) > facts.RTC_BITS_PER_SECOND.value
    for position, entry in enumerate(topology.spec.buckets):
        yield _recovery(topology, entry, ("buckets", position), watching.get(f"rpo.{entry.name}", ()), void=void)


def _recovery(topology: Topology, entry: Bucket, at: Route, watching: Iterable[Alarm], *, void: bool) -> Objective:
    """By construction where the function writes twice, a credit where S3 promises the time, else watched.

    The promise is `void` where replication moves more than it holds for.
    """
    id_ = f"rpo.{entry.name}"
    title = f"Recovery point of bucket {entry.name}"
    asked = topology.spec.objectives.rpo.seconds
    dual = entry.write is BucketWrite.DUAL
    if dual and entry.on_peer_failure is OnPeerFailure.REFUSE:
        says = "a document is confirmed when both regions have stored it"
        term = Term(id_, says, "0 s", Fraction(0), Fraction(0), "s", (), ((*at, "write"),), constructed=True)
        why = (
            "the function writes to both regions before it answers, and refuses if it cannot; what clients upload "
            "without the function is only replicated"
        )
        return Objective(id_, title, asked, "s", (term,), kept((term,), asked), why, at, _REMEDY)
    promise = Fraction(facts.RTC_MINUTES.value * 60)
    usual = Fraction(facts.REPLICATION_TYPICAL_SECONDS.value).limit_denominator()
    term = Term(
        id_, f"S3 replicates {facts.RTC_PERCENT.value} % of a month's objects, else AWS pays a credit",
        f"{facts.RTC_MINUTES.value} x 60 s, no bound for the others", usual, promise, "s",
        (facts.RTC_MINUTES, facts.RTC_PERCENT), (at,), (facts.REPLICATION_TYPICAL_SECONDS,),
    )  # fmt: skip
    if promise <= asked and not void:
        why = (
            f"Replication Time Control promises it for {facts.RTC_PERCENT.value} % of the objects of a month, without "
            "deletions, and AWS pays a credit if it is missed: this is no worst case"
        )
        return Objective(id_, title, asked, "s", (term,), kept((term,), asked), why, at, _REMEDY)
    outcome = Outcome.WATCHED if asked > 0 else Outcome.MISSED
    within = rings_within(watching, asked)
    minutes = facts.RTC_MINUTES.value
    why = f"S3 promises {minutes} minutes, not less: an alarm reports objects that miss the objective"
    if void:
        why = (
            "replication transfers more data than the rate up to which S3 promises a time: an alarm reports "
            "objects that miss the objective"
        )
    if dual:
        why += "; while the other region cannot be written, documents are accepted and replicated later"
    return Objective(id_, title, asked, "s", (term,), outcome, why, at, _REMEDY, alarm_within=within)


def latency(topology: Topology, function: Function) -> Iterator[Term]:
    """The write to the other region that a transaction waits for."""
    low, high = round_trip()
    buckets = topology.buckets_of(function)
    if buckets and buckets[0].write is BucketWrite.DUAL:
        put = Fraction(facts.PUT_MILLISECONDS.value)
        position = topology.spec.buckets.index(buckets[0])
        # Both writes run side by side; the farther one decides. A cold client also opens a connection.
        yield Term(
            f"latency.{buckets[0].name}", f"the document is written to {buckets[0].name} in both regions",
            f"{put} ms + 1 to 3 round trips of {low} to {high} ms", put + low, put + 3 * high, "ms",
            (facts.PUT_MILLISECONDS, *ROUND_TRIP), (("buckets", position, "write"),),
        )  # fmt: skip


def remains(topology: Topology) -> Iterator[Remains]:
    """Old versions: each overwritten or deleted one, from the moment when it was."""
    for position, entry in enumerate(topology.spec.buckets):
        yield Remains(
            f"bucket.{entry.name}.versions", f"old versions of the objects of {entry.name}, in every region",
            Fraction(0), entry.noncurrent_retention.seconds, Fraction(0), (),
            ("buckets", position, "noncurrent_retention"),
        )  # fmt: skip


def growth(topology: Topology) -> Iterator[Growth]:
    """Objects that stay, the same in every region. An object that expires stays as an old version for its time."""
    for position, entry in enumerate(topology.spec.buckets):
        rate = topology.capacity.objects[entry.name]
        lifetime = entry.retention.seconds + entry.noncurrent_retention.seconds if entry.retention else None
        yield Growth(
            f"bucket.{entry.name}", f"objects of {entry.name}", f"{figure(rate)}/s x {entry.object_size}",
            rate * entry.object_size.bytes, lifetime, (), ("buckets", position),
        )  # fmt: skip


def costs(topology: Topology) -> Iterator[Cost]:
    """Objects where they are stored, their writes, and their way to the other regions with its time control.

    The region that serves replicates to all others. What is written to both regions is replicated from both as well.
    """
    stored = {each.route: each for each in growth(topology)}
    for position, entry in enumerate(topology.spec.buckets):
        id_, rate = f"bucket.{entry.name}", topology.capacity.objects[entry.name]
        dual = entry.write is BucketWrite.DUAL
        sources = topology.serving if dual else (topology.primary,)
        for stack in topology.regional:
            region = stack.region
            copies = sum(stack != source for source in sources)
            puts = copies + (1 if stack in sources else 0)
            yield used(f"{id_}.writes", _BILLED, region, f"writes of objects to {entry.name}",
                       f"{puts} x {figure(rate)}/s", prices.OBJECT_WRITES, rate * puts)  # fmt: skip
            yield storage(f"{id_}.storage", _BILLED, region, f"objects of {entry.name}", stored["buckets", position],
                       prices.OBJECT_STORAGE)  # fmt: skip
        for source in sources:
            others = len(topology.others(source))
            volume = rate * entry.object_size.bytes
            formula = f"{others} x {figure(rate)}/s x {entry.object_size}"
            yield moved(f"{id_}.time-control", _BILLED, source.region, f"Replication Time Control of {entry.name}",
                        formula, prices.REPLICATION_TIME, volume * others)  # fmt: skip
            yield transferred(f"{id_}.transfer", source.region, f"replication of {entry.name} to other regions",
                              formula, volume * others)  # fmt: skip
