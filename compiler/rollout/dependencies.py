"""What CloudFormation makes a resource wait for within its stack: references and `DependsOn`.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html (read 2026-11-22)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from compiler.aws.values import listed
from compiler.rollout.state import Resource, State


def waits_for(now: State, resource: Resource) -> tuple[str, ...]:
    """Resources of the same stack that CloudFormation makes a resource wait for, in a fixed order."""
    named = {name for kind, name in resource.uses if kind == "resource"}
    named.update(name for name in listed(resource.body.get("DependsOn")) if isinstance(name, str))
    return tuple(sorted(name for name in named if name in now.resources))


def circle_in(waits: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Resources that wait for each other in a ring; empty where there is none."""
    done: set[str] = set()
    for start in waits:
        path: list[str] = []
        trail: list[Iterator[str]] = [iter((start,))]
        while trail:
            name = next(trail[-1], None)
            if name is None:
                trail.pop()
                if path:
                    done.add(path.pop())
            elif name in path:
                return tuple(path[path.index(name) :])
            elif name not in done:
                path.append(name)
                trail.append(iter(waits[name]))
    return ()


def closure(name: str, waits: Mapping[str, tuple[str, ...]], known: dict[str, frozenset[str]]) -> frozenset[str]:
    """Everything a resource waits for, directly or through others."""
    if name not in known:
        reached: set[str] = set()
        open_ = list(waits[name])
        while open_:
            item = open_.pop()
            if item not in reached:
                reached.add(item)
                open_ += waits[item]
        known[name] = frozenset(reached)
    return known[name]
