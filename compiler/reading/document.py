"""A spec file as a tree whose every key and value has a place. Reports DR101 to DR115, DR130 and DR131."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import field
from functools import cached_property
from itertools import islice
from pathlib import Path

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, Label, Position, RejectedError, Route, Rule, Span
from compiler.reading import lookalikes, textfile
from compiler.reading.yaml_tree import Plain, Tree, build
from compiler.support.frozen import frozen

MAX_BYTES = 1_000_000
_MOST = 20
"""Characters and conflicts of one file that are reported: a binary file has thousands of them."""


@frozen
class Document:
    """A spec file that was read: its plain values, and the place of each key and value by route.

    `doubtful` has the unquoted texts that another reader takes for something else, such as `yes` for a truth value.
    A spec that extends bases is one document: `bases` are the texts of their files by name, and every place says which
    file it is in. `cleared` are the routes at which a `null` takes back what a base says, with its place.
    """

    file: str
    text: str
    value: Plain
    values: Mapping[Route, Span]
    keys: Mapping[Route, Span] = field(default_factory=dict)
    doubtful: Mapping[Route, str] = field(default_factory=dict)
    bases: Mapping[str, str] = field(default_factory=dict)
    cleared: Mapping[Route, Span] = field(default_factory=dict)

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """The texts of all its files by name, the file itself first."""
        return {self.file: self.text, **self.bases}

    def span(self, route: Route, *, key: bool = False) -> Span:
        """The place of `route`; where the spec leaves it out, that of the nearest section above it."""
        if key and route in self.keys:
            return self.keys[route]
        if route in self.values:
            return self.values[route]
        if route in self.cleared:
            return self.cleared[route]
        while route:
            route = route[:-1]
            if route in self.keys:
                return self.keys[route]
            if route in self.values:
                found = self._first_line(self.values[route])
                # For the whole file, its beginning is enough.
                return found if route else Span(self.file, found.start, found.start)
        return Span(self.file, textfile.START, textfile.START)

    def first_line(self, route: Route, *, key: bool = False) -> Span:
        """The first line of the place of `route`: what a message points at."""
        return self._first_line(self.span(route, key=key))

    def _first_line(self, span: Span) -> Span:
        return span.first_line(self.texts[span.file])

    @cached_property
    def _lines(self) -> Mapping[str, list[str]]:
        return {file: text.split("\n") for file, text in self.texts.items()}

    def cut(self, span: Span) -> str:
        """The author's own text at a span of one line."""
        lines = self._lines[span.file]
        if span.start.line > len(lines):
            return ""
        return lines[span.start.line - 1][span.start.column - 1 : span.end.column - 1]

    def is_inherited(self, route: Route) -> bool:
        """Whether a base says what is at `route`, not the file itself."""
        return self.span(route).file != self.file


def open_document(path: Path, shown: str) -> Document:
    """The spec file at `path`, called `shown` in messages; raises `RejectedError` with everything found."""
    return load_document(_text(path, shown), shown)


def _text(path: Path, shown: str) -> str:
    """The text of a file; reports DR101 and DR102."""

    def refused(rule: Rule, message: str, at: Position, remedy: str | None = None) -> RejectedError:
        return RejectedError([Diagnostic(rule, message, (Label(Span(shown, at, at)),), remedy)])

    try:
        # A spec that is no link is read wherever it is; a link must not lead out of the repository.
        return textfile.decode(textfile.read_bytes(path, MAX_BYTES, textfile.around_link(path)))
    except textfile.UnreadableError as error:
        raise refused(Code.DR101, f"`{shown}` {error}", textfile.START, _inside(path)) from None
    except textfile.NotTextError as error:
        raise refused(Code.DR102, str(error), error.at, error.remedy) from None


def _inside(folder: Path) -> str | None:
    """What to name in place of a folder: the YAML files in it, of which any may be the spec."""
    found: list[Path] = []
    # No folder at all, or a name that no file can have.
    with suppress(OSError, ValueError):
        found = sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml"))
    more = f", or one of {len(found) - 1} more in it" if found[1:] else ""
    return f"name the file, such as `{found[0].as_posix()}`{more}" if found else None


def load_document(text: str, file: str) -> Document:
    """The document that `text` holds; raises `RejectedError` with everything found. Reports DR102 to DR131."""
    text = text.replace("\r\n", "\n")
    odd = tuple(odd_characters(text, file))
    if odd:
        raise RejectedError(odd)
    tree = _tree(text, file)
    return Document(file, text, tree.value, tree.values, tree.keys, tree.doubtful)


def _tree(text: str, file: str) -> Tree:
    """The tree of a text. A fault of the YAML that a look-alike causes is reported at that character."""
    try:
        return build(text, file)
    except RejectedError as error:
        *others, last = error.diagnostics
        blamed = lookalikes.to_blame(text, last, _fault) if last.rule is Code.DR103 else ()
        if not blamed:
            raise
        places = {found.span for found in blamed}
        raise RejectedError((*(found for found in others if found.span not in places), *blamed)) from None


def _fault(text: str) -> Position | None:
    """Where the YAML of a text ends to be readable."""
    try:
        build(text, "")
    except RejectedError as error:
        last = error.diagnostics[-1]
        return last.span.start if last.rule in (Code.DR103, Code.DR104) else None
    return None


def odd_characters(text: str, file: str) -> Iterator[Diagnostic]:
    """Characters that are not allowed in a text, and conflicts left in it; reports DR102, DR115 and DR130."""
    for odd in islice(textfile.oddities(text), _MOST):
        at = textfile.position(text, odd.offset)
        rule = Code.DR115 if odd.hidden else Code.DR102
        yield Diagnostic(rule, odd.message, (Label(Span(file, at, Position(at.line, at.column + 1))),), odd.remedy)
    yield from islice(lookalikes.conflicts(text, file), _MOST)
