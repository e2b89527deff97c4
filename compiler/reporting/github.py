"""GitHub's annotations: one workflow command a finding, which a runner shows at the line in the pull request.

Forms and escapes: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands and the
function `issueCommand` of https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts (read 2026-11-22).
A step shows ten errors, ten warnings and ten notices at most, so that the gravest come first.
"""

from __future__ import annotations

from pathlib import Path

from compiler.diagnostics.model import Diagnostic, Severity, in_order
from compiler.reporting.result import Result

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(result: Result) -> str:
    """One line a finding, the errors first."""
    ranks = list(_COMMANDS)
    ordered = sorted(in_order(result.diagnostics), key=lambda found: ranks.index(found.severity))
    return "\n".join(_line(found) for found in ordered)


def _line(found: Diagnostic) -> str:
    start, end = found.span.start, found.span.end
    properties = {
        "file": _relative(found.span.file),
        "line": str(start.line),
        "endLine": str(end.line),
        "col": str(start.column),
        # A column range is shown within one line only, and its end is part of it.
        "endColumn": str(max(start.column, end.column - 1)) if start.line == end.line else "",
        "title": f"{found.rule.code} {found.rule.slug}" + (f" ({found.lint})" if found.lint else ""),
    }
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
    words = f"{found.message}\n{found.help or found.rule.fix}"
    return f"::{_COMMANDS[found.severity]} {written}::{_data(words)}"


def _relative(file: str) -> str:
    """A path from where the command runs, which in a workflow is the top of the repository."""
    path = Path(file)
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return path.as_posix()


def _data(words: str) -> str:
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")
