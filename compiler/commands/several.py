"""Several specs on all cores: each is compiled in a process of its own, and is reported in the order of the command.

A process is a copy of this one, so that nothing is imported again. What it prints and what it reads comes back.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TextIO, cast

from compiler.support.frozen import frozen
from compiler.support.processes import cores, end_with_parent
from compiler.support.streams import Passing

if TYPE_CHECKING:
    from compiler.recall.record import Run

LEAST = 8
"""Specs from which on it pays to start processes."""


@frozen
class _Answer:
    """What became of one spec: the exit code, what was printed and where, and what was read."""

    code: int
    said: tuple[tuple[bool, str], ...]
    inputs: dict[tuple[bytes, bytes], bytes | None]
    last: str | None
    sound: bool


class _Kept(Passing):
    """A stream whose words are kept, with the stream that they were for."""

    def __init__(self, stream: TextIO, said: list[tuple[bool, str]], *, error: bool) -> None:
        super().__init__(stream)
        self._said, self._error = said, error

    def write(self, words: str) -> int:
        self._said.append((self._error, words))
        return len(words)

    def flush(self) -> None:
        """It is written by the process that started this one."""


def pays(count: int) -> bool:
    """Whether so many specs are compiled by several processes."""
    return count >= LEAST and hasattr(os, "fork") and cores() > 1


def each(count: int, one: Callable[[int], int], noted: Run | None) -> Iterator[int]:
    """The exit codes of `one(0)` to `one(count - 1)`, in this order; what each prints is printed here, in this order.

    `noted` is told what the processes read, as if this one had read it.
    """
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    sound = noted.sound if noted else True
    # Unlike a `Pool`, it notices a process that was killed, as for want of memory, instead of waiting for ever.
    with ProcessPoolExecutor(min(count, cores()), get_context("fork"), _begin, (one, noted)) as pool:
        for answer in pool.map(_run, range(count)):
            for error, words in answer.said:
                (sys.stderr if error else sys.stdout).write(words)
            if noted:
                noted.until(answer.last)
                # What two of them found different changed meanwhile.
                same = all(noted.inputs.setdefault(name, found) == found for name, found in answer.inputs.items())
                sound = sound and answer.sound and same
            yield answer.code
    if noted:
        # To start these processes is nothing that a result depends on.
        noted.sound = sound


_task: tuple[Callable[[int], int], Run | None] | None = None


def _begin(one: Callable[[int], int], noted: Run | None) -> None:
    global _task
    # Ctrl-C reaches all processes of a terminal; the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    if noted:
        noted.sound = True
    _task = one, noted


def _run(number: int) -> _Answer:
    if _task is None:
        raise RuntimeError("the process was not begun")
    one, noted = _task
    said: list[tuple[bool, str]] = []
    streams = sys.stdout, sys.stderr
    kept = _Kept(streams[0], said, error=False), _Kept(streams[1], said, error=True)
    sys.stdout, sys.stderr = cast("tuple[TextIO, TextIO]", kept)
    try:
        code = one(number)
    finally:
        sys.stdout, sys.stderr = streams
    if noted is None:
        return _Answer(code, tuple(said), {}, None, sound=True)
    return _Answer(code, tuple(said), dict(noted.inputs), noted.last, noted.sound)
