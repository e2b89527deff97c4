"""The pre-commit hooks: whether what is about to be committed is what its specs compile to.

`dr-compile-hook --check` reports drift; `dr-compile-hook` recompiles into the working copy and says what to stage.
Both look at the index, never at the working copy: what is staged in part, or not staged at all, is judged as everybody
else will see it once it is committed.

pre-commit hands over the changed files, without those that are deleted; the hook adds these itself. A spec is
compiled where one of them is the spec, a base that it extends, its output, a partial or a configuration;
where nothing is handed over, every spec is. The code of functions has no part in what a spec compiles to.

Reports what the compiler reports, and DR803 for templates without a spec.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from compiler.commands import completion
from compiler.commands.compile import say_diff, shown, warns
from compiler.commands.hook import jobs
from compiler.commands.hook.index import Index, read
from compiler.commands.paths import CONFIGURATION
from compiler.commands.together import refuse_idle
from compiler.diagnostics.codes import Code
from compiler.reporting.console import FINE, FOUND, USAGE, complain, lint_line, report, say
from compiler.support.git import GitError
from compiler.support.shell import command, path

if TYPE_CHECKING:
    from compiler.commands.beside import Beside
    from compiler.commands.targets import Target
    from compiler.pipeline import Compiled
    from compiler.recall.record import Run

PURPOSES = {
    "version": (),
    "print_completion": (),
    "": ("check", "spec", "partials", "output", "lint", "strict", "quiet", "files"),
}
"""Which options go together."""


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
    options.add_argument("--strict", action="store_true", help="take warnings for errors: they stop the commit too")
    options.add_argument("-q", "--quiet", action="store_true", help="print no warnings, only what stops the commit")
    completion.add(options)
    options.add_argument("files", nargs="*", metavar="FILE", help="the changed files; pre-commit passes them")
    return options


def run(argv: Sequence[str], *, remembers: bool) -> int:
    """Runs the hook; returns its exit code. What it came to is remembered, if it may be."""
    options = parser()
    arguments = options.parse_args(argv)
    refuse_idle(options, arguments, PURPOSES)
    if arguments.version or arguments.print_completion:
        return completion.about(options, arguments.print_completion)
    if not remembers:
        return _check(arguments, None)[0]
    from compiler.recall import record

    return record.remembered_staged(argv, lambda noted: _check(arguments, noted))


def _check(arguments: argparse.Namespace, noted: Run | None) -> tuple[int, Index | None]:
    """The exit code, and the index that was looked at; `noted` takes down what decides besides it."""
    here = Path.cwd()
    try:
        index = read(here)
        code = _check_index(index, arguments, noted)
    except GitError as error:
        say(f"dr-compile-hook: {error}")
        return USAGE, None
    if noted:
        up = (place for place in (here, *here.parents) if place.is_relative_to(index.top))
        noted.ended = False
        noted.look((index.merge, index.top / CONFIGURATION, *(place / ".git" for place in up)))
        # Where it writes to: a folder of the commit may be a link in the working copy.
        noted.look(index.top / folder for folder in (() if arguments.check else index.watched))
        for day in index.days:
            noted.until(day)
    return code, index


def _check_index(index: Index, arguments: argparse.Namespace, noted: Run | None) -> int:
    from compiler.diagnostics.model import RejectedError

    if index.unmerged:
        return _refuse_conflicts(index.unmerged)
    changed = index.changed(arguments.files)
    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="dr-compile-") as folder:
        # Messages name files as they lie in the repository, and quote them as they are staged.
        os.chdir(folder)
        Path(".git").mkdir()  # The search for a configuration ends here.
        if noted:
            noted.own = os.fspath(Path.cwd())
        try:
            return _check_staged(index, arguments, changed)
        except RejectedError as error:
            report(error.diagnostics)
            return USAGE
        finally:
            os.chdir(before)
            if noted:
                noted.ended = True


def _check_staged(index: Index, arguments: argparse.Namespace, changed: frozenset[str] | None) -> int:
    """Checks what a commit touches, in a folder of its own; raises `RejectedError` where a configuration is wrong."""
    from compiler.commands import configuration
    from compiler.commands.targets import Options, targets

    files = [path for path in index.files if PurePosixPath(path).name == CONFIGURATION]
    if links := index.links(*files):
        return _refuse_links(links)
    if CONFIGURATION not in index.known and (index.top / CONFIGURATION).is_file():
        say(f"note: `{CONFIGURATION}` is in the working copy but not staged; the commit is checked without it")
    index.write(files, Path.cwd())
    configurations = [configuration.parse(Path(path)) for path in files]
    specs = jobs.find(index, arguments.spec or (), configurations)
    if arguments.output and len(specs) > 1:
        say("dr-compile-hook: --output is for one spec, and there are several; name it with --spec")
        return USAGE
    if idle := jobs.idle(specs, arguments.spec or ()):
        for pattern in idle:
            complain(Code.DR878, f"--spec: no staged spec matches `{pattern}`")
        return USAGE
    folders = [jobs.normal(folder.as_posix()) for found in configurations for folder in found.folders]
    chains = [base for spec in specs for base in jobs.bases(index, spec)]
    if others := index.submodules(*specs, *chains, *folders, *map(jobs.normal, filter(None, (arguments.partials,)))):
        return _refuse_submodules(others)
    index.write((*specs, *chains, *folders), Path.cwd())
    output, partials = (Path(name) if name else None for name in (arguments.output, arguments.partials))
    found = targets(tuple(map(Path, specs)), Options(output, partials), Path()) if specs else ()
    return _check_specs(index, found, arguments, changed)


def _check_specs(
    index: Index, found: Sequence[Target], arguments: argparse.Namespace, changed: frozenset[str] | None
) -> int:
    from compiler.commands.beside import compare

    index.watched.update(jobs.watched(index, found, arguments.spec or ()))
    _note_what_nobody_checks(index, [target.spec.as_posix() for target in found], changed)
    failed = False
    for folder in jobs.orphans(index, found, changed, arguments.output):
        remove = command("git", "rm", "-r", path(folder))
        complain(Code.DR803, f"no spec compiles to `{folder}` any more", f"remove them: `{remove}`")
        failed = True
    touched = [target for target in found if jobs.affected(index, target, changed)]
    beside = compare(touched, found)
    index.days.extend(beside.expires)
    for target in touched:
        failed |= _handle(index, target, arguments, beside)
    report(shown(arguments, beside.elsewhere))
    return FOUND if failed or (arguments.strict and warns(beside.elsewhere)) else FINE


def _refuse_conflicts(files: Sequence[str]) -> int:
    shown = f"`{files[0]}`" + (f" and {len(files) - 1} more" if len(files) > 1 else "")
    complain(Code.DR150, f"a merge is not finished: there are conflicts in {shown}")
    return FOUND


def _refuse_submodules(submodules: Sequence[str]) -> int:
    for folder in submodules:
        complain(Code.DR151, f"`{folder}` is a submodule, and a spec needs files in it")
    return FOUND


def _refuse_links(links: Sequence[str]) -> int:
    for link in links:
        complain(Code.DR879, f"`{link}` is a link")
    return FOUND


def _note_what_nobody_checks(index: Index, specs: Sequence[str], changed: frozenset[str] | None) -> None:
    """One note where a spec is checked by no hook, or where there is none at all."""
    if overlooked := jobs.overlooked(index, specs, changed):
        shown = ", ".join(f"`{path}`" for path in overlooked[:3]) + (", ..." if len(overlooked) > 3 else "")
        remedy = "name it in `dr-compile.toml`, or with --spec"
        say(f"note: not checked: {shown}; {remedy}")
    elif not specs:
        say("note: nothing is checked: no spec is staged in a folder `specs`, and none is named with --spec")


def _handle(index: Index, target: Target, arguments: argparse.Namespace, beside: Beside) -> bool:
    """Checks or recompiles one spec; true if the commit must not go on."""
    spec, output = target.spec.as_posix(), target.output.as_posix()
    partials = [jobs.normal(folder.as_posix()) for folder in target.partials]
    bases = jobs.bases(index, spec)
    missing = [base for base in bases if base not in index.known]
    opened = (spec, *bases, output, *partials)
    if links := (*index.links(*opened), *([] if arguments.check or index.holds(output) else [output])):
        return bool(_refuse_links(links))
    # Those that may be meant instead of a missing base, too.
    near = (name for base in missing for name in jobs.neighbours(index, base))
    index.write((output, *partials, *near), Path.cwd())
    bad = _compiled(index, target, arguments, beside)
    if bad:
        for name in (*(base for base in missing if (index.top / base).is_file()), *_unstaged(index, partials)):
            say(f"note: `{name}` is in the working copy but not staged; the templates of the commit do not include it")
    return bad


def _compiled(index: Index, target: Target, arguments: argparse.Namespace, beside: Beside) -> bool:
    from compiler.diagnostics.model import RejectedError, has_errors
    from compiler.output import emit
    from compiler.pipeline import compile_spec
    from compiler.recall.verdicts import Verdicts
    from compiler.rules.cfn_lint import OF_THE_CLOCK

    spec, output = target.spec.as_posix(), target.output.as_posix()
    found = target.findings
    try:
        with lint_line() as observe:
            compiled = compile_spec(
                target.spec,
                spec,
                partials=target.partials,
                beside=beside.of(target),
                output=target.output,
                lint=arguments.lint,
                memory=Verdicts(OF_THE_CLOCK) if arguments.lint else None,
                observe=observe,
            )
        found += compiled.diagnostics
        index.days.extend(entry.expires for entry in compiled.topology.spec.accept if entry.expires)
        drift = emit.compare(compiled.bundle, target.output, output, target.command)
        if arguments.strict and warns(found):
            report((*found, *drift))
            say("With --strict a warning is an error.")
            return True
        if not arguments.check:
            emit.write(compiled.bundle, index.top / output)
    except RejectedError as error:
        report((*found, *error.diagnostics))
        return True
    report(shown(arguments, (*found, *drift)))
    if not has_errors(drift):
        return has_errors(found)
    _say_drift(index, target, compiled)
    strays = emit.strays_in(compiled.bundle, target.output)
    commands = [command("git", "rm", "--force", *(path(f"{output}/{name}") for name in strays))] if strays else []
    if emit.is_stale(drift):
        commands += [target.command] if arguments.check else []
        commands.append(command("git", "add", "--all", path(output)))
    done = "What is staged is not what" if arguments.check else "Compiled again, since what is staged is not what"
    say(f"{done} `{spec}` compiles to. To fix it:")
    say("".join(f"  {command}\n" for command in commands), end="")
    return True


def _say_drift(index: Index, target: Target, compiled: Compiled) -> None:
    """Says what deploying the compiled templates would do to a system deployed from the staged ones, if readable."""
    from compiler.diagnostics.model import RejectedError
    from compiler.diff.run import diff

    try:
        changes = diff(compiled, index.top / target.spec, target.output, target.output.as_posix())
    except RejectedError:
        return
    say_diff(changes, f"{target.command} --diff --against HEAD")


def _unstaged(index: Index, folders: Sequence[str]) -> Iterator[str]:
    """Partials that a compile in the working copy would read and the commit does not have."""
    for folder in folders:
        found = sorted((index.top / folder).rglob("*.j2"))
        yield from (path for item in found if (path := item.relative_to(index.top).as_posix()) not in index.known)
