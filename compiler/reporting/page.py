"""The console of rich that reports are printed on. Only what prints on it imports this module: rich is slow to load."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NoReturn, TextIO

from rich.console import Console
from rich.text import Text

from compiler.reporting.console import WIDTH, asked_columns, columns, is_live, wants_colour
from compiler.reporting.result import Line
from compiler.reporting.text import clean

_URL = re.compile(r"https?://\S+")

UNBROKEN = 10_000  # not a figure: a bound of ours
"""Columns where the output is not a terminal, and no line is to be broken: more than any line has."""


def show(lines: Iterable[Line], stream: TextIO) -> None:
    """Prints lines: on a terminal as wide as it is, elsewhere never broken."""
    page = Page(stream, UNBROKEN)
    for line in lines:
        page.print_line(line)


class Page(Console):
    """A console that prints what it is given and nothing of its own: no markup, no highlights, no emoji.

    As wide as the terminal; where there is none, `width` columns wide, or COLUMNS, or `WIDTH`.
    """

    def __init__(self, stream: TextIO, width: int | None = None) -> None:
        colour = wants_colour(stream)
        super().__init__(
            file=stream,
            width=columns(stream) or width or asked_columns() or WIDTH,
            height=25,
            color_system="standard" if colour else None,
            force_terminal=is_live(stream),
            markup=False,
            highlight=False,
            emoji=False,
        )

    def on_broken_pipe(self) -> NoReturn:
        """Leaves it to the command what a reader who went away means; rich would end the program."""
        raise BrokenPipeError

    def print_line(self, line: Line) -> None:
        """Prints a line whose words go on in their own column."""
        text = Text(clean(line.lead + line.words), style=line.style)
        text.rstrip()
        # A terminal may have to break an address, and can open it all the same.
        text.highlight_regex(_URL, lambda url: f"link {url}")
        self.hanging(text, len(line.lead))

    def hanging(self, text: Text, indent: int) -> None:
        """Prints a text on as many lines as the width asks for; all but the first are indented."""
        for line in self._wrapped(text, min(indent, self.width // 2)):
            self.print(line, soft_wrap=True)

    def _wrapped(self, text: Text, indent: int) -> Iterator[Text]:
        """Lines broken between words, and in a word where it alone is wider than a line."""
        lead, room = "", self.width
        while True:
            first = next(iter(text.wrap(self, room)), text)
            first.rstrip()
            yield Text(lead).append_text(first)
            text = text[len(first.plain) :]
            text = text[len(text.plain) - len(text.plain.lstrip(" ")) :]
            if not text.plain:
                return
            lead, room = " " * indent, self.width - indent
