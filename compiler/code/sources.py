"""The code of a spec's functions as it is on disk, read once before anything is planned.

Reports DR404 and DR416.
"""

from __future__ import annotations

from pathlib import Path

from compiler.code import handlers
from compiler.code.archive import Archive, UnpackableError, archive, files
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding
from compiler.spec.model import Spec
from compiler.support.frozen import frozen


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
            findings += handlers.check(function, position, names)
    return Sources(tuple(archives), tuple(findings))
