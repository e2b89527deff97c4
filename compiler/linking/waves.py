"""The order of deployment: which stacks run together, and whether every value arrives in the end."""

from __future__ import annotations

from collections.abc import Mapping

from compiler.ir.elements import StackId
from compiler.support.frozen import frozen

Source = tuple[StackId, str]
"""A stack and the name of one of its outputs."""


@frozen
class Need:
    """What one stack takes and gives.

    `takes` maps a parameter to the output that fills it; `imports` are outputs that must exist before the stack
    is first deployed; `gives` maps an output to the parameters without which it does not exist yet.
    """

    stack: StackId
    takes: Mapping[str, Source]
    imports: frozenset[Source]
    gives: Mapping[str, frozenset[str]]


@frozen
class Step:
    """One operation on one stack, with the parameters whose values are known by then."""

    stack: StackId
    parameters: tuple[str, ...]


Wave = tuple[Step, ...]
Stuck = tuple[tuple[StackId, str], ...]


def waves(needs: tuple[Need, ...]) -> tuple[tuple[Wave, ...], Stuck]:
    """The waves, and the chain of needs that can never be met (empty where all can).

    Each wave deploys every stack whose known inputs have grown, until nothing grows.
    """
    live: set[Source] = set()
    deployed: dict[StackId, frozenset[str]] = {}
    order: list[Wave] = []
    while True:
        steps = []
        for need in needs:
            known = frozenset(name for name, source in need.takes.items() if source in live)
            ready = need.imports <= live
            if ready and (need.stack not in deployed or known > deployed[need.stack]):
                steps.append((need, known))
        if not steps:
            break
        for need, known in steps:
            deployed[need.stack] = known
        for need, known in steps:
            live |= {(need.stack, output) for output, gates in need.gives.items() if gates <= known}
        order.append(tuple(Step(need.stack, tuple(sorted(known))) for need, known in steps))
    return tuple(order), _stuck(needs, deployed, live)


def _stuck(needs: tuple[Need, ...], deployed: Mapping[StackId, frozenset[str]], live: set[Source]) -> Stuck:
    """A chain of unmet needs that leads back into itself; empty where every need was met."""
    by_stack = {need.stack: need for need in needs}

    def unmet(need: Need) -> dict[str, Source]:
        missing = {name: source for name, source in need.takes.items() if source not in live}
        missing.update({output: (stack, output) for stack, output in need.imports if (stack, output) not in live})
        return missing

    start = next((need for need in needs if unmet(need)), None)
    if start is None:
        return ()
    path: list[tuple[StackId, str]] = []
    name = min(unmet(start))
    need = start
    while (need.stack, name) not in path:
        path.append((need.stack, name))
        stack, output = unmet(need)[name]
        producer = by_stack[stack]
        blocked_by = producer.gives.get(output, frozenset()) - deployed.get(stack, frozenset())
        waiting = sorted(blocked_by & set(unmet(producer))) or sorted(unmet(producer))
        if not waiting:
            break
        need, name = producer, waiting[0]
    begin = path.index((need.stack, name)) if (need.stack, name) in path else 0
    return tuple(path[begin:])
