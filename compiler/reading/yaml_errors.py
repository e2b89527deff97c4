"""Errors of the YAML parser as diagnostics that an author of a spec can act on. Reports DR103 and DR104."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, Label, Position, Span

# Part of the parser's message, our message, and the remedy.
_MESSAGES = (
    (_NO_KEY := "mapping values are not allowed here", "there is a colon where a key cannot begin",
     "quote a text that contains a colon, or fix the indentation of this line or the one before"),
    (_NO_COLON := "could not find expected ':'", "this line is neither a `key: value` nor part of the text before it",
     "add the colon, or fix the indentation"),
    ("expected <block end>", "this line has another indentation than its neighbours, or a text ends before it",
     "align the keys of one section; put the whole text in quotes"),
    ("expected ',' or '}'", "a comma or `}` is missing", "close the `{`, or separate with a comma"),
    ("expected ',' or ']'", "a comma or `]` is missing", "close the `[`, or separate with a comma"),
    ("that cannot start any token", "a value cannot begin with this character", "put the text in quotes"),
    ("found unexpected end of stream", "a quoted text is never closed", "close the quote"),
    ("found unexpected document separator", "a quoted text is never closed", "close the quote"),
    ("found unknown escape character", "this backslash has no meaning in double quotes",
     "use single quotes, or write two backslashes"),
    ("hexdecimal numbers", "an escape in double quotes has too few hexadecimal digits", "write all its digits"),
    ("sequence entries are not allowed here", "a list entry cannot begin here",
     "begin the list on its own line, or write `[a, b]`"),
    ("mapping keys are not allowed here", "a key cannot begin here", "use plain `key: value` lines"),
    ("block scalar", "a text block does not begin correctly", "write `|` or `>` alone after the key"),
    ("found undefined tag handle", "a YAML tag is used", "put a text that begins with `!` in quotes"),
    ("expected the node content", "a value is missing", "write a value"),
    ("after document end marker", "there is text after the end of the document", "remove the `...`"),
    ("expected '<document start>'", "there is text after the end of the document",
     "indent all lines in the same way, and do not begin a second document"),
)  # fmt: skip
GLUED = re.compile(r"((?:- +)*[A-Za-z][\w-]*)(?: *:?=>? *|:)([^\s:=].*)")
"""A key and its value with a colon that no space follows, or with another sign."""
_BRACKET = re.compile(r"\s*(?:- +)*([A-Za-z][\w-]*):[\[{]")
_NO_SPACE = "no space follows the colon, so this is a text and no key"
_COMMENT = re.compile(r"(?<=\S)\s+(?:#.*)?$")
_FILLED_IN = re.compile(r"\s*(?:- +|[\w-]+: *)?\{[{%]")
_NOT_FILLED_IN = (
    "the compiler fills in nothing: this is a template of another program",
    "write the value, or let the other program write this file",
)


def _place(mark: Any, text: str) -> Position:
    """The position of a parser's mark. A mark after the end of the text becomes the end of its last line with words."""
    lines = text.split("\n")
    line, column = mark.line, mark.column
    while line > 0 and (line >= len(lines) or not lines[line].strip()):
        line -= 1
        column = len(lines[line].rstrip()) if line < len(lines) else 0
    return Position(line + 1, min(column, len(lines[line])) + 1)


def _tab(error: Any, text: str) -> Position | None:
    """The tab that stops the parser: at its mark, or in the indentation of that line."""
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return None
    # A line of nothing but tabs counts too, where the mark of an error is moved to the line before it.
    for number, column in ((mark.line, mark.column), (_place(mark, text).line - 1, _place(mark, text).column - 1)):
        line = text.split("\n")[number] if number < text.count("\n") + 1 else ""
        indent = line[: len(line) - len(line.lstrip())]
        if "\t" in indent or line[column : column + 1] == "\t":
            return Position(number + 1, line.index("\t") + 1)
    return None


def fault(error: Any, file: str, text: str) -> Diagnostic:
    """The diagnostic of a parser error that has a mark."""
    tab = _tab(error, text)
    if tab is not None:
        span = Span(file, tab, Position(tab.line, tab.column + 1))
        return Diagnostic(Code.DR104, "there is a tab where YAML expects spaces", (Label(span, "a tab"),))
    reason = " ".join(str(part) for part in (error.context, error.problem) if part)
    mark = error.problem_mark or error.context_mark
    at = _place(mark, text) if mark else Position(1, 1)
    begin = _place(error.context_mark, text) if error.context_mark else at
    lines = text.split("\n")
    message, remedy = next(
        ((message, remedy) for part, message, remedy in _MESSAGES if part in reason),
        (reason or "the text is not YAML", None),
    )
    if filled_in := next((place for place in (begin, at) if _FILLED_IN.match(lines[place.line - 1])), None):
        return Diagnostic(Code.DR103, _NOT_FILLED_IN[0], (_whole(lines, filled_in.line, file),), _NOT_FILLED_IN[1])
    if _NO_COLON in reason:
        # The parser notices at the next line, or at the end of the file.
        glued = _glued(lines[begin.line - 1])
        return Diagnostic(Code.DR103, message, (_whole(lines, begin.line, file),), glued or remedy)
    if _NO_KEY in reason and (bracket := _BRACKET.match(lines[at.line - 1])):
        remedy = f"put a space after the colon of `{bracket[1]}:`"
        return Diagnostic(Code.DR103, _NO_SPACE, (_whole(lines, at.line, file),), remedy)
    before = next((n for n in range(at.line - 1, 0, -1) if lines[n - 1].strip()), at.line)
    if _NO_KEY in reason and before < at.line and (glued := _glued(lines[before - 1])):
        # Without the space, the line before is a text, and this line goes on with it.
        return Diagnostic(Code.DR103, _NO_SPACE, (_whole(lines, before, file),), glued)
    return Diagnostic(Code.DR103, message, tuple(_places(error, file, text, at, begin)), remedy)


def _places(error: Any, file: str, text: str, at: Position, begin: Position) -> Iterator[Label]:
    """Where a fault is, and where that begins which it is in."""
    point = Span(file, at, at)
    inside = error.context_mark and error.problem_mark and error.context_mark.index < error.problem_mark.index
    first = Label(Span(file, begin, Position(begin.line, begin.column + 1)), "it begins here")
    if inside and error.problem_mark.index >= len(text.rstrip()) and begin < at:
        # The place to fix is where the value begins, not the end of the file.
        yield Label(first.at, "never closed")
        yield Label(point, "the file ends here")
        return
    yield Label(point)
    if inside and begin.line != at.line:
        yield first


def _whole(lines: Sequence[str], number: int, file: str) -> Label:
    """What is written on a line, without the comment behind it."""
    line = _COMMENT.sub("", lines[number - 1])
    begin = len(line) - len(line.lstrip()) + 1
    return Label(Span(file, Position(number, begin), Position(number, len(line) + 1)))


def _glued(line: str) -> str | None:
    """The remedy for a line of a key and a value with another sign between them, or without the space."""
    found = GLUED.fullmatch(_COMMENT.sub("", line).strip())
    return f"write `{found[1]}: {found[2]}`, with a space after the colon" if found else None


def unforeseen(error: Exception, file: str, text: str, after: Position) -> Diagnostic:
    """The diagnostic of a text that makes the parser itself fail, somewhere behind `after`."""
    lines = text.split("\n")
    at = after if after.line <= len(lines) else Position(len(lines), 1)
    said = str(error).split("\n")[0] or type(error).__name__
    if isinstance(error, OverflowError) or "chr()" in said:
        said = "an escape is not a Unicode character"
    return Diagnostic(Code.DR103, f"the YAML from here on cannot be read: {said}", (Label(Span(file, at, at)),))
