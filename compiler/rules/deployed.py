"""What a check is given, all stacks as they are after the last wave, and what makes a function a check."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import wraps
from typing import TypeVar

from compiler.diagnostics.model import Route, Rule
from compiler.findings.finding import Finding
from compiler.rollout.inventory import Inventory
from compiler.rollout.state import Resource
from compiler.spec.compute import Function
from compiler.support.frozen import frozen
from compiler.topology.model import Topology

_Result = TypeVar("_Result")
DOCS = "https://docs.aws.amazon.com/"


@frozen
class Deployed(Inventory):
    """Every stack with resolved values, and the topology that it was compiled from."""

    topology: Topology

    def route(self, resource: Resource) -> Route:
        """The spec entry that asked for a resource."""
        return self.states[resource.stack].template.route(resource.id)

    def function(self, resource: Resource) -> Function | None:
        """The entry in `functions` that asked for a Lambda function."""
        route = self.route(resource)
        if len(route) < 2 or route[0] != "functions" or not isinstance(route[1], int):
            return None
        return self.topology.spec.functions[route[1]]


def named(slug: str, resource: Resource) -> str:
    """The id of a finding about a resource, by which the spec can accept it: the same in every stack that has it."""
    return f"{slug}-{_CAPITAL.sub('-', resource.id).lower()}"


def once(function: Callable[[Resource], _Result]) -> Callable[[Resource], _Result]:
    """Makes a function work once for each resource, which never changes: rules ask the same of it many times."""
    name = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def looked_up(resource: Resource) -> _Result:
        # Kept where `cached_property` keeps things.
        kept = vars(resource)
        if name not in kept:
            kept[name] = function(resource)
        found: _Result = kept[name]
        return found

    return looked_up


_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_Function = Callable[[Deployed], Iterator[Finding]]


@frozen
class Check:
    """A function that yields findings of `rules`."""

    function: _Function
    rules: tuple[Rule, ...]

    def __call__(self, deployed: Deployed) -> Iterator[Finding]:
        return self.function(deployed)


def reports(*rules: Rule) -> Callable[[_Function], Check]:
    """Makes a check of a function; `registry` collects the checks of a module in their order."""

    def made(function: _Function) -> Check:
        return Check(function, rules)

    return made
