"""The section `accept`: which findings an entry takes, and what is said of entries that take none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, Route, Rule, Severity
from compiler.findings.finding import Finding
from compiler.findings.report import Report, today
from compiler.pipeline import compile_document
from compiler.reading.document import Document, load_document
from compiler.rules.registry import RULES, find_rule
from compiler.spec.model import Spec
from compiler.spec.operations import Acceptance
from compiler.spec.parse import parse

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = (ROOT / "specs/dr-topology.yaml").read_text(encoding="utf-8")
DAY = date(2026, 6, 15)

WARNING = Rule("DR398", "doubtful", "says", "why", "fix", severity=Severity.WARNING)
ACCEPTABLE = replace(WARNING, code="DR397", slug="debatable", severity=Severity.ERROR, acceptable=True)
FATAL = replace(WARNING, code="DR396", slug="impossible", severity=Severity.ERROR)

TABLE: Route = ("tables", 0, "key")
BUCKET: Route = ("buckets", 0)


def spec_with(*entries: str) -> tuple[Spec, Document]:
    text = SHIPPED[: SHIPPED.index("\naccept:")] + "\naccept:\n" + "".join(f"  - {{{entry}}}\n" for entry in entries)
    document = load_document(text, "spec.yaml")
    return parse(document), document


def report(*found: Finding, entries: tuple[str, ...], day: date = DAY) -> Report:
    """What becomes of findings beside these entries of `accept`."""
    spec, document = spec_with(*entries)
    collected = Report(document, spec, find_rule, day)
    # A stage that has a value does not stop at errors, so that everything can be looked at.
    collected.require((True, found))
    return collected


def settled(*found: Finding, entries: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Codes that are left and codes that are accepted."""
    collected = report(*found, entries=entries)
    return codes(collected.diagnostics), [item.diagnostic.rule.code for item in collected.suppressed]


def codes(diagnostics: tuple[Diagnostic, ...]) -> list[str]:
    return [d.rule.code for d in diagnostics]


@pytest.mark.parametrize(
    ("entry", "left", "taken"),
    [
        ("finding: DR398, reason: x", [], ["DR398"]),
        ("finding: doubtful, reason: x", [], ["DR398"]),
        ("finding: keys-doubtful, reason: x", [], ["DR398"]),
        ("finding: DR398, reason: x, at: tables", [], ["DR398"]),
        ("finding: DR398, reason: x, at: tables.transactions", [], ["DR398"]),
        ("finding: DR398, reason: x, at: 'tables[transactions]'", [], ["DR398"]),
        ("finding: DR398, reason: x, at: tables.0.key", [], ["DR398"]),
        ("finding: DR398, reason: x, at: tables.transactions.key.sort", ["DR398"], []),
        ("finding: DR398, reason: x, at: buckets", ["DR398"], []),
        ("finding: DR397, reason: x", ["DR398"], []),
        ("finding: keys, reason: x", ["DR398"], []),
        ("finding: DR398, reason: x, expires: 2026-06-15", [], ["DR398"]),
        ("finding: DR398, reason: x, expires: 2026-06-14", ["DR343", "DR398"], []),
    ],
)
def test_which_finding_an_entry_takes(entry: str, left: list[str], taken: list[str]) -> None:
    found = Finding(WARNING, "said", TABLE, id="keys-doubtful")
    assert settled(found, entries=(entry,)) == (left, taken)


def test_an_acceptable_error_is_taken() -> None:
    assert settled(Finding(ACCEPTABLE, "said", TABLE), entries=("finding: DR397, reason: x",)) == ([], ["DR397"])


def test_another_error_is_refused_by_its_id_too() -> None:
    found = Finding(FATAL, "said", TABLE, id="never-works")
    assert settled(found, entries=("finding: never-works, reason: x",)) == (["DR396", "DR342"], [])


def test_a_code_that_fits_two_places_takes_neither_and_says_where_they_are() -> None:
    found = (Finding(WARNING, "one", TABLE), Finding(WARNING, "two", BUCKET))
    assert settled(*found, entries=("finding: DR398, reason: x",)) == (["DR398", "DR398", "DR344"], [])
    problem = report(*found, entries=("finding: DR398, reason: x",)).diagnostics[-1]
    assert problem.help == "choose one: `at: tables[transactions].key`, `at: buckets[documents]`"


def test_each_of_two_places_can_be_named() -> None:
    found = (Finding(WARNING, "one", TABLE), Finding(WARNING, "two", BUCKET))
    named = "finding: DR398, reason: x, at: buckets.documents"
    assert settled(*found, entries=(named,)) == (["DR398"], ["DR398"])
    both = (named, "finding: DR398, reason: x, at: tables.transactions")
    assert settled(*found, entries=both) == ([], ["DR398", "DR398"])


def test_one_place_seen_from_two_stacks_is_one_finding() -> None:
    found = (Finding(WARNING, "in one stack", TABLE), Finding(WARNING, "in the other", TABLE))
    assert settled(*found, entries=("finding: DR398, reason: x",)) == ([], ["DR398", "DR398"])


def test_a_finding_of_cfn_lint_goes_by_its_own_id() -> None:
    found = Finding(Code.DR702, "said", TABLE, lint="W3005")
    assert settled(found, entries=("finding: W3005, reason: x",)) == ([], ["DR702"])


def test_what_is_accepted_says_which_entry_takes_it_and_where_that_is() -> None:
    entries = ("finding: DR397, reason: one", "finding: DR398, reason: two")
    collected = report(Finding(WARNING, "said", TABLE), Finding(ACCEPTABLE, "said", TABLE), entries=entries)
    assert [(item.diagnostic.rule.code, item.entry.reason) for item in collected.suppressed] == [
        ("DR397", "one"), ("DR398", "two")]  # fmt: skip
    first, second = (item.at.start.line for item in collected.suppressed)
    assert second == first + 1


def test_expiry_counts_from_the_day_after() -> None:
    entries = ("finding: DR702, reason: x, expires: 2026-06-15",)
    assert codes(report(entries=entries, day=date(2026, 6, 15)).diagnostics) == []
    assert codes(report(entries=entries, day=date(2026, 6, 16)).diagnostics) == ["DR343"]


def test_the_day_comes_from_source_date_epoch_if_set(monkeypatch: pytest.MonkeyPatch) -> None:
    spec, document = spec_with("finding: DR702, reason: x, expires: 2026-06-15")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1781481600")  # 2026-06-15T00:00:00Z
    assert today() == date(2026, 6, 15)
    assert codes(Report(document, spec, find_rule).diagnostics) == []
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1781568000")  # a day later
    assert codes(Report(document, spec, find_rule).diagnostics) == ["DR343"]
    for unreadable in ("yesterday", "9" * 30):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", unreadable)
        assert codes(Report(document, spec, find_rule).diagnostics) == ["DR343"]
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert today() is not None


def test_codes_of_errors_are_refused_before_anything_is_found() -> None:
    spec, document = spec_with("finding: DR101, reason: x")
    for code, rule in RULES.items():
        spec = spec.model_copy(update={"accept": (Acceptance(finding=code, reason="x"),)})
        refused = rule.severity is Severity.ERROR and not rule.acceptable
        assert codes(Report(document, spec, find_rule, DAY).diagnostics) == (["DR342"] if refused else [])


def unused(*found: Finding, entries: tuple[str, ...], linted: bool) -> list[tuple[str, str | None]]:
    """What is said of entries that took nothing: code and remedy."""
    collected = report(*found, entries=entries)
    before = len(collected.diagnostics)
    collected.close(compared=False, linted=linted)
    return [(item.rule.code, item.help) for item in collected.diagnostics[before:]]


def test_an_entry_that_takes_nothing_is_reported() -> None:
    found = Finding(WARNING, "said", TABLE, id="keys-doubtful")
    misspelt, lint = "finding: keys-doubtfull, reason: x", "finding: W3005, reason: x"
    guess = ("DR341", "did you mean `keys-doubtful`?")
    assert unused(found, entries=(misspelt, lint), linted=False) == [guess]
    assert unused(found, entries=(misspelt, lint), linted=True) == [guess, ("DR341", None)]
    assert unused(found, entries=("finding: keys-doubtful, reason: x",), linted=True) == []


def test_a_second_entry_for_the_same_finding_is_one_too_many() -> None:
    found = Finding(WARNING, "said", TABLE, id="keys-doubtful")
    twice = ("finding: keys-doubtful, reason: x",) * 2
    assert unused(found, entries=twice, linted=True) == [("DR341", "keep one of the two")]


def test_templates_do_not_depend_on_acceptances() -> None:
    plain = compile_document(load_document(SHIPPED, "spec.yaml"), lint=False)
    text = SHIPPED + "  - {finding: nothing-such, reason: x}\n"
    with_entry = compile_document(load_document(text, "spec.yaml"), lint=False)
    assert with_entry.bundle == plain.bundle
    assert codes(with_entry.diagnostics) == ["DR341"]
