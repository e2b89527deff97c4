"""Settings of the account that its owner decides: regions that are enabled. Only reads. Reports DR822 and DR857."""

from __future__ import annotations

from collections.abc import Iterable

from compiler.deploy.cloud import Api, CloudError
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Route
from compiler.findings.finding import Finding
from compiler.topology.model import Topology

_OFF = "not-opted-in"
_STRANGERS = ("InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure")
"""What services of a region say to credentials that they do not know."""
_TOKENS = (
    "take temporary credentials from an endpoint of STS in a region (`AWS_STS_REGIONAL_ENDPOINTS=regional`): those of "
    "its global endpoint are not valid in regions that an account has to enable"
)
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html (read 2026-11-26)"""


def unreachable(topology: Topology, error: CloudError, api: Api, others: Iterable[str]) -> Finding:
    """The finding where a region does not answer, or not to this account; `others` are regions that do answer."""
    region = error.region
    entries = enumerate(topology.spec.regions)
    at: Route = next((("regions", number, "region") for number, entry in entries if entry.region == region), ())
    status = _status(api, region, others)
    if status == _OFF:
        return Finding(Code.DR857, f"the account has not enabled {region}", at)
    message = f"{region} cannot be used: {error.service} says {error.code}: {error.message}"
    help_ = _TOKENS if status == "opted-in" and error.code in _STRANGERS else None
    return Finding(Code.DR822, message, at, help=help_)


def _status(api: Api, region: str, others: Iterable[str]) -> str:
    """Whether the account has enabled a region, as another region says; empty where none says it."""
    for other in others:
        try:
            asked = {"RegionNames": [region], "AllRegions": True}
            found = api.call("ec2", other, "DescribeRegions", asked).get("Regions", [])
        except CloudError:
            continue
        if found:
            return str(found[0].get("OptInStatus", ""))
    return ""
