"""What is measured, each with its goal: a ratio against the floor of the same run, or a figure of memory.

`F` is the time of `python -c pass`, and `I` that of a process that imports the libraries and no more.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench import specs
from tests.bench.timing import LIBRARIES, PYTHON, ROOT, SHORT_RUNS, Cost, cost

BIN = Path(sys.executable).parent
COMPILE, HOOK = str(BIN / "dr-compile"), str(BIN / "dr-compile-hook")
OVER = 40
"""Milliseconds that a compile may take beyond 1.2 times its libraries."""


@dataclass(frozen=True)
class Row:
    """One line of the table. `measured` has the same unit as `goal`, and less is better."""

    name: str
    goal: float
    measured: float
    unit: str

    @property
    def met(self) -> bool:
        return self.measured <= self.goal


class Bench:
    """A folder with the specs of a run and its caches."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cache = folder / "cache"
        self.cache.mkdir()
        self._numbers = iter(range(1_000_000))

    def compiled(self, spec: Path, *words: str, floor: list[str] | None = None, cold: bool = False) -> Cost:
        """A compile with nothing remembered, of a spec into a folder of the run."""
        output = self.folder / "out" / spec.stem
        return cost(
            [COMPILE, str(spec), "--no-lint", "--no-cache", "-o", str(output), *words],
            self.cache,
            floor=floor or PYTHON,
            before=self._forget if cold else None,
        )

    def _forget(self) -> None:
        shutil.rmtree(self.cache)
        self.cache.mkdir()

    def repository(self) -> Path:
        """A work tree with the shipped spec and its templates, all of it committed."""
        top = self.folder / f"repository-{next(self._numbers)}"
        shutil.copytree(ROOT / "specs", top / "specs")
        shutil.copytree(ROOT / "templates", top / "templates")
        (top / "functions").symlink_to(ROOT / "functions")
        commit(top)
        return top


def commit(top: Path) -> None:
    """Makes a folder a repository of git, or commits what changed in it."""
    who = ["-c", "user.name=Bench", "-c", "user.email=bench@example.com", "-c", "commit.gpgsign=false"]
    for words in (["init", "-q"], ["add", "-A"], [*who, "commit", "-q", "--no-verify", "-m", "All"]):
        subprocess.run(["git", *words], cwd=top, check=True, capture_output=True)


def unchanged(bench: Bench) -> Iterator[Row]:
    """What people wait for most often: nothing has changed since the last run."""
    top = bench.repository()
    check = [COMPILE, "specs/dr-topology.yaml", "--check"]
    yield Row("--check, nothing changed", 2, cost(check, bench.cache, folder=top, runs=SHORT_RUNS).ratio, "F")
    yield Row(
        "the hook, nothing changed", 2, cost([HOOK, "--check"], bench.cache, folder=top, runs=SHORT_RUNS).ratio, "F"
    )
    difference = [COMPILE, "specs/dr-topology.yaml", "--diff"]
    yield Row("--diff, nothing changed", 2, cost(difference, bench.cache, folder=top, runs=SHORT_RUNS).ratio, "F")
    whole = bench.compiled(specs.SHIPPED).own
    spec = top / "specs" / "dr-topology.yaml"
    text = spec.read_text(encoding="utf-8")
    spec.write_text(text.replace("retention: 3650d", "retention: 3000d", 1), encoding="utf-8")
    changed = cost([*difference, "--no-cache"], bench.cache, folder=top).own
    yield Row("--diff, a value changed", 1.3, changed / whole, "compiles")


def compiles(bench: Bench) -> Iterator[Row]:
    """A compile of the shipped spec, lint off, with nothing remembered of its result."""
    whole = bench.compiled(specs.SHIPPED, floor=LIBRARIES)
    yield Row("compile", 1.2 + OVER / whole.floor, whole.ratio, "I")
    first = bench.compiled(specs.SHIPPED, cold=True)
    yield Row("compile, no caches", 1.3 * 1.2 + 1.3 * OVER / whole.floor, first.own / whole.floor, "I")
    yield Row("memory of a compile", 45, whole.memory, "MiB")
    more = specs.write(specs.more_tables(20), bench.folder / "sizes" / "specs" / "more.yaml")
    larger = bench.compiled(more)
    count = resources(bench.folder / "out" / "more") - resources(bench.folder / "out" / "dr-topology")
    yield Row("each further resource", 0.0033, (larger.own - whole.own) / larger.floor / count, "F")
    program = [sys.executable, "-m", "tests.bench.troposphere_program"]
    if subprocess.run([sys.executable, "-c", "import troposphere"], check=False, capture_output=True).returncode == 0:
        few, many = (cost([*program, number], bench.cache) for number in ("100", "400"))
        yield Row("each further resource, troposphere", float("inf"), (many.own - few.own) / many.floor / 300, "F")
    ten = specs.write(specs.many_regions(10), bench.folder / "sizes" / "specs" / "ten.yaml")
    yield Row("10 regions, of 2", 1.3, bench.compiled(ten).own / whole.own, "compiles")


def resources(output: Path) -> int:
    """Resources in the templates of a folder."""
    templates = (json.loads(path.read_bytes()) for path in output.glob("*.json"))
    return sum(len(template["Resources"]) for template in templates if "Resources" in template)


def lint(bench: Bench) -> Iterator[Row]:
    """What cfn-lint adds where no template has changed; the first run, which is not counted, checks them."""
    command = [COMPILE, str(specs.SHIPPED), "-o", str(bench.folder / "out" / "dr-topology")]
    linted = cost(command, bench.cache)
    yield Row("lint, no template changed", 1, linted.own - bench.compiled(specs.SHIPPED).own, "ms")


def short(bench: Bench) -> Iterator[Row]:
    """Commands that end before anything is compiled."""
    torn = bench.folder / "torn.yaml"
    torn.write_text("regions: [us-east-1\n", encoding="utf-8")
    yield Row("--version", 2, cost([COMPILE, "--version"], bench.cache, runs=SHORT_RUNS).ratio, "F")
    yield Row("--help", 3, cost([COMPILE, "--help"], bench.cache, runs=SHORT_RUNS).ratio, "F")
    yield Row("a mistake in the YAML", 6, cost([COMPILE, str(torn)], bench.cache, runs=SHORT_RUNS, code=1).ratio, "F")


def many(bench: Bench) -> Iterator[Row]:
    """A repository with 200 specs that share nothing."""
    top = bench.folder / "monorepo"
    names = [
        f"specs/{name}.yaml" for name, tree in specs.apart(200) if specs.write(tree, top / "specs" / f"{name}.yaml")
    ]
    few, whole = (
        cost([COMPILE, *names[:count], "--no-lint", "--no-cache", "--quiet"], bench.cache, folder=top, runs=1)
        for count in (50, 200)
    )
    yield Row("200 specs, of 4 times 50", 1.1, whole.own / few.own / 4, "times")
    commit(top)
    alone = bench.repository()
    for place in (top, alone):
        spec = next((place / "specs").glob("*.yaml"))
        spec.write_text(f"{spec.read_text(encoding='utf-8')}\n# A remark.\n", encoding="utf-8")
        subprocess.run(["git", "add", "-A"], cwd=place, check=True)
    own, one = (cost([HOOK, "--check", staged(place)], bench.cache, folder=place) for place in (top, alone))
    yield Row("the hook over one of 200 specs", 3, own.own / one.own, "hooks")


def large(bench: Bench) -> Iterator[Row]:
    """500 tables, buckets and functions, once."""
    spec = specs.write(specs.of_each(500), bench.folder / "large" / "specs" / "large.yaml")
    command = [COMPILE, str(spec), "--no-lint", "--no-cache", "--quiet", "-o", str(bench.folder / "out" / "large")]
    whole = cost(command, bench.cache, runs=0, before=lambda: None)
    yield Row("memory, 500 of each", 120, whole.memory, "MiB")
    yield Row("each resource of 500 of each", 0.0033, whole.ratio / resources(bench.folder / "out" / "large"), "F")


def staged(top: Path) -> str:
    """The file that is staged, as pre-commit hands it over."""
    command = ["git", "diff", "--cached", "--name-only"]
    return subprocess.run(command, cwd=top, check=True, capture_output=True, text=True).stdout.split("\n")[0]


GROUPS: tuple[Callable[[Bench], Iterator[Row]], ...] = (short, unchanged, compiles, lint, many, large)
