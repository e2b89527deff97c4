"""What an operation may not do to a stack, and the gates that would close on the way.

Reports DR614, DR616, DR618, DR621 and DR625.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from compiler.aws.types import registry
from compiler.aws.types.update_rules import Action, Update
from compiler.aws.values import ResourceId
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.ir.elements import StackId
from compiler.rollout.endpoints import apis_at, checks, route_for
from compiler.rollout.inventory import Inventory
from compiler.rollout.state import Resource, State
from compiler.support.frozen import frozen


def refused(wave: int, before: State, now: State) -> Iterator[Finding]:
    """Gates that close again, and changes that AWS refuses or that replace a resource."""
    for name, resource in before.resources.items():
        if name not in now.resources:
            message = (
                f"`{name}` leaves its stack in wave {wave}: its condition `{resource.body.get('Condition')}` closes"
            )
            yield Finding(Code.DR614, message, resource.owner)
    for name in sorted(now.changed & before.resources.keys()):
        old, new = before.resources[name], now.resources[name]
        for condition in _closed(old, before, now):
            message = f"a part of `{name}` is removed again in wave {wave}: the condition `{condition}` closes"
            yield Finding(Code.DR614, message, new.owner)
        if registry.of(new.type).name and old.name != new.name:
            message = f"wave {wave} would replace `{name}`: its name changes from `{old.name}` to `{new.name}`"
            yield Finding(Code.DR618, message, new.owner)
        yield from _against_rules(wave, old, new)


def _closed(old: Resource, before: State, now: State) -> Iterator[str]:
    for kind, name in sorted(old.uses):
        if kind == "condition" and before.resolver.holds(name) and not now.resolver.holds(name):
            yield name


def _against_rules(wave: int, old: Resource, new: Resource) -> Iterator[Finding]:
    """What the update rules of the type say: AWS refuses the update, or it makes another resource."""
    update = Update(new.stack.name, new.region, new.id, new.type, new.name, old.properties, new.properties)
    for rule in registry.of(new.type).updates:
        if rule.certain and (rule.refused or rule.action is Action.REPLACED):
            what = "AWS refuses the update of" if rule.refused else "AWS would replace"
            for sentence in rule.find(update):
                message = f"{what} `{new.id}` in wave {wave}: {sentence}"
                yield Finding(Code.DR618, message, new.owner, help=rule.remedy)


def undeletable(wave: int, before: State | None, now: State) -> Iterator[Finding]:
    """What refuses to be deleted already in the operation that creates it, so that this cannot be rolled back."""
    for name in sorted(now.changed):
        new = now.resources[name]
        flag = registry.of(new.type).protection
        if flag is None:
            continue
        old = before.resources.get(name) if before else None
        there: set[str] = set()
        if old and old.name == new.name:
            there = {entry for entry, _ in flag.entries(old.properties)} if flag.entry else {""}
        refusing = [entry for entry, refuses in flag.entries(new.properties) if refuses and entry not in there]
        if refusing:
            where = f" in {' and '.join(refusing)}" if flag.entry else ""
            message = (
                f"wave {wave} creates `{name}`{where} and protects it against deletion at once (`{flag.member}`): if "
                "this operation fails, it cannot be rolled back"
            )
            yield Finding(Code.DR621, message, new.owner)


def exports_in_use(wave: int, before: State, now: State, states: Mapping[StackId, State]) -> Iterator[Finding]:
    """Exports that change or go away while another stack imports them.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html (read 2026-11-22)
    """
    for name, value in before.exports.items():
        if now.exports.get(name) == value:
            continue
        what = "changes" if name in now.exports else "removes"
        for state in states.values():
            for resource in state.resources.values():
                if ("import", name) in resource.uses and state.template.stack.region == before.template.stack.region:
                    exporter = next(output for output in before.outputs if before.export_of(output) == name)
                    output = ResourceId(before.template.stack.name, exporter)
                    user = f"`{resource.id}` of {resource.stack.name}"
                    message = f"wave {wave} {what} the export `{name}`, which {user} imports"
                    yield Finding(Code.DR616, message, output, related=((resource.owner, "imports it"),))


Unanswered = tuple[ResourceId, str, str]
"""A health check, the path it asks, and the region that should answer."""


def unanswered(inventory: Inventory) -> dict[Unanswered, Resource]:
    """Paths that a health check asks and the API of its host does not answer, each with the API.

    An inverted check is left out: it is healthy while it has no good answer.
    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
    (read 2026-11-26)
    """
    return {
        (check.owner, path, api.region): api
        for check, host, path in checks(inventory)
        if not check.get("HealthCheckConfig", "Inverted")
        for api in apis_at(inventory, host)
        if route_for(inventory, api, path) is None
    }


def unanswered_for_now(before: Inventory, waves: Sequence[Inventory]) -> Iterator[Finding]:
    """Health checks that fail between two waves of an update, though their region works: before and after it they pass.

    `waves` are the stacks after each.
    """
    known = set(unanswered(before))
    seen: dict[Unanswered, list[int]] = {}
    apis: dict[Unanswered, Resource] = {}
    for number, inventory in enumerate(waves, 1):
        for about, api in unanswered(inventory).items():
            seen.setdefault(about, []).append(number)
            apis[about] = api
    for about, numbers in seen.items():
        check, path, region = about
        if about not in known and numbers[-1] < len(waves):
            message = (
                f"`{check.id}` calls `{path}`, which `{apis[about].id}` in {region} does not answer from wave "
                f"{numbers[0]} to wave {numbers[-1] + 1}: until then Route 53 takes {region} as lost"
            )
            yield Finding(Code.DR625, message, check, related=((apis[about].owner, "does not answer the path"),))


@frozen
class GateClosure:
    """A resource that leaves its stack in wave `closed` and is created again in wave `opened` (0: never).

    With `parts`, the resource stays, and only these properties go and come back.
    """

    resource: ResourceId
    closed: int
    opened: int
    parts: tuple[str, ...] = ()


def closures(before: State, steps: Sequence[tuple[int, State]]) -> Iterator[GateClosure]:
    """What closes in one stack: `steps` are the waves that update it, each with the stack after that wave."""
    final = steps[-1][1]
    for name, resource in sorted(before.resources.items()):
        if name not in final.resources:
            continue
        present = {number: name in state.resources for number, state in steps}
        if not all(present.values()):
            yield GateClosure(resource.owner, *_span(present))
            continue
        wanted = final.resources[name]
        if not any(kind == "condition" for kind, _ in wanted.uses):
            continue
        for member in wanted.properties:
            present = {number: member in state.resources[name].properties for number, state in steps}
            if member in resource.properties and not all(present.values()):
                yield GateClosure(resource.owner, *_span(present), (member,))


def _span(present: Mapping[int, bool]) -> tuple[int, int]:
    """The first wave without it, and the next one with it; 0 where there is none."""
    closed = min(number for number, there in present.items() if not there)
    return closed, next((number for number, there in present.items() if number > closed and there), 0)
