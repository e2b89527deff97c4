"""IAM: wildcards and their reasons."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.values import members
from compiler.diagnostics.model import Rule
from compiler.findings.finding import Finding
from compiler.rules.check import DOCS, reports
from compiler.rules.deployed import Deployed
from compiler.rules.policy import CARRIERS, carried

DR465 = Rule(
    "DR465",
    "wildcard",
    says="a policy uses a wildcard without a reason",
    why="A reviewer cannot see whether the wildcard is intended.",
    fix="name the actions and resources, or write the reason into `Metadata.Wildcards` under the id of the statement",
    source=DOCS + "IAM/latest/UserGuide/best-practices.html",
)


@reports(DR465)
def wildcards(deployed: Deployed) -> Iterator[Finding]:
    """A statement with a wildcard has its reason in `Metadata.Wildcards`, under the id of the statement."""
    for resource in deployed.of(*CARRIERS):
        reasons = members(members(resource.body.get("Metadata")).get("Wildcards"))
        for statement in carried(resource):
            if statement.allows and statement.wild and not reasons.get(statement.sid or " "):
                name = f"the statement `{statement.sid}`" if statement.sid else "a statement without `Sid`"
                message = f"{name} of `{resource.id}` uses a wildcard without a reason"
                yield Finding(DR465, message, resource.owner)
