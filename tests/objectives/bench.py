"""The shipped spec with its text changed, judged or compiled: what the tests of the objectives share."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from compiler.diagnostics.model import Diagnostic, RejectedError
from compiler.objectives.evaluate import evaluate
from compiler.objectives.record import record
from compiler.pipeline import Compiled, compile_document, plan_document
from compiler.reading.document import load_document
from compiler.topology.model import Topology
from tests.helpers import SHIPPED

Change = tuple[str, str]
SHOWN = "specs/dr-topology.yaml"
"""What messages call a changed copy: what a user would have changed."""

_MARK = re.compile(r"⟨(\d)⟩")


@cache
def shipped_text() -> str:
    return SHIPPED.read_text(encoding="utf-8")


def changed(changes: Iterable[Change]) -> str:
    """The shipped spec after some replacements, each of a text that occurs once."""
    text = shipped_text()
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times"
        text = text.replace(old, new)
    return text


@dataclass(frozen=True)
class Marked:
    """A text and the places that were marked in it by `⟨1⟩`, `⟨2⟩`, ...: line and column, from 1."""

    text: str
    places: Mapping[int, tuple[int, int]]


def marked(text: str) -> Marked:
    """Takes the marks out of a text."""
    places: dict[int, tuple[int, int]] = {}
    lines = text.split("\n")
    for number in range(len(lines)):
        while mark := _MARK.search(lines[number]):
            assert int(mark[1]) not in places, f"mark {mark[1]} stands twice"
            places[int(mark[1])] = (number + 1, mark.start() + 1)
            lines[number] = lines[number].replace(mark[0], "", 1)
    return Marked("\n".join(lines), places)


@dataclass(frozen=True)
class Judged:
    """What the objectives come to: the topology, unless something stands in its way, and what is left to report."""

    topology: Topology | None
    left: tuple[Diagnostic, ...]
    objectives: Mapping[str, Any]

    def objective(self, name: str) -> Mapping[str, Any]:
        return next(o for o in self.objectives["objectives"] if o["id"] == name)

    def term(self, name: str) -> Mapping[str, Any]:
        return next(t for o in self.objectives["objectives"] for t in o["terms"] if t["id"] == name)

    def demand(self, name: str, region: str) -> Mapping[str, Any]:
        return next(d for d in self.objectives["demands"] if (d["id"], d["region"]) == (name, region))

    def provided(self, name: str) -> int:
        value: int = next(p["value"] for p in self.objectives["provided"] if p["id"] == name)
        return value


def judge(text: str) -> Judged:
    """A spec as far as its objectives, nothing laid out; `objectives` is what the manifest would carry."""
    try:
        report, topology, objectives = plan_document(load_document(text, SHOWN))
    except RejectedError as error:
        return Judged(None, error.diagnostics, {})
    try:
        report.check(evaluate(topology, objectives))
    except RejectedError as error:
        return Judged(None, error.diagnostics, record(objectives))
    return Judged(topology, report.diagnostics, record(objectives))


@cache
def compiled(*changes: Change) -> Compiled:
    """The shipped spec after some replacements, compiled without cfn-lint, once per process."""
    return compile_document(load_document(changed(changes), SHOWN), lint=False)


def manifest(*changes: Change) -> Judged:
    """The same, as its manifest tells."""
    made = compiled(*changes)
    return Judged(made.topology, made.diagnostics, json.loads(made.bundle.files["manifest.json"])["objectives"])
