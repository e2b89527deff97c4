"""Resources that others own: references to them become the values that the spec states.

The references of a service stay the same whether a resource is of the topology or exists already. What is stated is
known from the start, so it needs no output, no parameter and no gate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace

from compiler.ir.elements import AnyGate, Block, Element, Gate, Given, If, Json, OptionalRef, Output, Ref, StackId, Text
from compiler.ir.elements import join as join_text

Values = Mapping[tuple[StackId, str], Mapping[str | None, str]]


def stated(elements: Iterable[Element]) -> tuple[Element, ...]:
    """The elements with the values of all that is given in place of references to it."""
    listed = tuple(elements)
    values = {(item.stack, item.resource): item.values for item in listed if isinstance(item, Given)}
    if not values:
        return listed
    return tuple(_element(item, values) for item in listed if not isinstance(item, Given))


def _element(item: Element, values: Values) -> Element:
    if isinstance(item, Block):
        after = tuple(ref for ref in item.after if _value(ref, values) is None)
        return replace(item, view=_filled(item.view, values), after=after)
    if isinstance(item, Output):
        return replace(item, value=_filled(item.value, values))
    return item


def _value(ref: Ref, values: Values) -> str | None:
    return values.get((ref.stack, ref.resource), {}).get(ref.attr)


def _is_open(gate: Json, values: Values) -> bool:
    """Whether a gate waits for nothing any more, because all of it is given."""
    return isinstance(gate, Gate) and bool(gate.refs) and all(_value(ref, values) is not None for ref in gate.refs)


def _filled(value: Json, values: Values) -> Json:
    """A value of a view with every given reference replaced."""
    match value:
        case None | str() | int() | float():
            return value
        case Ref():
            known = _value(value, values)
            return value if known is None else known
        case OptionalRef():
            known = _value(value.ref, values)
            return value if known is None else known
        case Gate():
            return Gate(tuple(ref for ref in value.refs if _value(ref, values) is None))
        case AnyGate():
            return AnyGate(tuple(_filled(gate, values) for gate in value.gates))
        case If() if _is_open(value.gate, values):
            return _filled(value.then, values)
        case If():
            return If(_filled(value.gate, values), _filled(value.then, values), _filled(value.other, values))
        case Text():
            return join_text(*(_filled(part, values) for part in value.parts))
        case tuple() | list():
            return tuple(_filled(item, values) for item in value)
        case Mapping():
            return {key: _filled(item, values) for key, item in value.items()}
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed = {member.name: _filled(getattr(value, member.name), values) for member in fields(value)}
    return replace(value, **changed) if any(changed[name] is not getattr(value, name) for name in changed) else value
