"""The commands of `dr-compile` and their exit codes; `options` has the arguments, `outcome` what is said at the end.

Exit codes: 0 fine; 1 the spec has errors, or `--check` found drift; 2 wrong command line or unreadable file;
3 a fault of the compiler. Diagnostics go to stderr, results to stdout.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from compiler.commands import outcome
from compiler.commands.options import INIT, output_folder, parser
from compiler.reporting.console import FINE, FOUND, USAGE, guarded
from compiler.reporting.console import say as _say

if TYPE_CHECKING:
    from compiler.diff.change import Diff
    from compiler.pipeline import Compiled

__all__ = ["main", "parser", "run"]

_UNREADABLE = ("DR101", "DR507", "DR804", "DR851", "DR852", "DR853", "DR854")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    return guarded(_run, argv, "dr-compile")


def _run(argv: Sequence[str]) -> int:
    options = parser()
    arguments = options.parse_args(argv)
    if arguments.version:
        from importlib.metadata import version

        print(f"dr-compile {version('dr-compile')}")
        return FINE
    if arguments.schema:
        from compiler.support.data_files import editor_schema

        print(editor_schema().read_text(encoding="ascii"), end="")
        return FINE
    if arguments.init:
        return _init(arguments)
    needless = next((name for name in INIT if getattr(arguments, name)), None)
    if needless:
        options.error(f"--{needless} goes with --init")
    if arguments.explain:
        return _explain(arguments)
    if arguments.spec is None:
        options.error("the spec is missing: dr-compile SPEC")
    if arguments.against is not None and not arguments.diff:
        options.error("--against goes with --diff")
    return _compile(arguments)


def _init(arguments: argparse.Namespace) -> int:
    from importlib.metadata import version

    from compiler.commands import init
    from compiler.diagnostics.model import RejectedError

    where: Path = arguments.init
    given = {name: getattr(arguments, name) for name in INIT}
    try:
        is_file = where.suffix in (".yaml", ".yml")
        stem = where.stem if is_file else where.absolute().name
        answers = init.answer(stem, given, init.ask if sys.stdin.isatty() and sys.stderr.isatty() else None)
        path = where if is_file else where / "specs" / f"{answers.name}.yaml"
        starter = init.plan(path, answers)
        for written in init.write(starter):
            print(f"wrote {written.as_posix()}")
    except init.RefusedError as error:
        _say(f"dr-compile: {error}")
        return USAGE
    except RejectedError as error:
        for item in error.diagnostics:
            _say(f"dr-compile: {item.message}; {item.help or item.rule.fix}")
        return USAGE
    print("\n".join(init.advice(starter, version("dr-compile"))))
    return FINE


def _explain(arguments: argparse.Namespace) -> int:
    from compiler.commands import explain
    from compiler.diagnostics.suggest import near
    from compiler.rules.registry import RULES

    subject: str = arguments.explain
    answer = explain.code(subject)
    if answer is None and arguments.spec is None:
        guess = near(subject.upper(), RULES)
        hint = f"; did you mean `{guess}`?" if guess else ""
        _say(f"dr-compile: there is no code `{subject}`{hint}; for `objectives` or a resource, name the spec too")
        return USAGE
    if answer is None:
        answer = _explain_in(arguments, subject)
    if answer is None:
        return FOUND
    print(answer)
    return FINE


def _explain_in(arguments: argparse.Namespace, subject: str) -> str | None:
    """What a spec says about its objectives or one of its resources; None after its diagnostics were shown."""
    from compiler import pipeline
    from compiler.commands import explain
    from compiler.diagnostics.model import RejectedError
    from compiler.diagnostics.suggest import near
    from compiler.reading.document import open_document

    spec = Path(arguments.spec)
    try:
        if subject == "objectives":
            _, _, objectives = pipeline.plan_document(open_document(spec, arguments.spec), spec.parent)
            return explain.objectives(objectives)
        compiled = pipeline.compile_spec(spec, arguments.spec, overlay=arguments.partials, lint=False)
    except RejectedError as error:
        outcome.report(error.diagnostics, arguments.format, None)
        return None
    answer = explain.resource(compiled, subject)
    if answer is None:
        known = sorted({name for template in compiled.templates for name in template.body["Resources"]})
        guess = near(subject, {name.lower(): name for name in known})
        found = next((name for name in known if name.lower() == guess), None)
        hint = f"; did you mean `{found}`?" if found else ""
        _say(f"dr-compile: no template has a resource `{subject}`{hint}")
    return answer


def _compile(arguments: argparse.Namespace) -> int:
    from compiler.diagnostics.model import RejectedError, has_errors
    from compiler.output import emit
    from compiler.pipeline import compile_spec

    spec = Path(arguments.spec)
    folder: Path = arguments.output or output_folder(spec)
    try:
        compiled = compile_spec(
            spec, arguments.spec, overlay=arguments.partials,
            lint=not (arguments.no_lint or arguments.check or arguments.diff),
        )  # fmt: skip
        shown = outcome.shown(folder)
        if arguments.check:
            found = compiled.diagnostics + emit.compare(compiled.bundle, folder, shown)
        elif arguments.diff:
            found = compiled.diagnostics
        else:
            found = compiled.diagnostics + emit.write(compiled.bundle, folder)
        changed = _changed(arguments, compiled, folder, drifted=arguments.check and has_errors(found))
    except RejectedError as error:
        outcome.report(error.diagnostics, arguments.format, None)
        codes = {diagnostic.rule.code for diagnostic in error.diagnostics}
        return USAGE if codes and codes <= set(_UNREADABLE) else FOUND
    outcome.report(found, arguments.format, compiled, changed)
    if arguments.diff and changed and arguments.format == "text":
        outcome.write(outcome.diff_text(changed, arguments.spec, sys.stdout))
    if arguments.check and has_errors(found):
        if arguments.format == "text":
            if changed and not arguments.diff:
                _say("\n" + outcome.diff_text(changed, arguments.spec, sys.stderr))
            _say(f"The templates have drifted from the spec; `{_command(arguments)}` mends them.")
        return FOUND
    if has_errors(found):
        return FOUND
    if arguments.format == "text" and not (arguments.diff and not arguments.check):
        for line in outcome.summary(compiled, shown, checked=arguments.check):
            print(line)
    return FINE


def _changed(arguments: argparse.Namespace, compiled: Compiled, folder: Path, *, drifted: bool) -> Diff | None:
    """What a deployment would change, where that was asked for or a check fails; raises `RejectedError`."""
    if not arguments.diff and not drifted:
        return None
    from compiler.diagnostics.model import RejectedError
    from compiler.diff.run import diff

    try:
        return diff(compiled, Path(arguments.spec), folder, outcome.shown(folder), against=arguments.against)
    except RejectedError:
        # The drift itself has been reported; what cannot be compared needs no second report.
        if arguments.diff:
            raise
        return None


def _command(arguments: argparse.Namespace) -> str:
    """The command that writes what was checked."""
    options = [f"--{name} {value}" for name in ("output", "partials") if (value := getattr(arguments, name))]
    return " ".join(["dr-compile", arguments.spec, *options])


def run() -> NoReturn:
    """Entry point of `python -m compiler`."""
    raise SystemExit(main())
