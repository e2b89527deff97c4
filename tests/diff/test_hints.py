"""What `--diff` knows and says: first names, reservations that do not fit, remarks of a group, the order of a list."""

from __future__ import annotations

import pytest

from compiler.aws.types.update_rules import Action
from compiler.diff.causes import Causes, explained
from compiler.diff.change import Change, Diff
from compiler.diff.compare import Comparison
from compiler.diff.reservations import fitted
from compiler.reading.document import load_document
from compiler.rollout.manifest import read
from tests.diff.worlds import SHOWN, files, laid_out, text
from tests.terminal import diff_text

Edits = tuple[tuple[str, str], ...]
NAME = "- name: transactions\n"


def diff(before: Edits, change: Edits) -> Diff:
    document, topology, new = laid_out(text("shipped", before, change))
    comparison = Comparison(read(files("shipped", before), "old"), read(new, "new"))
    found = fitted(comparison.diff("old", "new"), comparison.old, comparison.new, topology.capacity.concurrency)
    causes = Causes(load_document(text("shipped", before), SHOWN).value, document, topology)
    return explained(found, causes, comparison.old, comparison.new)


def change_of(found: Diff, id_: str) -> Change:
    return next(change for change in found.changes if change.id == id_)


RENAMED: Edits = ((NAME, "- name: bookings\n    was: transactions\n"),)


@pytest.mark.parametrize(
    ("before", "change", "says"),
    [
        (RENAMED, (("- name: bookings\n    was: transactions\n", "- name: ledger\n    was: bookings\n"),),
         "it is deployed as `transactions`, and keeps this name: write `was: transactions` in the entry `ledger`"),
        (RENAMED, (("- name: bookings\n    was: transactions\n", "- name: ledger\n"),),
         "if `ledger` is a new name for `bookings`, write `was: transactions` in its entry, so that it stays"),
        (RENAMED, (("    was: transactions\n", ""),),
         "it is deployed as `transactions`, and keeps this name: write `was: transactions` in the entry `bookings`"),
        ((), ((NAME, "- name: transactions\n    was: postings\n"),),
         "it is deployed as `transactions`: remove `was` from its entry, so that it stays"),
    ],
    ids=["was of was", "was forgotten", "was removed", "was invented"],
)  # fmt: skip
def test_what_is_deployed_keeps_its_first_name(before: Edits, change: Edits, says: str) -> None:
    """The hint stands at what would be lost, and whoever follows it changes nothing."""
    found = diff(before, change)
    gone = change_of(found, "TableTransactions")
    assert gone.action is Action.REMOVED
    assert [note.message for note in gone.notes][-1] == says
    assert says in " ".join(diff_text(found, width=2000).split())


def test_a_second_rename_with_the_first_name_changes_nothing_deployed() -> None:
    old = "- name: bookings\n    was: transactions\n"
    found = diff(RENAMED, ((old, "- name: ledger\n    was: transactions\n"),))
    assert not [change for change in found.changes if change.action is Action.REMOVED]


def test_an_authorizer_keeps_its_first_name_too() -> None:
    found = diff((), (("- name: bank\n", "- name: login\n"),))
    says = "if `login` is a new name for `bank`, write `was: bank` in its entry, so that it stays"
    assert says in [note.message for note in change_of(found, "AuthorizerBank").notes]


FUNCTION: Edits = (
    ("- name: transaction-processor", "- name: tx-api"),
    ("path: /transactions, function: transaction-processor", "path: /transactions, function: tx-api"),
    ('{transaction_id}", function: transaction-processor', '{transaction_id}", function: tx-api'),
)


@pytest.mark.parametrize(("granted", "refused"), [(1600, 2), (2650, 1), (2700, 0), (5000, 0)])
def test_reservations_that_do_not_fit_beside_those_that_stay(granted: int, refused: int) -> None:
    """The old function stays with its 1,200; the standby has the functions of the latch besides, and 100 stay free."""
    found = diff((("lambda_concurrency: 5000", f"lambda_concurrency: {granted}"),), FUNCTION)
    blockers = [blocker for change in found.changes if change.id == "FunctionTxApi" for blocker in change.blockers]
    assert len(blockers) == refused
    for blocker in blockers[-1:]:
        assert f"functions would reserve 2,600 of {granted:,} concurrent executions in us-west-2" in blocker.message
        assert "`function-transaction-processor-prod-a1` keeps its reservation" in blocker.message
        assert "write `was: transaction-processor`" in blocker.remedy
        assert "`lambda_concurrency: 2700`" in blocker.remedy
    kept = (*FUNCTION[1:], ("- name: transaction-processor", "- name: tx-api\n    was: transaction-processor"))
    again = diff((("lambda_concurrency: 5000", f"lambda_concurrency: {granted}"),), kept)
    assert not any(change.blockers for change in again.changes)


def test_remarks_survive_where_resources_are_told_together() -> None:
    shown = " ".join(diff_text(diff((), FUNCTION), width=2000).split())
    for says in (
        "FunctionTransactionProcessor: it can still be called, and its reserved concurrency still counts",
        "FunctionTransactionProcessor: if `tx-api` is a new name for `transaction-processor`, write",
        "AWS::CloudWatch::Alarm: it continues to send alarms",
    ):
        assert says in shown


def test_another_order_is_said_with_names() -> None:
    more = (
        "retention: 3650d\n  - {name: second, key: {partition: id}, item_size: 1KB, writes: 0, reads: 0}\n\n# objects"
    )
    before: Edits = (("retention: 3650d\n\n# objects", more),)
    old = text("shipped", before)
    first = old[old.index("  - name: transactions\n") : old.index("  - {name: second")]
    second = old[old.index("  - {name: second") : old.index("\n\n# objects") + 1]
    found = diff(before, ((first + second, second + first),))
    (cause,) = found.spec
    assert (cause.route, cause.old, cause.new) == ("tables", "[transactions, second]", "[second, transactions]")
    # Beside another change, the order is a cause of its own, behind its own effects alone.
    both = diff(before, ((first + second, second.replace("reads: 0", "reads: 0, backup: 7d") + first),))
    assert [cause.route for cause in both.spec] == ["tables[second].backup", "tables"]
    behind = {cause.route for cause in change_of(both, "TableSecond").causes}
    assert behind == {"tables[second].backup"}


def test_nothing_is_said_of_an_order_of_deployment_where_nothing_changes() -> None:
    written = text("shipped", ())
    post = next(f"{line}\n" for line in written.split("\n") if "method: POST" in line)
    get = next(f"{line}\n" for line in written.split("\n") if "method: GET" in line)
    shown = diff_text(diff((), ((post + get, get + post),)), width=200)
    assert "Nothing that is deployed changes" in shown
    assert "Order while" not in shown
    assert "[POST /transactions, GET /transactions/{transaction_id}]" in shown
