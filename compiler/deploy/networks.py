"""The networks that a deployment is about to make, against what the account has: ranges, zones, endpoint services.

Only subnets and endpoints that do not exist yet are checked: a zone that fails must not stop an update.
Reports DR826 and DR847.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping

from compiler.aws.intrinsics import Account, Resolver
from compiler.aws.types.ec2 import SUBNET, VPC_ENDPOINT
from compiler.aws.values import Json, ResourceId, members, text
from compiler.deploy.cloud import CloudError, pages, unread
from compiler.deploy.session import Session
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding, Place
from compiler.support.frozen import frozen


def ranges(session: Session, region: str) -> Iterator[Finding]:
    """Other VPCs of a region with overlapping ranges. Raises `CloudError`."""
    ours = session.physical_ids
    if session.topology.spec.network.existing:
        return
    for number, entry in enumerate(session.topology.spec.regions):
        if entry.region != region or entry.cidr is None:
            continue
        own = ipaddress.ip_network(entry.cidr, strict=False)
        for page in pages(session.api, "ec2", region, "DescribeVpcs", {}):
            for vpc in page.get("Vpcs", []):
                overlap = next((cidr for cidr in _cidrs(vpc) if ipaddress.ip_network(cidr).overlaps(own)), None)
                if vpc["VpcId"] not in ours and overlap:
                    message = f"{entry.cidr} overlaps {overlap} of {vpc['VpcId']} in {region}"
                    yield Finding(Code.DR826, message, ("regions", number, "cidr"))


def _cidrs(vpc: Mapping[str, Json]) -> tuple[str, ...]:
    listed = [part["CidrBlock"] for part in vpc.get("CidrBlockAssociationSet", []) if part.get("CidrBlock")]
    return tuple(dict.fromkeys((vpc["CidrBlock"], *listed)))


@frozen
class _Part:
    """A subnet or an interface endpoint of a template: `value` is its zone id, or the name of its service."""

    at: Place
    value: str
    exists: bool


def zones(session: Session, region: str) -> Iterator[Finding]:
    """Zones that the account cannot use, and endpoint services that a zone lacks. Raises `CloudError`."""
    subnets, endpoints = _parts(session, region)
    if all(part.exists for part in (*subnets, *endpoints)):
        return
    try:
        listed = session.api.call("ec2", region, "DescribeAvailabilityZones", {}).get("AvailabilityZones", [])
        names = sorted({part.value for part in endpoints})
        services = _services(session, region, names) if names else {}
    except CloudError as error:
        yield unread(error, f"zones and endpoint services of {region}")
        return
    found = {zone.get("ZoneId"): zone for zone in listed}
    for subnet in subnets:
        if not subnet.exists and (problem := _unusable(found, subnet.value)):
            message = f"this account cannot create a subnet in `{subnet.value}`: {problem}"
            yield Finding(Code.DR847, message, subnet.at)
    for subnet in subnets:
        for endpoint in endpoints:
            served = _served(services.get(endpoint.value), found)
            if subnet.value in found and subnet.value not in served and not (subnet.exists and endpoint.exists):
                where = f"only in {', '.join(served)}" if served else f"not in {region} at all"
                message = f"`{endpoint.value}` is not offered in `{subnet.value}`: {where}"
                yield Finding(Code.DR847, message, subnet.at if served else endpoint.at)


def _parts(session: Session, region: str) -> tuple[list[_Part], list[_Part]]:
    """Subnets by zone id and interface endpoints of the selected stacks of a region."""
    subnets, endpoints = [], []
    account = Account(session.account, session.topology.partition)
    for stack in session.selected:
        if stack.region != region:
            continue
        existing = {resource.id for resource in session.resources.get(stack.id, ())}
        resolver = Resolver(stack.template, account, session.parameters, {})
        for id_, body in resolver.bodies.items():
            if body["Type"] not in (SUBNET, VPC_ENDPOINT):
                continue
            properties = members(resolver.resolved(body.get("Properties", {}))[0])
            at: Place = ResourceId(stack.key, id_)
            zone = text(properties.get("AvailabilityZoneId"))
            if zone:
                subnets.append(_Part(_zone_place(session, region, zone) or at, zone, id_ in existing))
            elif properties.get("VpcEndpointType") == "Interface":
                endpoints.append(_Part(at, text(properties.get("ServiceName")), id_ in existing))
    return subnets, endpoints


def _zone_place(session: Session, region: str, zone: str) -> Place:
    """Where the spec names a zone; the number or the region where it names none."""
    for number, entry in enumerate(session.topology.spec.regions):
        if entry.region == region and zone in entry.zone_ids:
            if isinstance(entry.zones, tuple):
                return ("regions", number, "zones", entry.zones.index(zone))
            return ("regions", number, "zones" if "zones" in entry.model_fields_set else "region")
    return ()


def _services(session: Session, region: str, names: list[str]) -> dict[str, Mapping[str, Json]]:
    # As a filter: a name that does not exist would fail the whole call.
    asked = {"Filters": [{"Name": "service-name", "Values": names}]}
    answers = pages(session.api, "ec2", region, "DescribeVpcEndpointServices", asked)
    return {text(item.get("ServiceName")): item for page in answers for item in page.get("ServiceDetails", [])}


def _unusable(found: Mapping[str, Mapping[str, Json]], zone: str) -> str:
    """Why a subnet cannot be created in a zone; empty where it can."""
    known = found.get(zone)
    if known is None:
        return f"it has {', '.join(sorted(id_ for id_ in found if id_))}"
    state, opted = text(known.get("State")) or "available", text(known.get("OptInStatus"))
    if state != "available":
        return f"the zone is {state}"
    return "the account has not opted in to it" if opted == "not-opted-in" else ""


def _served(service: Mapping[str, Json] | None, found: Mapping[str, Mapping[str, Json]]) -> list[str]:
    """Zone ids in which an endpoint service is offered; older answers name the zones by the account's names only."""
    if service is None:
        return []
    names = service.get("AvailabilityZones", [])
    return sorted(
        service.get("AvailabilityZoneIds") or (id_ for id_, zone in found.items() if zone.get("ZoneName") in names)
    )
