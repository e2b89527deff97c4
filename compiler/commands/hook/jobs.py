"""What is staged, which specs a repository has, and which of them a commit touches."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path, PurePosixPath

from compiler.commands.options import output_folder
from compiler.rollout.manifest import templates_in
from compiler.support import git
from compiler.support.frozen import frozen

_EMPTY_TREE = "0" * 40


@frozen
class Index:
    """The staged files of the repository whose work tree begins at `top`; paths count from there, with slashes."""

    top: Path

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Every staged file, sorted."""
        listed = git.ask(self.top, "ls-files", "-z", "--cached")
        return tuple(sorted(set(_names(listed))))

    @cached_property
    def known(self) -> frozenset[str]:
        """The same to look names up in."""
        return frozenset(self.files)

    def content(self, path: str) -> bytes:
        """A staged file's bytes as they are stored."""
        return git.ask(self.top, "cat-file", "blob", f":{path}")

    def changed(self, given: Sequence[str]) -> frozenset[str] | None:
        """The changed files: those given, and those deleted, which pre-commit leaves out; None where none is given."""
        if not given:
            return None
        here = Path.cwd()
        return frozenset(
            {*(Path(os.path.relpath(here / name, self.top)).as_posix() for name in given), *self._deleted()}
        )

    def _deleted(self) -> Iterable[str]:
        # The range that pre-commit was asked about, if any: https://pre-commit.com/#pre-commit-during-push
        old, new = (os.environ.get(f"PRE_COMMIT_{end}_REF") for end in ("FROM", "TO"))
        options = ("--name-only", "-z", "--no-renames", "--diff-filter=D")
        if old and new and old != _EMPTY_TREE:
            return _names(git.ask(self.top, "diff", *options, f"{old}...{new}"))
        return _names(git.ask(self.top, "diff", "--cached", *options))

    def write(self, paths: Iterable[str], folder: Path) -> None:
        """Writes the staged files at or below `paths` into `folder`, with the line ends of a neutral checkout."""
        wanted = [path for path in paths if not path.startswith("../")]
        # Plain paths, not patterns; those that are not staged are simply not there.
        listed = (
            git.ask(self.top, "--literal-pathspecs", "ls-files", "-z", "--cached", "--", *wanted) if wanted else b""
        )
        git.ask(
            self.top, "-c", "core.autocrlf=false", "-c", "core.eol=lf",
            "checkout-index", "-z", "--stdin", "--force", f"--prefix={folder}/", given=listed,
        )  # fmt: skip


def read(here: Path) -> Index:
    """The index of the repository around `here`; raises `GitError` where there is none."""
    # The way up from here rather than git's own path, which may go through other links.
    up = os.fsdecode(git.ask(here, "rev-parse", "--show-cdup")).rstrip("\r\n")
    return Index(Path(os.path.normpath(here / up)))


def _names(listed: bytes) -> tuple[str, ...]:
    return tuple(os.fsdecode(name) for name in listed.split(b"\0") if name)


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
