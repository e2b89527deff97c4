"""Whole-process time of a compile, beside that of an interpreter that does nothing, in the same run.

Both are run in turn, so that a machine that slows down slows both; the ratio is what to quote.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
RUNS = 9


def seconds(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - begun


def main() -> None:
    specs = [ROOT / "specs" / "dr-topology.yaml", *sorted((ROOT / "tests" / "specs").glob("*.yaml"))]
    with tempfile.TemporaryDirectory() as folder:
        print(f"{'spec':<24} {'median s':>9} {'x floor':>8}   floor: python -c pass, {RUNS} runs each, in turn")
        for spec in specs:
            command = [sys.executable, "-m", "compiler", str(spec), "--no-lint", "-o", f"{folder}/{spec.stem}"]
            seconds(command)
            pairs = [(seconds(command), seconds([sys.executable, "-c", "pass"])) for _ in range(RUNS)]
            ratio = statistics.median(run / floor for run, floor in pairs)
            print(f"{spec.stem:<24} {statistics.median(run for run, _ in pairs):>9.3f} {ratio:>8.1f}")


if __name__ == "__main__":
    main()
