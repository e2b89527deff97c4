"""Output as a terminal shows it, without one."""

from __future__ import annotations

import io
import os
import re
from unittest import mock

from compiler.diff.change import Diff
from compiler.reporting import diff as differences
from compiler.reporting.page import Page

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def diff_text(diff: Diff, *, width: int = 100, colour: bool = False) -> str:
    """The diff as it is printed in so many columns."""
    stream = io.StringIO()
    with mock.patch.dict(os.environ, {"NO_COLOR": "" if colour else "1", "FORCE_COLOR": "1" if colour else ""}):
        differences.show(diff, Page(stream, width))
    return stream.getvalue()
