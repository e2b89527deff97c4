"""VPC: private subnets with no way out but endpoints and the peering, and routes on both sides of it."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network

import pytest

from compiler.aws import regions
from compiler.pipeline import compile_document
from compiler.reading.document import load_document
from tests.helpers import ODD, Topology, each_odd_spec, listed, odd, shipped, statements, topology_of
from tests.services.placement import placed
from tests.world import Stack

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
    "EndpointS3", "EndpointDynamodb",
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
        assert len({subnet.properties["AvailabilityZoneId"] for subnet in subnets}) == len(subnets)
        assert {subnet.properties["VpcId"] for subnet in subnets} == {vpc.ref}
        tables = {
            a.properties["SubnetId"]: a.properties["RouteTableId"] for a in stack.of("EC2::SubnetRouteTableAssociation")
        }
        assert tables == {subnet.ref: stack.one("EC2::RouteTable").ref for subnet in subnets}
        assert vpc.properties["EnableDnsSupport"] is True
        assert vpc.properties["EnableDnsHostnames"] is True


FIRST = {
    "us-east-1": "use1-az1 use1-az2 use1-az4 use1-az5 use1-az6",
    "us-west-1": "usw1-az1 usw1-az3",
    "us-west-2": "usw2-az1 usw2-az2 usw2-az3 usw2-az4",
    "ap-northeast-1": "apne1-az1 apne1-az4 apne1-az2",
    "ap-northeast-2": "apne2-az1 apne2-az2 apne2-az3",
    "ap-east-1": "ape1-az2 ape1-az3 ape1-az1",
    "ca-central-1": "cac1-az1 cac1-az2 cac1-az4",
    "eu-west-2": "euw2-az1 euw2-az2 euw2-az3",
    "eu-west-3": "euw3-az1 euw3-az3 euw3-az2",
}
"""The zones that a number takes. A list may become longer at its end; nothing in it may ever move, since a deployed
subnet would have to move with it."""


@pytest.mark.parametrize("region", [name for name in regions.COMMERCIAL if regions.zone_ids(name)])
def test_a_number_takes_the_same_zones_for_ever(region: str) -> None:
    ids = regions.zone_ids(region)
    first = FIRST.get(region, " ".join(ids)).split()
    order = regions.zones_in_order(region)
    assert [*order[: len(first)]] == first
    assert len(set(order)) == len(order) >= 2
    assert set(order) <= set(ids)
    assert {regions.region_of_zone(zone) for zone in ids} == {region}


@pytest.mark.parametrize(
    ("zones", "expected"),
    [
        ("2", {"use1-az1": "192.168.0.0/23", "use1-az2": "192.168.2.0/23"}),
        ("[use1-az6, use1-az2]", {"use1-az6": "192.168.0.0/23", "use1-az2": "192.168.2.0/23"}),
        ("3", {"use1-az1": "192.168.0.0/23", "use1-az2": "192.168.2.0/23", "use1-az4": "192.168.4.0/23"}),
        ("5", {f"use1-az{n}": f"192.168.{2 * at}.0/23" for at, n in enumerate((1, 2, 4, 5, 6))}),
    ],
)
def test_a_zone_has_an_eighth_of_the_range_by_its_position(zones: str, expected: dict[str, str]) -> None:
    text = (ODD / "other-routes.yaml").read_text(encoding="utf-8")
    document = load_document(
        text.replace("192.168.0.0/20, zones: 4", f"192.168.0.0/20, zones: {zones}"), "other-routes.yaml"
    )
    made = topology_of(compile_document(document, lint=False).bundle.files)
    subnets = (resource.properties for resource in made.primary.of("EC2::Subnet"))
    assert {subnet["AvailabilityZoneId"]: subnet["CidrBlock"] for subnet in subnets} == expected


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
        ("minimal", set()),
        ("four-functions", {"kms", "sts", "lambda", "sqs", "secretsmanager", "monitoring", "xray"}),
        ("limits", set()),
    ],
)
def test_a_service_that_nothing_calls_has_no_interface_endpoint(name: str, services: set[str]) -> None:
    for stack in odd(name).serving:
        found = [e for e in stack.of("EC2::VPCEndpoint") if e.properties["VpcEndpointType"] == "Interface"]
        assert {e.properties["ServiceName"] for e in found} == {f"com.amazonaws.{stack.region}.{s}" for s in services}
        subnets = [subnet.ref for subnet in stack.of("EC2::Subnet")]
        for endpoint in found:
            assert endpoint.properties["PrivateDnsEnabled"] is True
            assert sorted(endpoint.properties["SubnetIds"]) == sorted(subnets)
            assert endpoint.properties["SecurityGroupIds"] == [f"<{stack.name}/EndpointSecurityGroup.GroupId>"]


def test_gateway_endpoints_serve_the_private_route_table() -> None:
    for stack in shipped().serving:
        found = [e for e in stack.of("EC2::VPCEndpoint") if e.properties["VpcEndpointType"] == "Gateway"]
        names = {f"com.amazonaws.{stack.region}.s3", f"com.amazonaws.{stack.region}.dynamodb"}
        assert {e.properties["ServiceName"] for e in found} == names
        for endpoint in found:
            assert endpoint.properties["RouteTableIds"] == [stack.one("EC2::RouteTable").ref]


def test_documents_written_to_both_regions_need_sts_and_a_way_to_the_other_region() -> None:
    topology = odd("dual-write")

    def role(stack: Stack) -> str:
        return f"arn:aws:iam::123456789012:role/{stack.resources['CrossRegionRole'].properties['RoleName']}"

    for here, there in (topology.serving, topology.serving[::-1]):
        sts = here.resources["EndpointSts"].properties
        assert (sts["ServiceName"], sts["PrivateDnsEnabled"]) == (f"com.amazonaws.{here.region}.sts", True)
        (statement,) = statements(sts["PolicyDocument"])
        assert (statement["Action"], statement["Resource"]) == ("sts:AssumeRole", role(there))
        # The other region's functions come under the role that they assume here, and write this bucket.
        peer = here.resources["EndpointS3Peer"].properties
        (statement,) = statements(peer["PolicyDocument"])
        assert statement["Condition"] == {"ArnEquals": {"aws:PrincipalArn": role(here)}}
        bucket = here.resources["BucketDeeds"].properties["BucketName"]
        assert listed(statement["Resource"]) == [f"arn:aws:s3:::{bucket}/*"]


@pytest.mark.parametrize("name", each_odd_spec())
def test_an_endpoint_lets_through_this_systems_roles_in_its_region_only(name: str) -> None:
    for stack in odd(name).serving:
        for endpoint in stack.of("EC2::VPCEndpoint"):
            (statement,) = statements(endpoint.properties["PolicyDocument"])
            service = endpoint.properties["ServiceName"].rpartition(".")[2]
            prefix = {"monitoring": "cloudwatch", "kinesis-streams": "kinesis"}.get(service, service)
            assert {action.partition(":")[0] for action in listed(statement["Action"])} == {prefix}
            (condition,) = [value for name, value in statement["Condition"].items() if name.startswith("Arn")]
            role = condition["aws:PrincipalArn"]
            assert role.startswith("arn:aws:iam::123456789012:role/role-")
            assert role.endswith(f"-{stack.region}")
            if statement["Resource"] == "*":
                assert statement["Condition"]["StringEquals"] == {"aws:ResourceAccount": "123456789012"}


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
