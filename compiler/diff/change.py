"""What is found, as values: changes of resources, parameters, outputs and stacks, with what they mean."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from compiler.aws.types.update_rules import Action, Data
from compiler.diagnostics.model import Span
from compiler.support.frozen import frozen

Json = Any
Step = str | int
Path = tuple[Step, ...]
"""From a resource's properties down; the entry of a list by its position, or by its own key in brackets."""


@frozen
class Property:
    """One property with both values, None where it is not there; `forces` where it alone asks for a replacement."""

    path: Path
    old: Json
    new: Json
    forces: bool = False


@frozen
class Note:
    """A sentence about a change, and the page that says so; `general` is what several have in common."""

    message: str
    source: str | None = None
    general: str = ""


@frozen
class Blocker:
    """Why AWS refuses a change, and how to get there all the same; `general` is what several have in common."""

    message: str
    remedy: str
    source: str | None = None
    general: str = ""


@frozen
class Cause:
    """A change of the spec: the route as people write it, both values, and the place in the new spec if it has one.

    `old` and `new` are as the author wrote them; None where an entry is not there. The place may be in a base.
    """

    route: str
    old: str | None
    new: str | None
    at: Span | None = None


@frozen
class Change:
    """What happens to one resource.

    `certain` is false where only AWS can tell a replacement from an update. `follows` names the replaced resources
    whose values it uses, as `stack/id`; `entry` is the entry of the spec that asks for the resource.
    """

    stack: str
    id: str
    type: str
    action: Action
    data: Data = Data.NONE
    certain: bool = True
    name: str = ""
    properties: tuple[Property, ...] = ()
    notes: tuple[Note, ...] = ()
    blockers: tuple[Blocker, ...] = ()
    follows: tuple[str, ...] = ()
    causes: tuple[Cause, ...] = ()
    entry: str = ""

    @property
    def key(self) -> str:
        return f"{self.stack}/{self.id}"

    @property
    def rank(self) -> tuple[bool, ...]:
        """For sorting, the most important first."""
        return (
            self.data is not Data.LOST,
            self.action is not Action.REPLACED,
            self.data is Data.NONE,
            self.action is not Action.REMOVED,
            not self.blockers,
            self.action is not Action.INTERRUPTED,
            self.action is not Action.IN_PLACE,
            self.action is not Action.SUPERSEDED,
        )


@frozen
class ParameterChange:
    """A parameter of a template that comes, goes, or takes another default or other values."""

    stack: str
    id: str
    action: Action
    old: Json
    new: Json
    message: str
    causes: tuple[Cause, ...] = ()


@frozen
class OutputChange:
    """An output that comes, goes, or has another value; refused where another stack goes on importing it."""

    stack: str
    id: str
    export: str
    action: Action
    old: Json
    new: Json
    imported_by: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    blockers: tuple[Blocker, ...] = ()
    causes: tuple[Cause, ...] = ()


@frozen
class StackDiff:
    """Everything that changes in one stack.

    `action` is ADDED for a new stack, REMOVED for one that the manifest no longer names (AWS keeps it as it is), and
    SAME or IN_PLACE for one that is there before and after. `total` counts its resources.
    """

    stack: str
    region: str
    name: str
    action: Action
    total: int
    changes: tuple[Change, ...] = ()
    parameters: tuple[ParameterChange, ...] = ()
    outputs: tuple[OutputChange, ...] = ()
    notes: tuple[Note, ...] = ()
    blockers: tuple[Blocker, ...] = ()
    causes: tuple[Cause, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self.action is Action.SAME


@frozen
class Wave:
    """Stacks that are deployed at the same time; one that `bakes` is watched before the next wave."""

    stacks: tuple[str, ...]
    bakes: bool = False


@frozen
class Diff:
    """The whole comparison: `old` and `new` say what was compared, `waves` in which order stacks are deployed.

    `updates` says that clients are served by what exists, so that one region is changed first and watched for
    `bake_minutes`. With the old spec at hand (`explained`), `spec` lists every change of it, `code` those of where
    dr-deploy takes the code of a function, and `silent` all others that change no resource, parameter or output.
    """

    old: str
    new: str
    stacks: tuple[StackDiff, ...]
    waves: tuple[Wave, ...] = ()
    updates: bool = False
    bake_minutes: int = 0
    explained: bool = False
    spec: tuple[Cause, ...] = ()
    code: tuple[Cause, ...] = ()
    silent: tuple[Cause, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        return tuple(change for stack in self.stacks for change in stack.changes)

    @property
    def is_empty(self) -> bool:
        return all(stack.is_empty for stack in self.stacks)

    def roots(self, changes: Iterable[Change]) -> tuple[str, ...]:
        """The replaced resources that others follow from, directly or by way of others that follow themselves."""
        known = {change.key: change for change in self.changes}
        found: dict[str, None] = {}
        seen: set[str] = set()
        waiting = [key for change in changes for key in change.follows]
        while waiting:
            key = waiting.pop(0)
            if key not in seen:
                seen.add(key)
                further = known[key].follows if key in known else ()
                waiting += further
                if not further:
                    found[key] = None
        return tuple(sorted(found))
