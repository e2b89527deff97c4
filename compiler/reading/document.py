"""A spec file as a tree whose every key and value has a place. Reports DR101 to DR115."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cached_property
from pathlib import Path

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, Label, Position, RejectedError, Route, Rule, Span
from compiler.reading import textfile
from compiler.reading.yaml_tree import Plain, build
from compiler.support.frozen import frozen

MAX_BYTES = 1_000_000
_MOST_CHARACTERS = 20
"""Characters of one file that are reported: a binary file has thousands that are not allowed in a text."""


@frozen
class Document:
    """A spec file that was read: its plain values, and the place of each key and value by route.

    `doubtful` has the unquoted texts that another reader takes for something else, such as `yes` for a truth value.
    """

    file: str
    text: str
    value: Plain
    values: Mapping[Route, Span]
    keys: Mapping[Route, Span] = field(default_factory=dict)
    doubtful: Mapping[Route, str] = field(default_factory=dict)

    def span(self, route: Route, *, key: bool = False) -> Span:
        """The place of `route`; where the spec leaves it out, that of the nearest section above it."""
        if key and route in self.keys:
            return self.keys[route]
        if route in self.values:
            return self.values[route]
        while route:
            route = route[:-1]
            if route in self.keys:
                return self.keys[route]
            if route in self.values:
                found = self.values[route].first_line(self.text)
                # For the whole file, its beginning is enough.
                return found if route else Span(self.file, found.start, found.start)
        return Span(self.file, textfile.START, textfile.START)

    @cached_property
    def lines(self) -> tuple[str, ...]:
        return tuple(self.text.split("\n"))

    def cut(self, span: Span) -> str:
        """The author's own text at a span of one line."""
        if span.start.line > len(self.lines):
            return ""
        return self.lines[span.start.line - 1][span.start.column - 1 : span.end.column - 1]

    def has(self, route: Route) -> bool:
        """Whether the author wrote this route; if not, it has its default."""
        return route in self.values


def open_document(path: Path, shown: str) -> Document:
    """The spec file at `path`, called `shown` in messages; raises `RejectedError` with everything found."""
    return load_document(_text(path, shown), shown)


def _text(path: Path, shown: str) -> str:
    """The text of a file; reports DR101 and DR102."""

    def refused(rule: Rule, message: str, at: Position, remedy: str | None = None) -> RejectedError:
        return RejectedError([Diagnostic(rule, message, (Label(Span(shown, at, at)),), remedy)])

    try:
        return textfile.decode(textfile.read_bytes(path, MAX_BYTES))
    except textfile.UnreadableError as error:
        raise refused(Code.DR101, f"`{shown}` {error}", textfile.START) from None
    except textfile.NotTextError as error:
        raise refused(Code.DR102, str(error), error.at, error.remedy) from None


def load_document(text: str, file: str) -> Document:
    """The document that `text` holds; raises `RejectedError` with everything found. Reports DR102 to DR115."""
    text = text.replace("\r\n", "\n")
    odd = tuple(_characters(text, file))
    if odd:
        raise RejectedError(odd)
    tree = build(text, file)
    return Document(file, text, tree.value, tree.values, tree.keys, tree.doubtful)


def _characters(text: str, file: str) -> Iterator[Diagnostic]:
    """Characters that are not allowed in a spec; reports DR102 and DR115."""
    for _, odd in zip(range(_MOST_CHARACTERS), textfile.oddities(text), strict=False):
        at = textfile.position(text, odd.offset)
        rule = Code.DR115 if odd.hidden else Code.DR102
        yield Diagnostic(rule, odd.message, (Label(Span(file, at, Position(at.line, at.column + 1))),))
