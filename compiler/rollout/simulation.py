"""The waves, run over the compiled templates without AWS: is everything there when a resource is created?

A creation has the waves of the manifest. Those of an update follow from what exists: `staging` says in which order.
An operation sees what earlier waves left behind; within it, a resource sees only what it waits for, through a
reference or `DependsOn`. Stacks of one wave run at the same time and see nothing of each other. Reports DR610 to
DR622 and DR625.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain

from compiler.aws.intrinsics import Account, Resolver
from compiler.aws.values import SAMPLE_ACCOUNT, Json, ResourceId
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.ir.elements import StackId
from compiler.linking.waves import Source, Step, Wave
from compiler.rollout import order, staging, updates
from compiler.rollout.deployment import Deployment, Stack
from compiler.rollout.inventory import Inventory
from compiler.rollout.order import Order
from compiler.rollout.staging import Hindrance, Operation, Operations
from compiler.rollout.state import ResourceIndex, Snapshot, State
from compiler.rollout.updates import GateClosure, closures
from compiler.support.frozen import frozen


@frozen
class Simulation:
    """What a rollout comes to: the stacks after each wave and in the end, and what goes wrong on the way.

    The steps of `waves` name the parameters whose values are known by then. `closures` are the gates that close in
    stacks that exist already; `index` finds the resources that values speak of. `updates` says that the waves are
    those of an update, and not those of the manifest.
    """

    waves: tuple[Wave, ...]
    snapshots: tuple[Snapshot, ...]
    final: Snapshot
    findings: tuple[Finding, ...]
    closures: tuple[GateClosure, ...]
    index: ResourceIndex
    updates: bool


def simulate(
    existing: Deployment | Snapshot | None,
    desired: Deployment,
    *,
    serving: str | None = None,
    touched: Collection[StackId] = (),
    replaced: Collection[ResourceId] = (),
) -> Simulation:
    """The rollout of `desired` over what exists: nothing, an earlier deployment, or stacks as read from AWS.

    Where clients are served already, this is an update. Then `serving` is the region that serves them (None: the
    primary's), `touched` names stacks that have something to do whatever their templates say, and `replaced` resources
    whose values will be others.

    Otherwise it is a creation, with the waves of the manifest. A stack that exists then is given every value that is
    there, and keeps one that it has had. One that does not exist is given what the waves say. An existing stack of
    another name, or in another account, is another stack; it is left alone.
    """
    if isinstance(existing, Deployment):
        existing = deployed(existing, desired.account) if existing.shares_account(desired) else None
    return _Runner(desired, existing or Snapshot({}), replaced).run(serving, touched)


def deployed(deployment: Deployment, account: str | None) -> Snapshot:
    """The stacks of a deployment once all its waves have run in an account.

    Two deployments are compared under one account, also where only one of them names it.
    """
    return simulate(None, replace(deployment, account=account)).final


class _Runner:
    """Holds the tables of one simulation."""

    def __init__(self, desired: Deployment, existing: Snapshot, replaced: Collection[ResourceId]) -> None:
        self.desired = desired
        self.account = Account(desired.account or SAMPLE_ACCOUNT, desired.partition)
        self.left_out = existing.left_out
        self.index = ResourceIndex(desired.templates, self.account)
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
        self.operations = Operations(desired, self.account, self.states, replaced)

    def run(self, serving: str | None, touched: Collection[StackId]) -> Simulation:
        updates_ = not staging.serves_nobody(self.existing, self.left_out)
        snapshots: list[Snapshot] = []
        waves: list[tuple[Operation, ...]] = []
        for number, wave in enumerate(self._update(serving, touched) if updates_ else self._creation(), 1):
            self._run(number, {item.stack.id: item.state for item in wave}, updates_=updates_)
            waves.append(tuple(wave))
            snapshots.append(self._snapshot())
        final = self._snapshot()
        self.found += self.order.unmet()
        self.found += self._never_filled(updates_=updates_)
        self.found += order.taken(final.states.values())
        if updates_:
            found = [Inventory(snapshot, self.index) for snapshot in snapshots]
            self.found += updates.unanswered_for_now(Inventory(Snapshot(self.existing), self.index), found)
        closed = (closures(before, self.steps[stack]) for stack, before in self.existing.items() if stack in self.steps)
        return Simulation(
            staging.baked(waves) if updates_ else tuple(tuple(item.step for item in wave) for wave in waves),
            tuple(snapshots), final, tuple(self.found), tuple(chain(*closed)), self.index, updates_,
        )  # fmt: skip

    def _snapshot(self) -> Snapshot:
        return Snapshot({s.id: self.states[s.id] for s in self.desired.stacks if s.id in self.states}, self.left_out)

    def _creation(self) -> Iterator[Iterable[Operation]]:
        """The waves of the manifest."""
        for number, wave in enumerate(self.desired.waves, 1):
            stacks = ((self.desired.stack(step.stack), step) for step in wave)
            # All of a wave at once: none sees what another one leaves.
            yield [self.operations.made(stack, self._given(number, step, stack)) for stack, step in stacks]

    def _update(self, serving: str | None, touched: Collection[StackId]) -> Iterator[Iterable[Operation]]:
        """The waves that follow from what exists."""
        waiting = set(touched)

        def candidates(stacks: Iterable[Stack]) -> Iterator[tuple[Hindrance, Operation]]:
            there = (stack for stack in stacks if stack.id not in self.left_out)
            for operation in self.operations.open(there, waiting):
                yield self.operations.hindrance(operation, self.order), operation

        for wave in staging.order(staging.groups(self.desired, serving), candidates):
            waiting -= {operation.stack.id for operation in wave}
            self.operations.done(wave)
            yield wave

    def _run(self, number: int, made: Mapping[StackId, State], *, updates_: bool) -> None:
        """Notes the stacks after a wave, and what was wrong with it."""
        for id_, now in made.items():
            before = self.states.get(id_)
            self.found += self._imports(number, now)
            self.found += self.order.check(number, now)
            self.found += updates.undeletable(number, before, now)
            # What a new template takes away or changes is the matter of `--diff`, not of the order.
            if before and before.template is now.template:
                self.found += updates.refused(number, before, now)
            if before and (updates_ or before.template is now.template):
                self.found += updates.exports_in_use(number, before, now, self.states)
        for id_, now in made.items():
            self.states[id_] = now
            self.steps.setdefault(id_, []).append((number, now))
            for resource in now.resources.values():
                self.there.setdefault(resource.owner, number)

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

    def _never_filled(self, *, updates_: bool) -> Iterator[Finding]:
        last = {step.stack: step.parameters for wave in self.desired.waves for step in wave}
        if updates_:
            values = ((stack, state_.resolver.parameters) for stack, state_ in self.states.items())
            last = {stack: tuple(name for name in given if given[name]) for stack, given in values}
        for stack in (stack for stack in self.desired.stacks if stack.id not in self.left_out):
            for parameter, source in stack.wiring.items():
                if parameter not in last.get(stack.id, ()):
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
