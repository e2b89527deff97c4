"""Diagnostics as text for people. Carets are drawn here and nowhere else.

What is shown comes from files that somebody else may have written: characters that would move a terminal's cursor,
hide, or turn a line around are shown by their number.

On a terminal every line fits: messages and help are wrapped at words, and a long line of the source is cut around the
caret. Only the line with the file's path stays whole, so that it can be clicked or copied. Where the output is not a
terminal, nothing is wrapped, so that a search finds whole sentences; rustc and ruff do the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import accumulate
from pathlib import Path

from compiler.diagnostics.model import Diagnostic, Label, Severity, in_order
from compiler.reading.textfile import ODD, UnreadableError, read_bytes
from compiler.support.data_files import bundled_partials
from compiler.support.frozen import frozen

_STYLES = {Severity.ERROR: "1;31", Severity.WARNING: "1;33", Severity.INFO: "1;36"}
_BLUE, _BOLD = "1;34", "1"
_MAX_BYTES = 4_000_000  # not a figure: a bound of ours
_SOURCE_CELLS = 160
"""Cells of a source line that are shown where the output is not a terminal."""
_LEAST_LABEL = 24
"""Cells that the text of a label has for itself when it does not fit behind the carets."""
_ESCAPED = re.compile(f"{ODD.pattern}|[\n\t]")
_LETTERS = {"\n": "\\n", "\t": "\\t"}


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


@frozen
class _Page:
    """Where diagnostics are shown: the sources, the columns (None: any number), and whether in colour."""

    sources: Sources
    width: int | None
    paint: Callable[[str, str], str]

    def wrap(self, words: str, lead: int, indent: int) -> list[str]:
        """Lines of a text: the first as it follows `lead` columns, the others indented."""
        if self.width is None:
            return [words]
        first, *rest = wrapped(words, self.width - lead, self.width - indent)
        return [first, *(" " * indent + line for line in rest)]


def render(
    diagnostics: Iterable[Diagnostic],
    texts: Mapping[str, str] | None = None,
    *,
    width: int | None = None,
    colour: bool = False,
) -> str:
    """All diagnostics in the order of the file; ends with a line that counts them.

    `texts` are files already read, `width` is the terminal's in columns (None: do not wrap).
    """
    ordered = in_order(diagnostics)
    if not ordered:
        return ""

    def paint(code: str, words: str) -> str:
        return f"\x1b[{code}m{words}\x1b[0m" if colour and words else words

    page = _Page(Sources(texts or {}), width, paint)
    blocks = ["\n".join(_block(diagnostic, page)) for diagnostic in ordered]
    return "\n\n".join((*blocks, counted(ordered))) + "\n"


def counted(diagnostics: Iterable[Diagnostic]) -> str:
    """How many errors, warnings and notes there are."""
    found = [diagnostic.severity for diagnostic in diagnostics]
    words = ((Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.INFO, "note"))
    numbers = ((found.count(severity), word) for severity, word in words)
    return ", ".join(f"{number} {word}{'s' if number > 1 else ''}" for number, word in numbers if number)


def _block(diagnostic: Diagnostic, page: _Page) -> Iterator[str]:
    style = _STYLES[diagnostic.severity]
    head = f"{diagnostic.severity}[{diagnostic.rule.code}{f' {diagnostic.lint}' if diagnostic.lint else ''}]"
    first, *rest = page.wrap(clean(diagnostic.message), len(head) + 2, 2)
    yield f"{page.paint(style, head)}: {page.paint(_BOLD, first)}"
    yield from (page.paint(_BOLD, line) for line in rest)
    gutter = max(len(str(label.at.start.line)) for label in diagnostic.labels)
    for position, label in enumerate(diagnostic.labels):
        start = label.at.start
        arrow = page.paint(_BLUE, "-->" if position == 0 else ":::")
        yield f"{' ' * gutter}{arrow} {clean(label.at.file)}:{start.line}:{start.column}"
        yield from _snippet(label, page, gutter, style if position == 0 else _BLUE)
    lead = gutter + len(" = help: ")
    first, *rest = page.wrap(clean(diagnostic.help or diagnostic.rule.fix), lead, lead)
    yield f"{' ' * gutter} {page.paint(_BLUE, '=')} help: {first}"
    yield from rest


def _snippet(label: Label, page: _Page, gutter: int, style: str) -> Iterator[str]:
    """The line of a label with carets under its place, and what the label says."""
    bar = f"{' ' * gutter} {page.paint(_BLUE, '|')}"
    room = page.width - gutter - 3 if page.width else _SOURCE_CELLS
    message = clean(label.text)
    start, end = label.at.start, label.at.end
    source = page.sources.line(label.at.file, start.line)
    if source is None:
        for line in (wrapped(message, room, room) if page.width else [message]) if message else ():
            yield f"{bar} {page.paint(style, line)}"
        return
    source = source.rstrip()
    begin = min(start.column - 1, len(source))
    stop = max(begin, end.column - 1 if end.line == start.line else len(source))
    # A line may be a megabyte long: what can be in sight is cut out before it is looked at.
    near = (source[max(0, begin - room) : begin], source[begin : min(stop, begin + room + 1)], source[stop:][:room])
    before, marked, after = _cropped((clean(part.replace("\t", " ")) for part in near), room)
    carets = "^" * max(1, cells(marked))
    yield bar
    yield f"{page.paint(_BLUE, f'{start.line:>{gutter}} |')} {before}{marked}{after}".rstrip()
    indent = cells(before)
    if page.width is None or not message or indent + len(carets) + 1 + cells(message) <= room:
        yield f"{bar} {' ' * indent}{page.paint(style, f'{carets} {message}'.rstrip())}"
        return
    yield f"{bar} {' ' * indent}{page.paint(style, carets)}"
    indent = min(indent, room - _LEAST_LABEL)
    for line in wrapped(message, room - indent, room - indent):
        yield f"{bar} {' ' * indent}{page.paint(style, line)}"


def _cropped(parts: Iterable[str], room: int) -> tuple[str, str, str]:
    """A line cut down to `room` cells: what is before the marked part, as much of that as fits, and what is after."""
    before, marked, after = parts
    if cells(before) + max(1, cells(marked)) <= room and cells(before + marked + after) <= room:
        return before, marked, after
    most = room * 3 // 8
    if cells(before) > most:
        before = "…" + before[-len(_fitting(before[::-1], most - 1)) :]
    room -= cells(before)
    if cells(marked) + bool(after) > room:
        return before, _fitting(marked, room - 1) + "…", ""
    room -= cells(marked)
    return before, marked, after if cells(after) <= room else _fitting(after, max(room - 1, 0)) + "…"


def wrapped(words: str, first: int, others: int) -> list[str]:
    """A text in lines of at most so many cells, broken between words, and in a word only where it is too long."""
    lines: list[str] = []
    line, room = "", first
    for word in words.split(" "):
        joined = f"{line} {word}" if line else word
        if cells(joined) <= room:
            line = joined
            continue
        if line.strip():
            lines.append(line.rstrip())
            line, room = "", others
        while cells(word) > room - cells(line):
            part = _fitting(word, room - cells(line))
            lines.append(line + part)
            word, line, room = word[len(part) :], "", others
        line += word
    return [*lines, line.rstrip()]


def clean(words: str) -> str:
    """A text on one line, in which every character is what it looks like."""
    return _ESCAPED.sub(lambda match: _LETTERS.get(match[0], f"<U+{ord(match[0]):04X}>"), words)


def cells(words: str) -> int:
    """Columns that a text takes on a terminal: wide characters take two, combining and joining ones none."""
    return len(words) if words.isascii() else sum(map(_cell, words))


def _cell(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _fitting(words: str, room: int) -> str:
    """The longest beginning of a text that takes at most `room` cells."""
    return words[: sum(total <= room for total in accumulate(map(_cell, words)))]
