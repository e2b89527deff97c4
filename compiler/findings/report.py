"""What the stages of one compile find, collected in one place; it stops the compile after a stage with errors.

The report alone knows where findings are and which of them the spec accepts, so that a stage returns plain findings.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TypeVar

from compiler.diagnostics.model import Diagnostic, RejectedError, has_errors
from compiler.findings.finding import Finding, located
from compiler.findings.suppressions import FindRule, Suppressed, Suppressions, today
from compiler.ir.template import Template
from compiler.reading.document import Document
from compiler.spec.model import Spec

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

    def close(self, *, linted: bool) -> None:
        """Adds the entries of `accept` that took nothing; `linted` says whether cfn-lint ran."""
        self._diagnostics += located(self._suppressions.unused(self._diagnostics, linted=linted), self._document)

    def _add(self, findings: Iterable[Finding], templates: Iterable[Template] = ()) -> None:
        left, faults = self._suppressions.apply(located(findings, self._document, templates))
        self._diagnostics += (*left, *located(faults, self._document))
