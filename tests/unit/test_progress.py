"""What a person sees of a running deployment: lines that are overwritten on a terminal, news elsewhere."""

from __future__ import annotations

import io

import pytest

from compiler.reporting.progress import Progress
from compiler.reporting.result import Line
from tests.terminal import Terminal


def test_elsewhere_a_line_for_each_news() -> None:
    out = io.StringIO()
    progress = Progress(out)
    progress.say("wave 1 of 3")
    for done in range(5):
        progress.stack("primary.us-east-1", "creates", done, 4)
    progress.stack("primary.us-east-1", "CREATE_COMPLETE")
    progress.settle()
    lines = out.getvalue().split("\n")
    assert lines[0] == "wave 1 of 3"
    assert [line.split("s  ", 1)[1].split() for line in lines[1:-1]] == [
        ["primary.us-east-1", "creates", "0/4"],
        ["primary.us-east-1", "CREATE_COMPLETE"],
    ]
    assert "\x1b" not in out.getvalue()


@pytest.mark.parametrize("plain", ["", "1"])
def test_a_terminal_shows_the_last_news_of_each_stack(plain: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With NO_COLOR too: it is about colours."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", plain)
    monkeypatch.setenv("COLUMNS", "60")
    out = Terminal()
    progress = Progress(out)
    progress.stack("primary.us-east-1", "creates", 1, 82)
    progress.stack("global.us-east-1", "creates", 1, 18)
    progress.say(Line("a line ", "that stays"))
    progress.stack("primary.us-east-1", "creates", 82, 82)
    progress.settle()
    shown = screen(out.getvalue())
    assert shown == [
        "a line that stays",
        "  primary.us-east-1        creates 82/82",
        "  global.us-east-1         creates 1/18",
    ]
    assert out.getvalue().rindex("\x1b[?25h") > out.getvalue().rindex("\x1b[?25l"), "the cursor is shown again"


def screen(written: str) -> list[str]:
    """The lines that a terminal shows after carriage returns, line feeds, erased lines and moves up."""
    lines, row = [""], 0
    position = 0
    while position < len(written):
        character = written[position]
        position += 1
        if character == "\x1b":
            end = next(at for at in range(position + 1, len(written)) if written[at].isalpha())
            code, position = written[position + 1 : end + 1], end + 1
            if code.endswith("A"):
                row -= int(code[:-1])
            elif code.endswith("K"):
                lines[row] = ""
        elif character == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif character != "\r":
            lines[row] += character
    return [line.rstrip() for line in lines if line.strip()]
