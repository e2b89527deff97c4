"""Which specs a repository has, where their templates belong, and which of them a change has a part in."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from compiler.commands.hook.staged import Index
from compiler.commands.options import output_folder
from compiler.rollout.manifest import templates_in
from compiler.support.frozen import frozen

_YAML = (".yaml", ".yml")
_CONFIGURATION = (".pre-commit-config.yaml", ".pre-commit-hooks.yaml")
# Three of these at the beginning of a line make a YAML file in a folder `specs` one of ours, legal or not.
_SECTIONS = re.compile(rb"^(objectives|regions|naming|functions|api|dns|tables|buckets|quotas)[ \t]*:", re.MULTILINE)
_ENOUGH = 3


@frozen
class Job:
    """A spec and the folder its templates belong to, both from the top of the repository."""

    spec: str
    output: str


def find(index: Index, patterns: Sequence[str] | None, output: str | None) -> tuple[Job, ...]:
    """The specs there are: those that match the patterns, or those that lie in a folder `specs` and look like one.

    `output` is the templates' folder, where it is not the usual one beside the spec.
    """
    found = []
    for path in index.files:
        if not path.endswith(_YAML):
            continue
        folder = normal(output) if output else _relative(output_folder(index.top / path), index.top)
        if patterns:
            wanted = any(fnmatch(path, pattern) for pattern in patterns)
        else:
            wanted = PurePosixPath(path).parent.name == "specs" and _is_spec(index, path, folder)
        if wanted:
            found.append(Job(path, folder))
    return tuple(found)


def _is_spec(index: Index, path: str, output: str) -> bool:
    if f"{output}/manifest.json" in index.known:
        return True
    text = index.content(path)
    return b"dr-topology.schema.json" in text or len(set(_SECTIONS.findall(text))) >= _ENOUGH


def _relative(path: Path, top: Path) -> str:
    return Path(os.path.relpath(path, top)).as_posix()


def orphans(index: Index, jobs: Sequence[Job], changed: frozenset[str] | None) -> Iterator[str]:
    """Output folders whose spec is gone, those that this change touches; None stands for all files."""
    outputs = {job.output for job in jobs}
    for path in index.files:
        if not path.endswith("/manifest.json"):
            continue
        folder = PurePosixPath(path).parent
        if folder.parent.name != "templates" or str(folder) in outputs or not templates_in(index.content(path)):
            continue
        specs = [f"{folder.parent.parent / place / folder.name}{end}" for place in ("specs", "") for end in _YAML]
        if any(spec in index.known for spec in specs):
            continue
        if changed is None or any(_below(name, str(folder)) or name in specs for name in changed):
            yield str(folder)


def _below(path: str, folder: str) -> bool:
    return folder == "." or path == folder or path.startswith(f"{folder.rstrip('/')}/")


def affected(index: Index, job: Job, partials: str | None, changed: frozenset[str] | None) -> bool:
    """Whether one of the changed files has a part in what `job` compiles to; None stands for all files.

    The configuration of the hooks has one: another version of the compiler compiles to something else.
    """
    if changed is None or job.spec in changed or changed & set(_CONFIGURATION):
        return True
    folders = [job.output, *([normal(partials)] if partials else [])]
    read = sources(index, job.spec)
    if read is None:
        return True
    return any(_below(path, folder) for path in changed for folder in (*folders, *read))


def sources(index: Index, spec: str) -> tuple[str, ...] | None:
    """Folders of the functions' code, from the top of the repository; None where the spec cannot be read."""
    from compiler.diagnostics.model import RejectedError
    from compiler.reading.document import load_document

    try:
        value = load_document(index.content(spec).decode("utf-8-sig").replace("\r\n", "\n"), spec).value
    except (RejectedError, UnicodeDecodeError):
        return None
    functions = value.get("functions") if isinstance(value, dict) else None
    if not isinstance(functions, list):
        return None
    found = [item.get("source") for item in functions if isinstance(item, dict)]
    beside = PurePosixPath(spec).parent
    return tuple(normal(str(beside / name)) for name in found if isinstance(name, str))


def normal(path: str) -> str:
    return os.path.normpath(path).replace(os.sep, "/")
