"""The pre-commit hooks: whether what is about to be committed is what its specs compile to.

`dr-compile-hook --check` reports drift; `dr-compile-hook` recompiles into the working copy and says what to stage.
Both look at the index, never at the working copy: what is staged in part, not staged at all, or lies untracked in a
function's folder is judged as everybody else will see it once it is committed.

pre-commit hands over the changed files, without those that are deleted; the hook adds these itself. A spec is
compiled where one of them is the spec, its output, code of its functions, a partial or the hooks' configuration;
where nothing is handed over, every spec is. Reports what the compiler reports, and DR803 for templates without a spec.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from compiler.commands.compile import say_diff
from compiler.commands.hook import jobs
from compiler.commands.hook.jobs import Index, Job
from compiler.diagnostics.codes import Code
from compiler.reporting.console import FINE, FOUND, USAGE, guarded, lint_line, report, say
from compiler.support.git import GitError

if TYPE_CHECKING:
    from compiler.diagnostics.model import Diagnostic
    from compiler.pipeline import Compiled


def parser() -> argparse.ArgumentParser:
    """The options, as `--help` and docs/cli.md show them."""
    options = argparse.ArgumentParser(
        prog="dr-compile-hook",
        description="Checks that the staged templates match the staged specs, or compiles them again.",
        allow_abbrev=False,
    )
    options.add_argument("--check", action="store_true", help="write nothing; fail if templates have drifted")
    options.add_argument(
        "--spec", metavar="PATTERN", action="append",
        help="specs of the repository, for example infra/*.yaml; default: every spec in a folder `specs`",
    )  # fmt: skip
    options.add_argument(
        "--partials", metavar="DIR", help="folder of your own partials, relative to the top of the repository"
    )
    options.add_argument("--output", metavar="DIR", help="folder of the templates; only for a repository with one spec")
    options.add_argument("--lint", action="store_true", help="also run cfn-lint, which takes some seconds")
    options.add_argument("files", nargs="*", metavar="FILE", help="the changed files; pre-commit passes them")
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the hook; returns its exit code."""
    return guarded(_run, argv, "dr-compile-hook")


def _run(argv: Sequence[str]) -> int:
    arguments = parser().parse_args(argv)
    try:
        return _check_index(jobs.read(Path.cwd()), arguments)
    except GitError as error:
        say(f"dr-compile-hook: {error}")
        return USAGE


def _check_index(index: Index, arguments: argparse.Namespace) -> int:
    changed = index.changed(arguments.files)
    found = jobs.find(index, arguments.spec, arguments.output)
    if arguments.output and len(found) > 1:
        say("dr-compile-hook: --output is for one spec, and there are several; name it with --spec")
        return USAGE
    failed = False
    for folder in jobs.orphans(index, found, changed):
        say(f"error[DR803]: no spec compiles to `{folder}` any more\n  = help: git rm -r {folder}\n")
        failed = True
    for job in found:
        if jobs.affected(index, job, arguments.partials, changed):
            failed |= _handle(index, job, arguments)
    return FOUND if failed else FINE


def _handle(index: Index, job: Job, arguments: argparse.Namespace) -> bool:
    """Checks or recompiles one spec; true if the commit must not go on."""
    inputs = [
        *(jobs.sources(index, job.spec) or ()),
        *([jobs.normal(arguments.partials)] if arguments.partials else []),
    ]
    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="dr-compile-") as folder:
        index.write((job.spec, job.output, *inputs), Path(folder))
        # Messages name files as they lie in the repository, and quote them as they are staged.
        os.chdir(folder)
        try:
            bad = _compiled(index, job, arguments)
        finally:
            os.chdir(before)
    if bad:
        for path in _unstaged(index, inputs):
            say(f"note: `{path}` is in the working copy but not staged; the templates of the commit do not include it")
    return bad


def _compiled(index: Index, job: Job, arguments: argparse.Namespace) -> bool:
    from compiler.diagnostics.model import RejectedError, has_errors
    from compiler.output import emit
    from compiler.pipeline import compile_spec

    overlay = Path(arguments.partials) if arguments.partials else None
    found: tuple[Diagnostic, ...] = ()
    try:
        with lint_line() as observe:
            compiled = compile_spec(Path(job.spec), job.spec, overlay=overlay, lint=arguments.lint, observe=observe)
        found = compiled.diagnostics
        drift = emit.compare(compiled.bundle, Path(job.output), job.output)
        if not arguments.check:
            emit.write(compiled.bundle, index.top / job.output)
    except RejectedError as error:
        report((*found, *error.diagnostics))
        return True
    report((*found, *drift))
    if not has_errors(drift):
        return has_errors(found)
    _say_drift(index, job, compiled)
    strays = [item.span.file for item in drift if item.rule is Code.DR803]
    commands = [f"git rm {' '.join(strays)}"] if strays else []
    if len(strays) < len(drift):
        commands += [_command(job, arguments)] if arguments.check else []
        commands.append(f"git add --all {job.output}")
    done = "What is staged is not what" if arguments.check else "Compiled again, since what is staged is not what"
    say(f"{done} `{job.spec}` compiles to. To fix it:")
    say("".join(f"  {command}\n" for command in commands), end="")
    return True


def _say_drift(index: Index, job: Job, compiled: Compiled) -> None:
    """Says what deploying the compiled templates would do to a system deployed from the staged ones, if readable."""
    from compiler.diagnostics.model import RejectedError
    from compiler.diff.run import diff

    try:
        changes = diff(compiled, index.top / job.spec, Path(job.output), job.output)
    except RejectedError:
        return
    say_diff(changes, job.spec)


def _command(job: Job, arguments: argparse.Namespace) -> str:
    options = [f"--{name} {value}" for name in ("partials", "output") if (value := getattr(arguments, name))]
    return " ".join(["dr-compile", job.spec, *options])


def _unstaged(index: Index, folders: Sequence[str]) -> Iterator[str]:
    """Files that a compile in the working copy would read and the commit does not have."""
    from compiler.topology import sources

    for folder in folders:
        try:
            names = [name for name, _ in sources.files(index.top / folder)]
        except sources.UnpackableError:
            continue
        yield from (path for name in names if (path := f"{folder}/{name}") not in index.known)
