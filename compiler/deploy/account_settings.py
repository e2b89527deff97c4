"""What the account has and its owner decides: settings, regions, room for REST APIs. Only reads.

Reports DR822, DR857, DR858 and DR862, and DR828 for what may not be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from compiler.aws.facts import apigateway as facts
from compiler.aws.types.apigateway import REST_API, REST_STAGE
from compiler.aws.types.others import GATEWAY_ACCOUNT
from compiler.aws.values import Json, ResourceId, dig, listed, members
from compiler.deploy.cloud import Api, CloudError, unread
from compiler.deploy.session import Session
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Route
from compiler.findings.finding import Finding
from compiler.rollout.deployment import Stack
from compiler.topology.model import Topology

_OFF = "not-opted-in"
_REGIONAL = "REGIONAL"
_PAGE = 500
"""REST APIs that one answer holds, at most: https://docs.aws.amazon.com/apigateway/latest/api/API_GetRestApis.html"""
_STRANGERS = ("InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure")
"""What services of a region say to credentials that they do not know."""
_TOKENS = (
    "take temporary credentials from an endpoint of STS in a region (`AWS_STS_REGIONAL_ENDPOINTS=regional`): those of "
    "its global endpoint are not valid in regions that an account has to enable"
)
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html (read 2026-11-26)"""


def rest_logs(session: Session, region: str) -> Iterator[Finding]:
    """A stage of a REST API that logs, in a region where API Gateway has no role for it. Raises `CloudError`.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html (read 2026-11-26)
    """
    stacks = [stack for stack in session.selected if stack.region == region]
    logging = (ResourceId(stack.key, id_) for stack in stacks for id_, body in stack.bodies.items() if _logs(body))
    owner = next(logging, None)
    if owner is None or any(body["Type"] == GATEWAY_ACCOUNT for stack in stacks for body in stack.bodies.values()):
        return
    try:
        role = session.api.call("apigateway", region, "GetAccount", {}).get("cloudwatchRoleArn")
    except CloudError as error:
        yield unread(error, f"whether API Gateway has a role for logs in {region}")
        return
    if not role:
        message = f"API Gateway has no role for logs in {region}"
        help_ = (
            "ask who owns the account to set one: `aws apigateway update-account --region "
            f"{region} --patch-operations op=replace,path=/cloudwatchRoleArn,value=ROLE_ARN`"
        )
        yield Finding(Code.DR858, message, owner, help=help_)


def _logs(body: Mapping[str, Json]) -> bool:
    """Whether a resource is a stage of a REST API that writes an access or execution log."""
    if body["Type"] != REST_STAGE:
        return False
    properties = members(body.get("Properties"))
    levels = [members(item).get("LoggingLevel", "OFF") for item in listed(properties.get("MethodSettings"))]
    return "AccessLogSetting" in properties or any(level != "OFF" for level in levels)


def rest_apis(session: Session, region: str) -> Iterator[Finding]:
    """REST APIs that are about to be made and for which the account has no room. Raises `CloudError`."""
    made = [each for stack in session.selected if stack.region == region for each in _new_apis(session, stack)]
    if not made:
        return
    try:
        there = sum(_REGIONAL in listed(dig(api, "endpointConfiguration", "types")) for api in _apis(session, region))
    except CloudError as error:
        yield unread(error, f"how many REST APIs there are in {region}")
        return
    most = facts.REST_APIS.value
    for owner in made[max(most - there, 0) :]:
        message = f"the account has {there} regional REST APIs in {region}, and AWS allows {most}"
        yield Finding(Code.DR862, message, owner)


def _new_apis(session: Session, stack: Stack) -> Iterator[ResourceId]:
    """Regional REST APIs that the stack does not have yet."""
    existing = {resource.id for resource in session.resources.get(stack.id, ())}
    for id_, body in stack.bodies.items():
        types = dig(body, "Properties", "EndpointConfiguration", "Types")
        if body["Type"] == REST_API and id_ not in existing and _REGIONAL in listed(types):
            yield ResourceId(stack.key, id_)


def _apis(session: Session, region: str) -> Iterator[Json]:
    """Every REST API of the account in a region."""
    asked: dict[str, Json] = {"limit": _PAGE}
    while True:
        answer = session.api.call("apigateway", region, "GetRestApis", asked)
        yield from answer.get("items", [])
        if not answer.get("position"):
            return
        asked = {**asked, "position": answer["position"]}


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
