"""SNS: topics that alarms can publish to."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.types.sns import TOPIC_POLICY
from compiler.diagnostics.model import Rule
from compiler.findings.finding import Finding
from compiler.rules.check import DOCS, reports
from compiler.rules.deployed import Deployed
from compiler.rules.policy import allows, statements

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
