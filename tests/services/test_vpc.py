"""VPC: private subnets with no way out but endpoints and the peering, and routes on both sides of it."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network

import pytest

from tests.helpers import Topology, each_odd_spec, odd, shipped
from tests.services.placement import placed

TYPES = (
    "EC2::VPC",
    "EC2::Subnet",
    "EC2::SubnetRouteTableAssociation",
    "EC2::RouteTable",
    "EC2::Route",
    "EC2::SecurityGroup",
    "EC2::VPCEndpoint",
    "EC2::VPCPeeringConnection",
    "EC2::FlowLog",
)
NETWORK = {
    "Vpc", "PrivateRoutes", "PeerRoute", "FlowLog", "FunctionSecurityGroup", "EndpointSecurityGroup",
    "EndpointS3", "EndpointDynamodb", "EndpointKms", "EndpointSns", "EndpointSts", "EndpointLogs",
    "PrivateSubnet1", "PrivateSubnet1Routes", "PrivateSubnet2", "PrivateSubnet2Routes",
}  # fmt: skip
THIRD = {"PrivateSubnet3", "PrivateSubnet3Routes"}
WAYS_OUT = {
    "AWS::EC2::InternetGateway",
    "AWS::EC2::NatGateway",
    "AWS::EC2::EIP",
    "AWS::EC2::EgressOnlyInternetGateway",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::EC2::TransitGateway",
    "AWS::EC2::VPNGateway",
}


@pytest.mark.parametrize(
    ("topology", "expected"),
    [
        (shipped, {"primary": NETWORK | THIRD | {"Peering"}, "secondary": NETWORK | THIRD}),
        (lambda: odd("three-regions"), {"primary": NETWORK | {"Peering"}, "secondary": NETWORK}),
    ],
    ids=["two regions", "three regions, two zones"],
)
def test_placement(topology: Callable[[], Topology], expected: dict[str, set[str]]) -> None:
    """Replicas serve nobody and have no network; the primary asks for the peering."""
    assert placed(topology, TYPES) == expected


@pytest.mark.parametrize("name", each_odd_spec())
def test_nothing_leads_out(name: str) -> None:
    topology = odd(name)
    assert not WAYS_OUT & {resource.type for resource in topology.resources()}
    for subnet in topology.all("EC2::Subnet"):
        assert subnet.properties["MapPublicIpOnLaunch"] is False
    for route in topology.all("EC2::Route"):
        assert set(route.properties) == {"RouteTableId", "DestinationCidrBlock", "VpcPeeringConnectionId"}


@pytest.mark.parametrize("name", each_odd_spec())
def test_subnets_divide_the_range_over_zones(name: str) -> None:
    for stack in odd(name).serving:
        vpc = stack.one("EC2::VPC")
        subnets = stack.of("EC2::Subnet")
        assert len(subnets) >= 2
        ranges = [ip_network(subnet.properties["CidrBlock"]) for subnet in subnets]
        whole = ip_network(vpc.properties["CidrBlock"])
        for position, part in enumerate(ranges):
            assert part.subnet_of(whole)  # type: ignore[arg-type]
            assert part.num_addresses >= 16
            assert not any(part.overlaps(other) for other in ranges[position + 1 :])
        assert len({subnet.properties["AvailabilityZone"] for subnet in subnets}) == len(subnets)
        assert {subnet.properties["VpcId"] for subnet in subnets} == {vpc.ref}
        tables = {
            a.properties["SubnetId"]: a.properties["RouteTableId"] for a in stack.of("EC2::SubnetRouteTableAssociation")
        }
        assert tables == {subnet.ref: stack.one("EC2::RouteTable").ref for subnet in subnets}
        assert vpc.properties["EnableDnsSupport"] is True
        assert vpc.properties["EnableDnsHostnames"] is True


@pytest.mark.parametrize("name", each_odd_spec())
def test_routes_through_the_peering_on_both_sides(name: str) -> None:
    topology = odd(name)
    primary, secondary = topology.serving
    peering = primary.one("EC2::VPCPeeringConnection")
    assert peering.properties["VpcId"] == primary.one("EC2::VPC").ref
    assert peering.properties["PeerVpcId"] == secondary.one("EC2::VPC").ref
    assert peering.properties["PeerRegion"] == secondary.region
    for here, there in ((primary, secondary), (secondary, primary)):
        route = here.one("EC2::Route").properties
        assert route["RouteTableId"] == here.one("EC2::RouteTable").ref
        assert route["DestinationCidrBlock"] == there.one("EC2::VPC").properties["CidrBlock"]
        assert route["VpcPeeringConnectionId"] == peering.ref


def test_endpoints_take_https_from_functions_here_and_from_the_other_range() -> None:
    """Security groups cannot be named across regions, so the other side is named by its range."""
    primary, secondary = shipped().serving
    for here, there in ((primary, secondary), (secondary, primary)):
        functions = here.resources["FunctionSecurityGroup"]
        endpoints = here.resources["EndpointSecurityGroup"]
        rules = endpoints.properties["SecurityGroupIngress"]
        assert {(rule["FromPort"], rule["ToPort"], rule["IpProtocol"]) for rule in rules} == {(443, 443, "tcp")}
        assert [rule.get("SourceSecurityGroupId") or rule.get("CidrIp") for rule in rules] == [
            f"<{here.name}/FunctionSecurityGroup.GroupId>",
            there.one("EC2::VPC").properties["CidrBlock"],
        ]
        assert functions.properties["SecurityGroupIngress"] == []
        assert [rule["ToPort"] for rule in functions.properties["SecurityGroupEgress"]] == [443]
        assert endpoints.properties["SecurityGroupEgress"][0]["CidrIp"] == "127.0.0.1/32"


@pytest.mark.parametrize(
    ("name", "services"),
    [
        ("minimal", {"kms", "sns", "sts", "logs"}),
        ("four-functions", {"kms", "sts", "lambda", "sqs", "secretsmanager", "monitoring", "xray"}),
        ("limits", set()),
    ],
)
def test_interface_endpoints_are_those_asked_for(name: str, services: set[str]) -> None:
    for stack in odd(name).serving:
        found = [e for e in stack.of("EC2::VPCEndpoint") if e.properties["VpcEndpointType"] == "Interface"]
        assert {e.properties["ServiceName"] for e in found} == {f"com.amazonaws.{stack.region}.{s}" for s in services}
        subnets = [subnet.ref for subnet in stack.of("EC2::Subnet")]
        for endpoint in found:
            assert endpoint.properties["PrivateDnsEnabled"] is True
            assert sorted(endpoint.properties["SubnetIds"]) == sorted(subnets)
            assert endpoint.properties["SecurityGroupIds"] == [f"<{stack.name}/EndpointSecurityGroup.GroupId>"]


def test_gateway_endpoints_serve_the_private_route_table_and_this_account_only() -> None:
    for stack in shipped().serving:
        found = [e for e in stack.of("EC2::VPCEndpoint") if e.properties["VpcEndpointType"] == "Gateway"]
        names = {f"com.amazonaws.{stack.region}.s3", f"com.amazonaws.{stack.region}.dynamodb"}
        assert {e.properties["ServiceName"] for e in found} == names
        for endpoint in found:
            assert endpoint.properties["RouteTableIds"] == [stack.one("EC2::RouteTable").ref]
            (statement,) = endpoint.properties["PolicyDocument"]["Statement"]
            assert statement["Condition"] == {"StringEquals": {"aws:ResourceAccount": "123456789012"}}


def test_the_flow_log_of_each_vpc_goes_to_a_group_its_role_may_write() -> None:
    for stack in shipped().serving:
        flow = stack.one("EC2::FlowLog").properties
        assert flow["ResourceId"] == stack.one("EC2::VPC").ref
        assert flow["TrafficType"] == "ALL"
        assert flow["LogGroupName"] == stack.resources["FlowLogGroup"].ref
        assert flow["DeliverLogsPermissionArn"] == stack.resources["FlowLogRole"].arn
        (statement,) = stack.resources["FlowLogRole"].properties["Policies"][0]["PolicyDocument"]["Statement"]
        group = stack.resources["FlowLogGroup"].properties["LogGroupName"]
        assert statement["Resource"] == f"arn:aws:logs:{stack.region}:123456789012:log-group:{group}:*"
