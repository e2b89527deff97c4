"""What all commands share on a terminal: messages to people on stderr, colour, width, and the exit codes."""

from __future__ import annotations

import errno
import gc
import io
import os
import sys
from contextlib import contextmanager, suppress

from compiler.support.streams import Passing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import TextIO

    from compiler.diagnostics.model import Diagnostic, Rule

FINE, FOUND, USAGE, FAULT, CHANGES, DATA_LOST = 0, 1, 2, 3, 4, 5
_NO_ROOM = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
"""Errors of an output that takes nothing more: the disk is full, or a quota, or a limit on the size of files."""
_INTERRUPTED = 130
_READER_GONE = 141
"""128 and the number of SIGPIPE, as a shell shows a program that this signal ended."""

WIDTH = 100
"""Columns where the output is not a terminal and COLUMNS is not set."""
LEAST = 40
"""Columns below which nothing is made narrower."""


def guarded(run: Callable[[Sequence[str]], int], argv: Sequence[str] | None, program: str) -> int:
    """The exit code of `run`, whatever happens in it; the one place where a fault of ours becomes an exit code."""
    # A compile is short: most of what it allocates lives to its end, and looking for pydantic plug-ins would read
    # the metadata of every installed package.
    gc.set_threshold(200_000, 50, 50)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")
    _open_what_is_closed()
    streams = sys.stdout, sys.stderr
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            # What an output's encoding cannot hold is written as an escape: a result must never be the fault.
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _flushed(run, sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader went away, as `head` does.
        _discard(sys.stdout, sys.stderr)
        return _READER_GONE
    except Exception as error:  # noqa: BLE001
        if isinstance(error, OSError) and error.errno in _NO_ROOM and error.filename is None:
            code, words = USAGE, f"{program}: the output cannot be written: {error.strerror}\n"
        else:
            import traceback

            code = FAULT
            words = (
                f"error[DR901]: {program} has a fault; nothing was written after it happened\n"
                f"please report it with the spec that shows it and the lines below\n\n{traceback.format_exc()}\n"
            )
        _discard(sys.stdout)
        # If stderr cannot be written either, the exit code must still say what happened.
        try:
            say(words, end="")
        except OSError:
            _discard(sys.stderr)
    finally:
        sys.stdout, sys.stderr = streams
    return code


def _flushed(run: Callable[[Sequence[str]], int], argv: Sequence[str]) -> int:
    """Runs it, and flushes here instead of at the end of the interpreter: so a reader who went away is noticed."""
    try:
        code = run(argv)
    except SystemExit:
        # `--help` ends like this.
        sys.stdout.flush()
        raise
    sys.stdout.flush()
    return code


def _open_what_is_closed() -> None:
    """Gives a command that was started without a stream (`2>&-`) one that leads nowhere.

    Its number must not go to a file that is opened later: messages would be written into that file.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.dup2(nowhere, number)
            if nowhere != number:
                os.close(nowhere)
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8"))


def _discard(*streams: TextIO) -> None:
    """Keeps the interpreter from complaining at its end about output that cannot be written."""
    for stream in streams:
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def outlive_reader() -> None:
    """From here on the command goes on although nobody can read its output any more.

    For a command that changes AWS: if it ended halfway because a pipe or a disk failed, it would do harm.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.flush()
            setattr(sys, name, _Outliving(stream))


class _Outliving(Passing):
    """A stream that drops what cannot be written."""

    def write(self, words: str) -> int:
        try:
            super().write(words)
            super().flush()
        except OSError:
            _discard(self._stream)
        return len(words)

    def flush(self) -> None:
        """Nothing is ever left to be written."""


def say(words: str, end: str = "\n") -> None:
    """Writes a message to stderr."""
    sys.stderr.write(words + end)


def complain(rule: Rule, message: str, remedy: str = "") -> None:
    """Writes an error that is at no place of a file, such as a value on the command line."""
    say(f"error[{rule.code}]: {message}\n  = help: {remedy or rule.fix}\n")


def wants_colour(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether to write colours to a stream.

    The order is that of https://no-color.org, https://force-color.org and Python itself
    (https://docs.python.org/3/using/cmdline.html#controlling-color): NO_COLOR is asked first, then FORCE_COLOR, each
    where it is not empty; then a terminal gets colours unless it is `dumb`.
    """
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return environment.get("TERM") != "dumb" and stream.isatty()


def is_live(stream: TextIO) -> bool:
    """Whether what was written to a stream can be overwritten: it is a terminal, and not a `dumb` one."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def columns(stream: TextIO) -> int | None:
    """Columns of the terminal behind a stream, or COLUMNS where it is set; None where the stream is not a terminal."""
    if not stream.isatty():
        return None
    if given := asked_columns():
        return given
    try:
        return max(os.get_terminal_size(stream.fileno()).columns or WIDTH, LEAST)
    except (OSError, ValueError):
        return WIDTH


def asked_columns() -> int | None:
    """COLUMNS, where it is set to a number."""
    words = os.environ.get("COLUMNS", "")
    return max(int(words), LEAST) if words.isdecimal() and int(words) else None


@contextmanager
def lint_line() -> Iterator[Callable[[str, int, int], None]]:
    """A line on the terminal that says which template cfn-lint is checking; it is erased at the end.

    Yields what is called with a stack's name, its number and their number. Elsewhere nothing is written.
    """
    live = is_live(sys.stderr)
    shown = False

    def show(stack: str, number: int, total: int) -> None:
        nonlocal shown
        if live:
            shown = True
            say(f"\r\x1b[Kcfn-lint: {stack}, {number} of {total}", end="")
            sys.stderr.flush()

    try:
        yield show
    finally:
        if shown:
            say("\r\x1b[K", end="")


def report(diagnostics: Iterable[Diagnostic], texts: Mapping[str, str] | None = None) -> None:
    """Writes diagnostics for people to stderr; `texts` are files already read."""
    from compiler.reporting import text

    say(text.render(diagnostics, texts, width=columns(sys.stderr), colour=wants_colour(sys.stderr)), end="")
