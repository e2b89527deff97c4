"""Small deployments made by hand: templates of a few resources, waves and wiring."""

from __future__ import annotations

from typing import Any

from compiler.aws.intrinsics import Account, Resolver
from compiler.aws.values import SAMPLE_ACCOUNT, ResourceId
from compiler.ir.elements import StackId, StackKind
from compiler.ir.template import Template
from compiler.linking.waves import Source, Step
from compiler.rollout.simulation import Plan, run

Json = Any
EAST = StackId(StackKind.PRIMARY, "us-east-1")
WEST = StackId(StackKind.SECONDARY, "us-west-2")
GLOBAL = StackId(StackKind.GLOBAL, "us-east-1")
ACCOUNT = Account(SAMPLE_ACCOUNT, "aws")


def resource(kind: str, condition: str | None = None, depends: str | None = None, **properties: Json) -> Json:
    """A resource; the vendor's prefix of its type is left out."""
    body: Json = {"Type": f"AWS::{kind}", "Properties": properties}
    if condition:
        body["Condition"] = condition
    if depends:
        body["DependsOn"] = depends
    return body


def template(
    stack: StackId,
    resources: dict[str, Json],
    outputs: dict[str, Json] | None = None,
    parameters: tuple[str, ...] = (),
    **sections: Json,
) -> Template:
    """A template; each of `parameters` is empty by default and has its gate, each output its export."""
    body: Json = {
        "Parameters": {name: {"Type": "String", "Default": ""} for name in parameters},
        "Conditions": {f"Has{name}": {"Fn::Not": [{"Fn::Equals": [{"Ref": name}, ""]}]} for name in parameters},
        "Resources": resources,
        "Outputs": {
            name: {"Value": value, "Export": {"Name": f"{stack.kind}-{name}"}}
            for name, value in (outputs or {}).items()
        },
    }
    for name, section in sections.items():
        body[name] = {**body.get(name, {}), **section}
    return Template(stack, body, {}, {})


def plan(templates: tuple[Template, ...], *waves: tuple[tuple[StackId, tuple[str, ...]], ...], **wiring: str) -> Plan:
    """A plan; `wiring` maps `stack_parameter` to `stack_output`, with the kinds of the stacks."""
    stacks = {str(item.stack.kind): item.stack for item in templates}

    def end(written: str) -> Source:
        kind, _, name = written.partition("_")
        return Source(stacks[kind], name)

    steps = tuple(tuple(Step(stack, parameters) for stack, parameters in wave) for wave in waves)
    return Plan(
        templates, steps, {(end(c).stack, end(c).output): end(producer) for c, producer in wiring.items()}, ACCOUNT
    )


def found(made: Plan) -> list[tuple[str, str]]:
    """Code and logical id of everything found."""
    return [(item.rule.code, item.at.id) for item in run(made).found if isinstance(item.at, ResourceId)]


def messages(made: Plan) -> str:
    """Everything found, in words."""
    return "\n".join(item.message for item in run(made).found)


def resolver(
    resources: dict[str, Json] | None = None, given: Json = None, imports: Json = None, **sections: Json
) -> Resolver:
    """A resolver over one stack in us-east-1."""
    parameters = tuple(given or {})
    return Resolver(
        template(EAST, resources or {}, parameters=parameters, **sections), ACCOUNT, given or {}, imports or {}
    )
