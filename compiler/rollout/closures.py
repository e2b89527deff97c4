"""Gates that close on the way: resources, and parts of them, that an update takes away and brings back later.

A condition `Has<Parameter>` of a new template may ask for a value that nobody has yet when a stack is first updated.
A resource that is there already would leave its stack then, stay behind because of `Retain`, and block its own name
when its gate opens again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from compiler.aws.values import ResourceId
from compiler.rollout.state import State
from compiler.support.frozen import frozen


@frozen
class GateClosure:
    """A resource that leaves its stack in wave `closed` and is created again in wave `opened` (0: never).

    With `parts`, the resource stays, and only these properties go and come back.
    """

    resource: ResourceId
    closed: int
    opened: int
    parts: tuple[str, ...] = ()


def closures(before: State, steps: Sequence[tuple[int, State]]) -> Iterator[GateClosure]:
    """What closes in one stack: `steps` are the waves that update it, each with the stack after that wave."""
    final = steps[-1][1]
    for name, resource in sorted(before.resources.items()):
        if name not in final.resources:
            continue
        present = {number: name in state.resources for number, state in steps}
        if not all(present.values()):
            yield GateClosure(resource.owner, *_span(present))
            continue
        wanted = final.resources[name]
        if not any(kind == "condition" for kind, _ in wanted.uses):
            continue
        for member in wanted.properties:
            present = {number: member in state.resources[name].properties for number, state in steps}
            if member in resource.properties and not all(present.values()):
                yield GateClosure(resource.owner, *_span(present), (member,))


def _span(present: Mapping[int, bool]) -> tuple[int, int]:
    """The first wave without it, and the next one with it; 0 where there is none."""
    closed = min(number for number, there in present.items() if not there)
    return closed, next((number for number, there in present.items() if number > closed and there), 0)
