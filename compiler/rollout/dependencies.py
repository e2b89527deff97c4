"""What CloudFormation makes a resource wait for within its stack: references and `DependsOn`.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html (read 2026-11-22)
"""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from compiler.aws.values import listed
from compiler.rollout.state import Resource, State

Graph = Mapping[str, tuple[str, ...]]
"""Resources of one stack, each with those that it waits for."""


def dependencies_of(now: State, resource: Resource) -> tuple[str, ...]:
    """Resources of the same stack that CloudFormation makes a resource wait for, in a fixed order."""
    named = {name for kind, name in resource.uses if kind == "resource"}
    named.update(name for name in listed(resource.body.get("DependsOn")) if isinstance(name, str))
    return tuple(sorted(name for name in named if name in now.resources))


def find_cycle(graph: Graph) -> tuple[str, ...]:
    """Resources that wait for each other, each for the next one; empty where there are none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return tuple(reversed(error.args[1][1:]))
    return ()


def ancestors(graph: Graph) -> Mapping[str, frozenset[str]]:
    """Everything that each resource waits for, directly or through others; the graph has no cycle."""
    found: dict[str, frozenset[str]] = {}
    for name in TopologicalSorter(graph).static_order():
        direct = graph.get(name, ())
        found[name] = frozenset(direct).union(*(found[other] for other in direct))
    return found
