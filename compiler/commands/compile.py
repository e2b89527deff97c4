"""`dr-compile SPEC`: compiles, then writes, checks or compares; says what was found and done.

Diagnostics go to stderr as text, and to stdout in every other format, as does everything else.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from compiler.commands.options import display_path, output_folder
from compiler.reporting.console import CHANGES, DATA_LOST, FINE, FOUND, USAGE, lint_line, report, say
from compiler.support.shell import command, path

if TYPE_CHECKING:
    from compiler.diagnostics.model import Diagnostic
    from compiler.diff.change import Diff
    from compiler.pipeline import Compiled

_UNREADABLE = frozenset({"DR101", "DR507", "DR804", "DR851", "DR852", "DR853", "DR854"})


def run(arguments: argparse.Namespace) -> int:
    """Runs the command; returns its exit code."""
    from compiler.diagnostics.model import RejectedError, has_errors
    from compiler.output import emit
    from compiler.pipeline import compile_spec

    spec = Path(arguments.spec)
    folder: Path = arguments.output or output_folder(spec)
    shown = display_path(folder)
    try:
        with lint_line() as observe:
            compiled = compile_spec(
                spec, arguments.spec, overlay=arguments.partials,
                lint=not (arguments.no_lint or arguments.check or arguments.diff), observe=observe,
            )  # fmt: skip
        findings = compiled.diagnostics
        if arguments.check:
            findings += emit.compare(compiled.bundle, folder, shown)
        elif not arguments.diff:
            findings += emit.write(compiled.bundle, folder)
        failed = has_errors(findings)
        diff = _diff(arguments, compiled, folder) if arguments.diff or (arguments.check and failed) else None
    except RejectedError as error:
        write(error.diagnostics, arguments.format)
        codes = {diagnostic.rule.code for diagnostic in error.diagnostics}
        return USAGE if codes and codes <= _UNREADABLE else FOUND
    write(findings, arguments.format, compiled, diff)
    if arguments.format == "text":
        _say_result(arguments, compiled, diff, shown, failed=failed)
    if not failed and diff and arguments.exit_code:
        return _changes(diff)
    return FOUND if failed else FINE


def _changes(diff: Diff) -> int:
    """The exit code that says what a deployment would do."""
    from compiler.aws.types.update_rules import Data

    if any(change.data is Data.LOST for change in diff.changes):
        return DATA_LOST
    return FINE if diff.is_empty else CHANGES


def write(
    diagnostics: tuple[Diagnostic, ...], form: str, compiled: Compiled | None = None, diff: Diff | None = None
) -> None:
    """Writes the result of a compile in one of the formats."""
    texts = compiled.document.texts if compiled else {}
    if form == "text":
        report(diagnostics, texts)
        return
    from compiler.reporting.formats import FORMATS
    from compiler.reporting.result import Result, Stack

    templates = compiled.templates if compiled else ()
    stacks = (Stack(t.stack.name, t.stack.region, t.file, len(t.body["Resources"])) for t in templates)
    suppressed = compiled.suppressed if compiled else ()
    words = FORMATS[form].render(Result(diagnostics, suppressed, tuple(stacks), diff, texts))
    sys.stdout.write(f"{words}\n" if words else "")


def _say_result(
    arguments: argparse.Namespace, compiled: Compiled, diff: Diff | None, shown: str, *, failed: bool
) -> None:
    """What was written, what matches, or what a deployment would change."""
    if diff and arguments.diff:
        _show(diff, sys.stdout)
    elif diff:
        say_diff(diff)
    if arguments.check and failed:
        again = compile_command(arguments.spec, output=arguments.output, partials=arguments.partials)
        say(f"The templates have drifted from the spec; `{again}` fixes them.")
    elif not failed and (arguments.check or not arguments.diff):
        sys.stdout.write("".join(f"{line}\n" for line in _summary(compiled, shown, checked=arguments.check)))


def say_diff(diff: Diff) -> None:
    """Says what deploying the compiled templates would change."""
    say("")
    _show(diff, sys.stderr)
    say("")


def _show(diff: Diff, stream: TextIO) -> None:
    from compiler.reporting.diff import show
    from compiler.reporting.page import Page

    show(diff, Page(stream))


def _summary(compiled: Compiled, shown: str, *, checked: bool) -> Iterator[str]:
    """What was written or matches, line by line, and what was accepted on the way."""
    yield f"{len(compiled.bundle.files)} files {'match' if checked else 'written to'} {shown}"
    for template in compiled.templates:
        yield f"  {template.file:<28} {len(template.body['Resources']):>4} resources"
    yield f"  deployed in {len(compiled.linked.waves)} waves (see manifest.json)"
    for item in compiled.suppressed:
        until = f" until {item.entry.expires}" if item.entry.expires else ""
        yield f"  accepted{until}: {item.diagnostic.message}"


def _diff(arguments: argparse.Namespace, compiled: Compiled, folder: Path) -> Diff | None:
    """What a deployment would change; raises `RejectedError` where there is nothing to compare with."""
    from compiler.diagnostics.model import RejectedError
    from compiler.diff.run import diff

    try:
        return diff(compiled, Path(arguments.spec), folder, display_path(folder), against=arguments.against)
    except RejectedError:
        # The drift itself has been reported; what cannot be compared needs no second report.
        if arguments.diff:
            raise
        return None


def compile_command(spec: str, **options: object) -> str:
    """The command that writes the templates of a spec, for a person to paste; options that are None are left out."""
    given = [word for name, value in options.items() if value is not None for word in (f"--{name}", value)]
    return command("dr-compile", path(spec), *given)
