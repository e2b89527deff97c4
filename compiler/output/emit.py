"""Templates to bytes, and bytes to disk: written file by file by rename, or compared with what lies there.

Reports DR801 to DR804.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, Label, Position, RejectedError, Rule, Span
from compiler.reading import textfile
from compiler.rollout import manifest
from compiler.rollout.deployment import Deployment
from compiler.rollout.manifest import MANIFEST
from compiler.support.frozen import frozen

_MAX_BYTES = 100_000_000  # not a figure: a bound of ours
"""The largest file that is looked at; a template has 1 MB at most."""
_TEMPORARY = re.compile(r"\.(.+\.json)\.[a-z0-9_]{8}\.tmp")
_text = json.encoder.encode_basestring_ascii


@frozen
class Bundle:
    """Every file of the output folder, by name, the manifest last."""

    files: Mapping[str, bytes]


def encode(value: Any) -> bytes:
    """JSON as it is committed: indented, ASCII, keys in the order they were built, one line end at the end."""
    pieces: list[str] = []
    _write(value, "\n", pieces)
    pieces.append("\n")
    return "".join(pieces).encode("ascii")


def _write(value: Any, line: str, pieces: list[str]) -> None:
    """What `json.dumps(value, indent=2)` makes, at a fifth of its time: that one is pure Python and generators."""
    if isinstance(value, str):
        pieces.append(_text(value))
    elif isinstance(value, dict) and value:
        before, inner = "{" + line + "  ", line + "  "
        for key, item in value.items():
            pieces.append(f"{before}{_text(key)}: ")
            _write(item, inner, pieces)
            before = "," + inner
        pieces.append(line + "}")
    elif isinstance(value, list | tuple) and value:
        before, inner = "[" + line + "  ", line + "  "
        for item in value:
            pieces.append(before)
            _write(item, inner, pieces)
            before = "," + inner
        pieces.append(line + "]")
    elif isinstance(value, bool):
        pieces.append("true" if value else "false")
    else:
        pieces.append(str(value) if isinstance(value, int) else json.dumps(value, allow_nan=False))


def bundle(deployment: Deployment) -> Bundle:
    """The files of a compile, for people to read. What dr-deploy sends is `compact`."""
    files = {template.file: encode(template.body) for template in deployment.templates}
    return Bundle({**files, MANIFEST: encode(manifest.write(deployment))})


def _at(rule: Rule, message: str, file: str, line: int = 1, help_text: str | None = None) -> Diagnostic:
    at = Position(line, 1)
    return Diagnostic(rule, message, (Label(Span(file, at, at)),), help_text)


def write(built: Bundle, folder: Path) -> tuple[Diagnostic, ...]:
    """Writes what changed, each file by rename, and removes what an earlier compile of ours left over.

    A file that no compile wrote is never removed: it is reported (DR803) and stays.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            ours = _listed(folder)
            for name in _left_over(folder):
                (folder / name).unlink(missing_ok=True)
            _replace(_stage(built, folder))
            for name in sorted(ours - set(built.files)):
                (folder / name).unlink(missing_ok=True)
    except OSError as error:
        message = f"cannot write to `{folder}`: {error.strerror or error}"
        raise RejectedError([_at(Code.DR804, message, str(folder))]) from None
    strays = sorted(_present(folder) - set(built.files))
    return tuple(_at(Code.DR803, f"`{name}` is not a file of this topology", f"{folder}/{name}") for name in strays)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """No other compile writes into the folder meanwhile: of two at once, the files of one are all there in the end.

    The lock is on the folder itself and ends with the process. Where the file system has no locks, there is none.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _left_over(folder: Path) -> tuple[str, ...]:
    """Temporary files of a compile that was killed."""
    return tuple(path.name for path in folder.iterdir() if (found := _TEMPORARY.fullmatch(path.name))
                 and (found[1] == MANIFEST or manifest.names_template(found[1])))  # fmt: skip


def _stage(built: Bundle, folder: Path) -> list[tuple[str, Path]]:
    """Every changed file under a temporary name, so that a full disk is found before anything is replaced."""
    staged: list[tuple[str, Path]] = []
    try:
        for name, data in built.files.items():
            target = folder / name
            if _holds(target, data):
                continue
            handle, temporary = tempfile.mkstemp(prefix=f".{name}.", suffix=".tmp", dir=folder)
            staged.append((temporary, target))
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(temporary).chmod(0o644)
    except BaseException:
        _discard(staged)
        raise
    return staged


def _holds(target: Path, data: bytes) -> bool:
    """Whether a file holds `data` already; raises where it could not be replaced."""
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, f"`{target.name}` is a folder")
    if not target.is_file() or target.stat().st_size != len(data):
        return False
    return target.read_bytes() == data


def _replace(staged: list[tuple[str, Path]]) -> None:
    """Puts every staged file in its place; leaves no temporary file behind, whatever happens."""
    try:
        for temporary, target in staged:
            Path(temporary).replace(target)
    finally:
        _discard(staged)


def _discard(staged: list[tuple[str, Path]]) -> None:
    for temporary, _ in staged:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()


def _present(folder: Path) -> set[str]:
    if not folder.is_dir():
        return set()
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}


def _listed(folder: Path) -> set[str]:
    """Files that the manifest lying there says a compile wrote."""
    try:
        return set(manifest.templates_in(textfile.read_bytes(folder / MANIFEST, _MAX_BYTES)))
    except textfile.UnreadableError:
        return set()


def compare(built: Bundle, folder: Path, shown: str) -> tuple[Diagnostic, ...]:
    """Drift between a compile and what lies in the folder: stale, missing and orphan files."""
    found: list[Diagnostic] = []
    for name, data in built.files.items():
        try:
            there = textfile.read_bytes(folder / name, _MAX_BYTES)
        except textfile.UnreadableError as error:
            if os.path.lexists(folder / name):
                found.append(_at(Code.DR801, f"`{name}` {error}", f"{shown}/{name}"))
            else:
                found.append(_at(Code.DR802, f"`{name}` is missing", f"{shown}/{name}"))
            continue
        # A checkout with Windows line ends is the same file.
        if there.replace(b"\r\n", b"\n") != data:
            line = _first_difference(there, data)
            found.append(_at(Code.DR801, f"`{name}` is not what the spec compiles to", f"{shown}/{name}", line))
    strays = sorted(_present(folder) - set(built.files))
    return (
        *found,
        *(_at(Code.DR803, f"`{name}` is not a file of this topology", f"{shown}/{name}") for name in strays),
    )


def _first_difference(left: bytes, right: bytes) -> int:
    pairs = zip(left.replace(b"\r\n", b"\n").split(b"\n"), right.split(b"\n"), strict=False)
    return next((n for n, (a, b) in enumerate(pairs, 1) if a != b), 1)
