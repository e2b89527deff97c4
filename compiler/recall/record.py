"""Notes what a run reads, and stores what it came to, so that `compiler.recall.replay` can give it again.

An audit hook of Python sees every file and folder that is opened, whichever module opens it, so that no list of inputs
can be incomplete. What is only looked for shows in no such event: `look` notes it. A run is stored only if all that it
read is still the same at its end; if it started another program, or asked the network, it is not.
https://docs.python.org/3/library/audit_events.html (read 2026-11-26)
"""

from __future__ import annotations

import os
import re
import site
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO, cast

from compiler.recall.replay import (
    ABSENT,
    END,
    FILE,
    FOLDER,
    LINK,
    MAGIC,
    PACKAGE,
    PRESENT,
    TREE,
    digest,
    folder,
    key,
    mine,
    state,
    today,
)  # fmt: skip
from compiler.support.streams import Passing

_FOREVER = b"9999-12-31"
_MOST = 500
"""Entries that are kept; the oldest go first."""

_BEYOND = ("subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "socket.connect",
           "socket.getaddrinfo", "urllib.")  # fmt: skip
"""Events after which a run depends on more than files."""

_BYTECODE = re.compile(os.fsencode(re.escape(tempfile.gettempdir())) + rb"/_jinja2-cache-[^/]+/__jinja2_[^/]+\.cache")
"""Compiled partials, which are used only if they are what the compiler made."""

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


class Run:
    """What one run has read so far; `last` is the last day on which its result is the same, None for always."""

    def __init__(self) -> None:
        self.inputs: dict[tuple[bytes, bytes], bytes | None] = {}
        self.last: str | None = None
        self.sound = True
        self._busy = False
        self._known = tuple(os.fsencode(f"{path}/") for path in (PACKAGE, *_libraries()))

    def event(self, name: str, arguments: tuple[Any, ...]) -> None:
        """One event of the audit hook."""
        if self._busy or not self.sound:
            return
        if name == "open":
            path, mode, flags = arguments
            writes = set(mode or "") & set("wax+") or (flags or 0) & _WRITES
            # A number is a file that was opened, and noted, by its name before.
            if not writes and not isinstance(path, int):
                self._note(FOLDER if os.path.isdir(path) else FILE, path)
        elif name in ("os.listdir", "os.scandir"):
            self._note(FOLDER, arguments[0] if arguments[0] is not None else ".")
        elif name.startswith(_BEYOND):
            self.sound = False

    def look(self, paths: Iterable[Path]) -> None:
        """Notes paths at which something was looked for, and what is behind links."""
        for path in paths:
            self._note(PRESENT if os.path.lexists(path) else ABSENT, os.fspath(path))
            self._note(LINK, os.fspath(path))

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
        if _BYTECODE.fullmatch(name):
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

    def stored(self, out: str, err: str) -> bytes | None:
        """The entry; None where the run cannot be stored."""
        for place in _libraries():
            self._note_whole(FOLDER, place)
        self._note_whole(TREE, PACKAGE)
        if not self.sound:
            return None
        parts = [MAGIC, today(), (self.last or "").encode() or _FOREVER, out.encode(), err.encode()]
        for (kind, path), was in self.inputs.items():
            try:
                now = state(kind, path)
            except OSError:
                return None
            if now != was:
                return None
            parts += [kind, path, now.hex().encode()]
        if any(END in part for part in parts):
            return None
        rest = END.join(parts)
        return digest((rest,)).hex().encode() + END + rest

    def _note_whole(self, kind: bytes, place: str) -> None:
        name = os.fsencode(place)
        with suppress(OSError):
            self.inputs[kind, name] = state(kind, name)


def _libraries() -> tuple[str, ...]:
    """The folders of installed packages and of Python itself.

    The names in a folder of packages tell the version of each, such as `pydantic-2.12.0.dist-info`.
    """
    packages = [*site.getsitepackages(), site.getusersitepackages()]
    return tuple(dict.fromkeys(path for path in (*packages, os.path.dirname(os.__file__)) if os.path.isdir(path)))


class _Copied(Passing):
    """A stream that also keeps what is written."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self.kept: list[str] = []

    def write(self, words: str) -> int:
        self.kept.append(words)
        return super().write(words)


def remembered(words: Sequence[str], run: Callable[[Run], int]) -> int:
    """The exit code of `run`; what it came to is stored if that is 0."""
    noted = Run()
    name = key(words)
    with _copied() as (out, err), _observed(noted):
        code = run(noted)
    if code == 0 and (entry := noted.stored("".join(out.kept), "".join(err.kept))):
        _keep(name, entry)
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


def _keep(name: str, entry: bytes) -> None:
    """Stores an entry, whole or not at all; does nothing where the folder cannot be had or is not the user's own."""
    place = folder()
    if place is None:
        return
    try:
        Path(place).mkdir(mode=0o700, parents=True, exist_ok=True)
        if not mine(os.lstat(place), 0o040000):
            return
        with tempfile.NamedTemporaryFile(dir=place, prefix="new-", delete=False) as file:
            file.write(entry)
        Path(file.name).replace(Path(place, name))
        kept = sorted(Path(place).iterdir(), key=lambda path: path.stat().st_mtime_ns)
        for path in kept[:-_MOST]:
            path.unlink(missing_ok=True)
    except OSError:
        return
