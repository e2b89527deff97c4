"""Files as they are at a revision of the git repository around them. Reports DR851 and DR852."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, Label, Position, RejectedError, Rule, Span
from compiler.reading.textfile import UnreadableError
from compiler.support import git
from compiler.support.committed import Commit
from compiler.support.frozen import frozen

HEAD = "HEAD"


@frozen
class Revision:
    """One commit, as seen from a folder; `shown` is what the user called it."""

    folder: Path
    shown: str
    commit: Commit

    def files(self, paths: Iterable[Path]) -> dict[Path, bytes]:
        """The files at the revision, those left out that are not there."""
        found = {path: self._file(_relative(path, self.folder)) for path in paths}
        return {path: data for path, data in found.items() if data is not None}

    def _file(self, path: str) -> bytes | None:
        try:
            return self.commit.file(path)
        except OSError:
            raise _refused(Code.DR851, _why(self.folder, f"{self.shown}:./{path}")) from None


@contextmanager
def opened(revision: str, near: Path) -> Iterator[Revision | None]:
    """The revision that `revision` names in the repository around `near`; None where there is none."""
    folder = existing(near)
    commit = Commit(str(folder), revision)
    try:
        yield Revision(folder, revision, commit) if commit.exists else None
    finally:
        commit.close()


def unknown(revision: str, near: Path) -> RejectedError:
    """What is wrong where there is no such revision."""
    try:
        git.ask(existing(near), "rev-parse", "--git-dir")
    except git.GitError as error:
        return _refused(Code.DR851, str(error))
    says = f"git does not know the revision `{revision}`"
    try:
        git.ask(existing(near), "rev-parse", "--verify", "--quiet", "HEAD")
    except git.GitError:
        return _refused(
            Code.DR852,
            f"{says}: nothing is committed yet",
            "leave `--against` out: then the templates in the folder are compared; or commit first",
        )
    return _refused(Code.DR852, says)


def _why(folder: Path, name: str) -> str:
    """What git says where it ends instead of reading a file."""
    try:
        git.ask(folder, "cat-file", "-p", name)
    except git.GitError as error:
        return str(error)
    return "git ended before it had read everything"


@frozen
class Committed:
    """Files as a revision has them, by paths that count from `folder`: a spec's bases are read there as well."""

    revision: Revision
    folder: Path

    def read(self, path: str) -> bytes:
        target = self.folder / path
        found = self.revision.files([target])
        if target not in found:
            raise UnreadableError(f"does not exist at {self.revision.shown}")
        return found[target]

    def names(self, folder: str) -> Iterable[str]:
        del folder
        return ()


def existing(folder: Path) -> Path:
    """The folder, or the nearest one above that is there: a revision may have folders that are gone now."""
    folder = folder.absolute()
    return next((place for place in (folder, *folder.parents) if place.is_dir()), folder)


def _relative(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path.absolute(), folder)).as_posix()


def _refused(rule: Rule, message: str, remedy: str | None = None) -> RejectedError:
    at = Position(1, 1)
    return RejectedError([Diagnostic(rule, message, (Label(Span("git", at, at)),), remedy)])
