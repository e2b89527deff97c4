"""The code of a spec's functions as it is on disk, read once before anything is planned.

The digest of an archive is that of the zip file itself, so that an upload can be checked. Times, owners and
permissions of the working copy have no influence on it. Reports DR404 and DR416.
"""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath

from compiler.diagnostics.codes import Code
from compiler.diagnostics.suggest import near
from compiler.findings.finding import Finding
from compiler.spec.compute import Function
from compiler.spec.model import Spec
from compiler.support.frozen import frozen

# Files of editors, interpreters and tests, which are not code.
_LEFT_OUT = {"__pycache__", ".git", ".DS_Store", ".venv", "tests", ".mypy_cache", ".ruff_cache"}
_CACHE = "node_modules/.cache"
# https://git-scm.com/docs/gitattributes#_text (read 2026-11-22); the figure is FIRST_FEW_BYTES in git's source.
_PROBED = 8000
_EPOCH = (1980, 1, 1, 0, 0, 0)
# 250 MB unzipped: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (read 2026-11-22)
MAX_BYTES = 250 * 1024 * 1024


class UnpackableError(Exception):
    """The folder cannot be packed; the message says why."""


@frozen
class Archive:
    """The digest of one function's archive."""

    function: str
    digest: str

    @property
    def key(self) -> str:
        """Object key in each region's code bucket."""
        return f"functions/{self.function}/{self.digest}.zip"


def files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Name in the archive and path of each file, sorted by name; raises `UnpackableError`."""
    if not folder.is_dir():
        raise UnpackableError("there is no such folder")
    found: list[tuple[str, Path]] = []
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _is_left_out(root, name))
        for name in folders:
            if Path(root, name).is_symlink():
                raise UnpackableError(
                    f"`{Path(root, name).relative_to(folder)}` is a link to a folder, which an archive cannot contain"
                )
        for name in names:
            path = Path(root, name)
            if name in _LEFT_OUT or name.endswith((".pyc", ".pyo")):
                continue
            if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
                raise UnpackableError(f"`{path.relative_to(folder)}` is a link to a file outside the folder")
            if not path.is_file():
                raise UnpackableError(f"`{path.relative_to(folder)}` is not a file")
            found.append((path.relative_to(folder).as_posix(), path))
    if not found:
        raise UnpackableError("the folder has no files")
    yield from sorted(found)


def _is_left_out(root: str, name: str) -> bool:
    return name in _LEFT_OUT or Path(root, name).as_posix().endswith(_CACHE)


def pack(folder: Path) -> bytes:
    """The zip archive of a folder; the same bytes for the same names and contents, everywhere."""
    buffer = io.BytesIO()
    total = 0
    # Stored, not deflated: compressed bytes differ between builds of zlib, and the digest must not.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, path in files(folder):
            try:
                content = path.read_bytes()
            except OSError as error:
                raise UnpackableError(f"`{name}` cannot be read: {error.strerror}") from None
            total += len(content)
            if total > MAX_BYTES:
                raise UnpackableError("it is larger than the 250 MB that Lambda allows")
            info = zipfile.ZipInfo(name, _EPOCH)
            # Some checkouts lose the executable bit. All files have it, since the `bootstrap` of a custom runtime must.
            info.external_attr = 0o755 << 16
            info.create_system = 3
            archive.writestr(info, _neutral(content))
    return buffer.getvalue()


def _neutral(content: bytes) -> bytes:
    """A text with the line ends of the repository; a checkout on Windows may have others.

    A file without a zero byte near its beginning is a text: git uses the same test.
    """
    return content if b"\0" in content[:_PROBED] else content.replace(b"\r\n", b"\n")


def archive(function: str, folder: Path) -> Archive:
    """The archive of one function's folder; raises `UnpackableError`."""
    return Archive(function, hashlib.sha256(pack(folder)).hexdigest())


_SCRIPTS = (".js", ".mjs", ".cjs")


def check(function: Function, position: int, names: Collection[str]) -> Iterator[Finding]:
    """A warning where Lambda would find no file to run; `names` are those of the files in the function's archive."""
    patterns = _patterns(function.runtime, function.handler)
    if not patterns or any(_matches(name, patterns) for name in names):
        return
    message = f"the handler of `{function.name}` is in `{patterns[0]}`, but `{function.source}` has no such file"
    known = {handler for name in names if (handler := _handler(name, patterns, function.handler))}
    guess = near(function.handler, known)
    hint = f"did you mean `{guess}`?" if guess else None
    yield Finding(Code.DR416, message, ("functions", position, "handler"), help=hint)


def _patterns(runtime: str, handler: str) -> tuple[str, ...]:
    """Files of which one has to be there, the usual one first; none for runtimes that know other"""
    if runtime.startswith("python"):
        # https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html (read 2026-11-22)
        module = handler.rpartition(".")[0].replace(".", "/")
        return f"{module}.py", f"{module}/__init__.py", f"{module}.so", f"{module}.*.so"
    if runtime.startswith("nodejs"):
        # https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html (read 2026-11-22)
        above, slash, name = handler.rpartition("/")
        module = above + slash + name.partition(".")[0]
        return tuple(module + ending for ending in _SCRIPTS)
    return ()


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    path = PurePosixPath(name)
    return any(path.match(pattern) and name.count("/") == pattern.count("/") for pattern in patterns)


def _handler(name: str, patterns: tuple[str, ...], handler: str) -> str | None:
    """The handler that a file would have, with the function that was asked for."""
    path = PurePosixPath(name)
    endings = {PurePosixPath(pattern).suffix for pattern in patterns}
    if path.suffix not in endings:
        return None
    return f"{path.with_suffix('').as_posix()}.{handler.rpartition('.')[2]}"


@frozen
class Sources:
    """The archive of every function whose code can be packed, in the order of the spec, and what is wrong with code."""

    archives: tuple[Archive, ...]
    findings: tuple[Finding, ...]


def read(spec: Spec, folder: Path) -> Sources:
    """The code of every function; `folder` is where the spec's relative paths begin."""
    archives: list[Archive] = []
    findings: list[Finding] = []
    for position, function in enumerate(spec.functions):
        source = folder / function.source
        try:
            archives.append(archive(function.name, source))
            names = [name for name, _ in files(source)]
        except UnpackableError as error:
            message = f"the code of `{function.name}` cannot be packed: {error}"
            findings.append(Finding(Code.DR404, message, ("functions", position, "source")))
        else:
            findings += check(function, position, names)
    return Sources(tuple(archives), tuple(findings))
