"""Characters that only look like those of YAML, such as a no-break space, and markers of a conflict. DR130 and DR131.

In prose, in comments and between quotes such a character is as good as any other. It is reported where the text means
something else, or nothing, because of it: a character is to blame if the fault is gone without it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, product

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, Label, Position, Span
from compiler.support.frozen import frozen

_LIKE = {
    **dict.fromkeys("“”„‟«»″〝〞〟", '"'),
    **dict.fromkeys("‘’‚‛‹›′´", "'"),
    **dict.fromkeys("꞉∶ː", ":"),
    **dict.fromkeys("、،", ","),
    **dict.fromkeys("•‣▪◦·●∙⁃−", "-"),
    **dict.fromkeys("⁄∕", "/"),
    "\u2800": " ", "\u200c": "", "\u200d": "",
}  # fmt: skip
_QUOTES = "\"'"
_MARKER = re.compile(r"^(?:<{7,}|\|{7,}|={7,}|>{7,})(?=[ \n]|\Z).*", re.MULTILINE)
# A fault shows on the line of its cause or soon after. Each try reads the text again, so large texts get few of them.
_LINES, _ON_A_LINE, _READ_CHARACTERS = 12, 8, 400_000


def meant(character: str) -> str | None:
    """What a character is taken for: one of ours, or nothing if it is invisible; None if it looks like none of them."""
    if character.isascii():
        return None
    if character in _LIKE:
        return _LIKE[character]
    category = unicodedata.category(character)
    if category in ("Zs", "Pd"):
        return " " if category == "Zs" else "-"
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 and folded.isascii() else None


def _spaced(character: str) -> str:
    like = meant(character)
    return f"{like} " if like is not None and like in ":,-" and like else like or ""


@frozen
class Way:
    """A way to replace such characters: `new` has what stands instead of one of them."""

    new: Callable[[str], str]

    def applied(self, text: str) -> str:
        """The text with every such character replaced."""
        return "".join(letter if meant(letter) is None else self.new(letter) for letter in text)

    def diagnostic(self, character: str, at: Span) -> Diagnostic:
        """The finding about one character."""
        like, new = meant(character), self.new(character)
        name = f"U+{ord(character):04X} ({unicodedata.name(character, 'unnamed').lower()})"
        looks = f"only looks like {'a space' if like == ' ' else f'`{like}`'}" if like else "is invisible"
        remedy = "remove it"
        if new:
            remedy = f"replace it with {f'`{new[0]}`' if new.strip() else 'a space'}"
            remedy += " and a space" if len(new) > 1 else ""
        return Diagnostic(Code.DR131, f"the character {name} {looks}", (Label(at),), remedy)


AS_IT_LOOKS, WITHOUT = (
    Way(lambda character: meant(character) or ""),
    Way(lambda character: (meant(character) or "").strip()),
)
WAYS = (AS_IT_LOOKS, Way(_spaced), Way(lambda character: meant(character) or " "), WITHOUT)
"""As it looks; with the space that YAML wants behind a colon, a comma and a dash; as a space; without what looks so."""


def occurrences(text: str, span: Span) -> Iterator[tuple[str, Span]]:
    """Every such character in a part of a text, with its place."""
    lines = text.split("\n")
    for number in range(span.start.line, span.end.line + 1):
        line = lines[number - 1]
        first = span.start.column if number == span.start.line else 1
        last = span.end.column - 1 if number == span.end.line else len(line)
        for column in range(first, last + 1):
            if meant(line[column - 1]) is not None:
                yield line[column - 1], _point(span.file, number, column)


def _point(file: str, line: int, column: int) -> Span:
    return Span(file, Position(line, column), Position(line, column + 1))


def ends(text: str) -> tuple[int, ...]:
    """Positions of what only looks like a space at both ends of a text, or like the quotes around it."""
    spaces = [n for n, letter in enumerate(text) if (like := meant(letter)) is not None and not like.strip()]
    inner = [n for n, letter in enumerate(text) if n not in spaces and letter != " "]
    if not inner:
        return tuple(spaces)
    first, last = inner[0], inner[-1]
    quotes = first < last and all((meant(text[end]) or "-") in _QUOTES for end in (first, last))
    return tuple(sorted((*(n for n in spaces if not first < n < last), *((first, last) if quotes else ()))))


def way_at(lines: Sequence[str], at: Position) -> Way:
    """How to replace what is at an end of a text: indentation is kept where it is that of a line next to it."""
    line = lines[at.line - 1]
    content = "".join(letter if (like := meant(letter)) is None or like.strip() else " " for letter in line).lstrip()
    indent = line[: len(line) - len(content)]
    if at.column > len(indent):
        return AS_IT_LOOKS if (meant(line[at.column - 1]) or " ").strip() else WITHOUT
    near = [*reversed(lines[: at.line - 1]), ""], [*lines[at.line :], ""]
    beside = {mark for some in near for mark in _marks(next((other for other in some if other.strip()), ""))}
    return WAYS[2] if beside & _marks(" " * len(indent) + content) else WITHOUT


def _marks(line: str) -> set[int]:
    """The columns at which the keys of a line may be aligned with those of other lines."""
    indent = len(line) - len(line.lstrip(" "))
    return {indent, indent + 2} if line.lstrip().startswith("- ") else {indent}


def to_blame(text: str, fault: Diagnostic, read: Callable[[str], Position | None]) -> tuple[Diagnostic, ...]:
    """The characters that cause a fault of the YAML, as findings; none where something else does.

    `read` says where a text has its first fault, None if it has none.
    """
    at, lines = fault.span.start, text.split("\n")
    file, tries = fault.span.file, max(2, _READ_CHARACTERS // len(text))
    suspects = [n for n in range(at.line, 0, -1) if _columns(lines[n - 1])]
    for number, way in islice(product(suspects[:_LINES], WAYS), tries):
        line = lines[number - 1]

        def reaches(columns: Sequence[int], number: int = number, line: str = line, way: Way = way) -> Position:
            """How far the text can be read with these characters of the line replaced."""
            mended = "".join(way.new(letter) if n in columns else letter for n, letter in enumerate(line))
            return read("\n".join((*lines[: number - 1], mended, *lines[number:]))) or Position(len(lines) + 1, 1)

        columns = _columns(line)
        end = reaches(columns)
        if end.line > at.line:
            for column in columns[:_ON_A_LINE]:
                without = [n for n in columns if n != column]
                columns = without if without and reaches(without) >= end else columns
            return tuple(way.diagnostic(line[column], _point(file, number, column + 1)) for column in columns)
    return ()


def _columns(line: str) -> list[int]:
    """Where such characters are in a line that is not a comment."""
    return [n for n, letter in enumerate(line) if meant(letter) is not None and not line.lstrip().startswith("#")]


def conflicts(text: str, file: str) -> Iterator[Diagnostic]:
    """Each conflict that git left in a text, with all its markers; reports DR130."""
    hunk: list[Label] = []
    for match in _MARKER.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        if match[0][0] == "<" and hunk:
            yield _conflict(hunk)
            hunk = []
        hunk.append(Label(Span(file, Position(line, 1), Position(line, len(match[0]) + 1)), "and here" if hunk else ""))
        if match[0][0] == ">":
            yield _conflict(hunk)
            hunk = []
    if hunk:
        yield _conflict(hunk)


def _conflict(labels: list[Label]) -> Diagnostic:
    return Diagnostic(Code.DR130, "a merge left a conflict here", tuple(labels))
