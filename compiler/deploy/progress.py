"""What a person sees while a deployment runs: a line per stack on a terminal, a line per news elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from typing import TextIO

_AT_MOST_EVERY_SECONDS = 30.0
"""How often a line that only counts on is printed where nothing can be overwritten."""


class Progress:
    """Lines of all stacks; safe to use from several threads."""

    def __init__(self, out: TextIO | None = None, *, live: bool | None = None) -> None:
        self._out = out or sys.stdout
        self._live = self._out.isatty() if live is None else live
        self._lock = threading.Lock()
        self._lines: dict[str, str] = {}
        self._drawn = 0
        self._printed: dict[str, tuple[str, float]] = {}
        self._begun = time.monotonic()

    def say(self, line: str = "") -> None:
        """A line that stays."""
        with self._lock:
            self._erase()
            self._write(f"{line}\n")
            self._draw()

    def stack(self, key: str, what: str, done: int | None = None, total: int | None = None) -> None:
        """News of one stack: what it is at, and how many of its resources are done."""
        counted = f"{what} {done}/{total}" if done is not None and total else what
        with self._lock:
            if self._live:
                self._lines[key] = f"  {key:<24} {counted}"
                self._erase()
                self._draw()
                return
            before, when = self._printed.get(key, ("", 0.0))
            now = time.monotonic()
            if before == what and now - when < _AT_MOST_EVERY_SECONDS:
                return
            self._printed[key] = (what, now)
            self._write(f"  {now - self._begun:6.1f}s  {key:<24} {counted}\n")

    def settle(self) -> None:
        """Ends a wave: its lines stay as they are."""
        with self._lock:
            self._lines.clear()
            self._drawn = 0
            self._printed.clear()

    def _erase(self) -> None:
        if self._live and self._drawn:
            self._write(f"\x1b[{self._drawn}F\x1b[J")
            self._drawn = 0

    def _draw(self) -> None:
        if self._live and self._lines:
            self._write("".join(f"{line}\x1b[K\n" for line in self._lines.values()))
            self._drawn = len(self._lines)

    def _write(self, text: str) -> None:
        encoding = self._out.encoding or "ascii"
        self._out.write(text.encode(encoding, "backslashreplace").decode(encoding))
        self._out.flush()
