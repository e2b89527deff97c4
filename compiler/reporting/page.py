"""The console of rich that reports are printed on. Only what prints on it imports this module: rich is slow to load."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn, TextIO

from rich.console import Console
from rich.text import Text

from compiler.reporting.console import WIDTH, asked_columns, columns, wants_colour


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
            force_terminal=colour,
            markup=False,
            highlight=False,
            emoji=False,
        )

    def on_broken_pipe(self) -> NoReturn:
        """Leaves it to the command what a reader who went away means; rich would end the program."""
        raise BrokenPipeError

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
