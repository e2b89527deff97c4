"""Partials that a user adds: each is rendered once per stack it is meant for, with one view that all of them share.

`DIR/<service>/<name>.json.j2` goes into both serving stacks; `<name>.primary.json.j2`, `.secondary`, `.replica`
or `.global` before the ending narrows it to one kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from compiler.ir.elements import Block, Json, Ref, StackId, StackKind
from compiler.services import iam, kms, sns, vpc
from compiler.support.frozen import frozen
from compiler.topology.model import Topology


@frozen
class AddedView:
    """What an added partial may use; a partial takes of it what it needs."""

    stack: str
    region: str
    peer_region: str
    system: str
    key_arn: Ref
    key_id: Ref
    topic_arn: Ref
    vpc_id: Ref | None
    subnet_ids: tuple[Ref, ...]
    security_group_id: Ref | None
    role_path: str
    boundary: Json
    tags: Json
    tag_map: Json


def lay_out(topology: Topology, partials: Iterable[str]) -> Iterator[Block]:
    """A block for each of the partials, which are given by name, and each stack it is meant for."""
    for name in partials:
        for stack in _meant_for(topology, name):
            yield Block(stack, _view(topology, stack), ("name",), added=name)


def _meant_for(topology: Topology, name: str) -> tuple[StackId, ...]:
    parts = name.removesuffix(".json.j2").split(".")
    kinds = [kind for kind in StackKind if parts[-1] == kind]
    if kinds:
        return tuple(stack for stack in topology.stacks if stack.kind is kinds[0])
    return topology.serving


def _view(topology: Topology, stack: StackId) -> AddedView:
    serves = stack.serves
    return AddedView(
        stack=str(stack.kind),
        region=stack.region,
        peer_region=topology.peer(stack).region if serves else topology.primary.region,
        system=topology.spec.name,
        key_arn=kms.key_arn(stack),
        key_id=kms.key(stack),
        topic_arn=sns.topic(stack),
        vpc_id=vpc.vpc(stack) if serves else None,
        subnet_ids=vpc.subnet_ids(topology, stack) if serves else (),
        security_group_id=vpc.function_group(stack) if serves else None,
        role_path=topology.spec.iam.path,
        boundary=iam.boundary(topology),
        tags=topology.tag_list(stack),
        tag_map=topology.tags(stack),
    )
