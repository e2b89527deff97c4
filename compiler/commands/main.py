"""The entry of `dr-compile`: which command is meant, and its exit code.

Exit codes: 0 fine; 1 the spec has errors, or `--check` found drift; 2 wrong command line or unreadable file;
3 a fault of the compiler; with `--diff --exit-code` 4 where a deployment changes something and 5 where data would be
lost; 130 stopped with Ctrl-C; 141 the reader of the output went away. Diagnostics go to stderr, results to stdout.
"""

from __future__ import annotations

import sys

from compiler import __version__
from compiler.recall import replay

TYPE_CHECKING = False
if TYPE_CHECKING:
    # `typing` takes as long to import as a fifth of Python's own start.
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence
    from typing import NoReturn

_REMEMBERED = frozenset(("--check", "--no-lint"))
"""Options for a result that only files decide: cfn-lint has a memory of its own, and `--diff` asks git."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code.

    Without arguments it is a process of its own, whose result may be remembered from an earlier one.
    """
    remembers = argv is None and not _REMEMBERED.isdisjoint(sys.argv)
    words = sys.argv[1:] if argv is None else argv
    if remembers:
        try:
            if replay.replayed(words):
                return 0
        except OSError as error:
            return _ended(error)
    from compiler.reporting.console import guarded

    return guarded(lambda given: _run(given, remembers=remembers), words, "dr-compile")


def _ended(error: OSError) -> int:
    """The exit code where nobody could read a remembered result."""
    from compiler.reporting.console import guarded

    def fail(_: Sequence[str]) -> int:
        raise error

    return guarded(fail, (), "dr-compile")


def _run(argv: Sequence[str], *, remembers: bool) -> int:
    from compiler.commands.options import parser
    from compiler.reporting.console import FINE

    options = parser()
    arguments = options.parse_args(argv)
    _refuse_ignored(arguments, options)
    if arguments.version:
        sys.stdout.write(f"dr-compile {__version__}\n")
        return FINE
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

        return explain.run(arguments)
    if arguments.show:
        return _show(arguments, options)
    from compiler.commands import compile as compile_command

    if not remembers or arguments.no_cache:
        return compile_command.run(arguments)
    from compiler.recall import record

    return record.remembered(argv, lambda noted: compile_command.run(arguments, noted))


def _refuse_ignored(arguments: Namespace, options: ArgumentParser) -> None:
    """Refuses options that would have no effect beside the others: nobody may believe that they had one."""
    from compiler.commands.options import ALONE, INIT, WITH_DIFF

    given = [name for name in vars(arguments) if getattr(arguments, name) != options.get_default(name)]
    given = [name for name in given if name != "specs" or arguments.specs]
    for name, others in ALONE.items():
        if name in given:
            needless = next((other for other in given if other not in (name, *others)), None)
            if needless:
                options.error(f"{_flag(needless)} does not go with {_flag(name)}")
            break
    for names, needed in ((INIT, "init"), (WITH_DIFF, "diff")):
        needless = next((name for name in names if name in given and needed not in given), None)
        if needless:
            options.error(f"{_flag(needless)} goes with {_flag(needed)}")
    if "explain" in given and "format" in given and (arguments.explain, arguments.format) != ("costs", "json"):
        options.error("--format goes with --explain for `costs` only, as json")
    if "diff" in given and "check" not in given and arguments.format in ("sarif", "github"):
        options.error(f"--format {arguments.format} shows no diff: use text, json or markdown")


def _flag(name: str) -> str:
    return "a spec" if name == "specs" else "--" + name.replace("_", "-")


def _show(arguments: Namespace, options: ArgumentParser) -> int:
    """`--show`, which takes few other options."""
    if arguments.spec is None:
        options.error("the spec is missing: dr-compile --show SPEC")
    from compiler.commands import show

    return show.run(arguments)


def run() -> NoReturn:
    """Entry point of `python -m compiler`."""
    raise SystemExit(main())
