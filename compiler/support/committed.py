"""Files as a commit has them, from one process of git, which answers one question after the other.

Each question is an audit event too, so that `compiler.recall.record` sees it without being told of. A command that is
answered from memory asks here again, so this module imports almost nothing.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ASKED = "compiler.committed.asked"
"""The audit event: a question, and the bytes of the file, None where there is none, or an error. A question is the
lines folder, revision and path; without a path it asks whether there is such a commit."""

_COMMAND = ("git", "--no-replace-objects", "-C", "", "cat-file", "--batch")
"""Without replacements of objects: what is committed is what counts. The empty word is the folder."""


def is_ours(words: object) -> bool:
    """Whether this module starts a process with such words."""
    return isinstance(words, list) and [*words[:3], "", *words[4:]] == list(_COMMAND)


class Commit:
    """The commit that `revision` names in the repository around `folder`, until it is closed.

    The name is looked up again for each `Commit`, and once: a branch that moves meanwhile is not noticed. The question
    is put at once, and its answer is read when it is needed.
    https://git-scm.com/docs/git-cat-file#_batch_output (read 2026-11-27)
    """

    def __init__(self, folder: str, revision: str) -> None:
        self._near = folder, revision
        self._ours = self._theirs = -1
        self._wait: Callable[[], object] | None = None
        self._ahead = b""
        self._name: bytes | None = None
        self._looked = False
        try:
            self._start(folder)
            self._put(os.fsencode(f"{revision}^{{commit}}"))
        except OSError:
            self.close()

    @property
    def exists(self) -> bool:
        """Whether there is such a commit; no, where git does not answer."""
        if not self._looked:
            self._looked = True
            try:
                found = self._answer() if self._wait else None
            except OSError:
                found = None
            if found and found[1] == b"commit":
                self._name = found[0]
            self._tell("", b"" if self._name else None)
        return self._name is not None

    def file(self, path: str) -> bytes | None:
        """The bytes of a file, by its path from the folder; None where there is none. Raises `OSError`."""
        if not self.exists or self._name is None or "\n" in path:
            # Each question is a line.
            return None
        try:
            self._put(self._name + b":./" + os.fsencode(path))
            found = self._answer()
        except OSError as error:
            self._tell(path, error)
            raise
        data = found[2] if found and found[1] == b"blob" else None
        self._tell(path, data)
        return data

    def _tell(self, path: str, found: bytes | OSError | None) -> None:
        sys.audit(ASKED, os.fsencode("\n".join((*self._near, path))), found)

    def close(self) -> None:
        """Ends the process."""
        for number in (self._ours, self._theirs):
            if number >= 0:
                os.close(number)
        if self._wait:
            self._wait()
        self._ours = self._theirs = -1
        self._wait = None

    def _start(self, folder: str) -> None:
        if "\n" in self._near[1]:
            raise OSError("a name of two lines is none")
        asked, self._ours = os.pipe()
        self._theirs, answered = os.pipe()
        try:
            self._wait = _started([word or folder for word in _COMMAND], asked, answered)
        finally:
            os.close(asked)
            os.close(answered)

    def _put(self, question: bytes) -> None:
        question += b"\n"
        while question:
            question = question[os.write(self._ours, question) :]

    def _answer(self) -> tuple[bytes, bytes, bytes] | None:
        """Name, type and bytes of an object; None where there is none."""
        while b"\n" not in self._ahead:
            self._read()
        line, _, self._ahead = self._ahead.partition(b"\n")
        words = line.split(b" ")
        # The other answers are `<question> missing` and `<question> ambiguous`.
        if len(words) != 3 or not words[2].isdigit():
            return None
        size = int(words[2])
        pieces, held = [self._ahead], len(self._ahead)
        while held <= size:
            self._ahead = b""
            self._read()
            pieces.append(self._ahead)
            held += len(self._ahead)
        whole = b"".join(pieces)
        self._ahead = whole[size + 1 :]
        return words[0], words[1], whole[:size]

    def _read(self) -> None:
        piece = os.read(self._theirs, 1 << 20)
        if not piece:
            raise OSError("git ended")
        self._ahead += piece


def again(questions: Iterable[bytes], meanwhile: Callable[[], None]) -> Iterator[bytes | None]:
    """What is found now for each question of an audit event. Raises `OSError`.

    Questions about one commit are best asked one after the other: they are for one process of git. `meanwhile` is done
    once, while git looks for the first commit.
    """
    near, commit = None, None
    try:
        for question in questions:
            folder, revision, path = os.fsdecode(question).split("\n")
            if commit is None or near != (folder, revision):
                if commit:
                    commit.close()
                first, near, commit = commit is None, (folder, revision), Commit(folder, revision)
                if first:
                    meanwhile()
            if path:
                yield commit.file(path)
            else:
                yield b"" if commit.exists else None
    finally:
        if commit:
            commit.close()


def _started(words: list[str], asked: int, answered: int) -> Callable[[], object]:
    """Starts git between two pipes; the answer waits for its end."""
    if not hasattr(os, "posix_spawnp"):
        from subprocess import DEVNULL, Popen

        return Popen(words, stdin=asked, stdout=answered, stderr=DEVNULL).wait  # noqa: S603
    actions = (
        (os.POSIX_SPAWN_DUP2, asked, 0), (os.POSIX_SPAWN_DUP2, answered, 1),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    )  # fmt: skip
    child = os.posix_spawnp("git", words, os.environ, file_actions=actions)
    return lambda: os.waitpid(child, 0)
