"""Names of resources: what people call one, which one is taken, and the placeholders of values of a resource."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_network

from compiler.aws.types import registry
from compiler.aws.types.ec2 import SUBNET
from compiler.aws.types.record import Key, Properties
from compiler.aws.values import MARK, NEW, ResourceId
from compiler.diff.change import Json
from compiler.rollout.state import Resource, Snapshot


def name_of(kind: str, properties: Properties) -> str:
    """A resource's name for people: empty where AWS chooses it, or where it is only a place in another resource."""
    parts = registry.of(kind).identify(properties)
    return parts[0] if len(parts) == 1 and not parts[0].startswith("<") else ""


def keys(resource: Resource, properties: Properties) -> Iterator[Key]:
    """What nothing else in the account may have too, for a resource that is given `properties`."""
    return registry.of(resource.type).keys(resource.region, properties)


class TakenNames:
    """The names and addresses that the resources of a snapshot have."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._owners: dict[Key, Resource] = {}
        self._subnets: list[Resource] = []
        for resource in snapshot.resources:
            self._owners.update((key, resource) for key in keys(resource, resource.properties))
            if resource.type == SUBNET:
                self._subnets.append(resource)

    def owner(self, resource: Resource, properties: Properties) -> tuple[Key, Resource] | None:
        """Who has the name that a resource with `properties` is to have, and that name."""
        found = ((key, self._owners[key]) for key in keys(resource, properties) if key in self._owners)
        return next(found, None)

    def overlapping(self, properties: Properties) -> Resource | None:
        """A subnet whose addresses a subnet with `properties` would share."""
        return next((subnet for subnet in self._subnets if _overlap(properties, subnet.properties)), None)


def _overlap(one: Properties, other: Properties) -> bool:
    """Whether two subnets are in the same VPC and share addresses."""
    if one.get("VpcId") != other.get("VpcId"):
        return False
    try:
        return ip_network(str(one.get("CidrBlock"))).overlaps(ip_network(str(other.get("CidrBlock"))))
    except (ValueError, TypeError):
        return False


_RENEWED = re.compile(f"<{NEW}{MARK.pattern[1:]}")
_ANY = re.compile(f"<({NEW})?[a-z][a-z0-9-]*\\.[a-z0-9-]+/([A-Za-z0-9.]+)>")


def texts(value: Json) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


def owners(value: Json) -> Iterator[ResourceId]:
    """Resources whose values stand in a value."""
    for text in texts(value):
        yield from (ResourceId(found[1], found[2]) for found in MARK.finditer(text))


def renewed_owners(value: Json) -> Iterator[ResourceId]:
    """The same for values of resources that are created again."""
    for text in texts(value):
        yield from (ResourceId(found[1], found[2]) for found in _RENEWED.finditer(text))


def shown(text: str) -> str:
    """A text with placeholders as people read them: `<Vpc>` and `<new Vpc>`."""
    return _ANY.sub(lambda m: f"<{m[1] or ''}{m[2]}>", text)
