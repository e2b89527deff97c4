"""`stack` of an entry that is deployed: no update moves a resource between stacks, so the change is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from compiler.diff.change import StackDiff
from compiler.diff.compare import Comparison
from compiler.pipeline import compile_spec
from compiler.rollout.deployment import Deployment
from tests.helpers import ODD, compiled

PARTS = ODD / "parts.yaml"


def edited(folder: Path, old: str, new: str) -> Deployment:
    text = PARTS.read_text(encoding="utf-8")
    assert old in text
    spec = folder / PARTS.name
    spec.write_text(text.replace(old, new), encoding="utf-8")
    return compile_spec(spec, spec.name, lint=False).deployment


def stacks(old: Deployment, new: Deployment) -> tuple[StackDiff, ...]:
    return Comparison(old, new).diff("old", "new").stacks


@pytest.mark.parametrize(
    ("old", "new", "id_", "stack"),
    [
        ("{name: accounts, key", "{name: accounts, stack: data, key", "TableAccounts", "ledger-primary-prod-a1"),
        ("    stack: work\n", "", "FunctionReport", "ledger-primary-work-prod-a1"),
        ("stack: archive", "stack: data", "BucketStatements", "ledger-primary-archive-prod-a1"),
    ],
    ids=["into a part", "out of a part", "from part to part"],
)
def test_an_entry_that_is_deployed_cannot_change_its_stack(
    old: str, new: str, id_: str, stack: str, tmp_path: Path
) -> None:
    diff = stacks(compiled(PARTS).deployment, edited(tmp_path, old, new))
    (added,) = (c for s in diff for c in s.changes if c.id == id_ and str(c.action) == "added" and "primary" in s.name)
    (blocker,) = added.blockers
    assert f"its entry leaves the stack {stack}" in blocker.message
    assert blocker.remedy.startswith("write `stack` as it was")


def test_a_new_entry_in_a_new_part_is_only_added(tmp_path: Path) -> None:
    """A system that grows: a part more, and nothing of what is there is refused, replaced or removed."""
    more = "  - {name: rates, stack: more, key: {partition: day}, item_size: 1KB, writes: 0.1, reads: 0.1}\nbuckets:"
    diff = stacks(compiled(PARTS).deployment, edited(tmp_path, "buckets:", more))
    changes = [change for stack in diff for change in stack.changes]
    assert changes
    assert {str(change.action) for change in changes} <= {"added", "updated in place"}
    assert not [blocker for change in changes for blocker in change.blockers]
