"""API Gateway and ACM: certificates and the domains of HTTP APIs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from compiler.aws.types.acm import CERTIFICATE
from compiler.aws.types.apigateway import API_MAPPING, DOMAIN_NAME, REST_API
from compiler.aws.types.route53 import HOSTED_ZONE, RECORD_SET
from compiler.aws.values import members, text
from compiler.diagnostics.model import Rule
from compiler.findings.finding import Finding
from compiler.rollout.state import Resource
from compiler.rules.deployed import DOCS, Deployed, reports

DR440 = Rule(
    "DR440",
    "certificate",
    says="a certificate cannot be issued or used",
    why="API Gateway needs a certificate in its own region that covers the domain. Without a hosted zone for the "
    "validation, the stack waits until a person validates the certificate.",
    fix="use a certificate in the same region, with DNS validation in the hosted zone",
    source=DOCS + "AWSCloudFormation/latest/TemplateReference/aws-resource-certificatemanager-certificate.html",
    traps=(24,),
)


@reports(DR440)
def certificates(deployed: Deployed) -> Iterator[Finding]:
    """The certificate of a domain is in its region and covers it, and DNS can validate the names of a certificate."""
    for domain in deployed.of(DOMAIN_NAME):
        for configuration in domain.list("DomainNameConfigurations"):
            value = members(configuration).get("CertificateArn")
            certificate = deployed.owner(value)
            related = ((certificate.owner, "the certificate"),) if certificate else ()
            region = deployed.region(value)
            if region and region != domain.region:
                message = f"`{domain.id}` in {domain.region} uses a certificate in {region}"
                yield Finding(DR440, message, domain.owner, related=related)
            elif certificate and not any(_covers(name, domain.name) for name in _names(certificate)):
                message = f"`{domain.id}` has the name `{domain.name}`, which `{certificate.id}` does not cover"
                yield Finding(DR440, message, domain.owner, related=related)
    created = {zone.ref for zone in deployed.of(HOSTED_ZONE)}
    zones = {text(item.get("Name")): {text(item.get("HostedZoneId")), *created} for item in deployed.of(RECORD_SET)}
    for certificate in deployed.of(CERTIFICATE):
        yield from _validation(certificate, zones)


def _validation(certificate: Resource, zones: Mapping[str, set[str]]) -> Iterator[Finding]:
    """`zones` are the hosted zones that may be meant, by the name of a record. Other names are not judged."""
    if certificate.get("ValidationMethod") != "DNS":
        message = f"`{certificate.id}` uses e-mail validation: the stack waits until someone answers"
        yield Finding(DR440, message, certificate.owner, help="write `ValidationMethod: DNS`")
        return
    options = [members(item) for item in certificate.list("DomainValidationOptions")]
    zoned = {text(item.get("DomainName")) for item in options if item.get("HostedZoneId")}
    for name in _names(certificate):
        if name not in zoned:
            message = (
                f"`{certificate.id}` names no hosted zone for the validation of `{name}`: the stack would wait for a "
                "person"
            )
            yield Finding(DR440, message, certificate.owner)
    for item in options:
        zone, name = item.get("HostedZoneId"), text(item.get("DomainName"))
        if zone and zone not in zones.get(name, {zone}):
            message = (
                f"`{certificate.id}` validates `{name}` in the hosted zone `{zone}`, but its records are in another "
                "one: the stack would wait for a person"
            )
            yield Finding(DR440, message, certificate.owner)


def _names(certificate: Resource) -> list[str]:
    return [text(name) for name in (certificate.get("DomainName"), *certificate.list("SubjectAlternativeNames"))]


def _covers(name: str, host: str) -> bool:
    return name == host or (name.startswith("*.") and host.partition(".")[2] == name[2:])


DR441 = Rule(
    "DR441",
    "tls-policy",
    says="a domain has a security policy that HTTP APIs do not support",
    why="API Gateway rejects the API mapping.",
    fix="write `SecurityPolicy: TLS_1_2`",
    source=DOCS + "apigateway/latest/developerguide/apigateway-custom-domain-tls-version.html",
    traps=(26,),
)


def _is_rest(deployed: Deployed, mapping: Resource) -> bool:
    """Whether a mapping leads to a REST API, which supports more policies."""
    api = deployed.owner(mapping.get("ApiId"))
    return api is not None and api.type == REST_API


@reports(DR441)
def tls(deployed: Deployed) -> Iterator[Finding]:
    """HTTP APIs support one security policy, for TLS 1.2. The health checkers of Route 53 support no newer version."""
    for domain in deployed.of(DOMAIN_NAME):
        mapped = any(
            item.get("DomainName") == domain.ref and not _is_rest(deployed, item)
            for item in deployed.within(domain.stack, API_MAPPING)
        )
        for configuration in domain.list("DomainNameConfigurations"):
            policy = members(configuration).get("SecurityPolicy")
            if mapped and policy not in (None, "TLS_1_2"):
                message = f"`{domain.id}` has the security policy `{policy}`; an HTTP API supports only `TLS_1_2`"
                yield Finding(DR441, message, domain.owner)
