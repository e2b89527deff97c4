"""CloudFormation: what holds for every resource, whatever its type."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.intrinsics import STACK_OUTPUT
from compiler.aws.values import ResourceId
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding
from compiler.rules.deployed import Deployed

_POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")
_KEEPS = ("Retain", "RetainExceptOnCreate")


def retained(world: Deployed) -> Iterator[Finding]:
    """Neither the deletion of a stack nor a replacement takes a resource away."""
    for resource in world.resources:
        for policy in _POLICIES:
            value = resource.body.get(policy)
            if value not in _KEEPS:
                message = f"`{resource.id}` has {f'`{policy}: {value}`' if value else f'no `{policy}`'}, not `Retain`"
                yield Finding(Code.DR466, message, resource.owner)


def stack_outputs(world: Deployed) -> Iterator[Finding]:
    """Values of other stacks come through parameters and imports, which the waves know of."""
    for state in world.states.values():
        stack = state.template.stack.name
        uses = {**{name: resource.uses for name, resource in state.resources.items()}, **state.output_uses}
        for name, used in uses.items():
            if STACK_OUTPUT in used:
                message = f"`{name}` reads another stack by `Fn::GetStackOutput`: the value grows stale without a word"
                yield Finding(Code.DR467, message, ResourceId(stack, name))
