"""Changed copies of the shipped spec: what is found in them, where, with which sums, and which verdicts stand."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from compiler.diagnostics.model import RejectedError, Severity
from compiler.pipeline import compile_document
from compiler.reading.document import load_document
from compiler.rules.registry import RULES
from tests.objectives import capacity_cases, recovery_cases
from tests.objectives.bench import SHOWN, changed, judge, marked
from tests.objectives.cases import Case

PRICE_OF_NO_LOSS = "DR494"
"""What every spec is told that writes documents to both regions or nowhere: its price is no objective."""
CASES = (*capacity_cases.CASES, *recovery_cases.CASES)


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 110
    assert [name for name, count in Counter(case.name for case in CASES).items() if count > 1] == []
    assert sum(bool(case.found) for case in CASES) >= 60
    assert {f.code for case in CASES for f in case.found} >= {
        "DR311", "DR312", "DR313", "DR321", "DR322", "DR323", "DR324", "DR325", "DR331", "DR332", "DR333",
    }  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case) -> None:
    text = marked(changed(case.changes))
    judged = judge(text.text)
    left = [diagnostic for diagnostic in judged.left if diagnostic.rule.code != PRICE_OF_NO_LOSS]
    places = sorted(
        (diagnostic.rule.code, diagnostic.span.start.line, diagnostic.span.start.column) for diagnostic in left
    )
    assert places == sorted((found.code, *text.places[found.mark]) for found in case.found)
    # Each expectation has a finding of its own that says all of it.
    rest = left
    for found in case.found:
        alike = (d for d in rest if d.rule.code == found.code)
        match = next((d for d in alike if all(part in f"{d.message}\n{d.help}" for part in found.says)), None)
        assert match, f"nobody says {found.says}: {[(d.message, d.help) for d in rest]}"
        rest.remove(match)
    if judged.objectives:
        verdicts = {objective["id"]: objective["verdict"] for objective in judged.objectives["objectives"]}
        assert {name: verdicts[name] for name in case.verdicts} == case.verdicts
    for name, value in case.values.items():
        assert set(_values(judged.objectives, name)) == {value}, name


@pytest.mark.parametrize(
    "name",
    [
        "no quotas",
        "the standby has a lower rate",
        "writes in transactions",
        "two buckets share the transfer rate",
        "30 s x 10 in 5 minutes",
        "nobody accepted that documents are watched",
        "nothing lost, three of one set",
    ],
)
def test_a_whole_compile_says_the_same(name: str) -> None:
    """Nothing comes of a spec with an error, and a spec without one gives templates."""
    (case,) = (case for case in CASES if case.name == name)
    text = marked(changed(case.changes)).text
    judged = judge(text)
    document = load_document(text, SHOWN)
    if any(RULES[found.code].severity is Severity.ERROR for found in case.found):
        with pytest.raises(RejectedError) as rejected:
            compile_document(document, lint=False)
        assert rejected.value.diagnostics == judged.left
    else:
        made = compile_document(document, lint=False)
        assert json.loads(made.bundle.files["manifest.json"])["objectives"] == judged.objectives


def _values(objectives: Mapping[str, Any], name: str) -> list[float]:
    """The figure of a capacity, of an objective or one of its terms, or of a demand in each region that has it."""
    capacities = [p["value"] for p in objectives["provided"] if p["id"] == name]
    needed = [d["needed"] for d in objectives["demands"] if d["id"] == name]
    sums = [o["worst"] for o in objectives["objectives"] if o["id"] == name]
    terms = [t["worst"] for o in objectives["objectives"] for t in o["terms"] if t["id"] == name]
    return [*capacities, *needed, *sums, *terms]
