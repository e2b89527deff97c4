"""A system with parts in front of the emulator: made piece by piece, grown, changed, reduced and destroyed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.gateway import Call
from tests.deploy.site import Killed, Outcome, Reaper, Site, Within
from tests.deploy.test_destroy import fill, inventory
from tests.deploy.test_parts_bakes import PARTS

Json = Any
EAST, WEST = "us-east-1", "us-west-2"
DESTROY = ("--destroy", "--confirm", "split-prod-a1")
WORK, DATA = "primary-work.us-east-1", "primary-data.us-east-1"
NEW = """
  - name: later
    stack: more
    source: ../functions/python
    runtime: python3.13
    handler: app.handler
    memory: 128MB
    timeout: 3s
    duration: 10ms
    share: 0.1
    tables: [entries, rates]
api:
"""
RATES = "  - {name: rates, stack: more, key: {partition: day}, item_size: 1KB, writes: 0.1, reads: 0.1}\nbuckets:"
LATER = "    - {method: GET, path: /later, function: later, auth: none}\ndns:"


@pytest.fixture
def split(site_of: Callable[[Path], Site]) -> Site:
    return site_of(PARTS)


@pytest.fixture
def quick(split: Site, monkeypatch: pytest.MonkeyPatch) -> Within:
    return Within(split, monkeypatch)


def good(outcome: Outcome) -> Outcome:
    assert outcome.code == 0, outcome.out[-1500:] + outcome.err[-2500:]
    return outcome


def changed(site: Site, *edits: tuple[str, str]) -> None:
    site.edit(*edits)
    site.compile()


def operations(calls: list[Call], operation: str) -> list[str]:
    """Stacks that an operation was called for, each once, in the order of the first calls."""
    named = (
        call.form["StackName"].rpartition("/stack/")[2] or call.form["StackName"]
        for call in calls
        if call.operation == operation
    )
    return list(dict.fromkeys(re.sub(r"^split-(.*)-prod-a1.*", r"\1", name) for name in named))


@pytest.mark.slow
def test_a_part_alone_is_told_what_it_needs_and_then_follows(split: Site, quick: Within) -> None:
    """And each entry stays in the stack that it is deployed in, whatever the spec says by now."""
    early = quick.deploy("--only", WORK)
    assert (early.code, early.codes) == (1, ["DR834"]), early
    assert "add `--only primary.us-east-1`, or leave `--only` out" in early.err
    assert operations(split.gateway.calls, "CreateChangeSet") == []
    with pytest.raises(SystemExit):
        quick.deploy("--only", "primary-wrk.us-east-1")

    good(quick.deploy())
    begun = len(split.gateway.calls)
    assert "nothing had to be changed" in good(quick.deploy()).out
    assert "nothing had to be changed" in good(quick.deploy("--only", WORK, "--only", DATA)).out
    assert operations(split.gateway.calls[begun:], "ExecuteChangeSet") == []

    for edit, back, says in (
        (("    stack: work\n", "    stack: jobs\n"), None, "`report` is deployed in primary-work.us-east-1, and"),
        (("    stack: work\n", ""), None, "and the spec puts it into the first stack of its region"),
        (
            ("{name: entries, stack: data,", "{name: entries, stack: work,"),
            None,
            "`entries` is deployed in primary-data",
        ),
        (("{name: accounts, key", "{name: accounts, stack: data, key"), None, "take `stack` out of `accounts` again"),
    ):
        before = (split.folder / split.spec).read_text()
        changed(split, edit)
        refused = quick.deploy()
        assert (refused.code, refused.codes) == (1, ["DR377"]), refused
        assert says in refused.err, refused.err
        (split.folder / split.spec).write_text(before)
        assert back is None
    split.compile()
    assert "nothing had to be changed" in good(quick.deploy()).out


@pytest.mark.slow
def test_a_running_system_grows_by_a_part_and_is_destroyed_whatever_the_spec_has_left(
    split: Site, quick: Within
) -> None:
    nothing = inventory(split, (EAST, WEST))
    good(quick.deploy())
    stacks = ("primary.us-east-1", WORK, DATA, "secondary-data.us-west-2")
    kept = {stack: {i: p for i, p in split.resources(stack).items() if not i.endswith("Emulated")} for stack in stacks}
    before = (split.folder / split.spec).read_text()
    changed(split, ("buckets:\n  -", f"{RATES}\n  -"), ("\napi:\n", NEW), ("dns:", LATER))
    begun = len(split.gateway.calls)

    good(quick.deploy())

    made = operations(split.gateway.calls[begun:], "ExecuteChangeSet")
    assert {"primary-more", "secondary-more"} <= set(made)
    for stack in stacks:
        assert kept[stack].items() <= split.resources(stack).items(), "nothing of what was there is made anew"
    assert "nothing had to be changed" in good(quick.deploy()).out

    # The part leaves the spec, and its stacks stay: they import from the first stack of their region.
    (split.folder / split.spec).write_text(before)
    split.compile()
    fill(split, EAST)
    fill(split, WEST)
    begun = len(split.gateway.calls)
    for operation in ("UpdateTermination", "DeleteStack", "DeleteBucket"):
        with pytest.raises(Killed):
            quick.deploy(*DESTROY, reaper=Reaper((operation,), before=False))
    gone = good(quick.deploy(*DESTROY))
    order = operations(split.gateway.calls[begun:], "DeleteStack")
    for kind in ("primary", "secondary"):
        for part in ("data", "work", "more"):
            assert order.index(f"{kind}-{part}") < order.index(kind), order
    assert order[-1] == "global"
    assert inventory(split, (EAST, WEST)) == nothing, gone


@pytest.mark.slow
def test_parts_are_proposed_by_one_and_executed_by_another(split: Site, quick: Within, tmp_path: Path) -> None:
    file = tmp_path / "proposal.json"
    good(quick.deploy("--propose", str(file)))
    assert operations(split.gateway.calls, "ExecuteChangeSet") == []
    proposed: Json = json.loads(file.read_text())
    assert {WORK, DATA, "secondary-work.us-west-2"} <= set(proposed["stacks"])
    good(quick.deploy("--execute", str(file)))
    executed = operations(split.gateway.calls, "ExecuteChangeSet")
    assert executed.index("primary") < executed.index("primary-work")
    assert executed.index("secondary") < executed.index("secondary-data")
    assert "nothing had to be changed" in good(quick.deploy()).out
