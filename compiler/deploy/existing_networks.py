"""Networks that exist, as AWS describes them, against what the spec says. Only reads. Reports DR849, DR850, DR828."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from compiler.deploy.cloud import CloudError, pages, unread
from compiler.deploy.session import Session
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Route
from compiler.findings.finding import Finding
from compiler.services.networks import function_interfaces
from compiler.spec.regions import ExistingNetwork

Json = Any


def check(session: Session, region: str) -> Iterator[Finding]:
    """Subnets and endpoints of the existing network of a region. Raises `CloudError`."""
    for number, entry in enumerate(session.topology.spec.network.existing):
        if entry.region != region:
            continue
        at: Route = ("network", "existing", number)
        try:
            yield from _subnets(session, entry, at)
            yield from _endpoints(session, entry, at)
        except CloudError as error:
            yield unread(error, f"the network `{entry.vpc}` in {region}")


def _subnets(session: Session, entry: ExistingNetwork, at: Route) -> Iterator[Finding]:
    # As a filter: an id that does not exist would fail the whole call.
    asked = {"Filters": [{"Name": "subnet-id", "Values": [subnet.id for subnet in entry.subnets]}]}
    found = {
        subnet["SubnetId"]: subnet
        for page in pages(session.api, "ec2", entry.region, "DescribeSubnets", asked)
        for subnet in page.get("Subnets", [])
    }
    stack = next(stack for stack in session.topology.serving if stack.region == entry.region)
    running = bool(session.resources.get(stack))
    needed = 1 if running else function_interfaces(session.topology) + 1
    for place, subnet in enumerate(entry.subnets):
        problem = _problem(found.get(subnet.id), entry.vpc, subnet.zone, needed)
        if problem:
            yield Finding(Code.DR849, f"`{subnet.id}` {problem}", (*at, "subnets", place, "id"))


def _problem(subnet: Mapping[str, Json] | None, vpc: str, zone: str, needed: int) -> str:
    """What is wrong with a subnet; empty where it is as it should be."""
    if subnet is None:
        return "does not exist in the region"
    if subnet.get("VpcId") != vpc:
        return f"is in `{subnet.get('VpcId')}`, not in `{vpc}`"
    if subnet.get("AvailabilityZoneId", zone) != zone:
        return f"is in the zone `{subnet['AvailabilityZoneId']}`, not in `{zone}`"
    free = int(subnet.get("AvailableIpAddressCount", needed))
    return f"has {free:,} free addresses; the functions need {needed:,}" if free < needed else ""


def _endpoints(session: Session, entry: ExistingNetwork, at: Route) -> Iterator[Finding]:
    asked = {"Filters": [{"Name": "vpc-id", "Values": [entry.vpc]}]}
    there = {
        str(endpoint.get("ServiceName", "")).removeprefix(f"com.amazonaws.{entry.region}.")
        for page in pages(session.api, "ec2", entry.region, "DescribeVpcEndpoints", asked)
        for endpoint in page.get("VpcEndpoints", [])
        if str(endpoint.get("State", "available")).lower() == "available"
    }
    for place, service in enumerate(entry.endpoints):
        if service not in there:
            yield Finding(Code.DR850, f"`{entry.vpc}` has no endpoint of `{service}`", (*at, "endpoints", place))
