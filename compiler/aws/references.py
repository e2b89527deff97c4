"""What a part of a template refers to, read without evaluating it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum

from compiler.aws.values import Json, listed

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
