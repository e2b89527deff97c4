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
from compiler.objectives.costs import Growth
from compiler.spec.objectives import Quotas
from compiler.support.frozen import frozen
from compiler.topology.model import Topology


class Outcome(StrEnum):
    """How far an objective is kept, strongest first. It is never better than the weakest of its terms."""

    CONSTRUCTION = "by construction"
    """A write is answered only when two regions have it: no figure of time is in the sum."""
    CREDIT = "credit"
    """Within what AWS promises in an agreement: if it is missed, AWS pays a credit. It bounds nothing."""
    DOCUMENTED = "documented"
    """The sum is within the objective, and AWS documents each limit and mechanism in it."""
    STATED = "stated in the spec"
    """The sum is within the objective, and its weakest term is what the author of the spec measured."""
    TYPICAL = "typical"
    """The sum is within the objective, and its weakest term is what AWS says usually happens."""
    MEASURED = "measured"
    """The sum is within the objective, and its weakest term was measured by others on other systems."""
    ASSUMED = "assumed"
    """The sum is within the objective, and its weakest term is an assumption of ours: drill it."""
    WATCHED = "watched, not promised"
    """Nothing bounds it, so no sum shows that it is kept: an alarm tells."""
    MISSED = "missed"
    """The sum exceeds the objective."""


_OF_GRADE = {
    Grade.PROMISE: Outcome.CREDIT,
    Grade.DOCUMENTED: Outcome.DOCUMENTED,
    Grade.TYPICAL: Outcome.TYPICAL,
    Grade.MEASURED: Outcome.MEASURED,
    Grade.ASSUMED: Outcome.ASSUMED,
}
_ORDER = tuple(Outcome)


@frozen
class Term:
    """One summand of an objective. `typical` and `worst` are in `unit`; `routes` are the spec fields behind it.

    `facts` are those behind `worst`, `usual` those behind `typical` alone. A term is `constructed` where the order of
    steps alone gives it, so that no figure is behind it.
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
    constructed: bool = False

    @property
    def standing(self) -> Outcome:
        """The best that an objective with this term can be: the weakest of the facts behind `worst`."""
        if self.constructed:
            return Outcome.CONSTRUCTION
        return weakest(_OF_GRADE[fact.grade] for fact in self.facts) if self.facts else Outcome.STATED


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


class _Sum:
    """What comes to the sum of its terms."""

    terms: tuple[Term, ...]

    @property
    def typical(self) -> Fraction:
        return sum((term.typical for term in self.terms), Fraction(0))

    @property
    def worst(self) -> Fraction:
        return sum((term.worst for term in self.terms), Fraction(0))


@frozen
class Objective(_Sum):
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
    share: Fraction | None = None
    """The share of clients that a recovery time is for."""
    alarm_within: bool = True
    """Whether an alarm rings before more is lost than the objective allows; asked where it is only watched."""
    outside: tuple[str, ...] = ()
    """What the sum has no term for, in whole sentences."""


@frozen
class ClientClass:
    """A class of clients of the spec: when this share of it is served again, term by term; no terms: never."""

    who: str
    part: Fraction
    """Their share of all clients."""
    share: Fraction
    """The share of the class that `terms` are for."""
    terms: tuple[Term, ...]
    outcome: Outcome
    why: str
    route: Route

    @property
    def worst(self) -> Fraction | None:
        return sum((term.worst for term in self.terms), Fraction(0)) if self.terms else None


@frozen
class Course(_Sum):
    """A time that no objective limits, term by term."""

    id: str
    title: str
    terms: tuple[Term, ...]


@frozen
class Remains:
    """What is left of data as it was before a bad write, which replication spreads to every region.

    `step` is the longest time between two states that can be had back, in seconds; 0: every write. `kept` is for how
    long, in seconds. `latest` is how old the newest of them may be.
    """

    id: str
    says: str
    step: Fraction
    kept: Fraction
    latest: Fraction
    facts: tuple[Fact[Any], ...]
    route: Route


@frozen
class Computation:
    """Everything computed from the objectives of a spec."""

    demands: tuple[Demand, ...]
    latency: Objective
    recovery_time: Objective
    recovery_points: tuple[Objective, ...]
    provided: tuple[Provision, ...]
    clients: tuple[ClientClass, ...] = ()
    failback: tuple[Course, ...] = ()
    """How long a manual failback takes: until the standby holds the clients, and until it lets them go."""
    remains: tuple[Remains, ...] = ()
    """What protects against a bad write."""
    growth: tuple[Growth, ...] = ()
    """Data that a region keeps, month after month at the throughput."""

    @property
    def facts(self) -> dict[str, Fact[Any]]:
        """Every fact that a term, a demand or a capacity rests on, by id and in the order of ids."""
        used = {fact.id: fact for demand in self.demands for fact in demand.facts}
        used |= {fact.id: fact for provision in self.provided for fact in provision.facts}
        used |= {fact.id: fact for growth in self.growth for fact in growth.facts}
        terms = [term for objective in self.objectives for term in objective.terms]
        terms += [term for each in self.clients for term in each.terms]
        terms += [term for course in self.failback for term in course.terms]
        used |= {fact.id: fact for term in terms for fact in (*term.facts, *term.usual)}
        return {name: used[name] for name in sorted(used)}

    @property
    def objectives(self) -> tuple[Objective, ...]:
        return (self.recovery_time, *self.recovery_points, self.latency)


def weakest(outcomes: Iterable[Outcome]) -> Outcome:
    """The weakest of some outcomes."""
    return max(outcomes, key=_ORDER.index)


def kept(terms: Iterable[Term], asked: Fraction) -> Outcome:
    """The outcome of a sum that is compared with an objective: missed, or no better than its weakest term."""
    terms = tuple(terms)
    if sum((term.worst for term in terms), Fraction(0)) > asked:
        return Outcome.MISSED
    return weakest(term.standing for term in terms)


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
    outcome = kept(terms[slowest], asked)
    why = (
        "a run counts with the measured mean duration and cold start of the spec; an alarm watches the 99th percentile "
        "that clients see"
    )
    title, route = "Latency of a transaction", ("objectives", "latency")
    return Objective("latency", title, asked, "ms", terms[slowest], outcome, why, route)
