"""CloudFormation: rules for every resource type."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.intrinsics import STACK_OUTPUT
from compiler.aws.types import registry
from compiler.aws.types.apigateway import KEPT_WHEN_REPLACED
from compiler.aws.values import ResourceId
from compiler.diagnostics.model import Rule
from compiler.findings.finding import Finding
from compiler.rules.deployed import DOCS, Deployed, reports

_POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")


DR466 = Rule(
    "DR466",
    "retain",
    says="a resource would be kept or deleted against what the spec asks for",
    why="By default everything is retained, so that no data, name or shared DNS record is lost. With "
    "`on_delete: delete` a resource that is retained blocks its name for the next copy of the system.",
    fix="write the value that the message names",
    source=DOCS + "AWSCloudFormation/latest/TemplateReference/aws-attribute-updatereplacepolicy.html",
    traps=(25, 40),
)


@reports(DR466)
def retained(deployed: Deployed) -> Iterator[Finding]:
    """A resource is kept when its stack is deleted and when it is replaced, unless the spec says otherwise."""
    spec = deployed.topology.spec
    asked = spec.deployment.on_delete.policy
    for resource in deployed.resources:
        for policy in _POLICIES:
            value = resource.body.get(policy)
            kept = policy == "UpdateReplacePolicy" and resource.type in KEPT_WHEN_REPLACED
            wanted = "Retain" if kept else asked
            if value not in (wanted, f"{wanted}ExceptOnCreate"):
                has = f"`{policy}: {value}`" if value else f"no `{policy}`"
                message = f"`{resource.id}` has {has} instead of `{wanted}`"
                yield Finding(DR466, message, resource.owner)
        flag = registry.of(resource.type).protection
        if flag and not spec.deployment.retains and any(on for _, on in flag.entries(resource.properties)):
            message = f"`{resource.id}` refuses to be deleted (`{flag.member}`), and the spec wants it deleted"
            yield Finding(DR466, message, resource.owner, help=f"turn `{flag.member}` off")


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
