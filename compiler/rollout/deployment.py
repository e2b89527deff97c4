"""A deployment as a value: its stacks with their templates, how values travel between them, and the waves.

It is built from what `link` and `merge` return, or read from an output folder by `manifest.read`. Rules, `--diff`
and dr-deploy all work on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from compiler.aws import regions
from compiler.aws.values import members
from compiler.ir.elements import ACCOUNT, Param, StackId, Text
from compiler.ir.names import ENVIRONMENT, SUFFIX, bucket
from compiler.ir.template import Template
from compiler.linking.link import Linked
from compiler.linking.waves import Source, Wave, Wire
from compiler.support.frozen import frozen
from compiler.topology.model import CodeParameters, Topology

CAPABILITIES = ("CAPABILITY_NAMED_IAM",)
"""What every stack asks for, since its roles have chosen names.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html (read 2026-11-22)
"""


@frozen
class Stack:
    """One stack: `name` is what CloudFormation calls it, `wires` fill its parameters from other stacks.

    `imports` are outputs of other stacks that it takes by `Fn::ImportValue`.
    """

    id: StackId
    name: str
    template: Template
    wires: tuple[Wire, ...]
    imports: tuple[Source, ...]
    capabilities: tuple[str, ...] = CAPABILITIES

    @property
    def key(self) -> str:
        """What messages and files call it, such as `primary.us-east-1`."""
        return self.id.name

    @property
    def region(self) -> str:
        return self.id.region

    @property
    def identity(self) -> tuple[str, str]:
        """Region and name: what makes it the same stack, within an account."""
        return (self.region, self.name)

    @property
    def bodies(self) -> Mapping[str, Any]:
        """Every resource of the template, whether its condition holds or not."""
        bodies: Mapping[str, Any] = self.template.body["Resources"]
        return bodies

    @property
    def required(self) -> tuple[str, ...]:
        """Parameters that have no default and that no other stack fills: whoever deploys must give them."""
        declared = self.section("Parameters")
        return tuple(name for name, body in declared.items() if "Default" not in body and name not in self.wiring)

    def section(self, name: str) -> Mapping[str, Any]:
        """A section of the template; empty where it has none."""
        return members(self.template.body.get(name))

    @cached_property
    def wiring(self) -> Mapping[str, Source]:
        """Parameters by name, each with the output that fills it."""
        return {wire.parameter: wire.source for wire in self.wires}


@frozen
class Deployment:
    """Everything that is deployed, in order; `account` is None where the spec names none.

    `functions` are the parameters that the code of each function of the spec arrives in, the same in every serving
    stack. `objectives` is the computation of the objectives as the manifest holds it. `bake_minutes` is how long the
    alarms of a region are watched before a change goes to the next one; 0 for not at all.
    """

    system: str
    account: str | None
    environment: str
    suffix: str
    stacks: tuple[Stack, ...]
    waves: tuple[Wave, ...]
    functions: tuple[CodeParameters, ...] = ()
    objectives: Mapping[str, Any] | None = None
    bake_minutes: int = 0

    @property
    def name(self) -> str:
        """The system with its environment and suffix, as in the names of its stacks."""
        return f"{self.system}-{self.environment}-{self.suffix}"

    def shares_account(self, other: Deployment) -> bool:
        """Whether both may be in one account: they name the same one, or one of them names none."""
        return not self.account or not other.account or self.account == other.account

    def stack(self, stack: StackId) -> Stack:
        return self.by_id[stack]

    @cached_property
    def by_id(self) -> Mapping[StackId, Stack]:
        """Stacks by their id."""
        return {stack.id: stack for stack in self.stacks}

    @property
    def templates(self) -> tuple[Template, ...]:
        """The templates, in the order of the stacks."""
        return tuple(stack.template for stack in self.stacks)

    @property
    def regions(self) -> tuple[str, ...]:
        """Every region, in the order of the stacks."""
        return tuple(dict.fromkeys(stack.region for stack in self.stacks))

    @property
    def code_regions(self) -> tuple[str, ...]:
        """Regions that functions run in."""
        return tuple(dict.fromkeys(stack.region for stack in self.stacks if stack.id.serves))

    @property
    def partition(self) -> str:
        """The partition of all its regions, such as `aws`."""
        return regions.partition(self.stacks[0].region) if self.stacks else "aws"

    def code_bucket(self, region: str, account: str) -> str:
        """Name of the bucket in which the templates expect the archives unless a parameter says otherwise."""
        return self.plain(bucket("bucket", "code", region), account)

    def plain(self, text: Text, account: str = "") -> str:
        """A text of the templates that is made of the environment, the suffix and the account."""
        known = {ENVIRONMENT.name: self.environment, SUFFIX.name: self.suffix, ACCOUNT.name: account}
        return "".join(known[part.name] if isinstance(part, Param) else str(part) for part in text.parts)

    def named(self, environment: str | None, suffix: str | None) -> Deployment:
        """The same with another environment or suffix in the names of the stacks; None keeps what the spec says."""
        environment, suffix = environment or self.environment, suffix or self.suffix
        stacks = tuple(
            replace(stack, name=stack_name(self.system, stack.id, environment, suffix)) for stack in self.stacks
        )
        return replace(self, environment=environment, suffix=suffix, stacks=stacks)


def stack_name(system: str, stack: StackId, environment: str, suffix: str) -> str:
    """What CloudFormation calls a stack; the region is not part of it, since names are unique per region."""
    return f"{system}-{stack.label}-{environment}-{suffix}"


def build(
    topology: Topology, linked: Linked, templates: Iterable[Template], objectives: Mapping[str, Any]
) -> Deployment:
    """The deployment that a link run and its templates make, with the names that the spec gives."""
    spec = topology.spec
    environment, suffix = spec.naming.environment, spec.naming.suffix
    stacks = tuple(
        Stack(
            id=item.stack,
            name=stack_name(spec.name, item.stack, environment, suffix),
            template=template,
            wires=item.wires,
            imports=item.imports,
        )
        for item, template in zip(linked.stacks, templates, strict=True)
    )
    functions = tuple(CodeParameters(function.name) for function in spec.functions)
    return Deployment(
        spec.name, spec.account, environment, suffix, stacks, linked.waves, functions, objectives,
        bake_minutes=int(spec.deployment.bake.seconds / 60),
    )  # fmt: skip
