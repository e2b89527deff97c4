"""Resource types of Amazon Route 53."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.types import apigateway, cloudwatch
from compiler.aws.types.record import ANYWHERE, Holding, Name, Prerequisite, Properties, ResourceType
from compiler.aws.types.update_rules import Action, Data, Update, figure, lowered, update_rule
from compiler.aws.values import dig, listed, members, text
from compiler.diagnostics.codes import Code

HEALTH_CHECK = "AWS::Route53::HealthCheck"
HOSTED_ZONE = "AWS::Route53::HostedZone"
RECORD_SET = "AWS::Route53::RecordSet"

_CHECKS = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html"
_RECORDS = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-route53-recordset.html"


def _check(properties: Properties) -> Iterator[Prerequisite]:
    config = members(properties.get("HealthCheckConfig"))
    # A new check counts as healthy until it has data, so it may not come before what it asks (`_CHECKS`). What the same
    # operation creates does not answer yet, and checkers may keep it that a name does not exist.
    host = config.get("FullyQualifiedDomainName")
    domain, record = "the domain name that it calls", "the DNS record of its host"
    for kind, what in ((apigateway.DOMAIN_NAME, domain), (RECORD_SET, record)):
        yield Prerequisite(host, what, Code.DR620, kinds=(kind,), region=ANYWHERE, earlier=True)
    alarm = members(config.get("AlarmIdentifier"))
    region = text(alarm.get("Region"))
    yield Prerequisite(alarm.get("Name"), "the alarm it follows", kinds=cloudwatch.ALARMS, region=region)
    for child in listed(config.get("ChildHealthChecks")):
        yield Prerequisite(child, "the health check that it combines")


def _record(properties: Properties) -> Iterator[Prerequisite]:
    yield Prerequisite(properties.get("HostedZoneId"), "its hosted zone")
    yield Prerequisite(dig(properties, "AliasTarget", "DNSName"), "the domain name that it points to")
    check = properties.get("HealthCheckId")
    yield Prerequisite(check, "its health check", Code.DR620, earlier=True)


@update_rule("its name changes", _RECORDS, action=Action.REPLACED)
def _other_record(update: Update) -> Iterator[str]:
    old, new = update.both("Name")
    if str(old).rstrip(".").lower() != str(new).rstrip(".").lower():
        yield f"a new record answers for {new}; the old one still answers for {old}"


@update_rule("it runs less often, or must fail more often", _CHECKS)
def _slower(update: Update) -> Iterator[str]:
    for member, what in (("RequestInterval", "seconds between two requests"), ("FailureThreshold", "failures")):
        old, new = (dig(value, member) for value in update.both("HealthCheckConfig"))
        if lowered(new, old):
            yield f"a failed region is detected later: {figure(old)} to {figure(new)} {what}"


TYPES = (
    ResourceType(
        HEALTH_CHECK,
        name=None,
        holds=None,
        dimension=("AWS/Route53", "HealthCheckId"),
        needs=_check,
        replaced="until it has results, a new health check counts as healthy, an inverted one as unhealthy; "
        "the old one keeps running",
        left="it keeps calling the endpoint",
        updates=(_slower,),
    ),
    ResourceType(
        HOSTED_ZONE,
        name=None,  # several zones may have one name
        holds=Holding("the delegation", Data.NONE),
        replaced="the new zone has other name servers: names do not resolve until the parent domain has them",
    ),
    ResourceType(
        RECORD_SET,
        # The spec limits the length of domain names. The record is unique below its zone.
        name=Name("Name", None, None),
        holds=None,
        identity=("HostedZoneId", "Name", "Type", "SetIdentifier"),
        ref="{name}",
        needs=_record,
        left="it still answers clients",
        updates=(_other_record,),
    ),
)
