"""What a command found, as every output format takes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from compiler.diagnostics.model import Diagnostic
from compiler.support.frozen import frozen

if TYPE_CHECKING:
    from compiler.diff.change import Diff
    from compiler.findings.suppressions import Suppressed


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
