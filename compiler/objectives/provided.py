"""What the templates provide because of the throughput: reservations, throttles, warm throughput, shards.

The same in every serving region, so that the standby can take over; tables are warmed alike in every region.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from compiler.aws.facts import dynamodb, kinesis, lambda_, route53
from compiler.objectives.model import Provision
from compiler.support.numbers import figure
from compiler.topology.capacity import ACCESS_LOG_BYTES, Throughput
from compiler.topology.model import Topology


def provided(topology: Topology) -> tuple[Provision, ...]:
    """Every capacity that the templates set, and the partitions that keys must spread over."""
    return (*_functions(topology), *_api(topology), *_tables(topology), *_stream(topology))


def _functions(topology: Topology) -> Iterator[Provision]:
    for name, capacity in topology.capacity.functions.items():
        yield Provision(
            f"function.{name}.reserved", f"environments reserved for {name}", capacity.formula, capacity.reserved,
            "execution environments", (lambda_.REQUESTS_PER_CONCURRENCY,),
        )  # fmt: skip


def _api(topology: Topology) -> Iterator[Provision]:
    capacity = topology.capacity
    yield Provision(
        "api.throttle", "requests that the API lets through: those of clients with headroom, and Route 53's checkers'",
        f"{figure(capacity.api_requests)}/s x {figure(capacity.headroom)} + {figure(capacity.api_checks)}/s",
        capacity.api_rate, "requests/s", (route53.CHECKERS,),
    )  # fmt: skip


def _tables(topology: Topology) -> Iterator[Provision]:
    for table in topology.spec.tables:
        yield from _warm(f"table.{table.name}", f"the table {table.name}", topology.capacity.tables[table.name])
        for index in table.indexes:
            yield from _warm(f"table.{table.name}.{index.name}", f"the index {index.name} of {table.name}",
                             topology.capacity.indexes[table.name, index.name])  # fmt: skip


def _warm(id_: str, what: str, units: Throughput) -> Iterator[Provision]:
    for kind, value, formula, least in (
        ("write", units.writes, units.formula_writes, dynamodb.INITIAL_WRITES),
        ("read", units.reads, units.formula_reads, dynamodb.INITIAL_READS),
    ):
        yield Provision(
            f"{id_}.warm-{kind}s", f"{kind} units that {what} serves at once", f"max({figure(least.value)}, {formula})",
            value, f"{kind} units/s", (least,),
        )  # fmt: skip
    limits = dynamodb.PARTITION_WRITES, dynamodb.PARTITION_READS
    needs = (units.need_writes, units.need_reads)
    parts = (f"{figure(need)} / {figure(limit.value)}" for need, limit in zip(needs, limits, strict=True))
    yield Provision(
        f"{id_}.partitions", f"partitions over which the keys of {what} must spread evenly",
        f"max({', '.join(parts)})", units.partitions, "partitions", limits,
    )  # fmt: skip


def _stream(topology: Topology) -> Iterator[Provision]:
    capacity = topology.capacity
    parts = [f"{figure(capacity.functions[f.name].rate)}/s x {f.log_size}" for f in topology.spec.functions]
    parts.append(f"{figure(capacity.api_requests)}/s x {figure(Fraction(ACCESS_LOG_BYTES))}B")
    yield Provision(
        "logs.shards", "shards of the stream for the other region's logs",
        f"({' + '.join(parts)}) x {figure(capacity.headroom)} / {figure(kinesis.SHARD_WRITE_BYTES.value)}B",
        capacity.log_shards, "shards", (kinesis.SHARD_WRITE_BYTES,),
    )  # fmt: skip
