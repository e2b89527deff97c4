"""Route 53: the zone, a health check for each serving region, and the records that follow them.

The primary record carries its health check; the secondary one carries none, on purpose: were it unhealthy too,
Route 53 would answer with the dead primary. Both regions are checked and alarmed on all the same.
https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html (read 2026-11-22)
"""

from __future__ import annotations

from collections.abc import Iterator

from compiler.diagnostics.model import Route
from compiler.findings.finding import Finding
from compiler.ir.alarms import Alarm, Metric
from compiler.ir.elements import Block, Element, Gate, If, Json, OptionalRef, Output, Ref, StackId, StackKind, pascal
from compiler.ir.names import physical
from compiler.ir.views import View
from compiler.services import acm, failback
from compiler.topology.model import Topology

KIND = "route53"
_AT: Route = ("dns",)
_FAMILIES = ("A", "AAAA")
_HTTPS = 443


class ZoneView(View, partial="route53/zone.json.j2"):
    id: str
    domain: str
    comment: str
    tags: Json


class HealthCheckView(View, partial="route53/health-check.json.j2"):
    id: str
    host: str
    port: int
    path: str
    interval: int
    failures: int
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


def health_check_id(stack: StackId) -> str:
    return f"HealthCheck{pascal(str(stack.kind))}"


def record_check(topology: Topology, region: StackId) -> Ref | If:
    """The check that decides about a region: its endpoint's, for the primary with the latch of a manual failback.

    The latch comes later than the records; they follow the endpoint until then, so that a running system whose
    failback becomes manual keeps them all the way.
    """
    endpoint = Ref(topology.global_, health_check_id(region))
    if region == topology.primary and failback.is_manual(topology):
        held = failback.check(topology)
        return If(Gate((held,)), OptionalRef(held), endpoint)
    return endpoint


def declare(topology: Topology) -> Iterator[Element]:
    stack = topology.global_
    dns = topology.spec.dns
    if dns.hosted_zone is None:
        view = ZoneView("HostedZone", dns.domain, f"Zone of {topology.spec.name}", topology.tag_list(stack))
        yield Block(stack, view, ("dns", "domain"))
        servers = {"Fn::Join": (",", Ref(stack, "HostedZone", "NameServers"))}
        says = "Name servers of the zone, to be entered at the parent domain before certificates are asked for."
        yield Output(stack, "NameServers", servers, says, ("dns", "domain"))
    yield Output(stack, "HostedZoneId", acm.zone_id(topology), "Id of the hosted zone.", _AT)
    says = "URL that clients use; it follows the healthy region."
    yield Output(stack, "ServiceUrl", f"https://{dns.domain}", says, _AT)
    yield from failback.declare(topology, Ref(stack, health_check_id(topology.primary)))
    for region in topology.serving:
        yield from _check(topology, region)
        yield from _records(topology, region)


def _check(topology: Topology, region: StackId) -> Iterator[Element]:
    dns = topology.spec.dns
    at: Route = ("dns", "health_check")
    name = {"Key": "Name", "Value": physical("health-check", str(region.kind))}
    view = HealthCheckView(
        id=health_check_id(region),
        host=topology.host(region),
        port=_HTTPS,
        path=topology.spec.api.health,
        interval=int(dns.health_check.interval.seconds),
        failures=dns.health_check.failures,
        tags=(name, *topology.tag_list(topology.global_)),
    )
    # A new check counts as healthy until it has data, so it waits for the host it is to call.
    after = (Ref(region, "RegionalDomain", "RegionalDomainName"),)
    derived_from = ("rto", "rto.detection")
    yield Block(topology.global_, view, at, after, derived_from=derived_from)
    check = Ref(topology.global_, view.id)
    says = f"Id of the health check of the {region.kind} region."
    yield Output(topology.global_, f"{view.id}Id", check, says, at)


def _records(topology: Topology, region: StackId) -> Iterator[Element]:
    role = str(region.kind).upper()
    is_primary = region.kind is StackKind.PRIMARY
    for family in _FAMILIES:
        failover = RecordView(
            id=f"Failover{pascal(role.lower())}{family}",
            zone_id=acm.zone_id(topology),
            name=topology.spec.dns.domain,
            family=family,
            target=Ref(region, "FailoverDomain", "RegionalDomainName"),
            target_zone=Ref(region, "FailoverDomain", "RegionalHostedZoneId"),
            failover=role,
            set_id=f"{region.kind}-{region.region}",
            health_check=record_check(topology, region) if is_primary else None,
        )
        yield Block(topology.global_, failover, ("dns", "domain"))
        own = RecordView(
            id=f"Host{pascal(role.lower())}{family}",
            zone_id=acm.zone_id(topology),
            name=topology.host(region),
            family=family,
            target=Ref(region, "RegionalDomain", "RegionalDomainName"),
            target_zone=Ref(region, "RegionalDomain", "RegionalHostedZoneId"),
            failover=None,
            set_id=None,
            health_check=None,
        )
        yield Block(topology.global_, own, ("dns", "domain"))


def alarms(topology: Topology) -> Iterator[Alarm]:
    """Health of both regions, in the one region where Route 53 publishes it."""
    yield from failback.alarms(topology)
    for region in topology.serving:
        word = "FAILOVER: clients are being moved away from" if region == topology.primary else "The standby is down:"
        yield Alarm(
            topology.global_, f"{pascal(str(region.kind))}Unhealthy", f"{region.kind}-unhealthy",
            f"{word} {region.region}, because Route 53 finds it unhealthy.",
            ("dns", "health_check"), threshold=1, comparison="LessThanThreshold", periods=1, datapoints=1,
            missing="breaching",
            metric=Metric("AWS/Route53", "HealthCheckStatus",
                          {"HealthCheckId": record_check(topology, region)}, "Minimum"),
        )  # fmt: skip


def rules(topology: Topology) -> Iterator[Finding]:
    del topology
    yield from ()
