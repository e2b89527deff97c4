"""Which change of the spec is behind which change of a resource, found by taking each back.

The new spec without one of its changes is laid out again, up to the pieces the services place: what comes out
otherwise is what that change is behind. This costs some milliseconds each, needs no rule of thumb about which section
shapes which resource, and stays right when services change.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping

from compiler import planning
from compiler.aws.types.apigateway import AUTHORIZER, DEPLOYMENT, REST_STAGE
from compiler.aws.types.dynamodb import GLOBAL_TABLE
from compiler.aws.types.lambda_ import FUNCTION
from compiler.aws.types.s3 import BUCKET
from compiler.aws.types.update_rules import Action
from compiler.aws.values import ResourceId, marked
from compiler.diagnostics.model import RejectedError
from compiler.diff.change import Cause, Change, Diff, Note, OutputChange, ParameterChange, StackDiff
from compiler.diff.outward import parameters_behind
from compiler.diff.spec_changes import SpecChange, changes
from compiler.ir.elements import Block, Element, Json, Output, Parameter
from compiler.linking.given import stated
from compiler.reading.document import Document
from compiler.reading.yaml_tree import Plain
from compiler.rollout.state import Snapshot
from compiler.spec.operations import OnDelete
from compiler.spec.parse import parse
from compiler.support.frozen import frozen
from compiler.topology.model import Topology

_MOST = 12
"""Changes that are taken back one by one; of more than that, those of one entry are taken back together."""

_RENAMED: Mapping[tuple[str, ...], str] = {
    ("tables",): GLOBAL_TABLE, ("buckets",): BUCKET, ("functions",): FUNCTION, ("api", "authorizers"): AUTHORIZER,
}  # fmt: skip
"""Sections whose entries may say what they were called, and what such an entry itself is made into."""

Key = tuple[str, str, str]
"""Kind (`block`, `parameter`, `output`, `stack`), stack and name of something that is laid out."""


@frozen
class Trial:
    """What taking some changes back does: `behind` is what they shape; None where the rest is no legal spec."""

    changes: tuple[SpecChange, ...]
    behind: frozenset[Key] | None


class Causes:
    """The changes of a spec, and what each is behind; `added` are the names of the partials that a user adds."""

    def __init__(self, old: Plain, document: Document, topology: Topology, added: tuple[str, ...] = ()) -> None:
        self._document = document
        self._added = added
        self.changes = tuple(changes(old, document.value))
        before = self._laid_out(topology) if self.changes else {}
        self.trials = tuple(self._trial(group, before) for group in self._groups())

    def _groups(self) -> Iterator[tuple[SpecChange, ...]]:
        if len(self.changes) <= _MOST:
            yield from ((change,) for change in self.changes)
            return
        entries: dict[str, list[SpecChange]] = {}
        for change in self.changes:
            entries.setdefault(change.entry, []).append(change)
        yield from map(tuple, entries.values())

    def _trial(self, group: tuple[SpecChange, ...], before: Mapping[Key, Json]) -> Trial:
        value = self._document.value
        for change in group:
            value = change.reverted(value)
        try:
            spec = parse(dataclasses.replace(self._document, value=value))
        except RejectedError:
            return Trial(group, None)
        topology, _ = planning.topology(spec)
        if topology is None:
            return Trial(group, None)
        after = self._laid_out(topology)
        differ = (key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
        return Trial(group, frozenset(differ))

    def _laid_out(self, topology: Topology) -> dict[Key, Json]:
        """Everything a topology lays out, by what it is; values that can be compared."""
        spec = topology.spec
        found: dict[Key, Json] = {}
        for stack in topology.all_stacks:
            found["stack", stack.name, ""] = (spec.name, spec.account, spec.naming.environment, spec.naming.suffix)
        for placed in stated(planning.declare(topology, self._added)):
            found.update(_comparable(placed, spec.deployment.on_delete))
        return found

    def described(self, group: Iterable[SpecChange]) -> tuple[Cause, ...]:
        """Changes of the spec as causes, with their lines."""
        return tuple(change.cause(self._document) for change in group)

    def of(self, key: Key, entry: str = "") -> tuple[Cause, ...]:
        """The changes behind something that is laid out; where none is, those that could not be taken back."""
        shaping = (trial for trial in self.trials if trial.behind and key in trial.behind)
        found = tuple(change for trial in shaping for change in trial.changes)
        if found:
            return self.described(found)
        doubtful = tuple(change for trial in self.trials if trial.behind is None for change in trial.changes)
        near = tuple(change for change in doubtful if entry and entry.startswith(change.entry))
        return self.described(near or doubtful)


def _comparable(placed: Element, on_delete: OnDelete) -> Iterator[tuple[Key, Json]]:
    match placed:
        case Block():
            value = (placed.partial, placed.view, placed.after, placed.condition, on_delete)
            yield from ((("block", placed.stack.name, name), value) for name in placed.provides)
        case Parameter():
            yield ("parameter", placed.stack.name, placed.name), placed.body
        case Output():
            yield ("output", placed.stack.name, placed.name), placed.value


def explained(diff: Diff, causes: Causes, old: Snapshot, new: Snapshot) -> Diff:
    """The diff with the cause of every change, and the changes of the spec that change nothing."""
    made = tuple(_stack(stack, causes, old, new) for stack in diff.stacks)
    spread = _spread(made)
    described = causes.described(causes.changes)
    used = {cause.route for stack in spread for cause in _all(stack)}
    sources = tuple(
        change for change in causes.changes if change.steps[0] == "functions" and change.steps[-1] == "source"
    )
    code = causes.described(sources)
    silent = tuple(cause for cause in described if cause.route not in used and cause not in code)
    hinted = tuple(_hinted(stack, dict(_renamed(causes.changes))) for stack in spread)
    return dataclasses.replace(diff, stacks=hinted, explained=True, spec=described, code=code, silent=silent)


def _renamed(changed: tuple[SpecChange, ...]) -> Iterator[tuple[str, Note]]:
    """Entries that went while another one of their section came, with what to say if that is the same one."""
    for section in _RENAMED:
        gone = [change for change in changed if change.steps[:-1] == section and change.is_gone]
        come = [change for change in changed if change.steps[:-1] == section and change.is_new]
        if len(gone) == len(come) == 1:
            old, new = (change.steps[-1].strip("[]") for change in (gone[0], come[0]))
            # An entry that was renamed before goes on under its first name.
            was = gone[0].old.get("was") or old
            message = f"if `{new}` is a new name for `{old}`, write `was: {was}` in its entry, so that it stays"
            yield gone[0].label, Note(message)
        for change in changed:
            if change.steps[:-2] == section and change.steps[-1] == "was":
                yield change.label, Note(_first_name(change))


def _first_name(change: SpecChange) -> str:
    """What to say of an entry whose `was` changed: it is deployed under the name that it had first."""
    name = change.steps[-2].strip("[]")
    if change.is_new:
        return f"it is deployed as `{name}`: remove `was` from its entry, so that it stays"
    return f"it is deployed as `{change.old}`, and keeps this name: write `was: {change.old}` in the entry `{name}`"


def _hinted(stack: StackDiff, renamed: Mapping[str, Note]) -> StackDiff:
    def hinted(change: Change) -> Change:
        labels = (change.entry, *(cause.route for cause in change.causes))
        note = next((renamed[label] for label in labels if label in renamed), None)
        if note is None or change.action is not Action.REMOVED or change.type not in _RENAMED.values():
            return change
        return dataclasses.replace(change, notes=(*change.notes, note))

    return dataclasses.replace(stack, changes=tuple(map(hinted, stack.changes)))


def _stack(stack: StackDiff, causes: Causes, old: Snapshot, new: Snapshot) -> StackDiff:
    if stack.action in (Action.ADDED, Action.REMOVED):
        return dataclasses.replace(stack, causes=causes.of(("stack", stack.stack, "")))
    parameters = tuple(
        dataclasses.replace(item, causes=causes.of(("parameter", stack.stack, item.id))) for item in stack.parameters
    )
    by_parameter = {item.id: item.causes for item in parameters}
    return dataclasses.replace(
        stack,
        changes=tuple(
            _change(change, causes, by_parameter, old if change.action in _GONE else new) for change in stack.changes
        ),
        parameters=parameters,
        outputs=tuple(
            dataclasses.replace(item, causes=causes.of(("output", stack.stack, item.id))) for item in stack.outputs
        ),
    )


_GONE = (Action.REMOVED, Action.SUPERSEDED)


def _change(change: Change, causes: Causes, by_parameter: Mapping[str, tuple[Cause, ...]], there: Snapshot) -> Change:
    """A change with its causes; `there` has the resource."""
    by_use = (
        cause
        for name in sorted(parameters_behind(there, ResourceId(change.stack, change.id)))
        for cause in by_parameter.get(name, ())
    )
    found = _once((*_of_block(change, causes, there), *by_use))
    return dataclasses.replace(change, causes=found)


def _of_block(change: Change, causes: Causes, there: Snapshot) -> tuple[Cause, ...]:
    """The changes behind the block of a resource; of a deployment, those behind the document of its API."""
    found = causes.of(_block(there, change.stack, change.id), change.entry)
    if change.type in (DEPLOYMENT, REST_STAGE) and not found:
        resource = there.resource(ResourceId(change.stack, change.id))
        if api := marked(resource.get("RestApiId")):
            return causes.of(_block(there, change.stack, api.id), change.entry)
    return found


def _block(there: Snapshot, stack: str, id_: str) -> Key:
    """What a resource is defined by: its block, as far as the templates know it, else the resource itself."""
    origin = there.by_key[stack].template.origins.get(id_)
    return ("block", stack, origin.block if origin else id_)


def _spread(stacks: tuple[StackDiff, ...]) -> tuple[StackDiff, ...]:
    """Causes handed on from replaced resources to those that use their values, where these have none of their own."""
    known = {change.key: change for stack in stacks for change in stack.changes}

    def roots(key: str, seen: frozenset[str]) -> tuple[Cause, ...]:
        change = known.get(key)
        if change is None or key in seen:
            return ()
        if change.causes:
            return change.causes
        return _once(cause for name in change.follows for cause in roots(name, seen | {key}))

    return tuple(
        dataclasses.replace(
            stack,
            changes=tuple(dataclasses.replace(c, causes=roots(c.key, frozenset())) for c in stack.changes),
        )
        for stack in stacks
    )


def _once(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    return tuple(dict.fromkeys(causes))


def _all(stack: StackDiff) -> Iterator[Cause]:
    yield from stack.causes
    items: tuple[Change | ParameterChange | OutputChange, ...] = (*stack.changes, *stack.parameters, *stack.outputs)
    for item in items:
        yield from item.causes
