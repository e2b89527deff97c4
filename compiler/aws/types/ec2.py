"""Resource types of Amazon EC2 and Amazon VPC."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from compiler.aws.types import logs
from compiler.aws.types.record import Holding, Name, ResourceType, members_needed
from compiler.aws.types.update_rules import Action, Data, Update, update_rule

FLOW_LOG = "AWS::EC2::FlowLog"
ROUTE = "AWS::EC2::Route"
ROUTE_TABLE = "AWS::EC2::RouteTable"
SECURITY_GROUP = "AWS::EC2::SecurityGroup"
SECURITY_GROUP_EGRESS = "AWS::EC2::SecurityGroupEgress"
SECURITY_GROUP_INGRESS = "AWS::EC2::SecurityGroupIngress"
SUBNET = "AWS::EC2::Subnet"
SUBNET_ROUTE_TABLE_ASSOCIATION = "AWS::EC2::SubnetRouteTableAssociation"
VOLUME = "AWS::EC2::Volume"
VPC = "AWS::EC2::VPC"
VPC_ENDPOINT = "AWS::EC2::VPCEndpoint"
VPC_PEERING_CONNECTION = "AWS::EC2::VPCPeeringConnection"
_REFERENCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"


@update_rule("its rules change", _REFERENCE + "aws-resource-ec2-securitygroup.html", action=Action.INTERRUPTED)
def _rules(update: Update) -> Iterator[str]:
    if update.changed("SecurityGroupIngress") or update.changed("SecurityGroupEgress"):
        yield "for a short time no connection through the group is possible"


@update_rule("its tenancy changes to dedicated", _REFERENCE + "aws-resource-ec2-vpc.html", action=Action.REPLACED)
def _dedicated(update: Update) -> Iterator[str]:
    old, new = (value or "default" for value in update.both("InstanceTenancy"))
    if old != new and new != "default":
        yield f"a change from {old} to {new} replaces the VPC; a change from dedicated to default does not"


TYPES = (
    ResourceType(
        FLOW_LOG,
        name=None,
        holds=None,
        needs=members_needed(
            ("LogGroupName", "its log group"), ("DeliverLogsPermissionArn", "its role"), kinds=(logs.LOG_GROUP,)
        ),
    ),
    ResourceType(
        ROUTE,
        name=None,
        holds=None,
        identity=("RouteTableId", "DestinationCidrBlock"),
        needs=members_needed(
            ("VpcPeeringConnectionId", "the peering connection that it uses, accepted"),
            ("RouteTableId", "its route table"),
        ),
        left="it continues to route traffic",
    ),
    ResourceType(ROUTE_TABLE, name=None, holds=None),
    ResourceType(
        SECURITY_GROUP,
        # Up to 255 characters, and only the environment and its suffix vary; unique below its VPC:
        # https://docs.aws.amazon.com/vpc/latest/userguide/creating-security-groups.html (read 2026-11-22)
        name=Name("GroupName", None, None),
        holds=None,
        identity=("VpcId", "GroupName"),
        attributes=MappingProxyType({"GroupId": "{id}", "Id": "{id}"}),
        updates=(_rules,),
    ),
    ResourceType(SUBNET, name=None, holds=None),
    ResourceType(SUBNET_ROUTE_TABLE_ASSOCIATION, name=None, holds=None),
    ResourceType(VOLUME, name=None, holds=Holding("the files", Data.LOST)),
    ResourceType(
        VPC,
        name=None,
        holds=None,
        attributes=MappingProxyType({"VpcId": "{id}"}),
        replaced="everything in it is created again in the new VPC",
        settled=frozenset({("InstanceTenancy",)}),
        updates=(_dedicated,),
    ),
    ResourceType(
        VPC_ENDPOINT,
        name=None,
        holds=None,
        policies=("PolicyDocument",),
        left="it continues to cost money",
    ),
    ResourceType(
        VPC_PEERING_CONNECTION,
        name=None,
        holds=None,
        # https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html (read 2026-11-22)
        identity=("VpcId", "PeerVpcId", "PeerRegion"),
        needs=members_needed(("VpcId", "its VPC"), ("PeerVpcId", "the other VPC")),
        left="it continues to connect the networks",
    ),
)
