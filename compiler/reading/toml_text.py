"""A TOML text as a tree whose every key and value has a place. Reports DR141.

`tomllib` decides what a text means. It tells no places, so a scanner walks over the text once more and finds them. It
may rely on the text being TOML.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, Label, Position, RejectedError, Route, Span
from compiler.reading import textfile
from compiler.reading.document import Document, odd_characters

_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_REMEDIES = (
    ("Invalid value", 'put a text in quotes: `key = "value"`; true, false and numbers have none'),
    ("Expected '='", 'write `key = "value"`; a key of other letters than a-z, 0-9, `-` and `_` is in quotes'),
    ("Cannot overwrite a value", "write each key once in a section: remove one of the two"),
    ("Cannot declare", "write each section once: put its keys below the first one"),
    ("Cannot mutate immutable", "write all entries in the same way: each with a `[[...]]` line of its own"),
    ("Unclosed array", "close the list with `]`"),
    ("Unescaped '\\'", "write a slash instead, or put the text in single quotes"),
    ("Illegal character", "close the text with the same quote, on the same line"),
    ("Expected newline", "put a text in quotes, and begin each key on a line of its own"),
    ("Unterminated string", "close the text with the same quote"),
)
"""What to do, by how the message of `tomllib` begins."""

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_TEXTS = re.compile(
    "|".join((r'"""(?:[^\\]|\\.)*?"{3,5}', r"'''.*?'{3,5}", r'"(?:[^"\\\n]|\\.)*"', r"'[^'\n]*'")),
    re.DOTALL,
)
_BARE_VALUE = re.compile(r"[^\s,\]}#]+(?: \d[^\s,\]}#]*)?")


def load_toml(text: str, file: str) -> Document:
    """The document that `text` holds; raises `RejectedError` with everything found."""
    text = text.replace("\r\n", "\n")
    if odd := tuple(odd_characters(text, file)):
        raise RejectedError(odd)
    try:
        value = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise RejectedError([_fault(error, text, file)]) from None
    scanner = _Scanner(text, file)
    scanner.document()
    return Document(file, text, value, scanner.values, scanner.keys)


def _fault(error: Exception, text: str, file: str) -> Diagnostic:
    """What `tomllib` says, at the place that it names."""
    if isinstance(error, RecursionError):
        error = ValueError("lists and sections are nested too deep")
    words = str(error)
    found = _PLACE.search(words)
    at = textfile.START
    if found:
        words = words[: found.start()]
        at = Position(int(found[1]), int(found[2])) if found[1] else textfile.position(text, len(text.rstrip()))
    remedy = next((remedy for begin, remedy in _REMEDIES if words.startswith(begin)), None)
    return Diagnostic(
        Code.DR141, f"this is not TOML: {words[:1].lower()}{words[1:]}", (Label(Span(file, at, at)),), remedy
    )


class _Scanner:
    """Finds the places of all keys and values of a text that is TOML: `values` and `keys`, by route."""

    def __init__(self, text: str, file: str) -> None:
        self._text, self._file, self._at = text, file, 0
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._counts: dict[Route, int] = {}
        self.values: dict[Route, Span] = {}
        self.keys: dict[Route, Span] = {}

    def document(self) -> None:
        section: Route = ()
        while self._skip():
            if self._text[self._at] == "[":
                section = self._header()
            else:
                self._pair(section)

    def _skip(self) -> bool:
        """Passes over space, line ends and comments; whether anything follows."""
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._at < len(self._text)

    def _take(self, letters: str) -> bool:
        """Passes over one of the letters, if it is next."""
        there = self._skip() and self._text[self._at] in letters
        self._at += there
        return there

    def _span(self, begin: int) -> Span:
        return Span(self._file, self._position(begin), self._position(self._at))

    def _position(self, offset: int) -> Position:
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1)

    def _header(self) -> Route:
        """`[a.b]` or `[[a.b]]`: the route of what follows."""
        begin = self._at
        self._at += 1
        entry = self._text.startswith("[", self._at)
        self._at += entry
        route = self._key(())
        self._at += 1 + entry
        if entry:
            number = self._counts.get(route, 0)
            self._counts[route] = number + 1
            self.values.setdefault(route, self._span(begin))
            route = (*route, number)
        self.values.setdefault(route, self._span(begin))
        return route

    def _pair(self, section: Route) -> None:
        """`key = value`."""
        route = self._key(section)
        self._take("=")
        self._skip()
        self._value(route)

    def _key(self, route: Route) -> Route:
        """A key with its dots. The last entry of a list of sections stands for the list."""
        while True:
            if route in self._counts:
                route = (*route, self._counts[route] - 1)
            self._skip()
            begin = self._at
            found = _BARE_KEY.match(self._text, begin) or _TEXTS.match(self._text, begin)
            self._at = found.end() if found else begin + 1
            written = self._text[begin : self._at]
            quoted = written[:1] in ("'", '"')
            name = str(tomllib.loads(f"key = {written}")["key"]) if quoted else written
            route = (*route, name)
            self.keys.setdefault(route, self._span(begin))
            if not self._take("."):
                return route

    def _value(self, route: Route) -> None:
        begin = self._at
        if self._take("["):
            number = 0
            while self._skip() and not self._take("]"):
                self._value((*route, number))
                self._take(",")
                number += 1
        elif self._take("{"):
            while self._skip() and not self._take("}"):
                self._pair(route)
                self._take(",")
        else:
            found = _TEXTS.match(self._text, begin) or _BARE_VALUE.match(self._text, begin)
            self._at = found.end() if found else begin + 1
        self.values[route] = self._span(begin)
