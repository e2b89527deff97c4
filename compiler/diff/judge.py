"""What an update of one resource comes to: in place, with interruption, or by replacement; and whether AWS takes it."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.schemas import Pointer, schema
from compiler.aws.types import registry
from compiler.aws.types.update_rules import Action, Data, Update, UpdateRule
from compiler.diff.change import Path, Property, Refusal, Remark
from compiler.diff.paths import differences
from compiler.diff.replacement import RequiresReplacement, forced
from compiler.support.frozen import frozen


@frozen
class Verdict:
    """What changes in a resource, and what becomes of it."""

    action: Action
    data: Data = Data.NONE
    certain: bool = True
    properties: tuple[Property, ...] = ()
    remarks: tuple[Remark, ...] = ()
    refusals: tuple[Refusal, ...] = ()


SAME = Verdict(Action.SAME)


def judge(update: Update) -> Verdict:
    """The verdict on an update: the schema's, then what is known beyond it."""
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
        return Verdict(Action.REPLACED, Data.NONE, certain, marked, *_split(said))
    action = max((known.action for known, _ in said), default=Action.IN_PLACE, key=lambda action: action.weight)
    data = max((known.data for known, _ in said), default=Data.NONE, key=lambda data: data.weight)
    certain = all(known.certain for known, _ in said)
    return Verdict(action, data, certain, properties, *_split(said))


def _fixed(update: Update) -> Iterator[RequiresReplacement]:
    found = schema(update.type, update.region)
    settled = registry.of(update.type).settled
    if found:
        yield from (item for item in forced(found, update.old, update.new) if item.pointer not in settled)


def _split(said: tuple[tuple[UpdateRule, str], ...]) -> tuple[tuple[Remark, ...], tuple[Refusal, ...]]:
    remarks = tuple(Remark(sentence, known.source) for known, sentence in said if known.remedy is None)
    refusals = tuple(
        Refusal(sentence, known.remedy, known.source, known.when)
        for known, sentence in said
        if known.remedy is not None
    )
    return remarks, refusals


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
