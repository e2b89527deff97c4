"""What a check is given, all stacks as they are after the last wave, and what makes a function a check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

from compiler.aws.values import Json, region_of
from compiler.diagnostics.model import Route, Rule
from compiler.findings.finding import Finding
from compiler.ir.elements import StackId
from compiler.rollout.state import Resource, ResourceIndex, Snapshot, State
from compiler.spec.compute import Function
from compiler.support.frozen import frozen
from compiler.topology.model import Topology

DOCS = "https://docs.aws.amazon.com/"


@frozen
class Deployed:
    """Every stack with resolved values, and the topology that it was compiled from."""

    topology: Topology
    snapshot: Snapshot
    index: ResourceIndex

    @property
    def states(self) -> Mapping[StackId, State]:
        return self.snapshot.states

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        return tuple(self.snapshot.resources)

    @cached_property
    def _by_type(self) -> Mapping[str, tuple[Resource, ...]]:
        found: dict[str, list[Resource]] = {}
        for resource in self.resources:
            found.setdefault(resource.type, []).append(resource)
        return {kind: tuple(items) for kind, items in found.items()}

    def of(self, *kinds: str) -> tuple[Resource, ...]:
        """Resources of some types in every stack."""
        return tuple(resource for kind in kinds for resource in self._by_type.get(kind, ()))

    def within(self, stack: StackId, *kinds: str) -> tuple[Resource, ...]:
        """Resources of some types in one stack."""
        return tuple(resource for resource in self.of(*kinds) if resource.stack == stack)

    def owner(self, value: Json, kinds: Iterable[str] = (), region: str = "") -> Resource | None:
        """The resource that a value refers to: by placeholder, by ARN, or by name if `kinds` and `region` are given."""
        found = self.index.find(value, kinds, region)
        return self.snapshot.find(found) if found else None

    def region(self, value: Json, kinds: Iterable[str] = (), near: str = "") -> str | None:
        """The region that a value refers to, by its ARN or by its resource."""
        found = self.owner(value, kinds, near)
        return region_of(value) or (found.region if found else None)

    def route(self, resource: Resource) -> Route:
        """The spec entry that asked for a resource."""
        return self.states[resource.stack].template.route(resource.id)

    def function(self, resource: Resource) -> Function | None:
        """The entry in `functions` that asked for a Lambda function."""
        route = self.route(resource)
        if len(route) < 2 or route[0] != "functions" or not isinstance(route[1], int):
            return None
        return self.topology.spec.functions[route[1]]


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
