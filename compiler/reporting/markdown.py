"""Diagnostics as a Markdown table, and what a deployment changes, for a comment on a pull request.

Text is escaped as GitHub's Markdown asks (https://github.github.com/gfm/, read 2026-11-26): nothing in a spec becomes
a link, a tag, a mention or another column.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from compiler.diagnostics.model import Diagnostic, in_order
from compiler.reporting.result import Report, Result
from compiler.reporting.text import clean, counted

MOST_BYTES = 60_000
"""Of a whole comment. GitHub takes 65,536 characters (read 2026-11-26:
https://github.com/orgs/community/discussions/41331); the rest is for what a workflow puts around it."""
_WIDTH = 110
"""Columns to which values are cut."""
_LEAST_BYTES = 200
"""Room that is kept for the sentence that something was left out."""
_CODE = re.compile(r"(?<!`)(`+)(?!`)[^`]+\1(?!`)")
"""Code in backticks: as many of them behind it as before it."""
_SPECIAL = re.compile(r"[\\*_~<>\[\]@#&!`]")


def render(result: Result) -> str:
    """A title with the number of findings, one row for each, and the diff of each spec where there is one.

    At most `MOST_BYTES` bytes.
    """
    ordered = in_order(result.diagnostics)
    accepted = f" ({len(result.suppressed)} accepted by the spec)" if result.suppressed else ""
    title = f"**dr-compile: {counted(ordered) or 'no findings'}**{accepted}"
    lines = [title]
    if ordered:
        lines += ["", "| finding | place | what is wrong | what to do |", "|---|---|---|---|", *map(_row, ordered)]
    lines = _cut(lines, MOST_BYTES // 2 if result.diffs else MOST_BYTES)
    if not result.diffs:
        return "\n".join(lines)
    from compiler.reporting.diff import report

    for number, (_, diff) in enumerate(result.diffs):
        room = (MOST_BYTES - _size(lines)) // (len(result.diffs) - number) - 1
        lines += ["", *_report(report(diff, _WIDTH), "`dr-compile SPEC --diff`", room)]
    return "\n".join(lines)


def comment(found: Report, whole: str) -> str:
    """A report in at most `MOST_BYTES` bytes; `whole` is the command that prints what is left out."""
    return "\n".join(_report(found, f"`{whole}`", MOST_BYTES))


def _report(found: Report, whole: str, room: int) -> Iterator[str]:
    """In at most `room` bytes: the head in sight, the stacks to unfold."""
    head = [f"**{_escaped(found.head[0])}**", *(f"- {_escaped(line.strip())}" for line in found.head[1:])]
    head = _cut(head, room // 2, whole)
    foot = [_escaped(line.strip()) for line in found.foot if line.strip()]
    yield from head
    yield from _stacks(found, whole, room - _size(head) - _size(foot) - 2)
    if foot:
        yield ""
        yield from foot


def _stacks(found: Report, whole: str, room: int) -> Iterator[str]:
    room -= _LEAST_BYTES
    for stack, (first, *lines) in found.stacks:
        # A fence longer than any run of backticks in the text cannot be closed by it.
        longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
        fence = "`" * max(3, longest + 1)
        summary = f"<details><summary>{_escaped(first.strip())}</summary>"
        frame = ["", summary, "", f"{fence}text", fence, "", "</details>"]
        left = room - _size(frame)
        if left < _LEAST_BYTES:
            yield f"- {_escaped(stack)} and the rest: too long for a comment; {whole} prints it"
            return
        shown = _cut(map(clean, lines), left, whole)
        yield from (*frame[:4], *shown, *frame[4:])
        room = left - _size(shown)


def _cut(lines: Iterable[str], room: int, whole: str = "`dr-compile`") -> list[str]:
    """The lines that fit into `room` bytes, and how many more there are."""
    kept: list[str] = []
    size, listed = 0, list(lines)
    for number, line in enumerate(listed):
        size += _size((line,))
        if size > room - _LEAST_BYTES and size + _size(listed[number + 1 :]) > room:
            return [*kept, f"... and {len(listed) - number} more lines; {whole} prints them"]
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
    parts: list[str] = []
    text, at = clean(words), 0
    for code in _CODE.finditer(text):
        parts += _SPECIAL.sub(lambda m: f"&#{ord(m[0])};", text[at : code.start()]), code[0]
        at = code.end()
    return "".join((*parts, _SPECIAL.sub(lambda m: f"&#{ord(m[0])};", text[at:])))
