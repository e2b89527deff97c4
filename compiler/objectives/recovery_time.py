"""The recovery time: from the loss of the primary region to answers from the secondary, term by term."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import ceil

from compiler.aws.facts import lambda_, route53
from compiler.aws.facts.model import figure
from compiler.diagnostics.model import Route
from compiler.objectives.model import Objective, Outcome, Term
from compiler.spec.units import Duration
from compiler.support.frozen import frozen
from compiler.topology.model import Topology

_UNIT = "s"
_CHECK: Route = ("dns", "health_check")


def timeout() -> int:
    """Seconds after which one request of a checker has failed: connecting, then the answer."""
    return route53.CONNECT_SECONDS.value + route53.ANSWER_SECONDS.value


def detection(interval: Fraction, failures: int) -> Fraction:
    """Seconds at worst until Route 53 counts a hanging endpoint as gone.

    The interval runs from one answer to the next request, so each round adds the time to fail.
    """
    return failures * (interval + timeout())


def recovery_time(topology: Topology) -> Objective:
    """The RTO budget, with the outcome of its worst case."""
    asked = topology.spec.objectives.rto.seconds
    terms = tuple(_terms(topology))
    worst = sum((term.worst for term in terms), Fraction(0))
    outcome = Outcome.DOCUMENTED if worst <= asked else Outcome.MISSED
    why = (
        "AWS promises only that its DNS servers answer; detection, caching and scaling up are documented or assumed, "
        "so test the whole failover in a drill"
    )
    return Objective("rto", "Recovery time", asked, _UNIT, terms, outcome, why, ("objectives", "rto"))


def _terms(topology: Topology) -> Iterator[Term]:
    check = topology.spec.dns.health_check
    interval = check.interval.seconds
    yield Term(
        "rto.detection",
        f"Route 53 detects the failure: {check.failures} failed checks in a row",
        f"{check.failures} x ({interval} s + {route53.CONNECT_SECONDS.value} s + {route53.ANSWER_SECONDS.value} s)",
        check.failures * interval,
        detection(interval, check.failures),
        _UNIT,
        (route53.CONNECT_SECONDS, route53.ANSWER_SECONDS, route53.INTERVALS_SECONDS),
        ((*_CHECK, "interval"), (*_CHECK, "failures")),
    )
    status = Fraction(route53.STATUS_SECONDS.value)
    yield Term("rto.status", "the new state reaches the name servers of Route 53", f"{status} s", status, status, _UNIT,
               (route53.STATUS_SECONDS,))  # fmt: skip
    alias, cache = Fraction(route53.API_ALIAS_SECONDS.value), Fraction(route53.CLIENT_CACHE_SECONDS.value)
    yield Term(
        "rto.dns",
        "clients stop using the cached old address",
        f"{alias} s, at worst {cache} s",
        alias,
        cache,
        _UNIT,
        (route53.CLIENT_CACHE_SECONDS,),
        usual=(route53.API_ALIAS_SECONDS,),
    )
    yield from _ramp(topology)


def _ramp(topology: Topology) -> Iterator[Term]:
    """Functions start environments in steps, all functions side by side; tables and APIs are warm already."""
    step, seconds = lambda_.RAMP_CONCURRENCY.value, lambda_.RAMP_SECONDS.value
    ramps = [
        (position, function, ceil(topology.capacity.functions[function.name].reserved / step))
        for position, function in topology.functions()
    ]
    position, slowest, steps = max(ramps, key=lambda ramp: (ramp[2] * seconds + ramp[1].cold_start.seconds, -ramp[0]))
    most = topology.capacity.functions[slowest.name].reserved
    yield Term(
        "rto.ramp",
        f"{slowest.name} grows to {most:,} environments, {step:,} every {seconds} s",
        f"{steps} x {seconds} s",
        Fraction(steps * seconds),
        Fraction(steps * seconds),
        _UNIT,
        (lambda_.RAMP_CONCURRENCY, lambda_.RAMP_SECONDS),
        (("functions", position, "duration"),),
    )
    cold = slowest.cold_start.seconds
    yield Term("rto.cold", f"the last environment of {slowest.name} starts", str(slowest.cold_start), cold, cold, _UNIT,
               (), (("functions", position, "cold_start"),))  # fmt: skip


@frozen
class Remedy:
    """A change of the health check that brings the worst case within the objective."""

    says: str


def remedy(topology: Topology, objective: Objective) -> Remedy:
    """The smallest change that would keep the objective: the interval first, which costs no certainty."""
    check = topology.spec.dns.health_check
    over = objective.worst - objective.asked
    now = detection(check.interval.seconds, check.failures)
    fastest = Fraction(min(route53.INTERVALS_SECONDS.value))
    changes: list[str] = []
    if check.interval.seconds > fastest:
        changes.append(f"`interval` from {check.interval} to {Duration(fastest)}")
        saved = now - detection(fastest, check.failures)
        if saved >= over:
            return Remedy(f"change {changes[0]}, which saves {figure(saved)} s ({figure(over)} s are needed)")
    for failures in range(check.failures - 1, 0, -1):
        saved = now - detection(fastest, failures)
        if saved >= over:
            changes.append(f"`failures` from {check.failures} to {failures}")
            return Remedy(
                f"change {' and '.join(changes)}, which saves {figure(saved)} s ({figure(over)} s are needed)"
            )
    least = objective.worst - now + detection(fastest, 1)
    says = (
        f"no health check is fast enough: the fastest still needs {figure(least)} s in total; raise `rto` to at least "
        f"{ceil(least)}s"
    )
    ramp = next(term for term in objective.terms if term.id == "rto.ramp")
    if least - ramp.worst + lambda_.RAMP_SECONDS.value <= objective.asked:
        says += f", or shorten the runs of the function that takes {figure(ramp.worst)} s to scale up"
    return Remedy(says)
