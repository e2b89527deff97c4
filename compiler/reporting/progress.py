"""What a person sees while something runs: a line per stack on a terminal, a line per news elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TextIO

from rich.live import Live
from rich.text import Text

from compiler.reporting.page import UNBROKEN, Page
from compiler.reporting.result import Line

_AT_MOST_EVERY_SECONDS = 30.0
"""How often a line that only counts on is printed where nothing can be overwritten."""


class Progress:
    """Lines of all stacks; safe to use from several threads."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out
        self._console = Page(out or sys.stdout, UNBROKEN)
        self._lock = threading.Lock()
        self._live: Live | None = None
        self._lines: dict[str, str] = {}
        self._printed: dict[str, tuple[str, float]] = {}
        self._begun = time.monotonic()
        self.hide: Callable[[str], str] = str
        """Takes out of every text what must not be printed."""

    @property
    def _page(self) -> Page:
        """The console, on what `sys.stdout` is now: a run may go on without its reader."""
        self._console.file = self._out or sys.stdout
        return self._console

    def say(self, line: str | Line = "") -> None:
        """A line that stays."""
        with self._lock:
            line = line if isinstance(line, Line) else Line("", line)
            self._page.print_line(replace(line, lead=self.hide(line.lead), words=self.hide(line.words)))

    def stack(self, key: str, what: str, done: int | None = None, total: int | None = None) -> None:
        """News of one stack: what it is at, and how many of its resources are done."""
        what = self.hide(what)
        counted = f"{what} {done}/{total}" if done is not None and total else what
        with self._lock:
            if self._page.is_terminal:
                self._lines[key] = f"  {key:<24} {counted}"
                self._draw()
                return
            before, when = self._printed.get(key, ("", 0.0))
            now = time.monotonic()
            if before == what and now - when < _AT_MOST_EVERY_SECONDS:
                return
            self._printed[key] = (what, now)
            self._page.print_line(Line(f"  {now - self._begun:6.1f}s  {key:<24} ", counted))

    def settle(self) -> None:
        """Ends a wave: its lines stay as they are."""
        with self._lock:
            if self._live:
                self._live.stop()
            self._live = None
            self._lines.clear()
            self._printed.clear()

    def _draw(self) -> None:
        shown = Text("\n".join(self._lines.values()), no_wrap=True, overflow="ellipsis")
        if self._live is None:
            self._live = Live(console=self._page, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
            self._live.start()
        self._live.update(shown, refresh=True)
