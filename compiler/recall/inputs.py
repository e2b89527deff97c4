"""Files and folders that several results depend on: stored once, and asked again without reading them.

A list holds a digest of each of its files, and one signature of them all: inode, size and times. If the signature is
the same, so are the files. If it differs, they are read, and their digests decide. The signature has the time of the
last change of the inode, which the system sets by itself and no program can set. A file that changed moments before
it was read could change again within the same tick of the clock, so that such a list has no signature until later.

Only what is installed is asked in this way: thousands of files of a library, which nobody edits. `docs/decisions.md`
has the reasons (95). Like `compiler.recall.replay`, this module imports almost nothing.
"""

from __future__ import annotations

import marshal
import os
import time

from compiler.recall import replay
from compiler.recall.replay import END, FOLDER, digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

STORE = "inputs"
MAGIC = b"dr-compile inputs 1"
_UNKNOWN = b"?"
_TICKS = 3_000_000_000
"""Nanoseconds that cover a tick of any clock of a file system: the coarsest has two seconds."""


def state(kind: bytes, path: bytes) -> bytes:
    """What a file or folder is now, as a digest; the compiled modules in a folder do not count. Raises `OSError`."""
    if kind == FOLDER:
        return digest(sorted(name for name in os.listdir(path) if name != b"__pycache__"))
    return replay.state(kind, path)


def signature(root: bytes, paths: Sequence[bytes]) -> bytes:
    """What the file system knows of files without reading them; `?` where that is no proof.

    `paths` are relative to the folder `root` or absolute. To look up relative ones takes two thirds of the time.
    """
    if os.name == "nt":
        # Its `st_ctime` is the time of the creation: https://docs.python.org/3/library/os.html#os.stat_result.st_ctime
        return _UNKNOWN
    try:
        top = os.open(root, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return _UNKNOWN
    seen: list[int] = []
    latest = 0
    for path in paths:
        try:
            found = os.stat(path, dir_fd=top)
        except OSError:
            seen.append(-1)
            continue
        changed = found.st_ctime_ns
        if changed > latest:
            latest = changed
        seen += (found.st_ino, found.st_dev, found.st_size, found.st_mtime_ns, changed)
    os.close(top)
    return digest((marshal.dumps(seen),)).hex().encode() if latest < time.time_ns() - _TICKS else _UNKNOWN


def stored(found: Mapping[tuple[bytes, bytes], bytes], root: bytes) -> str | None:
    """The name under which a list of inputs is stored; None if it cannot be, or if one of them has changed.

    `found` has the digests, by kind and path; most of the paths are below the folder `root`.
    """
    start = len(root) + 1
    paths = [path[start:] if path.startswith(root + b"/") else path for _, path in found]
    before = signature(root, paths)
    try:
        if any(state(kind, path) != was for (kind, path), was in found.items()):
            return None
    except OSError:
        return None
    kinds_and_digests = ((kind, was.hex().encode()) for (kind, _), was in found.items())
    parts = [part for path, (kind, was) in zip(paths, kinds_and_digests, strict=True) for part in (kind, path, was)]
    return _keep(root, parts, before)


def _keep(root: bytes, parts: Sequence[bytes], seen: bytes) -> str | None:
    from compiler.recall.store import keep, sealed

    if any(END in part for part in (root, *parts)):
        return None
    name = digest((root, *parts)).hex()
    return name if keep(name, sealed(END.join((MAGIC, seen, root, *parts))), STORE) else None


def hold(name: str) -> bool:
    """Whether everything in a list is as it was when it was stored."""
    kept = _read(name)
    if kept is None:
        return False
    seen, root, parts = kept
    now = signature(root, parts[1::3])
    if now == seen != _UNKNOWN:
        return True
    for at in range(0, len(parts), 3):
        kind, path, was = parts[at : at + 3]
        try:
            if state(kind, os.path.join(root, path)).hex().encode() != was:
                return False
        except OSError:
            return False
    if now != _UNKNOWN:
        _keep(root, parts, now)
    return True


def content(names: Iterable[str]) -> dict[tuple[bytes, bytes], bytes] | None:
    """What is in several lists: digests by kind and path; None if one is gone, or they differ."""
    found: dict[tuple[bytes, bytes], bytes] = {}
    for name in names:
        kept = _read(name)
        if kept is None:
            return None
        _, root, parts = kept
        for at in range(0, len(parts), 3):
            kind, path, was = parts[at], os.path.join(root, parts[at + 1]), bytes.fromhex(parts[at + 2].decode())
            if found.setdefault((kind, path), was) != was:
                return None
    return found


def _read(name: str) -> tuple[bytes, bytes, list[bytes]] | None:
    """The signature, the root and the parts of a list; None where there is none that counts."""
    try:
        kept = replay.entry(name, STORE)
    except OSError:
        return None
    magic, seen, root, *parts = kept.split(END) if kept else (b"", b"", b"")
    return (seen, root, parts) if magic == MAGIC and len(parts) % 3 == 0 else None
