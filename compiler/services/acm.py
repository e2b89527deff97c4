"""ACM: one certificate in each serving region, for the name clients use and the region's own host names.

Validation needs the hosted zone to be delegated; the zone belongs to an earlier wave for that reason.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-certificatemanager-certificate.html
(read 2026-11-22)
"""

from __future__ import annotations

from collections.abc import Iterator

from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.ir.elements import Block, Element, Json, Output, Ref, StackId
from compiler.ir.names import physical
from compiler.ir.template import View
from compiler.services.base import Alarm, Metric
from compiler.topology.model import Topology

_AT = ("dns", "domain")
# The common name of a certificate: https://docs.aws.amazon.com/acm/latest/userguide/acm-certificate-characteristics.html
_COMMON_NAME = 64


class CertificateView(View, partial="acm/certificate.json.j2"):
    id: str
    domain: str
    host: str
    health_host: str
    zone_id: Json
    tags: Json


def zone(topology: Topology) -> Ref:
    """The hosted zone that we create where the spec names none; `route53` declares it, certificates need it first."""
    return Ref(topology.global_, "HostedZone")


def zone_id(topology: Topology) -> Ref | str:
    """The hosted zone's id: the spec's, or that of the zone we create."""
    return topology.spec.dns.hosted_zone or zone(topology)


def certificate(stack: StackId) -> Ref:
    """The certificate of a serving region; its `Ref` is its ARN."""
    return Ref(stack, "Certificate")


def declare(topology: Topology) -> Iterator[Element]:
    """A certificate in each serving region, validated through the zone."""
    for stack in topology.serving:
        name = {"Key": "Name", "Value": physical("certificate")}
        view = CertificateView(
            id=certificate(stack).resource,
            domain=topology.spec.dns.domain,
            host=topology.host(stack),
            health_host=topology.health_host(stack),
            zone_id=zone_id(topology),
            tags=(name, *topology.tag_list(stack)),
        )
        yield Block(stack, view, _AT)
        says = f"ARN of the certificate in {stack.region}."
        yield Output(stack, "CertificateArn", certificate(stack), says, _AT)


def alarms(topology: Topology) -> Iterator[Alarm]:
    """A certificate that is about to expire."""
    for stack in topology.serving:
        yield Alarm(
            stack, "CertificateExpires", "certificate-expires",
            "The certificate expires in less than 30 days. Its renewal has failed: check the validation record.",
            _AT, threshold=30, comparison="LessThanThreshold", periods=1, datapoints=1, missing="ignore",
            metric=Metric("AWS/CertificateManager", "DaysToExpiry", {"CertificateArn": certificate(stack)},
                          "Minimum", 86400),
        )  # fmt: skip


def rules(topology: Topology) -> Iterator[Finding]:
    """The domain as the first name of a certificate; reports DR413."""
    domain = topology.spec.dns.domain
    if len(domain) > _COMMON_NAME:
        message = (
            f"`{domain}` has {len(domain)} characters; the first name of a certificate may have at most {_COMMON_NAME}"
        )
        yield Finding(Code.DR413, message, _AT)
