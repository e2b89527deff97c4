"""Single lines of a diff: a property with both values, shortened to what fits; sentences, wrapped and indented."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterator, Sequence

from compiler.diff.change import Json, Property
from compiler.diff.marks import shown
from compiler.diff.paths import written
from compiler.reporting.show import clean
from compiler.support.frozen import frozen

LEAST = 60
"""Columns below which nothing is made narrower."""

_MOST_PROPERTIES = 6
_LEAST_VALUES = 24

Paint = Callable[[str, str], str]


@frozen
class Page:
    """Where it is shown: columns, colours, and the name of the spec's file."""

    width: int
    paint: Paint
    spec: str


def properties(items: Sequence[Property], page: Page, indent: str) -> Iterator[str]:
    """A line or two for each property, those that force a replacement first; of many, some."""
    forcing = sorted(items, key=lambda item: not item.forces)
    for item in forcing[:_MOST_PROPERTIES]:
        yield from (indent + line for line in property_lines(item, max(page.width, LEAST) - len(indent)))
    if len(forcing) > _MOST_PROPERTIES:
        yield f"{indent}and {count(len(forcing) - _MOST_PROPERTIES, 'more property', 'more properties')}"


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


def _window(text_: str, start: int, room: int) -> str:
    cut = ("…" + text_[start + 1 :]) if start else text_
    return cut if len(cut) <= room else cut[: room - 1] + "…"


def wrapped(words: str, indent: str, page: Page) -> Iterator[str]:
    """A sentence on as many lines as it takes, all but the first a little further in."""
    room = max(page.width, len(indent) + LEAST // 2)
    found = textwrap.wrap(
        clean(shown(words)), room, initial_indent=indent, subsequent_indent=indent + "  ", break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
    yield from found or [indent]


def count(number: int, what: str, many: str = "") -> str:
    """A number with what it counts."""
    return f"{number} {what}" if number == 1 else f"{number} {many or what + 's'}"
