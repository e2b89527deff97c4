"""The latency of one transaction: what the API adds, what the function takes, and what it waits for."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from compiler.aws.facts import apigateway, dynamodb, kms, s3, vpc
from compiler.diagnostics.model import Route
from compiler.objectives.model import Objective, Term, Verdict
from compiler.spec.compute import Function
from compiler.spec.data import BucketWrite, Consistency
from compiler.topology.model import Topology

_UNIT = "ms"


def slowest(topology: Topology) -> tuple[int, Function]:
    """The function behind the API whose transactions take longest at worst, and its position."""
    routed = {route.function for route in topology.spec.api.routes}
    behind = [(n, f) for n, f in topology.functions() if f.name in routed]
    return max(behind, key=lambda item: (sum(term.worst for term in _terms(topology, *item)), -item[0]))


def latency(topology: Topology) -> Objective:
    """The latency budget: typically warm, at worst in a new environment with no key cached."""
    asked = topology.spec.objectives.latency.milliseconds
    terms = tuple(_terms(topology, *slowest(topology)))
    worst = sum((term.worst for term in terms), Fraction(0))
    verdict = Verdict.DOCUMENTED if worst <= asked else Verdict.MISSED
    why = (
        "a run counts with its mean duration and a cold start, as the author measured them; an alarm on the 99th "
        "percentile watches what clients see"
    )
    return Objective(
        "latency", "Latency of a transaction", asked, _UNIT, terms, verdict, why, ("objectives", "latency")
    )


def _terms(topology: Topology, position: int, function: Function) -> Iterator[Term]:
    at: Route = ("functions", position)
    overhead = Fraction(apigateway.OVERHEAD_MILLISECONDS.value)
    yield Term(
        "latency.api", "API Gateway hands the request on and the answer back", f"{overhead} ms",
        overhead, overhead, _UNIT, (apigateway.OVERHEAD_MILLISECONDS,),
    )  # fmt: skip
    duration = function.duration.milliseconds
    requests = len(topology.tables_of(function))
    table = f", its requests to {requests} table{'s' if requests > 1 else ''} included" if requests else ""
    yield Term(
        f"latency.{function.name}", f"{function.name} runs{table}", str(function.duration),
        duration, duration, _UNIT, (dynamodb.REQUEST_MILLISECONDS,) if requests else (), ((*at, "duration"),),
    )  # fmt: skip
    cold = function.cold_start.milliseconds
    yield Term(
        f"latency.{function.name}.cold", f"a new environment of {function.name} starts", str(function.cold_start),
        Fraction(0), cold, _UNIT, (), ((*at, "cold_start"),),
    )  # fmt: skip
    keys = requests + len(topology.buckets_of(function))
    if keys:
        key = Fraction(kms.REQUEST_MILLISECONDS.value)
        yield Term(
            "latency.key", "KMS gives out the data keys of tables and buckets, then they are cached",
            f"{keys} x {key} ms", Fraction(0), keys * key, _UNIT,
            (kms.REQUEST_MILLISECONDS, dynamodb.KEY_CACHE_SECONDS),
        )  # fmt: skip
    yield from _across(topology, function)


def _across(topology: Topology, function: Function) -> Iterator[Term]:
    """Calls to the other region that a transaction waits for."""
    low = Fraction(vpc.ROUND_TRIP_LOW_MILLISECONDS.value).limit_denominator()
    high = Fraction(vpc.ROUND_TRIP_HIGH_MILLISECONDS.value).limit_denominator()
    trips = (vpc.ROUND_TRIP_LOW_MILLISECONDS, vpc.ROUND_TRIP_HIGH_MILLISECONDS)
    buckets = topology.buckets_of(function)
    if buckets and buckets[0].write is BucketWrite.DUAL:
        put = Fraction(s3.PUT_MILLISECONDS.value)
        position = topology.spec.buckets.index(buckets[0])
        # Both writes run side by side; the farther one decides. A cold client also opens a connection.
        yield Term(
            f"latency.{buckets[0].name}", f"the document is written to {buckets[0].name} in both regions",
            f"{put} ms + 1 to 3 round trips of {low} to {high} ms", put + low, put + 3 * high, _UNIT,
            (s3.PUT_MILLISECONDS, *trips), (("buckets", position, "write"),),
        )  # fmt: skip
    for position, table in enumerate(topology.spec.tables):
        if not topology.strong or table not in topology.tables_of(function):
            continue
        reads = table.reads and table.consistency is Consistency.STRONG
        for id_, happens, says in (
            (table.name, table.writes, f"a write to {table.name} is agreed on by a second region"),
            (f"{table.name}.read", reads, f"a strong read of {table.name} asks a second region"),
        ):
            if happens:
                yield Term(
                    f"latency.{id_}", says, f"1 round trip of {low} to {high} ms", low, high, _UNIT, trips,
                    (("tables", position),),
                )  # fmt: skip
