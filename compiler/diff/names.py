"""What AWS tells resources apart by, so that two of them cannot be there at the same time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_network

from compiler.aws.attributes import ACCOUNT_WIDE
from compiler.aws.values import UNKNOWN
from compiler.diff.change import Json
from compiler.diff.knowledge import NAMED
from compiler.diff.schema import schema, select
from compiler.rollout.state import TABLES, replica_regions

Key = tuple[str, ...]

_ONE_SPACE = {"AWS::CloudWatch::CompositeAlarm": "AWS::CloudWatch::Alarm", TABLES[1]: TABLES[0]}
"""Types that share the names of another type."""

_SUBNET = "AWS::EC2::Subnet"


def keys(kind: str, region: str, properties: Mapping[str, Json]) -> Iterator[Key]:
    """What nothing else in the account may have too; nothing where AWS chooses the resource's name."""
    parts = named(kind, region, properties)
    if not parts:
        return
    space = _ONE_SPACE.get(kind, kind)
    if kind in TABLES:
        for place in dict.fromkeys((region, *replica_regions(properties.get("Replicas")))):
            yield (space, place, *parts)
    elif kind in ACCOUNT_WIDE:
        # IAM tells names apart without regard to case, and buckets have no capitals.
        yield (space, "", *(part.casefold() for part in parts))
    else:
        yield (space, region, *parts)


def named(kind: str, region: str, properties: Mapping[str, Json]) -> Key:
    """The values that identify a resource, as its type's schema or what we know names them; empty where AWS does."""
    known = NAMED.get(kind)
    if known is not None:
        pointers: tuple[tuple[str, ...], ...] = tuple((member,) for member in known)
    else:
        found = schema(kind, region)
        if found is None or found.computed.intersection(found.identifier):
            return ()
        pointers = found.identifier
    values = [next(select(properties, place), None) for place in pointers]
    if not any(values) or values[-1] == UNKNOWN:
        return ()
    return tuple("" if value is None else str(value) for value in values)


def shown(kind: str, region: str, properties: Mapping[str, Json]) -> str:
    """A resource's name for people: empty where AWS chooses it, or where it is only a place in another resource."""
    parts = named(kind, region, properties)
    texts = [part for part in parts if part and not part.startswith("<")]
    return texts[-1] if texts and len(parts) == 1 else ""


def overlap(one: Mapping[str, Json], other: Mapping[str, Json]) -> bool:
    """Whether two subnets lie in the same VPC and share addresses."""
    if one.get("VpcId") != other.get("VpcId"):
        return False
    try:
        return ip_network(str(one.get("CidrBlock"))).overlaps(ip_network(str(other.get("CidrBlock"))))
    except (ValueError, TypeError):
        return False


def is_subnet(kind: str) -> bool:
    return kind == _SUBNET
