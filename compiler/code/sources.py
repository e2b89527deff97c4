"""The code of a spec's functions as it is on disk, read once before anything is planned.

Reports DR404 and DR416.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath

from compiler.code.archive import Archive, UnpackableError, archive, files
from compiler.diagnostics.rules import Code
from compiler.diagnostics.suggest import near
from compiler.findings.finding import Finding
from compiler.spec.compute import Function
from compiler.spec.model import Spec
from compiler.support.frozen import frozen

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
