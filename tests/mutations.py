"""Slips of the pen in a spec, one at a time and every one there is: what each does to the text, and where it shows.

A mutation is made in the text, not in the tree, so that comments, block and flow style stay as an author has them and
the line of the slip is known. Five kinds, for every key and every value of a spec:

- `remove`     a key with its value, or an entry of a list; shows where the parent stands
- `retype`     a value of another type; shows at the value
- `misspell`   two letters of a key or a text change places; shows at the key or text
- `duplicate`  a key or an entry stands there twice; shows at the second, and names the first
- `quantity`   no unit, a unit of another kind or in another case, a sign, nothing, far too much; shows at the value
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from compiler.diagnostics.model import Route
from compiler.reading.document import Document, load_document
from compiler.spec.routes import show_route

_QUANTITY = re.compile(r"(?P<number>[0-9.]+)(?P<unit>[A-Za-z]+|/[a-z]+|%)")
_KINDS = (("ms", "s", "m", "h", "d"), ("B", "KB", "MB", "GB"), ("/s",), ("%",))


@dataclass(frozen=True)
class Mutation:
    """A spec with one slip: `line` is where it shows in `text`, `first` where a duplicate's first one stands.

    A list that lost an entry shows where its entries begin, as editors show it, or at its key: at `line` or `key`.
    """

    kind: str
    how: str
    route: Route
    text: str
    line: int
    first: int = 0
    key: int = 0

    @property
    def id(self) -> str:
        return f"{self.kind} {self.how} {show_route(self.route)}".replace("  ", " ")


class Mutator:
    """Every mutation of one spec."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.document: Document = load_document(text, "spec.yaml")
        starts = [0]
        for line in text.split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        self.starts = starts

    def __iter__(self) -> Iterator[Mutation]:
        for route, value in _places(self.document.value):
            yield from self._removed(route)
            yield from self._retyped(route, value)
            yield from self._misspelt(route, value)
            yield self._duplicated(route)
            yield from self._quantities(route, value)

    # Where things stand

    def _offset(self, line: int, column: int) -> int:
        return self.starts[line - 1] + column - 1

    def _value(self, route: Route) -> tuple[int, int]:
        """First and last offset of a value; a block's last is that of what it holds last."""
        span = self.document.values[route]
        last = self._offset(span.end.line, span.end.column)
        for inner in self.document.values:
            if inner[: len(route)] == route:
                end = self.document.values[inner].end
                last = max(last, self._offset(end.line, end.column))
        return self._offset(span.start.line, span.start.column), last

    def _start(self, route: Route) -> int:
        """Where a key or an entry of a list begins, its dash left out."""
        if route in self.document.keys:
            at = self.document.keys[route].start
            return self._offset(at.line, at.column)
        return self._value(route)[0]

    def _in_flow(self, route: Route) -> bool:
        """Whether a key or entry stands in brackets."""
        above = self._value(route[:-1])[0]
        return len(route) > 1 and self.text[above] in "{["

    def _line(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1

    def _lines(self, route: Route) -> tuple[int, int]:
        """Offsets of the whole lines of a key or entry in block style, from its indentation to behind its line end."""
        start, last = self._start(route), self._value(route)[1]
        return self.text.rfind("\n", 0, start) + 1, self.text.index("\n", last) + 1

    def _mutation(
        self, kind: str, how: str, route: Route, span: tuple[int, int], new: str, at: int = -1, first: int = 0
    ) -> Mutation:
        """The text with `new` from one offset to another; it shows where that begins, or at the offset `at`."""
        text = self.text[: span[0]] + new + self.text[span[1] :]
        return Mutation(kind, how, route, text, self._line(at if at >= 0 else span[0]), first)

    # What is done

    def _removed(self, route: Route) -> Iterator[Mutation]:
        above = route[:-1]
        named = self._start(above) if above else self._value(())[0]
        parent = named if route in self.document.keys else self._value(above)[0]
        if self._in_flow(route):
            start, last = self._start(route), self._value(route)[1]
            if self.text[last : last + 2] == ", ":
                last += 2
            elif self.text[start - 2 : start] == ", ":
                start -= 2
            made = self._mutation("remove", "", route, (start, last), "", parent)
            yield replace(made, key=self._line(named))
            return
        begin, end = self._lines(route)
        before = self.text[begin : self._start(route)]
        new = ""
        if "-" in before and route in self.document.keys:
            # The dash of an entry stays when its first key goes.
            width = len(before)
            new, end = before, end + width
        yield replace(self._mutation("remove", "", route, (begin, end), new, parent), key=self._line(named))

    def _retyped(self, route: Route, value: Any) -> Iterator[Mutation]:
        if isinstance(value, dict):
            others = {"list": "[x]", "text": "oops"}
        elif isinstance(value, list):
            others = {"text": "oops", "nothing": ""}
        elif isinstance(value, str):
            others = {"list": f"[{self._written(route)}]", "number": "7"}
        else:
            others = {"quoted": f'"{value}"'} | ({"number": "7"} if isinstance(value, bool) else {"truth": "true"})
        start, last = self._value(route)
        if isinstance(value, dict | list) and self.text[start] not in "{[" and route in self.document.keys:
            # A block goes, and what stands instead follows its key.
            key = self.document.keys[route]
            start = self._offset(key.end.line, key.end.column) + 1
            others = {how: f" {new}" for how, new in others.items()}
        for how, new in others.items():
            yield self._mutation("retype", how, route, (start, last), new)

    def _written(self, route: Route) -> str:
        start, last = self._value(route)
        return self.text[start:last]

    def _misspelt(self, route: Route, value: Any) -> Iterator[Mutation]:
        if route in self.document.keys:
            start = self._start(route)
            key = str(route[-1])
            yield self._mutation("misspell", "key", route, (start, start + len(key)), swapped(key))
        if isinstance(value, str) and not _QUANTITY.fullmatch(value):
            yield self._mutation("misspell", "text", route, self._value(route), swapped(self._written(route)))

    def _duplicated(self, route: Route) -> Mutation:
        start, last = self._start(route), self._value(route)[1]
        first = self._line(start)
        if self._in_flow(route):
            return self._mutation("duplicate", "", route, (last, last), f", {self.text[start:last]}", start, first)
        begin, end = self._lines(route)
        again = self.text[begin:end]
        if route in self.document.keys:
            again = again.replace("- ", "  ", 1) if "-" in self.text[begin:start] else again
        return self._mutation("duplicate", "", route, (end, end), again, first=first)

    def _quantities(self, route: Route, value: Any) -> Iterator[Mutation]:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return
        found = _QUANTITY.fullmatch(str(value))
        if isinstance(value, str) and not found:
            return
        others = {"negative": f"-{value}", "far too much": f"{'9' * 14}{found['unit'] if found else ''}"}
        if found:
            number, unit = found.groups()
            kind = next(kind for kind in _KINDS if unit in kind)
            others |= {
                "without unit": number,
                "unit of another kind": number + _KINDS[(_KINDS.index(kind) + 1) % len(_KINDS)][0],
                "misspelt unit": f"{number}{unit.swapcase() if unit.swapcase() != unit else unit * 2}",
                "zero": f"0{unit}",
            }
        for how, new in others.items():
            yield self._mutation("quantity", how, route, self._value(route), new)


def swapped(word: str) -> str:
    """A word with its second and third letter in each other's place; without one of them where they are the same."""
    if len(word) < 3:
        return word[::-1]
    second, third = word[1:2], word[2:3]
    return word[:1] + third + (second if second != third else "") + word[3:]


def _places(value: Any, route: Route = ()) -> Iterator[tuple[Route, Any]]:
    """Every key and entry with its value, but the whole."""
    if route:
        yield route, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _places(item, (*route, key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _places(item, (*route, position))
