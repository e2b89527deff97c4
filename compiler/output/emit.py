"""Templates to bytes, and bytes to disk: written file by file by rename, or compared with what lies there.

Reports DR801 to DR804.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from compiler.aws.facts import cloudformation
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, Label, Position, RejectedError, Rule, Span
from compiler.rollout import manifest
from compiler.rollout.deployment import Deployment
from compiler.rollout.manifest import MANIFEST
from compiler.support.frozen import frozen

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
    if isinstance(value, dict) and value:
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
    elif isinstance(value, str):
        pieces.append(_text(value))
    else:
        pieces.append(json.dumps(value, allow_nan=False))


def bundle(deployment: Deployment) -> Bundle:
    """The files of a compile; raises DR603 where one is larger than CloudFormation takes."""
    files: dict[str, bytes] = {}
    found: list[Diagnostic] = []
    for template in deployment.templates:
        data = encode(template.body)
        if len(data) > cloudformation.STORED_TEMPLATE_BYTES.value:
            message = f"{template.file} has {len(data):,} bytes; a template may have at most 1 MB"
            found.append(_at(Code.DR603, message, template.file))
        files[template.file] = data
    if found:
        raise RejectedError(found)
    files[MANIFEST] = encode(manifest.write(deployment))
    return Bundle(files)


def _at(rule: Rule, message: str, file: str, line: int = 1, help_text: str | None = None) -> Diagnostic:
    at = Position(line, 1)
    return Diagnostic(rule, message, (Label(Span(file, at, at)),), help_text)


def write(built: Bundle, folder: Path) -> tuple[Diagnostic, ...]:
    """Writes what changed, each file by rename, and removes what an earlier compile of ours left over.

    A file that no compile wrote is never removed: it is reported (DR803) and stays.
    """
    ours = _listed(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _replace(_stage(built, folder))
        for name in sorted(ours - set(built.files)):
            with contextlib.suppress(FileNotFoundError):
                (folder / name).unlink()
    except OSError as error:
        message = f"cannot write to `{folder}`: {error.strerror or error}"
        raise RejectedError([_at(Code.DR804, message, str(folder))]) from None
    strays = sorted(_present(folder) - set(built.files))
    return tuple(_at(Code.DR803, f"`{name}` is not a file of this topology", f"{folder}/{name}") for name in strays)


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
    return target.is_file() and target.read_bytes() == data


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
        return set(manifest.templates_in((folder / MANIFEST).read_bytes()))
    except OSError:
        return set()


def compare(built: Bundle, folder: Path, shown: str) -> tuple[Diagnostic, ...]:
    """Drift between a compile and what lies in the folder: stale, missing and orphan files."""
    found: list[Diagnostic] = []
    for name, data in built.files.items():
        try:
            there = (folder / name).read_bytes()
        except FileNotFoundError:
            found.append(_at(Code.DR802, f"`{name}` is missing", f"{shown}/{name}"))
            continue
        except OSError as error:
            found.append(_at(Code.DR801, f"`{name}` cannot be read: {error.strerror}", f"{shown}/{name}"))
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
