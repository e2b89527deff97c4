"""What a change set must not do unless a person names it: remove or replace what holds data, or close a gate.

By default every resource has the policies Retain, so nothing would be deleted; but a resource that leaves its stack is
an orphan that blocks its own name, and one that is replaced is a new, empty one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from compiler.aws.types import registry
from compiler.aws.types.apigateway import successor
from compiler.aws.types.dynamodb import GLOBAL_TABLE
from compiler.aws.types.replicas import replica_regions
from compiler.aws.types.update_rules import Action
from compiler.aws.values import deletes, dig, members, parameters_of
from compiler.deploy.cloud import Change
from compiler.diff.names import texts
from compiler.support.frozen import frozen

Json = Any


@frozen
class Danger:
    """One change that is refused unless a person allows it, and what is at stake."""

    id: str
    type: str
    what: str
    stake: str
    keeps_name: bool = False
    """Whether the new resource would have the name of the old one, so that CloudFormation cannot replace it."""
    brings: frozenset[str] = frozenset()
    """Texts of the new template that the properties of a replacement have not had before."""


@frozen
class Counts:
    """How many resources a change set adds, changes in place, replaces, may replace, supersedes, and removes."""

    add: int = 0
    change: int = 0
    replace: int = 0
    maybe: int = 0
    remove: int = 0
    superseded: int = 0

    @property
    def total(self) -> int:
        """How many resources the change set touches."""
        return self.add + self.change + self.replace + self.maybe + self.remove + self.superseded

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.add + other.add,
            self.change + other.change,
            self.replace + other.replace,
            self.maybe + other.maybe,
            self.remove + other.remove,
            self.superseded + other.superseded,
        )

    def __str__(self) -> str:
        words = (
            (self.add, "to add"),
            (self.change, "to change"),
            (self.replace, "to replace"),
            (self.maybe, "to change or replace"),
            (self.remove, "to remove"),
            (self.superseded, str(Action.SUPERSEDED)),
        )
        return ", ".join(f"{count} {what}" for count, what in words if count) or "no changes"


def counts(changes: Iterable[Change]) -> Counts:
    """The changes counted."""
    found = Counter(word(change) for change in changes)
    return Counts(
        add=found["add"] + found["import"],
        change=found["change"],
        replace=found["replace"],
        maybe=found["replace?"] + found["dynamic"],
        remove=found["remove"],
        superseded=found[Action.SUPERSEDED],
    )


def word(change: Change) -> str:
    """What a change does, in one word: CloudFormation's, or that of `--diff` where one thing has two."""
    if change.superseded:
        return str(Action.SUPERSEDED)
    if change.action != "Modify":
        return change.action.lower()
    return {"False": "change", "True": "replace"}.get(change.replacement, "replace?")


def rank(change: Change, danger: Danger | None) -> int:
    """For sorting, the most important first; below `GRAVE` are data at stake, replacements and removals."""
    if danger:
        return 0
    order = ("replace", "replace?", "dynamic", "remove", "change", Action.SUPERSEDED, "import", "add")
    return order.index(word(change)) + 1 if word(change) in order else 1


def with_superseded(
    changes: Iterable[Change], old_template: Mapping[str, Json], new_template: Mapping[str, Json]
) -> tuple[Change, ...]:
    """The changes, with a mark on each deployment of an API that goes because a newer one takes its place."""
    listed = tuple(changes)
    old, new = (members(template.get("Resources")) for template in (old_template, new_template))
    added = {change.id: new[change.id] for change in listed if change.action == "Add" and change.id in new}
    return tuple(
        replace(change, superseded=True)
        if change.action == "Remove" and change.id in old and successor(change.id, old, added)
        else change
        for change in listed
    )


GRAVE = 5
MAYBE = "might be replaced"
"""What a change does where only AWS knows whether it replaces."""


def dangers(
    changes: Iterable[Change],
    old_template: Mapping[str, Json],
    new_template: Mapping[str, Json],
    unknown: frozenset[str] = frozenset(),
) -> tuple[Danger, ...]:
    """What a change set does to data, and what it removes only for now.

    The second is a resource that the template still holds, and whose condition asks for one of the parameters that are
    `unknown` for now: it would stay behind and block its own name later.
    """
    found = (_danger(change, old_template, new_template, unknown) for change in changes)
    return tuple(danger for danger in found if danger)


def _danger(
    change: Change, old_template: Mapping[str, Json], new_template: Mapping[str, Json], unknown: frozenset[str]
) -> Danger | None:
    holding = registry.of(change.type).holds
    stake = holding.what if holding else None
    condition = new_template.get("Resources", {}).get(change.id, {}).get("Condition")
    behind = parameters_of(condition, new_template.get("Conditions", {}))
    waits = sorted(unknown & behind) if change.action == "Remove" else []
    if waits:
        verb = "are" if len(waits) > 1 else "is"
        what = f"would leave the stack only because {' and '.join(waits)} {verb} not known yet"
        return Danger(change.id, change.type, what, stake or "what clients use of it")
    if stake is None or change.action in ("Add", "Import"):
        return None
    if change.action == "Remove":
        deleted = deletes(old_template.get("Resources", {}).get(change.id, {}))
        return Danger(change.id, change.type, "would be deleted" if deleted else "would leave the stack", stake)
    only_aws_knows = change.action == "Dynamic" or change.replacement == "Conditional"
    if only_aws_knows or change.replacement == "True":
        what = MAYBE if only_aws_knows else "would be replaced"
        keeps = _keeps_name(change, old_template, new_template)
        return Danger(change.id, change.type, what, stake, keeps, _brings(change, old_template, new_template))
    # CloudFormation calls the removal of a replica a plain update.
    gone = _replicas(old_template, change.id) - _replicas(new_template, change.id)
    if change.type == GLOBAL_TABLE and gone:
        what = f"would lose its replica in {', '.join(sorted(gone))}"
        return Danger(change.id, change.type, what, "the data held there")
    return None


def _keeps_name(change: Change, old_template: Mapping[str, Json], new_template: Mapping[str, Json]) -> bool:
    """Whether both templates give a resource the same name."""
    name = registry.of(change.type).name
    if name is None:
        return False
    values = [
        dig(template, "Resources", change.id, "Properties", name.member) for template in (old_template, new_template)
    ]
    return values[0] is not None and values[0] == values[1]


def _brings(change: Change, old_template: Mapping[str, Json], new_template: Mapping[str, Json]) -> frozenset[str]:
    had, has = (
        frozenset(texts([dig(template, "Resources", change.id, "Properties", name) for name in change.properties]))
        for template in (old_template, new_template)
    )
    return has - had


def _replicas(template: Mapping[str, Json], id_: str) -> set[str]:
    """Regions in which a template wants a table."""
    return {*replica_regions(template.get("Resources", {}).get(id_, {}).get("Properties", {}))}
