"""Diagnostics as data: positions, labels, and what a stage reports. Text is made in `show`, never here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from compiler.support.frozen import frozen

Route = tuple[str | int, ...]
"""The keys and positions that lead to a place in the spec: `("tables", 0, "key")`. Empty for the whole spec."""


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@frozen
class Rule:
    """One diagnostic code: what it says, why it exists, and what to do.

    `fix` is the remedy for diagnostics that have no more specific one; `source` is a document that states the fact,
    where the fact is not ours. `acceptable` says whether the section `accept` may take an error of this rule;
    warnings and notes can always be accepted. `traps` are the numbers of docs/traps.md that the rule is there for.
    """

    code: str
    slug: str
    says: str
    why: str
    fix: str
    source: str | None = None
    severity: Severity = Severity.ERROR
    acceptable: bool = False
    traps: tuple[int, ...] = ()

    @property
    def suppressible(self) -> bool:
        """Whether an entry of the section `accept` may take a finding of this rule."""
        return self.acceptable or self.severity is not Severity.ERROR


@lru_cache(maxsize=4)
def _lines(text: str) -> list[str]:
    """Lines of a text, split once however many findings it has."""
    return text.split("\n")


@dataclass(frozen=True, order=True, slots=True)
class Position:
    """A place in a text; line and column count from 1, columns in characters."""

    line: int
    column: int


@dataclass(frozen=True, order=True, slots=True)
class Span:
    """From `start` up to, not including, `end` in `file`; an empty span is a point."""

    file: str
    start: Position
    end: Position

    def first_line(self, text: str) -> Span:
        """The part of the span on its first line, for values that run over several."""
        if self.start.line == self.end.line:
            return self
        line = _lines(text)[self.start.line - 1]
        return Span(self.file, self.start, Position(self.start.line, max(len(line.rstrip()) + 1, self.start.column)))


@frozen
class Label:
    """A place that a diagnostic is about, and what is to be said at it."""

    at: Span
    text: str = ""


@frozen
class Diagnostic:
    """One finding. The first label is the primary place; `help` says what would be right.

    `lint` keeps the id of the cfn-lint rule behind a DR7xx finding; `id` names one finding among those of a code
    (`rpo-documents-watched`), and `at` is the route of the spec it is about, where there is one.
    """

    rule: Rule
    message: str
    labels: tuple[Label, ...]
    help: str | None = None
    lint: str | None = None
    id: str | None = None
    at: Route = ()

    @property
    def severity(self) -> Severity:
        return self.rule.severity

    @property
    def span(self) -> Span:
        return self.labels[0].at


class RejectedError(Exception):
    """A stage cannot go on; carries everything it found."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("; ".join(d.message for d in self.diagnostics))


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    return any(d.severity is Severity.ERROR for d in diagnostics)


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """By file and position, so that a run reads like the file; the same finding only once."""
    unique = dict.fromkeys(diagnostics)
    return tuple(sorted(unique, key=lambda d: (d.span, d.rule.code, d.message)))
