"""CloudWatch Logs: copies of logs in another region."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from compiler.aws.facts import logs as facts
from compiler.aws.types.kinesis import DELIVERY_STREAM
from compiler.aws.types.logs import DESTINATION, LOG_GROUP, SUBSCRIPTION_FILTER
from compiler.aws.values import arn, dig
from compiler.diagnostics.model import Rule
from compiler.findings.finding import Finding
from compiler.rollout.state import Resource
from compiler.rules.deployed import DOCS, Deployed, reports
from compiler.rules.policy import allows, statements

DR455 = Rule(
    "DR455",
    "log-copies",
    says="CloudWatch Logs rejects a copy of logs, or logs are lost",
    why="A subscription filter delivers within its own region, and takes a role only for a stream. Log events "
    "that the destination rejects are lost.",
    fix="use a destination in the same region; its stream can be in another region",
    source=DOCS + "AmazonCloudWatch/latest/logs/CrossAccountSubscriptions.html",
    traps=(35,),
)


@reports(DR455)
def filters(deployed: Deployed) -> Iterator[Finding]:
    """A filter delivers within its own region. It needs a role for a stream, and must not have one otherwise."""
    for item in deployed.of(SUBSCRIPTION_FILTER):
        target = arn(item.get("DestinationArn"))
        if target is None:
            continue
        if target.region != item.region:
            message = (
                f"`{item.id}` in {item.region} delivers directly to {target.service} in {target.region}; "
                "use an `AWS::Logs::Destination` in its own region"
            )
            yield Finding(DR455, message, item.owner)
        direct = target.service in ("kinesis", "firehose")
        if direct and not item.get("RoleArn"):
            yield Finding(DR455, f"`{item.id}` delivers to {target.service} but has no role", item.owner)
        if not direct and item.get("RoleArn"):
            message = f"`{item.id}` has a role, which CloudWatch Logs rejects for a destination or a function"
            yield Finding(DR455, message, item.owner)


@reports(DR455)
def groups(deployed: Deployed) -> Iterator[Finding]:
    """At most two filters, on a log group of the standard class, and not on the logs of the delivery itself."""
    most = facts.FILTERS_PER_GROUP.value
    subscribed: Counter[tuple[str, str]] = Counter()
    delivery = {
        (stream.region, dig(stream.get(member), "CloudWatchLoggingOptions", "LogGroupName"))
        for stream in deployed.of(DELIVERY_STREAM)
        for member in ("ExtendedS3DestinationConfiguration", "S3DestinationConfiguration")
    }
    for item in deployed.of(SUBSCRIPTION_FILTER):
        key = (item.region, item.text("LogGroupName"))
        subscribed[key] += 1
        group = deployed.owner(key[1], (LOG_GROUP,), item.region)
        related = ((group.owner, "the log group"),) if group else ()
        if subscribed[key] == most + 1:
            message = f"`{item.id}` is one filter too many on `{key[1]}`; a log group allows {most}"
            yield Finding(DR455, message, item.owner, related=related)
        if key in delivery:
            message = (
                f"`{item.id}` copies the log of the delivery itself, which creates more log entries with each copy"
            )
            yield Finding(DR455, message, item.owner, related=related)
        if group is not None and group.get("LogGroupClass") not in (None, "STANDARD"):
            message = (
                f"`{item.id}` copies `{group.id}`, whose class `{group.get('LogGroupClass')}` does not support filters"
            )
            yield Finding(DR455, message, item.owner, related=related)


@reports(DR455)
def destinations(deployed: Deployed) -> Iterator[Finding]:
    """The policy of a destination is a JSON text that names accounts by their ids."""
    for item in deployed.of(DESTINATION):
        for fault in _policy_faults(item):
            yield Finding(DR455, f"the policy of `{item.id}` {fault}", item.owner)


def _policy_faults(item: Resource) -> Iterator[str]:
    written = item.get("DestinationPolicy")
    if written is None:
        return
    try:
        json.loads(written)
    except (TypeError, ValueError):
        yield "is not a JSON text"
        return
    held = statements(written)
    names = [name for statement in held for name in statement.principals.get("AWS", ())]
    for name in names:
        if name.startswith("arn:"):
            yield f"names `{name}`; it must name an account id"
    if not allows(held, "logs:PutSubscriptionFilter", item.arn):
        yield f"does not allow `logs:PutSubscriptionFilter` on `{item.arn}`"
