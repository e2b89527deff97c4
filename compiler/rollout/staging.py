"""The order of an update: which stacks have something to do, which of them may be operated on now, and where to wait.

A change reaches the region that serves clients last of the regions: first the other regions, with as many operations
as it takes until nothing more can be done there with what is known; then that region; then the global stack; and all
of it again while a stack has new values. Before the next region begins, the alarms of the one before are watched for a
while: `Step.bakes`.

Within that, an operation waits while it would
- import what no stack exports, or change or remove what another stack still imports;
- need something that is not there yet, or leave a resource out for now whose gate needs a value that comes later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from enum import IntEnum

from compiler.aws.intrinsics import Account, Resolver
from compiler.aws.types.route53 import RECORD_SET
from compiler.aws.values import Json, ResourceId, dig, renewed
from compiler.ir.elements import StackId, StackKind
from compiler.linking.waves import Step, Wave
from compiler.rollout import updates
from compiler.rollout.deployment import Deployment, Stack
from compiler.rollout.order import Order
from compiler.rollout.state import State, state
from compiler.support.frozen import frozen


class Hindrance(IntEnum):
    """Why an operation has to wait, from what is not in the way to what AWS refuses."""

    NONE = 0
    EARLY = 1
    REFUSED = 2


@frozen
class Operation:
    """One operation: the stack, the values of parameters that it is given, and what it comes to.

    It is not `certain` where all it does is to give other values than before: AWS may have kept the values.
    """

    stack: Stack
    given: Mapping[str, Json]
    state: State
    certain: bool = True

    @property
    def step(self) -> Step:
        return Step(self.stack.id, tuple(sorted(self.stack.wiring.keys() & self.given.keys())))


def serves_nobody(existing: Mapping[StackId, State], left_out: Collection[StackId] = ()) -> bool:
    """Whether this is a creation: no DNS record leads to a region by a routing policy yet.

    A global stack that is `left_out` and cannot be read counts as there, with its records.
    """
    if any(stack.kind is StackKind.GLOBAL and stack not in existing for stack in left_out):
        return False
    resources = (resource for state in existing.values() for resource in state.resources.values())
    return not any(resource.type == RECORD_SET and resource.get("SetIdentifier") for resource in resources)


def groups(deployment: Deployment, serving: str | None) -> tuple[tuple[Stack, ...], ...]:
    """The stacks in the order in which a change reaches them; `serving` is a region, None for the primary's."""
    primary = next((stack.region for stack in deployment.stacks if stack.id.kind is StackKind.PRIMARY), "")
    last = serving if serving in deployment.code_regions else primary
    regional = [stack for stack in deployment.stacks if stack.id.kind is not StackKind.GLOBAL]
    return (
        tuple(stack for stack in regional if stack.region != last),
        tuple(stack for stack in regional if stack.region == last),
        tuple(stack for stack in deployment.stacks if stack.id.kind is StackKind.GLOBAL),
    )


Candidates = Callable[[Iterable[Stack]], Iterator[tuple[Hindrance, Operation]]]


def order(stages: tuple[tuple[Stack, ...], ...], candidates: Candidates) -> Iterator[tuple[Operation, ...]]:
    """The waves of an update, each to be carried out before the next is asked for.

    `candidates` are the operations of some stacks that have something to do now. Where all of them have to wait, the
    one that AWS is most likely to take is next, and what is wrong with it is for others to find.
    """
    while True:
        done = False
        for stage in stages:
            while wave := tuple(operation for why, operation in candidates(stage) if why is Hindrance.NONE):
                done = True
                yield wave
        if done:
            continue
        waiting = [item for stage in stages for item in candidates(stage)]
        if not waiting:
            return
        yield (min(waiting, key=lambda item: item[0])[1],)


class Operations:
    """The operations on stacks as they are now: `states` are those of the simulation, and change with it.

    `replaced` are resources whose values will be others once their stack has been updated.
    """

    def __init__(
        self, desired: Deployment, account: Account, states: Mapping[StackId, State], replaced: Collection[ResourceId]
    ) -> None:
        self._desired = desired
        self._account = account
        self._states = states
        self._replaced = replaced
        self._repeats: Counter[StackId] = Counter()
        """How often each stack was given nothing but other values."""

    def open(self, stacks: Iterable[Stack], touched: Collection[StackId]) -> Iterator[Operation]:
        """Those that have something to do: another template, another value, or `touched`."""
        for stack in stacks:
            before = self._states.get(stack.id)
            given = self._known(stack, before)
            same = before is not None and (
                before.template is stack.template or before.template.body == stack.template.body
            )
            had = before.resolver.parameters if before else {}
            certain = stack.id in touched or not same or any(not had.get(name) for name in given)
            # A value that an operation changes itself would never come to rest.
            tired = self._repeats[stack.id] > len(self._desired.stacks)
            if certain or (not tired and any(had[name] != value for name, value in given.items())):
                yield replace(self.made(stack, given), certain=certain)

    def done(self, operations: Iterable[Operation]) -> None:
        """Notes what was carried out."""
        self._repeats.update(operation.stack.id for operation in operations if not operation.certain)

    def made(self, stack: Stack, given: Mapping[str, Json]) -> Operation:
        """The operation that gives a stack its template and some values."""
        now = state(stack, self._resolver(stack, given), self._states.get(stack.id))
        if self._replaced:
            outputs, exports = (renewed(value, self._replaced.__contains__) for value in (now.outputs, now.exports))
            now = replace(now, outputs=outputs, exports=exports)
        return Operation(stack, given, now)

    def _resolver(self, stack: Stack, given: Mapping[str, Json]) -> Resolver:
        exports: dict[str, Json] = {}
        for id_, earlier in self._states.items():
            if id_.region == stack.region:
                exports.update(earlier.exports)
        return Resolver(stack.template, self._account, given, exports)

    def _known(self, stack: Stack, before: State | None) -> dict[str, Json]:
        """Values that an update gives: all that are there; what the stack has had, it keeps."""
        had = before.resolver.parameters if before else {}
        given: dict[str, Json] = {}
        for name in stack.section("Parameters"):
            source = stack.wiring.get(name)
            producer = self._states.get(source.stack) if source else None
            if source and producer and producer.outputs.get(source.output):
                given[name] = producer.outputs[source.output]
            elif before and had.get(name):
                default = dig(before.template.body, "Parameters", name, "Default")
                if source or str(had[name]) != str(default):
                    given[name] = had[name]
        return given

    def hindrance(self, operation: Operation, order_: Order) -> Hindrance:
        """What is in the way of an operation."""
        stack, now = operation.stack, operation.state
        before = self._states.get(stack.id)
        if _refused(now, before, self._states):
            return Hindrance.REFUSED
        # What it gives itself comes only with this very operation.
        unknown = {
            name for name, source in stack.wiring.items() if source.stack != stack.id and name not in operation.given
        }
        if before and unknown:
            opened = state(stack, self._resolver(stack, {**operation.given, **dict.fromkeys(unknown, "later")}))
            if _leaves_early(before, now, opened):
                return Hindrance.EARLY
        return Hindrance.EARLY if order_.lacks(now) else Hindrance.NONE


def _leaves_early(before: State, now: State, open_: State) -> bool:
    """Whether a resource, or a property of one, leaves the stack only until more values are known.

    `open_` is the stack once all its values are.
    """
    for name, resource in before.resources.items():
        wanted = open_.resources.get(name)
        if wanted is None:
            continue
        if name not in now.resources:
            return True
        if any(kind == "condition" for kind, _ in wanted.uses):
            kept = resource.properties.keys() & wanted.properties.keys()
            if not kept <= now.resources[name].properties.keys():
                return True
    return False


def _refused(now: State, before: State | None, states: Mapping[StackId, State]) -> bool:
    """Whether AWS refuses an operation for what it imports, or for an export that is in use."""
    imports = (name for resource in now.resources.values() for kind, name in resource.uses if kind == "import")
    if any(name not in now.resolver.imports for name in imports):
        return True
    return before is not None and any(updates.exports_in_use(0, before, now, states))


def baked(waves: Iterable[Iterable[Operation]]) -> tuple[Wave, ...]:
    """The steps of the waves; the last one on a serving region before another one is touched, and the last, bake.

    So do those before it that may turn out to be the last one.
    """
    found: list[Wave] = []
    later = ""
    for wave in reversed([tuple(wave) for wave in waves]):
        regions = {operation.stack.region for operation in wave if operation.stack.id.serves}
        bakes = bool(regions) and regions != {later}
        found.append(tuple(replace(item.step, bakes=bakes and item.stack.id.serves) for item in wave))
        if any(operation.certain for operation in wave if operation.stack.id.serves):
            (later,) = regions
    return tuple(reversed(found))
