"""What a change means: for data, for whoever uses what is left behind, and whether AWS would take it at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from compiler.aws.types import registry
from compiler.aws.types.record import Key
from compiler.aws.types.route53 import HEALTH_CHECK
from compiler.aws.types.s3 import BUCKET
from compiler.aws.types.update_rules import Action, Data
from compiler.aws.values import ResourceId, dig, listed
from compiler.diff import sources
from compiler.diff.change import Change, OutputChange, Refusal, Remark
from compiler.diff.gates import Closing
from compiler.diff.marks import owners, shown
from compiler.diff.side import Snapshot
from compiler.ir.elements import StackKind

_WATCHED = frozenset(
    {
        "ComparisonOperator", "DatapointsToAlarm", "Dimensions", "EvaluationPeriods", "MetricName", "Metrics",
        "Namespace", "Period", "Statistic", "Threshold", "TreatMissingData",
    }
)  # fmt: skip
"""Properties of an alarm that a health check on it has taken over."""


def data(owner: ResourceId, old: Snapshot, survives: Callable[[ResourceId], bool]) -> tuple[Data, str]:
    """What losing sight of a resource means for data, and what it held; nothing for one that holds none."""
    stack = old.stacks[owner.stack]
    kind = stack.bodies[owner.id]["Type"]
    held = registry.of(kind).holds
    if held is None:
        return Data.NONE, ""
    standby = stack.id.kind in (StackKind.SECONDARY, StackKind.REPLICA)
    if kind == BUCKET and standby and any(survives(source) for source in _sources(old, owner)):
        return Data.STANDBY, held.what
    return held.data, held.what


def _sources(old: Snapshot, owner: ResourceId) -> Iterator[ResourceId]:
    """Buckets that are replicated into one."""
    name = old.properties(owner.stack, owner.id).get("BucketName")
    for key, stack in old.stacks.items():
        for other, body in stack.bodies.items():
            if body["Type"] != BUCKET or ResourceId(key, other) == owner:
                continue
            rules = listed(dig(old.properties(key, other), "ReplicationConfiguration", "Rules"))
            if any(str(dig(rule, "Destination", "Bucket")).endswith(f":::{name}") for rule in rules):
                yield ResourceId(key, other)


def replaced(change: Change, held: tuple[Data, str]) -> Change:
    """A replacement with what it means."""
    loss, what = held
    remarks = []
    known = registry.of(change.type)
    if known.replaced:
        remarks.append(Remark(known.replaced, sources.RETAIN))
    if what and loss is not Data.NONE:
        general = f"the new one starts without {what}; the old one keeps them, outside its stack"
        old = f"`{change.name}`" if change.name else "the old one"
        says = f"the new one starts without {what}; {old} keeps them, outside its stack"
        remarks.append(Remark(says, sources.RETAIN, general))
    loss = max(change.data, loss, key=lambda data: data.weight)
    return replace(change, data=loss, remarks=(*change.remarks, *remarks))


def left(change: Change, held: tuple[Data, str]) -> Change:
    """A removal with what it means: `Retain` keeps the resource, and nothing manages it any more."""
    doing = registry.of(change.type).left
    general = "it leaves its stack and stays in AWS, managed by nobody" + (f": {doing}" if doing else "")
    says = general + (f"; its name `{change.name}` stays taken" if change.name else "")
    return replace(change, data=held[0], remarks=(*change.remarks, Remark(says, sources.RETAIN, general)))


def left_with_stack(change: Change, held: tuple[Data, str]) -> Change:
    """The same for a resource whose whole stack is no longer described."""
    loss, what = held
    if loss is Data.NONE:
        return change
    says = f"what takes its place starts without {what}; this one keeps them"
    return replace(change, data=loss, remarks=(*change.remarks, Remark(says, sources.RETAIN)))


def closed(change: Change, item: Closing, *, named: bool) -> Change:
    """A change with what a gate does to it on the way; a resource whose own gate closes is made anew.

    One that is `named` cannot be: what was left behind has its name.
    """
    back = f"comes back in wave {item.opened}" if item.opened else "does not come back"
    if item.parts:
        action = max(change.action, Action.IN_PLACE, key=lambda action: action.weight)
        says = f"{', '.join(item.parts)} is taken away in wave {item.closed} and {back}: a value is not known before"
        return replace(change, action=action, remarks=(*change.remarks, Remark(says)))
    general = "its gate closes on the way, while a value is not known yet"
    says = f"its gate closes in wave {item.closed}, where a value is not known yet: it leaves its stack, and {back}"
    change = replace(change, action=Action.REPLACED)
    if not named:
        return replace(change, remarks=(*change.remarks, Remark(says, sources.RETAIN, general)))
    says += ", when what was left behind has its name" + (f" `{change.name}`" if change.name else "")
    remedy = "deploy what gives the value first, and update this stack only then"
    return _refused(change, Refusal(says, remedy, sources.RETAIN, general))


def taken(change: Change, wanted: Key, by: tuple[ResourceId, str] | None) -> Change:
    """A creation whose name is taken: by its own predecessor (None), or by another resource and its stack's name."""
    name = change.name or shown(", ".join(part for part in wanted[2:] if part))
    if by is None:
        general = "AWS replaces no resource under the name that the old one keeps"
        remedy = "give it another name in the spec, and move what it holds; or take back what asks for a new one"
        return _refused(change, Refusal(f"{general} (`{name}`)", remedy, sources.CUSTOM_NAME, general))
    owner, stack = by
    says = f"its name `{name}` is taken by `{owner.id}` of the stack {stack}, which stays there"
    general = f"its name is taken by a resource of the stack {stack}, which stays there"
    remedy = "remove or rename the old one first, or bring it into the new stack by a resource import"
    return _refused(change, Refusal(says, remedy, sources.CUSTOM_NAME, general))


def crowded(change: Change, owner: ResourceId) -> Change:
    """A subnet whose addresses another one has, which stays."""
    general = "its addresses overlap those of a subnet that is there already and stays"
    says = f"its addresses overlap those of `{owner.id}`, which is there already and stays"
    return _refused(change, Refusal(says, "give the region another range of addresses", sources.SUBNETS, general))


def _refused(change: Change, refusal: Refusal) -> Change:
    return replace(change, refusals=(*change.refusals, refusal))


def unread(change: Change, new: Snapshot, untouched: Callable[[ResourceId], bool]) -> Change:
    """A changed alarm that a health check follows: the check goes on with the alarm as it was."""
    if not any(str(item.path[0]) in _WATCHED for item in change.properties if item.path):
        return change
    region = new.stacks[change.stack].id.region
    for key, stack in new.stacks.items():
        for name, body in stack.bodies.items():
            if body["Type"] != HEALTH_CHECK or not untouched(ResourceId(key, name)):
                continue
            alarm = dig(new.properties(key, name), "HealthCheckConfig", "AlarmIdentifier")
            if dig(alarm, "Name") == change.name and dig(alarm, "Region") == region:
                says = f"the health check `{name}` goes on with the alarm's old settings until it is changed itself"
                change = replace(change, remarks=(*change.remarks, Remark(says, sources.ALARM_CHECKS)))
    return change


def refused_by_exports(changes: Iterable[Change], given: Iterable[OutputChange]) -> tuple[Change, ...]:
    """The changes, those of resources refused whose values leave their stack by an export that is in use."""
    refusals: dict[str, list[Refusal]] = {}
    for output in given:
        for owner in {*owners(output.old)}:
            refusals.setdefault(f"{owner.stack}/{owner.id}", []).extend(output.refusals)
    return tuple(
        replace(change, refusals=(*change.refusals, *refusals[change.key]))
        if change.action in (Action.REPLACED, Action.REMOVED) and refusals.get(change.key) else change
        for change in changes
    )  # fmt: skip
