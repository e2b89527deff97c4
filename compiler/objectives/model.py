"""Terms, demands and outcomes, the latency of a transaction, and the quotas that a spec says were granted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from fractions import Fraction
from math import ceil
from typing import Any

from compiler.aws.facts import vpc
from compiler.aws.facts.model import Fact, Grade
from compiler.diagnostics.model import Route
from compiler.ir.elements import StackId
from compiler.spec.objectives import Quotas
from compiler.support.frozen import frozen
from compiler.topology.model import Topology

_STRENGTH = (Grade.PROMISE, Grade.DOCUMENTED, Grade.TYPICAL, Grade.ASSUMED)


class Outcome(StrEnum):
    """How far an objective is kept, strongest first."""

    PROMISED = "promised"
    """Within what AWS promises in an agreement, or kept by construction."""
    DOCUMENTED = "documented"
    """Within what AWS documents and what is assumed; the terms say which."""
    WATCHED = "watched, not promised"
    """Nothing AWS promises is tight enough: an alarm tells when it is missed."""
    MISSED = "missed"
    """The sum exceeds the objective."""


@frozen
class Term:
    """One summand of an objective. `typical` and `worst` are in `unit`; `routes` are the spec fields behind it.

    `facts` are those behind `worst`, `usual` those behind `typical` alone.
    """

    id: str
    says: str
    formula: str
    typical: Fraction
    worst: Fraction
    unit: str
    facts: tuple[Fact[Any], ...] = ()
    routes: tuple[Route, ...] = ()
    usual: tuple[Fact[Any], ...] = ()

    @property
    def grade(self) -> Grade:
        """That of the weakest fact behind `worst`; a term of the spec alone rests on what its author measured."""
        return weakest(self.facts)


@frozen
class Demand:
    """A capacity the topology needs in one region, beside what is allowed there."""

    id: str
    says: str
    formula: str
    region: str
    needed: Fraction
    allowed: Fraction
    unit: str
    granted: bool
    """Whether the spec says the quota was granted, as against AWS's default."""
    facts: tuple[Fact[Any], ...]
    route: Route
    quota: Fact[Any] | None = None
    """The fact that holds the quota's code, where it can be raised."""
    field: str = ""
    """The field of `quotas` that says what was granted, with what follows its figure there: `api_requests: {}/s`."""
    remedy: str = ""
    """What to do where it is short; beside raising the quota, where there is one."""
    voids: bool = False
    """Whether more than is allowed only makes a promise of AWS void."""
    per: int = 1
    """How much of `unit` one unit of the quota gives: an account's concurrency admits ten times as many runs."""

    @property
    def short(self) -> bool:
        return self.needed > self.allowed

    @property
    def wanted(self) -> int:
        """The least whole value of the quota that carries the need."""
        return ceil(self.needed / self.per)


@frozen
class Provision:
    """A capacity that the templates set, in every region that needs it."""

    id: str
    says: str
    formula: str
    value: int
    unit: str
    facts: tuple[Fact[Any], ...]


@frozen
class Objective:
    """One objective: what is asked for, the terms, their sums and the outcome."""

    id: str
    title: str
    asked: Fraction
    unit: str
    terms: tuple[Term, ...]
    outcome: Outcome
    why: str
    route: Route
    remedy: str = ""
    """What to do where it is missed or only watched."""
    lacks: tuple[tuple[Route, str], ...] = ()
    """Conditions of losing nothing that the spec does not meet: where, and what is needed."""
    binding: bool = True
    """Whether the spec's objective applies to it at all."""

    @property
    def typical(self) -> Fraction:
        return sum((term.typical for term in self.terms), Fraction(0))

    @property
    def worst(self) -> Fraction:
        return sum((term.worst for term in self.terms), Fraction(0))


@frozen
class Computation:
    """Everything computed from the objectives of a spec."""

    demands: tuple[Demand, ...]
    latency: Objective
    recovery_time: Objective
    recovery_points: tuple[Objective, ...]
    provided: tuple[Provision, ...]

    @property
    def facts(self) -> dict[str, Fact[Any]]:
        """Every fact that a term, a demand or a capacity rests on, by id and in the order of ids."""
        used = {fact.id: fact for demand in self.demands for fact in demand.facts}
        used |= {fact.id: fact for provision in self.provided for fact in provision.facts}
        for objective in self.objectives:
            used |= {fact.id: fact for term in objective.terms for fact in (*term.facts, *term.usual)}
        return {name: used[name] for name in sorted(used)}

    @property
    def objectives(self) -> tuple[Objective, ...]:
        return (self.recovery_time, *self.recovery_points, self.latency)


def weakest(facts: Iterable[Fact[Any]]) -> Grade:
    """The weakest grade among facts; what rests on none is documented by the spec itself."""
    grades = [fact.grade for fact in facts]
    return max(grades, key=_STRENGTH.index) if grades else Grade.DOCUMENTED


def number(value: Fraction) -> int | float:
    """A figure as JSON writes it: whole where it is whole, else to six places."""
    return int(value) if value.denominator == 1 else round(float(value), 6)


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


ROUND_TRIP = (vpc.ROUND_TRIP_LOW_MILLISECONDS, vpc.ROUND_TRIP_HIGH_MILLISECONDS)
"""The facts behind a call to another region."""


def round_trip() -> tuple[Fraction, Fraction]:
    """Milliseconds that a call to another region takes, at least and at most."""
    low, high = (Fraction(fact.value).limit_denominator() for fact in ROUND_TRIP)
    return low, high


def latency(topology: Topology, terms: Mapping[int, tuple[Term, ...]]) -> Objective:
    """The latency budget of the function behind the API whose transactions take longest at worst.

    `terms` are those of each function behind the API, by its position in the spec; times are in milliseconds.
    """
    slowest = max(terms, key=lambda position: (sum(term.worst for term in terms[position]), -position))
    asked = topology.spec.objectives.latency.milliseconds
    worst = sum((term.worst for term in terms[slowest]), Fraction(0))
    outcome = Outcome.DOCUMENTED if worst <= asked else Outcome.MISSED
    why = (
        "a run counts with the measured mean duration and cold start of the spec; an alarm watches the 99th percentile "
        "that clients see"
    )
    title, route = "Latency of a transaction", ("objectives", "latency")
    return Objective("latency", title, asked, "ms", terms[slowest], outcome, why, route)
