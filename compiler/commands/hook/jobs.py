"""Which specs a repository has, and which of them a commit touches."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from compiler.commands.hook.index import Index, below
from compiler.commands.options import output_folder
from compiler.reading.chain import MOST
from compiler.rollout.manifest import templates_in
from compiler.support.frozen import frozen

_YAML = (".yaml", ".yml")
_CONFIGURATION = (".pre-commit-config.yaml", ".pre-commit-hooks.yaml")
# Three of these at the beginning of a line make a YAML file in a folder `specs` one of ours, legal or not.
_SECTIONS = re.compile(rb"^(objectives|regions|naming|functions|api|dns|tables|buckets|quotas)[ \t]*:", re.MULTILINE)
_ENOUGH = 3
_BASE = re.compile(rb"^base[ \t]*:[ \t]*true\b", re.MULTILINE)
_EXTENDS = re.compile(rb"^extends[ \t]*:[ \t]*[\"']?([^\s\"'#]+)", re.MULTILINE)


@frozen
class Job:
    """A spec and the folder its templates belong to, both from the top of the repository."""

    spec: str
    output: str


def find(index: Index, patterns: Sequence[str] | None, output: str | None) -> tuple[Job, ...]:
    """The specs there are: those that match the patterns, or those that lie in a folder `specs` and look like one.

    A base is none of them. `output` is the templates' folder, where it is not the usual one beside the spec.
    """
    found = []
    for path in index.files:
        folder = normal(output) if output else _relative(output_folder(index.top / path), index.top)
        if patterns:
            wanted = any(_matches(path, pattern) for pattern in patterns)
        else:
            usual = path.endswith(_YAML) and PurePosixPath(path).parent.name == "specs"
            wanted = usual and _is_spec(index, path, folder)
        if wanted and not _BASE.search(index.content(path)):
            found.append(Job(path, folder))
    return tuple(found)


def idle(jobs: Sequence[Job], patterns: Sequence[str]) -> tuple[str, ...]:
    """Patterns that match no spec: a typing error would switch the check off for ever."""
    return tuple(pattern for pattern in patterns if not any(_matches(job.spec, pattern) for job in jobs))


def _matches(path: str, pattern: str) -> bool:
    return fnmatch(path, normal(pattern))


def overlooked(index: Index, jobs: Sequence[Job], changed: frozenset[str] | None) -> tuple[str, ...]:
    """Changed YAML files that look like a spec and are checked by nobody; without changes, all of them if none is.

    A spec that says `extends`, or is only extended, is looked at with the one that is compiled.
    """
    known = {name for job in jobs for name in (job.spec, *bases(index, job.spec))}
    looked = changed if changed is not None else () if jobs else index.files
    return tuple(path for path in sorted(looked) if path in index.known and path.endswith(_YAML) and path not in known
                 and _looks_like_a_spec(index, path) and not _BASE.search(index.content(path)))  # fmt: skip


def _is_spec(index: Index, path: str, output: str) -> bool:
    if f"{output}/manifest.json" in index.known:
        return True
    return _looks_like_a_spec(index, path)


def _looks_like_a_spec(index: Index, path: str) -> bool:
    text = b"\n".join(index.content(name) for name in (path, *bases(index, path)) if name in index.known)
    return b"dr-topology.schema.json" in text or len(set(_SECTIONS.findall(text))) >= _ENOUGH


def bases(index: Index, spec: str) -> tuple[str, ...]:
    """The files that a spec extends, from the top of the repository, whether they are staged or not."""
    found = [spec]
    while found[-1] in index.known and len(found) <= MOST and (named := _EXTENDS.search(index.content(found[-1]))):
        path = normal(str(PurePosixPath(found[-1]).parent / os.fsdecode(named[1])))
        if path in found:
            break
        found.append(path)
    return tuple(found[1:])


def neighbours(index: Index, path: str) -> tuple[str, ...]:
    """The YAML files in the folder of a file."""
    folder = PurePosixPath(path).parent
    return tuple(name for name in index.files if name.endswith(_YAML) and PurePosixPath(name).parent == folder)


def _relative(path: Path, top: Path) -> str:
    return Path(os.path.relpath(path, top)).as_posix()


def orphans(
    index: Index, jobs: Sequence[Job], changed: frozenset[str] | None, output: str | None = None
) -> Iterator[str]:
    """Output folders whose spec is gone, those that this change touches; None stands for all files.

    `output` is the folder that was named for the only spec.
    """
    outputs = {job.output for job in jobs}
    if output and not jobs and any(below(path, normal(output)) for path in index.files):
        yield normal(output)
    for path in index.files:
        if not path.endswith("/manifest.json"):
            continue
        folder = PurePosixPath(path).parent
        if folder.parent.name != "templates" or str(folder) in outputs or not templates_in(index.content(path)):
            continue
        specs = [f"{folder.parent.parent / place / folder.name}{end}" for place in ("specs", "") for end in _YAML]
        if any(spec in index.known for spec in specs):
            continue
        if changed is None or any(below(name, str(folder)) or name in specs for name in changed):
            yield str(folder)


def affected(index: Index, job: Job, partials: str | None, changed: frozenset[str] | None) -> bool:
    """Whether one of the changed files has a part in what `job` compiles to; None stands for all files.

    The configuration of the hooks has one: another version of the compiler compiles to something else.
    """
    if changed is None or changed & {job.spec, *bases(index, job.spec), *_CONFIGURATION}:
        return True
    folders = [job.output, *([normal(partials)] if partials else [])]
    return any(below(path, folder) for path in changed for folder in folders)


def normal(path: str) -> str:
    return os.path.normpath(path).replace(os.sep, "/")
