"""Diagnostics as text or JSON. Carets are drawn here and nowhere else.

What is shown comes from files that somebody else may have written: characters that would move a terminal's cursor,
hide, or turn a line around are shown by their number.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compiler.diagnostics.model import Diagnostic, Label, Severity, in_order
from compiler.reading.textfile import ODD, UnreadableError, read_bytes
from compiler.support.data_files import bundled_partials

if TYPE_CHECKING:
    from compiler.findings.suppressions import Suppressed

_PAINT = {Severity.ERROR: "1;31", Severity.WARNING: "1;33", Severity.INFO: "1;36"}
_BLUE, _BOLD = "1;34", "1"
_MAX_BYTES = 4_000_000  # not a figure: a bound of ours
_WIDEST = 160
"""Cells of a source line that are shown; of a longer one, the part around the place."""
_BEFORE = 60
_ESCAPED = re.compile(f"{ODD.pattern}|[\n\t]")
_LETTERS = {"\n": "\\n", "\t": "\\t"}

Paint = Callable[[str, str], str]


class Sources:
    """Lines of the files that diagnostics point at; texts already read are handed in, files are read once."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._lines = {file: text.split("\n") for file, text in texts.items()}

    def line(self, file: str, number: int) -> str | None:
        """A line of a file, or None where there is none to show."""
        if file not in self._lines:
            self._lines[file] = _read(file)
        lines = self._lines[file]
        return lines[number - 1] if 0 < number <= len(lines) else None


def _read(file: str) -> list[str]:
    """Lines of a text file; a bundled partial is found wherever the compiler is installed."""
    for path in (Path(file), bundled_partials().parent / file):
        try:
            data = read_bytes(path, _MAX_BYTES)
        except UnreadableError:
            continue
        # Wrong bytes are shown as such: the columns count one character for each.
        text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n")
        return [] if "\0" in text else text.split("\n")
    return []


def wants_colour(environment: Mapping[str, str], *, terminal: bool) -> bool:
    """Whether to paint: on a terminal that can, unless NO_COLOR is set (https://no-color.org)."""
    return terminal and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


def text(diagnostics: Iterable[Diagnostic], sources: Sources, *, colour: bool = False) -> str:
    """All diagnostics in the order of the file, for people; ends with a line that counts them."""
    ordered = in_order(diagnostics)
    if not ordered:
        return ""

    def paint(code: str, words: str) -> str:
        return f"\x1b[{code}m{words}\x1b[0m" if colour else words

    blocks = [_block(diagnostic, sources, paint) for diagnostic in ordered]
    counts = []
    for severity, word in ((Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.INFO, "note")):
        number = sum(d.severity is severity for d in ordered)
        if number:
            counts.append(f"{number} {word}{'s' if number != 1 else ''}")
    return "\n\n".join(blocks) + "\n\n" + ", ".join(counts) + "\n"


def _block(diagnostic: Diagnostic, sources: Sources, paint: Paint) -> str:
    severity = diagnostic.severity
    name = diagnostic.rule.code + (f" {diagnostic.lint}" if diagnostic.lint else "")
    lines = [f"{paint(_PAINT[severity], f'{severity}[{name}]')}: {paint(_BOLD, clean(diagnostic.message))}"]
    width = max(len(str(label.at.start.line)) for label in diagnostic.labels)
    gutter = " " * width
    for position, label in enumerate(diagnostic.labels):
        start = label.at.start
        arrow = paint(_BLUE, "-->" if position == 0 else ":::")
        lines.append(f"{gutter}{arrow} {clean(label.at.file)}:{start.line}:{start.column}")
        lines += _snippet(label, sources, width, paint, _PAINT[severity] if position == 0 else _BLUE)
    lines.append(f"{gutter} {paint(_BLUE, '=')} help: {clean(diagnostic.help or diagnostic.rule.fix)}")
    return "\n".join(lines)


def _snippet(label: Label, sources: Sources, width: int, paint: Paint, colour: str) -> list[str]:
    """The line of a label with carets under its place, and what the label says."""
    gutter = f"{' ' * width} {paint(_BLUE, '|')}"
    said = clean(label.text)
    start, end = label.at.start, label.at.end
    source = sources.line(label.at.file, start.line)
    if source is None:
        return [f"{gutter} {paint(colour, said)}"] if said else []
    source = source.rstrip()
    begin = min(start.column - 1, len(source))
    stop = max(begin, end.column - 1 if end.line == start.line else len(source))
    # A line may be a megabyte long: what can be in sight is cut out before it is looked at.
    near = (
        source[max(0, begin - _WIDEST) : begin],
        source[begin : min(stop, begin + _WIDEST)],
        source[stop:][:_WIDEST],
    )
    before, marked, after = _cropped(*(clean(part.replace("\t", " ")) for part in near))
    carets = paint(colour, ("^" * max(1, cells(marked)) + " " + said).rstrip())
    return [
        gutter,
        f"{paint(_BLUE, f'{start.line:>{width}} |')} {before}{marked}{after}".rstrip(),
        f"{gutter} {' ' * cells(before)}{carets}",
    ]


def _cropped(before: str, marked: str, after: str) -> tuple[str, str, str]:
    """A line cut down to what fits, with the marked part in sight."""
    if cells(before + marked + after) <= _WIDEST:
        return before, marked, after
    if len(before) > _BEFORE:
        before = "…" + before[1 - _BEFORE :]
    room = _WIDEST - cells(before)
    if cells(marked) > room:
        return before, marked[: room - 1] + "…", ""
    room -= cells(marked)
    return before, marked, after if cells(after) <= room else after[: max(room - 1, 0)] + "…"


def clean(words: str) -> str:
    """A text on one line, in which every character is what it looks like."""
    return _ESCAPED.sub(lambda match: _LETTERS.get(match[0], f"<U+{ord(match[0]):04X}>"), words)


def cells(piece: str) -> int:
    """Columns that a text takes on a terminal: wide characters take two, combining and joining ones none."""
    if piece.isascii():
        return len(piece)
    return sum(
        0 if unicodedata.category(c) in ("Mn", "Me", "Cf") else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in piece
    )


def as_json(
    diagnostics: Iterable[Diagnostic],
    stacks: Iterable[Mapping[str, Any]],
    diff: Mapping[str, Any] | None = None,
    suppressed: Iterable[Suppressed] = (),
) -> str:
    """One object with every diagnostic and the stacks that were compiled; ASCII, so that any output can hold it.

    `suppressed` are findings that do not count, `diff` is what `--diff` found, where it was asked for.
    """
    value: dict[str, Any] = {
        "diagnostics": [_record(d) for d in in_order(diagnostics)],
        "accepted": [_suppressed(item) for item in suppressed],
        "stacks": list(stacks),
    }
    if diff is not None:
        value["diff"] = diff
    return json.dumps(value, indent=2)


def _record(diagnostic: Diagnostic) -> dict[str, Any]:
    record: dict[str, Any] = {
        "code": diagnostic.rule.code,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        **_place(diagnostic.labels[0]),
        "help": diagnostic.help or diagnostic.rule.fix,
        "related": [{**_place(label), "text": label.text} for label in diagnostic.labels[1:]],
    }
    if diagnostic.lint:
        record["lint"] = diagnostic.lint
    return record


def _suppressed(item: Suppressed) -> dict[str, Any]:
    entry = {**_place(Label(item.at)), "reason": item.entry.reason, "expires": item.entry.expires}
    return {**_record(item.diagnostic), "acceptance": entry}


def _place(label: Label) -> dict[str, Any]:
    return {"file": label.at.file, "line": label.at.start.line, "column": label.at.start.column}
