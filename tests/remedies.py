"""Remedies of diagnostics that name a value: what they say, done to the letter.

Each kind of sentence has one reading here. A remedy that names no value, or a field that only a person can fill in, has
none: it says that something is to be decided.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from compiler.diagnostics.model import Diagnostic
from compiler.spec.routes import homes

_QUOTED = r"`[^`]+`|\"[^\"]+\""
_VALUES = re.compile(
    rf"(?:write|set|move to|choose|did you mean|remove the quotes:|it is called) ((?:{_QUOTED})(?: or (?:{_QUOTED}))*)"
)
_ALIKE = re.compile(r"remove it|replace it with (a space|`(.)`)( and a space)?")
_FIELD = re.compile(r"([a-z_]+): (.+)")


def followed(text: str, found: Diagnostic, beside: Sequence[Diagnostic]) -> Iterator[str]:
    """The text of a file after each of the values that a remedy offers was written where the finding is.

    `beside` are the findings of the same rule: characters that are named one by one are replaced together.
    """
    said = found.help or found.rule.fix
    if _ALIKE.fullmatch(said):
        for item in sorted(beside, key=lambda item: item.span, reverse=True):
            match = _ALIKE.fullmatch(item.help or "")
            assert match, item.help
            text = _replaced(
                text, item, "" if match[0] == "remove it" else (match[2] or " ") + ((match[3] and " ") or "")
            )
        yield text
    elif "that file" not in said and (match := _VALUES.match(said)) and found.span.start < found.span.end:
        for quoted in re.findall(_QUOTED, match[1]):
            written = quoted if quoted.startswith('"') else quoted[1:-1]
            field = _FIELD.fullmatch(written)
            if field and found.span.start.column > 1:
                yield from _in_field(text, found, field[1], field[2])
            elif not homes(written) or found.rule.code == "DR201":
                yield _replaced(text, found, written)


def _in_field(text: str, found: Diagnostic, name: str, value: str) -> Iterator[str]:
    """The text with a field of the entry on the line of a finding set, if the entry is on one line."""
    lines = text.split("\n")
    line, gap, comment = lines[found.span.start.line - 1].partition("  #")
    new, count = re.subn(rf"\b{name}: (?:\[[^]]*\]|[^,}}# ]+)", f"{name}: {value}", line, count=1)
    if not count and "}" in line:
        new, count = re.subn(r"\}", f", {name}: {value}}}", line, count=1)
    if count:
        lines[found.span.start.line - 1] = new + gap + comment
        yield "\n".join(lines)


def _replaced(text: str, found: Diagnostic, new: str) -> str:
    lines = text.split("\n")
    start, end = found.span.start, found.span.end
    line = lines[start.line - 1]
    last = end.column - 1 if end.line == start.line else len(line)
    lines[start.line - 1] = line[: start.column - 1] + new + line[last:]
    return "\n".join(lines)
