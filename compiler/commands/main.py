"""The entry of `dr-compile`: which command is meant, and its exit code.

Exit codes: 0 fine; 1 the spec has errors, or `--check` found drift; 2 wrong command line or unreadable file;
3 a fault of the compiler; with `--diff --exit-code` 4 where a deployment changes something and 5 where data would be
lost; 130 stopped with Ctrl-C; 141 the reader of the output went away. Diagnostics go to stderr, results to stdout.
"""

from __future__ import annotations

import os
import sys

from compiler import __version__
from compiler.recall import replay

TYPE_CHECKING = False
if TYPE_CHECKING:
    # `typing` takes as long to import as a fifth of Python's own start.
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence
    from typing import NoReturn

_REMEMBERED = frozenset(("--check", "--diff", "--no-lint"))
"""Options for a result that only files and commits decide: a compile without them writes."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code.

    Without arguments it is a process of its own, whose result may be remembered from an earlier one.
    """
    remembers = argv is None and not _REMEMBERED.isdisjoint(sys.argv)
    words = sys.argv[1:] if argv is None else argv
    if remembers:
        try:
            if (code := replay.replayed(words)) is not None:
                return code
        except OSError as error:
            return ended(error, "dr-compile")
    from compiler.reporting.console import guarded

    return guarded(lambda given: _run(given, remembers=remembers), words, "dr-compile")


def ended(error: OSError, program: str) -> int:
    """The exit code where nobody could read a remembered result."""
    from compiler.reporting.console import guarded

    def fail(_: Sequence[str]) -> int:
        raise error

    return guarded(fail, (), program)


def _run(argv: Sequence[str], *, remembers: bool) -> int:
    from compiler.reporting.console import FINE

    if list(argv) == ["--version"]:
        # Other programs ask before they do anything, and argparse takes half as long as Python's own start.
        sys.stdout.write(f"dr-compile {__version__}\n")
        return FINE
    from compiler.commands.options import parser

    options = parser()
    arguments = options.parse_args(argv)
    _refuse_idle(arguments, options)
    if arguments.version or arguments.print_completion:
        from compiler.commands.completion import about

        return about(options, arguments.print_completion)
    if arguments.schema:
        from compiler.support.data_files import editor_schema

        sys.stdout.write(editor_schema().read_text(encoding="ascii"))
        return FINE
    if arguments.init:
        from compiler.commands import init

        return init.run(arguments)
    alone = next((name for name in ("explain", "show") if getattr(arguments, name)), None)
    if alone and len(arguments.specs) > 1:
        options.error(f"--{alone} takes one spec")
    arguments.spec = arguments.specs[0] if arguments.specs else None
    if arguments.explain:
        from compiler.commands import explain

        return explain.run(arguments, options)
    if arguments.show:
        return _show(arguments, options)
    from compiler.commands import compile as compile_command

    if not remembers or arguments.no_cache:
        return compile_command.run(arguments)
    from compiler.recall import record

    return record.remembered(argv, lambda noted: compile_command.run(arguments, noted))


def _refuse_idle(arguments: Namespace, options: ArgumentParser) -> None:
    """Refuses options that would have no effect beside the others, and values that say nothing there."""
    from compiler.commands.options import PURPOSES
    from compiler.commands.together import refuse_idle

    refuse_idle(options, arguments, PURPOSES)
    if arguments.lint and arguments.no_lint:
        options.error("--no-lint does not go with --lint")
    if arguments.quiet and arguments.format != "text":
        options.error(f"--quiet does not go with --format {arguments.format}, which is one document for a program")
    if arguments.quiet and arguments.diff and not arguments.exit_code:
        options.error("--quiet goes with --diff only beside --exit-code: the exit code says what the diff would")
    if arguments.diff and not arguments.check and arguments.format in ("sarif", "github"):
        options.error(f"--format {arguments.format} shows no diff: use text, json or markdown")


def _show(arguments: Namespace, options: ArgumentParser) -> int:
    """`--show`, which takes few other options."""
    if arguments.spec is None:
        options.error("the spec is missing: dr-compile --show SPEC")
    from compiler.commands import show

    return show.run(arguments)


def run() -> NoReturn:
    """Entry point of the command `dr-compile`."""
    leave(main())


def leave(code: int) -> NoReturn:
    """Ends the process at once: to free every object first would take a fifth of a compile.

    A profiler or a debugger runs `python -m compiler`, which ends as every program does.
    """
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        raise SystemExit(code) from None
    os._exit(code)
