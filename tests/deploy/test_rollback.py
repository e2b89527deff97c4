"""An operation that fails after it has created a table leaves no table and no taken name, and the next run succeeds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.complement import Record, completed, custom
from tests.deploy.site import Outcome, Site, Within

Json = Any
SMALL = Path(__file__).with_name("small.yaml")
PRIMARY = "primary.us-east-1"
REGIONS = ("us-east-1", "us-west-2")
LEDGER = "  - {name: ledger, key: {partition: entry_id}, item_size: 1KB, writes: 1, reads: 1}\n"


@pytest.fixture
def small(site_of: Callable[[Path], Site]) -> Site:
    return site_of(SMALL)


@pytest.fixture
def quick(small: Site, monkeypatch: pytest.MonkeyPatch) -> Within:
    return Within(small, monkeypatch)


def failing_after(table: str, *, protected_at_once: bool) -> Callable[[Json, str, Record], Json]:
    """Completes templates, in which AWS refuses an alarm of the table once the table is there."""

    def made(template: Json, provider: str, record: Record) -> Json:
        found = completed(template, provider, record)
        body = found["Resources"].get(table)
        if body:
            alarm = next(id_ for id_ in found["Resources"] if id_.startswith(f"Alarm{table}"))
            refused = {"ServiceToken": provider, "AlarmName": "refused"}
            found["Resources"][alarm] |= {
                "Type": custom("AWS::Test::Refused"), "Properties": refused, "DependsOn": table,
            }  # fmt: skip
            for replica in body["Properties"]["Replicas"] if protected_at_once else ():
                replica["DeletionProtectionEnabled"] = True
        return found

    return made


def run_that_fails_after(quick: Within, table: str, *, protected_at_once: bool = False) -> Outcome:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.deploy.gateway.completed", failing_after(table, protected_at_once=protected_at_once))
        return quick.deploy()


def protection(site: Site, entry: str) -> dict[str, bool]:
    """Whether the table of an entry is protected, in each region where it is."""
    found = {}
    for region in REGIONS:
        client = site.gateway.client("dynamodb", region)
        for name in client.list_tables()["TableNames"]:
            if name.startswith(f"table-{entry}-"):
                found[region] = client.describe_table(TableName=name)["Table"]["DeletionProtectionEnabled"]
    return found


def was_deleted(site: Site, table: str) -> bool:
    """Whether the operation that failed had created the table and deleted it again."""
    return (table, "DELETE_COMPLETE") in site.events(PRIMARY)


def given_up(site: Site) -> str:
    status: str = site.stack(PRIMARY)["StackStatus"]
    return status


@pytest.mark.slow
def test_a_first_creation_that_fails_after_the_table_leaves_nothing(small: Site, quick: Within) -> None:
    failed = run_that_fails_after(quick, "TableOrders")

    assert (failed.code, failed.codes) == (1, ["DR833"]), failed
    assert given_up(small) == "ROLLBACK_COMPLETE"
    assert was_deleted(small, "TableOrders")
    assert protection(small, "orders") == {}

    again = quick.deploy()

    assert again.code == 0, again
    assert protection(small, "orders") == dict.fromkeys(REGIONS, True)


@pytest.mark.slow
def test_a_creation_that_protects_the_table_at_once_cannot_be_rolled_back(small: Site, quick: Within) -> None:
    """What the templates avoid, so that the test above can fail."""
    run_that_fails_after(quick, "TableOrders", protected_at_once=True)

    assert given_up(small) == "ROLLBACK_FAILED"
    assert protection(small, "orders") == dict.fromkeys(REGIONS, True)
    assert quick.deploy().code == 1


@pytest.mark.slow
@pytest.mark.parametrize("protected_at_once", [False, True])
def test_a_table_that_is_added_by_an_update_that_fails(small: Site, quick: Within, *, protected_at_once: bool) -> None:
    assert quick.deploy().code == 0
    small.edit(("functions:\n", f"{LEDGER}functions:\n"))
    small.compile()

    failed = run_that_fails_after(quick, "TableLedger", protected_at_once=protected_at_once)

    assert (failed.code, set(failed.codes)) == (1, {"DR833"}), failed
    assert given_up(small) == "UPDATE_ROLLBACK_COMPLETE"
    if protected_at_once:
        # CloudFormation goes on without a table that it cannot delete, and its name stays taken.
        assert protection(small, "ledger") == dict.fromkeys(REGIONS, True)
        assert quick.deploy().code == 1
        return
    assert was_deleted(small, "TableLedger")
    assert protection(small, "ledger") == {}

    again = quick.deploy()

    assert again.code == 0, again
    for entry in ("orders", "ledger"):
        assert protection(small, entry) == dict.fromkeys(REGIONS, True)
    assert "nothing had to be changed" in quick.deploy().out
