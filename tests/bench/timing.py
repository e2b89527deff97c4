"""How long whole processes take, beside a floor in the same run.

A command and its floor run in turn, so that a machine that slows down slows both. The least of several runs counts:
whatever else a machine does can only add to it. Goals are about waiting, so the clock on the wall counts, and what a
command does at the same time as another is worth it. A machine without other work is needed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PYTHON = [sys.executable, "-c", "pass"]
LIBRARIES = [sys.executable, "-c", "import pydantic, jinja2, ruamel.yaml; pydantic.BaseModel"]
RUNS, SHORT_RUNS = 7, 25
"""How often a command is run; one that ends at once is run more often, since a moment of other work weighs more."""


@dataclass(frozen=True)
class Cost:
    """Time of a command and of its floor, in milliseconds, and the most memory that it held, in MiB."""

    own: float
    floor: float
    memory: float

    @property
    def ratio(self) -> float:
        return self.own / self.floor


def environment(cache: Path) -> dict[str, str]:
    """The environment of a timed command: its caches are in a folder of the run, and Python keeps what it compiled."""
    given = {**os.environ, "XDG_CACHE_HOME": str(cache), "TMPDIR": str(cache)}
    given.pop("PYTHONDONTWRITEBYTECODE", None)
    return given


def cost(
    command: Sequence[str],
    cache: Path,
    *,
    folder: Path = ROOT,
    floor: Sequence[str] = PYTHON,
    runs: int = RUNS,
    before: Callable[[], None] | None = None,
    code: int = 0,
) -> Cost:
    """What a command takes, which must end with the exit code `code`; `before` is called before each of its runs.

    The first run is not counted: it fills the caches, unless `before` empties them.
    """
    given = environment(cache)
    own, least, memory = [], [], 0.0
    for number in range(runs + 1):
        if before:
            before()
        took, held = _once(command, folder, given, code)
        if number or before:
            own.append(took)
            memory = max(memory, held)
        least.append(_once(floor, folder, given)[0])
    return Cost(min(own), min(least), memory)


_MEASURED = """
import resource, subprocess, sys, time
begun = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
took = time.perf_counter() - begun
print(done.returncode, took * 1000, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
sys.stderr.buffer.write(done.stderr[-2000:])
"""


def _once(command: Sequence[str], folder: Path, given: Mapping[str, str], code: int = 0) -> tuple[float, float]:
    # A process of its own in between: the memory of children is known as the most of all of them only.
    words = [sys.executable, "-c", _MEASURED, *command]
    done = subprocess.run(words, cwd=folder, env=dict(given), capture_output=True, text=True, check=True)
    ended, took, held = done.stdout.split()
    if int(ended) != code:
        raise RuntimeError(f"{' '.join(command)}: exit code {ended}\n{done.stderr}")
    return float(took), float(held)
