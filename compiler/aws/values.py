"""Plain values with placeholders for what only AWS knows, and what a part of a template refers to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

Json = Any
"""A JSON value without intrinsics."""

SAMPLE_ACCOUNT = "123456789012"
"""Account that stands for the real one where the spec names none: the one AWS uses in its own examples."""

UNKNOWN = "<unknown>"
"""What an intrinsic that cannot be made sense of comes to."""

MARK = re.compile(r"<([a-z][a-z0-9-]*\.[a-z0-9-]+)/([A-Za-z0-9]+)(?:\.[A-Za-z0-9.]+)?>")
"""Stack name and logical id in what `mark` makes."""
_ARN_PARTS = 6


@dataclass(frozen=True, order=True, slots=True)
class ResourceId:
    """Stack name and logical id of a resource."""

    stack: str
    id: str


def placeholder(stack: str, resource: str, attr: str | None = None) -> str:
    """What stands for a value of a resource that only AWS will know; `stack` is the stack's name."""
    return f"<{stack}/{resource}.{attr}>" if attr else f"<{stack}/{resource}>"


def marked(value: Json) -> ResourceId | None:
    """The resource named in a value, the first where there are several."""
    found = MARK.search(value) if isinstance(value, str) else None
    return ResourceId(found[1], found[2]) if found else None


NEW = "new "
"""What stands before the stack's name in the mark of a resource that is created again."""


def renewed(value: Json, is_new: Callable[[ResourceId], bool]) -> Json:
    """A value in which every placeholder of a resource that is created again says so."""
    if isinstance(value, str):
        return MARK.sub(lambda m: f"<{NEW}{m[0][1:]}" if is_new(ResourceId(m[1], m[2])) else m[0], value)
    if isinstance(value, dict):
        return {key: renewed(item, is_new) for key, item in value.items()}
    if isinstance(value, list):
        return [renewed(item, is_new) for item in value]
    return value


class Arn(NamedTuple):
    """An ARN taken apart."""

    partition: str
    service: str
    region: str
    account: str
    resource: str


def arn(value: Json) -> Arn | None:
    """The ARN that a value is, or None."""
    parts = value.split(":", _ARN_PARTS - 1) if isinstance(value, str) and value.startswith("arn:") else ()
    return Arn(*parts[1:]) if len(parts) == _ARN_PARTS else None


def region_of(value: Json) -> str | None:
    """The region an ARN speaks of; None for another value, and for ARNs of global things."""
    found = arn(value)
    return found.region or None if found else None


def listed(value: Json) -> list[Json]:
    """The items of a list; of a single value, that one; of nothing, none."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def members(value: Json) -> Mapping[str, Json]:
    """A JSON object, or an empty one where the value is none: a partial may write anything."""
    return value if isinstance(value, dict) else {}


def text(value: Json) -> str:
    """A text, or the empty one where the value is none."""
    return value if isinstance(value, str) else ""


def number(value: Json) -> float | None:
    """A number, also where it is written as a text, as parameters are."""
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def dig(value: Json, *path: str) -> Json:
    """The value below `path`; None where something on the way is missing or no object."""
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def keys(value: Json) -> Iterator[str]:
    """Every key of every object within a value."""
    ahead = [value]
    while ahead:
        item = ahead.pop()
        if isinstance(item, dict):
            yield from item
            ahead += item.values()
        elif isinstance(item, list):
            ahead += item


_PSEUDO = "AWS::"
_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")


class Target(StrEnum):
    """What a reference leads to; `Ref` is written alike for a parameter and a resource."""

    VALUE = "resource"
    CONDITION = "condition"


def references(value: Json, *, top: bool = True) -> Iterator[tuple[Target, str]]:
    """Every reference in a JSON value, pseudo-parameters left out; `top` is the body of a resource or output."""
    if isinstance(value, list):
        for item in value:
            yield from references(item, top=False)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key == "Ref" and len(value) == 1 and isinstance(item, str):
                if not item.startswith(_PSEUDO):
                    yield Target.VALUE, item
            elif key == "Fn::GetAtt" and isinstance(item, list) and item:
                yield Target.VALUE, str(item[0])
            elif key == "Condition" and isinstance(item, str):
                yield Target.CONDITION, item
            elif key == "DependsOn" and top:
                yield from ((Target.VALUE, str(name)) for name in listed(item))
            elif key == "Fn::Sub":
                yield from _in_text(item)
            else:
                if key == "Fn::If" and isinstance(item, list) and item:
                    yield Target.CONDITION, str(item[0])
                yield from references(item, top=False)


def _in_text(argument: Json) -> Iterator[tuple[Target, str]]:
    text, variables = (*argument, {})[:2] if isinstance(argument, list) and argument else (argument, {})
    yield from references(variables, top=False)
    for name in _VARIABLE.findall(str(text)):
        if not name.strip().startswith(_PSEUDO) and name.strip() not in variables:
            yield Target.VALUE, name.strip().split(".")[0]


def parameters_of(condition: str | None, conditions: Mapping[str, Json]) -> frozenset[str]:
    """Parameters that a condition depends on, also by way of other conditions."""
    waiting = [condition] if condition else []
    seen: set[str] = set()
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            for target, other in references(conditions.get(name)):
                if target is Target.CONDITION:
                    waiting.append(other)
                else:
                    found.add(other)
    return frozenset(found)


def deletes(body: Mapping[str, Json], policy: str = "DeletionPolicy") -> bool:
    """Whether AWS deletes a resource that leaves its stack, or the old one of a replacement."""
    return body.get(policy) == "Delete"
