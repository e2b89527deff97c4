"""Regions: which exist, what they lack and what AWS grants an account in each of them.

Existence and resource types come from `_availability.py`, generated from the schemas that cfn-lint bundles;
the figures come from the modules of the services. No region is asked about over the network.
"""

from __future__ import annotations

from typing import Final

from compiler.aws import _availability
from compiler.aws.facts import apigateway, dynamodb, kms, s3, zones
from compiler.aws.facts.model import Fact

_RECENT: Final = ("me-west-1", "sa-west-1")
"""Regions that botocore's partition table names and cfn-lint does not know yet."""

_PARTITIONS: Final = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-isof-", "aws-iso-f"),
    ("eusc-", "aws-eusc"),
)
"""Beginnings of region names and the partition they mean; all others lie in `aws`."""

_NEAR: Final = 0.75
"""Least likeness, from 0 to 1, at which a name is taken for a misspelling of another."""

SURVEYED: Final = _availability.SURVEYED
"""Day (ISO 8601) of the schemas behind the table of resource types."""

TYPES: Final[tuple[str, ...]] = _availability.TYPES
"""Resource types whose availability is recorded."""

KNOWN: Final[tuple[str, ...]] = tuple(sorted((*_availability.REGIONS, *_RECENT)))
"""Every region of every partition."""


def partition(region: str) -> str:
    """Partition of a region, as it stands in ARNs: `aws`, `aws-cn`, `aws-us-gov`, ..."""
    return next((name for prefix, name in _PARTITIONS if region.startswith(prefix)), "aws")


COMMERCIAL: Final[tuple[str, ...]] = tuple(region for region in KNOWN if partition(region) == "aws")
"""Every region of the partition `aws`."""


def known(region: str) -> bool:
    """Whether a region of this name exists in any partition."""
    return region in KNOWN


def near(region: str) -> str | None:
    """The region that a misspelt name most likely means, or None; letters in a wrong order count little."""
    from difflib import SequenceMatcher

    wanted = region.strip().lower()

    def likeness(candidate: str) -> tuple[bool, float, bool]:
        ratio = SequenceMatcher(None, wanted, candidate).ratio()
        return sorted(candidate) == sorted(wanted), ratio, partition(candidate) == "aws"

    best = max(KNOWN, key=likeness)
    swapped, ratio, _ = likeness(best)
    return best if swapped or ratio >= _NEAR else None


def surveyed(region: str) -> bool:
    """Whether the resource types of a region are recorded; if not, `lacking` cannot tell anything."""
    return region in _availability.REGIONS and region not in _availability.UNSURVEYED


def zone_ids(region: str) -> tuple[str, ...]:
    """Ids of the availability zones of a region; none for a region of which AWS's table has none."""
    return zones.IDS.value.get(region, ())


def zones_in_order(region: str) -> tuple[str, ...]:
    """The zones that a number of zones takes, the first ones first: those that carry functions and endpoints.

    The order of a region never changes, since a zone keeps its subnet by its place in it: new zones go to the end.
    """
    usable = (zone for zone in zone_ids(region) if zone not in zones.WITHOUT_NETWORK.value)
    return tuple(sorted(usable, key=lambda zone: zone in zones.LATER.value))


def region_of_zone(zone: str) -> str | None:
    """The region that a zone id belongs to, by its prefix; None for a prefix that nobody knows."""
    prefix = zone.partition("-")[0]
    return next((region for region, ids in zones.IDS.value.items() if ids[0].partition("-")[0] == prefix), None)


def lacking(region: str) -> tuple[str, ...]:
    """Resource types of `TYPES` that a region does not offer; empty for a region that is not surveyed."""
    return tuple(kind for kind, regions in _availability.LACKED_BY.items() if region in regions)


def api_gateway_default_rate(region: str) -> Fact[int]:
    """Requests a second that all APIs of an account together may serve in a region by default."""
    return apigateway.SMALL_REGION_RATE if region in apigateway.SMALL_REGIONS.value else apigateway.ACCOUNT_RATE


def api_gateway_default_burst(region: str) -> Fact[int]:
    """Size of the token bucket of an account in a region by default, in requests."""
    return apigateway.SMALL_REGION_BURST if region in apigateway.SMALL_REGIONS.value else apigateway.ACCOUNT_BURST


def kms_request_quota(region: str) -> Fact[int]:
    """Requests a second that the symmetric keys of an account serve in a region by default."""
    if region in kms.LARGEST_REGIONS.value:
        return kms.LARGEST_REGION_REQUESTS
    if region in kms.LARGE_REGIONS.value:
        return kms.LARGE_REGION_REQUESTS
    return kms.REQUESTS


def supports_acceleration(region: str) -> bool:
    """Whether buckets of a region can use S3 Transfer Acceleration."""
    return region in s3.ACCELERATION_REGIONS.value


def strong_consistency_set(region: str) -> tuple[str, ...]:
    """Regions a strongly consistent table with a replica here may span, this one included; empty if none."""
    return next((regions for regions in dynamodb.STRONG_REGION_SETS.value if region in regions), ())
