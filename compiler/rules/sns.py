"""SNS: topics that alarms may publish to."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding
from compiler.rules.deployed import Deployed
from compiler.rules.policy import allows, statements


def topic_policies(world: Deployed) -> Iterator[Finding]:
    """A policy of one's own replaces the default one, which lets the account's alarms publish."""
    for policy in world.of("AWS::SNS::TopicPolicy"):
        held = statements(policy.get("PolicyDocument"))
        for value in policy.list("Topics"):
            topic = world.owner(value)
            if topic is not None and not allows(
                held, "sns:Publish", topic.arn, principal=("Service", "cloudwatch.amazonaws.com")
            ):
                message = f"`{policy.id}` does not let `cloudwatch.amazonaws.com` publish: alarms tell nobody"
                yield Finding(Code.DR451, message, policy.owner, related=((topic.owner, "the topic"),))
