"""The resource policies of CloudWatch Logs, and whether they have room for what AWS delivers. Reports DR846."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from compiler.aws.facts import logs as facts
from compiler.aws.intrinsics import Account, Resolver
from compiler.aws.types import registry
from compiler.aws.types.logs import LOG_GROUP
from compiler.aws.values import Json, ResourceId, text
from compiler.deploy.cloud import CloudError, unread
from compiler.deploy.session import Session
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.rollout.deployment import Stack
from compiler.rules.policy import allows, statements

_OPERATION = "DescribeResourcePolicies"


def check(session: Session, region: str) -> Iterator[Finding]:
    """Log groups that services will write to and no resource policy of the region covers, where none can be added.

    Only groups that their stack does not have yet. Raises `CloudError`.
    """
    groups = [found for stack in session.selected if stack.region == region for found in _vended(session, stack)]
    if not groups:
        return
    try:
        # There are ten at most, so that the first page has them all.
        policies = session.api.call("logs", region, _OPERATION, {}).get("resourcePolicies", [])
    except CloudError as error:
        yield unread(error, f"resource policies of CloudWatch Logs in {region}")
        return
    for owner, arn in groups:
        if problem := _full(policies, arn):
            message = f"{problem} in {region}, and no policy lets AWS deliver logs to `{owner.id}`"
            yield Finding(Code.DR846, message, owner)


def _vended(session: Session, stack: Stack) -> Iterator[tuple[ResourceId, str]]:
    """Log groups with the prefix of delivered logs that are about to be created, with the ARNs of their streams."""
    existing = {resource.id for resource in session.resources.get(stack.id, ())}
    account = Account(session.account, session.topology.partition)
    resolver = Resolver(stack.template, account, session.parameters, {})
    for id_, body in resolver.bodies.items():
        if body["Type"] == LOG_GROUP and id_ not in existing:
            arn = resolver.form(id_, registry.of(LOG_GROUP).arn or "")
            if resolver.name(id_).startswith(facts.VENDED_PREFIX.value):
                yield ResourceId(stack.key, id_), f"{arn}:log-stream:x"


def _full(policies: list[Mapping[str, Json]], arn: str) -> str:
    """What keeps AWS from adding a log group to a policy; empty where nothing does, or where it is covered."""
    delivery = ("Service", facts.DELIVERY_PRINCIPAL.value)
    documents = [text(policy.get("policyDocument")) for policy in policies]
    if any(allows(statements(held), "logs:PutLogEvents", arn, principal=delivery) for held in documents):
        return ""
    ours = [policy for policy in policies if text(policy.get("policyName")).startswith(facts.DELIVERY_POLICY.value)]
    if not ours and len(policies) >= facts.RESOURCE_POLICIES.value:
        return f"CloudWatch Logs has {len(policies)} resource policies, the most that it allows,"
    for policy in ours:
        length = len(text(policy.get("policyDocument")))
        for most in facts.RESOURCE_POLICY_CHARACTERS.value:
            if most - len(arn) < length <= most:
                return f"the resource policy `{policy['policyName']}` has {length:,} of {most:,} characters"
    return ""
