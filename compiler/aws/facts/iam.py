"""IAM: names, policies and sessions. Source: the IAM User Guide and API Reference."""

from __future__ import annotations

from typing import Final

from compiler.aws.facts.model import Fact, Grade, QuotaCode, Source

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
TRUST_POLICY_CHARACTERS: Final = Fact(
    "iam.trust_policy_characters",
    2_048,
    "characters without white space",
    Grade.DOCUMENTED,
    "The trust policy of a role has at most 2,048 characters unless the quota is raised.",
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
ROLE_PATH_CHARACTERS: Final = Fact(
    "iam.role_path_characters",
    512,
    "characters",
    Grade.DOCUMENTED,
    "The path of a role has at most 512 characters. It is part of the ARN but not of the name, which is one of its "
    "kind in the whole account, whatever the path is.",
    _ROLE,
)
MANAGED_POLICY_CHARACTERS: Final = Fact(
    "iam.managed_policy_characters",
    6_144,
    "characters without white space",
    Grade.DOCUMENTED,
    "A managed policy has at most 6,144 characters; white space is not counted.",
    _QUOTAS,
)
INLINE_POLICY_CHARACTERS: Final = Fact(
    "iam.inline_policy_characters",
    10_240,
    "characters without white space",
    Grade.DOCUMENTED,
    "The inline policies of a role have at most 10,240 characters together; white space is not counted.",
    _QUOTAS,
)
ROLES: Final = Fact(
    "iam.roles",
    1_000,
    "roles per account",
    Grade.DOCUMENTED,
    "An account has at most 1,000 roles, those of all regions together, unless the quota is raised.",
    _QUOTAS,
    read="2026-11-27",
)
ROLES_QUOTA: Final = Fact(
    "iam.roles_quota",
    QuotaCode("iam", "L-FE177D64", "Roles per account"),
    "Service Quotas code",
    Grade.DOCUMENTED,
    "The number of roles is raised through this quota, in us-east-1.",
    _QUOTAS,
    read="2026-11-27",
)
