"""Resource types of AWS Identity and Access Management."""

from __future__ import annotations

from types import MappingProxyType

from compiler.aws.facts import iam
from compiler.aws.types.record import Lookup, Name, ResourceType

GROUP = "AWS::IAM::Group"
INSTANCE_PROFILE = "AWS::IAM::InstanceProfile"
MANAGED_POLICY = "AWS::IAM::ManagedPolicy"
POLICY = "AWS::IAM::Policy"
ROLE = "AWS::IAM::Role"
ROLE_POLICY = "AWS::IAM::RolePolicy"
USER = "AWS::IAM::User"
POLICIES = (MANAGED_POLICY, POLICY, ROLE_POLICY)
"""Policies that are resources of their own and are attached to a role."""

_ROLE = "arn:{partition}:iam::{account}:role{path}{name}"
_POLICY = "arn:{partition}:iam::{account}:policy{path}{name}"
_PROFILE = "arn:{partition}:iam::{account}:instance-profile{path}{name}"

TYPES = (
    # Only partials of users have groups, users and profiles; nothing is known of the lengths of their names.
    ResourceType(
        GROUP,
        name=Name("GroupName", None, Lookup("iam", "GetGroup", {"GroupName": "{name}"})),
        holds=None,
        account_wide=True,
    ),
    ResourceType(
        INSTANCE_PROFILE,
        name=Name("InstanceProfileName", None, Lookup("iam", "GetInstanceProfile", {"InstanceProfileName": "{name}"})),
        holds=None,
        account_wide=True,
        ref="{name}",
        arn=_PROFILE,
        attributes=MappingProxyType({"Arn": _PROFILE}),
    ),
    ResourceType(
        MANAGED_POLICY,
        name=Name("ManagedPolicyName", iam.POLICY_NAME_CHARACTERS, Lookup("iam", "GetPolicy", {"PolicyArn": "{arn}"})),
        holds=None,
        account_wide=True,
        ref=_POLICY,
        arn=_POLICY,
        policies=("PolicyDocument",),
    ),
    ResourceType(POLICY, name=None, holds=None, policies=("PolicyDocument",)),
    ResourceType(
        ROLE,
        name=Name("RoleName", iam.ROLE_NAME_CHARACTERS, Lookup("iam", "GetRole", {"RoleName": "{name}"})),
        holds=None,
        account_wide=True,
        ref="{name}",
        arn=_ROLE,
        attributes=MappingProxyType({"Arn": _ROLE, "RoleId": "{id}"}),
        policies=("AssumeRolePolicyDocument",),
        left="it keeps its permissions",
    ),
    ResourceType(
        ROLE_POLICY,
        name=None,
        holds=None,
        identity=("RoleName", "PolicyName"),
        policies=("PolicyDocument",),
    ),
    ResourceType(
        USER,
        name=Name("UserName", None, Lookup("iam", "GetUser", {"UserName": "{name}"})),
        holds=None,
        account_wide=True,
    ),
)


def acts_as(kind: str) -> tuple[str, ...]:
    """Names under which AWS acts for resources of a type: `firehose` of `firehose.amazonaws.com`.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html and the pages of the
    services (read 2026-11-26)
    """
    _, service, thing = (*kind.split("::"), "", "")[:3]
    if service == "EC2":
        # A network is not a machine that can have a role.
        return {"FlowLog": ("vpc-flow-logs",), "Instance": ("ec2",), "LaunchTemplate": ("ec2",)}.get(thing, ())
    return (_OTHER_NAMES.get(service) or service.lower(),)


_OTHER_NAMES = {
    "ApiGatewayV2": "apigateway", "CertificateManager": "acm", "KinesisFirehose": "firehose", "StepFunctions": "states",
}  # fmt: skip
