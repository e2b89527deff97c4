"""Notes what a run reads, and stores what it came to, so that `compiler.recall.replay` can give it again.

An audit hook of Python sees every file and folder that is opened, whichever module opens it, so that no list of inputs
can be incomplete. What is only looked for shows in no such event: `look` notes it. A run is stored only if all that it
read is still the same at its end; if it started another program, or asked the network, it is not. What it asked git by
`compiler.support.committed` is asked again.
https://docs.python.org/3/library/audit_events.html (read 2026-11-26)
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol, TextIO, cast

from compiler.recall import staged
from compiler.recall.replay import (
    ABSENT,
    COMMITTED,
    END,
    FILE,
    FOLDER,
    LINK,
    MAGIC,
    PACKAGE,
    PRESENT,
    TREE,
    UNREAD,
    committed,
    digest,
    key,
    state,
    today,
)  # fmt: skip
from compiler.recall.store import keep, libraries, sealed
from compiler.support.committed import ASKED, is_ours
from compiler.support.streams import Passing

_FOREVER = b"9999-12-31"
_CODES = frozenset((0, 4, 5))
"""Exit codes that belong to a result: what fails is looked at again each time."""

_BEYOND = ("subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "socket.connect",
           "socket.getaddrinfo", "urllib.")  # fmt: skip
"""Events after which a run depends on more than files."""

_BYTECODE = re.compile(os.fsencode(re.escape(tempfile.gettempdir())) + rb"/_jinja2-cache-[^/]+/__jinja2_[^/]+\.cache")
"""Compiled partials, which are used only if they are what the compiler made."""

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


_ASKED = frozenset(("rev-parse", "ls-files", "cat-file", "diff"))
"""Questions to git that a hook asks: about the index, whose content its entries name."""


class Run:
    """What one run has read so far; `last` is the last day on which its result is the same, None for always.

    `own` is a folder that the run makes for itself, of what is staged: that it `asks_git` for it is no reason then not
    to store the result. What comes after it has `ended` has no part in it.
    """

    def __init__(self, *, asks_git: bool = False) -> None:
        self.own: str | None = None
        self.ended = False
        self._asks_git = asks_git
        self.inputs: dict[tuple[bytes, bytes], bytes | None] = {}
        self.last: str | None = None
        self.sound = True
        self._busy = False
        self._known = tuple(os.fsencode(f"{path}/") for path in (PACKAGE, *libraries()))

    def event(self, name: str, arguments: tuple[Any, ...]) -> None:
        """One event of the audit hook."""
        if self._busy or self.ended or not self.sound:
            return
        if name == "open":
            path, mode, flags = arguments
            writes = set(mode or "") & set("wax+") or (flags or 0) & _WRITES
            # A number is a file that was opened, and noted, by its name before.
            if not writes and not isinstance(path, int):
                self._note(FOLDER if os.path.isdir(path) else FILE, path)
        elif name in ("os.listdir", "os.scandir"):
            self._note(FOLDER, arguments[0] if arguments[0] is not None else ".")
        elif name in ("os.rename", "os.remove"):
            # What was replaced or removed may never have been read.
            path = os.fsencode(arguments[1 if name == "os.rename" else 0])
            self.sound = self._is_own(path) or path.endswith(b".pyc")
        elif name == UNREAD:
            self.sound = False
        elif name == ASKED:
            self._note_committed(*arguments)
        elif name.startswith(_BEYOND):
            words = arguments[1] if name in ("subprocess.Popen", "os.posix_spawn") else ()
            of_hook = self._asks_git and name == "subprocess.Popen"
            self.sound = is_ours(words) or (
                of_hook and list(words[:1]) == ["git"] and not _ASKED.isdisjoint(words[1:3])
            )

    def _is_own(self, path: Any) -> bool:
        """Whether a path is of the run itself, or of what only makes it faster."""
        name = os.path.abspath(os.fsencode(path))
        if self.own and (name + b"/").startswith(os.fsencode(f"{self.own}/")):
            return True
        return _BYTECODE.fullmatch(name) is not None

    def look(self, paths: Iterable[Path]) -> None:
        """Notes paths at which something was looked for, and what is behind links."""
        for path in paths:
            self._note(PRESENT if os.path.lexists(path) else ABSENT, os.fspath(path))
            self._note(LINK, os.fspath(path))

    def rely(self, found: Mapping[tuple[bytes, bytes], bytes] | None, last: str) -> None:
        """Notes files with digests, and folders, that others read for the run, up to a last day; None if unknown."""
        if found is None or last.encode() < today():
            self.sound = False
            return
        for (kind, path), was in found.items():
            if kind == FOLDER:
                self._note_whole(kind, os.fsdecode(path))
            else:
                self.inputs[kind, path] = was
        self.until(last)

    def until(self, day: str | None) -> None:
        """Notes a last day. One that has passed changes nothing any more."""
        if day and day.encode() >= today():
            self.last = min(self.last or day, day)

    def _note(self, kind: bytes, path: Any) -> None:
        if isinstance(path, int):
            self.sound = False
            return
        name = os.path.abspath(os.fsencode(path))
        if (kind, name) in self.inputs or (kind in (FILE, FOLDER) and (name + b"/").startswith(self._known)):
            return
        if self._is_own(name):
            return
        if name.startswith((b"/dev/", b"/proc/", b"/sys/")):
            self.sound = self.sound and name == os.fsencode(os.devnull)
            return
        self._busy = True
        try:
            self.inputs[kind, name] = state(kind, name)
        except FileNotFoundError:
            self.inputs[ABSENT, name] = b""
        except OSError:
            self.sound = False
        finally:
            self._busy = False

    def _note_committed(self, question: bytes, found: bytes | OSError | None) -> None:
        """An answer of git. What made git end is nothing to remember."""
        if isinstance(found, OSError) or question.count(b"\n") != 2:
            self.sound = False
            return
        was = b"" if found is None else digest((found,))
        # Two specs may have asked the same while a branch moved.
        self.sound = self.sound and self.inputs.setdefault((COMMITTED, question), was) == was

    def stored(self, out: str, err: str, code: int = 0) -> bytes | None:
        """The entry; None where the run cannot be stored."""
        for place in libraries():
            self._note_whole(FOLDER, place)
        self._note_whole(TREE, PACKAGE)
        if not self.sound:
            return None
        last = (self.last or "").encode() or _FOREVER
        parts = [MAGIC, today(), last, str(code).encode(), out.encode(), err.encode()]
        # Sorted, the questions about one commit are together.
        asked = sorted(path for kind, path in self.inputs if kind == COMMITTED)
        try:
            now = {(COMMITTED, path): found for path, found in zip(asked, committed(asked), strict=True)}
            for kind, path in self.inputs:
                if kind != COMMITTED:
                    now[kind, path] = state(kind, path)
        except OSError:
            return None
        if now != self.inputs:
            return None
        for (kind, path), found in now.items():
            parts += [kind, path, found.hex().encode()]
        if any(END in part for part in parts):
            return None
        return sealed(END.join(parts))

    def _note_whole(self, kind: bytes, place: str) -> None:
        name = os.fsencode(place)
        with suppress(OSError):
            self.inputs[kind, name] = state(kind, name)


class _Copied(Passing):
    """A stream that also keeps what is written."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self.kept: list[str] = []

    def write(self, words: str) -> int:
        self.kept.append(words)
        return super().write(words)


def remembered(words: Sequence[str], run: Callable[[Run], int]) -> int:
    """The exit code of `run`; what it came to is stored if nothing failed."""
    noted = Run()
    name = key(words)
    with _copied() as (out, err), _observed(noted):
        code = run(noted)
    if code in _CODES and (entry := noted.stored("".join(out.kept), "".join(err.kept), code)):
        keep(name, entry)
    return code


class Staged(Protocol):
    """What a run of the hook looked at."""

    @property
    def top(self) -> Path:
        """The top of the work tree."""

    @property
    def watched(self) -> set[str]:
        """The files and folders that have a part in the result, besides `staged.SUFFIXES`; none if it is unknown."""

    def judged(self, listed: bytes, folders: Collection[str], *, deleted: bool) -> bool:
        """Whether `staged.listing` lists what was judged."""


def remembered_staged(words: Sequence[str], run: Callable[[Run], tuple[int, Staged | None]]) -> int:
    """The exit code of a run of the hook; what it came to is stored if that is 0."""
    parts = staged.divided(words)
    noted = Run(asks_git=True)
    with _copied() as (out, err), _observed(noted):
        code, index = run(noted)
    if code != 0 or parts is None or index is None or not index.watched or not noted.sound:
        return code
    options, files = parts
    folders = index.watched
    listed = staged.listing(folders, deleted=bool(files))
    if listed is None or not index.judged(listed, folders, deleted=bool(files)):
        return code
    top = os.fspath(index.top)
    changed = {path for path in staged.from_top(files, top) if staged.relevant(path, folders)} if files else None
    if entry := noted.stored("".join(out.kept), "".join(err.kept)):
        watched = END.join((staged.WATCHED, *(os.fsencode(path) for path in (top, *sorted(folders)))))
        keep(staged.plan(options, deleted=bool(files)), sealed(watched))
        keep(staged.result(options, listed, changed), entry)
    return code


@contextmanager
def _copied() -> Iterator[tuple[_Copied, _Copied]]:
    streams = sys.stdout, sys.stderr
    copies = _Copied(sys.stdout), _Copied(sys.stderr)
    sys.stdout, sys.stderr = cast("tuple[TextIO, TextIO]", copies)
    try:
        yield copies
    finally:
        sys.stdout, sys.stderr = streams


@contextmanager
def _observed(noted: Run) -> Iterator[None]:
    # A hook cannot be taken away again; this one is silent after the run.
    current: list[Run] = [noted]
    sys.addaudithook(lambda name, arguments: current[0].event(name, arguments) if current else None)
    try:
        yield
    finally:
        current.clear()
