"""VPC: private subnets in each serving region with no way out but endpoints and the peering.

The primary stack asks for the peering, since that is where CloudFormation also accepts it; routes are needed on
both sides. https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html (read 2026-11-22)
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Network, NetmaskValueError

from compiler.aws import regions
from compiler.aws.facts import vpc as facts
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Route
from compiler.findings.finding import Finding
from compiler.ir import policies
from compiler.ir.elements import (
    ACCOUNT,
    Block,
    Element,
    Gate,
    If,
    Json,
    OptionalRef,
    Output,
    Ref,
    StackId,
    join,
    pascal,
)
from compiler.ir.names import arn, physical
from compiler.ir.template import View
from compiler.services import iam, logs
from compiler.spec.data import BucketWrite
from compiler.topology.model import Topology

_HTTPS = 443


class VpcView(View, partial="vpc/vpc.json.j2"):
    id: str
    cidr: str
    tags: Json


class SubnetView(View, partial="vpc/subnet.json.j2", ids=("id", "association_id")):
    id: str
    association_id: str
    vpc_id: Ref
    route_table_id: Ref
    cidr: str
    zone: int
    tags: Json


class RouteTableView(View, partial="vpc/route-table.json.j2"):
    id: str
    vpc_id: Ref
    tags: Json


class SecurityGroupView(View, partial="vpc/security-group.json.j2"):
    id: str
    name: Json
    description: str
    vpc_id: Ref
    ingress: Json
    egress: Json
    reasons: Json
    tags: Json


class GatewayEndpointView(View, partial="vpc/gateway-endpoint.json.j2"):
    id: str
    service: Json
    vpc_id: Ref
    route_table_id: Ref
    policy: Json
    reasons: Json
    tags: Json


class InterfaceEndpointView(View, partial="vpc/interface-endpoint.json.j2"):
    id: str
    service: Json
    vpc_id: Ref
    subnet_ids: tuple[Ref, ...]
    security_group_id: Ref
    private_dns: bool
    policy: Json
    reasons: Json
    tags: Json


class FlowLogView(View, partial="vpc/flow-log.json.j2"):
    id: str
    vpc_id: Ref
    group: Ref
    role_arn: Ref
    seconds: int
    tags: Json


class PeeringView(View, partial="vpc/peering.json.j2"):
    id: str
    vpc_id: Ref
    peer_vpc_id: Ref
    peer_region: str
    tags: Json


class RouteView(View, partial="vpc/route.json.j2"):
    id: str
    route_table_id: Ref
    cidr: str
    peering_id: Ref


def vpc(stack: StackId) -> Ref:
    return Ref(stack, "Vpc")


def subnet_ids(topology: Topology, stack: StackId) -> tuple[Ref, ...]:
    """The private subnets, one for each zone."""
    return tuple(Ref(stack, f"PrivateSubnet{n + 1}") for n in range(topology.region(stack).zones))


def _routes(stack: StackId) -> Ref:
    """The route table of the private subnets."""
    return Ref(stack, "PrivateRoutes")


def _function_group(stack: StackId) -> Ref:
    return Ref(stack, "FunctionSecurityGroup")


def function_group(stack: StackId) -> Ref:
    """The id of the functions' security group."""
    return _function_group(stack).att("GroupId")


def _endpoint_group(stack: StackId) -> Ref:
    return Ref(stack, "EndpointSecurityGroup")


def _peer_endpoint(stack: StackId) -> Ref:
    """The endpoint of S3 that the other region's functions use."""
    return Ref(stack, "EndpointS3Peer")


def _peering_ref(topology: Topology) -> Ref:
    return Ref(topology.primary, "Peering")


def storage_endpoint(stack: StackId) -> If:
    """URL at which the other region reaches this region's S3 through the peering; empty until it is known.

    A gateway endpoint serves its own VPC only, so the far side needs an interface endpoint.
    """
    host = _peer_endpoint(stack).att("Host")
    return If(Gate((host,)), join("https://bucket", OptionalRef(host)), "")


def cidr(topology: Topology, stack: StackId) -> str:
    return topology.region(stack).cidr or ""


def _named(topology: Topology, stack: StackId, kind: str, entry: str | None = None) -> Json:
    return ({"Key": "Name", "Value": physical(kind, entry)}, *topology.tag_list(stack))


def declare(topology: Topology) -> Iterator[Element]:
    for stack in topology.serving:
        at: Route = ("regions", topology.position(stack))
        yield from _network(topology, stack, at)
        yield from _groups(topology, stack, at)
        yield from _endpoints(topology, stack)
        yield from _flow_log(topology, stack, at)
        yield from _peering(topology, stack, at)
        says = "Ids of the private subnets, separated by commas."
        yield Output(stack, "VpcId", vpc(stack), f"Id of the VPC in {stack.region}.", at)
        ids = subnet_ids(topology, stack)
        yield Output(stack, "PrivateSubnetIds", {"Fn::Join": (",", ids)}, says, at)
        says = "Id of the security group of functions."
        yield Output(stack, "FunctionSecurityGroupId", function_group(stack), says, at)


def _network(topology: Topology, stack: StackId, at: Route) -> Iterator[Element]:
    view = VpcView(vpc(stack).resource, cidr(topology, stack), _named(topology, stack, "vpc"))
    yield Block(stack, view, (*at, "cidr"))
    table = RouteTableView(_routes(stack).resource, vpc(stack), _named(topology, stack, "route-table", "private"))
    yield Block(stack, table, at)
    ranges = _subnets(cidr(topology, stack), topology.region(stack).zones)
    for zone, (ref, part) in enumerate(zip(subnet_ids(topology, stack), ranges, strict=True)):
        subnet = SubnetView(
            id=ref.resource,
            association_id=f"{ref.resource}Routes",
            vpc_id=vpc(stack),
            route_table_id=_routes(stack),
            cidr=part,
            zone=zone,
            tags=_named(topology, stack, "subnet", f"private-{zone + 1}"),
        )
        yield Block(stack, subnet, (*at, "zones"))


def _subnets(range_: str, zones: int) -> tuple[str, ...]:
    """Equal parts of a range, one for each zone."""
    bits = (zones - 1).bit_length()
    parts = IPv4Network(range_).subnets(prefixlen_diff=bits)
    return tuple(str(part) for _, part in zip(range(zones), parts, strict=False))


def _groups(topology: Topology, stack: StackId, at: Route) -> Iterator[Element]:
    peer = cidr(topology, topology.peer(stack))

    def rule(description: str, **target: Json) -> Json:
        return {"IpProtocol": "tcp", "FromPort": _HTTPS, "ToPort": _HTTPS, "Description": description, **target}

    functions = SecurityGroupView(
        id=_function_group(stack).resource,
        name=physical("security-group", "functions"),
        description="Functions: HTTPS out, nothing in",
        vpc_id=vpc(stack),
        ingress=(),
        # The prefix lists of S3 and DynamoDB have other ids in each region; the route table has no way out
        # but their endpoints and the peering, so the range can be open.
        egress=(rule("HTTPS to endpoints; there is no route to the internet", CidrIp="0.0.0.0/0"),),
        reasons={"Egress": "no route leads out of the VPC but endpoints and the peering"},
        tags=_named(topology, stack, "security-group", "functions"),
    )
    yield Block(stack, functions, at)
    endpoints = SecurityGroupView(
        id=_endpoint_group(stack).resource,
        name=physical("security-group", "endpoints"),
        description="Interface endpoints: HTTPS from functions here and in the other region",
        vpc_id=vpc(stack),
        ingress=(
            rule("Functions of this region", SourceSecurityGroupId=function_group(stack)),
            # Groups cannot be referred to across regions, so the other side is named by its range.
            rule("Functions of the other region, through the peering", CidrIp=peer),
        ),
        # Without a rule of our own the group would allow everything out.
        egress=(rule("Endpoints open no connections", CidrIp="127.0.0.1/32"),),
        reasons={},
        tags=_named(topology, stack, "security-group", "endpoints"),
    )
    yield Block(stack, endpoints, at)


def _endpoints(topology: Topology, stack: StackId) -> Iterator[Element]:
    at: Route = ("network", "endpoints")
    for service in ("s3", "dynamodb"):
        statement = policies.statement(
            "OnlyThisAccountsData",
            (f"{service}:*",),
            "*",
            principal="*",
            condition={"StringEquals": {"aws:ResourceAccount": ACCOUNT}},
            reason="what is allowed is decided by the caller's role; this keeps other accounts' data out of reach",
        )
        gateway = GatewayEndpointView(
            id=f"Endpoint{pascal(service)}",
            service=join(f"com.amazonaws.{stack.region}.{service}"),
            vpc_id=vpc(stack),
            route_table_id=_routes(stack),
            policy=policies.document((statement,)),
            reasons=policies.reasons((statement,)),
            tags=_named(topology, stack, "endpoint", service),
        )
        yield Block(stack, gateway, ("network",))
    if any(bucket.write is BucketWrite.DUAL for bucket in topology.spec.buckets):
        yield from _storage_endpoint(topology, stack)
    for position, name in enumerate(topology.spec.network.endpoints):
        statement = policies.statement(
            "OnlyThisAccount",
            ("*",),
            "*",
            principal="*",
            condition={"StringEquals": {"aws:PrincipalAccount": ACCOUNT}},
            reason="what is allowed is decided by the caller's role; this keeps other accounts' callers out",
        )
        interface = InterfaceEndpointView(
            id=f"Endpoint{pascal(name)}",
            service=join(f"com.amazonaws.{stack.region}.{name}"),
            vpc_id=vpc(stack),
            subnet_ids=subnet_ids(topology, stack),
            security_group_id=_endpoint_group(stack).att("GroupId"),
            private_dns=True,
            policy=policies.document((statement,)),
            reasons=policies.reasons((statement,)),
            tags=_named(topology, stack, "endpoint", name),
        )
        yield Block(stack, interface, (*at, position))


def _storage_endpoint(topology: Topology, stack: StackId) -> Iterator[Element]:
    """The way by which functions of the other region write documents here."""
    at: Route = (
        "buckets",
        next(n for n, b in enumerate(topology.spec.buckets) if b.write is BucketWrite.DUAL),
        "write",
    )
    statement = policies.statement(
        "OnlyThisAccountsData",
        ("s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"),
        "*",
        principal="*",
        condition={"StringEquals": {"aws:ResourceAccount": ACCOUNT, "aws:PrincipalAccount": ACCOUNT}},
        reason="what is allowed is decided by the caller's role; this keeps other accounts' data out of reach",
    )
    view = InterfaceEndpointView(
        id=_peer_endpoint(stack).resource,
        service=join(f"com.amazonaws.{stack.region}.s3"),
        vpc_id=vpc(stack),
        subnet_ids=subnet_ids(topology, stack),
        security_group_id=_endpoint_group(stack).att("GroupId"),
        # Functions here use the gateway endpoint, which the endpoint's private names would take them away from.
        private_dns=False,
        policy=policies.document((statement,)),
        reasons=policies.reasons((statement,)),
        tags=_named(topology, stack, "endpoint", "s3-peer"),
    )
    yield Block(stack, view, at)
    # The first entry reads `zone:*.vpce-....s3.region.vpce.amazonaws.com`; what follows the star is the host.
    first = {"Fn::Select": (0, _peer_endpoint(stack).att("DnsEntries"))}
    host = {"Fn::Select": (1, {"Fn::Split": ("*", first)})}
    says = "Host name of this region's S3 endpoint, after `https://bucket`, for functions of the other region."
    yield Output(stack, _peer_endpoint(stack).att("Host").output, host, says, at)


def _flow_log(topology: Topology, stack: StackId, at: Route) -> Iterator[Element]:
    group, role = Ref(stack, "FlowLogGroup"), Ref(stack, "FlowLogRole")
    yield logs.group(topology, group, "flow-log", at)
    yield iam.role(
        topology, role, "flow-log", f"Writes the flow log of the VPC in {stack.region}.",
        iam.assumed_by("vpc-flow-logs", arn("ec2", stack.region, "vpc-flow-log/*")),
        (
            policies.statement(
                "WriteFlowLog",
                ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
                arn("logs", stack.region, join("log-group:", logs.group_name("flow-log"), ":*")),
                reason="`*` stands for the streams of one log group",
            ),
        ),
        at,
    )  # fmt: skip
    view = FlowLogView(
        id="FlowLog",
        vpc_id=vpc(stack),
        group=group,
        role_arn=role.att("Arn"),
        seconds=facts.FLOW_LOG_SECONDS.value[0],
        tags=_named(topology, stack, "flow-log"),
    )
    yield Block(stack, view, at)


def _peering(topology: Topology, stack: StackId, at: Route) -> Iterator[Element]:
    peering = _peering_ref(topology)
    if stack == topology.primary:
        view = PeeringView(
            id=peering.resource,
            vpc_id=vpc(stack),
            peer_vpc_id=vpc(topology.secondary),
            peer_region=topology.secondary.region,
            tags=_named(topology, stack, "peering"),
        )
        yield Block(stack, view, at)
        says = f"Id of the peering between {topology.primary.region} and {topology.secondary.region}."
        yield Output(stack, "PeeringId", peering, says, at)
    route = RouteView("PeerRoute", _routes(stack), cidr(topology, topology.peer(stack)), peering)
    yield Block(stack, route, at)


def rules(topology: Topology) -> Iterator[Finding]:
    networks: list[tuple[Route, IPv4Network]] = []
    for position, region in enumerate(topology.spec.regions):
        at: Route = ("regions", position, "cidr")
        most = regions.zones(region.region)
        if most is not None and region.zones > most and region.role != "replica":
            message = f"`{region.region}` has {most} availability zones, not {region.zones}"
            where = ("regions", position, "zones" if "zones" in region.model_fields_set else "region")
            yield Finding(Code.DR415, message, where, help=f"write `zones: {most}`")
        if region.cidr is None:
            if region.role != "replica":
                message = f"`{region.region}` serves clients and needs an address range for its VPC"
                yield Finding(Code.DR304, message, ("regions", position), "no `cidr`", help="add `cidr: 10.x.0.0/16`")
            continue
        try:
            network = IPv4Network(region.cidr)
        except (AddressValueError, NetmaskValueError, ValueError):
            yield Finding(Code.DR304, f"`{region.cidr}` is not an address range{_meant(region.cidr)}", at)
            continue
        if not facts.PREFIX_MIN.value <= network.prefixlen <= facts.PREFIX_MAX.value:
            low, high = facts.PREFIX_MIN.value, facts.PREFIX_MAX.value
            yield Finding(
                Code.DR304, f"the range of a VPC must be from /{low} to /{high}, not /{network.prefixlen}", at
            )
        elif not network.is_private:
            yield Finding(Code.DR304, f"`{network}` is not a private address range", at)
        elif network.prefixlen + (region.zones - 1).bit_length() > facts.PREFIX_MAX.value:
            message = f"`{network}` cannot be divided into {region.zones} subnets of at least 16 addresses"
            yield Finding(Code.DR412, message, at, related=((("regions", position, "zones"), "subnets"),))
        for before, other in networks:
            if other.overlaps(network):
                message = f"`{network}` overlaps `{other}`: peered networks must not overlap"
                yield Finding(Code.DR304, message, at, related=((before, "the other range"),))
        networks.append((at, network))


def _meant(text: str) -> str:
    """What a range with host bits set most likely means."""
    try:
        return f"; it is in the range `{IPv4Network(text, strict=False)}`"
    except (AddressValueError, NetmaskValueError, ValueError):
        return ""
