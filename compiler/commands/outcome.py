"""What `dr-compile` says at its end: the diagnostics in the form asked for, what was written, what a change does.

Diagnostics for people go to stderr, all else to stdout.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from compiler.reporting.console import coloured, say

if TYPE_CHECKING:
    from compiler.diagnostics.model import Diagnostic
    from compiler.diff.change import Diff
    from compiler.pipeline import Compiled


def report(
    diagnostics: Sequence[Diagnostic], form: str, compiled: Compiled | None, changed: Diff | None = None
) -> None:
    """The diagnostics of a run, with what it compiled to where it did, in one of the forms."""
    from compiler.reporting import show

    if form == "json":
        stacks = [
            {"stack": t.stack.name, "region": t.stack.region, "template": t.file, "resources": len(t.body["Resources"])}
            for t in (compiled.templates if compiled else ())
        ]
        found = None
        if changed:
            from compiler.diff.record import record

            found = record(changed)
        print(show.as_json(diagnostics, stacks, found, compiled.suppressed if compiled else ()))
        return
    if form != "text":
        from compiler.reporting import formats

        written = formats.render(form, diagnostics, compiled.suppressed if compiled else ())
        print(written, end="\n" if written else "")
        return
    sources = show.Sources({compiled.document.file: compiled.document.text} if compiled else {})
    say(show.text(diagnostics, sources, colour=coloured()), end="")


def summary(compiled: Compiled, shown: str, *, checked: bool) -> list[str]:
    """What was written or matches, line by line, and what was accepted on the way."""
    verb = "match" if checked else "written to"
    lines = [f"{len(compiled.bundle.files)} files {verb} {shown}"]
    lines += (f"  {t.file:<28} {len(t.body['Resources']):>4} resources" for t in compiled.templates)
    lines.append(f"  deployed in {len(compiled.linked.waves)} waves (see manifest.json)")
    for item in compiled.suppressed:
        until = f" until {item.entry.expires}" if item.entry.expires else ""
        lines.append(f"  accepted{until}: {item.diagnostic.message}")
    return lines


def diff_text(diff: Diff, spec: str, stream: TextIO) -> str:
    """The diff as it fits the terminal behind a stream."""
    from compiler.diff.show import WIDTH, text
    from compiler.reporting import show

    colour = show.wants_colour(os.environ, terminal=stream.isatty())
    return text(diff, spec, width=shutil.get_terminal_size((WIDTH, 0)).columns, colour=colour)


def write(words: str) -> None:
    """To stdout, with what its encoding cannot hold written as escapes."""
    encoding = sys.stdout.encoding or "ascii"
    print(words.encode(encoding, "backslashreplace").decode(encoding), end="")


def shown(folder: Path) -> str:
    """The folder as people see it: relative to where they stand, if it lies below."""
    try:
        return folder.absolute().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return folder.as_posix()
