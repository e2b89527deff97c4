"""CloudWatch Logs: copies of logs in another region, and names of log groups that services write to."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from compiler.aws.facts import logs as facts
from compiler.aws.types.kinesis import DELIVERY_STREAM, STREAM
from compiler.aws.types.logs import DESTINATION, LOG_GROUP, QUERY_LOGS, SUBSCRIPTION_FILTER, VENDED
from compiler.aws.values import Json, arn, dig, listed, members, number, text
from compiler.diagnostics.model import Rule, Severity
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


DR492 = Rule(
    "DR492",
    "log-distribution",
    says="log lines arrive in few shards of a stream",
    why="By default a subscription sends all lines of one log stream to one shard. An API writes few log streams, so "
    "some shards refuse lines while others are idle.",
    fix="set `Distribution` to `Random`",
    source=DOCS + "AWSCloudFormation/latest/TemplateReference/aws-resource-logs-subscriptionfilter.html",
    severity=Severity.WARNING,
    traps=(69,),
)


@reports(DR492)
def distribution(deployed: Deployed) -> Iterator[Finding]:
    """A filter spreads lines evenly over the shards of its stream, where that has several."""
    for item in deployed.of(SUBSCRIPTION_FILTER):
        target = deployed.owner(item.get("DestinationArn"))
        if target is not None and target.type == DESTINATION:
            target = deployed.owner(target.get("TargetArn"))
        if target is None or target.type != STREAM or item.get("Distribution") == "Random":
            continue
        shards = number(target.get("ShardCount")) or 1
        if shards > 1:
            message = f"`{item.id}` sends each log stream to one of the {shards:,.0f} shards of `{target.id}`"
            yield Finding(DR492, message, item.owner, related=((target.owner, "the stream"),))


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


DR485 = Rule(
    "DR485",
    "vended-logs",
    says="the name of a log group that a service writes to makes a policy of the account longer",
    why="The service adds each log group to a resource policy of the account, and does not remove it. The policy has a "
    "greatest length. In an account with many log groups, the resource that is logged cannot be created.",
    fix="begin the name of the log group with `/aws/vendedlogs/`, or give it a `ResourcePolicyDocument`",
    source=DOCS + "AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html",
    severity=Severity.WARNING,
    traps=(63,),
)


@reports(DR485)
def vended(deployed: Deployed) -> Iterator[Finding]:
    """Log groups that services write to have the prefix for which no policy grows with each of them."""
    for places, prefix in ((VENDED, facts.VENDED_PREFIX.value), (QUERY_LOGS, facts.QUERY_LOG_PREFIX.value)):
        for writer in deployed.of(*places):
            for value in _at(writer.properties, *places[writer.type].split(".")):
                group = deployed.owner(value, (LOG_GROUP,), writer.region)
                name = group.name if group else _group_name(value)
                if name is None or name.startswith(prefix) or (group and _admits(group)):
                    continue
                message = f"`{writer.id}` writes to the log group `{name}`, whose name does not begin with `{prefix}`"
                yield Finding(
                    DR485, message, writer.owner,
                    related=((group.owner, "the log group"),) if group else (),
                    help=f"begin the name with `{prefix}`",
                )  # fmt: skip


def _at(value: Json, *path: str) -> Iterator[Json]:
    """The values at a path of properties; a list on the way stands for each of its items."""
    for item in listed(value):
        if path:
            yield from _at(members(item).get(path[0]), *path[1:])
        else:
            yield item


def _group_name(value: Json) -> str | None:
    """The log group that a name or an ARN states; None for another destination of logs."""
    found = arn(value)
    if found is None:
        return text(value) or None
    return found.resource.removeprefix("log-group:").removesuffix(":*") if found.service == "logs" else None


def _admits(group: Resource) -> bool:
    """Whether a policy of the log group itself lets services deliver logs."""
    held = statements(group.get("ResourcePolicyDocument"))
    return allows(held, "logs:PutLogEvents", principal=("Service", facts.DELIVERY_PRINCIPAL.value))
