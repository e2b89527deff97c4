"""Diagnostics as text or JSON. Carets are drawn here and nowhere else."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from compiler.codes import Severity
from compiler.diagnostics import Diagnostic, Label, in_order

_PAINT = {Severity.ERROR: "1;31", Severity.WARNING: "1;33", Severity.INFO: "1;36"}


class Sources:
    """Lines of the files that diagnostics point at; files already read are handed in, others are read once."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._lines = {file: text.split("\n") for file, text in texts.items()}

    def line(self, file: str, number: int) -> str | None:
        if file not in self._lines:
            try:
                self._lines[file] = Path(file).read_text(encoding="utf-8").split("\n")
            except (OSError, ValueError):
                self._lines[file] = []
        lines = self._lines[file]
        return lines[number - 1] if 0 < number <= len(lines) else None


def text(diagnostics: Iterable[Diagnostic], sources: Sources, *, colour: bool = False) -> str:
    """All diagnostics in the order of the file, for people; ends with a line that counts them."""
    ordered = in_order(diagnostics)
    if not ordered:
        return ""
    blocks = [_block(diagnostic, sources, colour=colour) for diagnostic in ordered]
    errors = sum(d.severity is Severity.ERROR for d in ordered)
    warnings = sum(d.severity is Severity.WARNING for d in ordered)
    counts = [f"{n} {what}{'s' if n != 1 else ''}" for n, what in ((errors, "error"), (warnings, "warning")) if n]
    return "\n\n".join(blocks) + "\n\n" + ", ".join(counts or [f"{len(ordered)} notes"]) + "\n"


def _block(diagnostic: Diagnostic, sources: Sources, *, colour: bool) -> str:
    def paint(code: str, words: str) -> str:
        return f"\x1b[{code}m{words}\x1b[0m" if colour else words

    severity = diagnostic.severity
    name = diagnostic.rule.code + (f" {diagnostic.lint}" if diagnostic.lint else "")
    lines = [f"{paint(_PAINT[severity], f'{severity}[{name}]')}: {paint('1', diagnostic.message)}"]
    width = max(len(str(label.at.start.line)) for label in diagnostic.labels)
    for position, label in enumerate(diagnostic.labels):
        start = label.at.start
        arrow = "-->" if position == 0 else ":::"
        lines.append(f"{' ' * width}{paint('1;34', arrow)} {label.at.file}:{start.line}:{start.column}")
        lines += _snippet(label, sources, width, mark=lambda words: paint(_PAINT[severity], words))
    lines.append(f"{' ' * width} {paint('1;34', '=')} help: {diagnostic.help or diagnostic.rule.fix}")
    return "\n".join(lines)


def _snippet(label: Label, sources: Sources, width: int, mark: Any) -> list[str]:
    source = sources.line(label.at.file, label.at.start.line)
    if source is None:
        return [f"{' ' * width}  {label.text}"] if label.text else []
    shown = source.replace("\t", " ")
    begin = label.at.start.column - 1
    end = label.at.end.column - 1 if label.at.end.line == label.at.start.line else len(source.rstrip())
    pad = _cells(shown[:begin])
    carets = "^" * max(1, _cells(shown[begin : max(end, begin)]))
    return [
        f"{' ' * width} |",
        f"{label.at.start.line:>{width}} | {shown.rstrip()}",
        f"{' ' * width} | {' ' * pad}{mark((carets + ' ' + label.text).rstrip())}",
    ]


def _cells(piece: str) -> int:
    """Columns that a text takes on a terminal: wide characters take two, combining ones none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in piece)


def as_json(diagnostics: Iterable[Diagnostic], stacks: Iterable[Mapping[str, Any]]) -> str:
    """One object with every diagnostic and the stacks that were compiled."""
    return json.dumps(
        {"diagnostics": [_record(d) for d in in_order(diagnostics)], "stacks": list(stacks)},
        indent=2,
        ensure_ascii=False,
    )


def _record(diagnostic: Diagnostic) -> dict[str, Any]:
    record: dict[str, Any] = {
        "code": diagnostic.rule.code,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        "file": diagnostic.span.file,
        "line": diagnostic.span.start.line,
        "column": diagnostic.span.start.column,
        "help": diagnostic.help or diagnostic.rule.fix,
        "related": [
            {
                "file": label.at.file,
                "line": label.at.start.line,
                "column": label.at.start.column,
                "text": label.text,
            }
            for label in diagnostic.labels[1:]
        ],
    }
    if diagnostic.lint:
        record["lint"] = diagnostic.lint
    return record
