"""What is looked at before anything is changed: account, regions, quotas, names, zone and address ranges.

Only reads. Where an API is not there, as on an emulator, that is said and nothing is assumed.
Reports DR820 to DR824, DR826 to DR828 and DR842.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from compiler.deploy import quotas, taken
from compiler.deploy.api import Api, pages
from compiler.deploy.cloud import CloudError
from compiler.deploy.proposals import PREFIX
from compiler.deploy.scene import Scene, unchecked
from compiler.diagnostics.model import Route
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding
from compiler.ir.elements import StackKind
from compiler.topology.model import Topology

Json = Any
_THREADS = 8


def account(api: Api, region: str) -> str:
    """The account of the credentials; raises `CloudError`."""
    return str(api.call("sts", region, "GetCallerIdentity", {})["Account"])


def wrong_account(topology: Topology, found: str) -> Finding | None:
    """The finding where the spec was meant for another account."""
    wanted = topology.spec.account
    if wanted is None or wanted == found:
        return None
    message = f"these credentials belong to the account {found}; the spec is meant for {wanted}"
    return Finding(Code.DR821, message, ("account",))


def credentials(error: CloudError) -> Finding:
    """No account could be told."""
    return Finding(Code.DR820, f"AWS does not say which account this is: {error.code}: {error.message}", ())


def unreachable(at: Route, error: CloudError) -> Finding:
    """A region did not answer, or not to this account."""
    message = f"{error.region} cannot be used: {error.service} says {error.code}: {error.message}"
    return Finding(Code.DR822, message, at)


def check(api: Api, scene: Scene) -> tuple[Finding, ...]:
    """Everything found, what was not checked included. Raises `CloudError` where a call fails."""
    tasks: list[Callable[[], Iterable[Finding]]] = [partial(_zones, api, scene)]
    for region in scene.plan.regions:
        tasks += (partial(quotas.check, api, scene, region), partial(_ranges, api, scene, region))
    tasks += [partial(taken.check, api, scene, *wanted) for wanted in taken.wanted(scene)]
    with ThreadPoolExecutor(_THREADS) as pool:
        results = list(pool.map(lambda task: tuple(task()), tasks))
    return tuple(dict.fromkeys((*_elsewhere(scene), *(finding for result in results for finding in result))))


def _zones(api: Api, scene: Scene) -> Iterator[Finding]:
    dns = scene.topology.spec.dns
    if dns.hosted_zone is not None or all(stack.kind != StackKind.GLOBAL for stack in scene.plan.stacks):
        return
    wanted = {"DNSName": dns.domain, "MaxItems": "10"}
    try:
        answer = api.call("route53", scene.topology.global_.region, "ListHostedZonesByName", wanted)
    except CloudError as error:
        if not error.missing and not error.code.startswith("AccessDenied"):
            raise
        yield unchecked(f"whether a zone of `{dns.domain}` exists already: {error.message or error.code}")
        return
    for zone in answer.get("HostedZones", []):
        id_ = zone["Id"].removeprefix("/hostedzone/")
        public = not zone.get("Config", {}).get("PrivateZone")
        if zone["Name"].rstrip(".") == dns.domain.rstrip(".") and public and id_ not in scene.ours:
            message = f"a public zone of `{dns.domain}` exists already ({id_}), and this topology makes another"
            yield Finding(Code.DR827, message, ("dns", "domain"))


def _ranges(api: Api, scene: Scene, region: str) -> Iterator[Finding]:
    for number, entry in enumerate(scene.topology.spec.regions):
        if entry.region != region or entry.cidr is None:
            continue
        wanted = ipaddress.ip_network(entry.cidr, strict=False)
        for page in pages(api, "ec2", region, "DescribeVpcs", {}):
            for vpc in page.get("Vpcs", []):
                overlap = next((cidr for cidr in _cidrs(vpc) if ipaddress.ip_network(cidr).overlaps(wanted)), None)
                if vpc["VpcId"] not in scene.ours and overlap:
                    message = f"{entry.cidr} overlaps {overlap} of {vpc['VpcId']} in {region}"
                    yield Finding(Code.DR826, message, ("regions", number, "cidr"))


def _cidrs(vpc: Mapping[str, Json]) -> tuple[str, ...]:
    listed = [part["CidrBlock"] for part in vpc.get("CidrBlockAssociationSet", []) if part.get("CidrBlock")]
    return tuple(dict.fromkeys((vpc["CidrBlock"], *listed)))


def _elsewhere(scene: Scene) -> Iterator[Finding]:
    """Stacks whose last deployment was not ours."""
    for stack in scene.plan.stacks:
        found = scene.stacks.get(stack.key)
        if found and found.change_set and f"/{PREFIX}" not in found.change_set:
            name = found.change_set.rpartition("changeSet/")[2].partition("/")[0]
            message = f"{stack.name} was last changed by something else (change set `{name}`)"
            yield Finding(Code.DR842, message, ())
