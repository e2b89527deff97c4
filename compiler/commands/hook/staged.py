"""The index of a git repository: what would be committed now, apart from what lies in the working copy.

Everything is asked of `git` itself, so that its attributes, filters and a temporary index (`git commit FILE`) hold.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

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
