"""Capacities that follow from the spec's throughput, sizes and durations.

Every figure of AWS comes from `compiler.facts`; only the headroom and the floor of the requirement are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from compiler.facts import dynamodb, lambda_
from compiler.spec.compute import Function
from compiler.spec.data import Consistency, Index, Table
from compiler.spec.model import Spec
from compiler.spec.regions import Region

HEADROOM = Fraction(6, 5)
"""What is provided above the computed need: a fifth, for retries and uneven arrival at the moment of failover."""

CONCURRENCY_FLOOR = 100
"""The reservation that was asked for as the least of any function (requirements, "reserved concurrency")."""


@dataclass(frozen=True, slots=True)
class FunctionCapacity:
    """Runs a second at peak, and the execution environments reserved for them."""

    rate: Fraction
    reserved: int


@dataclass(frozen=True, slots=True)
class Throughput:
    """Request units a second that a table or index is warmed for."""

    reads: int
    writes: int


@dataclass(frozen=True, slots=True)
class Capacity:
    """All capacities of a topology, by entry name; indexes by table and index."""

    functions: Mapping[str, FunctionCapacity]
    tables: Mapping[str, Throughput]
    indexes: Mapping[tuple[str, str], Throughput]
    api_rate: int
    concurrency: Mapping[str, int]
    """Concurrent executions the account has, by serving region."""


def compute(spec: Spec) -> Capacity:
    """The capacities a spec asks for; the same in every serving region, so that the standby can take over."""
    rate = spec.objectives.throughput.per_second
    routed = {route.function for route in spec.api.routes}
    requests = sum((rate * Fraction(f.share).limit_denominator(10**6) for f in spec.functions if f.name in routed),
                   Fraction(0))  # fmt: skip
    return Capacity(
        functions={function.name: _function(function, rate) for function in spec.functions},
        tables={table.name: _table(table, rate) for table in spec.tables},
        indexes={
            (table.name, index.name): _index(table, index, rate) for table in spec.tables for index in table.indexes
        },
        api_rate=ceil(requests * HEADROOM),
        concurrency={region.region: _concurrency(spec, region) for region in spec.regions},
    )


def _concurrency(spec: Spec, region: Region) -> int:
    own = region.quotas.lambda_concurrency if region.quotas else None
    return own or spec.quotas.lambda_concurrency or lambda_.ACCOUNT_CONCURRENCY.value


def _function(function: Function, rate: Fraction) -> FunctionCapacity:
    """Reserved concurrency: the largest of the floor, rate x duration, and rate / requests per environment."""
    runs = rate * Fraction(function.share).limit_denominator(10**6)
    busy = runs * function.duration.seconds
    admitted = runs / lambda_.REQUESTS_PER_CONCURRENCY.value
    return FunctionCapacity(runs, max(CONCURRENCY_FLOOR, ceil(max(busy, admitted) * HEADROOM)))


def write_units(table: Table) -> int:
    """Units that one write of an item takes."""
    return ceil(table.item_size.bytes / dynamodb.WRITE_UNIT_BYTES.value)


def read_units(table: Table) -> Fraction:
    """Units that one read of an item takes, by its consistency."""
    whole = Fraction(ceil(table.item_size.bytes / dynamodb.READ_UNIT_BYTES.value))
    if table.consistency is Consistency.EVENTUAL:
        return whole * Fraction(dynamodb.EVENTUAL_READ_FACTOR.value).limit_denominator(100)
    return whole


def _table(table: Table, rate: Fraction) -> Throughput:
    writes = rate * Fraction(table.writes).limit_denominator(10**6) * write_units(table)
    reads = rate * Fraction(table.reads).limit_denominator(10**6) * read_units(table)
    return _warm(reads, writes)


def _index(table: Table, index: Index, rate: Fraction) -> Throughput:
    # An index is read eventually, whatever the table's reads are.
    half = Fraction(dynamodb.EVENTUAL_READ_FACTOR.value).limit_denominator(100)
    units = ceil(table.item_size.bytes / dynamodb.READ_UNIT_BYTES.value) * half
    writes = rate * Fraction(index.writes).limit_denominator(10**6) * write_units(table)
    return _warm(rate * Fraction(index.reads).limit_denominator(10**6) * units, writes)


def _warm(reads: Fraction, writes: Fraction) -> Throughput:
    # A table is never colder than a new one, and a lower figure could not be asked for.
    return Throughput(max(ceil(reads), dynamodb.INITIAL_READS.value), max(ceil(writes), dynamodb.INITIAL_WRITES.value))
