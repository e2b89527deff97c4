"""Resource types of AWS Certificate Manager."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.types.record import Prerequisite, Properties, ResourceType
from compiler.aws.types.update_rules import Action, Update, update_rule
from compiler.aws.values import listed, members
from compiler.diagnostics.codes import Code

CERTIFICATE = "AWS::CertificateManager::Certificate"
_ARN = "arn:{partition}:acm:{region}:{account}:certificate/{id}"
_REFERENCE = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
    "aws-resource-certificatemanager-certificate.html"
)


def _zones(properties: Properties) -> Iterator[Prerequisite]:
    # Between making the zone and asking for the certificate somebody enters the zone's name servers at its parent;
    # without that the certificate is never issued and the stack hangs.
    for option in listed(properties.get("DomainValidationOptions")):
        value = members(option).get("HostedZoneId")
        yield Prerequisite(value, "its hosted zone, delegated", Code.DR612, earlier=True)


@update_rule("its validation method changes", _REFERENCE, action=Action.REPLACED)
def _validation(update: Update) -> Iterator[str]:
    if update.changed("ValidationMethod"):
        yield "the validation method of a certificate is fixed"


TYPES = (
    ResourceType(
        CERTIFICATE,
        name=None,
        holds=None,
        ref=_ARN,
        arn=_ARN,
        dimension=("AWS/CertificateManager", "CertificateArn"),
        needs=_zones,
        replaced="a new certificate is issued; the stack waits until DNS has validated it",
        updates=(_validation,),
    ),
)
