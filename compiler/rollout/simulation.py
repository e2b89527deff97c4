"""The waves, run over the compiled templates without AWS: is everything there when a resource is created?

An operation sees what earlier waves left behind; within it, a resource sees only what it waits for, through a
reference or `DependsOn`. Stacks of one wave run at the same time and see nothing of each other. Reports DR610 to
DR619.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from compiler.aws.intrinsics import Account, Resolver
from compiler.aws.values import Json, ResourceId, listed
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding
from compiler.ir.elements import StackId
from compiler.ir.template import Template
from compiler.linking.link import Linked
from compiler.linking.waves import Source, Step, Wave
from compiler.rollout import shared_names, updates
from compiler.rollout.dependencies import circle_in, closure, waits_for
from compiler.rollout.prerequisites import Prerequisite, needs
from compiler.rollout.state import Resource, ResourceIndex, State, state
from compiler.support.frozen import frozen

POLICIES = ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::RolePolicy")


@frozen
class Plan:
    """What is deployed and in which order: `wiring` says which output fills a parameter of a stack."""

    templates: tuple[Template, ...]
    waves: tuple[Wave, ...]
    wiring: Mapping[tuple[StackId, str], Source]
    account: Account


@frozen
class Run:
    """The stacks after the last wave, and what went wrong on the way."""

    states: Mapping[StackId, State]
    owners: ResourceIndex
    found: tuple[Finding, ...]


def plan(templates: Iterable[Template], linked: Linked, account: Account) -> Plan:
    """The deployment that a link run and its templates amount to."""
    wiring = {(stack.stack, wire.parameter): wire.source for stack in linked.stacks for wire in stack.wires}
    return Plan(tuple(templates), linked.waves, wiring, account)


def run(plan: Plan) -> Run:
    """Carries the stacks through the waves."""
    return _Runner(plan).run()


@frozen
class _Unmet:
    """A demand that was not met when it had to be; told once it is known when it would have been."""

    wave: int
    resource: Resource
    need: Prerequisite
    owner: ResourceId
    why: str
    versioning: bool = False


class _Runner:
    """Holds the tables of one run."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.templates = {template.stack: template for template in plan.templates}
        self.owners = ResourceIndex(plan.templates, plan.account)
        self.states: dict[StackId, State] = {}
        self.there: dict[ResourceId, int] = {}
        """Wave in which each resource first is there."""
        self.found: list[Finding] = []
        self.unmet: list[_Unmet] = []

    def run(self) -> Run:
        for number, wave in enumerate(self.plan.waves, 1):
            self._wave(number, wave)
        self.found += (self._told(item) for item in self.unmet if not item.versioning or self._versioned(item.owner))
        self.found += self._never_filled()
        ordered = {stack: self.states[stack] for stack in self.templates if stack in self.states}
        self.found += shared_names.taken(ordered.values())
        return Run(ordered, self.owners, tuple(self.found))

    def _wave(self, number: int, wave: Wave) -> None:
        exports: dict[str, dict[str, Json]] = {}
        for stack, earlier in self.states.items():
            exports.setdefault(stack.region, {}).update(earlier.exports)
        made: dict[StackId, State] = {}
        for step in wave:
            given = self._given(number, step)
            resolver = Resolver(
                self.templates[step.stack], self.plan.account, given, exports.get(step.stack.region, {})
            )
            made[step.stack] = state(self.templates[step.stack], resolver, self.states.get(step.stack))
        for stack, now in made.items():
            before = self.states.get(stack)
            self.found += self._imports(number, now)
            self._order(number, now)
            if before:
                self.found += updates.refused(number, before, now)
                self.found += updates.exports_in_use(number, before, now, self.states)
        for stack, now in made.items():
            self.states[stack] = now
            for resource in now.resources.values():
                self.there.setdefault(resource.owner, number)

    # Values that a step is given

    def _given(self, number: int, step: Step) -> dict[str, Json]:
        given: dict[str, Json] = {}
        for parameter in step.parameters:
            source = self.plan.wiring.get((step.stack, parameter))
            producer = self.states.get(source.stack) if source else None
            if source and producer and source.output in producer.outputs:
                given[parameter] = producer.outputs[source.output]
                continue
            wanted = f"`{source.output}` of {source.stack.name}" if source else "a value that nothing gives"
            message = f"wave {number} fills the parameter `{parameter}` with {wanted}, which is not there yet"
            related = ((ResourceId(source.stack.name, source.output), "would be given here"),) if source else ()
            self.found.append(Finding(Code.DR613, message, self._user(step.stack, parameter), related=related))
        return given

    def _never_filled(self) -> Iterator[Finding]:
        last = {step.stack: step for wave in self.plan.waves for step in wave}
        for (stack, parameter), source in self.plan.wiring.items():
            step = last.get(stack)
            if step is None or parameter not in step.parameters:
                message = f"the last operation on {stack.name} leaves its parameter `{parameter}` empty"
                related = ((ResourceId(source.stack.name, source.output), "gives the value"),)
                yield Finding(Code.DR613, message, self._user(stack, parameter), related=related)

    def _user(self, stack: StackId, parameter: str) -> ResourceId:
        """A resource that a parameter is for: one that uses it, or that its gate keeps back."""
        template = self.templates[stack]
        opened = Resolver(template, self.plan.account, dict.fromkeys(self._wired(stack), "x"), {})
        for name, body in template.body["Resources"].items():
            if ("parameter", parameter) in opened.resolved(body.get("Properties", {}))[1]:
                return ResourceId(stack.name, name)
        gate = f"Has{parameter}"
        gated = (name for name, body in template.body["Resources"].items() if gate in str(body.get("Condition")))
        return ResourceId(stack.name, next(gated, next(iter(template.body["Resources"]))))

    def _wired(self, stack: StackId) -> list[str]:
        return [parameter for consumer, parameter in self.plan.wiring if consumer == stack]

    def _imports(self, number: int, now: State) -> Iterator[Finding]:
        for name in sorted(now.changed):
            resource = now.resources[name]
            for kind, export in sorted(resource.uses):
                if kind == "import" and export not in now.resolver.imports:
                    message = f"`{name}` is created in wave {number} and imports `{export}`, which no stack exports yet"
                    yield Finding(Code.DR613, message, resource.owner)

    # What a resource needs first

    def _order(self, number: int, now: State) -> None:
        self.found += _absent(number, now)
        waits = {name: waits_for(now, resource) for name, resource in now.resources.items()}
        circle = circle_in(waits)
        if circle:
            path = " -> ".join(f"`{name}`" for name in (*circle, circle[0]))
            related = tuple((now.resources[name].owner, "waits too") for name in circle[1:])
            message = f"resources of one stack wait for each other: {path}"
            self.found.append(Finding(Code.DR619, message, now.resources[circle[0]].owner, related=related))
            return
        closures: dict[str, frozenset[str]] = {}
        for name in sorted(now.changed):
            resource = now.resources[name]
            for need in needs(resource):
                self._meet(number, now, resource, need, closure(name, waits, closures))

    def _meet(self, number: int, now: State, resource: Resource, need: Prerequisite, before: frozenset[str]) -> None:
        owner = self.owners.find(need.value, need.kinds, need.region or resource.region, resource.owner.stack)
        if owner is None or owner == resource.owner:
            return
        here = now.resources.get(owner.id) if owner.stack == resource.owner.stack else None
        waited = here if owner.id in before and not need.earlier else None
        seen = waited or self._seen(owner)
        if seen is None:
            if here is None and owner.stack == resource.owner.stack and ("resource", owner.id) in resource.uses:
                return  # said already: a reference to what a closed gate keeps back
            why = "at the same time; nothing makes it wait" if here else "before it is there"
            self.unmet.append(_Unmet(number, resource, need, owner, why))
            return
        if need.versioned and not versioned(seen):
            why = "before its versioning is on"
            self.unmet.append(_Unmet(number, resource, need, owner, why, versioning=True))
        if need.acts:
            for policy in self._attached(now, seen):
                if policy.id not in before and self._seen(policy.owner) is None:
                    why = "before a policy of it is there; add a `DependsOn` on the policy"
                    self.unmet.append(_Unmet(number, resource, need, policy.owner, why))

    def _seen(self, owner: ResourceId) -> Resource | None:
        """A resource as earlier waves left it."""
        return next(
            (found for stack, item in self.states.items() if stack.name == owner.stack
             and (found := item.resources.get(owner.id))), None
        )  # fmt: skip

    def _attached(self, now: State, role: Resource) -> Iterator[Resource]:
        """Policies that stand beside a role rather than in it."""
        for policy in now.resources.values():
            if policy.type in POLICIES:
                roles = [*policy.list("Roles"), *listed(policy.get("RoleName"))]
                if role.ref in roles or role.arn in roles:
                    yield policy

    def _versioned(self, owner: ResourceId) -> bool:
        """Whether a bucket is versioned in the end; where it never is, that is no matter of the order."""
        seen = self._seen(owner)
        return seen is not None and versioned(seen)

    def _told(self, item: _Unmet) -> Finding:
        resource, owner = item.resource, item.owner
        there = self.there.get(owner)
        when = f"from wave {there}" if there else "never"
        message = (
            f"`{resource.id}` is created in wave {item.wave} and needs {item.need.says} first, {item.why}: "
            f"`{owner.id}` of {owner.stack} is there {when}"
        )
        return Finding(item.need.rule, message, resource.owner, related=((owner, "is needed first"),))


def versioned(bucket: Resource) -> bool:
    """Whether a bucket keeps versions."""
    return bool(bucket.get("VersioningConfiguration", "Status") == "Enabled")


def _absent(number: int, now: State) -> Iterator[Finding]:
    """References to resources that a closed gate keeps out of their stack."""
    uses = {**{name: resource.uses for name, resource in now.resources.items()}, **now.output_uses}
    for name, used in uses.items():
        for kind, target in sorted(used):
            if kind == "resource" and target not in now.resources and target in now.resolver.bodies:
                stack = now.template.stack.name
                message = f"in wave {number} `{name}` refers to `{target}`, whose condition is not true yet"
                yield Finding(
                    Code.DR610, message, ResourceId(stack, name), related=((ResourceId(stack, target), "is not there"),)
                )
