"""Plain values with placeholders for what only AWS knows, and what a part of a template refers to."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
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


def keys(value: Json) -> list[str]:
    """Every key of every object within a value."""
    found: list[str] = []
    ahead = [value]
    while ahead:
        item = ahead.pop()
        if isinstance(item, dict):
            found += item
            ahead += item.values()
        elif isinstance(item, list):
            ahead += item
    return found


_PSEUDO = "AWS::"
_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")


class Target(StrEnum):
    """What a reference leads to; `Ref` is written alike for a parameter and a resource."""

    VALUE = "resource"
    CONDITION = "condition"


def references(body: Json) -> list[tuple[Target, str]]:
    """Every reference in the body of a resource, output or condition, pseudo-parameters left out."""
    found = [(Target.VALUE, str(name)) for name in listed(members(body).get("DependsOn"))]
    _refer(body, found)
    return found


def _refer(value: Json, found: list[tuple[Target, str]]) -> None:
    # Every value of every template comes by here: a list is filled in half the time that nested generators take.
    if isinstance(value, list):
        for item in value:
            _refer(item, found)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "Ref" and len(value) == 1 and isinstance(item, str):
                if not item.startswith(_PSEUDO):
                    found.append((Target.VALUE, item))
            elif key == "Fn::GetAtt" and isinstance(item, list) and item:
                found.append((Target.VALUE, str(item[0])))
            elif key == "Condition" and isinstance(item, str):
                found.append((Target.CONDITION, item))
            elif key == "Fn::Sub":
                _substitute(item, found)
            else:
                if key == "Fn::If" and isinstance(item, list) and item:
                    found.append((Target.CONDITION, str(item[0])))
                _refer(item, found)


def _substitute(argument: Json, found: list[tuple[Target, str]]) -> None:
    text, variables = (*argument, {})[:2] if isinstance(argument, list) and argument else (argument, {})
    _refer(variables, found)
    names = map(str.strip, _VARIABLE.findall(str(text)))
    found += [
        (Target.VALUE, name.split(".")[0]) for name in names if not name.startswith(_PSEUDO) and name not in variables
    ]


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
