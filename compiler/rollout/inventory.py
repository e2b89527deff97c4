"""The resources of all stacks at one time: by type, by stack, and by what refers to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from compiler.aws.values import Json, region_of
from compiler.ir.elements import StackId
from compiler.rollout.state import Resource, ResourceIndex, Snapshot, State
from compiler.support.frozen import frozen


@frozen
class Inventory:
    """Every stack with resolved values; `index` finds what a value speaks of."""

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

    @cached_property
    def _by_stack(self) -> Mapping[tuple[StackId, str], tuple[Resource, ...]]:
        found: dict[tuple[StackId, str], list[Resource]] = {}
        for resource in self.resources:
            found.setdefault((resource.stack, resource.type), []).append(resource)
        return {key: tuple(items) for key, items in found.items()}

    def within(self, stack: StackId, *kinds: str) -> tuple[Resource, ...]:
        """Resources of some types in one stack."""
        return tuple(resource for kind in kinds for resource in self._by_stack.get((stack, kind), ()))

    def around(self, stack: StackId, *kinds: str) -> tuple[Resource, ...]:
        """Resources of some types in the stack's region and for its role: in the first stack and all parts."""
        return tuple(resource for resource in self.of(*kinds) if resource.stack.base == stack.base)

    def owner(self, value: Json, kinds: Iterable[str] = (), region: str = "") -> Resource | None:
        """The resource that a value refers to: by placeholder, by ARN, or by name if `kinds` and `region` are given."""
        found = self.index.find(value, kinds, region)
        return self.snapshot.find(found) if found else None

    def region(self, value: Json, kinds: Iterable[str] = (), near: str = "") -> str | None:
        """The region that a value refers to, by its ARN or by its resource."""
        found = self.owner(value, kinds, near)
        return region_of(value) or (found.region if found else None)
