"""The order of deployment: which stacks run together, and whether every value arrives in the end."""

from __future__ import annotations

from collections.abc import Mapping

from compiler.ir.elements import StackId
from compiler.support.frozen import frozen


@frozen
class Source:
    """An output of a stack."""

    stack: StackId
    output: str

    def __str__(self) -> str:
        return f"{self.output} of {self.stack.name}"


@frozen
class Wire:
    """A parameter that is filled from an output of another stack."""

    parameter: str
    source: Source


@frozen
class Interface:
    """What one stack takes from other stacks, and what it gives to them.

    `takes` maps a parameter to the output that fills it; `imports` are outputs that must exist before the stack
    is first deployed; `gives` maps an output to the parameters without which it does not exist yet.
    """

    stack: StackId
    takes: Mapping[str, Source]
    imports: frozenset[Source]
    gives: Mapping[str, frozenset[str]]


@frozen
class Step:
    """One operation on one stack, with the parameters whose values are known by then.

    In an update, one that `bakes` is the last in its region before another one that serves is touched: the alarms of
    the region are watched for some time before the next operation begins.
    """

    stack: StackId
    parameters: tuple[str, ...]
    bakes: bool = False


Wave = tuple[Step, ...]
Stuck = tuple[tuple[StackId, str], ...]


def waves(interfaces: tuple[Interface, ...]) -> tuple[tuple[Wave, ...], Stuck]:
    """The waves, and the chain of inputs that can never be filled (empty where all can).

    Each wave deploys every stack whose known inputs have grown, until nothing grows.
    """
    live: set[Source] = set()
    deployed: dict[StackId, frozenset[str]] = {}
    order: list[Wave] = []
    while True:
        steps = []
        for item in interfaces:
            known = frozenset(name for name, source in item.takes.items() if source in live)
            ready = item.imports <= live
            if ready and (item.stack not in deployed or known > deployed[item.stack]):
                steps.append((item, known))
        if not steps:
            break
        for item, known in steps:
            deployed[item.stack] = known
        for item, known in steps:
            live |= {Source(item.stack, output) for output, gates in item.gives.items() if gates <= known}
        order.append(tuple(Step(item.stack, tuple(sorted(known))) for item, known in steps))
    return tuple(order), _stuck(interfaces, deployed, live)


def _stuck(interfaces: tuple[Interface, ...], deployed: Mapping[StackId, frozenset[str]], live: set[Source]) -> Stuck:
    """A chain of unfilled inputs that leads back to its start; empty where every input was filled."""
    by_stack = {item.stack: item for item in interfaces}

    def unmet(item: Interface) -> dict[str, Source]:
        missing = {name: source for name, source in item.takes.items() if source not in live}
        missing.update({source.output: source for source in item.imports if source not in live})
        return missing

    start = next((item for item in interfaces if unmet(item)), None)
    if start is None:
        return ()
    path: list[tuple[StackId, str]] = []
    name = min(unmet(start))
    item = start
    while (item.stack, name) not in path:
        path.append((item.stack, name))
        source = unmet(item)[name]
        producer = by_stack[source.stack]
        blocked_by = producer.gives.get(source.output, frozenset()) - deployed.get(source.stack, frozenset())
        waiting = sorted(blocked_by & set(unmet(producer))) or sorted(unmet(producer))
        if not waiting:
            break
        item, name = producer, waiting[0]
    begin = path.index((item.stack, name)) if (item.stack, name) in path else 0
    return tuple(path[begin:])
