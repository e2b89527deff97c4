"""Availability zones by id, which means the same place in every account. Source: AWS Regions and Availability Zones."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from compiler.aws.facts.model import Fact, Grade, Source

_READ = "2026-11-26"
_IDS = Source(
    "AWS Regions and Availability Zones: AWS Availability Zones",
    "https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html",
)
_LINKS = Source(
    "Amazon API Gateway Developer Guide: VPC links V2, Availability by Region",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-vpc-links-v2.html",
)

IDS: Final[Fact[Mapping[str, tuple[str, ...]]]] = Fact(
    "zones.ids",
    MappingProxyType(
        {
            region: tuple(f"{prefix}-az{number}" for number in numbers)
            for region, prefix, numbers in (
                ("af-south-1", "afs1", "123"),
                ("ap-east-1", "ape1", "123"),
                ("ap-east-2", "ape2", "123"),
                ("ap-northeast-1", "apne1", "1234"),
                ("ap-northeast-2", "apne2", "1234"),
                ("ap-northeast-3", "apne3", "123"),
                ("ap-south-1", "aps1", "123"),
                ("ap-south-2", "aps2", "123"),
                ("ap-southeast-1", "apse1", "123"),
                ("ap-southeast-2", "apse2", "123"),
                ("ap-southeast-3", "apse3", "123"),
                ("ap-southeast-4", "apse4", "123"),
                ("ap-southeast-5", "apse5", "123"),
                ("ap-southeast-6", "apse6", "123"),
                ("ap-southeast-7", "apse7", "123"),
                ("ca-central-1", "cac1", "124"),
                ("ca-west-1", "caw1", "123"),
                ("eu-central-1", "euc1", "123"),
                ("eu-central-2", "euc2", "123"),
                ("eu-north-1", "eun1", "123"),
                ("eu-south-1", "eus1", "123"),
                ("eu-south-2", "eus2", "123"),
                ("eu-west-1", "euw1", "123"),
                ("eu-west-2", "euw2", "1234"),
                ("eu-west-3", "euw3", "123"),
                ("il-central-1", "ilc1", "123"),
                ("me-central-1", "mec1", "123"),
                ("me-south-1", "mes1", "123"),
                ("mx-central-1", "mxc1", "123"),
                ("sa-east-1", "sae1", "123"),
                ("us-east-1", "use1", "123456"),
                ("us-east-2", "use2", "123"),
                ("us-west-1", "usw1", "123"),
                ("us-west-2", "usw2", "1234"),
            )
        }
    ),
    "zone ids by region",
    Grade.DOCUMENTED,
    "These are the availability zones of each region. An account may not see all of them.",
    _IDS,
    read=_READ,
)
WITHOUT_NETWORK: Final[Fact[frozenset[str]]] = Fact(
    "zones.without_network",
    frozenset({"apne1-az3", "apne2-az4", "euw2-az4", "use1-az3", "usw1-az2"}),
    "zone ids",
    Grade.DOCUMENTED,
    "API Gateway's links into a VPC, which use the same network as functions, do not support these zones in the "
    "regions that AWS lists. In us-east-1 and us-west-1 other services leave the same zones out.",
    _LINKS,
    read=_READ,
)
LATER: Final[Fact[frozenset[str]]] = Fact(
    "zones.later",
    frozenset({"ape1-az1", "apne1-az2", "cac1-az4", "euw3-az2"}),
    "zone ids",
    Grade.DOCUMENTED,
    "AWS added these zones later, or some services do not name them: they come last where a spec states a number.",
    _LINKS,
    read=_READ,
)
