"""What is reported: the result of a command for the output formats, and lines for people, without loading rich."""

from __future__ import annotations

from collections.abc import Mapping
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
    """One compiled stack: its name such as `primary`, region, template's file name, and number of resources."""

    stack: str
    region: str
    template: str
    resources: int


@frozen
class Result:
    """Findings, those that the spec accepts, the compiled stacks, what a deployment changes, and texts already read.

    `stacks` is empty where nothing was compiled, `diff` None where nobody asked for it.
    """

    diagnostics: tuple[Diagnostic, ...]
    suppressed: tuple[Suppressed, ...] = ()
    stacks: tuple[Stack, ...] = ()
    diff: Diff | None = None
    texts: Mapping[str, str] | None = None
