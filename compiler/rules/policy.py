"""Policy documents, evaluated as AWS does it, as far as a rule needs it; and the rules on any policy.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html (read 2026-11-22)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

from compiler.aws.types import registry
from compiler.aws.types.iam import MANAGED_POLICY, POLICIES, ROLE
from compiler.aws.types.kms import ALIAS, KEYS
from compiler.aws.types.sns import TOPIC_POLICY
from compiler.aws.values import Json, dig, listed, members, text
from compiler.diagnostics.model import Rule
from compiler.findings.finding import Finding
from compiler.rollout.state import Resource
from compiler.rules.deployed import DOCS, Deployed, once, reports

_NEGATED = ("NotAction", "NotResource", "NotPrincipal")


class Statement(NamedTuple):
    """One statement; `principals` by kind, `*` under the kind `*`; `negated` if it has `NotAction` or the like.

    `excepts` says that it is for everybody but those it names.
    """

    sid: str
    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: Mapping[str, tuple[str, ...]]
    conditions: Mapping[str, Json]
    negated: bool
    excepts: bool = False

    @property
    def wild(self) -> bool:
        """Whether it uses a wildcard."""
        everybody = any("*" in names for names in self.principals.values())
        return self.negated or everybody or any("*" in part for part in (*self.actions, *self.resources))


@once
def documents(resource: Resource) -> tuple[tuple[Statement, ...], ...]:
    """The statements of every policy document in a resource, whatever the property is called; also those in a text."""
    found: list[tuple[Statement, ...]] = []
    ahead: list[Json] = [resource.properties]
    while ahead:
        item = ahead.pop()
        if isinstance(item, dict):
            if "Statement" in item:
                found.append(statements(item))
            ahead += item.values()
        elif isinstance(item, list):
            ahead += item
        elif isinstance(item, str) and '"Statement"' in item:
            found.append(statements(item))
    return tuple(found)


def statements(document: Json) -> tuple[Statement, ...]:
    """The statements of a document, which may be a JSON text; none if it is not valid."""
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except (ValueError, RecursionError):
            return ()
    return tuple(_statement(members(item)) for item in listed(members(document).get("Statement")))


def _statement(body: Mapping[str, Json]) -> Statement:
    principal = body.get("Principal")
    everybody = {"*": ("*",)} if principal == "*" else {}
    named = {kind: _texts(value) for kind, value in members(principal).items()}
    return Statement(
        sid=text(body.get("Sid")),
        allows=body.get("Effect") == "Allow",
        actions=_texts(body.get("Action")),
        resources=_texts(body.get("Resource")),
        principals=named or everybody,
        conditions=members(body.get("Condition")),
        negated=any(member in body for member in _NEGATED),
        excepts="NotPrincipal" in body,
    )


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(item for item in listed(value) if isinstance(item, str))


@cache
def _pattern(written: str) -> re.Pattern[str]:
    parts = (".*" if part == "*" else "." if part == "?" else re.escape(part) for part in re.split(r"([*?])", written))
    return re.compile("".join(parts), re.DOTALL)


def matches(pattern: str, value: str) -> bool:
    """Whether a pattern with `*` and `?` covers a value."""
    return pattern == value or _pattern(pattern).fullmatch(value) is not None


def _acts(statement: Statement, action: str) -> bool:
    wanted = action.lower()
    return any(matches(item.lower(), wanted) for item in statement.actions)


def allows(
    found: Iterable[Statement],
    action: str,
    resource: str | None = None,
    *,
    principal: tuple[str, str] | None = None,
    context: Mapping[str, str] | None = None,
) -> bool:
    """Whether one of the statements allows an action.

    `principal` is a kind and a name, such as `Service` and `logs.eu-west-1.amazonaws.com`; `context` holds the
    condition keys that are known; all others count as met.
    """
    return any(
        item.allows
        and _acts(item, action)
        and (resource is None or any(matches(pattern, resource) for pattern in item.resources))
        and (principal is None or _names(item, principal))
        and _met(item.conditions, context or {})
        for item in found
    )


def _names(statement: Statement, principal: tuple[str, str]) -> bool:
    kind, name = principal
    # `{"AWS": "*"}` is everybody as well:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html (read 2026-11-26)
    return name in statement.principals.get(kind, ()) or "*" in {
        *statement.principals.get(kind, ()), *statement.principals.get("AWS", ()), *statement.principals.get("*", ()),
    }  # fmt: skip


def _met(conditions: Mapping[str, Json], context: Mapping[str, str]) -> bool:
    """Whether the conditions on known keys are met; negated operators count as met."""
    for operator, keys in conditions.items():
        if "Not" in operator:
            continue
        for key, wanted in members(keys).items():
            known = next((value for name, value in context.items() if name.lower() == key.lower()), None)
            if known is not None and not any(matches(pattern, known) for pattern in _texts(wanted)):
                return False
    return True


CARRIERS = tuple(record.type for record in registry.RECORDS.values() if record.policies)
"""Types that contain policy documents."""


def carried(resource: Resource) -> Iterator[Statement]:
    """Every statement in the policy documents of a resource."""
    for member in registry.of(resource.type).policies:
        yield from statements(resource.get(member))
    for policy in resource.list("Policies") if resource.type == ROLE else ():
        yield from statements(dig(members(policy), "PolicyDocument"))


def granted(deployed: Deployed, role: Resource) -> tuple[Statement, ...]:
    """The statements of a role: in its inline policies and in the policies that the topology attaches to it."""
    found = [item for policy in role.list("Policies") for item in statements(members(policy).get("PolicyDocument"))]
    for policy in deployed.of(*POLICIES):
        names = [*policy.list("Roles"), policy.get("RoleName")]
        if policy.stack == role.stack and (role.ref in names or role.name in names):
            found += statements(policy.get("PolicyDocument"))
    attached = role.list("ManagedPolicyArns")
    for policy in deployed.of(MANAGED_POLICY):
        if policy.arn in attached:
            found += statements(policy.get("PolicyDocument"))
    return tuple(found)


def key_behind(deployed: Deployed, value: Json, region: str) -> Resource | None:
    """The key that a key id, a key ARN or an alias refers to; None for a key outside the topology."""
    found = deployed.owner(value, (ALIAS,), region)
    if found is not None and found.type == ALIAS:
        found = deployed.owner(found.get("TargetKeyId"))
    return found if found is not None and found.type in KEYS else None


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


DR451 = Rule(
    "DR451",
    "topic-policy",
    says="the policy of a topic does not allow alarms to publish",
    why="A custom policy replaces the default policy, which allows alarms to publish.",
    fix="allow `sns:Publish` for `cloudwatch.amazonaws.com`",
    source=DOCS + "AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html",
    traps=(18,),
)


@reports(DR451)
def topic_policies(deployed: Deployed) -> Iterator[Finding]:
    """A custom policy replaces the default policy, which allows the alarms of the account to publish."""
    for policy in deployed.of(TOPIC_POLICY):
        held = statements(policy.get("PolicyDocument"))
        for value in policy.list("Topics"):
            topic = deployed.owner(value)
            if topic is not None and not allows(
                held, "sns:Publish", topic.arn, principal=("Service", "cloudwatch.amazonaws.com")
            ):
                message = f"`{policy.id}` does not allow `cloudwatch.amazonaws.com` to publish: alarms notify nobody"
                yield Finding(DR451, message, policy.owner, related=((topic.owner, "the topic"),))
