"""`dr-compile SPEC...`: compiles, then writes, checks or compares; says what was found and done, spec by spec.

Diagnostics go to stderr as text, and to stdout in every other format, as does everything else. Every other format is
one document, however many specs there are. A spec with errors does not keep the others from being compiled.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from compiler.commands.paths import display_path
from compiler.reporting.console import CHANGES, DATA_LOST, FINE, FOUND, USAGE, lint_line, report, say
from compiler.support.frozen import frozen

if TYPE_CHECKING:
    from compiler.commands.beside import Beside
    from compiler.commands.targets import Target
    from compiler.diagnostics.model import Diagnostic
    from compiler.diff.change import Diff
    from compiler.pipeline import Compiled
    from compiler.recall.record import Run
    from compiler.recall.verdicts import Verdicts
    from compiler.reporting.result import Result

UNREADABLE = frozenset(
    ("DR101", "DR140", "DR141", "DR142", "DR143", "DR144", "DR145", "DR146", "DR147", "DR148", "DR507", "DR804",
     "DR851", "DR852", "DR853", "DR854")
)  # fmt: skip
"""Codes of what a command cannot begin with; they are exit code 2, unless there are others too."""
_WORST = (FINE, CHANGES, DATA_LOST, FOUND, USAGE)
"""Exit codes of one spec; the last one of several specs counts."""
_SCREEN = 12
"""Lines of a diff that is shown beside a finding, so that both fit on a screen of 24 lines."""


@frozen
class _Outcome:
    """What became of one spec: the exit code, and what is reported; nothing was compiled where it was refused.

    `drifted` says that files on disk are not what the spec compiles to.
    """

    code: int
    diagnostics: tuple[Diagnostic, ...]
    drifted: bool = False
    compiled: Compiled | None = None
    diff: Diff | None = None
    verdicts: Verdicts | None = None


def run(arguments: argparse.Namespace, noted: Run | None = None) -> int:
    """Runs the command; returns its exit code. `noted` takes down what decides the result."""
    from compiler.commands.beside import compare
    from compiler.commands.targets import Options, targets
    from compiler.diagnostics.model import RejectedError
    from compiler.reporting.result import Result

    options = Options(arguments.output, arguments.partials, writes=not (arguments.check or arguments.diff))
    try:
        chosen = targets(_without_bases(arguments.specs, quiet=arguments.quiet), options, Path.cwd())
    except RejectedError as error:
        write(error.diagnostics, arguments.format)
        return USAGE
    if not chosen or (arguments.output and len(chosen) > 1):
        why = "--output is for one spec" if chosen else "the spec is missing, and no `dr-compile.toml` names one"
        say(f"dr-compile: {why}: dr-compile SPEC")
        return USAGE
    beside = compare(chosen)
    results: list[Result] = []

    def one(number: int) -> int:
        target = chosen[number]
        outcome = _compile(arguments, target, beside)
        if noted:
            _note(noted, target, outcome, beside)
        if arguments.format == "text":
            _say(arguments, target, outcome, first=number == 0)
        else:
            results.append(_result(target, outcome))
        return outcome.code

    outcomes = [*_each(len(chosen), one, noted, arguments)]
    if arguments.format == "text":
        report(shown(arguments, beside.elsewhere))
    else:
        _write([*results, Result(beside.elsewhere)], arguments.format, several=len(results) > 1)
    if arguments.strict and warns(beside.elsewhere):
        outcomes.append(FOUND)
    return max(outcomes, key=_WORST.index)


def _each(count: int, one: Callable[[int], int], noted: Run | None, arguments: argparse.Namespace) -> Iterable[int]:
    """The exit codes of the specs. A format for programs is one document, which one process writes."""
    from compiler.commands import several

    if arguments.format != "text" or not several.pays(count):
        return map(one, range(count))
    from compiler.pipeline import compile_document  # noqa: F401 - loaded once, before the processes begin

    return several.each(count, one, noted)


def warns(diagnostics: Sequence[Diagnostic]) -> bool:
    """Whether there is a finding that `--strict` takes for an error."""
    from compiler.diagnostics.model import Severity

    return any(item.severity is not Severity.INFO for item in diagnostics)


def shown(arguments: argparse.Namespace, diagnostics: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """What is printed: with `--quiet`, only what fails the command."""
    from compiler.diagnostics.model import Severity

    if not arguments.quiet or arguments.strict:
        return diagnostics
    return tuple(item for item in diagnostics if item.severity is Severity.ERROR)


def _note(noted: Run, target: Target, outcome: _Outcome, beside: Beside) -> None:
    """Notes what decides a result besides the files that were read: where a configuration would be, and the day."""
    from compiler.commands.paths import CONFIGURATION, above, searched

    # git is asked in the folder of the templates, or in the nearest one above that is there.
    noted.look((target.spec, target.output, *above(target.output)))
    if found := target.configuration:
        noted.look((*found.specs, *found.folders))
    for folder in (target.spec.parent, Path.cwd()):
        noted.look(place / name for place in searched(folder) for name in (CONFIGURATION, ".git"))
    if outcome.verdicts:
        from compiler.recall.verdicts import settings_files

        noted.look(map(Path, settings_files()))
        noted.rely(outcome.verdicts.relied, outcome.verdicts.last)
    own = outcome.compiled.topology.spec.accept if outcome.compiled else ()
    for day in (*(entry.expires for entry in own), *beside.expires):
        noted.until(day)


def _without_bases(specs: Sequence[str], *, quiet: bool) -> tuple[Path, ...]:
    """The files of a command line such as `specs/*.yaml`. A base among specs is looked at with those that extend it."""
    paths = tuple(map(Path, specs))
    if len(paths) < 2:
        return paths
    from compiler.reading.chain import says_base
    from compiler.reading.document import MAX_BYTES
    from compiler.reading.textfile import UnreadableError, read_bytes

    def is_base(path: Path) -> bool:
        try:
            return says_base(read_bytes(path, MAX_BYTES))
        except UnreadableError:
            return False

    left = tuple(path for path in paths if not is_base(path))
    for base in paths if left else ():
        if base not in left and not quiet:
            say(f"note: `{base}` is a base; it is compiled with the specs that extend it")
    return left or paths


def _compile(arguments: argparse.Namespace, target: Target, beside: Beside) -> _Outcome:
    from compiler.diagnostics.model import RejectedError, has_errors
    from compiler.reading.document import open_document

    shown = display_path(target.output)
    lint = arguments.lint or not (arguments.no_lint or arguments.check or arguments.diff)
    try:
        read = open_document(target.spec, str(target.spec))
        # A mistake in the YAML has been reported by now, without the libraries and the stages that follow.
        from compiler.output import emit
        from compiler.pipeline import compile_document
        from compiler.reading.chain import Disk
        from compiler.recall.verdicts import Verdicts
        from compiler.rules.cfn_lint import OF_THE_CLOCK
        from compiler.spec.compose import compose

        verdicts = Verdicts(OF_THE_CLOCK, anew=arguments.no_cache) if lint else None
        with lint_line() as observe:
            compiled = compile_document(
                compose(read, Disk(target.spec.parent)), partials=target.partials, beside=beside.of(target),
                output=target.output, lint=lint, memory=verdicts, observe=observe,
            )  # fmt: skip
        findings = (*target.findings, *compiled.diagnostics)
        if arguments.strict and warns(findings):
            return _Outcome(FOUND, findings)
        if arguments.check:
            drift = emit.compare(compiled.bundle, target.output, shown, target.command)
        else:
            drift = () if arguments.diff else emit.write(compiled.bundle, target.output)
        drifted = has_errors(drift)
        diff = _diff(arguments, compiled, target) if arguments.diff or (arguments.check and drifted) else None
    except RejectedError as error:
        return _Outcome(refusal(error.diagnostics), error.diagnostics)
    code = FOUND if drifted else _changes(diff) if diff and arguments.exit_code else FINE
    return _Outcome(code, (*findings, *drift), drifted, compiled, diff, verdicts)


def refusal(diagnostics: Sequence[Diagnostic]) -> int:
    """The exit code of what ended a compile."""
    codes = {diagnostic.rule.code for diagnostic in diagnostics}
    return USAGE if codes and codes <= UNREADABLE else FOUND


def _changes(diff: Diff) -> int:
    """The exit code that says what a deployment would do."""
    from compiler.aws.types.update_rules import Data

    if any(change.data is Data.LOST for change in diff.changes):
        return DATA_LOST
    return FINE if diff.is_empty else CHANGES


def write(diagnostics: tuple[Diagnostic, ...], form: str) -> None:
    """Writes what keeps a command from compiling anything, in one of the formats."""
    from compiler.reporting.result import Result

    if form == "text":
        report(diagnostics)
    else:
        _write([Result(diagnostics)], form, several=False)


def _result(target: Target, outcome: _Outcome) -> Result:
    """What formats for programs are given."""
    from compiler.reporting.result import Result, Stack

    compiled, spec = outcome.compiled, str(target.spec)
    if compiled is None:
        return Result(outcome.diagnostics)
    stacks = tuple(
        Stack(t.stack.name, t.stack.region, t.file, len(t.body["Resources"]), spec) for t in compiled.templates
    )
    diffs = ((spec, outcome.diff),) if outcome.diff else ()
    return Result(outcome.diagnostics, compiled.suppressed, stacks, diffs, compiled.document.texts)


def _write(results: Sequence[Result], form: str, *, several: bool) -> None:
    from compiler.reporting import formats
    from compiler.reporting.result import merged

    words = formats.render(form, merged(results, several=several))
    sys.stdout.write(f"{words}\n" if words else "")


def _say(arguments: argparse.Namespace, target: Target, outcome: _Outcome, *, first: bool) -> None:
    """What was found in one spec, and what was written, what matches, or what a deployment would change."""
    compiled, diff = outcome.compiled, outcome.diff
    if diagnostics := shown(arguments, outcome.diagnostics):
        say("" if first else "\n", end="")
        report(diagnostics, compiled.document.texts if compiled else {})
    if compiled is None:
        from compiler.diagnostics.model import has_errors

        if not has_errors(diagnostics):
            say("With --strict a warning is an error: nothing was written.")
        return
    from compiler.output import emit

    if diff and arguments.diff:
        if not arguments.quiet:
            sys.stdout.write("" if first else "\n")
            _show(diff, sys.stdout)
    elif diff:
        say_diff(diff, f"{target.command} --diff")
    if arguments.check and emit.is_stale(diagnostics):
        say(f"The templates have drifted from the spec; `{target.command}` fixes them.")
    elif not (outcome.drifted or arguments.quiet) and (arguments.check or not arguments.diff):
        lines = _summary(compiled, display_path(target.output), checked=arguments.check)
        sys.stdout.write(("" if first else "\n") + "".join(f"{line}\n" for line in lines))


def say_diff(diff: Diff, command: str) -> None:
    """Says what deploying the compiled templates would change, on a screen; `command` shows the rest of it."""
    say("")
    if left := _show(diff, sys.stderr, _SCREEN):
        say(f"  ... {left} more lines: {command}")
    say("")


def _show(diff: Diff, stream: TextIO, most: int | None = None) -> int:
    from compiler.reporting.diff import show
    from compiler.reporting.page import Page

    return show(diff, Page(stream), most)


def _summary(compiled: Compiled, shown: str, *, checked: bool) -> Iterator[str]:
    """What was written or matches, line by line, and what was accepted on the way."""
    yield f"{len(compiled.bundle.files)} files {'match' if checked else 'written to'} {shown}"
    for template in compiled.templates:
        yield f"  {template.file:<28} {len(template.body['Resources']):>4} resources"
    yield f"  deployed in {len(compiled.linked.waves)} waves (see manifest.json)"
    for item in compiled.suppressed:
        until = f" until {item.entry.expires}" if item.entry.expires else ""
        yield f"  accepted{until}: {item.diagnostic.message}"


def _diff(arguments: argparse.Namespace, compiled: Compiled, target: Target) -> Diff | None:
    """What a deployment would change; raises `RejectedError` where there is nothing to compare with."""
    from compiler.diagnostics.model import RejectedError
    from compiler.diff.run import diff

    try:
        return diff(compiled, target.spec, target.output, display_path(target.output), against=arguments.against)
    except RejectedError:
        # The drift itself has been reported; what cannot be compared needs no second report.
        if arguments.diff:
            raise
        return None
