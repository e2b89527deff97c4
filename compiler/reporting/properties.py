"""One property of a diff on a line or two, both values shortened to the part around the first difference."""

from __future__ import annotations

import json

from compiler.diff.change import Json, Property
from compiler.diff.paths import written
from compiler.diff.placeholders import shown
from compiler.reporting.text import clean

_LEAST_VALUES = 24
"""Columns that two values need at least beside their path."""


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
