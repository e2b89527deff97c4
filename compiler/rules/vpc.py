"""VPC: peering in both directions, calls to services in the other region, and zones that stay what they are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from ipaddress import ip_network

from compiler.aws.schemas import schema
from compiler.aws.types.ec2 import (
    ROUTE,
    SECURITY_GROUP,
    SECURITY_GROUP_EGRESS,
    SECURITY_GROUP_INGRESS,
    SUBNET,
    SUBNET_ROUTE_TABLE_ASSOCIATION,
    VPC_ENDPOINT,
    VPC_PEERING_CONNECTION,
)
from compiler.aws.types.lambda_ import FUNCTION
from compiler.aws.values import Json, arn, keys, members, text
from compiler.diagnostics.model import Rule
from compiler.findings.finding import Finding
from compiler.rollout.state import Resource
from compiler.rules.deployed import DOCS, Deployed, reports
from compiler.rules.policy import granted

_GROUPS = (SECURITY_GROUP, SECURITY_GROUP_INGRESS, SECURITY_GROUP_EGRESS)
_BY_GATEWAY = ("dynamodb", "s3")
"""Services that private subnets reach through gateway endpoints, which lead to their own region only."""


DR456 = Rule(
    "DR456",
    "peering",
    says="a VPC peering connection does not carry traffic in both directions",
    why="Each side needs its own route, and the address ranges must not overlap.",
    fix="add the missing route in the stack of the other region",
    source=DOCS + "vpc/latest/peering/vpc-peering-basics.html",
    traps=(36,),
)


@reports(DR456)
def peerings(deployed: Deployed) -> Iterator[Finding]:
    """Each side has a route to the other one, and the address ranges do not overlap."""
    for peering in deployed.of(VPC_PEERING_CONNECTION):
        near, far = deployed.owner(peering.get("VpcId")), deployed.owner(peering.get("PeerVpcId"))
        if near is None or far is None:
            continue
        asked = peering.text("PeerRegion") or peering.region
        if asked != far.region:
            message = f"`{peering.id}` names {asked} as the region of the other VPC, which is in {far.region}"
            yield Finding(DR456, message, peering.owner, related=((far.owner, "the other VPC"),))
        if _overlap(near.text("CidrBlock"), far.text("CidrBlock")):
            message = f"`{peering.id}` connects {near.text('CidrBlock')} and {far.text('CidrBlock')}, which overlap"
            yield Finding(
                DR456, message, peering.owner, related=((near.owner, "one range"), (far.owner, "the other range"))
            )
        for here, there in ((near, far), (far, near)):
            leading = {route.get("RouteTableId") for route in deployed.of(ROUTE)
                       if _leads(deployed, route, peering, here, there)}  # fmt: skip
            if not leading:
                message = (
                    f"{here.region} has no route to {there.text('CidrBlock')} in {there.region} through `{peering.id}`"
                )
                yield Finding(DR456, message, peering.owner, related=((here.owner, "has no route back"),))
                continue
            for subnet in deployed.within(here.stack, SUBNET):
                if not _tables(deployed, subnet) & leading:
                    message = f"`{subnet.id}` in {here.region} has no route to {there.region} through `{peering.id}`"
                    yield Finding(DR456, message, subnet.owner, related=((peering.owner, "the peering connection"),))


def _tables(deployed: Deployed, subnet: Resource) -> set[Json]:
    """The route tables that a subnet is associated with."""
    found = deployed.within(subnet.stack, SUBNET_ROUTE_TABLE_ASSOCIATION)
    return {item.get("RouteTableId") for item in found if item.get("SubnetId") == subnet.ref}


def _overlap(one: str, other: str) -> bool:
    try:
        return ip_network(one).overlaps(ip_network(other))
    except (ValueError, TypeError):
        return False


def _leads(deployed: Deployed, route: Resource, peering: Resource, here: Resource, there: Resource) -> bool:
    """Whether a route of one VPC leads through the peering to the whole range of the other."""
    table = deployed.owner(route.get("RouteTableId"))
    try:
        target = ip_network(route.text("DestinationCidrBlock"))
        covered = ip_network(there.text("CidrBlock")).subnet_of(target)  # type: ignore[arg-type]
    except (ValueError, TypeError):
        return False
    inside = table is not None and table.get("VpcId") == here.ref
    return inside and covered and route.get("VpcPeeringConnectionId") == peering.ref


DR457 = Rule(
    "DR457",
    "group-region",
    says="a security group refers to a security group in another region",
    why="EC2 rejects the rule.",
    fix="use the address range of the other side",
    source=DOCS + "vpc/latest/peering/vpc-peering-basics.html",
    traps=(36,),
)


@reports(DR457)
def group_references(deployed: Deployed) -> Iterator[Finding]:
    """A security group can refer to security groups of its own region only."""
    for group in deployed.of(*_GROUPS):
        rules = [*group.list("SecurityGroupIngress"), *group.list("SecurityGroupEgress"), group.properties]
        for rule in rules:
            for member in ("SourceSecurityGroupId", "DestinationSecurityGroupId"):
                named = deployed.owner(members(rule).get(member))
                if named is not None and named.region != group.region:
                    message = f"`{group.id}` in {group.region} refers to `{named.id}` in {named.region}"
                    related = ((named.owner, "the other group"),)
                    yield Finding(
                        DR457,
                        message,
                        group.owner,
                        related=related,
                        help="use the address range of the other side",
                    )


DR458 = Rule(
    "DR458",
    "far-call",
    says="a function has no network path to a service in another region",
    why="A gateway endpoint reaches only its own region, so calls to another region time out.",
    fix="add an interface endpoint of the service to the VPC of the other region, or remove the call",
    source=DOCS + "vpc/latest/privatelink/vpc-endpoints-ddb.html",
    traps=(37,),
)


@reports(DR458)
def far_calls(deployed: Deployed) -> Iterator[Finding]:
    """A function without internet access reaches another region only through an interface endpoint there."""
    for function in deployed.of(FUNCTION):
        subnets = [deployed.owner(value) for value in function.list("VpcConfig", "SubnetIds")]
        vpc = next((subnet.get("VpcId") for subnet in subnets if subnet is not None), None)
        if vpc is None or _has_way_out(deployed, vpc):
            continue
        for service, region in sorted(_wanted(deployed, function)):
            if not any(interface_endpoints(deployed, vpc, service, region)):
                message = (
                    f"`{function.id}` in {function.region} uses {service} in {region}, which its gateway endpoint "
                    f"does not reach: calls time out"
                )
                yield Finding(DR458, message, function.owner)


def _has_way_out(deployed: Deployed, vpc: Json) -> bool:
    """Whether a VPC has a default route to a gateway."""
    for route in deployed.of(ROUTE):
        table = deployed.owner(route.get("RouteTableId"))
        if table is not None and table.get("VpcId") == vpc and route.get("DestinationCidrBlock") == "0.0.0.0/0":
            return True
    return False


def _wanted(deployed: Deployed, function: Resource) -> set[tuple[str, str]]:
    """Service and region of what a function has permissions for, or is configured to use, in other regions."""
    found: set[tuple[str, str]] = set()
    role = deployed.owner(function.get("Role"))
    for statement in granted(deployed, role) if role else ():
        for resource in statement.resources if statement.allows else ():
            named = arn(resource)
            if named is None or named.service not in _BY_GATEWAY:
                continue
            bucket = deployed.owner(f"arn:{named.partition}:s3:::{named.resource.split('/')[0]}")
            region = named.region or (bucket.region if bucket else "")
            if region and region != function.region and "*" not in region:
                found.add((named.service, region))
    for entry in told_buckets(function):
        if entry.get("mode") == "dual-write" and text(entry.get("peer_region")) not in ("", function.region):
            found.add(("s3", text(entry["peer_region"])))
    return found


def told_buckets(function: Resource) -> list[dict[str, Json]]:
    """The buckets that the environment of a function describes."""
    try:
        described = json.loads(function.text("Environment", "Variables", "BUCKETS") or "{}")
    except ValueError:
        return []
    return [item for item in members(described).values() if isinstance(item, dict)]


def interface_endpoints(deployed: Deployed, vpc: Json, service: str, region: str) -> Iterator[Resource]:
    """The interface endpoints of a service that a VPC reaches in the peered VPC of another region."""
    peered: set[Json] = set()
    for peering in deployed.of(VPC_PEERING_CONNECTION):
        ends = [peering.get("VpcId"), peering.get("PeerVpcId")]
        if vpc in ends:
            peered.update(str(end) for end in ends if end != vpc)
    for endpoint in deployed.of(VPC_ENDPOINT):
        served = endpoint.text("ServiceName") == f"com.amazonaws.{region}.{service}"
        interface = endpoint.get("VpcEndpointType") == "Interface"
        if served and interface and endpoint.region == region and endpoint.get("VpcId") in peered:
            yield endpoint


DR489 = Rule(
    "DR489",
    "zones-by-name",
    says="a property that AWS fixes at creation depends on `Fn::GetAZs`",
    why="The order of the zones is not guaranteed, and where the default VPC lacks a subnet, zones are missing. An "
    "unrelated update then replaces the resource, or the first deployment fails.",
    fix="write the id of the zone, for example `AvailabilityZoneId` with `use1-az1`",
    source=DOCS + "AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getavailabilityzones.html",
    traps=(64,),
)


@reports(DR489)
def zones(deployed: Deployed) -> Iterator[Finding]:
    """No create-only property is the answer of `Fn::GetAZs`, by itself or selected from it."""
    for resource in (item for item in deployed.resources if "Fn::GetAZs" in item.functions):
        properties = members(resource.body.get("Properties"))
        asking = [name for name, value in properties.items() if "Fn::GetAZs" in keys(value)]
        known = schema(resource.type, resource.region) if asking else None
        fixed = {pointer[0] for pointer in (*known.created, *known.sometimes)} if known else set()
        for name in asking:
            if name in fixed:
                message = (
                    f"`{name}` of `{resource.id}` depends on `Fn::GetAZs`, and another value replaces the resource"
                )
                yield Finding(DR489, message, resource.owner)
