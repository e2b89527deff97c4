"""What a later wave may not do to a stack that exists, and the gates that would close on the way.

Reports DR614, DR616 and DR618.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from compiler.aws.types import registry
from compiler.aws.types.update_rules import Action, Update
from compiler.aws.values import ResourceId
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.ir.elements import StackId
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
