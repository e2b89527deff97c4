"""What a diff says of changes: which are shown together, and each property on a line or two."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from compiler.aws.types.update_rules import Action, Data
from compiler.diff.change import Change, Json, Property
from compiler.diff.names import shown
from compiler.diff.paths import written
from compiler.reporting.text import clean

_MOST_PROPERTIES = 6
_LEAST_VALUES = 24
"""Columns that two values need at least beside their path."""


def grouped(changes: Iterable[Change]) -> list[list[Change]]:
    """Changes that can be told together: the same happens to them, for the same reason."""
    found: dict[Json, list[Change]] = {}
    for change in changes:
        found.setdefault(_alike(change), []).append(change)
    return list(found.values())


def _alike(change: Change) -> Json:
    common = (change.action, change.data, change.certain, bool(change.blockers), change.causes)
    if change.action in (Action.ADDED, Action.REMOVED) and not change.blockers and change.data is Data.NONE:
        return common
    if change.follows and not change.blockers and change.data is Data.NONE:
        # What only follows from a replacement is told by naming it.
        return (*common, "follows")
    remarks = tuple(remark.general or remark.message for remark in change.notes)
    refusals = tuple(refusal.general or refusal.message for refusal in change.blockers)
    properties = json.dumps([(item.path, item.old, item.new) for item in change.properties], sort_keys=True)
    return (*common, properties, remarks, refusals)


def own_remarks(group: Sequence[Change]) -> Iterator[str]:
    """What is said of some resources that leave their stack together, and not of all: each remark once."""
    found: dict[str, list[Change]] = {}
    for change in group:
        for remark in change.notes:
            # Of what is said in general, the end says what this type goes on doing.
            said = remark.general.partition(": ")[2] if remark.general else remark.message
            if said:
                found.setdefault(said, []).append(change)
    for said, changes in found.items():
        kinds = list(dict.fromkeys(change.type for change in changes))
        yield f"{changes[0].id if len(changes) == 1 else ', '.join(kinds)}: {said}"


def properties(items: Sequence[Property], room: int) -> Iterator[str]:
    """A line or two for each property, those that force a replacement first; of many, some."""
    forcing = sorted(items, key=lambda item: not item.forces)
    for item in forcing[:_MOST_PROPERTIES]:
        yield from property_lines(item, room)
    more = len(forcing) - _MOST_PROPERTIES
    if more > 0:
        yield f"and {more} more {'property' if more == 1 else 'properties'}"


def property_lines(item: Property, room: int) -> list[str]:
    """`path: old -> new`; of long values, the part around the first difference; after a long path, on a second line."""
    path = clean(written(item.path))
    left = room - len(path) - len(":  -> ")
    if left >= _LEAST_VALUES:
        return [f"{path}: {_change(item, left)}"]
    return [f"{path}:", f"  {_change(item, room - len('   -> '))}"]


def _change(item: Property, room: int) -> str:
    old, new = _cropped(*_values(item.old, item.new), room)
    if item.old is None:
        return f"+ {new}"
    return f"- {old}" if item.new is None else f"{old} -> {new}"


def _values(old: Json, new: Json) -> tuple[str, str]:
    """Two values as text; of lists of plain values, only what differs."""
    if isinstance(old, list) and isinstance(new, list) and not any(isinstance(i, dict | list) for i in (*old, *new)):
        gone, come = [item for item in old if item not in new], [item for item in new if item not in old]
        if gone or come:
            return _value(gone) if gone else "…", _value(come) if come else "…"
    return _value(old), _value(new)


def _value(value: Json) -> str:
    if isinstance(value, str):
        return clean(shown(value)) or '""'
    return clean(shown(json.dumps(value, ensure_ascii=False)))


def _cropped(old: str, new: str, room: int) -> tuple[str, str]:
    """Two texts that fit beside each other, both from shortly before where they differ."""
    if len(old) + len(new) <= room:
        return old, new
    half = room // 2
    common = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    start = max(0, common - half // 3) if common > half // 2 else 0
    return _window(old, start, max(half, room - len(new))), _window(new, start, max(half, room - len(old)))


def _window(words: str, start: int, room: int) -> str:
    cut = ("…" + words[start + 1 :]) if start else words
    return cut if len(cut) <= room else cut[: room - 1] + "…"
