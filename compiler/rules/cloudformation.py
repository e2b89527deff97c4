"""CloudFormation: rules for every resource type."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.intrinsics import STACK_OUTPUT
from compiler.aws.values import ResourceId
from compiler.diagnostics.model import Rule
from compiler.findings.finding import Finding
from compiler.rules.deployed import DOCS, Deployed, reports

_POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")
_KEEPS = ("Retain", "RetainExceptOnCreate")


DR466 = Rule(
    "DR466",
    "retain",
    says="a resource is deleted with its stack or when it is replaced",
    why="Data, names and shared DNS records would be lost.",
    fix="write `DeletionPolicy: Retain` and `UpdateReplacePolicy: Retain`",
    source=DOCS + "AWSCloudFormation/latest/TemplateReference/aws-attribute-updatereplacepolicy.html",
    traps=(25, 40),
)


@reports(DR466)
def retained(deployed: Deployed) -> Iterator[Finding]:
    """A resource is kept when its stack is deleted and when it is replaced."""
    for resource in deployed.resources:
        for policy in _POLICIES:
            value = resource.body.get(policy)
            if value not in _KEEPS:
                message = (
                    f"`{resource.id}` has {f'`{policy}: {value}`' if value else f'no `{policy}`'} instead of `Retain`"
                )
                yield Finding(DR466, message, resource.owner)


DR467 = Rule(
    "DR467",
    "stack-output",
    says="a template reads a value of another stack with `Fn::GetStackOutput`",
    why="The function does not work everywhere, and the value is not updated when the other stack changes. The "
    "compiler does not see the dependency, so the order of the waves can be wrong.",
    fix="use the values of the view",
    source=DOCS + "AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getstackoutput.html",
    traps=(46,),
)


@reports(DR467)
def stack_outputs(deployed: Deployed) -> Iterator[Finding]:
    """A value of another stack is a parameter or an import, so that the waves are computed with it."""
    for state in deployed.states.values():
        stack = state.template.stack.name
        uses = {**{name: resource.uses for name, resource in state.resources.items()}, **state.output_uses}
        for name, used in uses.items():
            if STACK_OUTPUT in used:
                message = f"`{name}` reads another stack with `Fn::GetStackOutput`: the value is not updated"
                yield Finding(DR467, message, ResourceId(stack, name))
