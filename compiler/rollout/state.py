"""A stack as it is after a wave, all stacks at one time, and which resource a value refers to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from compiler.aws.intrinsics import Account, Resolver, Use
from compiler.aws.types import registry
from compiler.aws.types.record import ANYWHERE
from compiler.aws.values import Json, ResourceId, dig, keys, listed, marked, members, text
from compiler.ir.elements import StackId
from compiler.ir.template import Template
from compiler.rollout.deployment import Stack
from compiler.support.frozen import frozen


@frozen
class Resource:
    """One resource with plain properties; `ref` and `arn` are what others know it by."""

    stack: StackId
    id: str
    type: str
    body: Mapping[str, Json]
    properties: Mapping[str, Json]
    uses: frozenset[Use]
    name: str
    ref: str
    arn: str

    @property
    def owner(self) -> ResourceId:
        return ResourceId(self.stack.name, self.id)

    @property
    def region(self) -> str:
        return self.stack.region

    @cached_property
    def functions(self) -> frozenset[str]:
        """The names of all functions of CloudFormation that the resource uses, such as `Fn::GetAZs`."""
        return frozenset(key for key in keys(self.body) if key.startswith("Fn::"))

    def get(self, *path: str) -> Json:
        """The property at `path`, None where it is not there."""
        return dig(self.properties, *path)

    def list(self, *path: str) -> list[Json]:
        """The items of a list property; none where it is not there, one where it is a single value."""
        return listed(self.get(*path))

    def text(self, *path: str) -> str:
        """A text property, empty where it is not there."""
        return text(self.get(*path))


@frozen
class State:
    """One stack as it stands: after an operation, or as it was found."""

    stack: Stack
    resolver: Resolver
    resources: Mapping[str, Resource]
    outputs: Mapping[str, Json]
    exports: Mapping[str, Json]
    """Values of outputs by the name they are exported under."""

    output_uses: Mapping[str, frozenset[Use]]
    changed: frozenset[str]
    """Ids that the operation created, or gave other properties."""

    forms: Mapping[str, Json]
    """Values of outputs as the template says them; `outputs` are those that AWS tells, where a stack was read."""

    @property
    def template(self) -> Template:
        return self.stack.template

    def export_of(self, output: str) -> str:
        """The name under which an output is exported; empty where it is not."""
        name = self.resolver.resolved(dig(self.stack.section("Outputs"), output, "Export", "Name"))[0]
        return text(name)


def state(stack: Stack, resolver: Resolver, previous: State | None = None) -> State:
    """The stack after it is deployed under the resolver's parameters; a resource that nothing changed for is reused."""
    template = stack.template
    reused = previous is not None and previous.template is template
    moved = _moved(resolver, previous.resolver) if previous and reused else frozenset()
    resources: dict[str, Resource] = {}
    changed: set[str] = set()
    for name, body in resolver.bodies.items():
        condition = body.get("Condition")
        if condition and not resolver.holds(condition):
            continue
        before = previous.resources.get(name) if previous else None
        if reused and before and before.uses.isdisjoint(moved):
            resources[name] = before
            continue
        made = _resource(resolver, name, body)
        resources[name] = made
        if before is None or before.properties != made.properties:
            changed.add(name)
    outputs: dict[str, Json] = {}
    forms: dict[str, Json] = {}
    exports: dict[str, Json] = {}
    uses: dict[str, frozenset[Use]] = {}
    for name, body in stack.section("Outputs").items():
        if body.get("Condition") and not resolver.holds(body["Condition"]):
            continue
        forms[name], uses[name] = resolver.resolved(body.get("Value"))
        same = previous is not None and name in previous.outputs and previous.forms.get(name) == forms[name]
        outputs[name] = previous.outputs[name] if previous and same else forms[name]
        exported = resolver.resolved(dig(body, "Export", "Name"))[0]
        if isinstance(exported, str):
            exports[exported] = forms[name]
    return State(stack, resolver, resources, outputs, exports, uses, frozenset(changed), forms)


def _resource(resolver: Resolver, name: str, body: Mapping[str, Json]) -> Resource:
    kind = body["Type"]
    properties, uses = resolver.resolved(body.get("Properties", {}))
    known = registry.of(kind)
    return Resource(
        stack=resolver.stack,
        id=name,
        type=kind,
        body=body,
        properties=members(properties),
        uses=uses,
        name=resolver.name(name),
        ref=resolver.reference(name),
        arn=resolver.form(name, known.arn) if known.arn else "",
    )


def _moved(now: Resolver, before: Resolver) -> frozenset[Use]:
    """Parameters, conditions and imports that have another value than before."""
    moved = {("parameter", name) for name, value in now.parameters.items() if before.parameters.get(name) != value}
    moved |= {("condition", name) for name in now.conditions if now.holds(name) != before.holds(name)}
    names = now.imports.keys() | before.imports.keys()
    moved |= {("import", name) for name in names if now.imports.get(name) != before.imports.get(name)}
    return frozenset(moved)


class ResourceIndex:
    """Finds the resource that a value speaks of, whether it is there already or only later."""

    def __init__(self, templates: Iterable[Template], account: Account) -> None:
        self._known: set[ResourceId] = set()
        self._arns: dict[str, list[ResourceId]] = {}
        self._names: dict[tuple[str, str, str], list[ResourceId]] = {}
        for template in templates:
            resolver = Resolver(template, account, {}, {})
            for name, body in resolver.bodies.items():
                self._add(resolver, name, body["Type"])

    def _add(self, resolver: Resolver, name: str, kind: str) -> None:
        known = registry.of(kind)
        owner = ResourceId(resolver.stack.name, name)
        self._known.add(owner)
        # A replica that waits for its key has a name and an ARN like any other.
        regions = known.regions(resolver.stack.region, members(dig(resolver.bodies[name], "Properties")))
        if known.name:
            scopes = ("",) if known.account_wide else regions
            for scope in (*scopes, ANYWHERE):
                self._names.setdefault((kind, scope, resolver.name(name)), []).append(owner)
        if known.arn:
            arn = resolver.form(name, known.arn)
            for region in regions:
                there = arn.replace(f":{resolver.stack.region}:", f":{region}:", 1)
                self._arns.setdefault(there, []).append(owner)

    def find(self, value: Json, kinds: Iterable[str] = (), region: str = "", near: str = "") -> ResourceId | None:
        """By what AWS chooses, by ARN, or by the name of one of `kinds` in a region.

        Where several go by one ARN or name, that of the stack `near` is meant.
        """
        if not isinstance(value, str):
            return None
        found = marked(value)
        # A text of a user may look like a placeholder.
        if found in self._known:
            return found
        fitting = self._arns.get(value) or self._arns.get(value.removesuffix(":*"))
        for kind in () if fitting else kinds:
            fitting = self._names.get((kind, "" if registry.of(kind).account_wide else region, value))
            if fitting:
                break
        return next((owner for owner in fitting or () if owner.stack == near), fitting[0] if fitting else None)


@frozen
class Snapshot:
    """The state of every stack that is there, in the order of the deployment.

    Stacks that are `left_out` are not operated on; one of them without a state cannot be read, and counts as there.
    """

    states: Mapping[StackId, State]
    left_out: frozenset[StackId] = frozenset()

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
    """A stack as read from AWS: `stack` has the template that is deployed, with its parameters and outputs."""

    stack: Stack
    parameters: Mapping[str, Json]
    outputs: Mapping[str, Json]


def observed(stacks: Iterable[Observed], account: Account, left_out: frozenset[StackId] = frozenset()) -> Snapshot:
    """The snapshot of stacks that were read from AWS; what their resources came to stays a placeholder."""
    found: dict[StackId, State] = {}
    exports: dict[str, dict[str, Json]] = {}
    # A stack imports only from those of its region that rank before it.
    for item in sorted(stacks, key=lambda item: item.stack.id.rank):
        here = exports.setdefault(item.stack.region, {})
        made = state(item.stack, Resolver(item.stack.template, account, item.parameters, dict(here)))
        here.update(made.exports)
        found[item.stack.id] = replace(made, outputs=item.outputs)
    return Snapshot(found, left_out)
