"""Gates that would close on the way: resources, and parts of them, that an update takes away and brings back later.

A condition `Has<Parameter>` of a new template may ask for a value that nobody has yet when a stack is first updated.
A resource that is there already would leave its stack then, stay behind because of `Retain`, and block its own name
when its gate opens again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from compiler.aws.intrinsics import Resolver
from compiler.aws.values import members
from compiler.diff.change import Json
from compiler.diff.side import Snapshot
from compiler.support.frozen import frozen


@frozen
class Closing:
    """A resource that leaves its stack in wave `closed` and is made anew in wave `opened` (0: never).

    With `parts`, the resource stays and only these properties go and come back.
    """

    stack: str
    id: str
    closed: int
    opened: int
    parts: tuple[str, ...] = ()


Stage = tuple[int, Resolver]
"""A wave, and the values that a stack has in it."""


def closings(old: Snapshot, new: Snapshot, kept: Sequence[str]) -> Iterator[Closing]:
    """What closes in the stacks that are `kept`, in the order of stacks and names."""
    for key in kept:
        wanted = frozenset(new.stacks[key].wiring)
        steps = tuple(_steps(old, new, key))
        if all(known >= wanted for _, known in steps):
            continue
        stages = [(number, new.resolver_with(key, known)) for number, known in steps]
        for name in sorted({*old.present(key)} & {*new.present(key)}):
            present = {number: _is_there(resolver, name) for number, resolver in stages}
            if all(present.values()):
                yield from _parts(old, new, key, name, stages)
            else:
                yield Closing(key, name, *_span(present))


def _steps(old: Snapshot, new: Snapshot, key: str) -> Iterator[tuple[int, frozenset[str]]]:
    """The waves that update a stack, each with the parameters whose values are known by then.

    A parameter that the deployed stack has a value for keeps one: nothing empty is passed over it.
    """
    before = old.resolver(key).parameters
    known = frozenset(name for name in new.stacks[key].wiring if before.get(name))
    for number, wave in enumerate(new.waves, 1):
        for step in wave:
            if step.stack.name == key:
                yield number, known | frozenset(step.parameters)


def _is_there(resolver: Resolver, name: str) -> bool:
    condition = resolver.bodies[name].get("Condition")
    return not condition or resolver.holds(condition)


def _span(present: Mapping[int, bool]) -> tuple[int, int]:
    """The first wave without it, and the next one with it; 0 where there is none."""
    closed = min(number for number, there in present.items() if not there)
    return closed, next((number for number, there in present.items() if number > closed and there), 0)


def _parts(old: Snapshot, new: Snapshot, key: str, name: str, stages: Sequence[Stage]) -> Iterator[Closing]:
    """Properties that an earlier wave leaves out though they are there before and after."""
    final, uses = new.resolved(key, name)
    if not any(kind == "condition" for kind, _ in uses):
        return
    before = old.properties(key, name)
    found = {number: _properties(resolver, name) for number, resolver in stages}
    for member in final:
        present = {number: member in properties for number, properties in found.items()}
        if member in before and not all(present.values()):
            yield Closing(key, name, *_span(present), (member,))


def _properties(resolver: Resolver, name: str) -> Mapping[str, Json]:
    return members(resolver.resolved(resolver.bodies[name].get("Properties", {}))[0])
