"""A line of a report, for those who make one without loading rich."""

from __future__ import annotations

from compiler.support.frozen import frozen

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
