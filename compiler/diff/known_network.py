"""What we know of changes to networks, names, certificates, alarms, topics, functions and roles."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.values import dig, number
from compiler.diff.change import Action
from compiler.diff.known import Register, Update, figure, lowered

CHECK = "AWS::Route53::HealthCheck"
RECORD = "AWS::Route53::RecordSet"
_REFERENCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
_GUIDE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"

network = Register()


@network.says(
    "AWS::EC2::SecurityGroup", "its rules change", _REFERENCE + "aws-resource-ec2-securitygroup.html",
    action=Action.INTERRUPTED,
)  # fmt: skip
def _rules(update: Update) -> Iterator[str]:
    if update.changed("SecurityGroupIngress") or update.changed("SecurityGroupEgress"):
        yield "for a moment nothing can connect through the group"


@network.says(
    "AWS::EC2::VPC", "its tenancy becomes dedicated", _REFERENCE + "aws-resource-ec2-vpc.html", action=Action.REPLACED
)
def _dedicated(update: Update) -> Iterator[str]:
    old, new = (value or "default" for value in update.both("InstanceTenancy"))
    if old != new and new != "default":
        yield f"from {old} to {new} a VPC is made anew; from dedicated to default it is not"


@network.says(RECORD, "its name changes", _GUIDE + "aws-resource-route53-recordset.html", action=Action.REPLACED)
def _record(update: Update) -> Iterator[str]:
    old, new = update.both("Name")
    if str(old).rstrip(".").lower() != str(new).rstrip(".").lower():
        yield f"a new record answers for {new}; the old one goes on answering for {old}"


@network.says(
    "AWS::CertificateManager::Certificate", "its way of validation changes",
    _REFERENCE + "aws-resource-certificatemanager-certificate.html", action=Action.REPLACED,
)  # fmt: skip
def _validation(update: Update) -> Iterator[str]:
    if update.changed("ValidationMethod"):
        yield "a certificate keeps the way by which its domains are validated"


@network.says(
    CHECK, "it is asked less often, or has to fail more often",
    "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html",
)  # fmt: skip
def _slower(update: Update) -> Iterator[str]:
    for member, what in (("RequestInterval", "seconds between two requests"), ("FailureThreshold", "failures")):
        old, new = (dig(value, member) for value in update.both("HealthCheckConfig"))
        if lowered(new, old):
            yield f"a dead region is noticed later: {figure(old)} to {figure(new)} {what}"


@network.says(
    "AWS::Lambda::Function", "its reserved concurrency falls",
    "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html",
)  # fmt: skip
def _reserved(update: Update) -> Iterator[str]:
    old, new = update.both("ReservedConcurrentExecutions")
    if lowered(old, new):
        yield f"runs beyond {figure(new)} at a time are refused"
    elif number(old) is None and number(new) is not None:
        yield f"runs beyond {figure(new)} at a time are refused, and as many are taken from what other functions share"


@network.says(
    "AWS::Lambda::Function", "its runtime or processor changes",
    "https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html",
)  # fmt: skip
def _rebuilt(update: Update) -> Iterator[str]:
    if update.changed("Architectures"):
        yield "compiled parts of the code have to be built for the other processor first"
    if update.changed("Runtime"):
        yield "every environment starts anew with the other runtime"


@network.says(
    "AWS::CloudFormation::CustomResource", "its service token changes",
    _REFERENCE + "aws-resource-cloudformation-customresource.html",
    remedy="keep the token, or make a resource with another logical id",
)  # fmt: skip
def _token(update: Update) -> Iterator[str]:
    if update.changed("ServiceToken"):
        yield "the service token of a custom resource cannot be changed"
