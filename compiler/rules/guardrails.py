"""What an account that others govern asks of every identity: a permissions boundary, and a path."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.types.iam import ROLE, USER
from compiler.diagnostics.model import Rule
from compiler.findings.finding import Finding
from compiler.rollout.state import Resource
from compiler.rules.deployed import DOCS, Deployed, reports

DR510 = Rule(
    "DR510",
    "role-guardrails",
    says="a role or user lacks the permissions boundary or the path that the spec asks for",
    why="The account allows `iam:CreateRole` only with this boundary or path. AWS refuses the role in the middle of a "
    "deployment.",
    fix="write `PermissionsBoundary` and `Path` as the spec says; a partial has them as `boundary` and `role_path`",
    source=DOCS + "IAM/latest/UserGuide/access_policies_boundaries.html",
    traps=(71,),
)


@reports(DR510)
def guardrails(deployed: Deployed) -> Iterator[Finding]:
    """Every role and user has the boundary and the path of the spec, where it names them."""
    path = deployed.topology.spec.iam.path
    for identity in deployed.of(ROLE, USER):
        wanted = _boundary(deployed, identity)
        actual = identity.get("PermissionsBoundary")
        if wanted is not None and actual != wanted:
            message = f"`{identity.id}` has {f'the boundary `{actual}`' if actual else 'no boundary'}, not `{wanted}`"
            yield Finding(DR510, message, identity.owner)
        if path != (given := identity.get("Path") or "/") and path != "/":
            yield Finding(DR510, f"`{identity.id}` has the path `{given}`, not `{path}`", identity.owner)


def _boundary(deployed: Deployed, identity: Resource) -> str | None:
    """ARN of the boundary that an identity must have; None where the spec asks for none."""
    named = deployed.topology.spec.iam.permissions_boundary
    if named is None or named.startswith("arn:"):
        return named
    account = deployed.states[identity.stack].resolver.account
    return f"arn:{account.partition}:iam::{account.id}:policy/{named}"
