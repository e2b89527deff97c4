"""Which line of the spec is behind which change."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from compiler.diff.causes import Causes, explained
from compiler.diff.change import Diff
from compiler.diff.compare import Comparison
from compiler.diff.spec_changes import changes
from compiler.reading.document import load_document
from compiler.reading.yaml_tree import Plain
from compiler.rollout.manifest import read
from tests.diff.edits import BUCKET, EDITS, NAME, REPORTER, ROUTE, TABLE, WEST, Edit, Texts
from tests.diff.worlds import SHOWN, files, laid_out, text
from tests.terminal import diff_text
from tests.tiers import one_of


def plain(written: str) -> Plain:
    return load_document(written, SHOWN).value


def diff(base: str, before: Texts, change: Texts, old_files: Mapping[str, bytes] | None = None) -> Diff:
    document, topology, new = laid_out(text(base, before, change))
    old, after = read(old_files or files(base, before), "old"), read(new, "new")
    comparison = Comparison(old, after)
    found = comparison.diff("old", "new")
    causes = Causes(plain(text(base, before)), document, topology)
    return explained(found, causes, comparison.old, comparison.new)


def routes(found: Diff) -> dict[str, set[str]]:
    return {change.key: {cause.route for cause in change.causes} for change in found.changes}


@pytest.mark.parametrize(
    "edit",
    one_of(6, [edit for edit in EDITS if len(edit.change) == 1 and edit.expected]),
    ids=lambda edit: edit.name,
)
def test_every_change_of_a_resource_has_a_cause(edit: Edit) -> None:
    """Of a spec that was changed in one place, that place is the cause of everything."""
    found = diff(edit.base, edit.before, edit.change)
    told = {cause.route for cause in found.spec}
    assert told
    for stack in found.stacks:
        whole = {cause.route for cause in stack.causes}
        for change in stack.changes:
            assert (whole or {cause.route for cause in change.causes}) <= told, change.key
            assert whole or change.causes, change.key


def test_several_changes_each_behind_its_own() -> None:
    change = (
        ("item_size: 1KB", "item_size: 4KB"),
        ("memory: 1024MB", "memory: 2048MB"),
        ("retention: 90d", "retention: 30d"),
        ("throughput: 10000/s", "throughput: 11000/s"),
        ("rto: 15m", "rto: 20m"),
    )
    found = diff("shipped", (), change)
    by = routes(found)
    assert by["primary.us-east-1/TableTransactions"] == {"tables[transactions].item_size", "objectives.throughput"}
    assert by["secondary.us-west-2/FunctionTransactionProcessor"] == {
        "functions[transaction-processor].memory", "objectives.throughput",
    }  # fmt: skip
    assert by["primary.us-east-1/ApiLogs"] == {"logs.retention"}
    assert by["primary.us-east-1/LogStream"] == {"objectives.throughput"}
    assert [cause.route for cause in found.silent] == ["objectives.rto"]
    stack = next(stack for stack in found.stacks if stack.stack == "primary.us-east-1")
    assert {cause.route for item in stack.parameters for cause in item.causes} == {"objectives.throughput"}


def test_what_follows_has_the_cause_of_what_it_follows() -> None:
    by = routes(diff("shipped", (), (("10.20.0.0/16", "10.30.0.0/16"),)))
    assert set(map(tuple, by.values())) == {("regions[us-west-2].cidr",)}


def test_a_whole_stack_has_a_cause() -> None:
    found = diff("shipped", (), (("suffix: a1", "suffix: b2"),))
    assert {cause.route for stack in found.stacks for cause in stack.causes} == {"naming.suffix"}
    found = diff("shipped", (), ((WEST, WEST + "\n  - {region: us-east-2, role: replica}"),))
    (cause,) = {cause for stack in found.stacks for cause in stack.causes}
    assert (cause.route, cause.old, cause.new) == ("regions[us-east-2]", None, "{region: us-east-2, role: replica}")
    assert cause.at
    assert (cause.at.file, cause.at.start.line) == (SHOWN, 26)


def test_what_cannot_be_taken_back_alone_is_the_cause_of_what_is_left() -> None:
    """Without its function the new route is no legal spec, and the function is new as well."""
    found = diff("shipped", (), (
        ("\n# Clients send a token", REPORTER + "\n# Clients send a token"),
        (ROUTE, ROUTE + "    - {method: GET, path: /reports, function: reporter}\n"),
    ))  # fmt: skip
    by = routes(found)
    assert by["primary.us-east-1/FunctionReporter"] == {"functions[reporter]"}
    assert by["primary.us-east-1/RouteGetReports"] == {"api.routes[GET /reports]"}
    assert not found.silent


def test_code_from_another_place_changes_no_template_and_is_told() -> None:
    found = diff("shipped", (), (("source: ../functions/transaction-processor", "source: ../build/processor.zip"),))
    assert found.changes == ()
    assert [cause.route for cause in found.code] == ["functions[transaction-processor].source"]
    assert found.silent == ()
    shown = diff_text(found, width=160)
    assert "dr-deploy takes the code from another place:" in shown
    assert "source: ../functions/transaction-processor -> ../build/processor.zip" in shown


def test_what_no_line_of_the_spec_is_behind_has_no_cause() -> None:
    value = json.loads(files("shipped")["primary.us-east-1.json"])
    value["Resources"]["Vpc"]["Properties"]["EnableDnsSupport"] = False
    old = {**files("shipped"), "primary.us-east-1.json": json.dumps(value).encode()}
    found = diff("shipped", (), (("memory: 1024MB", "memory: 2048MB"),), old)
    by = routes(found)
    assert by["primary.us-east-1/Vpc"] == set()
    assert by["primary.us-east-1/FunctionTransactionProcessor"] == {"functions[transaction-processor].memory"}


def test_very_many_changes_are_taken_back_entry_by_entry() -> None:
    tags = "".join(f"t{number}: v, " for number in range(20))
    found = diff(
        "shipped", (), (("{owner: payments", "{" + tags + "owner: payments"), ("memory: 1024MB", "memory: 2048MB"))
    )
    assert len(found.spec) == 21
    by = routes(found)
    assert by["primary.us-east-1/Vpc"] == {f"naming.tags.t{number}" for number in range(20)}
    assert "functions[transaction-processor].memory" in by["primary.us-east-1/FunctionTransactionProcessor"]


def test_a_renamed_entry_is_told_how_to_stay() -> None:
    found = diff("shipped", (), (("- name: transactions", "- name: ledger"),))
    (change,) = (change for change in found.changes if change.id == "TableTransactions")
    assert "write `was: transactions` in its entry" in change.notes[-1].message
    hinted = {change.type for change in found.changes if any("`was:" in note.message for note in change.notes)}
    assert hinted == {"AWS::DynamoDB::GlobalTable"}
    audit = "  - {name: audit, key: {partition: id}, item_size: 1KB, writes: 1, reads: 0}\n"
    gone = diff("shipped", ((TABLE, TABLE + audit),), ((audit, ""),))
    assert not any("`was:" in note.message for change in gone.changes for note in change.notes)


def test_renamed_with_was_is_one_entry() -> None:
    found = diff("shipped", (), (("- name: transactions", "- name: ledger\n    was: transactions"),))
    assert [cause.route for cause in found.spec] == ["tables[ledger].was", "tables[ledger].name"]
    assert found.is_empty


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ((("item_size: 1KB", "item_size: 4KB"),), [("tables[transactions].item_size", "1KB", "4KB", 44)]),
        (((NAME, "\nname: other\n"),), [("name", "transactions", "other", 7)]),
        (((", cost-center: core-banking", ""),), [("naming.tags.cost-center", "core-banking", None, 13)]),
        (((ROUTE, ""),), [("api.routes[POST /transactions]",
                           "{method: POST, path: /transactions, function: transaction-p…", None, 66)]),
        ((("[transactions:read]", "[transactions:see]"),),
         [("api.routes[GET /transactions/{transaction_id}].scopes", "[transactions:read]", "[transactions:see]", 66)]),
        ((("to: oncall@", "to: night@"),),
         [("alerts.subscriptions[email night@example.com]", None, "{kind: email, to: night@example.com}", 80),
          ("alerts.subscriptions[email oncall@example.com]", "{kind: email, to: oncall@example.com}", None, 80)]),
        ((("dashboard: true", "dashboard: false"),), [("monitoring.dashboard", "true", "false", 84)]),
        (((TABLE, TABLE + "    ttl: t\n"),), [("tables[transactions].ttl", None, "t", 47)]),
        (((EDITS[0].change[0][0], EDITS[0].change[0][0]),), []),
    ],
)  # fmt: skip
def test_changes_are_told_by_the_names_of_entries(change: Texts, told: list[tuple[str, str, str, int]]) -> None:
    document = load_document(text("shipped", change), SHOWN)
    found = [item.cause(document) for item in changes(plain(text("shipped")), document.value)]
    lines = text("shipped", change).split("\n")
    assert [(cause.route, cause.old, cause.new) for cause in found] == [line[:3] for line in told]
    for cause in found:
        if cause.new is not None and not cause.route.endswith("]"):
            assert cause.at
            assert cause.route.split(".")[-1].split("[")[0] in lines[cause.at.start.line - 1]


@pytest.mark.parametrize("edit", one_of(3, [edit for edit in EDITS if edit.change]), ids=lambda edit: edit.name)
def test_changes_taken_back_give_the_old_spec(edit: Edit) -> None:
    old, new = plain(text(edit.base, edit.before)), plain(text(edit.base, edit.before, edit.change))
    value = new
    for change in changes(old, new):
        value = change.reverted(value)
    assert list(changes(old, value)) == []


def test_entries_in_another_order_are_one_change() -> None:
    two = text("shipped", ((BUCKET, BUCKET + "  - {name: scans, objects: 0.01, object_size: 10KB}\n"),))
    other = text(
        "shipped",
        (("  - name: documents\n", "  - {name: scans, objects: 0.01, object_size: 10KB}\n  - name: documents\n"),),
    )
    (change,) = changes(plain(two), plain(other))
    assert change.label == "buckets"
    assert change.reverted(plain(other)) == plain(two)


def test_entries_without_names_are_told_by_their_list() -> None:
    assert [change.label for change in changes({"a": [{"b": 1}]}, {"a": [{"b": 2}]})] == ["a"]
    assert [change.label for change in changes({"a": {"b": 1}}, {"a": [1]})] == ["a"]
