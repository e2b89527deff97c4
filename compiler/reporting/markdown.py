"""Diagnostics as a Markdown table, and what a deployment changes, for a comment on a pull request.

Text is escaped as GitHub's Markdown asks (https://github.github.com/gfm/, read 2026-11-26): nothing in a spec becomes
a link, a tag, a mention or another column.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from compiler.diagnostics.model import Diagnostic, in_order
from compiler.reporting.result import Result
from compiler.reporting.text import clean, counted

if TYPE_CHECKING:
    from compiler.diff.change import Diff
    from compiler.reporting.diff import Report

MOST_BYTES = 60_000
"""Of a whole comment. GitHub takes 65,536 characters (read 2026-11-26:
https://github.com/orgs/community/discussions/41331); the rest is for what a workflow puts around it."""
_WIDTH = 110
"""Columns to which values are cut."""
_LEAST_BYTES = 200
"""Room that is kept for the sentence that something was left out."""
_CODE = re.compile(r"(`+[^`]*`+)")
_SPECIAL = re.compile(r"[\\*_~<>\[\]@#&!]")


def render(result: Result) -> str:
    """A title with the number of findings, one row for each, and the diff where there is one.

    At most `MOST_BYTES` bytes.
    """
    ordered = in_order(result.diagnostics)
    accepted = f" ({len(result.suppressed)} accepted by the spec)" if result.suppressed else ""
    title = f"**dr-compile: {counted(ordered) or 'no findings'}**{accepted}"
    lines = [title]
    if ordered:
        lines += ["", "| finding | place | what is wrong | what to do |", "|---|---|---|---|", *map(_row, ordered)]
    tables = _cut(lines, MOST_BYTES if result.diff is None else MOST_BYTES // 2)
    if result.diff is None:
        return "\n".join(tables)
    return "\n".join((*tables, "", *_diff(result.diff, MOST_BYTES - _size(tables) - 1)))


def _diff(diff: Diff, room: int) -> Iterator[str]:
    """What a deployment changes, in at most `room` bytes: the dangerous in sight, the rest stack by stack to unfold."""
    from compiler.reporting.diff import report

    found = report(diff, _WIDTH)
    head = [f"**{_escaped(found.head[0])}**", *(f"- {_escaped(line.strip())}" for line in found.head[1:])]
    foot = [_escaped(line.strip()) for line in found.foot if line.strip()]
    yield from head
    yield from _stacks(found, room - _size(head) - _size(foot) - 2)
    if foot:
        yield ""
        yield from foot


def _stacks(found: Report, room: int) -> Iterator[str]:
    room -= _LEAST_BYTES
    for stack, (first, *lines) in found.stacks:
        # A fence longer than any run of backticks in the text cannot be closed by it.
        longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
        fence = "`" * max(3, longest + 1)
        summary = f"<details><summary>{_escaped(first.strip())}</summary>"
        frame = ["", summary, "", f"{fence}text", fence, "", "</details>"]
        left = room - _size(frame)
        if left < _LEAST_BYTES:
            yield f"- {stack} and the rest: too long for a comment; `dr-compile SPEC --diff` prints it"
            return
        shown = _cut(lines, left)
        yield from (*frame[:4], *shown, *frame[4:])
        room = left - _size(shown)


def _cut(lines: Iterable[str], room: int) -> list[str]:
    """The lines that fit into `room` bytes, and how many more there are."""
    kept: list[str] = []
    size, listed = 0, list(lines)
    for number, line in enumerate(listed):
        size += _size((line,))
        if size > room - _LEAST_BYTES and size + _size(listed[number + 1 :]) > room:
            return [*kept, f"... and {len(listed) - number} more lines; `dr-compile` prints them"]
        kept.append(line)
    return kept


def _size(lines: Iterable[str]) -> int:
    """Bytes of lines with their ends."""
    return sum(len(line.encode()) + 1 for line in lines)


def _row(found: Diagnostic) -> str:
    name = found.rule.code + (f" {found.lint}" if found.lint else "")
    place = f"`{clean(found.span.file)}:{found.span.start.line}`"
    cells = (f"{found.severity} {name}", place, _escaped(found.message), _escaped(found.help or found.rule.fix))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _escaped(words: str) -> str:
    """A text in which only code in backticks is markup."""
    parts = _CODE.split(clean(words))
    parts[::2] = (_SPECIAL.sub(lambda m: f"&#{ord(m[0])};", part).replace("`", "&#96;") for part in parts[::2])
    return "".join(parts)
