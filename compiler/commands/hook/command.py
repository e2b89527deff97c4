"""The entry of `dr-compile-hook`: what it said before, if nothing has changed; else `compiler.commands.hook.run`."""

from __future__ import annotations

import sys

from compiler.commands.main import ended, leave
from compiler.recall import staged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the hook; returns its exit code. Without arguments it is a process of its own, which may remember."""
    remembers = argv is None
    words = sys.argv[1:] if argv is None else argv
    try:
        if remembers and (code := staged.replayed(words)) is not None:
            return code
    except OSError as error:
        return ended(error, "dr-compile-hook")
    from compiler.commands.hook.run import run as full
    from compiler.reporting.console import guarded

    return guarded(lambda given: full(given, remembers=remembers), words, "dr-compile-hook")


def run() -> NoReturn:
    """Entry point of the command `dr-compile-hook`."""
    leave(main())
