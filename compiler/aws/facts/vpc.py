"""VPC and the network between regions: address ranges, quotas, peering. Source: the VPC User Guide."""

from __future__ import annotations

from typing import Final

from compiler.aws.facts.model import Fact, Grade, Source

_GUIDE = "https://docs.aws.amazon.com/vpc/latest/"
_RANGES = Source("Amazon VPC User Guide: VPC CIDR blocks", _GUIDE + "userguide/vpc-cidr-blocks.html")
_PEERING = Source(
    "Amazon VPC Peering Guide: How VPC peering connections work", _GUIDE + "peering/vpc-peering-basics.html"
)
_SIZING = Source("Amazon VPC User Guide: Subnet CIDR blocks", _GUIDE + "userguide/subnet-sizing.html")
_FUNCTIONS = Source(
    "AWS Lambda Developer Guide: Giving Lambda functions access to resources in a VPC",
    "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html",
)
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
    "AWS reserves the first four addresses and the last one of each subnet.",
    _SIZING,
)
INTERFACE_CONNECTIONS: Final = Fact(
    "vpc.interface_connections",
    65_000,
    "connections per network interface",
    Grade.DOCUMENTED,
    "Functions with the same security groups share a network interface in each subnet; Lambda adds another one for "
    "every 65,000 connections.",
    _FUNCTIONS,
)
CONNECTIONS_PER_ENVIRONMENT: Final = Fact(
    "vpc.connections_per_environment",
    10,
    "connections per execution environment",
    Grade.ASSUMED,
    "An execution environment is taken to have up to ten connections, the pool of one client of the SDK for Python.",
    _FUNCTIONS,
    verified=False,
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
