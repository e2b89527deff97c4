"""Forms of the diagnostics for other programs: SARIF 2.1.0 and GitHub's annotations. Text and JSON are made in `show`.

All of them go to stdout, and none changes an exit code.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from compiler.diagnostics.model import Diagnostic

if TYPE_CHECKING:
    from compiler.findings.suppressions import Suppressed

FORMATS = ("text", "json", "sarif", "github")


def render(form: str, diagnostics: Iterable[Diagnostic], suppressed: Iterable[Suppressed] = ()) -> str:
    """The diagnostics in the form `sarif` or `github`, without the last line end."""
    if form == "sarif":
        from compiler.reporting import sarif

        return sarif.render(diagnostics, suppressed)
    from compiler.reporting import github

    return github.render(diagnostics)
