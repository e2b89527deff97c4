"""Whether the reservations of functions fit while old functions still have theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from compiler.aws.facts.lambda_ import UNRESERVED_CONCURRENCY
from compiler.aws.types.lambda_ import FUNCTION
from compiler.aws.types.update_rules import Action
from compiler.aws.values import ResourceId, number
from compiler.diff.change import Blocker, Change, Diff, StackDiff
from compiler.rollout.state import Snapshot

_GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"


def fitted(diff: Diff, old: Snapshot, new: Snapshot, granted: Mapping[str, int]) -> Diff:
    """The diff with a blocker at each new function that AWS refuses, since old ones keep what they reserve.

    CloudFormation creates the new function before it removes the old one, and by default the old one stays. `granted`
    has the concurrent executions that the account has, by region.
    """
    return replace(diff, stacks=tuple(_stack(stack, diff, old, new, granted) for stack in diff.stacks))


def _stack(stack: StackDiff, diff: Diff, old: Snapshot, new: Snapshot, granted: Mapping[str, int]) -> StackDiff:
    left = [
        change
        for other in diff.stacks
        if other.region == stack.region
        for change in other.changes
        if change.type == FUNCTION and change.action in (Action.REMOVED, Action.REPLACED) and _reserved(old, change)
    ]
    wanted = sum(_all(new, stack.region)) + sum(_reserved(old, change) for change in left)
    has = granted.get(stack.region)
    if has is None or not left or wanted + UNRESERVED_CONCURRENCY.value <= has:
        return stack
    blocker = _blocker(stack.region, wanted, has, left)
    changes = tuple(
        replace(change, blockers=(*change.blockers, blocker))
        if change.type == FUNCTION and change.action in (Action.ADDED, Action.REPLACED) and _reserved(new, change)
        else change
        for change in stack.changes
    )
    return replace(stack, changes=changes)


def _all(snapshot: Snapshot, region: str) -> Iterator[int]:
    for resource in snapshot.resources:
        if resource.type == FUNCTION and resource.region == region:
            yield int(number(resource.get("ReservedConcurrentExecutions")) or 0)


def _reserved(snapshot: Snapshot, change: Change) -> int:
    resource = snapshot.resource(ResourceId(change.stack, change.id))
    return int(number(resource.get("ReservedConcurrentExecutions")) or 0)


def _blocker(region: str, wanted: int, has: int, left: list[Change]) -> Blocker:
    kept, most = UNRESERVED_CONCURRENCY.value, wanted + UNRESERVED_CONCURRENCY.value
    names = " and ".join(f"`{change.name or change.id}`" for change in left)
    message = (
        f"functions would reserve {wanted:,} of {has:,} concurrent executions in {region}, and Lambda keeps {kept} "
        f"back: {names} {'keeps its reservation' if len(left) == 1 else 'keep their reservations'}"
    )
    entries = [found[1] for change in left if (found := re.fullmatch(r"functions\[(.+)\]", change.entry))]
    same = f"write `was: {entries[0]}` if it is that function under a new name; or " if len(entries) == 1 else ""
    remedy = f"{same}request the quota, and write `lambda_concurrency: {most}` under `quotas` when AWS has granted it"
    return Blocker(message, remedy, _GUIDE, message)
