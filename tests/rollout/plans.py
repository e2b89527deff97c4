"""Small deployments made by hand: templates of a few resources, waves and wiring."""

from __future__ import annotations

from typing import Any

from compiler.aws.intrinsics import Account, Resolver
from compiler.aws.values import SAMPLE_ACCOUNT, ResourceId
from compiler.findings.finding import Finding
from compiler.ir.elements import StackId, StackKind
from compiler.ir.template import Template
from compiler.linking.waves import Source, Step, Wire
from compiler.rollout.deployment import Deployment, Stack
from compiler.rollout.simulation import simulate

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


def plan(
    templates: tuple[Template, ...], *waves: tuple[tuple[StackId, tuple[str, ...]], ...], **wiring: str
) -> Deployment:
    """A deployment; `wiring` maps `stack_parameter` to `stack_output`, with the kinds of the stacks."""
    ids = {str(item.stack.kind): item.stack for item in templates}
    wires: dict[StackId, list[Wire]] = {item.stack: [] for item in templates}
    for consumer, producer in wiring.items():
        (to, _, parameter), (kind, _, output) = consumer.partition("_"), producer.partition("_")
        wires[ids[to]].append(Wire(parameter, Source(ids[kind], output)))
    return Deployment(
        system="sys",
        account=None,
        environment="prod",
        suffix="a1",
        stacks=tuple(
            Stack(item.stack, f"sys-{item.stack.label}", item, tuple(wires[item.stack]), ()) for item in templates
        ),
        waves=tuple(tuple(Step(stack, parameters) for stack, parameters in wave) for wave in waves),
    )


def found(made: Deployment) -> list[tuple[str, str]]:
    """Code and logical id of everything found when it is created."""
    return [(item.rule.code, place(item).id) for item in simulate(None, made).findings]


def place(finding: Finding) -> ResourceId:
    """The resource that a finding is at."""
    assert isinstance(finding.at, ResourceId)
    return finding.at


def messages(made: Deployment) -> str:
    """Everything found, in words."""
    return "\n".join(item.message for item in simulate(None, made).findings)


def resolver(
    resources: dict[str, Json] | None = None, given: Json = None, imports: Json = None, **sections: Json
) -> Resolver:
    """A resolver over one stack in us-east-1."""
    parameters = tuple(given or {})
    return Resolver(
        template(EAST, resources or {}, parameters=parameters, **sections), ACCOUNT, given or {}, imports or {}
    )
