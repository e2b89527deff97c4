"""What the stages of one compile find, collected in one place; it stops the compile after a stage with errors.

The report alone knows where findings are and which of them the spec accepts, so that a stage returns plain findings.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TypeVar

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, RejectedError, Route, Rule, Span, has_errors
from compiler.diagnostics.suggest import meant
from compiler.findings.finding import Finding, located
from compiler.ir.template import Template
from compiler.reading.document import Document
from compiler.spec.base import Entry
from compiler.spec.model import Spec
from compiler.spec.operations import Acceptance
from compiler.spec.routes import covers, label
from compiler.support.frozen import frozen

DAY_VARIABLE = "SOURCE_DATE_EPOCH"
"""Seconds since 1970 that stand for now, so that a build can be repeated. https://reproducible-builds.org/specs/
source-date-epoch/ (read 2026-11-22)"""

FindRule = Callable[[str], Rule | None]
"""The rule that a code or slug names; None where there is none."""

LINT_ID = re.compile(r"[EWI][0-9]{4}")
_LINT_RULES = (Code.DR701, Code.DR702)
NEIGHBOURS = (Code.DR880, Code.DR881, Code.DR882, Code.DR883)
"""What two specs have in common that only one should have."""


@frozen
class Suppressed:
    """A finding that the spec accepts, the entry that takes it, and the place of that entry."""

    diagnostic: Diagnostic
    entry: Acceptance
    at: Span


def today(environment: Mapping[str, str] | None = None) -> date | None:
    """The day that expiry is held against, in UTC; None where `SOURCE_DATE_EPOCH` is no time."""
    seconds = (os.environ if environment is None else environment).get(DAY_VARIABLE)
    if not seconds:
        return datetime.now(UTC).date()
    try:
        return datetime.fromtimestamp(int(seconds), UTC).date()
    except (ValueError, OverflowError, OSError):
        return None


class Suppressions:
    """The entries of one spec, and what they have taken so far."""

    def __init__(self, spec: Spec, document: Document, rule: FindRule, day: date | None) -> None:
        self._spec = spec
        self._document = document
        self._rule = rule
        self._day = day
        self._used: dict[int, list[Suppressed]] = {}
        self._renamed: dict[Route, Entry] = {
            (*section, position): entry
            for section, entries in (
                (("tables",), spec.tables), (("buckets",), spec.buckets), (("functions",), spec.functions),
                (("api", "authorizers"), spec.api.authorizers),
            )
            for position, entry in enumerate(entries) if entry.title
        }  # fmt: skip
        self._former: dict[str | None, str] = {}
        """Ids of findings with the name that an entry had first, by those with its name now."""

    @property
    def suppressed(self) -> tuple[Suppressed, ...]:
        """What was taken, in the order of the entries."""
        return tuple(item for position in sorted(self._used) for item in self._used[position])

    def as_called(self, item: Diagnostic) -> Diagnostic:
        """A finding with the names that the spec has now: stages know the names that are deployed."""
        for route, entry in self._renamed.items():
            now, kind = entry.title or entry.name, str(route[-2]).removesuffix("s")
            words = re.sub(rf"\b{kind} {re.escape(entry.name)}(?![\w-])", f"{kind} {now}", item.message)
            item = replace(item, message=words)
            if item.at[: len(route)] == route:
                item = replace(item, message=item.message.replace(f"`{entry.name}`", f"`{now}`"))
            if item.id and (named := re.sub(rf"(?<=[-.]){re.escape(entry.name)}(?=[-.]|$)", now, item.id)) != item.id:
                self._former[named] = self._former.get(item.id, item.id)
                item = replace(item, id=named, help=(item.help or item.rule.fix).replace(item.id, named))
        return item

    def entry_faults(self) -> Iterator[Finding]:
        """What is wrong with the entries alone: expired (DR343), or for an error that cannot be accepted (DR342)."""
        for position, entry in enumerate(self._spec.accept):
            rule = self._rule(entry.finding)
            if rule and not rule.suppressible:
                yield _refused(position, entry, rule)
            if not self._has_expired(entry):
                continue
            at = ("accept", position, "expires")
            if self._day is None:
                message = (
                    f"the compiler cannot check whether this has expired: {DAY_VARIABLE} is not a number of seconds"
                )
                yield Finding(Code.DR343, message, at, help=f"unset {DAY_VARIABLE}, or set it to seconds since 1970")
            else:
                message = f"`{entry.finding}` was accepted until {entry.expires}, which has passed"
                yield Finding(Code.DR343, message, at)

    def apply(self, diagnostics: Iterable[Diagnostic]) -> tuple[tuple[Diagnostic, ...], tuple[Finding, ...]]:
        """What is left of the findings of one stage, and what is wrong with entries for them (DR342, DR344)."""
        left = tuple(diagnostics)
        faults: list[Finding] = []
        for position, entry in enumerate(self._spec.accept if left else ()):
            if self._has_expired(entry):
                continue
            taken = tuple(item for item in left if self._fits(entry, item))
            refused = next((item for item in taken if not item.rule.suppressible), None)
            if refused:
                if self._rule(entry.finding) is None:
                    faults.append(_refused(position, entry, refused.rule))
                continue
            places = dict.fromkeys(item.at for item in taken)
            if len(places) > 1 and not any(item.id == entry.finding for item in taken):
                faults.append(self._ambiguous(position, entry, taken))
                continue
            if taken:
                at = self._document.span(("accept", position))
                self._used.setdefault(position, []).extend(Suppressed(item, entry, at) for item in taken)
                left = tuple(item for item in left if item not in taken)
        return left, tuple(faults)

    def unused(self, left: Iterable[Diagnostic], *, linted: bool, compared: bool) -> Iterator[Finding]:
        """Entries that took nothing in any stage (DR341).

        Those for cfn-lint are passed over where it did not run, those for other specs where none was looked at.
        """
        known = {name for item in left for name in self._names(item)}
        entries = self._spec.accept
        for position, entry in enumerate(entries):
            rule = self._rule(entry.finding)
            # A base accepts what some of its environments have.
            if position in self._used or self._has_expired(entry) or self._document.is_inherited(("accept", position)):
                continue
            if (rule and not rule.suppressible) or (not linted and _is_lint(entry.finding, rule)):
                continue
            if rule in NEIGHBOURS and not compared:
                continue
            at = ("accept", position)
            where = f" at `{entry.at}`" if entry.at else ""
            first = next((n for n in sorted(self._used) if n < position and entries[n].finding == entry.finding), None)
            if first is not None and entries[first].at == entry.at:
                message = f"`{entry.finding}`{where} is accepted already"
                related = ((("accept", first), "by this entry"),)
                yield Finding(Code.DR341, message, at, "again here", "keep one of the two", related)
            else:
                message = f"there is no `{entry.finding}`{where} to accept"
                yield Finding(Code.DR341, message, at, help=meant(entry.finding, known - {entry.finding}))

    def _names(self, item: Diagnostic) -> tuple[str, ...]:
        """What an entry may call a finding."""
        names = (item.id, item.lint, item.rule.code, item.rule.slug, self._former.get(item.id))
        return tuple(name for name in names if name)

    def _has_expired(self, entry: Acceptance) -> bool:
        if entry.expires is None:
            return False
        return self._day is None or date.fromisoformat(entry.expires) < self._day

    def _fits(self, entry: Acceptance, item: Diagnostic) -> bool:
        return entry.finding in self._names(item) and (entry.at is None or covers(self._spec, entry.at, item.at))

    def _ambiguous(self, position: int, entry: Acceptance, taken: Sequence[Diagnostic]) -> Finding:
        choices = [f"`{item.id}`" if item.id else f"`at: {label(self._spec, item.at)}`" for item in taken]
        message = f"`{entry.finding}` matches {len(taken)} findings; an entry can accept only one"
        help_text = f"choose one: {', '.join(dict.fromkeys(choices))}"
        return Finding(Code.DR344, message, ("accept", position, "finding"), help=help_text)


def _refused(position: int, entry: Acceptance, rule: Rule) -> Finding:
    message = f"`{entry.finding}` cannot be accepted: {rule.says}"
    return Finding(Code.DR342, message, ("accept", position, "finding"), help=rule.fix)


def _is_lint(name: str, rule: Rule | None) -> bool:
    return rule in _LINT_RULES or LINT_ID.fullmatch(name) is not None


Value = TypeVar("Value")


class Report:
    """Findings as diagnostics, less those that the section `accept` of the spec takes.

    `rule` finds the rule that an entry of `accept` names, and `day` stands for today.
    """

    def __init__(self, document: Document, spec: Spec, rule: FindRule, day: date | None = None) -> None:
        self._document = document
        self._suppressions = Suppressions(spec, document, rule, day or today())
        self._diagnostics = [*located(self._suppressions.entry_faults(), document)]

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Everything that counts, in the order of the stages."""
        return tuple(self._diagnostics)

    @property
    def suppressed(self) -> tuple[Suppressed, ...]:
        """Everything that the spec accepts."""
        return self._suppressions.suppressed

    def require(self, outcome: tuple[Value | None, Iterable[Finding]]) -> Value:
        """The value of a stage; raises `RejectedError` with all that was found so far where it has none.

        A stage that returns a value beside errors can be followed by the next one, whose findings are shown together
        with them: `check` stops then.
        """
        value, findings = outcome
        self._add(findings)
        if value is None:
            raise RejectedError(self._diagnostics)
        return value

    def check(self, findings: Iterable[Finding], templates: Iterable[Template] = ()) -> None:
        """Adds what a stage found; raises `RejectedError` with all that was found so far if there are errors."""
        self._add(findings, templates)
        if has_errors(self._diagnostics):
            raise RejectedError(self._diagnostics)

    def close(self, *, linted: bool, compared: bool) -> None:
        """Adds the entries of `accept` that took nothing.

        `linted` says whether cfn-lint ran, `compared` whether the spec was compared with others.
        """
        unused = self._suppressions.unused(self._diagnostics, linted=linted, compared=compared)
        self._diagnostics += located(unused, self._document)

    def _add(self, findings: Iterable[Finding], templates: Iterable[Template] = ()) -> None:
        found = located(findings, self._document, templates)
        left, faults = self._suppressions.apply(self._suppressions.as_called(item) for item in found)
        self._diagnostics += (*left, *located(faults, self._document))
