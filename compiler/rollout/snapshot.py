"""All stacks as they stand at one time: before a deployment, or after one of its waves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from compiler.aws.intrinsics import Account, Resolver
from compiler.aws.values import Json, ResourceId
from compiler.ir.elements import StackId
from compiler.rollout.deployment import Stack
from compiler.rollout.state import Resource, State, state
from compiler.support.frozen import frozen


@frozen
class Snapshot:
    """The state of every stack that is there, in the order of the deployment."""

    states: Mapping[StackId, State]

    @cached_property
    def by_key(self) -> Mapping[str, State]:
        """States by the key of their stack, such as `primary.us-east-1`."""
        return {stack.name: state for stack, state in self.states.items()}

    @property
    def resources(self) -> Iterator[Resource]:
        """The resources of all stacks."""
        return (resource for state in self.states.values() for resource in state.resources.values())

    def find(self, owner: ResourceId) -> Resource | None:
        """A resource; None where its stack or itself is not there."""
        found = self.by_key.get(owner.stack)
        return found.resources.get(owner.id) if found else None

    def resource(self, owner: ResourceId) -> Resource:
        """A resource that is there."""
        return self.by_key[owner.stack].resources[owner.id]


@frozen
class Observed:
    """A stack as read from AWS: its template, and the values of its parameters and outputs."""

    stack: Stack
    parameters: Mapping[str, Json]
    outputs: Mapping[str, Json]


def observed(stacks: Iterable[Observed], account: Account) -> Snapshot:
    """The snapshot of stacks that were read from AWS; what their resources came to stays a placeholder."""
    found: dict[StackId, State] = {}
    for item in stacks:
        made = state(item.stack, Resolver(item.stack.template, account, item.parameters, {}))
        found[item.stack.id] = State(
            made.stack, made.resolver, made.resources, item.outputs, made.exports, made.output_uses, made.changed
        )
    return Snapshot(found)
