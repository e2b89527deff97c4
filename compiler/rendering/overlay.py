"""The folder of partials that a user lays over the compiler's own: what makes it usable. Reports DR507."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from compiler.diagnostics.model import Diagnostic, Label, Span
from compiler.diagnostics.rules import Code
from compiler.diagnostics.suggest import near
from compiler.ir.elements import StackKind
from compiler.reading.textfile import START

ENDING = ".json.j2"
"""How the name of every partial ends."""


def strays(folder: Path) -> Iterator[Diagnostic]:
    """What makes a folder no folder of partials, or would be left out of it without a word.

    Files of other kinds (a README, say) may lie there.
    """
    refused: list[OSError] = []
    try:
        if not folder.is_dir():
            what = "is not a folder" if folder.exists() else "does not exist"
            yield _fault(folder, f"the folder of partials `{folder}` {what}")
            return
        walk = os.walk(folder, onerror=refused.append)
        files = sorted(Path(root, name) for root, _, names in walk for name in names)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        yield _fault(folder, f"the folder of partials cannot be used: {said}")
        return
    for found in refused:
        yield _fault(Path(str(found.filename)), f"the folder `{found.filename}` cannot be read: {found.strerror}")
    for path in files:
        if not path.name.startswith(".") and path.name.endswith((".json", ".j2")):
            yield from _stray(path, path.relative_to(folder).as_posix())


def _stray(path: Path, name: str) -> Iterator[Diagnostic]:
    if not name.endswith(ENDING):
        message = f"`{name}` is not used: the name of a partial must end in `{ENDING}`"
        yield _fault(path, message, "rename or remove it")
    elif name.count("/") != 1:
        message = f"`{name}` is not in the folder of a service"
        yield _fault(path, message, f"move it to `<service>/{path.name}`")
    elif not path.is_file():
        yield _fault(path, f"`{name}` is not a file")
    else:
        _, dot, kind = path.name.removesuffix(ENDING).rpartition(".")
        if dot and kind not in tuple(StackKind):
            close = near(kind, tuple(StackKind))
            remedy = f"did you mean `{close}`?" if close else f"the stack kinds are {', '.join(StackKind)}"
            yield _fault(path, f"`{name}`: `{kind}` is not a stack kind", remedy)


def _fault(path: Path, message: str, remedy: str | None = None) -> Diagnostic:
    return Diagnostic(Code.DR507, message, (Label(Span(path.as_posix(), START, START)),), remedy)
