"""What the throughput asks of the services that store: DynamoDB, S3, and KMS behind both."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from compiler.aws import regions
from compiler.aws.facts import dynamodb, kms, lambda_, s3
from compiler.ir.elements import StackId
from compiler.objectives.model import Demand
from compiler.objectives.quotas import granted
from compiler.spec.data import Bucket, BucketWrite
from compiler.support.numbers import figure
from compiler.topology.capacity import Throughput, fraction
from compiler.topology.model import Topology

_BYTE_BITS = 8


def demands(topology: Topology, stack: StackId) -> Iterator[Demand]:
    """The demands of one region that holds data; objects are only written where functions run."""
    yield from _tables(topology, stack)
    yield from _kms(topology, stack)
    if stack.serves:
        yield from _prefixes(topology, stack)
        yield from _bandwidth(topology, stack)


def _tables(topology: Topology, stack: StackId) -> Iterator[Demand]:
    """Units of each table and of each of its indexes, which have the quota for themselves.

    A write costs the same units in every region that it is replicated to.
    """
    for table in topology.spec.tables:
        yield from _units(topology, stack, f"table.{table.name}", f"the table {table.name}",
                          topology.capacity.tables[table.name])  # fmt: skip
        for index in table.indexes:
            yield from _units(topology, stack, f"table.{table.name}.{index.name}",
                              f"the index {index.name} of {table.name}",
                              topology.capacity.indexes[table.name, index.name])  # fmt: skip


def _units(topology: Topology, stack: StackId, id_: str, what: str, capacity: Throughput) -> Iterator[Demand]:
    for kind, needed, formula, default, fact, code in (
        ("write", capacity.need_writes, capacity.formula_writes, dynamodb.TABLE_WRITES,
         dynamodb.WRITE_UNIT_BYTES, dynamodb.TABLE_WRITES_QUOTA),
        ("read", capacity.need_reads, capacity.formula_reads, dynamodb.TABLE_READS,
         dynamodb.READ_UNIT_BYTES, dynamodb.TABLE_READS_QUOTA),
    ):  # fmt: skip
        quota, route = granted(topology, stack, f"table_{kind}s")
        yield Demand(
            id=f"{id_}.{kind}s",
            says=f"{kind} request units of {what}",
            formula=formula,
            region=stack.region,
            needed=needed,
            allowed=quota if quota is not None else Fraction(default.value),
            unit=f"{kind} units/s",
            granted=quota is not None,
            facts=(default, fact),
            route=route,
            quota=code,
            field=f"table_{kind}s: {{}}/s",
        )


def objects(topology: Topology, bucket: Bucket) -> Fraction:
    """Objects of a bucket written a second at peak."""
    return topology.spec.objectives.throughput.per_second * fraction(bucket.objects)


def _kms(topology: Topology, stack: StackId) -> Iterator[Demand]:
    """Requests for the keys of objects, of tables, and of execution environments that start, all at failover.

    A region that only holds data is asked by what arrives there.
    """
    quota, route = granted(topology, stack, "kms_requests")
    default = regions.kms_request_quota(stack.region)
    left = Fraction(100 - s3.BUCKET_KEY_SAVING_PERCENT.value, 100)
    stored = sum(
        (objects(topology, bucket) * _key_requests(topology, stack, bucket) for bucket in topology.spec.buckets),
        Fraction(0),
    )
    parts = [f"{figure(stored)} x {figure(100 * left)} % for objects"]
    needed = stored * left
    facts = [default, s3.BUCKET_KEY_SAVING_PERCENT, s3.KMS_REQUESTS_PER_REPLICA, s3.KMS_REQUESTS_PER_OBJECT]
    if stack.serves:
        callers, starting = Fraction(0), Fraction(0)
        for function in topology.spec.functions:
            reserved = topology.capacity.functions[function.name].reserved
            tables = len(topology.tables_of(function))
            callers += Fraction(reserved * tables, dynamodb.KEY_CACHE_SECONDS.value)
            starts = Fraction(min(reserved, lambda_.RAMP_CONCURRENCY.value), lambda_.RAMP_SECONDS.value)
            starting += starts * (lambda_.KEY_REQUESTS_PER_START.value + tables)
        parts += [f"{figure(callers)} for tables", f"{figure(starting)} for environments that start"]
        needed += callers + starting
        facts += [dynamodb.KEY_CACHE_SECONDS, lambda_.RAMP_CONCURRENCY, lambda_.RAMP_SECONDS,
                  lambda_.KEY_REQUESTS_PER_START]  # fmt: skip
    yield Demand(
        id="kms.requests",
        says="cryptographic requests of S3 under bucket keys, of DynamoDB and of Lambda",
        formula=" + ".join(parts),
        region=stack.region,
        needed=needed,
        allowed=quota if quota is not None else Fraction(default.value),
        unit="requests/s",
        granted=quota is not None,
        facts=tuple(facts),
        route=route,
        quota=kms.REQUESTS_QUOTA,
        field="kms_requests: {}/s",
    )


def _key_requests(topology: Topology, stack: StackId, bucket: Bucket) -> int:
    """Requests to KMS in one region for each new object, without bucket keys; both ends of a copy are counted."""
    arriving = s3.KMS_REQUESTS_PER_REPLICA.value
    # What is written to both regions is replicated from both as well.
    again = arriving if bucket.write is BucketWrite.DUAL else 0
    if not stack.serves:
        return arriving + again
    return s3.KMS_REQUESTS_PER_OBJECT.value + arriving * len(topology.others(stack)) + again


def _prefixes(topology: Topology, stack: StackId) -> Iterator[Demand]:
    """Writes and reads of one prefix, replication's own included."""
    copies = len(topology.others(stack))
    for position, bucket in enumerate(topology.spec.buckets):
        rate = objects(topology, bucket)
        second = 1 if bucket.write is BucketWrite.DUAL else 0
        writes = 1 + second + s3.REPLICATION_SOURCE_WRITES.value * copies
        reads = s3.REPLICATION_SOURCE_READS.value * copies
        for kind, per, limit, fact in (
            ("writes", writes, s3.WRITES_PER_PREFIX, s3.REPLICATION_SOURCE_WRITES),
            ("reads", reads, s3.READS_PER_PREFIX, s3.REPLICATION_SOURCE_READS),
        ):
            yield Demand(
                id=f"bucket.{bucket.name}.{kind}",
                says=f"{kind} of {bucket.name} with those of replication; one prefix serves {figure(limit.value)}",
                formula=f"{figure(rate)} objects/s x {per}",
                region=stack.region,
                needed=rate * per,
                allowed=Fraction(limit.value * bucket.prefixes),
                unit=f"{kind}/s",
                granted=False,
                facts=(limit, fact),
                route=("buckets", position, "prefixes"),
            )


def replication_rate(topology: Topology) -> Fraction:
    """Bits a second that replication moves from one region to one other, over all buckets."""
    return sum((_bits(topology, bucket) for bucket in topology.spec.buckets), Fraction(0))


def _bits(topology: Topology, bucket: Bucket) -> Fraction:
    return objects(topology, bucket) * bucket.object_size.bytes * _BYTE_BITS


def _bandwidth(topology: Topology, stack: StackId) -> Iterator[Demand]:
    """What replication moves to one region, against the transfer rate up to which its 15 minutes are promised."""
    buckets = topology.spec.buckets
    if not buckets:
        return
    # The one that moves most stands for all of them.
    position = max(range(len(buckets)), key=lambda n: (_bits(topology, buckets[n]), -n))
    parts = (f"{figure(objects(topology, b))} objects/s x {b.object_size}" for b in buckets)
    total = " + ".join(parts)
    yield Demand(
        id="replication",
        says="transfer of all buckets to one other region",
        formula=f"{total} x {_BYTE_BITS} bits" if len(buckets) == 1 else f"({total}) x {_BYTE_BITS} bits",
        region=stack.region,
        needed=replication_rate(topology),
        allowed=Fraction(s3.RTC_BITS_PER_SECOND.value),
        unit="bits/s",
        granted=False,
        facts=(s3.RTC_BITS_PER_SECOND,),
        route=("buckets", position, "object_size"),
        quota=s3.RTC_TRANSFER_QUOTA,
    )
