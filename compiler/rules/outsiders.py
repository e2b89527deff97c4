"""Who gets in: policies that trust somebody who is not part of the topology or its account.

A policy is held against what belongs: the account, the resources of the topology, and the services of AWS that these
resources are of. What is not known to belong is a finding, and so is what nobody can see from the templates.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html (read 2026-11-26)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from compiler.aws.types.backup import VAULT
from compiler.aws.types.ec2 import VPC_ENDPOINT
from compiler.aws.types.iam import acts_as
from compiler.aws.types.kms import KEYS
from compiler.aws.types.lambda_ import PERMISSION
from compiler.aws.values import Json, arn, listed, members, text
from compiler.diagnostics.model import Rule
from compiler.findings.finding import Finding
from compiler.rollout.state import Resource
from compiler.rules.deployed import DOCS, Deployed, named, reports
from compiler.rules.policy import Statement, documents
from compiler.services import kms

_EQUAL = frozenset(("stringequals", "stringlike", "stringequalsignorecase", "arnequals", "arnlike"))
"""Operators that hold a key to a value, and that are not met where the request has no such key."""

_WHOSE = frozenset(
    ("aws:sourceaccount", "aws:principalaccount", "aws:sourceowner", "aws:sourcearn", "aws:principalarn",
     "aws:sourcevpc", "aws:sourcevpce", "kms:calleraccount", "lambda:sourcefunctionarn")
)  # fmt: skip
"""Condition keys that say who asks. https://docs.aws.amazon.com/IAM/latest/UserGuide/
reference_policies_condition-keys.html (read 2026-11-26)"""

_GRANTS = {
    "AWS::Lambda::LayerVersionPermission": "Principal",
    "AWS::EC2::VPCEndpointServicePermissions": "AllowedPrincipals",
    "AWS::RAM::ResourceShare": "Principals",
}
"""Types that let others in without a policy document, with the property that names them."""

_COPIED = (VAULT, *KEYS)
"""Types that the owners of vaults elsewhere need to take copies of backups, and to give them back."""

_KEYS = {
    "AWS::IAM::User": "is a user of its own",
    "AWS::IAM::AccessKey": "is a key that never ends",
    "AWS::IAM::OIDCProvider": "lets an issuer of tokens decide who gets in",
    "AWS::IAM::SAMLProvider": "lets an issuer of tokens decide who gets in",
}
"""Types with which somebody signs in, completing "`X` ..."."""

DR872 = Rule(
    "DR872",
    "outsider",
    says="somebody outside the topology and its account is let in",
    why="Whoever is named in a policy can use what the policy belongs to. A role that another account may assume is an "
    "entrance to the system.",
    fix="name the account, a resource of the topology, or a service whose resources it has; if it is intended, accept "
    "the finding with a reason",
    source=DOCS + "IAM/latest/UserGuide/reference_policies_elements_principal.html",
    acceptable=True,
)


@reports(DR872)
def outsiders(deployed: Deployed) -> Iterator[Finding]:
    """Trust policies, resource policies and other grants name nobody who does not belong."""
    services = frozenset(name for resource in deployed.resources for name in acts_as(resource.type))
    for resource in deployed.resources:
        for who in dict.fromkeys(_let_in(deployed, resource, services)):
            yield Finding(DR872, f"`{resource.id}` lets {who} in", resource.owner, id=named("outsider", resource))
        if says := _KEYS.get(resource.type):
            message = f"`{resource.id}` {says}, and no part of the topology"
            yield Finding(DR872, message, resource.owner, id=named("outsider", resource))


def _let_in(deployed: Deployed, resource: Resource, services: frozenset[str]) -> Iterator[str]:
    """Those that a resource lets in and that do not belong."""
    # The policy of an endpoint only narrows what others allow.
    for document in documents(resource) if resource.type != VPC_ENDPOINT else ():
        for statement in document:
            yield from _strangers(deployed, resource, statement, services)
    if resource.type == PERMISSION:
        conditions = {"StringEquals": {"aws:SourceAccount": resource.get("SourceAccount"),
                                       "aws:SourceArn": resource.get("SourceArn")}}  # fmt: skip
        kind = "Service" if resource.text("Principal").endswith((".amazonaws.com", ".amazonaws.com.cn")) else "AWS"
        asked = {kind: (resource.text("Principal"),)}
        yield from _strangers(deployed, resource, Statement("", True, (), (), asked, conditions, False), services)
    if (member := _GRANTS.get(resource.type)) is not None:
        yield from (_words(name) for name in map(str, resource.list(member)) if not _is_ours(deployed, resource, name))


def _strangers(deployed: Deployed, resource: Resource, statement: Statement, services: frozenset[str]) -> Iterator[str]:
    if not statement.allows:
        return
    if statement.excepts:
        yield "everybody but a few"
    for kind, names in statement.principals.items():
        for name in names:
            if kind == "Service":
                if not services & _labels(name):
                    yield f"the service `{name}`, of which the topology has nothing,"
            elif kind in ("Federated", "CanonicalUser"):
                yield f"`{name}`"
            elif not _is_ours(deployed, resource, name) and not _bound(deployed, resource, statement.conditions):
                yield _words(name)


def _words(name: str) -> str:
    return "everybody" if name == "*" else f"`{name}`"


def _is_ours(deployed: Deployed, resource: Resource, value: Json) -> bool:
    """Whether a value names the account or a resource of the topology, and nothing wider."""
    account = deployed.states[resource.stack].resolver.account.id
    # The owners of vaults that the spec copies backups to.
    others = kms.backup_accounts(deployed.topology) if resource.type in _COPIED else ()
    found = arn(value)
    if found is not None and found.account:
        return found.account in (account, *others)
    return value == account or deployed.owner(value) is not None


def _bound(deployed: Deployed, resource: Resource, conditions: Mapping[str, Json]) -> bool:
    """Whether a condition lets only the account or the topology ask."""
    return any(
        operator.lower() in _EQUAL and key.lower() in _WHOSE
        and any(listed(wanted)) and all(_is_ours(deployed, resource, value) for value in listed(wanted))
        for operator, keys in conditions.items() for key, wanted in members(keys).items()
    )  # fmt: skip


def _labels(principal: str) -> frozenset[str]:
    """`logs.eu-west-1.amazonaws.com` -> `logs`, `eu-west-1`; `ecs-tasks.amazonaws.com` -> `ecs-tasks`, `ecs`."""
    labels = re.sub(r"\.amazonaws\.com(\.cn)?$", "", text(principal)).split(".")
    return frozenset((*labels, *(label.partition("-")[0] for label in labels)))
