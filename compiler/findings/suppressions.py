"""What the spec's section `accept` does to findings: those somebody answers for neither fail a compile nor warn.

How a stage uses it:

    settled = accept.settle(spec, document, located(findings, document))
    settled.left        what still counts, and what is wrong with an acceptance (DR342, DR344)
    settled.accepted    what was accepted, each with the position of its entry in `spec.accept`

An entry accepts a finding whose id (`Finding.id`), code, slug or cfn-lint id it names and whose route lies at or
below its `at`. Warnings and notes can always be accepted; an error only where its rule is `acceptable`. A code
that fits findings at several routes accepts none of them: it is one finding that is accepted, never a kind.

`check` says what can be said of the entries alone, `unused` what is left over after the last stage. Templates
never depend on any of it, nor on the day.

Reports DR341 to DR344.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime

from compiler.diagnostics.model import Diagnostic, Rule, Severity
from compiler.diagnostics.rules import RULES, Code
from compiler.diagnostics.suggest import near
from compiler.findings.finding import Finding
from compiler.findings.locate import located
from compiler.reading.source import Document
from compiler.spec.accept import Acceptance
from compiler.spec.labels import covers, label
from compiler.spec.model import Spec
from compiler.support.frozen import frozen

DAY_VARIABLE = "SOURCE_DATE_EPOCH"
"""Seconds since 1970 that stand for now, so that a build can be repeated. https://reproducible-builds.org/specs/
source-date-epoch/ (read 2026-11-22)"""

_LINT_ID = re.compile(r"[EWI][0-9]{4}")
_LINT_RULES = (Code.DR701, Code.DR702)


@frozen
class Taken:
    """A finding that entry `position` of the section `accept` takes."""

    diagnostic: Diagnostic
    position: int


@frozen
class Settled:
    """Findings of a stage after the acceptances: what still counts, and what does not."""

    left: tuple[Diagnostic, ...]
    accepted: tuple[Taken, ...]


def today(environment: Mapping[str, str] | None = None) -> date | None:
    """The day that expiry is held against, in UTC; None where `SOURCE_DATE_EPOCH` is no time."""
    given = (os.environ if environment is None else environment).get(DAY_VARIABLE)
    if not given:
        return datetime.now(UTC).date()
    try:
        return datetime.fromtimestamp(int(given), UTC).date()
    except (ValueError, OverflowError, OSError):
        return None


def check(spec: Spec, document: Document, day: date | None = None) -> tuple[Diagnostic, ...]:
    """What is wrong with the entries themselves: expired (DR343), or for an error that must be mended (DR342)."""
    return located(_faults(spec, day), document)


def _faults(spec: Spec, day: date | None) -> Iterator[Finding]:
    for position, entry in enumerate(spec.accept):
        rule = _rule(entry.finding)
        if rule and not _acceptable(rule):
            yield _refused(position, entry, rule)
        if entry.expires is None:
            continue
        now = day or today()
        at = ("accept", position, "expires")
        if now is None:
            message = f"whether this has expired cannot be told: {DAY_VARIABLE} is not a number of seconds"
            yield Finding(Code.DR343, message, at, help=f"unset {DAY_VARIABLE}, or set it to seconds since 1970")
        elif date.fromisoformat(entry.expires) < now:
            message = f"`{entry.finding}` was accepted until {entry.expires}, which has passed"
            yield Finding(Code.DR343, message, at)


def _refused(position: int, entry: Acceptance, rule: Rule) -> Finding:
    message = f"`{entry.finding}` cannot be accepted: {rule.says}"
    return Finding(Code.DR342, message, ("accept", position, "finding"), help=rule.fix)


def _rule(name: str) -> Rule | None:
    """The rule that a code or slug names."""
    return RULES.get(name) or next((rule for rule in RULES.values() if rule.slug == name), None)


def _acceptable(rule: Rule) -> bool:
    return rule.acceptable or rule.severity is not Severity.ERROR


def settle(spec: Spec, document: Document, found: Iterable[Diagnostic], day: date | None = None) -> Settled:
    """The findings of one stage, with those taken out that the spec accepts."""
    remaining = tuple(found)
    accepted: list[Taken] = []
    problems: list[Finding] = []
    for position, entry in enumerate(spec.accept if remaining else ()):
        if _has_expired(entry, day):
            continue
        fitting = tuple(item for item in remaining if _fits(spec, entry, item))
        refused = next((item for item in fitting if not _acceptable(item.rule)), None)
        if refused:
            if _rule(entry.finding) is None:
                problems.append(_refused(position, entry, refused.rule))
            continue
        places = dict.fromkeys(item.at for item in fitting)
        if len(places) > 1 and not any(item.id == entry.finding for item in fitting):
            problems.append(_ambiguous(spec, position, entry, fitting))
            continue
        accepted += (Taken(item, position) for item in fitting)
        remaining = tuple(item for item in remaining if item not in fitting)
    return Settled(remaining + located(problems, document), tuple(accepted))


def _has_expired(entry: Acceptance, day: date | None) -> bool:
    if entry.expires is None:
        return False
    now = day or today()
    return now is None or date.fromisoformat(entry.expires) < now


def _names(item: Diagnostic) -> tuple[str, ...]:
    """What an acceptance may call a finding."""
    return tuple(name for name in (item.id, item.lint, item.rule.code, item.rule.slug) if name)


def _fits(spec: Spec, entry: Acceptance, item: Diagnostic) -> bool:
    return entry.finding in _names(item) and (entry.at is None or covers(spec, entry.at, item.at))


def _ambiguous(spec: Spec, position: int, entry: Acceptance, fitting: Sequence[Diagnostic]) -> Finding:
    shown = [f"`{item.id}`" if item.id else f"`at: {label(spec, item.at)}`" for item in fitting]
    choices = ", ".join(dict.fromkeys(shown))
    message = f"`{entry.finding}` fits {len(fitting)} findings; an entry accepts one"
    return Finding(Code.DR344, message, ("accept", position, "finding"), help=f"say which: {choices}")


def unused(
    spec: Spec,
    document: Document,
    taken: Iterable[Taken],
    left: Iterable[Diagnostic] = (),
    *,
    linted: bool,
    day: date | None = None,
) -> tuple[Diagnostic, ...]:
    """Entries that accepted nothing in any stage (DR341); those for cfn-lint are not judged where it did not run."""
    used = {item.position for item in taken}
    known = {name for item in left for name in _names(item)}
    found: list[Finding] = []
    for position, entry in enumerate(spec.accept):
        if position in used or _has_expired(entry, day):
            continue
        rule = _rule(entry.finding)
        if (rule and not _acceptable(rule)) or (not linted and _is_lint(entry.finding, rule)):
            continue
        where = f" at `{entry.at}`" if entry.at else ""
        first = next((n for n in sorted(used) if n < position and spec.accept[n].finding == entry.finding), None)
        if first is not None and spec.accept[first].at == entry.at:
            message = f"`{entry.finding}`{where} is accepted already"
            related = ((("accept", first), "by this entry"),)
            found.append(
                Finding(Code.DR341, message, ("accept", position), "again here", "keep one of the two", related)
            )
            continue
        guess = near(entry.finding, known - {entry.finding})
        found.append(
            Finding(
                Code.DR341,
                f"there is no `{entry.finding}`{where} to accept",
                ("accept", position),
                help=f"did you mean `{guess}`?" if guess else None,
            )
        )
    return located(found, document)


def _is_lint(name: str, rule: Rule | None) -> bool:
    return rule in _LINT_RULES or _LINT_ID.fullmatch(name) is not None
