"""Section `iam`: what an account that a central team governs asks of every role."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from compiler.aws.facts import iam as facts
from compiler.spec.base import Form, Model

_PART = r"[A-Za-z0-9+=,.@_-]"
"""Characters of names and paths. A path may have others, but `*`, `?` and `$` mean something in policies."""

PolicyName = Annotated[
    str,
    Form(
        rf"(?:arn:aws[a-z-]*:iam::(?:aws|[0-9]{{12}}):policy/)?(?:{_PART}{{1,128}}/){{0,8}}{_PART}{{1,128}}",
        "the ARN of a managed policy, or its name with its path before it",
        "workload-boundary",
        "platform/workload-boundary",
        "arn:aws:iam::012345678901:policy/workload-boundary",
    ),
]
RolePath = Annotated[
    str,
    Form(
        rf"(?=.{{1,{facts.ROLE_PATH_CHARACTERS.value}}}$)/(?:{_PART}+/)*",
        "a path that begins and ends with `/`, with letters, digits, `/` and `+=,.@_-` between, at most "
        f"{facts.ROLE_PATH_CHARACTERS.value} characters",
        "/workloads/payments/",
    ),
]


class Iam(Model):
    """What every role carries, as account-wide policies often demand before they allow `iam:CreateRole`."""

    permissions_boundary: PolicyName | None = Field(
        default=None,
        description="Permissions boundary of every role: a managed policy that exists, of this account or of AWS. "
        "It must allow what the roles need, or they lose it.",
        examples=["workload-boundary"],
    )
    path: RolePath = Field(
        default="/",
        description="Path of every role. It is part of the ARN. AWS fixes it when a role is created, and the name "
        "of a role is taken in all paths: choose it before the first deployment.",
        examples=["/workloads/payments/"],
    )
