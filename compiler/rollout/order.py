"""Whether everything exists when a resource is created or changed, and whether two resources share a name.

Reports DR610 to DR612, DR615 to DR617, DR619, DR620 and DR622.

An operation sees what earlier waves left behind; within it, a resource sees only what it waits for, through a
reference or `DependsOn`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from compiler.aws.types import registry
from compiler.aws.types.dynamodb import TABLES
from compiler.aws.types.iam import POLICIES
from compiler.aws.types.record import Key, Prerequisite
from compiler.aws.values import ResourceId, listed
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.ir.elements import StackId
from compiler.rollout.state import Resource, ResourceIndex, State
from compiler.support.frozen import frozen

Graph = Mapping[str, tuple[str, ...]]
"""Resources of one stack, each with those that it waits for."""


def dependencies_of(now: State, resource: Resource) -> tuple[str, ...]:
    """Resources of the same stack that CloudFormation makes a resource wait for, in a fixed order."""
    named = {name for kind, name in resource.uses if kind == "resource"}
    named.update(name for name in listed(resource.body.get("DependsOn")) if isinstance(name, str))
    return tuple(sorted(name for name in named if name in now.resources))


def find_cycle(graph: Graph) -> tuple[str, ...]:
    """Resources that wait for each other, each for the next one; empty where there are none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return tuple(reversed(error.args[1][1:]))
    return ()


def ancestors(graph: Graph, name: str) -> frozenset[str]:
    """Everything that a resource waits for, directly or through others."""
    found: set[str] = set()
    ahead = list(graph.get(name, ()))
    while ahead:
        other = ahead.pop()
        if other not in found:
            found.add(other)
            ahead += graph.get(other, ())
    return frozenset(found)


@frozen
class _Unmet:
    """A prerequisite that was not there in time; reported once it is known when it will be there."""

    wave: int
    resource: Resource
    need: Prerequisite
    owner: ResourceId
    why: str
    versioning: bool = False


class Order:
    """Holds what was needed and not there; `states` and `there` are those of the simulation, and grow with it.

    `there` has the wave in which each resource first is there.
    """

    def __init__(self, index: ResourceIndex, states: Mapping[StackId, State], there: Mapping[ResourceId, int]) -> None:
        self._index = index
        self._states = states
        self._there = there
        self._unmet: list[_Unmet] = []

    def check(self, number: int, now: State) -> Iterator[Finding]:
        """What is wrong with one operation; what it needs and does not find yet is kept for `unmet`."""
        yield from _absent(number, now)
        graph = {name: dependencies_of(now, resource) for name, resource in now.resources.items()}
        cycle = find_cycle(graph)
        if cycle:
            path = " -> ".join(f"`{name}`" for name in (*cycle, cycle[0]))
            related = tuple((now.resources[name].owner, "also waits") for name in cycle[1:])
            message = f"resources of one stack wait for each other: {path}"
            yield Finding(Code.DR619, message, now.resources[cycle[0]].owner, related=related)
            return
        for name in sorted(now.changed):
            resource = now.resources[name]
            needs = tuple(registry.of(resource.type).prerequisites(resource.properties))
            before = ancestors(graph, name) if needs else frozenset[str]()
            for need in needs:
                self._meet(number, now, resource, need, before)

    def lacks(self, now: State) -> bool:
        """Whether an operation would need something that is not there; nothing is kept of it."""
        trial = Order(self._index, self._states, self._there)
        return any(trial.check(0, now)) or bool(trial._unmet)

    def _meet(self, number: int, now: State, resource: Resource, need: Prerequisite, before: frozenset[str]) -> None:
        owner = self._index.find(need.value, need.kinds, need.region or resource.region, resource.owner.stack)
        if owner is None or owner == resource.owner:
            return
        here = now.resources.get(owner.id) if owner.stack == resource.owner.stack else None
        waited = here if owner.id in before and not need.earlier else None
        seen = waited or self._seen(owner)
        if seen is None:
            if here is None and owner.stack == resource.owner.stack and ("resource", owner.id) in resource.uses:
                return  # said already: a reference to what a closed gate keeps back
            same = (
                "which the same operation creates"
                if need.earlier
                else "which is created at the same time; add a `DependsOn`"
            )
            why = same if here else "before it exists"
            self._unmet.append(_Unmet(number, resource, need, owner, why))
            return
        if need.versioned and not versioned(seen):
            why = "before its versioning is on"
            self._unmet.append(_Unmet(number, resource, need, owner, why, versioning=True))
        if need.acts:
            for policy in self._attached(now, seen):
                if self._seen(policy.owner) is None and (need.earlier or policy.id not in before):
                    told = "" if need.earlier else "; add a `DependsOn` on the policy"
                    why = f"before a policy of it exists{told}"
                    self._unmet.append(_Unmet(number, resource, need, policy.owner, why))

    def _seen(self, owner: ResourceId) -> Resource | None:
        """A resource as earlier waves left it."""
        return next(
            (found for stack, item in self._states.items() if stack.name == owner.stack
             and (found := item.resources.get(owner.id))), None
        )  # fmt: skip

    def _attached(self, now: State, role: Resource) -> Iterator[Resource]:
        """Policies of a role that are resources of their own."""
        for policy in now.resources.values():
            if policy.type in POLICIES:
                roles = [*policy.list("Roles"), *listed(policy.get("RoleName"))]
                if role.ref in roles or role.arn in roles:
                    yield policy

    def _versioned(self, owner: ResourceId) -> bool:
        """Whether a bucket is versioned in the end; where it never is, that is no matter of the order."""
        seen = self._seen(owner)
        return seen is not None and versioned(seen)

    def unmet(self) -> Iterator[Finding]:
        """What was needed and not there; to be asked after the last wave, when it is known what comes when."""
        told: set[tuple[ResourceId, ResourceId, str]] = set()
        for item in self._unmet:
            key = (item.resource.owner, item.owner, item.need.rule.code)
            if key not in told and (not item.versioning or self._versioned(item.owner)):
                told.add(key)
                yield self._finding(item)

    def _finding(self, item: _Unmet) -> Finding:
        resource, owner = item.resource, item.owner
        there = self._there.get(owner)
        when = f"from wave {there}" if there else "never"
        created = "created" if self._there.get(resource.owner) == item.wave else "changed"
        message = (
            f"`{resource.id}` is {created} in wave {item.wave} and needs {item.need.says} first, {item.why}: "
            f"`{owner.id}` of {owner.stack} exists {when}"
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
                    Code.DR610,
                    message,
                    ResourceId(stack, name),
                    related=((ResourceId(stack, target), "does not exist yet"),),
                )


def taken(states: Iterable[State]) -> Iterator[Finding]:
    """Two resources of one name where AWS takes one, and two exports of one name in a region."""
    owners: dict[Key, Resource] = {}
    exports: dict[tuple[str, str], ResourceId] = {}
    for state in states:
        stack = state.template.stack
        for resource in state.resources.values():
            for key in registry.of(resource.type).keys(resource.region, resource.properties):
                first = owners.setdefault(key, resource)
                if first is not resource:
                    yield _twice(first, resource)
                    break
        exported = {state.export_of(name): name for name in reversed(list(state.outputs))}
        for name in state.exports:
            here = ResourceId(stack.name, exported[name])
            before = exports.setdefault((stack.region, name), here)
            if before != here:
                message = f"`{name}` is exported twice in {stack.region}"
                yield Finding(Code.DR616, message, here, related=((before, "exports it first"),))


def _twice(first: Resource, second: Resource) -> Finding:
    related = ((first.owner, "has it first"),)
    if second.type in TABLES:
        message = (
            f"the table `{second.name}` is declared by `{second.id}` and again by `{first.id}` of {first.stack.name}"
        )
        return Finding(Code.DR617, message, second.owner, related=related)
    known = registry.of(second.type)
    both = f"`{second.id}` and `{first.id}` of {first.stack.name}"
    if known.name:
        scope = "in the account, in all regions" if known.account_wide else f"in {second.region}"
        message = f"{both} have the same name `{second.name}` {scope}"
    else:
        shared = (f"`{member}` `{second.get(member)}`" for member in known.identity if second.get(member) is not None)
        message = f"{both} have the same {' and '.join(shared)}; AWS allows only one such resource"
    return Finding(Code.DR615, message, second.owner, related=related)
