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
import re
import tempfile
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from compiler import staged
from compiler.codes import Code
from compiler.console import FINE, FOUND, USAGE, coloured, guarded, say
from compiler.staged import GitError, Index
from compiler.values import frozen

if TYPE_CHECKING:
    from compiler.diagnostics import Diagnostic

_CONFIGURATION = (".pre-commit-config.yaml", ".pre-commit-hooks.yaml")
# Three of these at the beginning of a line make a YAML file in a folder `specs` one of ours, legal or not.
_SECTIONS = re.compile(rb"^(objectives|regions|naming|functions|api|dns|tables|buckets|quotas)[ \t]*:", re.MULTILINE)
_ENOUGH = 3


@frozen
class Job:
    """A spec and the folder its templates belong to, both from the top of the repository."""

    spec: str
    output: str


def parser() -> argparse.ArgumentParser:
    """The options, as `--help` and docs/cli.md show them."""
    made = argparse.ArgumentParser(
        prog="dr-compile-hook",
        description="Checks that staged templates are what the staged specs compile to, or recompiles them.",
        allow_abbrev=False,
    )
    made.add_argument("--check", action="store_true", help="write nothing; fail where templates have drifted")
    made.add_argument(
        "--spec", metavar="PATTERN", action="append",
        help="specs of the repository, such as infra/*.yaml; every spec in a folder `specs` if left out",
    )  # fmt: skip
    made.add_argument("--partials", metavar="DIR", help="folder of partials, from the top of the repository")
    made.add_argument("--output", metavar="DIR", help="folder of the templates, where there is only one spec")
    made.add_argument("--lint", action="store_true", help="run cfn-lint too, which takes some seconds")
    made.add_argument("files", nargs="*", metavar="FILE", help="changed files, as pre-commit hands them over")
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the hook; returns its exit code."""
    return guarded(_run, argv, "dr-compile-hook")


def _run(argv: Sequence[str]) -> int:
    arguments = parser().parse_args(argv)
    try:
        return _judged(staged.read(Path.cwd()), arguments)
    except GitError as error:
        say(f"dr-compile-hook: {error}")
        return USAGE


def _judged(index: Index, arguments: argparse.Namespace) -> int:
    changed = index.changed(arguments.files)
    jobs = _jobs(index, arguments)
    if arguments.output and len(jobs) > 1:
        say("dr-compile-hook: --output is for one spec, and there are several; name it with --spec")
        return USAGE
    failed = _orphans(index, jobs, changed)
    for job in jobs:
        if _affected(index, job, arguments.partials, changed):
            failed |= _handle(index, job, arguments)
    return FOUND if failed else FINE


def _jobs(index: Index, arguments: argparse.Namespace) -> tuple[Job, ...]:
    """The specs there are: those that match the patterns, or those that lie in a folder `specs` and look like one."""
    from compiler.cli import output_folder

    found = []
    for path in index.files:
        if not path.endswith((".yaml", ".yml")):
            continue
        output = arguments.output or _relative(output_folder(index.top / path), index.top)
        if arguments.spec:
            wanted = any(fnmatch(path, pattern) for pattern in arguments.spec)
        else:
            wanted = PurePosixPath(path).parent.name == "specs" and _is_spec(index, path, output)
        if wanted:
            found.append(Job(path, output))
    return tuple(found)


def _is_spec(index: Index, path: str, output: str) -> bool:
    if f"{output}/manifest.json" in index.files:
        return True
    text = index.content(path)
    return b"dr-topology.schema.json" in text or len(set(_SECTIONS.findall(text))) >= _ENOUGH


def _relative(path: Path, top: Path) -> str:
    return Path(os.path.relpath(path, top)).as_posix()


def _orphans(index: Index, jobs: Sequence[Job], changed: frozenset[str] | None) -> bool:
    """Reports output folders whose spec is gone; true if there is one that this change touches."""
    outputs = {job.output for job in jobs}
    found = False
    for path in index.files:
        if not path.endswith("/manifest.json"):
            continue
        folder = PurePosixPath(path).parent
        if folder.parent.name != "templates":
            continue
        if str(folder) in outputs or b'"stacks"' not in index.content(path):
            continue
        specs = [f"{folder.parent.parent / place / folder.name}{end}" for place in ("specs", "") for end in _YAML]
        if any(spec in index.files for spec in specs):
            continue
        touched = changed is None or any(_below(name, str(folder)) or name in specs for name in changed)
        if touched:
            say(f"error[DR803]: no spec compiles to `{folder}` any more\n  = help: git rm -r {folder}\n")
            found = True
    return found


_YAML = (".yaml", ".yml")


def _below(path: str, folder: str) -> bool:
    return folder == "." or path == folder or path.startswith(f"{folder.rstrip('/')}/")


def _affected(index: Index, job: Job, partials: str | None, changed: frozenset[str] | None) -> bool:
    """Whether one of the changed files has a part in what `job` compiles to; None stands for all files."""
    if changed is None or job.spec in changed or changed & set(_CONFIGURATION):
        return True
    folders = [job.output, *([_normal(partials)] if partials else [])]
    sources = _sources(index, job.spec)
    if sources is None:
        return True
    return any(_below(path, folder) for path in changed for folder in (*folders, *sources))


def _sources(index: Index, spec: str) -> tuple[str, ...] | None:
    """Folders of the functions' code, from the top of the repository; None where the spec cannot be read."""
    from compiler import source
    from compiler.diagnostics import Rejected

    try:
        value = source.load(index.content(spec).decode("utf-8-sig").replace("\r\n", "\n"), spec).value
    except (Rejected, UnicodeDecodeError):
        return None
    functions = value.get("functions") if isinstance(value, dict) else None
    if not isinstance(functions, list):
        return None
    found = [item.get("source") for item in functions if isinstance(item, dict)]
    beside = PurePosixPath(spec).parent
    return tuple(_normal(str(beside / name)) for name in found if isinstance(name, str))


def _normal(path: str) -> str:
    return os.path.normpath(path).replace(os.sep, "/")


def _handle(index: Index, job: Job, arguments: argparse.Namespace) -> bool:
    """Checks or recompiles one spec; true if the commit must not go on."""
    inputs = [*(_sources(index, job.spec) or ()), *([_normal(arguments.partials)] if arguments.partials else [])]
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
            say(f"note: `{path}` is in the working copy but not staged; the templates of the commit leave it out")
    return bad


def _compiled(index: Index, job: Job, arguments: argparse.Namespace) -> bool:
    from compiler import emit, show
    from compiler.diagnostics import Rejected, has_errors
    from compiler.pipeline import compile_spec

    overlay = Path(arguments.partials) if arguments.partials else None
    found: tuple[Diagnostic, ...] = ()
    try:
        compiled = compile_spec(Path(job.spec), job.spec, overlay=overlay, lint=arguments.lint)
        found = compiled.diagnostics
        drift = emit.compare(compiled.bundle, Path(job.output), job.output)
        if not arguments.check:
            emit.write(compiled.bundle, index.top / job.output)
    except Rejected as error:
        say(show.text((*found, *error.diagnostics), show.Sources({}), colour=coloured()), end="")
        return True
    say(show.text((*found, *drift), show.Sources({}), colour=coloured()), end="")
    if not has_errors(drift):
        return has_errors(found)
    strays = [item.span.file for item in drift if item.rule is Code.DR803]
    commands = [f"git rm {' '.join(strays)}"] if strays else []
    if len(strays) < len(drift):
        commands += [_command(job, arguments)] if arguments.check else []
        commands.append(f"git add --all {job.output}")
    done = "What is staged is not what" if arguments.check else "Compiled again, since what is staged is not what"
    say(f"{done} `{job.spec}` compiles to. To mend it:")
    say("".join(f"  {command}\n" for command in commands), end="")
    return True


def _command(job: Job, arguments: argparse.Namespace) -> str:
    options = [f"--{name} {value}" for name in ("partials", "output") if (value := getattr(arguments, name))]
    return " ".join(["dr-compile", job.spec, *options])


def _unstaged(index: Index, folders: Sequence[str]) -> Iterator[str]:
    """Files that a compile in the working copy would read and the commit does not have."""
    from compiler import archive

    tracked = frozenset(index.files)
    for folder in folders:
        try:
            names = [name for name, _ in archive.files(index.top / folder)]
        except archive.Unpackable:
            continue
        yield from (path for name in names if (path := f"{folder}/{name}") not in tracked)


if __name__ == "__main__":
    raise SystemExit(main())
