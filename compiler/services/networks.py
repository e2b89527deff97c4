"""Address ranges and availability zones of the serving regions: what is wrong with them, and what fits into a subnet.

Reports DR304, DR412, DR415 and DR486 to DR488.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from ipaddress import AddressValueError, IPv4Network, NetmaskValueError
from math import ceil

from compiler.aws import regions
from compiler.aws.facts import vpc as facts
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Route
from compiler.diagnostics.suggest import near
from compiler.findings.finding import Finding
from compiler.ir.elements import StackId
from compiler.objectives.model import Demand
from compiler.spec.data import BucketWrite
from compiler.spec.regions import SLOTS, EndpointService, Region
from compiler.topology.model import Topology

_SLOT_BITS = (SLOTS - 1).bit_length()


def slots(range_: IPv4Network) -> Iterator[IPv4Network]:
    """The equal parts of a range that subnets get by their position, however many of them are used."""
    return range_.subnets(prefixlen_diff=_SLOT_BITS)


def dual(topology: Topology) -> tuple[int, ...]:
    """The places of the buckets that functions of both regions write to."""
    return tuple(n for n, entry in enumerate(topology.spec.buckets) if entry.write is BucketWrite.DUAL)


def called(topology: Topology) -> Iterator[tuple[EndpointService, Route]]:
    """Services with an interface endpoint, and the route that asks for each: the topology's own calls, then the code's.

    Documents reach the other region under its role. S3 and DynamoDB use the key themselves, Lambda delivers the logs,
    and DNS needs no endpoint.
    """
    places, named = dual(topology), topology.spec.network.endpoints
    if places and EndpointService.STS not in named:
        yield EndpointService.STS, ("buckets", places[0], "write")
    yield from ((name, ("network", "endpoints", position)) for position, name in enumerate(named))


_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "198.18.0.0/15")))
"""Ranges that nobody announces on the internet, and that a VPC may have. RFC 1918, RFC 6598 and RFC 2544;
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html (read 2026-11-27)"""


def made_here(topology: Topology) -> Iterator[Finding]:
    """What is wrong with the ranges and zones of networks that the topology makes."""
    networks: list[tuple[Route, IPv4Network]] = []
    for position, region in enumerate(topology.spec.regions):
        at: Route = ("regions", position, "cidr")
        if region.role != "replica" and region.region in regions.COMMERCIAL:
            yield from _zone_faults(region, position)
        if region.cidr is None:
            if region.role != "replica":
                message = f"`{region.region}` serves clients and needs an address range for its VPC"
                yield Finding(Code.DR304, message, ("regions", position), "no `cidr`", help="add `cidr: 10.x.0.0/16`")
            continue
        try:
            network = IPv4Network(region.cidr)
        except (AddressValueError, NetmaskValueError, ValueError):
            message = f"`{region.cidr}` is not an address range{_meant(region.cidr)}"
            yield Finding(Code.DR304, message, at, help=_free(topology))
            continue
        if not facts.PREFIX_MIN.value <= network.prefixlen <= facts.PREFIX_MAX.value:
            low, high = facts.PREFIX_MIN.value, facts.PREFIX_MAX.value
            message = f"the range of a VPC must be from /{low} to /{high}, not /{network.prefixlen}"
            yield Finding(Code.DR304, message, at, help=_free(topology))
        elif not any(network.subnet_of(private) for private in _PRIVATE):
            yield Finding(Code.DR304, f"`{network}` is not a private address range", at, help=_free(topology))
        elif network.prefixlen + _SLOT_BITS > facts.PREFIX_MAX.value:
            least = facts.PREFIX_MAX.value - _SLOT_BITS
            message = f"`{network}` cannot be divided into {SLOTS} parts of at least 16 addresses"
            yield Finding(Code.DR412, message, at, help=f"choose a range of at least /{least}")
        elif region.role != "replica":
            yield from _too_few_addresses(topology, network, at)
        for before, other in networks:
            if other.overlaps(network):
                message = f"`{network}` overlaps `{other}`: peered networks must not overlap"
                yield Finding(Code.DR304, message, at, help=_free(topology), related=((before, "the other range"),))
        networks.append((at, network))


def _zone_faults(region: Region, position: int) -> Iterator[Finding]:
    """What is wrong with the zones of a region that serves clients."""
    name, known = region.region, regions.zone_ids(region.region)
    at: Route = ("regions", position, "zones" if "zones" in region.model_fields_set else "region")
    if not isinstance(region.zones, tuple):
        usable = regions.zones_in_order(name)
        if not usable:
            yield Finding(Code.DR487, f"no zone ids of `{name}` are known to this compiler", at, help=_look_up(name))
        elif region.zones > len(usable):
            message = f"`{name}` has {len(usable)} availability zones that carry functions, not {region.zones}"
            yield Finding(Code.DR415, message, at, help=f"write `zones: [{', '.join(usable)}]`")
        return
    for number, zone in enumerate(region.zones):
        place: Route = (*at, number)
        home = regions.region_of_zone(zone)
        if home != name and (known or home):
            where = f"it is in `{home}`" if home else "no region has such zones"
            close = near(zone, known)
            meant = f"did you mean `{close}`? " if close and not home else ""
            listed = f"the zones of `{name}` are {', '.join(known)}" if known else _look_up(name)
            yield Finding(Code.DR486, f"`{zone}` is not a zone of `{name}`: {where}", place, help=meant + listed)
        elif known and zone not in regions.zones_in_order(name):
            why = "AWS does not list it" if zone not in known else "some services of AWS do not support it"
            rest = [other for other in regions.zones_in_order(name) if other not in region.zones]
            instead = f"use {' or '.join(rest)} instead" if rest else "leave it out"
            yield Finding(Code.DR488, f"`{zone}` may lack what functions need: {why}", place, help=instead)


def _look_up(region: str) -> str:
    """How an author finds the zone ids of a region."""
    return (
        f"list them with `aws ec2 describe-availability-zones --region {region} "
        "--query AvailabilityZones[].ZoneId`, and write the ids into `zones`"
    )


def _too_few_addresses(topology: Topology, network: IPv4Network, at: Route) -> Iterator[Finding]:
    needed, free = _addresses_needed(topology), _addresses(network)
    if needed > free:
        bits = (needed + facts.RESERVED_ADDRESSES.value - 1).bit_length()
        message = f"a subnet needs {needed} addresses, but one of the {SLOTS} parts of `{network}` has {free}"
        yield Finding(Code.DR412, message, at, help=f"choose a range of at least /{32 - bits - _SLOT_BITS}")


def _addresses(network: IPv4Network) -> int:
    """Addresses that AWS leaves in one subnet of a range."""
    return int(next(slots(network)).num_addresses) - facts.RESERVED_ADDRESSES.value


def _addresses_needed(topology: Topology) -> int:
    """Addresses in one subnet: one for each interface endpoint, and those of the functions if all run there.

    Functions need one more while an update moves them to other security groups or subnets.
    """
    return _endpoints(topology) + function_interfaces(topology) + 1


def _endpoints(topology: Topology) -> int:
    """Interface endpoints: of services that are called, and the one through which the other region writes documents."""
    return sum(1 for _ in called(topology)) + bool(dual(topology))


def function_interfaces(topology: Topology) -> int:
    """Addresses of a subnet that the functions need if all run there."""
    environments = sum(capacity.environments for capacity in topology.capacity.functions.values())
    return ceil(environments * facts.CONNECTIONS_PER_ENVIRONMENT.value / facts.INTERFACE_CONNECTIONS.value)


def demands(topology: Topology, stack: StackId) -> Iterator[Demand]:
    """Addresses of a subnet. A range with too few is refused before."""
    if not stack.serves or topology.spec.network.existing:
        return
    yield Demand(
        id="network.addresses",
        says="addresses in each subnet: endpoints, functions, and a spare one",
        formula=f"{_endpoints(topology)} + {function_interfaces(topology)} + 1",
        region=stack.region,
        needed=Fraction(_addresses_needed(topology)),
        allowed=Fraction(_addresses(IPv4Network(topology.region(stack).cidr or ""))),
        unit="addresses",
        granted=False,
        facts=(facts.RESERVED_ADDRESSES, facts.INTERFACE_CONNECTIONS, facts.CONNECTIONS_PER_ENVIRONMENT),
        route=("regions", topology.position(stack), "cidr"),
        remedy="choose a larger range",
    )


def _free(topology: Topology) -> str:
    """The remedy for a range: one that no region of the spec has."""
    taken = []
    for region in topology.spec.regions:
        with suppress(ValueError):
            taken.append(IPv4Network(region.cidr or "", strict=False))
    # One that is too large has to be replaced anyway.
    taken = [network for network in taken if network.prefixlen >= facts.PREFIX_MIN.value]
    ranges = (IPv4Network(f"10.{number}.0.0/16") for number in range(10, 256, 10))
    free = next((found for found in ranges if not any(found.overlaps(other) for other in taken)), None)
    return "choose a private range that does not overlap another one" + (f", such as `{free}`" if free else "")


def _meant(text: str) -> str:
    """What a range with host bits set most likely means."""
    try:
        return f"; it is in the range `{IPv4Network(text, strict=False)}`"
    except (AddressValueError, NetmaskValueError, ValueError):
        return ""
