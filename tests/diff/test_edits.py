"""What each edit of `edits` does, resource by resource: every class, every loss of data, every refusal."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

import pytest

from compiler.aws.types.update_rules import Action, Data
from compiler.diff.change import Change, StackDiff
from compiler.diff.compare import compare
from tests.diff.edits import EDITS, Edit
from tests.diff.worlds import deployment
from tests.tiers import one_of

CLASSES = {
    "added": Action.ADDED,
    "superseded": Action.SUPERSEDED,
    "in place": Action.IN_PLACE,
    "interrupted": Action.INTERRUPTED,
    "removed": Action.REMOVED,
    "REPLACED": Action.REPLACED,
}


@dataclass(frozen=True)
class Expected:
    """One line of an expectation."""

    stack: str
    action: Action
    patterns: tuple[str, ...]
    data: Data
    refused: bool
    certain: bool

    def fits(self, change: Change) -> bool:
        return (change.action, change.data, bool(change.blockers), change.certain) == (
            self.action, self.data, self.refused, self.certain,
        )  # fmt: skip


def expectations(written: str) -> list[Expected]:
    found = []
    for line in filter(None, (line.strip() for line in written.split("\n"))):
        stack, action, patterns, *rest = (part.strip() for part in line.split("|"))
        flags = rest[0] if rest else ""
        data = next((data for data in (Data.LOST, Data.STANDBY) if str(data) in flags), Data.NONE)
        assert not flags.replace(str(data), "").replace("refused", "").replace("perhaps", "").strip(), line
        told = (CLASSES[action], tuple(patterns.split()), data, "refused" in flags, "perhaps" not in flags)
        found += [Expected(kind, *told) for kind in (("primary", "secondary") if stack == "both" else (stack,))]
    return found


def called(stack: StackDiff, wanted: str) -> bool:
    """Whether an expectation's name of a stack means this one."""
    sign = {Action.ADDED: "+", Action.REMOVED: "-"}.get(stack.action, "")
    kind = stack.stack.split(".")[0]
    return wanted in (sign + kind, sign + stack.stack)


def judged(edit: Edit) -> list[str]:
    """In what the diff of an edit is not what was expected."""
    wanted = expectations(edit.expected)
    used: set[tuple[int, str]] = set()
    wrong = []
    for stack in compare(deployment(edit.base, edit.before), deployment(edit.base, edit.before, edit.change)):
        lines = [(number, line) for number, line in enumerate(wanted) if called(stack, line.stack)]
        for change in stack.changes:
            named = [(n, line, p) for n, line in lines for p in line.patterns if fnmatchcase(change.id, p)]
            # An old and a new deployment differ in the digest only.
            found = next((item for item in named if item[1].fits(change)), next(iter(named), None))
            said = f"{stack.stack} {change.id}: {change.action}, {change.data}, refused {bool(change.blockers)}"
            if found is None:
                wrong.append(f"not expected: {said}")
                continue
            number, line, pattern = found
            used.add((number, pattern))
            if not line.fits(change):
                wrong.append(f"other than expected: {said}, certain {change.certain}")
    for number, line in enumerate(wanted):
        wrong += [f"did not happen: {line.stack} {p}" for p in line.patterns if (number, p) not in used]
    return wrong


@pytest.mark.parametrize("edit", one_of(3, EDITS), ids=lambda edit: edit.name)
def test_every_change(edit: Edit) -> None:
    assert judged(edit) == []


def test_the_table_is_long_enough_and_has_every_class() -> None:
    assert len(EDITS) >= 65
    assert len({edit.name for edit in EDITS}) == len(EDITS)
    lines = [line for edit in EDITS for line in expectations(edit.expected)]
    assert {line.action for line in lines} == set(CLASSES.values())
    assert {line.data for line in lines} == set(Data)
    assert {line.refused for line in lines} == {line.certain for line in lines} == {True, False}


def test_a_wrong_expectation_is_noticed() -> None:
    edit = next(edit for edit in EDITS if edit.name == "a larger item")
    for wrong in ("", "primary | REPLACED | TableTransactions", "primary | in place | TableTransactions Vpc",
                  "primary | in place | TableTransactions | refused", "secondary | in place | *"):  # fmt: skip
        assert judged(Edit("", wrong, edit.change)), wrong
