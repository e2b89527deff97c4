"""Names that two resources of the topology would share. Reports DR615 to DR617."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from compiler.aws.types import registry
from compiler.aws.types.dynamodb import TABLES
from compiler.aws.types.record import Key
from compiler.aws.values import ResourceId
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding
from compiler.rollout.state import Resource, State


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
