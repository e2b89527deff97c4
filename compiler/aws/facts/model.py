"""The shape of a fact: one figure of AWS with its unit, its standing and its source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from fractions import Fraction
from typing import Generic, NamedTuple, TypeVar

from compiler.support.frozen import frozen

T = TypeVar("T", covariant=True)

READ = "2026-11-22"
"""Day (ISO 8601) on which the sources were read, unless a fact says otherwise."""


class Grade(StrEnum):
    """How far a figure may be relied on, strongest first."""

    PROMISE = "promise"
    """Part of a service-level agreement."""
    DOCUMENTED = "documented"
    """Stated by AWS as a limit, a default or a mechanism."""
    TYPICAL = "typical"
    """Stated by AWS as what usually happens, without a bound."""
    MEASURED = "measured"
    """Measured or seen by others, under their conditions, and published: no bound, and not said by AWS as a rule."""
    ASSUMED = "assumed"
    """Ours: no source was found that states the figure, so check it before relying on it."""


class Source(NamedTuple):
    """Where a figure is written: the document's title and its public address."""

    title: str
    url: str

    def __str__(self) -> str:
        return f"{self.title}, {self.url}"


class QuotaCode(NamedTuple):
    """What Service Quotas calls a quota: service code and quota code in its API, and its name on the console."""

    service: str
    code: str
    name: str

    def __str__(self) -> str:
        return f"{self.service}/{self.code}"


@frozen
class Fact(Generic[T]):
    """One figure of AWS.

    id: module and constant in lower case, `lambda.requests_per_concurrency`.
    value, unit: the figure, and what it counts; a text or a list has a unit that says what it holds.
    says: the fact in one sentence. source: where it is written, or where a reader would look.
    read: the day the source was read. verified: the source was read and states the figure.
    """

    id: str
    value: T
    unit: str
    grade: Grade
    says: str
    source: Source
    verified: bool = True
    read: str = READ

    def __post_init__(self) -> None:
        if not self.verified and self.grade is not Grade.ASSUMED:
            raise ValueError(f"{self.id}: a figure nobody verified can only be assumed, not {self.grade}")


def figure(value: Fraction | int) -> str:
    """A figure for people: thousands apart, at most three places."""
    exact = Fraction(value)
    if exact.denominator == 1:
        return f"{int(exact):,}"
    return f"{float(exact):,.3f}".rstrip("0").rstrip(".")


_ALIKE = 3
"""Equal parts of a sum that are written one by one; of more, their number is written. Our own choice."""
_PARTS = 12
"""Parts of a sum that are written at all. Our own choice."""


def summed(parts: Iterable[str]) -> str:
    """A sum for people: many equal parts as `50 x 100`, and of many different ones the first, and how many follow."""
    written = list(parts)
    times = Counter(written)
    if max(times.values(), default=0) > _ALIKE:
        written = [f"{count} x {part}" if count > 1 else part for part, count in times.items()]
    if len(written) <= _PARTS:
        return " + ".join(written)
    return f"{' + '.join(written[: _PARTS - 1])} + {len(written) - _PARTS + 1} more"
