"""What every command can say about itself: its version, and a script with which a shell completes its options."""

from __future__ import annotations

import argparse
import sys

from compiler import __version__
from compiler.reporting.console import FINE

SHELLS = ("bash", "zsh", "tcsh", "fish")
OPTION = "--print-completion"
_FILES = frozenset(("SPEC", "FILE", "PATH"))


def add(options: argparse.ArgumentParser) -> None:
    """Adds the options."""
    options.add_argument(
        OPTION, metavar="SHELL", choices=SHELLS,
        help=f"print a script with which a shell completes the options: {', '.join(SHELLS)}",
    )  # fmt: skip
    options.add_argument("--version", action="store_true", help="print the version")


def about(options: argparse.ArgumentParser, shell: str | None) -> int:
    """Prints the script for a shell, or the version where none is named; returns the exit code."""
    if shell:
        _script(options, shell)
    else:
        sys.stdout.write(f"{options.prog} {__version__}\n")
    return FINE


def _script(options: argparse.ArgumentParser, shell: str) -> None:
    """Prints the script. Values that are files or folders are completed from the disk."""
    import shtab

    for action in options._actions:  # noqa: SLF001 - argparse shows its options in no other way
        if action.metavar == "DIR":
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
        elif action.metavar in _FILES:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
    sys.stdout.write(shtab.complete(options, shell))
