"""What a rendered partial says: resources and outputs with the partial's line of each.

Reads the two outer levels itself and leaves values to the JSON decoder, so that every resource and every fault
has its line. Reports DR501 and DR502.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import Any

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, Label, Position, RejectedError, Rule, Span
from compiler.support.frozen import frozen

Marks = list[tuple[int, str, int]]
"""(offset in the text, partial, line), ascending."""


@frozen
class Place:
    """A line of a partial."""

    partial: str
    line: int


@frozen
class Fragment:
    """Sections of a template (`Resources`, `Outputs`), each a map of id to body, with the line of every id."""

    sections: Mapping[str, Mapping[str, Any]]
    places: Mapping[tuple[str, str], Place]

    @property
    def resources(self) -> Mapping[str, Any]:
        return self.sections.get("Resources", {})


class _RepeatedError(ValueError):
    """An object has a key twice."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _RepeatedError
    return members


def _constant(name: str) -> Any:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(text)
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_constant, parse_float=_finite)
# What Python's decoder says, which differs between versions, and what is said instead.
_SAID = (
    ("Unterminated string", "a string is not closed on the same line"),
    ("Invalid control character", "a string is not closed on the same line"),
    ("',' delimiter", "a comma is missing"),
    ("':' delimiter", "a colon is missing"),
    ("property name", "a key in double quotes is missing, or there is an extra comma"),
    ("trailing comma", "there is an extra comma"),
    ("escape", "a backslash does not begin a valid JSON escape"),
)
_STRING = r'"(?:[^"\\]|\\.)*"'
_NUMBER = re.compile(rf"{_STRING}|(-?Infinity|NaN)|(-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)")
_DIGITS = 4000  # not a figure: a bound of ours
"""Digits of a number, of which Python reads 4,300 at most."""
_TOKEN = re.compile(rf"({_STRING})(\s*:)?|[{{}}\[\]]")


def _odd_numbers(text: str, start: int) -> Iterator[tuple[str, int]]:
    """Numbers of the text at `start` that JSON, or Python, does not know: what is wrong with each, and its offset."""
    for token in _NUMBER.finditer(text, start):
        if token[1]:
            yield f"`{token[1]}` is not a valid JSON number", token.start()
        elif token[2] and (len(token[2]) > _DIGITS or math.isinf(float(token[2]))):
            yield f"the number `{token[2][:20]}` is too large", token.start()


def _repeated(text: str, start: int) -> Iterator[tuple[str, int, int]]:
    """Keys that an object of the JSON text at `start` has twice: the key, and the offsets of both."""
    objects: list[dict[str, int]] = []
    for token in _TOKEN.finditer(text, start):
        if token[0] in "{[":
            objects.append({})
        elif token[0] in "}]":
            objects.pop()
        elif token[2]:
            key = json.loads(token[1])
            if key in objects[-1]:
                yield key, objects[-1][key], token.start()
            objects[-1][key] = token.start()


def read_fragment(text: str, marks: Marks) -> Fragment:
    """The fragment that `text` holds; raises `RejectedError` with the partial's line."""
    return _Reader(text, marks).read()


class _Reader:
    def __init__(self, text: str, marks: Marks) -> None:
        self.text = text
        self.marks = marks
        self.offsets = [offset for offset, _, _ in marks]
        self.at = 0

    def place(self, offset: int) -> Place:
        # Marks of empty pieces share an offset; the last of them is the line that stands there.
        index = max(bisect_right(self.offsets, offset) - 1, 0)
        _, partial, line = self.marks[index] if self.marks else (0, "", 1)
        return Place(partial, line)

    def fault(self, rule: Rule, message: str, offset: int, related: Place | None = None) -> RejectedError:
        def span(place: Place) -> Span:
            return Span(place.partial, Position(place.line, 1), Position(place.line, 1))

        labels = [Label(span(self.place(offset)))]
        if related:
            labels.append(Label(span(related), "first here"))
        return RejectedError([Diagnostic(rule, message, tuple(labels))])

    def read(self) -> Fragment:
        sections: dict[str, dict[str, Any]] = {}
        places: dict[tuple[str, str], Place] = {}
        self.expect("{", "an object")
        for section, at in self.members():
            if section in sections:
                raise self.fault(Code.DR502, f"the section `{section}` occurs twice", at)
            members = sections[section] = {}
            self.expect("{", f"the object `{section}`")
            for key, where in self.members():
                if key in members:
                    raise self.fault(Code.DR502, f"`{key}` is defined twice", where, places[section, key])
                places[section, key] = self.place(where)
                members[key] = self.value()
        self.skip()
        if self.at < len(self.text):
            raise self.fault(Code.DR501, "there is text after the end of the object", self.at)
        return Fragment(sections, places)

    def members(self) -> Any:
        """Keys of the object that was opened, each with its offset, the reader standing at the value."""
        self.skip()
        if self.peek() == "}":
            self.at += 1
            return
        while True:
            self.skip()
            where = self.at
            if self.peek() != '"':
                raise self.expected("a key in quotes" if self.peek() != "}" else "a member after the comma", where)
            key = self.value()
            self.skip()
            if self.peek() != ":":
                raise self.expected("a colon", self.at)
            self.at += 1
            yield key, where
            self.skip()
            if self.peek() == "}":
                self.at += 1
                return
            if self.peek() != ",":
                raise self.expected("a comma or the end of the object", self.at)
            self.at += 1

    def expect(self, character: str, what: str) -> None:
        self.skip()
        if self.peek() != character:
            raise self.expected(what, self.at)
        self.at += 1

    def expected(self, what: str, offset: int) -> RejectedError:
        found = f"`{self.text[offset]}`" if offset < len(self.text) else "the end"
        if "comma" in what or "colon" in what or offset >= len(self.text):
            # What is missing belongs at the end of the line before, not where the next thing stands.
            offset = max(len(self.text[:offset].rstrip()) - 1, 0)
        return self.fault(Code.DR501, f"expected {what}, found {found}", offset)

    def value(self) -> Any:
        self.skip()
        try:
            value, self.at = _DECODER.raw_decode(self.text, self.at)
        except json.JSONDecodeError as error:
            before = len(self.text[: error.pos].rstrip()) - 1 if "delimiter" in error.msg else error.pos
            said = next(
                (words for part, words in _SAID if part in error.msg), "a value is missing here, or is not JSON"
            )
            raise self.fault(Code.DR501, said, max(before, 0)) from None
        except _RepeatedError:
            key, first, again = next(_repeated(self.text, self.at))
            message = f"the key `{key}` occurs twice in one object"
            raise self.fault(Code.DR502, message, again, self.place(first)) from None
        except RecursionError:
            raise self.fault(Code.DR501, "the value is nested too deeply", self.at) from None
        except ValueError:
            raise self.fault(Code.DR501, *next(_odd_numbers(self.text, self.at))) from None
        return value

    def skip(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in " \t\r\n":
            self.at += 1

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]
