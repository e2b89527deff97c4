"""What a rule finds: named by routes of the spec; lines and columns are looked up last."""

from __future__ import annotations

from collections.abc import Iterable

from compiler.diagnostics.model import Diagnostic, Label, Route
from compiler.diagnostics.rules import Rule
from compiler.reading.source import Document
from compiler.support.frozen import frozen


@frozen
class Finding:
    """A diagnostic whose places are still routes; `related` pairs further routes with what is said there.

    `id` names this one finding among those of its rule, as `accept` in the spec may; it must not change with
    positions or figures.
    """

    rule: Rule
    message: str
    at: Route
    label: str = ""
    help: str | None = None
    related: tuple[tuple[Route, str], ...] = ()
    key: bool = False
    id: str | None = None


def located(findings: Iterable[Finding], document: Document) -> tuple[Diagnostic, ...]:
    """The findings as diagnostics, each at the line and column of its route."""

    def label(route: Route, text: str, *, key: bool = False) -> Label:
        return Label(document.span(route, key=key).first_line(document.text), text)

    return tuple(
        Diagnostic(
            found.rule,
            found.message,
            (
                label(found.at, found.label, key=found.key),
                *(label(route, text) for route, text in found.related),
            ),
            found.help,
            id=found.id,
            at=found.at,
        )
        for found in findings
    )
