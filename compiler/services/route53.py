"""Route 53: the zone, and the records that follow the health checks.

A failover pair of TXT records says which region answers: clients, operators and the latch learn it from DNS, which no
load can exhaust, rather than by a request.

The primary record carries its health check; the secondary one carries none, on purpose: were it unhealthy too,
Route 53 would answer with the dead primary. Both regions are checked and alarmed on all the same.
https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html (read 2026-11-22)
"""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.facts import prices
from compiler.diagnostics.model import Route
from compiler.ir.elements import (
    Block,
    Element,
    Gate,
    If,
    Json,
    Later,
    OptionalRef,
    Output,
    Ref,
    StackId,
    StackKind,
    later,
    pascal,
)
from compiler.ir.template import View
from compiler.objectives.costs import Cost, standing
from compiler.services import acm, apigateway, health, health_checks, latch
from compiler.services.base import once_there, views
from compiler.topology.model import Topology

_AT: Route = ("dns",)
_FAMILIES = ("A", "AAAA")
SERVICE_URL = "ServiceUrl"
"""Output of the global stack with the URL that clients use: under which domain a system is deployed."""


class ZoneView(View, partial="route53/zone.json.j2"):
    id: str
    domain: str
    comment: str
    accelerated: If | bool | None
    tags: Json


class RecordView(View, partial="route53/record.json.j2"):
    id: str
    zone_id: Json
    name: str
    family: str
    target: Ref
    target_zone: Ref
    failover: str | None
    set_id: str | None
    health_check: Later | If | None


class TextRecordView(View, partial="route53/text-record.json.j2"):
    id: str
    zone_id: Json
    name: str
    seconds: str
    text: str
    failover: str
    set_id: str
    health_check: Later | If | None


def declare(topology: Topology) -> Iterator[Element]:
    """The zone where the spec has none, and the records by which clients find a region."""
    stack = topology.global_
    dns = topology.spec.dns
    if dns.hosted_zone is None:
        zone = acm.zone(topology)
        # A zone that has it cannot be deleted.
        accelerated = once_there(topology, zone) if dns.accelerated_recovery else None
        view = ZoneView(
            zone.resource,
            dns.domain,
            f"Zone of {topology.spec.name}",
            accelerated,
            topology.tag_list(stack),
        )
        yield Block(stack, view, ("dns", "domain"))
        servers = {"Fn::Join": (",", zone.att("NameServers"))}
        says = "Name servers of the zone. Enter them at the parent domain before certificates are requested."
        yield Output(stack, "NameServers", servers, says, ("dns", "domain"))
    yield Output(stack, "HostedZoneId", acm.zone_id(topology), "Id of the hosted zone.", _AT)
    says = "URL that clients use. It resolves to the healthy region."
    yield Output(stack, SERVICE_URL, service_url(dns.domain), says, _AT)
    for region in topology.serving:
        yield from _records(topology, region)


def service_url(domain: str) -> str:
    """The URL under which clients reach a domain."""
    return f"https://{domain}"


def _records(topology: Topology, region: StackId) -> Iterator[Element]:
    role = str(region.kind).upper()
    is_primary = region.kind is StackKind.PRIMARY
    set_id = f"{region.kind}-{region.region}"
    # A new check counts as healthy, an inverted one as unhealthy: records follow it once it has data.
    check = _followed(topology, region) if is_primary else None
    for family in _FAMILIES:
        failover = RecordView(
            id=health_checks.failover_record(topology, region, family).resource,
            zone_id=acm.zone_id(topology),
            name=topology.spec.dns.domain,
            family=family,
            target=apigateway.failover_domain(region).att("RegionalDomainName"),
            target_zone=apigateway.failover_domain(region).att("RegionalHostedZoneId"),
            failover=role,
            set_id=set_id,
            health_check=check,
        )
        yield Block(topology.global_, failover, ("dns", "domain"), _after(topology, region, family))
        for id_, host, domain in (
            ("Host", topology.host(region), apigateway.regional_domain(region)),
            ("HealthHost", topology.health_host(region), health.domain(region)),
        ):
            own = RecordView(
                id=f"{id_}{pascal(role.lower())}{family}",
                zone_id=acm.zone_id(topology),
                name=host,
                family=family,
                target=domain.att("RegionalDomainName"),
                target_zone=domain.att("RegionalHostedZoneId"),
                failover=None,
                set_id=None,
                health_check=None,
            )
            yield Block(topology.global_, own, ("dns", "domain"))
    answers = TextRecordView(
        id=_text_record(topology, role.lower()).resource,
        zone_id=acm.zone_id(topology),
        name=topology.region_host,
        seconds=str(latch.TTL_SECONDS),
        text=f'"{region.region}"',
        failover=role,
        set_id=set_id,
        health_check=check,
    )
    yield Block(topology.global_, answers, ("dns", "domain"), _after(topology, region))


def _after(topology: Topology, region: StackId, family: str = "") -> tuple[Ref, ...]:
    """The record that has to be there before: alone, that of the standby would send clients there, and close the latch.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-types.html (read 2026-11-26)
    """
    if region == topology.primary:
        return ()
    first = health_checks.failover_record(topology, topology.primary, family) if family else _text_record(topology)
    return (first,)


def _text_record(topology: Topology, role: str = "primary") -> Ref:
    """The record that says which region answers, as it is while the region of a role does."""
    return Ref(topology.global_, f"Region{pascal(role)}")


def _followed(topology: Topology, region: StackId) -> Later | If:
    """The check that a record follows, a wave after it is there: a new one has no data yet.

    A record that follows its endpoint keeps it until the latch is there, where the failback becomes manual.
    """
    endpoint = later(health_checks.endpoint_check(topology, region))
    both = later(health_checks.record_check(topology, region))
    return If(Gate((both,)), OptionalRef(both), endpoint) if topology.latched else endpoint


def costs(topology: Topology) -> Iterator[Cost]:
    """The zone, where it is not there already."""
    zones = len(views(declare(topology), ZoneView, topology.global_))
    yield standing("dns.zones", "Route 53", topology.global_.region, "the hosted zone", f"{zones}", prices.ZONES, zones)
