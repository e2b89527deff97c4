"""The only reader of YAML: a text in, a plain tree with the position of every key and value out.

The reader is stricter than YAML. It refuses whatever two readers could understand differently (duplicate keys, merge
keys, aliases, tags, leading zeros): a topology must have one meaning.

Reports DR102 to DR115, and DR131.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, Label, Position, RejectedError, Route, Rule, Span
from compiler.reading import lookalikes, scalars, textfile
from compiler.reading.yaml_errors import fault, unforeseen

Plain = None | bool | int | float | str | list[Any] | dict[str, Any]

MAX_DEPTH = 32
_PROPERTY = re.compile(r"\s*(!<[^>\s]*>|[&!][^\s,\[\]{}]*)")


def build(text: str, file: str) -> Tree:
    """The tree of a text; raises `RejectedError` with everything found."""
    tree = Tree(file, text)
    tree.value = tree.document(_events(text, file, tree.problems))
    if tree.problems:
        raise RejectedError(tree.problems)
    return tree


def _events(text: str, file: str, problems: list[Diagnostic]) -> Iterator[Any]:
    """The parser's events, its errors raised as `RejectedError` together with what was found before them."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    begun = textfile.START
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            begun = Position(event.end_mark.line + 1, event.end_mark.column + 1)
            yield event
    except MarkedYAMLError as error:
        raise RejectedError((*problems, fault(error, file, text))) from None
    except (YAMLError, ValueError, ArithmeticError, LookupError, AttributeError, TypeError, RecursionError) as error:
        # Some texts make the parser itself fail, such as an escape beyond the last character.
        raise RejectedError((*problems, unforeseen(error, file, text, begun))) from None


class Tree:
    """Builds the plain tree from parser events and keeps the positions; collects problems and goes on.

    `values` and `keys` have the place of each value and key, `doubtful` the unquoted texts that another reader takes
    for something else.
    """

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.lines = text.split("\n")
        self.value: Plain = None
        self.values: dict[Route, Span] = {}
        self.keys: dict[Route, Span] = {}
        self.doubtful: dict[Route, str] = {}
        self.problems: list[Diagnostic] = []
        self.ends: dict[int, int] = {}
        """Where the last token of a line ends: what follows it is a comment."""

    def report(
        self, rule: Rule, message: str, span: Span, label: str = "", *more: Label, remedy: str | None = None
    ) -> None:
        self.problems.append(Diagnostic(rule, message, (Label(span, label), *more), remedy))

    def span(self, event: Any) -> Span:
        start = Position(event.start_mark.line + 1, event.start_mark.column + 1)
        end = Position(event.end_mark.line + 1, event.end_mark.column + 1)
        if end.line > start.line:
            self.ends[start.line] = len(self.lines[start.line - 1].rstrip()) + 1
        self.ends[end.line] = end.column
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
                    raise RejectedError(self.problems)
                self.directives(event)
            elif kind not in ("StreamStartEvent", "StreamEndEvent", "DocumentEndEvent"):
                value = self.node(event, events, (), self.span(event))
        if value is None and not self.problems:
            self.report(Code.DR106, "the file is empty", Span(self.file, textfile.START, textfile.START))
        return value

    def directives(self, start: Any) -> None:
        for number, line in enumerate(self.lines[: start.start_mark.line], 1):
            if line.startswith("%"):
                span = Span(self.file, Position(number, 1), Position(number, len(line.rstrip()) + 1))
                self.report(Code.DR108, "YAML directives (`%…`) are not supported", span, remedy="remove the line")

    def properties(self, event: Any, span: Span) -> None:
        """Anchors and tags, which no key or value of a spec has; they stand before it, in either order."""
        if event.anchor is None and event.tag is None:
            return
        column = span.start.column - 1
        while found := _PROPERTY.match(self.lines[span.start.line - 1], column):
            column = found.end()
            line, written = span.start.line, found[1]
            at = Span(self.file, Position(line, found.start(1) + 1), Position(line, column + 1))
            if written[0] == "&":
                self.report(
                    Code.DR109,
                    f"`{scalars.shown(written)}` marks a part of the file so that it can be repeated",
                    at,
                    "an anchor",
                )
            else:
                self.report(Code.DR108, f"the tag `{scalars.shown(written)}` is not supported", at)

    def node(self, event: Any, events: Iterator[Any], route: Route, span: Span) -> Plain:
        """The value that begins with `event`; it stands at `span`, where that is not a collection."""
        kind = type(event).__name__
        if kind == "AliasEvent":
            self.report(Code.DR109, f"`*{event.anchor}` repeats another part of the file", span, "an alias")
            self.values[route] = span
            return None
        self.properties(event, span)
        if len(route) > MAX_DEPTH:
            self.report(Code.DR113, f"nested deeper than {MAX_DEPTH} levels", span)
            raise RejectedError(self.problems)
        if kind == "ScalarEvent":
            self.values[route] = span
            value, why = self.scalar(event, span)
            if why:
                self.doubtful[route] = why
            return value
        built = self.sequence(events, route) if kind == "SequenceStartEvent" else self.mapping(events, route)
        value, end = built
        # A flow collection ends with its bracket; a block collection has no end to point at.
        last = end if event.flow_style else Position(span.start.line, self.ends[span.start.line])
        self.values[route] = Span(self.file, span.start, last)
        return value

    def sequence(self, events: Iterator[Any], route: Route) -> tuple[list[Any], Position]:
        items: list[Any] = []
        while True:
            event = next(events)
            span = self.span(event)
            if type(event).__name__ == "SequenceEndEvent":
                return items, span.end
            items.append(self.node(event, events, (*route, len(items)), span))

    def mapping(self, events: Iterator[Any], route: Route) -> tuple[dict[str, Any], Position]:
        members: dict[str, Any] = {}
        while True:
            event = next(events)
            span = self.span(event)
            if type(event).__name__ == "MappingEndEvent":
                return members, span.end
            key = self.key(event, events, route, span)
            value = next(events)
            # The place of an empty value is its key: the parser gives the place of the next token.
            at = span if _is_empty(value) else self.span(value)
            if key is None:
                self.node(value, events, (*route, "?"), at)
                continue
            child = (*route, key)
            if key in members:
                first = Label(self.keys[child], "first here")
                self.report(Code.DR105, f"the key `{scalars.shown(key)}` occurs twice", span, "again here", first)
                self.node(value, events, (*route, f"{key} (again)"), at)
                continue
            self.keys[child] = span
            members[key] = self.node(value, events, child, at)

    def key(self, event: Any, events: Iterator[Any], route: Route, span: Span) -> str | None:
        """A key's name, or None where it has none to speak of, and that is reported."""
        if type(event).__name__ != "ScalarEvent":
            # Keys of such a key are no further mistake.
            if type(event).__name__ != "AliasEvent" and "?" not in route:
                self.complex_key(span)
            self.node(event, events, (*route, "?"), span)
            return None
        self.properties(event, span)
        key = str(event.value)
        if key == "<<" and event.style is None:
            self.report(Code.DR110, "a merge key (`<<`) is not supported", span)
            return None
        value, why = self.scalar(event, span)
        name = scalars.shown(key) or "(nothing)"
        if not isinstance(value, str):
            self.report(Code.DR112, f"the key `{name}` is {scalars.kind(value)}, not a word", span)
        elif why:
            message = f"other YAML parsers read the key `{name}` as {why}"
            self.problems.append(Diagnostic(Code.DR112, message, (Label(span),), "put it in quotes"))
        return key

    def complex_key(self, span: Span) -> None:
        """Reports a key that is a list or a section, as YAML reads the `{{ name }}` of a template language."""
        line, column = self.lines[span.start.line - 1], span.start.column - 1
        if line[max(column - 1, 0) : column + 1] == "{{":
            begin = Position(span.start.line, column)
            message = "the compiler fills in nothing: `{{` of a template language is a section in a section to YAML"
            at = Span(self.file, begin, Position(span.start.line, column + 2))
            self.report(Code.DR112, message, at, remedy="write the value, or let the other program write this file")
        else:
            self.report(Code.DR112, "a key must be a plain word, not a list or section", span)

    def scalar(self, event: Any, span: Span) -> tuple[Plain, str | None]:
        """The value of a scalar, and what another reader would take it for."""
        text = str(event.value)
        if event.style is not None:
            for odd in textfile.oddities(text):
                # Only an escape in double quotes can bring such a character here.
                rule = Code.DR115 if odd.hidden else Code.DR102
                self.report(rule, f"an escape in this text: {odd.message}", span)
                break
            return text, None
        for position in lookalikes.ends(text) if span.start.line == span.end.line else ():
            at, after = (Position(span.start.line, span.start.column + position + more) for more in (0, 1))
            way = lookalikes.way_at(self.lines, at)
            self.problems.append(way.diagnostic(text[position], Span(self.file, at, after)))
        value, problem = scalars.read(text)
        if problem is not None:
            self.report(*problem, span)
        return value, scalars.elsewhere(text) if isinstance(value, str) and problem is None else None


def _is_empty(event: Any) -> bool:
    return (
        type(event).__name__ == "ScalarEvent"
        and event.style is None
        and not event.value
        and event.anchor is None
        and event.tag is None
    )
