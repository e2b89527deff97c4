"""IAM: wildcards with the reason beside them."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.values import members
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding
from compiler.rules.deployed import Deployed
from compiler.rules.policy import CARRIERS, carried


def wildcards(world: Deployed) -> Iterator[Finding]:
    """A statement that allows more than it names says why, in `Metadata.Wildcards` under its id."""
    for resource in world.of(*CARRIERS):
        reasons = members(members(resource.body.get("Metadata")).get("Wildcards"))
        for statement in carried(resource):
            if statement.allows and statement.wild and not reasons.get(statement.sid or " "):
                name = f"the statement `{statement.sid}`" if statement.sid else "a statement without `Sid`"
                message = f"{name} of `{resource.id}` allows by a wildcard and gives no reason"
                yield Finding(Code.DR465, message, resource.owner)
