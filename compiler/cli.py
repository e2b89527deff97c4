"""The command line: arguments, exit codes, and the only module that prints.

Exit codes: 0 fine; 1 the spec has errors, or `--check` found drift; 2 wrong command line or unreadable file;
3 a fault of the compiler. Diagnostics go to stderr, results to stdout.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from compiler.diagnostics import Diagnostic
    from compiler.pipeline import Compiled

FINE, FOUND, USAGE, FAULT = 0, 1, 2, 3
_UNREADABLE = ("DR101", "DR507")


def parser() -> argparse.ArgumentParser:
    """The options, as `--help` and docs/cli.md show them."""
    made = argparse.ArgumentParser(
        prog="dr-compile",
        description="Compiles a disaster-recovery topology into per-region CloudFormation templates.",
        allow_abbrev=False,
    )
    made.add_argument("spec", metavar="SPEC", nargs="?", help="the YAML spec, such as specs/dr-topology.yaml")
    made.add_argument(
        "-o", "--output", metavar="DIR", type=Path,
        help="folder of the templates; templates/<spec file stem> beside the folder `specs` if left out",
    )  # fmt: skip
    made.add_argument(
        "--check", action="store_true", help="write nothing; fail where the folder is not what the spec compiles to"
    )
    made.add_argument("--no-lint", action="store_true", help="leave cfn-lint out")
    made.add_argument("--format", choices=("text", "json"), default="text", help="form of the diagnostics")
    made.add_argument("--partials", metavar="DIR", type=Path, help="folder whose partials replace or join the bundled")
    made.add_argument(
        "--explain",
        metavar="CODE-OR-LOGICAL-ID",
        help="say what a code means; with SPEC, where a resource comes from, or what its `objectives` come to",
    )
    made.add_argument("--version", action="store_true", help="print the version")
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    try:
        return _run(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader went away, as `head` does; keep the interpreter from complaining at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except Exception:  # noqa: BLE001 - the one place where a fault of ours becomes an exit code
        return _fault()


def _run(argv: Sequence[str]) -> int:
    options = parser()
    arguments = options.parse_args(argv)
    if arguments.version:
        from importlib.metadata import version

        print(f"dr-compile {version('dr-compile')}")
        return FINE
    if arguments.explain:
        return _explain(arguments)
    if arguments.spec is None:
        options.error("the spec is missing: dr-compile SPEC")
    return _compile(arguments)


def _explain(arguments: argparse.Namespace) -> int:
    from compiler import explain
    from compiler.codes import RULES
    from compiler.suggest import near

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
    from compiler import explain, pipeline
    from compiler.diagnostics import Rejected
    from compiler.objectives.judge import compute
    from compiler.suggest import near

    spec = Path(arguments.spec)
    try:
        if subject == "objectives":
            return explain.objectives(compute(pipeline.topology_of(spec, arguments.spec)))
        compiled = pipeline.compile_spec(spec, arguments.spec, overlay=arguments.partials, lint=False)
    except Rejected as error:
        _report(error.diagnostics, arguments.format, None)
        return None
    answer = explain.resource(compiled, compute(compiled.topology), subject)
    if answer is None:
        known = sorted({name for template in compiled.templates for name in template.body["Resources"]})
        guess = near(subject, {name.lower(): name for name in known})
        found = next((name for name in known if name.lower() == guess), None)
        hint = f"; did you mean `{found}`?" if found else ""
        _say(f"dr-compile: no template has a resource `{subject}`{hint}")
    return answer


def _compile(arguments: argparse.Namespace) -> int:
    from compiler import emit
    from compiler.diagnostics import Rejected, has_errors
    from compiler.pipeline import compile_spec

    spec = Path(arguments.spec)
    folder: Path = arguments.output or output_folder(spec)
    try:
        compiled = compile_spec(
            spec, arguments.spec, overlay=arguments.partials, lint=not (arguments.no_lint or arguments.check)
        )
        shown = _shown(folder)
        if arguments.check:
            found = compiled.diagnostics + emit.compare(compiled.bundle, folder, shown)
        else:
            found = compiled.diagnostics + emit.write(compiled.bundle, folder)
    except Rejected as error:
        _report(error.diagnostics, arguments.format, None)
        codes = {diagnostic.rule.code for diagnostic in error.diagnostics}
        return USAGE if codes and codes <= set(_UNREADABLE) else FOUND
    _report(found, arguments.format, compiled)
    if arguments.check and has_errors(found):
        if arguments.format == "text":
            _say(f"The templates have drifted from the spec; `dr-compile {arguments.spec}` mends them.")
        return FOUND
    if has_errors(found):
        return FOUND
    if arguments.format == "text":
        for line in _summary(compiled, shown, checked=arguments.check):
            print(line)
    return FINE


def output_folder(spec: Path) -> Path:
    """`templates/<stem>` beside the folder `specs` that the spec lies in, or beside the spec itself."""
    parent = spec.absolute().parent
    return (parent.parent if parent.name == "specs" else parent) / "templates" / spec.stem


def _shown(folder: Path) -> str:
    """The folder as people see it: relative to where they stand, if it lies below."""
    try:
        return folder.absolute().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return folder.as_posix()


def _summary(compiled: Compiled, shown: str, *, checked: bool) -> list[str]:
    verb = "match" if checked else "written to"
    lines = [f"{len(compiled.bundle.files)} files {verb} {shown}"]
    lines += (f"  {t.file:<28} {len(t.body['Resources']):>4} resources" for t in compiled.templates)
    lines.append(f"  deployed in {len(compiled.linked.waves)} waves (see manifest.json)")
    return lines


def _report(diagnostics: Sequence[Diagnostic], form: str, compiled: Compiled | None) -> None:
    from compiler import show

    if form == "json":
        stacks = [
            {"stack": t.stack.name, "region": t.stack.region, "template": t.file, "resources": len(t.body["Resources"])}
            for t in (compiled.templates if compiled else ())
        ]
        print(show.as_json(diagnostics, stacks))
        return
    sources = show.Sources({compiled.document.file: compiled.document.text} if compiled else {})
    colour = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    _say(show.text(diagnostics, sources, colour=colour), end="")


def _say(words: str, end: str = "\n") -> None:
    """To stderr, with what its encoding cannot hold written as escapes: a message must never be the fault."""
    encoding = sys.stderr.encoding or "ascii"
    sys.stderr.write((words + end).encode(encoding, "backslashreplace").decode(encoding))


def _fault() -> int:
    import traceback

    _say("error[DR901]: dr-compile has a fault; nothing was written after it happened")
    _say("please report it with the spec that shows it and the lines below\n")
    _say(traceback.format_exc())
    return FAULT


def run() -> NoReturn:
    """Entry point of `python -m compiler`."""
    raise SystemExit(main())
