"""What all commands do on a terminal: say things to people on stderr, and turn a fault of ours into an exit code."""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Callable, Sequence

FINE, FOUND, USAGE, FAULT = 0, 1, 2, 3
_INTERRUPTED = 130


def guarded(run: Callable[[Sequence[str]], int], argv: Sequence[str] | None, program: str) -> int:
    """The exit code of `run`, whatever happens in it; the one place where a fault of ours becomes an exit code."""
    # A compile is short: most of what it allocates lives to its end, and looking for pydantic plug-ins would read
    # the metadata of every installed package.
    gc.set_threshold(200_000, 50, 50)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")
    if isinstance(sys.stdout, io.TextIOWrapper):
        # What an output's encoding cannot hold is written as an escape: a result must never be the fault.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return run(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader went away, as `head` does; keep the interpreter from complaining at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except Exception:  # noqa: BLE001
        import traceback

        say(f"error[DR901]: {program} has a fault; nothing was written after it happened")
        say("please report it with the spec that shows it and the lines below\n")
        say(traceback.format_exc())
        return FAULT


def say(words: str, end: str = "\n") -> None:
    """To stderr, with what its encoding cannot hold written as escapes: a message must never be the fault."""
    encoding = sys.stderr.encoding or "ascii"
    sys.stderr.write((words + end).encode(encoding, "backslashreplace").decode(encoding))


def coloured() -> bool:
    """Whether to paint what goes to stderr."""
    from compiler.reporting.show import wants_colour

    return wants_colour(os.environ, terminal=sys.stderr.isatty())
