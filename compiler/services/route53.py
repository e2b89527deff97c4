"""Route 53: the zone, and the records that follow the health checks.

The primary record carries its health check; the secondary one carries none, on purpose: were it unhealthy too,
Route 53 would answer with the dead primary. Both regions are checked and alarmed on all the same.
https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html (read 2026-11-22)
"""

from __future__ import annotations

from collections.abc import Iterator

from compiler.diagnostics.model import Route
from compiler.ir.elements import Block, Element, If, Json, Output, Ref, StackId, StackKind, pascal
from compiler.ir.template import View
from compiler.services import acm, apigateway, health_checks
from compiler.topology.model import Topology

_AT: Route = ("dns",)
_FAMILIES = ("A", "AAAA")


class ZoneView(View, partial="route53/zone.json.j2"):
    id: str
    domain: str
    comment: str
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
    health_check: Ref | If | None


def declare(topology: Topology) -> Iterator[Element]:
    stack = topology.global_
    dns = topology.spec.dns
    if dns.hosted_zone is None:
        zone = acm.zone(topology)
        view = ZoneView(zone.resource, dns.domain, f"Zone of {topology.spec.name}", topology.tag_list(stack))
        yield Block(stack, view, ("dns", "domain"))
        servers = {"Fn::Join": (",", zone.att("NameServers"))}
        says = "Name servers of the zone. Enter them at the parent domain before certificates are requested."
        yield Output(stack, "NameServers", servers, says, ("dns", "domain"))
    yield Output(stack, "HostedZoneId", acm.zone_id(topology), "Id of the hosted zone.", _AT)
    says = "URL that clients use. It resolves to the healthy region."
    yield Output(stack, "ServiceUrl", f"https://{dns.domain}", says, _AT)
    for region in topology.serving:
        yield from _records(topology, region)


def _records(topology: Topology, region: StackId) -> Iterator[Element]:
    role = str(region.kind).upper()
    is_primary = region.kind is StackKind.PRIMARY
    for family in _FAMILIES:
        failover = RecordView(
            id=f"Failover{pascal(role.lower())}{family}",
            zone_id=acm.zone_id(topology),
            name=topology.spec.dns.domain,
            family=family,
            target=apigateway.failover_domain(region).att("RegionalDomainName"),
            target_zone=apigateway.failover_domain(region).att("RegionalHostedZoneId"),
            failover=role,
            set_id=f"{region.kind}-{region.region}",
            health_check=health_checks.record_check(topology, region) if is_primary else None,
        )
        yield Block(topology.global_, failover, ("dns", "domain"))
        own = RecordView(
            id=f"Host{pascal(role.lower())}{family}",
            zone_id=acm.zone_id(topology),
            name=topology.host(region),
            family=family,
            target=apigateway.regional_domain(region).att("RegionalDomainName"),
            target_zone=apigateway.regional_domain(region).att("RegionalHostedZoneId"),
            failover=None,
            set_id=None,
            health_check=None,
        )
        yield Block(topology.global_, own, ("dns", "domain"))
