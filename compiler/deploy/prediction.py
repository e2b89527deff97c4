"""What each wave will change, before it is known; and whether a change set does what was predicted.

CloudFormation says what it would do with a stack as it is now. What a later wave does follows from the simulation.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from compiler.aws.types.update_rules import Action, Update
from compiler.aws.values import ResourceId
from compiler.deploy import plan, review
from compiler.deploy.cloud import Change
from compiler.deploy.proposal import ChangeSetId, Operation, Predicted
from compiler.deploy.session import Session
from compiler.diff.impact import classify
from compiler.diff.names import name_of
from compiler.ir.elements import StackId
from compiler.linking.waves import Step
from compiler.rollout.simulation import Simulation
from compiler.rollout.state import Resource, State

_SEVERITY = {"change": 0, "replace?": 1, "dynamic": 1, "replace": 2}
_WORDS = {"Add": "adds", "Remove": "removes", "Import": "imports"}
_MOST_LISTED = 5


def predict(session: Session, touched: Collection[StackId]) -> tuple[Simulation, tuple[tuple[Operation, ...], ...]]:
    """The rollout and the operations of its waves; `touched` are stacks with something to do.

    Values of what is replaced are others, so whoever uses them changes too, perhaps in a wave of its own.
    """
    replaced: set[ResourceId] = set()
    while True:
        rollout = plan.rollout(session, touched, replaced)
        operations = tuple(tuple(_operations(session, rollout, number)) for number in range(len(rollout.waves)))
        gone = {
            ResourceId(operation.stack, change.id)
            for wave in operations for operation in wave for change in operation.changes
            if change.replacement != "False"
        }  # fmt: skip
        if gone <= replaced:
            return rollout, operations
        replaced |= gone


def _operations(session: Session, rollout: Simulation, number: int) -> Iterator[Operation]:
    before = rollout.snapshots[number - 1].states if number else plan.existing(session).states
    after = rollout.snapshots[number].states
    for step in rollout.waves[number]:
        changes = tuple(_changes(before.get(step.stack), after[step.stack]))
        yield operation(session, step, changes, _follow(after[step.stack], {change.id for change in changes}))


def operation(
    session: Session, step: Step, changes: Iterable[Change], follow: Iterable[str] = (),
    change_set: ChangeSetId | None = None,
) -> Operation:  # fmt: skip
    """An operation with what its changes do to data."""
    stack = session.deployment.stack(step.stack)
    existing = session.existing[step.stack]
    old = session.deployed(stack, existing).template.body if existing else {}
    listed = review.with_superseded(changes, old, stack.template.body)
    dangers = {danger.id: danger for danger in review.dangers(listed, old, stack.template.body)}
    return Operation(
        stack=stack.key,
        bakes=step.bakes,
        changes=tuple(
            Predicted(
                id=change.id, type=change.type, action=change.action, replacement=change.replacement,
                properties=change.properties, superseded=change.superseded,
                stake=dangers[change.id].stake if change.id in dangers else "",
                what=dangers[change.id].what if change.id in dangers else "",
            )
            for change in listed
        ),
        follow=tuple(sorted(follow)),
        change_set=change_set,
    )  # fmt: skip


def _changes(before: State | None, after: State) -> Iterator[Change]:
    had: Mapping[str, Resource] = before.resources if before else {}
    for id_, resource in after.resources.items():
        if id_ not in had:
            yield Change("Add", id_, resource.type)
        elif (had[id_].body, had[id_].properties) != (resource.body, resource.properties):
            yield _modified(had[id_], resource)
    yield from (Change("Remove", id_, resource.type) for id_, resource in had.items() if id_ not in after.resources)


def _modified(old: Resource, new: Resource) -> Change:
    if old.type != new.type:
        return Change("Modify", new.id, new.type, "True")
    name = name_of(new.type, old.properties)
    update = Update(new.owner.stack, new.region, new.id, new.type, name, old.properties, new.properties)
    impact = classify(update)
    replacement = "False"
    if impact.action is Action.REPLACED:
        replacement = "True" if impact.certain else "Conditional"
    properties = dict.fromkeys(str(item.path[0]) for item in impact.properties)
    return Change("Modify", new.id, new.type, replacement, tuple(properties))


def _follow(state: State, changed: set[str]) -> set[str]:
    """Resources of a stack that refer to changed ones, directly or by way of others."""
    found: set[str] = set()
    fresh = set(changed)
    while fresh:
        users = {
            id_ for id_, resource in state.resources.items()
            if any(kind == "resource" and name in fresh for kind, name in resource.uses)
        }  # fmt: skip
        fresh = users - found
        found |= fresh
    return found


def merged(first: Operation, preview: Operation) -> Operation:
    """An operation of the simulation with what CloudFormation says of it already: of each change the graver one."""
    changes = {change.id: change for change in first.changes}
    for change in preview.changes:
        known = changes.get(change.id)
        if known is None or known.action != "Modify" or _weight(change) >= _weight(known):
            changes[change.id] = change
    follow = {*first.follow, *preview.follow}
    return first.model_copy(update={"changes": tuple(changes.values()), "follow": tuple(sorted(follow))})


def _weight(change: Predicted) -> int:
    return _SEVERITY.get(review.word(change.change), 9)


# Comparing


Difference = tuple[str, str]
"""A logical id, and what is not as proposed."""


def differences(
    actual: Sequence[Change], operations: Sequence[Operation], *, partial: bool = False
) -> tuple[Difference, ...]:
    """How a change set differs from the operation that it fits best; empty where it fits one, or several in a row.

    With `partial` it may do less: where a run goes on, values arrive in other groups, and the rest follows.
    """
    if not operations:
        found = [(change.id, f"{_told(change)}, and nothing was proposed for this stack") for change in actual]
        return tuple(found[:_MOST_LISTED])
    runs = [
        operations[first:last] for first in range(len(operations)) for last in range(first + 1, len(operations) + 1)
    ]
    if partial:
        runs = [operations]
    fitting = min((list(_unlike(actual, run, partial=partial)) for run in runs), key=len)
    return tuple(fitting[:_MOST_LISTED])


def exact_differences(actual: Sequence[Change], operation: Operation) -> tuple[Difference, ...]:
    """How a change set differs from the very one that was reviewed."""
    was = {change.id: change.change for change in operation.changes}
    now = {change.id: change for change in actual}
    found = [(id_, f"{_told(now[id_])}, which was not proposed") for id_ in now if _key(now[id_]) != _key(was.get(id_))]
    found += [(id_, f"no longer {_told(was[id_])}") for id_ in was if id_ not in now]
    return tuple(found[:_MOST_LISTED])


def _key(change: Change | None) -> tuple[str, str, str] | None:
    return (change.action, change.type, change.replacement) if change else None


def _unlike(actual: Sequence[Change], run: Sequence[Operation], *, partial: bool) -> Iterator[Difference]:
    """What is not as some operations together predict it.

    Normalised is what only AWS knows: a resource that refers to a changed one may be listed or not, and an update may
    turn out to be less than what was predicted. Additions and removals must be the very same.
    """
    predicted: dict[str, Predicted] = {}
    for item in (item for operation in run for item in operation.changes):
        known = predicted.get(item.id)
        if known is None or (known.action == "Modify" and _weight(item) >= _weight(known)):
            predicted[item.id] = item
    follow = {id_ for operation in run for id_ in operation.follow}
    for change in actual:
        wanted = predicted[change.id].change if change.id in predicted else None
        if change.action in _WORDS:
            fits = wanted is not None and (wanted.action, wanted.type) == (change.action, change.type)
        else:
            allowed = _SEVERITY.get(review.word(wanted), -1) if wanted and wanted.type == change.type else -1
            allowed = max(allowed, _SEVERITY["replace?"]) if change.id in follow else allowed
            # An earlier part of the same addition may have been executed with fewer values.
            allowed = max(allowed, 0) if partial and wanted and wanted.action == "Add" else allowed
            fits = _SEVERITY.get(review.word(change), 9) <= allowed
        if not fits:
            expected = f"; the proposal {_told(wanted)}" if wanted else ", which was not proposed"
            yield change.id, f"{_told(change)}{expected}"
    listed = {change.id for change in actual}
    for item in () if partial else predicted.values():
        if item.action in _WORDS and item.id not in listed:
            yield item.id, f"no longer {_told(item.change)}"


def _told(change: Change) -> str:
    word = _WORDS.get(change.action) or {
        "change": "changes", "replace": "replaces", "replace?": "changes or replaces", "dynamic": "changes or replaces",
    }.get(review.word(change), change.action)  # fmt: skip
    return f"{word} `{change.id}` ({change.type})"
