"""`was`: an entry renamed in the spec is the same table, bucket or function in the world."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from compiler.diagnostics.model import RejectedError
from compiler.pipeline import Compiled, compile_document
from compiler.reading.document import load_document

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = (ROOT / "specs/dr-topology.yaml").read_text(encoding="utf-8")


def compiled(text: str) -> Compiled:
    return compile_document(load_document(text, "spec.yaml"), lint=False)


def codes(text: str) -> list[tuple[str, str | None]]:
    with pytest.raises(RejectedError) as refused:
        compiled(text)
    return [(d.rule.code, d.help) for d in refused.value.diagnostics]


def changed(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


RENAMED = changed(
    SHIPPED,
    ("  - name: transactions\n", "  - name: bookings\n    was: transactions\n"),
    ("  - name: documents\n", "  - name: papers\n    was: documents\n"),
    ("  - name: transaction-processor\n", "  - name: booker\n    was: transaction-processor\n"),
    ("function: transaction-processor", "function: booker"),
)


def deployed(text: str) -> dict[str, Any]:
    """All files that come of a spec, without the metadata that names spec entries."""
    files = {name: json.loads(data) for name, data in compiled(text).bundle.files.items()}
    for body in files.values():
        for resource in body.get("Resources", {}).values():
            resource["Metadata"].pop("Spec")
    return files


def test_a_renamed_entry_is_deployed_as_before() -> None:
    assert deployed(RENAMED) == deployed(SHIPPED)


def test_without_was_nearly_everything_would_be_another() -> None:
    bare = "\n".join(line for line in RENAMED.split("\n") if not line.startswith("    was: "))
    before, after = deployed(SHIPPED), deployed(bare)
    for name in ("TableTransactions", "BucketDocuments", "FunctionTransactionProcessor"):
        assert name in before["primary.us-east-1.json"]["Resources"]
        assert name not in after["primary.us-east-1.json"]["Resources"]


def test_the_metadata_says_the_name_that_the_spec_has_now() -> None:
    template = next(t for t in compiled(RENAMED).templates if t.stack.kind == "primary")
    labels = {name: body["Metadata"]["Spec"] for name, body in template.body["Resources"].items()}
    assert labels["TableTransactions"] == "tables[bookings]"
    assert labels["BucketDocuments"] == "buckets[papers]"
    assert labels["FunctionTransactionProcessor"] == "functions[booker]"


def test_references_in_functions_and_the_health_path_follow() -> None:
    lists = ("    duration: 40ms\n", "    duration: 40ms\n    tables: [transactions]\n    buckets: [documents]\n")
    health = ("  health: /health\n", "  health: /health\n  health_function: transaction-processor\n")
    before = changed(SHIPPED, lists, health)
    after = changed(
        RENAMED,
        (lists[0], lists[1].replace("transactions", "bookings").replace("documents", "papers")),
        (health[0], health[1].replace("transaction-processor", "booker")),
    )
    assert deployed(after) == deployed(before)


def test_an_acceptance_names_the_entry_as_it_is_called_now() -> None:
    tight = ("rpo: 5m", "rpo: 1m")
    old = "  - finding: rpo-watched\n"
    table = "  - {finding: rpo-transactions-watched, reason: reconciled by hand}\n"
    named = (old, f"{table}  - finding: rpo-documents-watched\n    at: buckets.papers\n")
    assert compiled(changed(RENAMED, tight, named)).diagnostics == compiled(SHIPPED).diagnostics == ()
    before = (old, f"{table}  - finding: rpo-documents-watched\n    at: buckets.documents\n")
    left = compiled(changed(RENAMED, tight, before)).diagnostics
    assert {diagnostic.rule.code for diagnostic in left} == {"DR331", "DR341"}


@pytest.mark.parametrize("called", ["papers", "documents"])
def test_a_finding_has_the_name_that_the_spec_has_now_and_can_be_accepted_by_either(called: str) -> None:
    """Its message, its id and its remedy name the entry as the author does, so that what they say can be followed."""
    tight = changed(RENAMED, ("rpo: 5m", "rpo: 1m"))
    found = {item.id: item for item in compiled(tight).diagnostics}
    finding = found["rpo-papers-watched"]
    assert "bucket papers" in finding.message
    assert "`finding: rpo-papers-watched`" in (finding.help or "")
    assert "table bookings" in found["rpo-bookings-watched"].message
    entry = f"accept:\n  - {{finding: rpo-{called}-watched, reason: reconciled by hand}}\n"
    left = compiled(changed(tight, ("accept:\n", entry))).diagnostics
    assert {item.id for item in left} == {item for item in found if item != "rpo-papers-watched"}


def test_messages_about_a_renamed_entry_say_its_name() -> None:
    later = changed(RENAMED, ("object_size: 100KB\n    retention: 3650d", "object_size: 100KB\n    retention: 30d"))
    (finding,) = (item for item in compiled(later).diagnostics if item.rule.code == "DR335")
    assert "`papers`" in finding.message
    assert finding.id == "bucket-papers-old-versions"


TWO = changed(
    SHIPPED,
    ("buckets:\n", "  - {name: second, key: {partition: id}, item_size: 1KB, writes: 0, reads: 0}\n\nbuckets:\n"),
)


def test_names_may_be_exchanged() -> None:
    exchanged = changed(
        TWO,
        ("  - name: transactions\n", "  - name: second\n    was: transactions\n"),
        ("{name: second, key", "{name: transactions, was: second, key"),
    )
    assert deployed(exchanged) == deployed(TWO)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{name: second, key", "{name: third, was: transactions, key"),
        ("{name: second, key", "{name: transactions, key"),
    ],
)
def test_two_entries_cannot_claim_one_old_name(old: str, new: str) -> None:
    text = changed(TWO, ("  - name: transactions\n", "  - name: bookings\n    was: transactions\n"), (old, new))
    ((code, _),) = codes(text)
    assert code == "DR209"


def test_a_reference_by_the_old_name_says_the_new_one() -> None:
    text = changed(RENAMED, ("function: booker", "function: transaction-processor"))
    assert codes(text) == [("DR307", "it is called `booker` now")] * 2
