"""What is reported: the result of a command for the output formats, and lines for people, without loading rich."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from compiler.diagnostics.model import Diagnostic
from compiler.support.frozen import frozen

if TYPE_CHECKING:
    from compiler.diff.change import Diff
    from compiler.findings.report import Suppressed

LOST = "bold red reverse"
"""Style of what says that data is lost, or at stake."""


@frozen
class Line:
    """What stands before the last column of a line, the words of that column, and the style of both.

    Where the words are too long for a terminal, they go on in their own column.
    """

    lead: str
    words: str = ""
    style: str = ""


@frozen
class Report:
    """Plain lines: a head, then each stack with its title, the most important first, and an end."""

    head: tuple[str, ...]
    stacks: tuple[tuple[str, tuple[str, ...]], ...]
    foot: tuple[str, ...]


@frozen
class Stack:
    """One compiled stack: its name such as `primary`, region, template's file name, number of resources, and spec."""

    stack: str
    region: str
    template: str
    resources: int
    spec: str = ""


@frozen
class Result:
    """Findings, those that the specs accept, the compiled stacks, what a deployment changes, and texts already read.

    `stacks` is empty where nothing was compiled. `diffs` are what a deployment of each spec changes, with its name,
    where somebody asked for it; `several` says whether more than one spec was compiled.
    """

    diagnostics: tuple[Diagnostic, ...]
    suppressed: tuple[Suppressed, ...] = ()
    stacks: tuple[Stack, ...] = ()
    diffs: tuple[tuple[str, Diff], ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    several: bool = False


def merged(results: Iterable[Result], *, several: bool) -> Result:
    """Results as one."""
    found = tuple(results)
    return Result(
        tuple(item for one in found for item in one.diagnostics),
        tuple(item for one in found for item in one.suppressed),
        tuple(stack for one in found for stack in one.stacks),
        tuple(diff for one in found for diff in one.diffs),
        {file: text for one in found for file, text in one.texts.items()},
        several=several,
    )
