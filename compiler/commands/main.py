"""The entry of `dr-compile`: which command is meant, and its exit code.

Exit codes: 0 fine; 1 the spec has errors, or `--check` found drift; 2 wrong command line or unreadable file;
3 a fault of the compiler; with `--diff --exit-code` 4 where a deployment changes something and 5 where data would be
lost; 130 stopped with Ctrl-C; 141 the reader of the output went away. Diagnostics go to stderr, results to stdout.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

from compiler.commands.options import INIT, parser
from compiler.reporting.console import FINE, guarded


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    return guarded(_run, argv, "dr-compile")


def _run(argv: Sequence[str]) -> int:
    options = parser()
    arguments = options.parse_args(argv)
    if arguments.version:
        from importlib.metadata import version

        sys.stdout.write(f"dr-compile {version('dr-compile')}\n")
        return FINE
    if arguments.schema:
        from compiler.support.data_files import editor_schema

        sys.stdout.write(editor_schema().read_text(encoding="ascii"))
        return FINE
    if arguments.init:
        from compiler.commands import init

        return init.run(arguments)
    needless = next((name for name in INIT if getattr(arguments, name)), None)
    if needless:
        options.error(f"--{needless} goes with --init")
    alone = next((name for name in ("explain", "show") if getattr(arguments, name)), None)
    if alone and len(arguments.specs) > 1:
        options.error(f"--{alone} takes one spec")
    arguments.spec = arguments.specs[0] if arguments.specs else None
    if arguments.explain:
        from compiler.commands import explain

        return explain.run(arguments)
    if arguments.show:
        if arguments.spec is None:
            options.error("the spec is missing: dr-compile --show SPEC")
        needless = next((name for name in ("check", "diff", "output", "partials") if getattr(arguments, name)), None)
        if needless:
            options.error(f"--{needless} does not go with --show")
        from compiler.commands import show

        return show.run(arguments)
    if arguments.against is not None and not arguments.diff:
        options.error("--against goes with --diff")
    if arguments.exit_code and not arguments.diff:
        options.error("--exit-code goes with --diff")
    from compiler.commands import compile as compile_command

    return compile_command.run(arguments)


def run() -> NoReturn:
    """Entry point of `python -m compiler`."""
    raise SystemExit(main())
