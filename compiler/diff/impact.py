"""What an update of one resource comes to: in place, with interruption, or by replacement; and whether AWS takes it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from compiler.aws.schemas import Pointer, Schema, schema, select
from compiler.aws.types import registry
from compiler.aws.types.update_rules import Action, Data, Update, UpdateRule
from compiler.aws.values import Json, deletes
from compiler.diff.change import Blocker, Note, Path, Property
from compiler.diff.paths import differences, same
from compiler.support.frozen import frozen


@frozen
class RequiresReplacement:
    """A create-only property whose value changed; `certain` is false where AWS decides, or where entries moved."""

    pointer: Pointer
    certain: bool


@frozen
class UpdateImpact:
    """What changes in a resource, and what CloudFormation does with it."""

    action: Action
    data: Data = Data.NONE
    certain: bool = True
    properties: tuple[Property, ...] = ()
    notes: tuple[Note, ...] = ()
    blockers: tuple[Blocker, ...] = ()


SAME = UpdateImpact(Action.SAME)


def classify(update: Update) -> UpdateImpact:
    """The impact of an update: by the schema of the type, then by the rules of its record."""
    properties = tuple(differences(update.old, update.new))
    if not properties:
        return SAME
    fixed = tuple(_fixed(update))
    said = tuple((known, sentence) for known in registry.of(update.type).updates for sentence in known.find(update))
    replacing = [known for known, _ in said if known.action is Action.REPLACED]
    if fixed or replacing:
        # What holds of an update in place does not hold of a new resource.
        said = tuple((known, sentence) for known, sentence in said if known.action is Action.REPLACED)
        certain = bool(replacing) or any(item.certain for item in fixed)
        marked = tuple(_marked(item, fixed) for item in properties)
        return UpdateImpact(Action.REPLACED, Data.NONE, certain, marked, *_split(said))
    action = max((known.action for known, _ in said), default=Action.IN_PLACE, key=lambda action: action.weight)
    data = max((known.data for known, _ in said), default=Data.NONE, key=lambda data: data.weight)
    certain = all(known.certain for known, _ in said)
    return UpdateImpact(action, data, certain, properties, *_split(said))


_POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")
_DELETION = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html"


def with_policies(impact: UpdateImpact, kind: str, old: Mapping[str, Json], new: Mapping[str, Json]) -> UpdateImpact:
    """The impact of an update that also changes what AWS does with the resource in the end."""
    changed = tuple(
        Property((policy,), old.get(policy), new.get(policy))
        for policy in _POLICIES
        if old.get(policy) != new.get(policy)
    )
    if not changed:
        return impact
    holds = registry.of(kind).holds
    notes = (Note("from now on AWS deletes it with everything it holds, once its stack has it no longer", _DELETION),)
    return dataclasses.replace(
        impact,
        action=max(impact.action, Action.IN_PLACE, key=lambda action: action.weight),
        properties=(*impact.properties, *changed),
        notes=(*impact.notes, *(notes if holds and deletes(new) and not deletes(old) else ())),
    )


def replacements(known: Schema, old: Mapping[str, Json], new: Mapping[str, Json]) -> Iterator[RequiresReplacement]:
    """The create-only properties that differ between two sets of plain properties, in the schema's order."""
    for group, surely in ((known.created, True), (known.sometimes, False)):
        for place in group:
            if place in known.computed:
                continue
            was, is_ = list(select(old, place)), list(select(new, place))
            if len(was) != len(is_) or not all(map(same, was, is_)):
                # An entry that came or went moves the others: which of them is another one now, only AWS can tell.
                yield RequiresReplacement(place, surely and ("*" not in place or len(was) == len(is_)))


def _fixed(update: Update) -> Iterator[RequiresReplacement]:
    found = schema(update.type, update.region)
    settled = registry.of(update.type).settled
    if found:
        yield from (item for item in replacements(found, update.old, update.new) if item.pointer not in settled)


def _split(said: tuple[tuple[UpdateRule, str], ...]) -> tuple[tuple[Note, ...], tuple[Blocker, ...]]:
    notes = tuple(Note(sentence, known.source) for known, sentence in said if known.remedy is None)
    blockers = tuple(
        Blocker(sentence, known.remedy, known.source, known.when)
        for known, sentence in said
        if known.remedy is not None
    )
    return notes, blockers


def _marked(item: Property, fixed: tuple[RequiresReplacement, ...]) -> Property:
    if any(_touches(found.pointer, item.path) for found in fixed):
        return Property(item.path, item.old, item.new, forces=True)
    return item


def _touches(pointer: Pointer, path: Path) -> bool:
    """Whether a changed path lies at, below or above a property of the schema."""
    return all(
        step in ("*", other) or (step == "*" and not isinstance(other, str))
        for step, other in zip(pointer, _steps(pointer, path), strict=False)
    )


def _steps(pointer: Pointer, path: Path) -> Path:
    """A path without its list entries where the pointer does not count them either."""
    if "*" in pointer:
        return path
    return tuple(step for step in path if isinstance(step, str) and not step.startswith("["))
