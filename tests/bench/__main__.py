"""`python -m tests.bench [NAME...]`: prints the table of goals, and the stages of a compile.

With `--record`, what was measured becomes what later runs are compared with: `tests/bench/recorded.json`.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench import specs
from tests.bench.goals import GROUPS, Bench, Row
from tests.bench.timing import LIBRARIES, PYTHON, ROOT, SHORT_RUNS, cost, environment

RECORDED = Path(__file__).parent / "recorded.json"
_REPEATS = 5


def main(words: list[str]) -> None:
    names = [word for word in words if not word.startswith("-")]
    before: dict[str, float] = json.loads(RECORDED.read_text(encoding="utf-8")) if RECORDED.is_file() else {}
    measured: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        libraries = cost(LIBRARIES, bench.cache, runs=SHORT_RUNS)
        print(f"F, python -c pass: {libraries.floor:.1f} ms; I, its libraries imported: {libraries.own:.1f} ms\n")
        print(f"{'what':<38} {'goal':>9} {'measured':>9} {'last':>9}  unit      verdict")
        for group in GROUPS:
            if names and group.__name__ not in names:
                continue
            for row in group(bench):
                measured[row.name] = row.measured
                print(_line(row, before.get(row.name)), flush=True)
        if not names or "stages" in names:
            _stages(bench)
    if "--record" in words:
        RECORDED.write_text(json.dumps({**before, **measured}, indent=2) + "\n", encoding="utf-8")


def _line(row: Row, last: float | None) -> str:
    goal = "-" if math.isinf(row.goal) else _shown(row.goal)
    verdict = "-" if math.isinf(row.goal) else "met" if row.met else "not met"
    then = "-" if last is None else _shown(last)
    return f"{row.name:<38} {goal:>9} {_shown(row.measured):>9} {then:>9}  {row.unit:<9} {verdict}"


def _shown(value: float) -> str:
    return f"{value:.4f}" if value < 0.1 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _stages(bench: Bench) -> None:
    """Processor time of each stage: a small spec, the shipped one, and one with many tables."""
    small = ROOT / "tests" / "specs" / "minimal.yaml"
    large = specs.write(specs.more_tables(20), bench.folder / "stages" / "specs" / "large.yaml")
    found: list[dict[str, float]] = []
    for spec in (small, specs.SHIPPED, large):
        runs = [_stages_of(spec, bench) for _ in range(_REPEATS)]
        found.append({name: min(run[name] for run in runs) for name in runs[0]})
    print(f"\n{'stage, ms':<30} {'small':>8} {'shipped':>8} {'large':>8}")
    for name in found[0]:
        print(f"{name:<30} " + " ".join(f"{column[name]:>8.1f}" for column in found))
    start = cost(PYTHON, bench.cache).own
    print(f"{'start of Python':<30} " + " ".join(f"{start:>8.1f}" for _ in found))


def _stages_of(spec: Path, bench: Bench) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.stages", str(spec)]
    done = subprocess.run(command, cwd=ROOT, env=environment(bench.cache), check=True, capture_output=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
