"""Errors of the YAML parser as diagnostics that an author of a spec can act on. Reports DR103 and DR104."""

from __future__ import annotations

from typing import Any

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, Label, Position, Span

# Part of the parser's message, our message, and the remedy.
_MESSAGES = (
    ("mapping values are not allowed here", "there is a colon where a key cannot begin",
     "quote a text that contains a colon, or fix the indentation of this line or the one before"),
    ("could not find expected ':'", "this line is neither a `key: value` nor part of the text before it",
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
    point = Span(file, at, at)
    labels = [Label(point)]
    if error.context_mark and error.problem_mark and error.context_mark.index < error.problem_mark.index:
        begin = _place(error.context_mark, text)
        first = Label(Span(file, begin, Position(begin.line, begin.column + 1)), "it begins here")
        if error.problem_mark.index >= len(text.rstrip()) and begin < at:
            # The place to fix is where the value begins, not the end of the file.
            labels = [Label(first.at, "never closed"), Label(point, "the file ends here")]
        elif begin.line != at.line:
            labels.append(first)
    message, remedy = next(
        ((message, remedy) for part, message, remedy in _MESSAGES if part in reason),
        (reason or "the text is not YAML", None),
    )
    return Diagnostic(Code.DR103, message, tuple(labels), remedy)


def unforeseen(error: Exception, file: str, text: str, after: Position) -> Diagnostic:
    """The diagnostic of a text that makes the parser itself fail, somewhere behind `after`."""
    lines = text.split("\n")
    at = after if after.line <= len(lines) else Position(len(lines), 1)
    said = str(error).split("\n")[0] or type(error).__name__
    if isinstance(error, OverflowError) or "chr()" in said:
        said = "an escape is not a Unicode character"
    return Diagnostic(Code.DR103, f"the YAML from here on cannot be read: {said}", (Label(Span(file, at, at)),))
