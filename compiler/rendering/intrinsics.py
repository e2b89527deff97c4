"""Intrinsic functions as a user's partial may write them: the form of their arguments.

What they refer to is checked on the whole template. https://docs.aws.amazon.com/AWSCloudFormation/latest/
TemplateReference/intrinsic-function-reference.html (read 2026-11-22)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from compiler.aws.intrinsics import FUNCTIONS
from compiler.diagnostics.suggest import near

MAX_DEPTH = 100
"""Levels of a value; no property of any resource type has a quarter of them."""


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _function(value: Any) -> bool:
    """Another function, whose value is known at deploy time only."""
    return isinstance(value, dict) and len(value) == 1 and (next(iter(value)) == "Ref" or _named(next(iter(value))))


def _named(key: object) -> bool:
    return isinstance(key, str) and key.startswith("Fn::")


def _listed(*kinds: Callable[[Any], bool], least: int | None = None) -> Callable[[Any], bool]:
    """A list of these kinds, in this order; `least` of them at least."""

    def check(value: Any) -> bool:
        enough = isinstance(value, list) and (least or len(kinds)) <= len(value) <= len(kinds)
        return enough and all(kind(item) for kind, item in zip(kinds, value, strict=False))

    return check


def _any(*kinds: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: any(kind(value) for kind in kinds)


def _value(value: Any) -> bool:
    del value
    return True


def _list(value: Any) -> bool:
    return isinstance(value, list)


def _map(value: Any) -> bool:
    return isinstance(value, dict)


def _index(value: Any) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool) and value >= 0) or (
        isinstance(value, str) and value.isascii() and value.isdigit()
    )


def _string(value: Any) -> bool:
    return isinstance(value, str)


_FORMS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "Ref": (_text, 'the name of a parameter or resource: {"Ref": "Key"}'),
    "Fn::GetAtt": (_listed(_text, _any(_text, _function)), '["Key", "Arn"]'),
    "Fn::Sub": (_any(_string, _listed(_string, _map)), 'a text, or a text and its variables: ["${x}", {"x": ...}]'),
    "Fn::If": (_listed(_text, _value, _value), '["Condition", then, else]'),
    "Fn::Join": (_listed(_string, _any(_list, _function)), '["-", [parts]]'),
    "Fn::Split": (_listed(_string, _any(_string, _function)), '["-", text]'),
    "Fn::Select": (_listed(_any(_index, _function), _any(_list, _function)), "[0, [choices]]"),
    "Fn::ImportValue": (_any(_text, _function), "the name of an export"),
    "Fn::GetAZs": (_any(_string, _function), 'a region, or ""'),
    "Fn::Base64": (_any(_string, _function), "a text"),
    "Fn::Cidr": (_listed(*[_any(_text, _index, _function)] * 3, least=2), '["10.0.0.0/16", 4, 8]'),
    "Fn::FindInMap": (_listed(*[_any(_text, _function)] * 3), '["Map", "key", "key"]'),
}


def faults(value: Any) -> Iterator[tuple[str, str]]:
    """Functions of a JSON value that CloudFormation would not understand: what is wrong, what would be right."""
    waiting = [(value, 0)]
    while waiting:
        item, depth = waiting.pop()
        if depth > MAX_DEPTH:
            yield f"a value is nested deeper than {MAX_DEPTH} levels", "move a part of it to a separate resource"
            return
        if isinstance(item, list):
            waiting += ((inner, depth + 1) for inner in reversed(item))
        elif isinstance(item, dict):
            waiting += ((inner, depth + 1) for inner in reversed(item.values()))
            yield from _of(item)


def _of(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, argument in item.items():
        if not _named(name) and (name != "Ref" or len(item) > 1):
            continue
        if name not in _FORMS:
            close = near(name, _FORMS) if name not in FUNCTIONS else None
            says = "cannot be used in a partial" if name in FUNCTIONS else "is not a CloudFormation function"
            yield f"`{name}` {says}", f"did you mean `{close}`?" if close else f"write one of {', '.join(_FORMS)}"
        elif len(item) > 1:
            yield f"`{name}` has other members next to it", "the function must be the only member of its object"
        elif not _FORMS[name][0](argument):
            yield f"`{name}` cannot take this argument", f"write {_FORMS[name][1]}"
