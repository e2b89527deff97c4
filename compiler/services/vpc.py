"""VPC: private subnets in each serving region with no way out but endpoints and the peering.

The primary stack asks for the peering, since that is where CloudFormation also accepts it; routes are needed on
both sides. https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html (read 2026-11-22)
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from compiler.aws.facts import prices
from compiler.aws.facts import vpc as facts
from compiler.aws.facts.model import figure
from compiler.diagnostics.model import Route
from compiler.ir import policies
from compiler.ir.elements import (
    ACCOUNT,
    PARTITION,
    Block,
    Element,
    Gate,
    Given,
    If,
    Json,
    OptionalRef,
    Output,
    Ref,
    StackId,
    join,
    pascal,
)
from compiler.ir.names import arn, bucket, physical
from compiler.ir.template import View
from compiler.objectives.costs import Cost, moved, standing, transferred
from compiler.services import existing_networks, iam, kms, logs, networks, s3
from compiler.services.base import views
from compiler.spec.data import BucketWrite
from compiler.spec.regions import EndpointService, ExistingNetwork
from compiler.topology.model import Topology

_HTTPS = 443
_BILLED = "VPC"


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
    zone_id: str
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
    """The VPC of a serving region; its `Ref` is its id."""
    return Ref(stack, "Vpc")


def subnet_ids(topology: Topology, stack: StackId) -> tuple[Ref, ...]:
    """The private subnets, one for each zone."""
    return tuple(_subnet(stack, n) for n, _ in enumerate(existing_networks.zones(topology, stack)))


def _subnet(stack: StackId, position: int) -> Ref:
    return Ref(stack, f"PrivateSubnet{position + 1}")


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
    """The address range of a region as the spec states it; empty for an existing network."""
    return topology.region(stack).cidr or ""


def _named(topology: Topology, stack: StackId, kind: str, entry: str | None = None) -> Json:
    return ({"Key": "Name", "Value": physical(kind, entry)}, *topology.tag_list(stack))


def declare(topology: Topology) -> Iterator[Element]:
    """The network of each serving region, or what the existing one is given."""
    for stack in topology.serving:
        at: Route = ("regions", topology.position(stack))
        if known := existing_networks.existing(topology, stack):
            yield from _given(stack, known)
            yield _function_rules(topology, stack, at)
        else:
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


def _given(stack: StackId, known: ExistingNetwork) -> Iterator[Element]:
    """The network that a central team owns, under the names that our own would have."""
    yield Given(stack, vpc(stack).resource, {None: known.vpc})
    for position, subnet in enumerate(known.subnets):
        yield Given(stack, _subnet(stack, position).resource, {None: subnet.id})
    if known.s3_host:
        yield Given(stack, _peer_endpoint(stack).resource, {"Host": f".{known.s3_host}"})


def _network(topology: Topology, stack: StackId, at: Route) -> Iterator[Element]:
    view = VpcView(vpc(stack).resource, cidr(topology, stack), _named(topology, stack, "vpc"))
    yield Block(stack, view, (*at, "cidr"))
    table = RouteTableView(_routes(stack).resource, vpc(stack), _named(topology, stack, "route-table", "private"))
    yield Block(stack, table, at)
    zones = topology.region(stack).zone_ids
    slots = networks.slots(IPv4Network(cidr(topology, stack)))
    for number, (ref, zone, part) in enumerate(zip(subnet_ids(topology, stack), zones, slots, strict=False), 1):
        subnet = SubnetView(
            id=ref.resource,
            association_id=f"{ref.resource}Routes",
            vpc_id=vpc(stack),
            route_table_id=_routes(stack),
            cidr=str(part),
            zone_id=zone,
            tags=_named(topology, stack, "subnet", f"private-{number}"),
        )
        yield Block(stack, subnet, (*at, "zones"))


def _rule(description: str, **target: Json) -> Json:
    return {"IpProtocol": "tcp", "FromPort": _HTTPS, "ToPort": _HTTPS, "Description": description, **target}


def _function_rules(topology: Topology, stack: StackId, at: Route) -> Block:
    """The security group of the functions."""
    made = existing_networks.existing(topology, stack) is None
    says = "HTTPS to endpoints; there is no route to the internet" if made else "HTTPS, as far as the routes lead"
    reason = "no route leads out of the VPC but endpoints and the peering"
    functions = SecurityGroupView(
        id=_function_group(stack).resource,
        name=physical("security-group", "functions"),
        description="Functions: HTTPS out, nothing in",
        vpc_id=vpc(stack),
        ingress=(),
        # The prefix lists of S3 and DynamoDB have other ids in each region; the route table has no way out
        # but their endpoints and the peering, so the range can be open.
        egress=(_rule(says, CidrIp="0.0.0.0/0"),),
        reasons={"Egress": reason if made else "the owner of the network decides where its routes lead"},
        tags=_named(topology, stack, "security-group", "functions"),
    )
    return Block(stack, functions, at)


def _groups(topology: Topology, stack: StackId, at: Route) -> Iterator[Element]:
    peer = cidr(topology, topology.peer(stack))
    yield _function_rules(topology, stack, at)
    endpoints = SecurityGroupView(
        id=_endpoint_group(stack).resource,
        name=physical("security-group", "endpoints"),
        description="Interface endpoints: HTTPS from functions here and in the other region",
        vpc_id=vpc(stack),
        ingress=(
            _rule("Functions of this region", SourceSecurityGroupId=function_group(stack)),
            # Groups cannot be referred to across regions, so the other side is named by its range.
            _rule("Functions of the other region, through the peering", CidrIp=peer),
        ),
        # Without a rule of our own the group would allow everything out.
        egress=(_rule("Endpoints open no connections", CidrIp="127.0.0.1/32"),),
        reasons={},
        tags=_named(topology, stack, "security-group", "endpoints"),
    )
    yield Block(stack, endpoints, at)


def _endpoints(topology: Topology, stack: StackId) -> Iterator[Element]:
    """Gateways to S3 and DynamoDB, and an interface to each service that something in the VPC calls.

    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html (read 2026-11-26)
    """
    stored = join("arn:", PARTITION, ":s3:::", bucket("bucket", "*", stack.region), "/*")
    held = arn("dynamodb", stack.region, join("table/", physical("table", "*")))
    for service, statement in (
        ("s3", _narrow(topology, stack, iam.OBJECT_ACTIONS, stored)),
        ("dynamodb", _narrow(topology, stack, iam.TABLE_ACTIONS, (held, join(held, "/index/*")))),
    ):
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
    if networks.dual(topology):
        yield from _storage_endpoint(topology, stack)
    for name, at in networks.called(topology):
        yield _interface(topology, stack, f"Endpoint{pascal(name)}", name, _calls(topology, stack, name), at)


def _narrow(
    topology: Topology, stack: StackId, actions: tuple[str, ...], resources: Json, *, outside: bool = False
) -> policies.Statement:
    """What an endpoint lets through: this system's roles in this region; `outside` on resources of others.

    Names of roles, tables and buckets end in environment and suffix. A policy that names no entry stays as long as it
    is, however many there are: it may have 20,480 characters.
    """
    condition: dict[str, Json] = {"ArnLike": {"aws:PrincipalArn": iam.role_arn(topology, "*", stack)}}
    if outside:
        condition["StringEquals"] = {"aws:ResourceAccount": ACCOUNT}
    reason = "roles of this system only, each of which says what it may do; `*` stands for its entries"
    return policies.statement("OnlyThisSystem", actions, resources, principal="*", condition=condition, reason=reason)


_PREFIXES = {EndpointService.MONITORING: "cloudwatch", EndpointService.KINESIS: "kinesis"}
"""Prefixes of actions, where they are not the name of the endpoint."""


def _calls(topology: Topology, stack: StackId, name: EndpointService) -> policies.Statement:
    """What an interface endpoint lets through: what the topology calls, else any action on this account's resources."""
    if name is EndpointService.KMS:
        return _narrow(topology, stack, iam.KEY_ACTIONS, kms.key_arn(stack))
    if name is EndpointService.STS and (topology.spec.tables or topology.spec.buckets):
        return _narrow(
            topology, stack, ("sts:AssumeRole",), iam.role_arn(topology, iam.CROSS_REGION, topology.peer(stack))
        )
    return _narrow(topology, stack, (f"{_PREFIXES.get(name, name)}:*",), "*", outside=True)


def _interface(
    topology: Topology, stack: StackId, id_: str, service: str, statement: policies.Statement, at: Route,
    entry: str | None = None,
) -> Block:  # fmt: skip
    """An interface endpoint in all zones; with an `entry` of its own it answers under its own names only."""
    view = InterfaceEndpointView(
        id=id_,
        service=join(f"com.amazonaws.{stack.region}.{service}"),
        vpc_id=vpc(stack),
        subnet_ids=subnet_ids(topology, stack),
        security_group_id=_endpoint_group(stack).att("GroupId"),
        private_dns=entry is None,
        policy=policies.document((statement,)),
        reasons=policies.reasons((statement,)),
        tags=_named(topology, stack, "endpoint", entry or service),
    )
    return Block(stack, view, at)


def _storage_endpoint(topology: Topology, stack: StackId) -> Iterator[Element]:
    """The way by which functions of the other region write documents here, under this region's role."""
    places = networks.dual(topology)
    at: Route = ("buckets", places[0], "write")
    objects = tuple(join(s3.bucket_arn(topology.spec.buckets[place], stack), "/*") for place in places)
    statement = policies.statement(
        "OnlyTheOtherRegion",
        iam.OBJECT_ACTIONS,
        objects,
        principal="*",
        condition={"ArnEquals": {"aws:PrincipalArn": iam.role_arn(topology, iam.CROSS_REGION, stack)}},
        reason="the condition names the one role; `*` in a resource stands for the objects of a bucket",
    )
    # Functions here use the gateway endpoint, which the endpoint's private names would take them away from.
    yield _interface(topology, stack, _peer_endpoint(stack).resource, "s3", statement, at, entry="s3-peer")
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


def costs(topology: Topology) -> Iterator[Cost]:
    """Interface endpoints, each in every zone of its region, and the documents that cross the peering."""
    hours = prices.MONTH_HOURS.value
    for stack in topology.serving:
        found = views(declare(topology), InterfaceEndpointView, stack)
        zones = sum(len(view.subnet_ids) for view in found)
        formula = f"{len(found)} x {len(topology.region(stack).zone_ids)} zones x {hours} h"
        yield standing("vpc.endpoints", _BILLED, stack.region, "interface endpoints", formula, prices.ENDPOINT_HOURS,
                       zones * hours)  # fmt: skip
    for entry in topology.spec.buckets:
        if entry.write is BucketWrite.DUAL:
            rate = topology.capacity.objects[entry.name]
            volume, formula = rate * entry.object_size.bytes, f"{figure(rate)}/s x {entry.object_size}"
            says = f"objects of {entry.name} that the function writes to the other region"
            yield moved(f"vpc.{entry.name}", _BILLED, topology.secondary.region, says, formula, prices.ENDPOINT_DATA,
                        volume)  # fmt: skip
            yield transferred(f"vpc.{entry.name}.transfer", topology.primary.region, says, formula, volume)
