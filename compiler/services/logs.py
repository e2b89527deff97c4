"""CloudWatch Logs: log groups under the key, and the subscriptions that copy them to the other region."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from compiler.aws.facts import logs as facts
from compiler.aws.facts.model import figure
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Route
from compiler.findings.finding import Finding
from compiler.ir.elements import Block, Json, Ref, StackId, Text, join
from compiler.ir.names import physical
from compiler.ir.template import View
from compiler.objectives.model import Demand, granted
from compiler.services import existing_receivers, kms
from compiler.topology.model import Topology


class GroupView(View, partial="logs/group.json.j2"):
    id: str
    name: Json
    retention_days: Json
    key_arn: Ref
    tags: Json


class SubscriptionView(View, partial="logs/subscription.json.j2"):
    """A filter whose lines spread evenly over the shards of the stream behind our destination.

    What is behind the destination of others is not known, and a delivery stream has no shards. AWS describes
    `Distribution` for a stream; with a log destination it is used in public, for example in
    https://github.com/cloud-custodian/cloud-custodian/pull/8246 (read 2026-11-26).
    """

    id: str
    name: Json
    group: Ref
    spread: bool
    destination_arn: Ref


def group(topology: Topology, ref: Ref, entry: str, at: Route, *, vended: bool = False) -> Block:
    """The log group `ref` under the key with the topology's retention; `vended` as `group_name` takes it."""
    stack = ref.stack
    view = GroupView(
        id=ref.resource,
        name=group_name(entry, vended=vended),
        retention_days=int(topology.spec.logs.retention.days),
        key_arn=kms.key_arn(stack),
        tags=topology.tag_list(stack),
    )
    return Block(stack, view, at)


def group_name(entry: str, *, vended: bool = False) -> Text:
    """Name of a log group.

    A service writes to a `vended` one with permissions of a resource policy of CloudWatch Logs, not of a role. The
    service adds each such group to the policy of the account, which has a greatest length. Groups with the prefix
    need no entry of their own.
    """
    name = physical("log-group", entry)
    return join(facts.VENDED_PREFIX.value, name) if vended else name


def copied(topology: Topology, group: Ref, entry: str, at: Route) -> Block:
    """The subscription that copies the log group `group` to the other region. Never for groups of the delivery path."""
    view = SubscriptionView(
        id=f"{group.resource}Subscription",
        name=physical("subscription", entry),
        group=group,
        spread=not topology.spec.logs.existing,
        destination_arn=destination(group.stack).att("Arn"),
    )
    return Block(group.stack, view, at)


def destination(stack: StackId) -> Ref:
    """Where subscriptions of this region send log events: it leads to the other region's stream."""
    return Ref(stack, "LogDestination")


def rules(topology: Topology) -> Iterator[Finding]:
    """Retention, and destinations that exist; reports DR362 to DR364 and DR408."""
    yield from existing_receivers.destination_rules(topology)
    for field in ("retention", "archive_retention"):
        days = int(getattr(topology.spec.logs, field).days)
        if field == "retention" and days not in facts.RETENTION_DAYS.value:
            offered = sorted(facts.RETENTION_DAYS.value, key=lambda d: (abs(d - days), d))[:3]
            words = " or ".join(f"`{d}d`" for d in sorted(offered))
            message = f"a log group cannot keep events for {days} days"
            yield Finding(Code.DR408, message, ("logs", field), help=f"choose {words}")


def demands(topology: Topology, stack: StackId) -> Iterator[Demand]:
    """Calls a second that deliver log events; the quota is the account's in a region."""
    if not stack.serves:
        return
    quota, route = granted(topology, stack, "log_requests")
    environments = sum(capacity.environments for capacity in topology.capacity.functions.values())
    yield Demand(
        id="logs.requests",
        says="PutLogEvents calls of the execution environments at peak",
        formula=f"{figure(environments)} x {facts.CALLS_PER_ENVIRONMENT.value}",
        region=stack.region,
        needed=Fraction(environments * facts.CALLS_PER_ENVIRONMENT.value),
        allowed=quota if quota is not None else Fraction(facts.PUT_RATE.value),
        unit="calls/s",
        granted=quota is not None,
        facts=(facts.PUT_RATE, facts.CALLS_PER_ENVIRONMENT),
        route=route,
        quota=facts.PUT_RATE_QUOTA,
        field="log_requests: {}/s",
    )
