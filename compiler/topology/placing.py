"""Entries in further stacks of a region: what belongs to one goes with it, and references follow.

The services declare everything in the first stack of a region. What is declared for an entry with `stack` moves to that
part: `Topology.part` says so by the place in the spec. What all entries share stays, and parts import it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import is_dataclass, replace
from operator import is_

from compiler.ir.elements import Block, Element, Json, Later, Output, Param, Parameter, Ref, StackId
from compiler.topology.model import Topology

Homes = Mapping[tuple[StackId, str], StackId]
"""Where a resource that moved is now, by its first stack and its logical id."""

_PLAIN = frozenset((str, int, float, bool, type(None), Param))
"""Types of which most values of a view are, and that refer to nothing: they are told apart without a call."""


def placed(topology: Topology, elements: Iterable[Element]) -> tuple[Element, ...]:
    """The elements, each in the stack of its entry."""
    listed = tuple(elements)
    if not topology.parts:
        return listed
    moved = tuple(_moved(topology, item) for item in listed)
    homes = {
        (item.stack, name): now.stack
        for item, now in zip(listed, moved, strict=True)
        if isinstance(item, Block) and now.stack != item.stack
        for name in item.provides
    }
    return tuple(_followed(item, homes) for item in moved)


def _moved(topology: Topology, item: Element) -> Element:
    part = topology.part(item.at) if isinstance(item, Block | Output | Parameter) and not item.stack.part else ""
    return replace(item, stack=StackId(item.stack.kind, item.stack.region, part)) if part else item


def _followed(item: Element, homes: Homes) -> Element:
    if isinstance(item, Block):
        view, after = _refers(item.view, homes), _refers(item.after, homes)
        if not item.stack.part:
            # The first stack does not wait for its parts: a stage without one route serves all the others.
            after = tuple(ref for ref in after if not (ref.stack.part and ref.stack.base == item.stack))
        return item if view is item.view and after == item.after else replace(item, view=view, after=after)
    if isinstance(item, Output):
        value = _refers(item.value, homes)
        return item if value is item.value else replace(item, value=value)
    return item


def _refers(value: Json, homes: Homes) -> Json:
    """A value with every reference to what moved; the same object where it has none."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is Ref or kind is Later:
        home = homes.get((value.stack, value.resource))
        return value if home is None else kind(home, value.resource, value.attr)
    if kind is tuple or kind is list:
        items = [item if type(item) in _PLAIN else _refers(item, homes) for item in value]
        return value if all(map(is_, items, value)) else tuple(items)
    if kind is dict:
        members = [item if type(item) in _PLAIN else _refers(item, homes) for item in value.values()]
        return value if all(map(is_, members, value.values())) else dict(zip(value, members, strict=True))
    if not is_dataclass(value):
        return value
    old = [getattr(value, name) for name in kind.__match_args__]
    new = [item if type(item) in _PLAIN else _refers(item, homes) for item in old]
    return value if all(map(is_, new, old)) else kind(*new)
