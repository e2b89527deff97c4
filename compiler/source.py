"""The only reader of YAML: bytes in, a plain tree with the position of every key and value out.

The reader is stricter than YAML: whatever two readers could understand differently (duplicate keys, merge keys,
aliases, tags, leading zeros) is refused with its position, since a bank's topology must mean one thing.

Reports DR101 to DR114.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from compiler.codes import Code, Rule
from compiler.diagnostics import Diagnostic, Label, Position, Rejected, Span

if TYPE_CHECKING:
    from pathlib import Path

Route = tuple[str | int, ...]
Plain = None | bool | int | float | str | list[Any] | dict[str, Any]

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
_START = Position(1, 1)

_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_ZEROS = re.compile(r"[-+]?0[0-9_]+")
_FLOAT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)?\.?[0-9]+(?:[eE][-+]?[0-9]+)?")
_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS = ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True, slots=True)
class Document:
    """A read spec: its plain values and where each key and value stands, by route."""

    file: str
    text: str
    value: Plain
    values: Mapping[Route, Span]
    keys: Mapping[Route, Span] = field(default_factory=dict)

    def span(self, route: Route, *, key: bool = False) -> Span:
        """Where `route` stands; the nearest ancestor's key where the spec leaves it out."""
        if key and route in self.keys:
            return self.keys[route]
        if route in self.values:
            return self.values[route]
        while route:
            route = route[:-1]
            if route in self.keys:
                return self.keys[route]
            if route and route in self.values:
                return self.values[route].first_line(self.text)
        return Span(self.file, Position(1, 1), Position(1, 1))

    def cut(self, span: Span) -> str:
        """The author's own text at a span of one line."""
        lines = self.text.split("\n")
        if span.start.line > len(lines):
            return ""
        return lines[span.start.line - 1][span.start.column - 1 : span.end.column - 1]

    def has(self, route: Route) -> bool:
        """Whether the author wrote this route, as against a default standing in for it."""
        return route in self.values


def read(path: Path, shown: str) -> str:
    """The text of a spec file, shown to people as `shown`; reports DR101, DR102, DR103."""

    def refuse(code: Rule, message: str, at: Position = _START) -> Rejected:
        return Rejected([Diagnostic(code, message, (Label(Span(shown, at, at)),))])

    try:
        data = path.read_bytes()
    except IsADirectoryError:
        raise refuse(Code.DR101, f"`{shown}` is a folder, not a spec file") from None
    except FileNotFoundError:
        raise refuse(Code.DR101, f"`{shown}` does not exist") from None
    except OSError as error:
        raise refuse(Code.DR101, f"`{shown}` cannot be read: {error.strerror or error}") from None
    except ValueError:
        raise refuse(Code.DR101, "the file name holds a character that no file name may have") from None
    if len(data) > MAX_BYTES:
        raise refuse(Code.DR101, f"`{shown}` has {len(data):,} bytes; a spec may have {MAX_BYTES:,}")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise refuse(Code.DR102, "the file is encoded as UTF-16, not UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        line = before.count("\n") + 1
        column = len(before) - (before.rfind("\n") + 1) + 1
        bad = data[error.start]
        raise refuse(Code.DR102, f"byte 0x{bad:02x} is not UTF-8", Position(line, column)) from None
    return text.replace("\r\n", "\n")


def load(text: str, file: str) -> Document:
    """The document that `text` holds; raises `Rejected` with everything found. Reports DR103 to DR114."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError
    from ruamel.yaml.reader import ReaderError

    builder = _Builder(file, text)
    try:
        value = builder.document(iter(YAML(typ="safe", pure=True).parse(text)))
    except ReaderError as error:
        before = text[: error.position]
        at = Position(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
        code = ord(error.character) if isinstance(error.character, str) else error.character
        raise Rejected(
            [Diagnostic(Code.DR102, f"character U+{code:04X} may not stand in YAML", (Label(Span(file, at, at)),))]
        ) from None
    except MarkedYAMLError as error:
        raise Rejected((*builder.problems, _syntax(error, file, text))) from None
    if builder.problems:
        raise Rejected(builder.problems)
    return Document(file, text, value, builder.values, builder.keys)


def _syntax(error: Any, file: str, text: str) -> Diagnostic:
    mark = error.problem_mark or error.context_mark
    at = Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)
    lines = text.split("\n")
    line = lines[at.line - 1] if at.line <= len(lines) else ""
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" in indent or (at.column <= len(line) and line[at.column - 1] == "\t"):
        column = line.index("\t") + 1
        at = Position(at.line, column)
        return Diagnostic(Code.DR104, "a tab stands where YAML expects spaces", (Label(Span(file, at, at), "a tab"),))
    if "multiple documents" in str(error.problem) or "but found another document" in str(error.problem):
        return Diagnostic(Code.DR107, "a second document begins here", (Label(Span(file, at, at)),))
    labels = [Label(Span(file, at, at), str(error.problem or "").rstrip("."))]
    if error.context_mark and error.problem_mark and error.context_mark.line != error.problem_mark.line:
        begin = Position(error.context_mark.line + 1, error.context_mark.column + 1)
        labels.append(Label(Span(file, begin, begin), str(error.context or "it begins here")))
    said = error.problem or error.context or "the text is not YAML"
    return Diagnostic(Code.DR103, f"YAML cannot be read here: {said}", tuple(labels))


class _Builder:
    """Builds the plain tree from parser events and keeps the positions; collects problems and goes on."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self.values: dict[Route, Span] = {}
        self.keys: dict[Route, Span] = {}
        self.problems: list[Diagnostic] = []

    def report(self, code: Rule, message: str, span: Span, label: str = "", *more: Label) -> None:
        self.problems.append(Diagnostic(code, message, (Label(span, label), *more)))

    def span(self, event: Any) -> Span:
        start = Position(event.start_mark.line + 1, event.start_mark.column + 1)
        end = Position(event.end_mark.line + 1, event.end_mark.column + 1)
        return Span(self.file, start, end)

    def document(self, events: Iterator[Any]) -> Plain:
        value: Plain = None
        documents = 0
        for event in events:
            kind = type(event).__name__
            if kind == "DocumentStartEvent":
                documents += 1
                if documents > 1:
                    self.report(Code.DR107, "a second document begins here", self.span(event))
                    raise Rejected(self.problems)
                if event.tags or event.version:
                    self.report(Code.DR108, "YAML directives (`%…`) are not used here", self.span(event))
            elif kind not in ("StreamStartEvent", "StreamEndEvent", "DocumentEndEvent"):
                value = self.node(event, events, ())
        empty = Position(1, 1)
        if documents == 0 or (value is None and not self.problems):
            self.report(Code.DR106, "the file is empty", Span(self.file, empty, empty))
        return value

    def node(self, event: Any, events: Iterator[Any], route: Route) -> Plain:
        kind = type(event).__name__
        span = self.span(event)
        if kind == "AliasEvent":
            self.report(Code.DR109, f"`*{event.anchor}` repeats another part of the file", span, "an alias")
            self.values[route] = span
            return None
        if event.anchor is not None:
            self.report(Code.DR109, f"`&{event.anchor}` marks a part for repetition", span, "an anchor")
        if event.tag is not None and str(event.tag) not in ("!", "tag:yaml.org,2002:str"):
            self.report(Code.DR108, f"the tag `{event.tag}` is not used here", span)
        if len(route) > MAX_DEPTH:
            self.report(Code.DR113, f"nested deeper than {MAX_DEPTH} levels", span)
            raise Rejected(self.problems)
        if kind == "ScalarEvent":
            self.values[route] = span
            return self.scalar(event, span)
        if kind == "SequenceStartEvent":
            return self.sequence(event, events, route)
        return self.mapping(event, events, route)

    def sequence(self, start: Any, events: Iterator[Any], route: Route) -> list[Any]:
        items: list[Any] = []
        for event in events:
            if type(event).__name__ == "SequenceEndEvent":
                self.values[route] = Span(self.file, self.span(start).start, self.span(event).end)
                return items
            items.append(self.node(event, events, (*route, len(items))))
        return items

    def mapping(self, start: Any, events: Iterator[Any], route: Route) -> dict[str, Any]:
        members: dict[str, Any] = {}
        for event in events:
            if type(event).__name__ == "MappingEndEvent":
                self.values[route] = Span(self.file, self.span(start).start, self.span(event).end)
                return members
            span = self.span(event)
            if type(event).__name__ != "ScalarEvent":
                self.report(Code.DR112, "a key must be a plain word", span)
                self.node(event, events, (*route, "?"))
                self.node(next(events), events, (*route, "?"))
                continue
            key = str(event.value)
            if key == "<<" and event.style is None:
                self.report(Code.DR110, "a merge key (`<<`) is not used here", span)
                self.node(next(events), events, (*route, key))
                continue
            if event.style is None and not isinstance(self.scalar(event, span), str):
                self.report(Code.DR112, f"the key `{key or '(nothing)'}` is not a word", span)
            child = (*route, key)
            if key in members:
                first = Label(self.keys[child], "first here")
                self.report(Code.DR105, f"the key `{key}` occurs twice", span, "again here", first)
                self.node(next(events), events, (*route, f"{key} (again)"))
                continue
            self.keys[child] = span
            members[key] = self.node(next(events), events, child)
        return members

    def scalar(self, event: Any, span: Span) -> Plain:
        """The value of a scalar under the YAML 1.2 core schema, less what readers disagree about."""
        text = str(event.value)
        if event.style is not None or (event.tag is not None and str(event.tag) in ("!", "tag:yaml.org,2002:str")):
            return text
        if text in _NULLS:
            return None
        if text in _BOOLS:
            return _BOOLS[text]
        if _INT.fullmatch(text):
            if len(text) > 18:
                self.report(Code.DR114, f"the number `{text[:24]}…` is too large for any field", span)
                return 0
            return int(text)
        if _ZEROS.fullmatch(text):
            # 010 is 8 to one reader and 10 to another, and an account id would lose its zero.
            self.report(Code.DR111, f"the number `{text}` begins with a zero", span)
            return text
        if _FLOAT.fullmatch(text) and len(text) < 40:
            return float(text)
        return text
