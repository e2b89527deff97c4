"""What each field of a spec adds to the bill, found by changing it in the shipped spec and computing the costs again.

So the reference cannot say of a field that it costs what the compiler does not bill for it.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compiler import planning
from compiler.diagnostics.model import RejectedError
from compiler.objectives.costs import Amounts
from compiler.pipeline import plan_document
from compiler.reading.document import Document
from tools.docs.fields import Field, fields

_TRIES = 4
"""Legal changes after which a field that changed no cost is taken to have none."""
_DIGITS = re.compile(r"[0-9]+")
_THIRD = {"region": "us-east-2", "role": "replica"}


@dataclass(frozen=True, slots=True)
class Added:
    """A value of a field, as it is written, and what it adds to the bill of the shipped spec."""

    value: object
    """None where the field is left out."""
    amounts: Amounts


def added(base: Any) -> Mapping[str, Added]:
    """What a change of each plain field of `base` adds, by its route; only those that change the bill."""
    before = _bill(base)
    assert before is not None  # noqa: S101 - the shipped spec compiles
    found = {}
    for field in fields():
        if field.section is None and (one := _added(field, base, before)):
            found[field.route] = one
    return found


def _added(field: Field, base: Any, before: Amounts) -> Added | None:
    tried = 0
    for value, changed in _changes(field, base):
        after = _bill(changed)
        if after is None:
            continue
        amounts = Amounts(after.idle - before.idle, after.load - before.load, after.year - before.year)
        if any((amounts.idle, amounts.load, amounts.year)):
            return Added(value, amounts)
        tried += 1
        if tried == _TRIES:
            break
    return None


def _bill(value: Any) -> Amounts | None:
    """The sum of the bill of a spec; None where the spec is refused."""
    try:
        _, topology, _ = plan_document(Document("spec", "", value, {}))
    except RejectedError:
        return None
    return planning.bill(topology).total


def _changes(field: Field, base: Any) -> Iterator[tuple[object, Any]]:
    """Copies of `base` in which the first place of a field has another value, the nearest first, with that value."""
    if field.route == "regions[].role":
        yield _THIRD["role"], {**base, "regions": [*base["regions"], _THIRD]}
    for value in _values(field, _now(base, field.route)):
        changed = copy.deepcopy(base)
        parent, name = _parent(changed, field.route)
        if parent is None or parent.get(name) == value:
            continue
        if value is None:
            parent.pop(name, None)
        else:
            parent[name] = value
        yield value, changed


def _values(field: Field, now: Any) -> Iterator[Any]:
    node = field.node
    default = node.get("default")
    is_now = default if now is None else now
    yield from (choice for choice in node.get("enum", ()) if choice not in (None, is_now))
    if isinstance(is_now, bool):
        yield not is_now
    elif isinstance(is_now, int):
        yield from (is_now + 1, is_now - 1)
    elif isinstance(is_now, float):
        yield is_now * 2
    elif isinstance(is_now, str) and node.get("pattern") and "a number followed by" in node["description"]:
        number = int(str(_DIGITS.match(is_now)[0]))  # type: ignore[index]
        yield from (is_now.replace(str(number), str(other), 1) for other in (number * 2, number * 3, number // 40))
    elif isinstance(is_now, list) and "properties" not in node.get("items", {}):
        yield is_now[:-1]
    yield from (example for example in node.get("examples", ()) if example != is_now)
    if now is not None and not field.required:
        yield None


def _parent(base: Any, route: str) -> tuple[Any, str]:
    """The mapping that a field stands in, in the first entry of each list, made where it is missing; and its name."""
    *sections, name = route.split(".")
    place = base
    for section in sections:
        key = section.removesuffix("[]")
        if section.endswith("[]"):
            entries = place.get(key)
            if not entries or not isinstance(entries[0], dict):
                return None, name
            place = entries[0]
        else:
            place = place.setdefault(key, {})
            if not isinstance(place, dict):
                return None, name
    return place, name


def _now(base: Any, route: str) -> Any:
    parent, name = _parent(copy.deepcopy(base), route)
    return None if parent is None else parent.get(name)
