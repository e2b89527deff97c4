"""IAM: names, policies and sessions. Source: the IAM User Guide and API Reference."""

from __future__ import annotations

from typing import Final

from compiler.aws.facts.model import Fact, Grade, Source

_QUOTAS = Source(
    "AWS Identity and Access Management User Guide: IAM and AWS STS quotas",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
)
_ROLE = Source(
    "AWS Identity and Access Management API Reference: CreateRole",
    "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html",
)
_POLICY = Source(
    "AWS Identity and Access Management API Reference: CreatePolicy",
    "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html",
)

ROLE_NAME_CHARACTERS: Final = Fact(
    "iam.role_name_characters",
    64,
    "characters",
    Grade.DOCUMENTED,
    "The name of a role has at most 64 characters and is one of its kind in the whole account.",
    _ROLE,
)
POLICY_NAME_CHARACTERS: Final = Fact(
    "iam.policy_name_characters",
    128,
    "characters",
    Grade.DOCUMENTED,
    "The name of a managed policy has at most 128 characters.",
    _POLICY,
)
NAME_PATTERN: Final = Fact(
    "iam.name_pattern",
    r"^[\w+=,.@-]+$",
    "regular expression",
    Grade.DOCUMENTED,
    "Names of roles and policies have letters, digits, underscores and the signs + = , . @ -.",
    _ROLE,
)
DESCRIPTION_CHARACTERS: Final = Fact(
    "iam.description_characters",
    1_000,
    "characters",
    Grade.DOCUMENTED,
    "The description of a role has at most 1,000 characters.",
    _ROLE,
)
TRUST_POLICY_CHARACTERS: Final = Fact(
    "iam.trust_policy_characters",
    2_048,
    "characters without white space",
    Grade.DOCUMENTED,
    "The trust policy of a role has at most 2,048 characters unless the quota is raised.",
    _QUOTAS,
)
MANAGED_POLICY_CHARACTERS: Final = Fact(
    "iam.managed_policy_characters",
    6_144,
    "characters without white space",
    Grade.DOCUMENTED,
    "A managed policy has at most 6,144 characters.",
    _QUOTAS,
)
INLINE_POLICY_CHARACTERS: Final = Fact(
    "iam.inline_policy_characters",
    10_240,
    "characters without white space",
    Grade.DOCUMENTED,
    "All inline policies of a role together have at most 10,240 characters.",
    _QUOTAS,
)
SESSION_SECONDS_MIN: Final = Fact(
    "iam.session_seconds_min",
    3_600,
    "seconds",
    Grade.DOCUMENTED,
    "The longest session that a role allows is set to one hour or more.",
    _ROLE,
)
SESSION_SECONDS_MAX: Final = Fact(
    "iam.session_seconds_max",
    43_200,
    "seconds",
    Grade.DOCUMENTED,
    "The longest session that a role allows is set to twelve hours or less.",
    _ROLE,
)
CONTROL_PLANE_REGION: Final = Fact(
    "iam.control_plane_region",
    "us-east-1",
    "region",
    Grade.DOCUMENTED,
    "Changes to IAM are made in us-east-1 only, so none may be needed during a failover.",
    Source(
        "AWS Networking & Content Delivery Blog: Creating Disaster Recovery Mechanisms Using Amazon Route 53",
        "https://aws.amazon.com/blogs/networking-and-content-delivery/"
        "creating-disaster-recovery-mechanisms-using-amazon-route-53/",
    ),
)
