"""Whole-process times of `dr-compile`, beside that of an interpreter that does nothing, in the same run.

Each command and the interpreter are run in turn, so that a machine that slows down slows both; the ratio is what to
quote. `python -m tests.bench.compile_time`
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
RUNS = 9
FLOOR = [sys.executable, "-c", "pass"]
LIBRARIES = [sys.executable, "-c", "import pydantic, jinja2, ruamel.yaml; pydantic.BaseModel"]


def commands(folder: str) -> Iterator[tuple[str, list[str]]]:
    """What is timed: a name and the words of the command. What is remembered is so from the second run on."""
    run = [sys.executable, "-m", "compiler"]
    shipped = ["specs/dr-topology.yaml", "-o", f"{folder}/dr-topology"]
    yield "libraries alone", LIBRARIES
    yield "--version", [*run, "--version"]
    yield "--help", [*run, "--help"]
    yield "compile", [*run, *shipped, "--no-lint", "--no-cache"]
    yield "compile, remembered", [*run, *shipped, "--no-lint"]
    yield "--check", [*run, *shipped, "--check", "--no-cache"]
    yield "--check, remembered", [*run, *shipped, "--check"]
    for spec in sorted((ROOT / "tests" / "specs").glob("*.yaml")):
        yield f"compile {spec.stem}", [*run, str(spec), "--no-lint", "--no-cache", "-o", f"{folder}/{spec.stem}"]


def seconds(command: list[str], environment: dict[str, str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - begun


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "XDG_CACHE_HOME": f"{folder}/cache"}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        print(f"{'command':<28} {'median s':>9} {'x floor':>8}   floor: python -c pass, {RUNS} runs each, in turn")
        for name, command in commands(folder):
            for _ in range(2):
                seconds(command, environment)
            pairs = [(seconds(command, environment), seconds(FLOOR, environment)) for _ in range(RUNS)]
            ratio = statistics.median(run / floor for run, floor in pairs)
            print(f"{name:<28} {statistics.median(run for run, _ in pairs):>9.3f} {ratio:>8.1f}")


if __name__ == "__main__":
    main()
