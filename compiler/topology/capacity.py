"""Capacities that follow from the spec's throughput, sizes and durations.

Every figure of AWS comes from `compiler.aws.facts`; only the headroom is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import ceil

from compiler.aws.facts import dynamodb, kinesis, lambda_, logs, route53
from compiler.aws.facts.model import figure
from compiler.spec.compute import Function
from compiler.spec.data import Consistency, Index, Table
from compiler.spec.model import Spec
from compiler.spec.operations import LogLevel
from compiler.spec.regions import Region
from compiler.support.frozen import frozen

HEADROOM = Fraction(6, 5)
"""Provided capacity over computed need: a fifth more, for retries and uneven arrival during a failover."""

_HALF = Fraction(str(dynamodb.EVENTUAL_READ_FACTOR.value))

ACCESS_LOG_BYTES = 512
"""Size of one line of the API's access log in the form `services.apigateway` gives it, rounded up."""

CHECKED = 2 * route53.CHECKERS.value
"""Environments that a function of ours needs if all checkers of both health checks ask it at once."""


@frozen
class FunctionCapacity:
    """Runs per second at peak, the environments that they take, and the environments that are reserved.

    `environments` is the larger of rate x duration and of what Lambda needs to admit the rate; `by_rate` says
    whether it is the latter.
    """

    rate: Fraction
    environments: int
    by_rate: bool
    reserved: int
    formula: str


@frozen
class Throughput:
    """Request units per second that a table or index needs, their formulas, and its warm throughput."""

    need_reads: Fraction
    need_writes: Fraction
    formula_reads: str
    formula_writes: str

    @property
    def reads(self) -> int:
        # AWS takes no figure below that of a new table.
        return max(ceil(self.need_reads), dynamodb.INITIAL_READS.value)

    @property
    def writes(self) -> int:
        return max(ceil(self.need_writes), dynamodb.INITIAL_WRITES.value)

    @property
    def partitions(self) -> int:
        """The least number of partitions for the need; keys must be spread evenly over them."""
        by_writes = ceil(self.need_writes / dynamodb.PARTITION_WRITES.value)
        return max(1, by_writes, ceil(self.need_reads / dynamodb.PARTITION_READS.value))


@frozen
class LogVolume:
    """Log lines of all functions and of the clients' API at peak, in bytes a second, and what their copies take.

    `usual` is what is paid for: successes are sampled, and Lambda writes nothing of its own for them. `most` is what
    copies must carry: in a failure every run logs. `records` a second are those of the functions, one for each call
    that delivers lines, and never more than there are lines.
    """

    usual: Fraction
    most: Fraction
    records: Fraction

    @property
    def sent(self) -> Fraction:
        """Bytes a second that subscriptions send at most."""
        return self.most / Fraction(str(logs.COMPRESSION.value)) + self.records * logs.RECORD_BYTES.value

    @property
    def shards(self) -> int:
        """Shards that take in so many bytes and records, evenly spread, with headroom."""
        by_bytes = self.sent * HEADROOM / kinesis.SHARD_WRITE_BYTES.value
        by_records = self.records * HEADROOM / kinesis.SHARD_WRITE_RECORDS.value
        return max(1, ceil(by_bytes), ceil(by_records))


@frozen
class Capacity:
    """All capacities of a topology, by entry name; indexes by table and index."""

    functions: Mapping[str, FunctionCapacity]
    own_function: int
    """Environments reserved for each function of ours, which Route 53 calls."""
    tables: Mapping[str, Throughput]
    indexes: Mapping[tuple[str, str], Throughput]
    objects: Mapping[str, Fraction]
    """Objects of each bucket written a second at peak."""
    api_requests: Fraction
    """Requests of clients per second at peak."""
    api_rate: int
    """The throttle of the clients' API: their requests with headroom."""
    logs: LogVolume
    """Log lines at peak, and the shards of the stream that receives the other region's."""
    concurrency: Mapping[str, int]
    """Concurrent executions that the account may have, by region."""
    headroom: Fraction = HEADROOM


def fraction(per_transaction: float) -> Fraction:
    """A figure per transaction as the author wrote it: 0.1 is a tenth, not its binary neighbour."""
    return Fraction(str(per_transaction))


def compute(spec: Spec) -> Capacity:
    """The capacities that a spec asks for: equal in all serving regions, so that the standby can take over."""
    rate = spec.objectives.throughput.per_second
    floor = spec.objectives.reserved_minimum
    functions = {function.name: _function(function, rate, floor) for function in spec.functions}
    routed = {route.function for route in spec.api.routes}
    requests = sum((functions[name].rate for name in sorted(routed & set(functions))), Fraction(0))
    return Capacity(
        functions=functions,
        own_function=max(floor, CHECKED),
        tables={table.name: _table(table, rate) for table in spec.tables},
        indexes={
            (table.name, index.name): _index(table, index, rate) for table in spec.tables for index in table.indexes
        },
        objects={bucket.name: rate * fraction(bucket.objects) for bucket in spec.buckets},
        api_requests=requests,
        api_rate=ceil(requests * HEADROOM),
        logs=_logs(spec, functions, requests),
        concurrency={region.region: _concurrency(spec, region) for region in spec.regions},
    )


def _logs(spec: Spec, functions: Mapping[str, FunctionCapacity], requests: Fraction) -> LogVolume:
    lines = sum((functions[f.name].rate * f.log_size.bytes for f in spec.functions), Fraction(0))
    access = requests * ACCESS_LOG_BYTES
    # At the level of debug code logs all of its runs, above that of info no success.
    level, sampled = spec.logs.level, spec.logs.sample.percent / 100
    kept = {LogLevel.DEBUG: Fraction(1), LogLevel.INFO: sampled}.get(level, Fraction(0))
    calls = logs.CALLS_PER_ENVIRONMENT.value
    records = sum((min(c.rate, Fraction(c.environments * calls)) for c in functions.values()), Fraction(0))
    return LogVolume(usual=lines * kept + access, most=lines + access, records=records)


def _concurrency(spec: Spec, region: Region) -> int:
    own = region.quotas.lambda_concurrency if region.quotas else None
    return own or spec.quotas.lambda_concurrency or lambda_.ACCOUNT_CONCURRENCY.value


def _function(function: Function, rate: Fraction, floor: int) -> FunctionCapacity:
    """Reserved concurrency: the largest of the floor, rate x duration, and rate / requests per environment."""
    runs = rate * fraction(function.share)
    busy = runs * function.duration.seconds
    per = lambda_.REQUESTS_PER_CONCURRENCY.value
    admitted = runs / per
    reserved = max(floor, ceil(max(busy, admitted) * HEADROOM))
    formula = (
        f"max({floor}, max({figure(runs)}/s x {function.duration}, {figure(runs)}/s / {per}) x {figure(HEADROOM)})"
    )
    return FunctionCapacity(runs, ceil(max(busy, admitted)), admitted > busy, reserved, formula)


def write_units(table: Table) -> int:
    """Units that one write of an item takes; a write in a transaction counts twice."""
    factor = dynamodb.TRANSACTION_WRITE_FACTOR.value if table.transactions else 1
    return _plain_write_units(table) * factor


def _plain_write_units(table: Table) -> int:
    return ceil(table.item_size.bytes / dynamodb.WRITE_UNIT_BYTES.value)


def read_units(table: Table) -> Fraction:
    """Units that one read of an item takes, by its consistency."""
    whole = Fraction(ceil(table.item_size.bytes / dynamodb.READ_UNIT_BYTES.value))
    return whole * _HALF if table.consistency is Consistency.EVENTUAL else whole


def _table(table: Table, rate: Fraction) -> Throughput:
    return Throughput(
        need_reads=rate * fraction(table.reads) * read_units(table),
        need_writes=rate * fraction(table.writes) * write_units(table),
        formula_reads=f"{figure(rate)}/s x {table.reads:g} x {figure(read_units(table))} units",
        formula_writes=f"{figure(rate)}/s x {table.writes:g} x {write_units(table)} units",
    )


def _index(table: Table, index: Index, rate: Fraction) -> Throughput:
    # Reads of an index are always eventually consistent, and DynamoDB writes it after a transaction, not in it. Whole
    # items are counted, also where the index has only their keys.
    units = ceil(table.item_size.bytes / dynamodb.READ_UNIT_BYTES.value) * _HALF
    return Throughput(
        need_reads=rate * fraction(index.reads) * units,
        need_writes=rate * fraction(index.writes) * _plain_write_units(table),
        formula_reads=f"{figure(rate)}/s x {index.reads:g} x {figure(units)} units",
        formula_writes=f"{figure(rate)}/s x {index.writes:g} x {_plain_write_units(table)} units",
    )
