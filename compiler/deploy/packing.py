"""The code of functions as archives: packed once, so that the bytes that are uploaded are those of the digest shown.

`source` is a folder, which is packed, or an archive (.zip or .jar), which is taken as it is. All of a
folder is in its archive, also what git ignores: dependencies, and what a build made. Nothing is left out because it
cannot be read. Times, owners and permissions have no influence on the archive of a folder. Reports DR404.
"""

from __future__ import annotations

import io
import os
import posixpath
import stat
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from compiler.aws.facts import lambda_
from compiler.deploy.package import Package
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.spec.model import Spec

_LEFT_OUT = frozenset(
    ("__pycache__", ".git", ".DS_Store", ".venv", ".mypy_cache", ".pytest_cache", ".ruff_cache", "node_modules/.cache")
)
"""What editors, interpreters and version control leave anywhere in a folder."""
_LEFT_OUT_ABOVE = frozenset(("tests",))
"""What is left out at the top of a folder only: a dependency may import its own."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
_ENCRYPTED = 1
"""Flag of a member of an archive."""
_LONGEST_LINK = 4096  # not a figure: PATH_MAX of Linux
"""Bytes of a path, at most; what is longer is no link."""


class PackingError(Exception):
    """The code cannot be packed; the message says why, `help` what to do where that depends on the case."""

    def __init__(self, message: str, help_text: str | None = None) -> None:
        super().__init__(message)
        self.help = help_text


def read(
    spec: Spec, folder: Path, chosen: Mapping[str, Path | None]
) -> tuple[tuple[Package, ...], tuple[Finding, ...]]:
    """The archive of every function that has code here, in the order of the spec, and what cannot be packed.

    `folder` is where the spec's relative paths begin; `chosen` are paths that a person gave instead, by function, None
    for code that is not to be packed. A function without either is released elsewhere: it has no archive.
    """
    packages: list[Package] = []
    findings: list[Finding] = []
    contents: dict[Path, bytes] = {}
    for position, function in enumerate(spec.functions):
        source = chosen.get(function.name, folder / function.source if function.source else None)
        if source is None:
            continue
        try:
            if source not in contents:
                contents[source] = pack(source)
        except PackingError as error:
            message = f"the code of `{function.title or function.name}` in `{source}` cannot be packed: {error}"
            route = ("functions", position, "source") if function.source else ("functions", position)
            findings.append(Finding(Code.DR404, message, route, help=error.help))
        else:
            packages.append(Package(function.name, contents[source]))
    return tuple(packages), tuple(findings)


def pack(source: Path) -> bytes:
    """The archive of a folder, the same bytes for the same names and contents everywhere; an archive as it is.

    Raises `PackingError`.
    """
    try:
        found = source.stat()
        if stat.S_ISDIR(found.st_mode):
            return _packed(files(source))
        if not stat.S_ISREG(found.st_mode):
            raise PackingError("it is neither a folder nor an archive")
        _within_limit(found.st_size)
        content = source.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise PackingError(
            "it does not exist", "build the code first, or correct the path; it is relative to the spec"
        ) from None
    except OSError as error:
        raise PackingError(f"it cannot be read: {error.strerror}") from None
    _check_archive(content)
    return content


def files(folder: Path) -> list[tuple[str, Path, int]]:
    """Name in the archive, path and size in bytes of each file, sorted by name; raises `PackingError`."""
    found: list[tuple[str, Path, int]] = []
    inside = Path(os.path.realpath(folder))
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError as error:
            raise PackingError(f"`{_shown(here, folder)}` cannot be read: {error.strerror}") from None
        names = {entry.name for entry in entries}
        for entry in entries:
            path = here / entry.name
            if _is_left_out(path.relative_to(folder), names):
                continue
            status = _status(path, folder, inside)
            if stat.S_ISDIR(status.st_mode):
                waiting.append(path)
            else:
                found.append((_name(path, folder), path, status.st_size))
    if not found:
        raise PackingError(
            "the folder has no files", "build the code, install the dependencies, or check out the git submodule first"
        )
    return sorted(found)


def _is_left_out(path: Path, beside: set[str]) -> bool:
    name, parts = path.name, path.parts
    if name in _LEFT_OUT or "/".join(parts[-2:]) in _LEFT_OUT or (len(parts) == 1 and name in _LEFT_OUT_ABOVE):
        return True
    # Python reads such a file only where its source is not there.
    return path.suffix in (".pyc", ".pyo") and f"{path.stem}.py" in beside


def _status(path: Path, folder: Path, inside: Path) -> os.stat_result:
    """What a file or folder is, a link followed where it stays inside; raises `PackingError`."""
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            target = Path(os.path.realpath(path, strict=True))
            status = target.stat()
            if not target.is_relative_to(inside):
                raise PackingError(
                    f"`{_shown(path, folder)}` is a link to `{target}`, which is outside the folder", _COPY
                )
            if stat.S_ISDIR(status.st_mode):
                raise PackingError(
                    f"`{_shown(path, folder)}` is a link to a folder, which the archive cannot contain", _COPY
                )
    except OSError as error:
        raise PackingError(f"`{_shown(path, folder)}` cannot be read: {error.strerror}") from None
    if not stat.S_ISDIR(status.st_mode) and not stat.S_ISREG(status.st_mode):
        raise PackingError(f"`{_shown(path, folder)}` is not a file")
    return status


_COPY = (
    "copy what the link leads to: `npm install --install-links`, `pnpm config set node-linker hoisted`, or a build step"
)


def _name(path: Path, folder: Path) -> str:
    name = path.relative_to(folder).as_posix()
    try:
        name.encode()
    except UnicodeEncodeError:
        raise PackingError(f"the name `{_shown(path, folder)}` is not UTF-8 text", "rename the file") from None
    return name


def _shown(path: Path, folder: Path) -> str:
    """A path within the folder as it can be printed; the folder itself is a dot."""
    name = path.relative_to(folder).as_posix().encode(errors="backslashreplace").decode()
    return name if len(name) <= 200 else f"{name[:99]}…{name[-100:]}"


def _packed(listed: list[tuple[str, Path, int]]) -> bytes:
    """The zip archive of files; raises `PackingError`."""
    # The sizes come first: a sparse file can be larger than the memory of the machine.
    _within_limit(sum(size for _, _, size in listed))
    buffer = io.BytesIO()
    total = 0
    # Stored, not deflated: compressed bytes differ between builds of zlib, and the digest must not.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, path, _ in listed:
            try:
                content = path.read_bytes()
            except OSError as error:
                raise PackingError(f"`{name}` cannot be read: {error.strerror}") from None
            total += len(content)
            _within_limit(total)
            info = zipfile.ZipInfo(name, _EPOCH)
            # Some checkouts lose the executable bit. All files have it, since the `bootstrap` of a custom runtime must.
            info.external_attr = 0o755 << 16
            info.create_system = 3
            archive.writestr(info, content)
    return buffer.getvalue()


def _check_archive(content: bytes) -> None:
    """Raises `PackingError` where Lambda could not unpack an archive."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        members = archive.infolist()
        targets = {member.filename: archive.read(member) for member in members if _is_link(member)}
    # A damaged archive fails in many ways.
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, RuntimeError, EOFError) as error:
        raise PackingError(
            f"it is a file, but not a zip archive: {error}", "name the folder that contains the code, a .zip, or a .jar"
        ) from None
    _within_limit(sum(member.file_size for member in members))
    for member in members:
        name = member.filename
        if member.flag_bits & _ENCRYPTED:
            raise PackingError(f"`{name}` in it is encrypted")
        target = targets.get(name, b"").decode(errors="replace")
        if _leaves(name) or _leaves(posixpath.join(posixpath.dirname(name), target)):
            raise PackingError(
                f"`{name}` in it leads out of the archive", "pack the content of the folder, not its path"
            )
    if not any(not member.is_dir() for member in members):
        raise PackingError("the archive has no files")


def _is_link(member: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(member.external_attr >> 16) and member.file_size <= _LONGEST_LINK


def _leaves(name: str) -> bool:
    return name.startswith("/") or posixpath.normpath(name).split("/")[0] == ".."


def _within_limit(size: int) -> None:
    limit = lambda_.UNZIPPED_BYTES.value
    if size > limit:
        raise PackingError(
            f"it has {size:,} bytes unzipped; Lambda allows {limit // 1024**2} MB",
            "leave out what does not run, or load large files from a bucket",
        )
