"""The waves, run over the compiled templates without AWS: is everything there when a resource is created?

An operation sees what earlier waves left behind; within it, a resource sees only what it waits for, through a
reference or `DependsOn`. Stacks of one wave run at the same time and see nothing of each other. Reports DR610 to
DR619.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from compiler.aws.intrinsics import Account, Resolver
from compiler.aws.values import SAMPLE_ACCOUNT, Json, ResourceId
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.ir.elements import StackId
from compiler.linking.waves import Source, Step, Wave
from compiler.rollout import order, updates
from compiler.rollout.deployment import Deployment, Stack
from compiler.rollout.order import Order
from compiler.rollout.state import ResourceIndex, Snapshot, State, state
from compiler.rollout.updates import GateClosure, closures
from compiler.support.frozen import frozen


@frozen
class Simulation:
    """What a rollout comes to: the stacks after each wave, and what goes wrong on the way.

    The steps of `waves` name the parameters whose values are known by then. `closures` are the gates that close in
    stacks that exist already; `index` finds the resources that values speak of.
    """

    waves: tuple[Wave, ...]
    snapshots: tuple[Snapshot, ...]
    findings: tuple[Finding, ...]
    closures: tuple[GateClosure, ...]
    index: ResourceIndex

    @property
    def final(self) -> Snapshot:
        """The stacks after the last wave."""
        return self.snapshots[-1] if self.snapshots else Snapshot({})


def simulate(existing: Deployment | Snapshot | None, desired: Deployment) -> Simulation:
    """The rollout of `desired` over what exists: nothing, an earlier deployment, or stacks as read from AWS.

    A stack is created where it does not exist: each step is then given what the waves say. A stack that exists is
    updated as dr-deploy does it: it is given every value that is there, and keeps one that it has had. An existing
    stack of another name, or in another account, is another stack; it is left alone.
    """
    account = Account(desired.account or SAMPLE_ACCOUNT, desired.partition)
    if isinstance(existing, Deployment):
        existing = deployed(existing, desired.account) if existing.shares_account(desired) else None
    return _Runner(desired, account, existing or Snapshot({})).run()


def deployed(deployment: Deployment, account: str | None) -> Snapshot:
    """The stacks of a deployment once all its waves have run in an account.

    Two deployments are compared under one account, also where only one of them names it.
    """
    return simulate(None, replace(deployment, account=account)).final


class _Runner:
    """Holds the tables of one simulation."""

    def __init__(self, desired: Deployment, account: Account, existing: Snapshot) -> None:
        self.desired = desired
        self.account = account
        self.index = ResourceIndex(desired.templates, account)
        names = {stack.id: stack.identity for stack in desired.stacks}
        self.existing = {
            stack: found for stack, found in existing.states.items() if names.get(stack) == found.stack.identity
        }
        self.states = dict(self.existing)
        self.there = {resource.owner: 0 for found in self.existing.values() for resource in found.resources.values()}
        """Wave in which each resource first is there."""
        self.steps: dict[StackId, list[tuple[int, State]]] = {}
        """The waves that deploy each stack, with the stack after each."""
        self.found: list[Finding] = []
        self.order = Order(self.index, self.states, self.there)

    def run(self) -> Simulation:
        waves: list[Wave] = []
        snapshots: list[Snapshot] = []
        for number, wave in enumerate(self.desired.waves, 1):
            waves.append(self._wave(number, wave))
            snapshots.append(Snapshot({s.id: self.states[s.id] for s in self.desired.stacks if s.id in self.states}))
        self.found += self.order.unmet()
        self.found += self._never_filled()
        if snapshots:
            self.found += order.taken(snapshots[-1].states.values())
        closed = (closures(before, self.steps[stack]) for stack, before in self.existing.items() if stack in self.steps)
        return Simulation(tuple(waves), tuple(snapshots), tuple(self.found), tuple(chain(*closed)), self.index)

    def _wave(self, number: int, wave: Wave) -> Wave:
        """Deploys the stacks of a wave; returns its steps with the parameters that are known."""
        exports: dict[str, dict[str, Json]] = {}
        for id_, earlier in self.states.items():
            exports.setdefault(id_.region, {}).update(earlier.exports)
        made: dict[StackId, State] = {}
        steps: list[Step] = []
        for step in wave:
            stack = self.desired.stack(step.stack)
            given = self._given(number, step, stack)
            resolver = Resolver(stack.template, self.account, given, exports.get(stack.region, {}))
            made[stack.id] = state(stack, resolver, self.states.get(stack.id))
            steps.append(Step(stack.id, tuple(sorted(given))))
        for id_, now in made.items():
            before = self.states.get(id_)
            self.found += self._imports(number, now)
            self.found += self.order.check(number, now)
            # What a new template takes away or changes is the matter of `--diff`, not of the order.
            if before and before.template is now.template:
                self.found += updates.refused(number, before, now)
                self.found += updates.exports_in_use(number, before, now, self.states)
        for id_, now in made.items():
            self.states[id_] = now
            self.steps.setdefault(id_, []).append((number, now))
            for resource in now.resources.values():
                self.there.setdefault(resource.owner, number)
        return tuple(steps)

    # Values that a step is given

    def _given(self, number: int, step: Step, stack: Stack) -> dict[str, Json]:
        """Values of the parameters that are known when a step runs."""
        given: dict[str, Json] = {}
        before = self.states[stack.id].resolver.parameters if stack.id in self.existing else None
        expected = step.parameters if before is None else dict.fromkeys((*stack.wiring, *step.parameters))
        for parameter in expected:
            source = stack.wiring.get(parameter)
            producer = self.states.get(source.stack) if source else None
            if source and producer and source.output in producer.outputs:
                given[parameter] = producer.outputs[source.output]
            elif before and before.get(parameter):
                given[parameter] = before[parameter]
            elif parameter in step.parameters:
                wanted = f"`{source.output}` of {source.stack.name}" if source else "a value that no stack gives"
                message = f"wave {number} fills the parameter `{parameter}` with {wanted}, which is not there yet"
                related = ((_place(source), "gives the value later"),) if source else ()
                self.found.append(Finding(Code.DR613, message, self._user(stack, parameter), related=related))
        return given

    def _never_filled(self) -> Iterator[Finding]:
        last = {step.stack: step for wave in self.desired.waves for step in wave}
        for stack in self.desired.stacks:
            for parameter, source in stack.wiring.items():
                if stack.id not in last or parameter not in last[stack.id].parameters:
                    message = f"the last operation on {stack.key} leaves its parameter `{parameter}` empty"
                    related = ((_place(source), "gives the value"),)
                    yield Finding(Code.DR613, message, self._user(stack, parameter), related=related)

    def _user(self, stack: Stack, parameter: str) -> ResourceId:
        """A resource that a parameter is for: one that uses it, or that its gate keeps back."""
        opened = Resolver(stack.template, self.account, dict.fromkeys(stack.wiring, "x"), {})
        for name, body in stack.bodies.items():
            if ("parameter", parameter) in opened.resolved(body.get("Properties", {}))[1]:
                return ResourceId(stack.key, name)
        gate = f"Has{parameter}"
        gated = (name for name, body in stack.bodies.items() if gate in str(body.get("Condition")))
        return ResourceId(stack.key, next(gated, next(iter(stack.bodies), "")))

    def _imports(self, number: int, now: State) -> Iterator[Finding]:
        for name in sorted(now.changed):
            resource = now.resources[name]
            for kind, export in sorted(resource.uses):
                if kind == "import" and export not in now.resolver.imports:
                    message = f"`{name}` is created in wave {number} and imports `{export}`, which no stack exports yet"
                    yield Finding(Code.DR613, message, resource.owner)


def _place(source: Source) -> ResourceId:
    return ResourceId(source.stack.name, source.output)
