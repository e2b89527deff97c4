"""docs/deploy.md quotes a run from nothing; the end-to-end test holds the quotation against what its own run printed.

Times differ from run to run, and so do the order in which stacks of one wave get on and the steps in between that are
caught; everything else has to be the same.
"""

from __future__ import annotations

import re
from pathlib import Path

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "deploy.md"
_BLOCK = re.compile(r"^```\n(transactions: environment .*?)^```", re.MULTILINE | re.DOTALL)
_TIME = re.compile(r"^ +\d+\.\ds(?=  )|(?<=^deployed in )\d+ s$")
_BETWEEN = re.compile(r"(creates|updates) [1-9]\d*/\d+$|cleans up")


def steady(out: str) -> list[str]:
    """What every run from nothing prints, without times; by wave, in any order within it."""
    waves: list[list[str]] = [[]]
    for line in out.rstrip().splitlines():
        if line.startswith(("wave ", "deployed in")):
            waves.append([])
        if not _BETWEEN.search(line):
            waves[-1].append(_TIME.sub("", line))
    return [line for wave in waves for line in sorted(set(wave))]


def check(out: str) -> None:
    """Fails where the guide quotes another run."""
    (quoted,) = _BLOCK.findall(GUIDE.read_text(encoding="utf-8"))
    assert steady(quoted) == steady(out), f"docs/deploy.md should quote:\n{out}"
