"""Diagnostics as a Markdown table, for a comment on a pull request.

Text is escaped as GitHub's Markdown asks (https://github.github.com/gfm/, read 2026-11-26): nothing in a spec becomes
a link, a tag, a mention or another column.
"""

from __future__ import annotations

import re

from compiler.diagnostics.model import Diagnostic, in_order
from compiler.reporting.result import Result
from compiler.reporting.text import clean, counted

_CODE = re.compile(r"(`+[^`]*`+)")
_SPECIAL = re.compile(r"[\\*_~<>\[\]@#&!]")


def render(result: Result) -> str:
    """A title that counts the findings, and one row for each."""
    ordered = in_order(result.diagnostics)
    accepted = f" ({len(result.suppressed)} accepted by the spec)" if result.suppressed else ""
    title = f"**dr-compile: {counted(ordered) or 'no findings'}**{accepted}"
    if not ordered:
        return title
    rows = ["| finding | place | what is wrong | what to do |", "|---|---|---|---|", *map(_row, ordered)]
    return "\n".join((title, "", *rows))


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
