"""VPC and the network between regions: address ranges, quotas, peering. Source: the VPC User Guide."""

from __future__ import annotations

from typing import Final

from compiler.aws.facts.model import Fact, Grade, Source

_GUIDE = "https://docs.aws.amazon.com/vpc/latest/"
_RANGES = Source("Amazon VPC User Guide: VPC CIDR blocks", _GUIDE + "userguide/vpc-cidr-blocks.html")
_SUBNETS = Source("Amazon VPC User Guide: Subnet CIDR blocks", _GUIDE + "userguide/subnet-sizing.html")
_QUOTAS = Source("Amazon VPC User Guide: Amazon VPC quotas", _GUIDE + "userguide/amazon-vpc-limits.html")
_ENDPOINTS = Source("AWS PrivateLink Guide: Quotas", _GUIDE + "privatelink/vpc-limits-endpoints.html")
_PEERING = Source(
    "Amazon VPC Peering Guide: How VPC peering connections work", _GUIDE + "peering/vpc-peering-basics.html"
)
_PEERING_QUOTAS = Source("Amazon VPC Peering Guide: Quotas", _GUIDE + "peering/vpc-peering-connection-quotas.html")
_FLOW_LOG = Source(
    "AWS CloudFormation Template Reference: AWS::EC2::FlowLog",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-flowlog.html",
)

PREFIX_MIN: Final = Fact(
    "vpc.prefix_min",
    16,
    "bits of network prefix",
    Grade.DOCUMENTED,
    "The address range of a VPC or subnet is at most a /16.",
    _RANGES,
)
PREFIX_MAX: Final = Fact(
    "vpc.prefix_max",
    28,
    "bits of network prefix",
    Grade.DOCUMENTED,
    "The address range of a VPC or subnet is at least a /28.",
    _RANGES,
)
RESERVED_ADDRESSES: Final = Fact(
    "vpc.reserved_addresses",
    5,
    "addresses per subnet",
    Grade.DOCUMENTED,
    "The first four addresses and the last one of a subnet cannot be used.",
    _SUBNETS,
)
VPCS: Final = Fact(
    "vpc.vpcs",
    5,
    "VPCs per account and region",
    Grade.DOCUMENTED,
    "An account may have five VPCs in a region unless the quota is raised.",
    _QUOTAS,
)
SUBNETS: Final = Fact(
    "vpc.subnets",
    200,
    "subnets per VPC",
    Grade.DOCUMENTED,
    "A VPC may have 200 subnets unless the quota is raised.",
    _QUOTAS,
)
ROUTE_TABLES: Final = Fact(
    "vpc.route_tables",
    200,
    "route tables per VPC",
    Grade.DOCUMENTED,
    "A VPC may have 200 route tables unless the quota is raised.",
    _QUOTAS,
)
ROUTES: Final = Fact(
    "vpc.routes",
    500,
    "routes per route table",
    Grade.DOCUMENTED,
    "A route table may have 500 routes unless the quota is raised.",
    _QUOTAS,
)
SECURITY_GROUP_RULES: Final = Fact(
    "vpc.security_group_rules",
    60,
    "rules per security group and direction",
    Grade.DOCUMENTED,
    "A security group may have 60 rules in each direction unless the quota is raised.",
    _QUOTAS,
)
INTERFACES: Final = Fact(
    "vpc.interfaces",
    5_000,
    "network interfaces per account and region",
    Grade.DOCUMENTED,
    "An account may have 5,000 network interfaces in a region unless the quota is raised.",
    _QUOTAS,
)
INTERFACE_ENDPOINTS: Final = Fact(
    "vpc.interface_endpoints",
    50,
    "interface endpoints per VPC",
    Grade.DOCUMENTED,
    "A VPC may have 50 interface endpoints unless the quota is raised.",
    _ENDPOINTS,
)
PEERINGS: Final = Fact(
    "vpc.peerings",
    50,
    "active peering connections per VPC",
    Grade.DOCUMENTED,
    "A VPC may have 50 active peering connections unless the quota is raised.",
    _PEERING_QUOTAS,
)
PEERING_MTU: Final = Fact(
    "vpc.peering_mtu",
    8_500,
    "bytes per packet",
    Grade.DOCUMENTED,
    "A packet between peered VPCs of two regions has at most 8,500 bytes.",
    _PEERING,
)
FLOW_LOG_SECONDS: Final = Fact(
    "vpc.flow_log_seconds",
    (60, 600),
    "seconds",
    Grade.DOCUMENTED,
    "A flow log gathers packets for 60 or for 600 seconds into one record.",
    _FLOW_LOG,
)
ROUND_TRIP_LOW_MILLISECONDS: Final = Fact(
    "vpc.round_trip_low_milliseconds",
    60.0,
    "milliseconds",
    Grade.ASSUMED,
    "A round trip between us-east-1 and us-west-2 is taken to last at least 60 milliseconds.",
    _PEERING,
    verified=False,
)
ROUND_TRIP_HIGH_MILLISECONDS: Final = Fact(
    "vpc.round_trip_high_milliseconds",
    70.0,
    "milliseconds",
    Grade.ASSUMED,
    "A round trip between us-east-1 and us-west-2 is taken to last at most 70 milliseconds; "
    "pairs of regions further apart take longer.",
    _PEERING,
    verified=False,
)
