"""What the throughput asks of each region, against what the account may use there.

Every serving region must hold the whole load alone: the standby's quotas are not raised on the day it is needed.
Figures: `compiler.facts`, section "capacity" of docs/objectives.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import ceil

from compiler.capacity import fraction
from compiler.facts import apigateway, dynamodb, kms, lambda_, logs, regions, s3
from compiler.objectives.model import Demand
from compiler.refs import StackId
from compiler.source import Route
from compiler.spec.data import Bucket, BucketWrite
from compiler.spec.objectives import Quotas
from compiler.topology import Topology

_BYTE_BITS = 8


def demands(topology: Topology) -> tuple[Demand, ...]:
    """Every demand of every region, the serving ones first."""
    found: list[Demand] = []
    for stack in topology.serving:
        found += _lambda(topology, stack)
        found += _api(topology, stack)
        found += _kms(topology, stack)
        found += _logs(topology, stack)
        found += _prefixes(topology, stack)
        found += _bandwidth(topology, stack)
    for stack in topology.regional:
        found += _tables(topology, stack)
    return tuple(found)


def granted(topology: Topology, stack: StackId, field: str) -> tuple[Fraction | None, Route]:
    """What the spec says was granted in a region, and where it says so; the objective's line where it is silent."""
    position = topology.position(stack)
    for quotas, route in (
        (topology.spec.regions[position].quotas, ("regions", position, "quotas", field)),
        (topology.spec.quotas, ("quotas", field)),
    ):
        value = getattr(quotas, field) if isinstance(quotas, Quotas) else None
        if value is not None:
            return (Fraction(value) if isinstance(value, int) else value.per_second), route
    return None, ("objectives", "throughput")


def _lambda(topology: Topology, stack: StackId) -> Iterator[Demand]:
    quota, route = granted(topology, stack, "lambda_concurrency")
    allowed = quota if quota is not None else Fraction(lambda_.ACCOUNT_CONCURRENCY.value)
    reserved = {name: capacity.reserved for name, capacity in topology.capacity.functions.items()}
    kept = lambda_.UNRESERVED_CONCURRENCY.value
    parts = " + ".join(str(value) for value in reserved.values())
    yield Demand(
        id="lambda.concurrency",
        says="execution environments reserved for all functions, and those Lambda keeps back",
        formula=f"{parts} + {kept}",
        region=stack.region,
        needed=Fraction(sum(reserved.values()) + kept),
        allowed=allowed,
        unit="concurrent executions",
        granted=quota is not None,
        facts=(lambda_.ACCOUNT_CONCURRENCY, lambda_.UNRESERVED_CONCURRENCY, lambda_.REQUESTS_PER_CONCURRENCY),
        route=route,
        quota=lambda_.ACCOUNT_CONCURRENCY_QUOTA,
    )
    rate = sum((capacity.rate for capacity in topology.capacity.functions.values()), Fraction(0))
    per = lambda_.REQUESTS_PER_CONCURRENCY.value
    yield Demand(
        id="lambda.requests",
        says=f"runs of all functions; an account runs {per} times its concurrency",
        formula=" + ".join(_plain(capacity.rate) for capacity in topology.capacity.functions.values()),
        region=stack.region,
        needed=rate,
        allowed=allowed * per,
        unit="runs/s",
        granted=quota is not None,
        facts=(lambda_.REQUESTS_PER_CONCURRENCY, lambda_.ACCOUNT_CONCURRENCY),
        route=route,
        quota=lambda_.ACCOUNT_CONCURRENCY_QUOTA,
    )


def _api(topology: Topology, stack: StackId) -> Iterator[Demand]:
    quota, route = granted(topology, stack, "api_requests")
    default = regions.api_gateway_default_rate(stack.region)
    yield Demand(
        id="api.requests",
        says="requests of clients with headroom, over all APIs of the account",
        formula=f"{_plain(topology.capacity.api_requests)} x {_plain(topology.capacity.headroom)}",
        region=stack.region,
        needed=Fraction(topology.capacity.api_rate),
        allowed=quota if quota is not None else Fraction(default.value),
        unit="requests/s",
        granted=quota is not None,
        facts=(default,),
        route=route,
        quota=apigateway.ACCOUNT_RATE_QUOTA,
    )


def _tables(topology: Topology, stack: StackId) -> Iterator[Demand]:
    for table in topology.spec.tables:
        capacity = topology.capacity.tables[table.name]
        for kind, needed, default, quota_fact in (
            ("write", capacity.need_writes, dynamodb.TABLE_WRITES, dynamodb.TABLE_WRITES_QUOTA),
            ("read", capacity.need_reads, dynamodb.TABLE_READS, dynamodb.TABLE_READS_QUOTA),
        ):
            quota, route = granted(topology, stack, f"table_{kind}s")
            yield Demand(
                id=f"table.{table.name}.{kind}s",
                says=f"{kind} request units of the table {table.name}",
                formula=capacity.formula_writes if kind == "write" else capacity.formula_reads,
                region=stack.region,
                needed=needed,
                allowed=quota if quota is not None else Fraction(default.value),
                unit=f"{kind} units/s",
                granted=quota is not None,
                facts=(default, dynamodb.WRITE_UNIT_BYTES if kind == "write" else dynamodb.READ_UNIT_BYTES),
                route=route,
                quota=quota_fact,
            )


def objects(topology: Topology, bucket: Bucket) -> Fraction:
    """Objects of a bucket written a second at peak."""
    return topology.spec.objectives.throughput.per_second * fraction(bucket.objects)


def _kms(topology: Topology, stack: StackId) -> Iterator[Demand]:
    """Data keys of objects (less what bucket keys save) and of tables (one request a caller in five minutes)."""
    quota, route = granted(topology, stack, "kms_requests")
    default = regions.kms_request_quota(stack.region)
    left = Fraction(100 - s3.BUCKET_KEY_SAVING_PERCENT.value, 100)
    copies = len(topology.others(stack))
    per_object = s3.KMS_REQUESTS_PER_OBJECT.value + s3.KMS_REQUESTS_PER_REPLICA.value * copies
    stored = sum((objects(topology, bucket) for bucket in topology.spec.buckets), Fraction(0)) * per_object * left
    callers = sum(capacity.reserved for capacity in topology.capacity.functions.values())
    tables = Fraction(callers * len(topology.spec.tables), dynamodb.KEY_CACHE_SECONDS.value)
    yield Demand(
        id="kms.requests",
        says="cryptographic requests of S3 under bucket keys and of DynamoDB",
        formula=f"{_plain(stored)} for objects + {_plain(tables)} for tables",
        region=stack.region,
        needed=stored + tables,
        allowed=quota if quota is not None else Fraction(default.value),
        unit="requests/s",
        granted=quota is not None,
        facts=(default, s3.BUCKET_KEY_SAVING_PERCENT, s3.KMS_REQUESTS_PER_REPLICA, s3.KMS_REQUESTS_PER_OBJECT,
               dynamodb.KEY_CACHE_SECONDS),
        route=route,
        quota=kms.REQUESTS_QUOTA,
    )  # fmt: skip


def _logs(topology: Topology, stack: StackId) -> Iterator[Demand]:
    quota, route = granted(topology, stack, "log_requests")
    busy = sum(capacity.busy for capacity in topology.capacity.functions.values())
    calls = busy * logs.CALLS_PER_ENVIRONMENT.value
    yield Demand(
        id="logs.requests",
        says="PutLogEvents calls of all busy execution environments",
        formula=f"{_plain(Fraction(busy))} x {logs.CALLS_PER_ENVIRONMENT.value}",
        region=stack.region,
        needed=Fraction(ceil(calls)),
        allowed=quota if quota is not None else Fraction(logs.PUT_RATE.value),
        unit="calls/s",
        granted=quota is not None,
        facts=(logs.PUT_RATE, logs.CALLS_PER_ENVIRONMENT),
        route=route,
        quota=logs.PUT_RATE_QUOTA,
    )


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
                says=f"{kind} of {bucket.name} with those of replication, over {bucket.prefixes} prefixes",
                formula=f"{_plain(rate)} objects/s x {per}",
                region=stack.region,
                needed=rate * per,
                allowed=Fraction(limit.value * bucket.prefixes),
                unit=f"{kind}/s",
                granted=True,
                facts=(limit, fact),
                route=("buckets", position, "prefixes"),
            )


def _bandwidth(topology: Topology, stack: StackId) -> Iterator[Demand]:
    """What replication moves to one region, against the transfer rate up to which its 15 minutes are promised."""
    for position, bucket in enumerate(topology.spec.buckets):
        rate = objects(topology, bucket)
        yield Demand(
            id=f"bucket.{bucket.name}.replication",
            says=f"transfer of {bucket.name} to one other region",
            formula=f"{_plain(rate)} objects/s x {bucket.object_size} x {_BYTE_BITS} bits",
            region=stack.region,
            needed=rate * bucket.object_size.bytes * _BYTE_BITS,
            allowed=Fraction(s3.RTC_BITS_PER_SECOND.value),
            unit="bits/s",
            granted=False,
            facts=(s3.RTC_BITS_PER_SECOND,),
            route=("buckets", position, "object_size"),
            quota=s3.RTC_TRANSFER_QUOTA,
        )


def _plain(value: Fraction) -> str:
    return f"{float(value):,.6g}" if value.denominator != 1 else f"{int(value):,}"
