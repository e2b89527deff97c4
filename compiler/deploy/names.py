"""Names that a deployment is about to take: free, or ours already. Reports DR824 and DR828."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from compiler.aws.intrinsics import Account, Resolver
from compiler.aws.types import registry
from compiler.aws.types.record import Lookup
from compiler.aws.types.s3 import BUCKET
from compiler.aws.values import ResourceId, members
from compiler.deploy.cloud import CloudError, unchecked
from compiler.deploy.session import Session
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding
from compiler.rollout.deployment import Stack
from compiler.support.frozen import frozen

Json = Any

_FREE = ("404", "NotFound", "NoSuchEntity", "NonExistent", "DoesNotExist")
"""Parts of the error codes by which services say that nothing has a name."""


@frozen
class Named:
    """A resource that its stack does not have yet, and the name that it takes in one region."""

    owner: ResourceId
    type: str
    name: str
    arn: str
    region: str
    lookup: Lookup


def needed(session: Session) -> Iterator[Named]:
    """Names that this deployment is about to take, as far as they are known before it.

    A parameter that another stack fills counts as filled, so that every gate is open.
    """
    for stack in session.selected:
        existing = {resource.id for resource in session.resources.get(stack.id, ())}
        resolver = _resolver(session, stack)
        for id_, body in resolver.bodies.items():
            record = registry.of(body["Type"])
            if record.name is None or record.name.lookup is None or id_ in existing:
                continue
            condition, name = body.get("Condition"), resolver.name(id_)
            if "<" in name or (condition and not resolver.holds(condition)):
                continue
            arn = resolver.form(id_, record.arn) if record.arn else ""
            for region in record.regions(stack.region, members(body.get("Properties"))):
                yield Named(ResourceId(stack.key, id_), record.type, name, arn, region, record.name.lookup)


def _resolver(session: Session, stack: Stack) -> Resolver:
    """The stack's values; what only AWS or another stack knows is in angle brackets."""
    given = {name: value for name, value in session.parameters.items() if name not in stack.wiring}
    given |= {name: f"<{name}>" for name in stack.wiring}
    return Resolver(stack.template, Account(session.account, session.topology.partition), given, {})


def name_available(session: Session, named: Named) -> list[Finding]:
    """A finding where a name is taken, or cannot be looked up; none where it is free. Raises `CloudError`."""
    lookup, region = named.lookup, named.region
    try:
        answer = session.api.call(lookup.service, region, lookup.operation, _filled(lookup.parameters, named))
    except CloudError as error:
        if error.missing:
            return [unchecked(f"whether names of {lookup.service} are free in {region}: the API does not exist there")]
        if any(word in error.code for word in _FREE):
            return []
        if error.code in ("403", "301") and named.type == BUCKET:
            return [_taken(named, "another account uses it")]
        if error.code.startswith(("AccessDenied", "UnauthorizedOperation")):
            return [unchecked(f"whether `{named.name}` is free in {region}: {error.message}")]
        raise
    listed = [entry.get(member) for entries, member in lookup.answers for entry in answer.get(entries, ())]
    if lookup.answers and named.name not in listed:
        return []
    return [_taken(named, "it exists and does not belong to a stack of this topology")]


def _filled(value: Json, named: Named) -> Json:
    """Parameters of a look-up with the name and the ARN in their places."""
    if isinstance(value, Mapping):
        return {key: _filled(item, named) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, named) for item in value]
    return {"{name}": named.name, "{arn}": named.arn}.get(value, value)


def _taken(named: Named, why: str) -> Finding:
    message = f"the name `{named.name}` of {named.type} is taken in {named.region}: {why}"
    return Finding(Code.DR824, message, named.owner)
