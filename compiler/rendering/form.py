"""A partial without values: what it lays out is read once, and filled with the values of each view.

A partial writes a value as a whole, so its text is the same for all views that take the same way through its `if` and
`for`. In place of each value the text has a hole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from compiler.linking.lowering import ALWAYS
from compiler.rendering.fragment import Fragment
from compiler.support.frozen import frozen

HOLE = "\ue002"
"""How the text of a hole begins. No partial may hold the character, and JSON escapes it in values."""


class UnfitError(Exception):
    """Holes and values do not fit: a text with the values in it tells what is wrong."""


def hole(number: int) -> str:
    """The text, in JSON, that stands for a value; they are counted from 0."""
    return f'"{HOLE}{number}"'


@frozen
class _Hole:
    number: int


@frozen
class _Object:
    """An object with holes among its keys and values, or further down."""

    members: tuple[tuple[Any, Any], ...]


@frozen
class _List:
    items: tuple[Any, ...]


_OPEN = frozenset((_Hole, _Object, _List))


@frozen
class Form:
    """The fragment of a text with holes, as often to be filled as there are views."""

    fragment: Fragment
    sections: tuple[tuple[str, _Object], ...]

    def filled(self, values: Sequence[Any]) -> Fragment:
        """The fragment with these values, which become parts of it; raises `UnfitError`."""
        sections = {}
        places = {}
        for section, members in self.sections:
            sections[section] = made = _filled(members, values)
            for name, written in zip(made, self.fragment.sections[section], strict=True):
                places[section, name] = self.fragment.places[section, written]
        return Fragment(sections, places)


def form_of(fragment: Fragment, count: int) -> Form:
    """The form of a fragment whose text has so many holes; raises `UnfitError` where one is no value or key."""
    sections = tuple((name, _Object(tuple(_members(body)))) for name, body in fragment.sections.items())
    numbers = sorted(number for _, body in sections for number in _numbers(body))
    if numbers != list(range(count)):
        raise UnfitError
    return Form(fragment, sections)


def _members(body: Any) -> Iterator[tuple[Any, Any]]:
    return ((_opened(key), _opened(item)) for key, item in body.items())


def _opened(value: Any) -> Any:
    """A value with its holes; one that has none is returned as it is, and all fragments share it."""
    if isinstance(value, str):
        return _Hole(int(value[1:])) if value[:1] == HOLE and value[1:].isdecimal() else value
    if isinstance(value, dict):
        members = tuple(_members(value))
        return _Object(members) if any(type(part) in _OPEN for member in members for part in member) else value
    if isinstance(value, list):
        items = tuple(map(_opened, value))
        return _List(items) if any(type(item) in _OPEN for item in items) else value
    return value


def _numbers(node: Any) -> Iterator[int]:
    if isinstance(node, _Hole):
        yield node.number
    parts = node.items if isinstance(node, _List) else ()
    for part in sum(node.members, ()) if isinstance(node, _Object) else parts:
        yield from _numbers(part)


def _filled(node: Any, values: Sequence[Any]) -> Any:
    kind = type(node)
    if kind is _Hole:
        return values[node.number]
    if kind is _List:
        return [_filled(item, values) for item in node.items]
    if kind is not _Object:
        return node
    made = {}
    for key, item in node.members:
        name = values[key.number] if type(key) is _Hole else key
        if not isinstance(name, str) or name in made:
            raise UnfitError
        made[name] = _filled(item, values)
    choice = made.get("Fn::If")
    # A gate that is always open: what stands behind it is there from the start.
    return choice[1] if isinstance(choice, list) and choice and choice[0] == ALWAYS else made
