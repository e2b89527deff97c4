"""What is staged, and what of it a commit changes."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from compiler.recall import staged
from compiler.support import git
from compiler.support.frozen import frozen

_EMPTY_TREE = "0" * 40
_LINK = "120000"
"""Mode of a symbolic link in an index."""
_POINTER = b"version https://git-lfs.github.com/spec/"
"""What Git LFS stores instead of a file: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md (read 2026-11-27)"""
_SUBMODULE = "160000"
"""Mode of a commit of another repository."""

_INDEX_FILE = "GIT_INDEX_FILE"


@frozen
class Index:
    """The staged files of the repository whose work tree begins at `top`; paths count from there, with slashes.

    `merge` is the file that git has while a commit ends a merge that had conflicts.
    """

    top: Path
    merge: Path

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Every staged file, sorted."""
        return tuple(sorted(self._entries))

    @cached_property
    def _entries(self) -> Mapping[str, tuple[str, str, str]]:
        """Mode, object and stage of every staged file."""
        # Each entry: `<mode> <object> <stage>\t<path>`, https://git-scm.com/docs/git-ls-files#_output
        listed = _names(git.ask(self.top, "ls-files", "-z", "--cached", "--stage"))
        entries = ((entry.partition("\t")[0].split(" "), entry.partition("\t")[2]) for entry in listed)
        return {path: (mode, name, stage) for (mode, name, stage), path in entries}

    @cached_property
    def watched(self) -> set[str]:
        """What a run looks at besides `staged.SUFFIXES`; the run fills it in."""
        return set()

    @cached_property
    def days(self) -> list[str]:
        """Last days of what was accepted; the run fills them in."""
        return []

    @cached_property
    def merges(self) -> bool:
        """Whether the commit ends a merge that had conflicts."""
        return self.merge.exists()

    @property
    def unmerged(self) -> tuple[str, ...]:
        """Files of which a merge left several versions."""
        return tuple(path for path, (_, _, stage) in self._entries.items() if stage != "0")

    def links(self, *paths: str) -> tuple[str, ...]:
        """Staged links at, above or below paths: what is read or written through them is not in the commit."""
        return tuple(
            link for link, (mode, _, _) in self._entries.items()
            if mode == _LINK and any(below(link, path) or below(path, link) for path in paths)
        )  # fmt: skip

    def submodules(self, *paths: str) -> tuple[str, ...]:
        """Submodules at or above paths: the commit has none of their files."""
        return tuple(
            other for other, (mode, _, _) in self._entries.items()
            if mode == _SUBMODULE and any(below(path, other) for path in paths)
        )  # fmt: skip

    @cached_property
    def known(self) -> frozenset[str]:
        """The same to look names up in."""
        return frozenset(self.files)

    def holds(self, path: str) -> bool:
        """Whether a path of the working copy is in the repository, behind all links."""
        return Path(os.path.realpath(self.top / path)).is_relative_to(os.path.realpath(self.top))

    def content(self, path: str) -> bytes:
        """A staged file's bytes as they are stored."""
        self.fetch((path,))
        return self._contents[path]

    def fetch(self, paths: Iterable[str]) -> None:
        """Reads staged files in one process of git, which takes longer to start than to answer."""
        wanted = [path for path in dict.fromkeys(paths) if path not in self._contents]
        if not wanted:
            return
        # https://git-scm.com/docs/git-cat-file#_batch_output: `<object> <type> <size>`, the bytes, and a line end.
        asked = b"".join(self._entries[path][1].encode() + b"\n" for path in wanted)
        answer = git.ask(self.top, "cat-file", "--batch", given=asked)
        at = 0
        for path in wanted:
            about, _, _ = answer[at:].partition(b"\n")
            at += len(about) + 1
            if about.split(b" ")[1:2] != [b"blob"]:
                raise git.GitError(f"`{path}` is no file in the index")
            size = int(about.rsplit(b" ", 1)[1])
            self._contents[path] = answer[at : at + size]
            at += size + 1

    @cached_property
    def _contents(self) -> dict[str, bytes]:
        """What was asked for: a spec is looked at more than once."""
        return {}

    def changed(self, given: Sequence[str]) -> frozenset[str] | None:
        """The changed files: those given, and those that pre-commit leaves out; None where none is given."""
        if not given:
            return None
        here = Path.cwd()
        return frozenset(
            {*(Path(os.path.relpath(here / name, self.top)).as_posix() for name in given), *self._left_out()}
        )

    def _left_out(self) -> Iterable[str]:
        """Deleted files; at the end of a merge all that differ from HEAD, since only those with conflicts are given."""
        # The range that pre-commit was asked about, if any: https://pre-commit.com/#pre-commit-during-push
        old, new = (os.environ.get(f"PRE_COMMIT_{end}_REF") for end in ("FROM", "TO"))
        options = ("--name-only", "-z", "--no-renames", *(() if self.merges else ("--diff-filter=D",)))
        if old and new and old != _EMPTY_TREE:
            # What stands in the environment is a revision, never an option.
            return _names(git.ask(self.top, "diff", *options, "--end-of-options", f"{old}...{new}", "--"))
        return _names(git.ask(self.top, "diff", "--cached", *options)) if self.merges else self._deleted

    @cached_property
    def _deleted(self) -> tuple[str, ...]:
        """What HEAD has and the index does not have."""
        return _names(git.ask(self.top, "diff", "--cached", "--name-only", "-z", "--no-renames", "--diff-filter=D"))

    def write(self, paths: Iterable[str], folder: Path) -> None:
        """Writes the staged files at or below `paths` into `folder`, as they are stored.

        What a filter stores in another form (Git LFS, git-crypt, another encoding) is written as git checks it out.
        """
        wanted = [path for path in paths if not path.startswith("../")]
        found = (name for name in self.files if any(below(name, path) for path in wanted))
        files = [name for name in found if self._entries[name][0] != _SUBMODULE]
        self.fetch(files)
        for name in files:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            if self._entries[name][0] == _LINK:
                target.symlink_to(os.fsdecode(self._contents[name]))
            else:
                target.write_bytes(self._contents[name])
        filtered = [
            name for name in files if b"\0" in self._contents[name] or self._contents[name].startswith(_POINTER)
        ]
        if filtered:
            neutral = ("-c", "core.autocrlf=false", "-c", "core.eol=lf")
            given = [os.fsencode(name) + b"\0" for name in filtered]
            options = ("-z", "--stdin", "--force", f"--prefix={folder}/")
            git.ask(self.top, *neutral, "checkout-index", *options, given=b"".join(given))

    def judged(self, listed: bytes, folders: Collection[str], *, deleted: bool) -> bool:
        """Whether `staged.listing` lists what was judged: git was asked at another moment, and in other words."""
        lines = {os.fsdecode(line) for line in listed.split(b"\0") if line}
        ours = {" ".join((*entry, name)) for name, entry in self._entries.items() if staged.relevant(name, folders)}
        gone = {line.split(" ", 3)[3] for line in lines - ours if line.split(" ", 3)[2] == "1"}
        return (
            ours <= lines
            and len(gone) == len(lines - ours)
            and gone == {name for name in (self._deleted if deleted else ()) if staged.relevant(name, folders)}
        )


def read(here: Path) -> Index:
    """The index of the repository around `here`; raises `GitError` where there is none."""
    # The way up from here rather than git's own path, which may go through other links.
    answer = os.fsdecode(git.ask(here, "rev-parse", "--show-cdup", "--git-path", "MERGE_HEAD"))
    up, merge = answer.replace("\r\n", "\n").removesuffix("\n").split("\n", 1)
    top = Path(os.path.normpath(here / up))
    named = os.environ.get(_INDEX_FILE)
    if named and not any((folder / named).exists() for folder in (here, top)):
        # git takes it for an index without any files, and nothing would be checked.
        raise git.GitError(f"{_INDEX_FILE} names `{named}`, which does not exist")
    return Index(top, here / merge)


def _names(listed: bytes) -> tuple[str, ...]:
    return tuple(os.fsdecode(name) for name in listed.split(b"\0") if name)


def below(path: str, folder: str) -> bool:
    return folder == "." or path == folder or path.startswith(f"{folder.rstrip('/')}/")
