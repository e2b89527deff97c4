"""Expectations written on the line of a bad file: what must be reported there, and nothing else may be.

tests/bad/README.md describes the notation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from compiler.diagnostics.model import Diagnostic

_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_EXPECTED = re.compile(rf"# error@(?:(\d+):)?(\d+)(?:-(\d+))?: \[(DR\d{{3}})\](?: {_QUOTED})?(?: help {_QUOTED})?")


@dataclass(frozen=True)
class Expected:
    """One diagnostic: where it stands (`end` is the last column that is underlined), and parts of what it says."""

    line: int
    column: int
    end: int | None
    code: str
    message: str
    help: str

    def differences(self, found: Diagnostic) -> list[str]:
        """In what a diagnostic at the right place is not what was expected."""
        said = found.help or found.rule.fix
        differences = []
        if self.message not in found.message:
            differences.append(f"{self.message!r} is not in the message {found.message!r}")
        if self.help not in said:
            differences.append(f"{self.help!r} is not in the help {said!r}")
        if self.end is not None and found.span.end.column - 1 != self.end:
            differences.append(f"{self.code} ends in column {found.span.end.column - 1}, not {self.end}")
        return differences


def expected(text: str) -> list[Expected]:
    """Every expectation in a text."""
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        for at, column, end, code, message, remedy in _EXPECTED.findall(line):
            place = (int(at or number), int(column), int(end) if end else None)
            found.append(Expected(*place, code, *(re.sub(r"\\(.)", r"\1", part) for part in (message, remedy))))
    return found


def compare(text: str, diagnostics: Iterable[Diagnostic]) -> list[str]:
    """In what the diagnostics of a file differ from what its text expects; empty where they do not."""
    wanted = sorted(expected(text), key=lambda item: (item.line, item.column, item.code, item.message))
    found = sorted(diagnostics, key=lambda item: (item.span.start, item.rule.code, item.message))
    places = [f"{item.line}:{item.column} {item.code}" for item in wanted]
    actual = [f"{item.span.start.line}:{item.span.start.column} {item.rule.code}" for item in found]
    if places != actual:
        said = "\n".join(f"{place} {item.message}" for place, item in zip(actual, found, strict=True))
        return [f"expected {places}, found:\n{said}"]
    differences = [item for one, two in zip(wanted, found, strict=True) for item in one.differences(two)]
    unhelpful = [f"{item.rule.code} has no help" for item in found if not (item.help or item.rule.fix)]
    return differences + unhelpful
