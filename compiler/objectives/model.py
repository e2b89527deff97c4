"""Terms, demands and verdicts: what the manifest, a report and a reviewer all read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from compiler.facts.model import Fact, Grade
from compiler.source import Route

_STRENGTH = (Grade.PROMISE, Grade.DOCUMENTED, Grade.TYPICAL, Grade.ASSUMED)


class Verdict(StrEnum):
    """How far an objective is kept, strongest first."""

    PROMISED = "promised"
    """Within what AWS promises in an agreement, or kept by construction."""
    DOCUMENTED = "documented"
    """Within what AWS documents and what is assumed; the terms say which."""
    WATCHED = "watched, not promised"
    """Nothing AWS promises is tight enough: an alarm tells when it is missed."""
    MISSED = "missed"
    """The sum exceeds the objective."""


@dataclass(frozen=True, slots=True)
class Term:
    """One summand of an objective. `typical` and `worst` are in `unit`; `routes` are the spec fields behind it."""

    id: str
    says: str
    formula: str
    typical: Fraction
    worst: Fraction
    unit: str
    facts: tuple[Fact[Any], ...] = ()
    routes: tuple[Route, ...] = ()

    @property
    def grade(self) -> Grade:
        """That of the weakest fact the term rests on; a term of the spec alone rests on what its author measured."""
        return weakest(self.facts)


@dataclass(frozen=True, slots=True)
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

    @property
    def short(self) -> bool:
        return self.needed > self.allowed


@dataclass(frozen=True, slots=True)
class Objective:
    """One objective: what is asked for, the terms, their sums and the verdict. `subject` tells stores apart."""

    id: str
    title: str
    asked: Fraction
    unit: str
    terms: tuple[Term, ...]
    verdict: Verdict
    why: str
    route: Route

    @property
    def typical(self) -> Fraction:
        return sum((term.typical for term in self.terms), Fraction(0))

    @property
    def worst(self) -> Fraction:
        return sum((term.worst for term in self.terms), Fraction(0))


@dataclass(frozen=True, slots=True)
class Computation:
    """Everything computed from the objectives of a spec."""

    demands: tuple[Demand, ...]
    latency: Objective
    recovery_time: Objective
    recovery_points: tuple[Objective, ...]

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
