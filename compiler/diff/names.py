"""What people call a resource, and whether two subnets are in each other's way."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network

from compiler.aws.types import registry
from compiler.diff.change import Json


def shown(kind: str, properties: Mapping[str, Json]) -> str:
    """A resource's name for people: empty where AWS chooses it, or where it is only a place in another resource."""
    parts = registry.of(kind).identify(properties)
    return parts[0] if len(parts) == 1 and not parts[0].startswith("<") else ""


def overlap(one: Mapping[str, Json], other: Mapping[str, Json]) -> bool:
    """Whether two subnets lie in the same VPC and share addresses."""
    if one.get("VpcId") != other.get("VpcId"):
        return False
    try:
        return ip_network(str(one.get("CidrBlock"))).overlaps(ip_network(str(other.get("CidrBlock"))))
    except (ValueError, TypeError):
        return False
