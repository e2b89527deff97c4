"""Files as text, for specs and partials: reading never hangs, and characters that hide are found.

The errors have a message and a place in the text. The caller gives them their code.
"""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from compiler.diagnostics.model import Position
from compiler.support.frozen import frozen

START = Position(1, 1)
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)

# What no text needs: controls but tab and line feed, halves of surrogate pairs, non-characters. Line breaks that
# only some readers take for one would let two readers count lines differently.
# https://yaml.org/spec/1.2.2/#51-character-set and https://yaml.org/spec/1.2.2/#54-line-break-characters
_CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff"
_BREAKS = r"\r\x85\u2028\u2029"
# What nobody sees though it is there, or what turns the order of a line around, so that a reviewer reads another text
# than the compiler: https://trojansource.codes/trojan-source.pdf. Joiners stay, since scripts and emoji need them.
_HIDDEN = (
    r"\xad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\u3164\ufeff"
    r"\uffa0\ufff9-\ufffb\U000e0000-\U000e007f"
)
ODD = re.compile(f"([{_CONTROL}])|([{_BREAKS}])|([{_HIDDEN}])")


class UnreadableError(Exception):
    """A file that cannot be read; the message completes "`<file>` …"."""


class NotTextError(Exception):
    """Bytes that are not UTF-8 text, with the place of the first wrong one."""

    def __init__(self, message: str, at: Position, remedy: str | None = None) -> None:
        self.at = at
        self.remedy = remedy
        super().__init__(message)


@frozen
class Odd:
    """A character that is not allowed in a text: its place, why, whether it is one that hides, and a remedy."""

    offset: int
    message: str
    hidden: bool
    remedy: str | None = None


def position(text: str, offset: int) -> Position:
    """Line and column of an offset."""
    return Position(text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


def repository(folder: Path) -> Path:
    """The repository around a folder; without one, the working directory or the folder above, whichever has it."""
    folder = folder.absolute()
    for place in (folder, *folder.parents):
        if (place / ".git").exists():
            return place
    here = Path.cwd()
    return here if folder.is_relative_to(here) else folder.parent


def must_be_below(path: Path, top: Path) -> None:
    """Raises `UnreadableError` for what is not below `top`, also where only a link leads out."""
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(top)):
        raise UnreadableError(f"is outside of the repository, which begins at `{top.name}`")


def around_link(path: Path) -> Path | None:
    """The repository around a link; None for a path that is none."""
    try:
        return repository(path.parent) if path.is_symlink() else None
    except (OSError, ValueError):
        return None


def read_bytes(path: Path, limit: int, top: Path | None = None) -> bytes:
    """The bytes of a regular file of at most `limit` bytes; raises `UnreadableError`.

    Pipes and devices are refused: a compile could wait for them for ever. With `top`, so is what is not below it, also
    where a link leads there: a message quotes the lines of a file, and that may be any file.
    """
    try:
        _regular(path.stat())
        if top is not None:
            must_be_below(path, top)
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(handle, "rb") as file:
            size = _regular(os.fstat(handle)).st_size
            data = file.read(limit + 1) if size <= limit else b""
    except FileNotFoundError:
        raise UnreadableError("does not exist") from None
    except NotADirectoryError:
        raise UnreadableError("does not exist: a part of its path is a file") from None
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror or error}") from None
    except ValueError:
        raise UnreadableError("cannot be read: a file name cannot contain this character") from None
    if max(size, len(data)) > limit:
        raise UnreadableError(f"has {max(size, len(data)):,} bytes; at most {limit:,} are allowed")
    return data


def _regular(status: os.stat_result) -> os.stat_result:
    if stat.S_ISREG(status.st_mode):
        return status
    what = next((words for is_kind, words in _KINDS if is_kind(status.st_mode)), "something else")
    raise UnreadableError(f"is {what}, not a file")


def decode(data: bytes) -> str:
    """The text that UTF-8 bytes hold, without a byte order mark and with line feeds only; raises `NotTextError`."""
    for marks, name in (((b"\xff\xfe\0\0", b"\0\0\xfe\xff"), "UTF-32"), ((b"\xff\xfe", b"\xfe\xff"), "UTF-16")):
        if data.startswith(marks):
            raise NotTextError(f"the file is encoded as {name}, not UTF-8", START, "save the file as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", "replace")
        byte = data[error.start]
        latin = chr(byte)
        remedy = f"if `{latin}` is meant, the file is Latin-1: save it as UTF-8" if latin.isprintable() else None
        raise NotTextError(f"byte 0x{byte:02x} is not UTF-8", position(before, len(before)), remedy) from None
    if data[1:2] == b"\0" or data[:1] == b"\0":
        raise NotTextError("the file is binary, or encoded as UTF-16", START, "save the file as UTF-8")
    return text.replace("\r\n", "\n")


def oddities(text: str) -> Iterator[Odd]:
    """Every character that is not allowed in a text. Line ends of one kind are one mistake, that of a program."""
    breaks: set[str] = set()
    for match in ODD.finditer(text):
        character = match[0]
        name = f"U+{ord(character):04X}" + (f" ({n.lower()})" if (n := unicodedata.name(character, "")) else "")
        if match[3]:
            yield Odd(
                match.start(), f"the character {name} is invisible or changes the direction of the text", hidden=True
            )
        elif match[2] and character not in breaks:
            breaks.add(character)
            what = "a carriage return" if character == "\r" else name
            more = text.count(character) - 1
            told = f"{what} ends a line only in some programs" + (f"; the text has {more} more" if more else "")
            yield Odd(match.start(), told, hidden=False, remedy="save the file with line feeds (LF) as line ends")
        elif not match[2]:
            yield Odd(match.start(), f"the control character {name} is not allowed in a text", hidden=False)
