"""What a change means: for data, for resources that are left behind, and whether AWS would accept it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from compiler.aws.types import registry
from compiler.aws.types.record import Key
from compiler.aws.types.route53 import HEALTH_CHECK
from compiler.aws.types.s3 import BUCKET
from compiler.aws.types.update_rules import Action, Data
from compiler.aws.values import ResourceId, dig
from compiler.diff.change import Blocker, Change, Note, OutputChange
from compiler.diff.names import owners, shown
from compiler.ir.elements import StackId, StackKind
from compiler.rollout.state import Resource, Snapshot
from compiler.rollout.updates import GateClosure

_UG = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"
RETAIN = _UG + "aws-attribute-deletionpolicy.html"
"""By default every resource has the policies `Retain`: one that leaves its stack, and the old one of a replacement,
stay as they are. They cost money, they keep doing what they do, and their names stay in use."""
_CUSTOM_NAME = _UG + "aws-properties-name.html"
_ALARM_CHECKS = (
    "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-updating-cloudwatch-alarm-settings.html"
)
_SUBNETS = "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html"

_WATCHED = frozenset(
    {
        "ComparisonOperator", "DatapointsToAlarm", "Dimensions", "EvaluationPeriods", "MetricName", "Metrics",
        "Namespace", "Period", "Statistic", "Threshold", "TreatMissingData",
    }
)  # fmt: skip
"""Properties of an alarm that a health check copies when it is created or changed."""


def data(resource: Resource, old: Snapshot, survives: Callable[[ResourceId], bool]) -> tuple[Data, str]:
    """What losing a resource means for data, and what it held; nothing for one that holds none."""
    held = registry.of(resource.type).holds
    if held is None:
        return Data.NONE, ""
    standby = resource.stack.kind in (StackKind.SECONDARY, StackKind.REPLICA)
    if resource.type == BUCKET and standby and any(survives(source) for source in _sources(old, resource)):
        return Data.STANDBY, held.what
    return held.data, held.what


def _sources(old: Snapshot, target: Resource) -> Iterator[ResourceId]:
    """Buckets that are replicated into one."""
    name = target.get("BucketName")
    for bucket in old.resources:
        if bucket.type == BUCKET and bucket.owner != target.owner:
            rules = bucket.list("ReplicationConfiguration", "Rules")
            if any(str(dig(rule, "Destination", "Bucket")).endswith(f":::{name}") for rule in rules):
                yield bucket.owner


def replaced(change: Change, held: tuple[Data, str], *, deleted: bool = False) -> Change:
    """A replacement with what it means; `deleted` says that AWS deletes the old resource."""
    loss, what = held
    notes = []
    known = registry.of(change.type)
    if known.replaced:
        notes.append(Note(known.replaced, RETAIN))
    if what and deleted:
        loss = max(loss, Data.LOST, key=lambda data: data.weight)
        notes.append(Note(f"AWS deletes the old resource, and {what} with it", RETAIN))
    elif what and loss is not Data.NONE:
        general = f"the new resource starts without {what}; the old one keeps them, outside its stack"
        old = f"`{change.name}`" if change.name else "the old one"
        message = f"the new resource starts without {what}; {old} keeps them, outside its stack"
        notes.append(Note(message, RETAIN, general))
    loss = max(change.data, loss, key=lambda data: data.weight)
    return replace(change, data=loss, notes=(*change.notes, *notes))


def left(change: Change, held: tuple[Data, str]) -> Change:
    """A removal with what it means: `Retain` keeps the resource, and nothing manages it any more."""
    doing = registry.of(change.type).left
    general = "it leaves its stack but stays in AWS, and no stack manages it" + (f": {doing}" if doing else "")
    message = general + (f"; its name `{change.name}` stays in use" if change.name else "")
    return replace(change, data=held[0], notes=(*change.notes, Note(message, RETAIN, general)))


def deleted(change: Change, held: tuple[Data, str]) -> Change:
    """A removal that deletes the resource: what it holds is gone, also where it is only a key that others need."""
    loss, what = held
    loss = max(loss, Data.LOST, key=lambda data: data.weight) if what else loss
    message = f"AWS deletes it, and {what} with it" if what else "AWS deletes it"
    return replace(change, data=loss, notes=(*change.notes, Note(message, RETAIN)))


def superseded(change: Change, by: str, *, deleted: bool) -> Change:
    """A deployment of an API that a newer one takes the place of: first the stage moves, then the old one goes."""
    end = "then AWS deletes this one" if deleted else "this one stays in AWS until its API is deleted"
    message = f"`{by}` takes its place: the stage points to that one, and {end}"
    general = f"a newer deployment takes its place: the stage points to that one, and {end}"
    return replace(change, action=Action.SUPERSEDED, notes=(*change.notes, Note(message, RETAIN, general)))


def left_with_stack(change: Change, held: tuple[Data, str]) -> Change:
    """The same for a resource whose whole stack is no longer described."""
    loss, what = held
    if loss is Data.NONE:
        return change
    message = f"the new resource starts without {what}; this one keeps them"
    return replace(change, data=loss, notes=(*change.notes, Note(message, RETAIN)))


def gate_closes(change: Change, closure: GateClosure, *, named: bool) -> Change:
    """A change with what a gate does to it on the way; a resource whose own gate closes is created again.

    One that is `named` cannot be: the resource that was left behind has its name.
    """
    back = f"comes back in wave {closure.opened}" if closure.opened else "does not come back"
    if closure.parts:
        action = max(change.action, Action.IN_PLACE, key=lambda action: action.weight)
        message = (
            f"{', '.join(closure.parts)} is removed in wave {closure.closed} and {back}: a value is not known earlier"
        )
        return replace(change, action=action, notes=(*change.notes, Note(message)))
    general = "its gate closes during the update, because a value is not known yet"
    message = (
        f"its gate closes in wave {closure.closed}, because a value is not known yet: it leaves its stack and {back}"
    )
    change = replace(change, action=Action.REPLACED)
    if not named:
        return replace(change, notes=(*change.notes, Note(message, RETAIN, general)))
    message += ", but the resource that was left behind still has its name" + (
        f" `{change.name}`" if change.name else ""
    )
    remedy = "first deploy the stack that gives the value, then update this one"
    return _blocked(change, Blocker(message, remedy, RETAIN, general))


def name_taken(change: Change, wanted: Key, by: tuple[ResourceId, str] | None) -> Change:
    """A creation whose name is in use: by the resource that it replaces (None), or by another resource of a stack."""
    name = change.name or shown(", ".join(part for part in wanted[2:] if part))
    if by is None:
        general = "CloudFormation cannot replace it, because the old resource keeps the name"
        remedy = "give it another name in the spec and move its data, or undo the change that requires a replacement"
        return _blocked(change, Blocker(f"{general} (`{name}`)", remedy, _CUSTOM_NAME, general))
    owner, stack = by
    message = f"its name `{name}` is taken by `{owner.id}` of the stack {stack}, which stays there"
    general = f"its name is taken by a resource of the stack {stack}, which stays there"
    remedy = "remove or rename the old one first, or bring it into the new stack with a resource import"
    return _blocked(change, Blocker(message, remedy, _CUSTOM_NAME, general))


_IMPORT = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/refactor-stacks.html"


def moved(change: Change, stack: str) -> Change:
    """A resource whose entry is to be in another part of its region: no update moves anything between stacks."""
    named = f" `{change.name}`" if change.name else ""
    message = f"its entry leaves the stack {stack}, where it keeps its name{named} and what it holds"
    general = f"`stack` of its entry has changed: it keeps its name and what it holds in the stack {stack}"
    remedy = "write `stack` as it was, since it is for entries that are new; docs/large.md says how an entry moves"
    return _blocked(change, Blocker(message, remedy, _IMPORT, general))


def role_changed(stack: StackId, had: StackKind | None) -> Iterator[Blocker]:
    """A region that is deployed under another role: no update moves what its stack holds into another stack."""
    if had is None:
        return
    message = (
        f"{stack.region} is deployed as {had} and is to become {stack.kind}: the stack that stays keeps its names and "
        "its data, and health checks would change before the records do"
    )
    remedy = "keep the roles and move clients with `dr-deploy --hold`; docs/swap.md says how roles change for good"
    yield Blocker(message, remedy, RETAIN)


def domain_changed(old: str, new: str) -> Iterator[Blocker]:
    """A running system under another domain: an update replaces every name that clients and health checks use."""
    if not old or not new or old == new:
        return
    message = (
        f"clients use {old}, and the system is to be reached under {new}: the update replaces zone, certificates, "
        "domain names and records, and clients get no answer under either name meanwhile"
    )
    yield Blocker(message, "keep `dns.domain`; docs/domain.md says how clients move to another domain", RETAIN)


def addresses_taken(change: Change, owner: ResourceId) -> Change:
    """A subnet whose addresses another one has, which stays: another subnet, or the one that it would replace."""
    if owner == ResourceId(change.stack, change.id):
        general = "CloudFormation cannot replace it, because the old subnet keeps its addresses"
        remedy = "keep the zones in their order in `zones`, and add a further zone at the end"
        return _blocked(change, Blocker(general, remedy, _SUBNETS, general))
    general = "its addresses overlap those of a subnet that exists and stays"
    message = f"its addresses overlap those of `{owner.id}`, which exists and stays"
    return _blocked(change, Blocker(message, "give the region another `cidr`", _SUBNETS, general))


def _blocked(change: Change, blocker: Blocker) -> Change:
    return replace(change, blockers=(*change.blockers, blocker))


def not_followed(change: Change, new: Snapshot, untouched: Callable[[ResourceId], bool]) -> Change:
    """A changed alarm that a health check follows: the check keeps the settings that the alarm had."""
    if not any(str(item.path[0]) in _WATCHED for item in change.properties if item.path):
        return change
    region = new.by_key[change.stack].stack.region
    for check in new.resources:
        if check.type != HEALTH_CHECK or not untouched(check.owner):
            continue
        alarm = check.get("HealthCheckConfig", "AlarmIdentifier")
        if dig(alarm, "Name") == change.name and dig(alarm, "Region") == region:
            message = (
                f"the health check `{check.id}` keeps the alarm's old settings until the health check itself is changed"
            )
            change = replace(change, notes=(*change.notes, Note(message, _ALARM_CHECKS)))
    return change


def blocked_by_exports(changes: Iterable[Change], given: Iterable[OutputChange]) -> tuple[Change, ...]:
    """The changes, those of resources refused whose values leave their stack by an export that is in use."""
    blockers: dict[str, list[Blocker]] = {}
    for output in given:
        for owner in {*owners(output.old)}:
            blockers.setdefault(f"{owner.stack}/{owner.id}", []).extend(output.blockers)
    return tuple(
        replace(change, blockers=(*change.blockers, *blockers[change.key]))
        if change.action in (Action.REPLACED, Action.REMOVED) and blockers.get(change.key) else change
        for change in changes
    )  # fmt: skip
