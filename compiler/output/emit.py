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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, Label, Position, RejectedError, Rule, Span
from compiler.reading import textfile
from compiler.rollout import manifest
from compiler.rollout.deployment import Deployment
from compiler.rollout.manifest import MANIFEST
from compiler.support.frozen import frozen
from compiler.support.shell import command, path

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
    return tuple(_strays(strays_in(built, folder), str(folder)))


def resources_in(folder: Path | None, file: str) -> frozenset[str]:
    """Logical ids of the resources of a template in a folder; none where there is no such template, or no folder."""
    if folder is None:
        return frozenset()
    try:
        body = json.loads((folder / file).read_bytes())
        return frozenset(map(str, body["Resources"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return frozenset()


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


_CONFLICT = (b"<<<<<<< ", b"||||||| ", b"=======", b">>>>>>> ")
"""What git begins lines with that it cannot merge: https://git-scm.com/docs/git-merge#_how_conflicts_are_presented"""
_MOST_NAMES = 3
"""Files that a message names."""
_MOST_REMOVED = 10
"""Files that a command names. Whoever has more in the folder may have named the wrong one."""


def is_stale(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether a compile fixes something: it removes no file that no compile wrote."""
    return any(item.rule in (Code.DR801, Code.DR802) for item in diagnostics)


def compare(built: Bundle, folder: Path, shown: str, fix: str) -> tuple[Diagnostic, ...]:
    """Drift between a compile and what lies in the folder, as one finding, at the first difference.

    A compile writes, replaces and removes its own files, so that one command (`fix`) is the remedy for all of them.
    Files that no compile wrote are a finding of their own.
    """
    stale: dict[str, tuple[int, bool]] = {}
    missing: list[str] = []
    for name, data in built.files.items():
        try:
            there = textfile.read_bytes(folder / name, _MAX_BYTES)
        except textfile.UnreadableError as error:
            if os.path.lexists(folder / name):
                return (_at(Code.DR801, f"`{name}` {error}", f"{shown}/{name}"),)
            missing.append(name)
            continue
        # A checkout with Windows line ends is the same file.
        if there.replace(b"\r\n", b"\n") != data:
            stale[name] = _first_difference(there, data)
    ours = sorted((_present(folder) - set(built.files)).intersection(_listed(folder)))
    return (*_drift(stale, missing, ours, shown, fix), *_strays(strays_in(built, folder), shown))


def strays_in(built: Bundle, folder: Path) -> tuple[str, ...]:
    """Files in the folder that no compile wrote."""
    return tuple(sorted(_present(folder) - set(built.files) - _listed(folder)))


def _drift(
    stale: Mapping[str, tuple[int, bool]], missing: Sequence[str], left: Sequence[str], shown: str, fix: str
) -> Iterator[Diagnostic]:
    if not stale and not missing:
        return
    several = len(stale) + len(missing) + len(left) > 1
    first = (*stale, *missing)[0]
    line, conflict = stale.get(first, (1, False))
    if any(merged for _, merged in stale.values()):
        first, (line, conflict) = next(item for item in stale.items() if item[1][1])
    if several:
        kinds = ((stale, "differ", "differs"), (missing, "are missing", "is missing"), (left, "are left", "is left"))
        told = "; ".join(_told(names, many, one) for names, many, one in kinds if names)
        message = f"`{shown}` is not what the spec compiles to: {told}"
    else:
        message = f"`{first}` {'is not what the spec compiles to' if stale else 'is missing'}"
    remedy = f"run `{fix}` and commit its output"
    if conflict:
        message = f"a merge left a conflict in `{first}`" + (f", and {message}" if several else "")
        remedy = f"solve the conflicts in the spec; then run `{fix}`, which writes the templates, and `git add` both"
    yield _at(Code.DR801 if stale else Code.DR802, message, f"{shown}/{first}", line, remedy)


def _told(names: Iterable[str], many: str, one: str) -> str:
    """Names with a verb, of a few files all of them: "`a.json` and `b.json` differ"."""
    quoted = [f"`{name}`" for name in names]
    if len(quoted) == 1:
        return f"{quoted[0]} {one}"
    if len(quoted) > _MOST_NAMES:
        quoted[_MOST_NAMES - 1 :] = [f"{len(quoted) - _MOST_NAMES + 1} other files"]
    return f"{', '.join(quoted[:-1])} and {quoted[-1]} {many}"


def _strays(names: Sequence[str], shown: str) -> Iterator[Diagnostic]:
    """Files that no compile wrote, as one finding; reports DR803."""
    if names:
        told = _told(names, "are not files of this topology", "is not a file of this topology")
        remove = command("rm", *(path(f"{shown}/{name}") for name in names))
        help_text = f"keep a copy elsewhere if it is needed, then remove it: `{remove}`"
        if len(names) > _MOST_REMOVED:
            help_text = f"move to another folder what is needed of the {len(names)} files, or name another folder"
        yield _at(Code.DR803, told, f"{shown}/{names[0]}", help_text=help_text)


def _first_difference(left: bytes, right: bytes) -> tuple[int, bool]:
    """The first line that differs, and whether a merge left a conflict there."""
    pairs = zip(left.replace(b"\r\n", b"\n").split(b"\n"), right.split(b"\n"), strict=False)
    found = ((number, line.startswith(_CONFLICT)) for number, (line, other) in enumerate(pairs, 1) if line != other)
    return next(found, (1, False))
