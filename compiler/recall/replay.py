"""The result of an earlier run of the same command, if everything that decides it is as it was then.

An entry holds what a run read, with digests, and what it wrote to the terminal. It is given again only if every digest
is the same now: no time of a file counts, and anything that is unknown, unreadable or of somebody else means that the
command runs as if there were no entry. `compiler.recall.record` writes the entries.

This module is on the way of every command, so it imports almost nothing: a library that costs a millisecond here
costs every user of the hook a millisecond for each commit.
"""

from __future__ import annotations

import os
import sys
import time

try:
    # `hashlib` loads OpenSSL first, which takes longer than all the reading here.
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    States = Mapping[tuple[bytes, bytes], bytes]
    """States of inputs by kind and path."""

MAGIC = b"dr-compile run 2"
END = b"\0"
"""Between two parts of an entry; no path and no text that is kept has it."""

FILE, ABSENT, PRESENT, FOLDER, LINK, TREE, COMMITTED = (
    kind.encode() for kind in ("file", "absent", "present", "folder", "link", "tree", "committed")
)
"""Kinds of inputs: the bytes of a file; that nothing, or a file or folder, is at a path; the names in a folder; where a
path leads; all files below a folder; the bytes of a file at a revision, whose name is folder, revision and path, a line
each."""

UNREAD = "compiler.recall.unread"
"""An audit event of ours: a run goes on without something that it could not read, and is not stored."""

_NAMES = ("PYTHON", "LC_", "LANG", "DR_", "GIT_", "XDG_", "PRE_COMMIT")
_VARIABLES = frozenset(
    ("COLUMNS", "FORCE_COLOR", "HOME", "LINES", "LOCALAPPDATA", "NO_COLOR", "RUAMEL_DEBUG", "SOURCE_DATE_EPOCH", "TERM",
     "TTY_COMPATIBLE", "TTY_INTERACTIVE", "TZ", "UNICODE_VERSION")
)  # fmt: skip
"""The environment that decides what a command does: these, and what begins with one of `_NAMES`."""

_OTHERS = ("GIT_AUTHOR_", "GIT_COMMITTER_", "GIT_EDITOR", "GIT_INDEX_FILE", "GIT_REFLOG_ACTION")
"""What git tells every hook, another value for each commit. What is in an index is asked, not what it is called."""

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_MOST_BYTES = 10_000_000  # not a figure: a bound of ours
_NO_PART = frozenset((b"__pycache__", b"deploy"))
"""Folders of a tree that decide nothing: what Python makes of files, and dr-deploy, which no other command loads."""


def folder(store: str = "runs") -> str | None:
    """The folder of the entries of a store; None where the user has none."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    root = base if base.startswith("/") else os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(root, "dr-compile", store) if root.startswith("/") else None


def key(words: Sequence[str]) -> str:
    """The name of the entry of a command in this environment."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    parts = [*words, "", os.getcwd(), sys.version, sys.executable, repr(sys.flags), *sys.path, ""]
    parts += [f"{stream.isatty()} {stream.encoding}" for stream in streams]
    parts += [str(os.get_terminal_size(stream.fileno())) for stream in streams if stream.isatty()]
    parts += [f"{name}={value}" for name, value in sorted(os.environ.items()) if _decides(name)]
    return digest(os.fsencode(part) for part in parts).hex()


def _decides(name: str) -> bool:
    return name in _VARIABLES or (name.startswith(_NAMES) and not name.startswith(_OTHERS))


def digest(parts: Iterable[bytes]) -> bytes:
    """One digest of several byte strings, with their lengths, so that ("ab", "c") and ("a", "bc") differ."""
    made = blake2b(digest_size=32)
    for part in parts:
        made.update(len(part).to_bytes(8, "big"))
        made.update(part)
    return made.digest()


def read(path: bytes | str) -> bytes:
    """The bytes of a file that is a plain one, and not longer than any file of ours; raises `OSError`."""
    number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        found = os.fstat(number)
        if found.st_mode & 0o170000 != 0o100000 or found.st_size > _MOST_BYTES:
            raise OSError("not a plain file, or too long")
        content = os.read(number, found.st_size + 1)
        if len(content) != found.st_size:
            raise OSError("it is being written")
        return content
    finally:
        os.close(number)


def state(kind: bytes, path: bytes) -> bytes:
    """What an input is now, as a digest, or as a word for what is only looked for; raises `OSError` if unknown."""
    if kind == FILE:
        return digest((read(path),))
    if kind == ABSENT:
        if os.path.lexists(path):
            raise OSError("it came")
        return b""
    if kind == PRESENT:
        os.lstat(path)
        return b"folder" if os.path.isdir(path) else b"file" if os.path.isfile(path) else b"other"
    if kind == LINK:
        return digest((os.path.realpath(path),))
    if kind == FOLDER:
        return digest((END.join(sorted(os.listdir(path))),))
    if kind == TREE:
        return _tree(path)
    raise OSError("another version wrote this")


def _tree(top: bytes) -> bytes:
    """One digest of the files below a folder that have a part in a result: of each name, length and content."""
    made = blake2b(digest_size=32)
    names = []
    ahead = [top]
    while ahead:
        with os.scandir(ahead.pop()) as found:
            entries = sorted((entry.path, entry.is_dir()) for entry in found if entry.name not in _NO_PART)
        for path, is_folder in entries:
            if is_folder:
                ahead.append(path)
                continue
            content = read(path)
            made.update(content)
            names.append(b"%d %s" % (len(content), path))
    made.update(END.join(names))
    return made.digest()


def today() -> bytes:
    """The day, in UTC, as the acceptances of a spec count."""
    return time.strftime("%Y-%m-%d", time.gmtime()).encode()


def committed(names: Iterable[bytes], meanwhile: Callable[[], None] = lambda: None) -> Iterator[bytes]:
    """What inputs that are `COMMITTED` are now, as digests; raises `OSError` where git ends.

    `meanwhile` is done once, while git looks, and not at all where there is no name.
    """
    from compiler.support.committed import again

    for data in again(names, meanwhile):
        yield b"" if data is None else digest((data,))


def replayed(words: Sequence[str]) -> int | None:
    """The exit code of a command that was answered from an entry; else None. Raises what writing raises."""
    return answered(lambda: (key(words), {}))


def answered(named: Callable[[], tuple[str, States] | None]) -> int | None:
    """The exit code of a command that was answered from the entry that `named` names. Raises what writing raises.

    It also gives the states of inputs that it had time to ask.
    """
    try:
        found = named()
        answer = _answer(*found) if found else None
    except (OSError, ValueError, AttributeError):
        # Nothing was written yet: no such entry, a closed stream, a folder that went away.
        return None
    if answer is None:
        return None
    code, err, out = answer
    for stream, part in ((sys.stderr, err), (sys.stdout, out)):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # as in `guarded`
        stream.write(part.decode("utf-8"))
        stream.flush()
    return code


def entry(name: str, store: str = "runs") -> bytes | None:
    """What is stored under a name, behind its seal; None where it is not ours, not whole, or not there."""
    place = folder(store)
    if place is None or not mine(os.lstat(place), 0o040000):
        return None
    path = os.path.join(place, name)
    if not mine(os.lstat(path), 0o100000):
        return None
    seal, _, rest = read(path).partition(END)
    return rest if seal == digest((rest,)).hex().encode() else None


def _answer(name: str, known: States) -> tuple[int, bytes, bytes] | None:
    """The exit code of the command and what it wrote to stderr and stdout, if it would do the same now."""
    kept = entry(name)
    if kept is None:
        return None
    magic, first, last, code, out, err, *inputs = kept.split(END)
    if magic != MAGIC or not first <= today() <= last or len(inputs) % 3:
        return None
    triples = list(zip(inputs[::3], inputs[1::3], inputs[2::3], strict=True))
    asked = {path: was for kind, path, was in triples if kind == COMMITTED}

    def look() -> None:
        for kind, path, was in triples:
            if kind != COMMITTED and (known.get((kind, path)) or state(kind, path)).hex().encode() != was:
                raise OSError("it is another one now")

    if not asked:
        look()
    elif [found.hex().encode() for found in committed(asked, look)] != [*asked.values()]:
        return None
    return int(code), err, out


def mine(found: os.stat_result, kind: int) -> bool:
    """Whether this is a folder or file (`kind`) of the user that nobody else writes to."""
    return found.st_mode & 0o170000 == kind and not found.st_mode & 0o022 and found.st_uid == os.getuid()
