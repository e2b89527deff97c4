"""Files as they are at a revision of the git repository around them. Reports DR851 and DR852."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, Label, Position, RejectedError, Rule, Span
from compiler.reading.textfile import UnreadableError
from compiler.support import git
from compiler.support.frozen import frozen

HEAD = "HEAD"


@frozen
class Revision:
    """One commit, as seen from a folder; `shown` is what the user called it."""

    folder: Path
    commit: str
    shown: str

    def files(self, paths: Iterable[Path]) -> dict[Path, bytes]:
        """The files at the revision, those left out that are not there; one call of git for all of them."""
        # Each name is a line of what git is given.
        wanted = [path for path in paths if "\n" not in str(path)]
        names = {path: f"{self.commit}:./{_relative(path, self.folder)}" for path in wanted}
        try:
            answer = git.ask(
                self.folder, "cat-file", "--batch", given="".join(f"{n}\n" for n in names.values()).encode()
            )
        except git.GitError as error:
            raise _refused(Code.DR851, str(error)) from None
        found: dict[Path, bytes] = {}
        for path in wanted:
            line, _, answer = answer.partition(b"\n")
            parts = line.rsplit(b" ", 2)
            # `<object> blob <size>` is followed by the content and a line end, anything else by nothing.
            if len(parts) == 3 and parts[2].isdigit():
                size = int(parts[2])
                if parts[1] == b"blob":
                    found[path] = answer[:size]
                answer = answer[size + 1 :]
        return found


def at(revision: str, near: Path) -> Revision:
    """The revision that `revision` names in the repository around `near`; raises `RejectedError`."""
    folder = _existing(near)
    try:
        git.ask(folder, "rev-parse", "--git-dir")
    except git.GitError as error:
        raise _refused(Code.DR851, str(error)) from None
    try:
        commit = git.ask(folder, "rev-parse", "--quiet", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    except git.GitError:
        raise _refused(Code.DR852, f"git does not know the revision `{revision}`") from None
    return Revision(folder, commit.decode("ascii").strip(), revision)


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


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above that is there: a revision may have folders that are gone now."""
    folder = folder.absolute()
    return next((place for place in (folder, *folder.parents) if place.is_dir()), folder)


def _relative(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path.absolute(), folder)).as_posix()


def _refused(rule: Rule, message: str) -> RejectedError:
    at = Position(1, 1)
    return RejectedError([Diagnostic(rule, message, (Label(Span("git", at, at)),))])
