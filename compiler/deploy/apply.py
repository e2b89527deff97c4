"""One stack: waited for, proposed as a change set, reviewed, executed, and waited for again.

Of two runs at once, the slower finds its change set gone, waits until the other is done, and proposes again from what
exists then. Reports DR830, DR833 and DR838, and what its parts report.
"""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.types.others import STACK
from compiler.deploy import baking, change_sets, review
from compiler.deploy.change_sets import ChangeSet
from compiler.deploy.cloud import Change, CloudError, DeploymentError, Event, ExistingStack
from compiler.deploy.desired import desired_stack
from compiler.deploy.session import Session, timed_out
from compiler.deploy.stack_states import (
    REVIEW,
    ROLLED_BACK,
    StackAction,
    next_action,
    running,
    stuck,
    succeeded,
    way_out,
)
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.linking.waves import Step
from compiler.rollout.deployment import Stack
from compiler.support.frozen import frozen

_BEGINNINGS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "REVIEW_IN_PROGRESS", "DELETE_IN_PROGRESS")
_MOST_FAILURES = 10


def failures(session: Session, stack: Stack, change_set: ChangeSet, now: ExistingStack) -> Iterator[Finding]:
    """What went wrong first in the operation of a change set, at the spec entries that asked for it."""
    failed = root_causes(session.cloudformation.events(stack.region, stack.name), change_set.name)
    if not failed and change_set.watch.alarms:
        yield baking.taken_back(session, stack, change_set.watch)
        return
    after = "nothing of the stack is left" if now.status == ROLLED_BACK else f"the stack is {now.status}"
    help_text = way_out(now.status, stack) or f"fix it and run dr-deploy again; {after}"
    if all(event.type == STACK for event in failed):
        # Validation before the deployment says what is wrong elsewhere.
        for id_, reason in session.cloudformation.validation_errors(stack.region, stack.name, ""):
            message = f"{stack.name}: {id_}: {reason}"
            yield Finding(Code.DR833, message, session.place(stack, id_), help=help_text)
    for event in failed[:_MOST_FAILURES]:
        message = f"{stack.name}: {event.type} `{event.id}`: {event.reason}"
        yield Finding(Code.DR833, message, session.place(stack, event.id), help=help_text)
    if not failed:
        yield Finding(Code.DR833, f"{stack.name} is {now.status}: {now.reason}", (), help=help_text)


def root_causes(events: tuple[Event, ...], token: str) -> tuple[Event, ...]:
    """What failed by itself, earliest first: not what was cancelled because of it."""
    failed = [event for event in reversed(_of_operation(events, token)) if event.status.endswith("_FAILED")]
    real = [event for event in failed if "cancelled" not in event.reason.lower()]
    resources = [event for event in real if event.type != STACK]
    return tuple(resources or real)


def finished(events: tuple[Event, ...], token: str) -> int:
    """How many resources an operation is done with."""
    return len({e.id for e in _of_operation(events, token) if e.status.endswith("_COMPLETE") and e.type != STACK})


def _of_operation(events: tuple[Event, ...], token: str) -> tuple[Event, ...]:
    """Events of the latest operation, latest first; of ours where events carry tokens."""
    ours = tuple(event for event in events if event.token == token)
    if ours:
        return ours
    found: list[Event] = []
    for event in events:
        found.append(event)
        if event.type == STACK and event.status in _BEGINNINGS:
            break
    return tuple(found)


_TRIES = 5
"""How often a change set is made anew because the stack changed under it."""
_ENDLESS = "an operation on the stack has not ended"


@frozen
class Applied:
    """A stack after its operation, what was changed, and the fingerprint of what it has become."""

    stack: ExistingStack
    changes: tuple[Change, ...]
    fingerprint: tuple[object, ...]


def apply(session: Session, step: Step, change_set: ChangeSet | None = None) -> Applied:
    """Changes a stack into the desired one, with values for the parameters of the step; raises `DeploymentError`.

    A change set made earlier is executed if the stack is still the one that it was made for.
    """
    stack = session.deployment.stack(step.stack)
    for _ in range(_TRIES):
        existing = settle(session, stack)
        desired = desired_stack(session, stack, step.parameters, existing)
        if change_set is None:
            change_set = change_sets.propose(session, desired, existing, baking.watch(session, step, existing))
        if change_set is not None:
            change_sets.refuse_dangers(session, stack, change_set)
            change_sets.refuse_unapproved(session, stack, change_set)
            if not change_set.name and existing is not None:
                return Applied(_finish(session, stack, existing), (), desired.fingerprint)
            baking.refuse_ringing(session, stack, change_set)
            if change_sets.execute(session, stack, change_set):
                return Applied(wait(session, stack, change_set), change_set.changes, desired.fingerprint)
        session.progress.stack(stack.key, "another run or a person changed the stack: reads it again")
        change_set = None
        session.backoff()
    message = f"{stack.name}: another run or a person changed it before each of {_TRIES} attempts to deploy it"
    raise DeploymentError(Finding(Code.DR838, message, ()))


def settle(session: Session, stack: Stack) -> ExistingStack | None:
    """The stack once nothing runs on it, None where it is to be created; raises `DeploymentError` where it is stuck."""
    for _ in session.pauses(stack):
        existing = session.cloudformation.describe(stack.region, stack.name)
        match next_action(existing):
            case StackAction.CREATE:
                return None
            case StackAction.UPDATE:
                return existing
            case StackAction.WAIT:
                _say_waiting(session, stack, existing)
            case StackAction.CLEAR:
                _clear(session, stack)
            case StackAction.STUCK:
                raise DeploymentError(stuck(stack, existing))
    raise DeploymentError(timed_out(stack, _ENDLESS))


def wait_until_idle(session: Session, stack: Stack) -> Finding | None:
    """Waits until nothing runs on the stack, whoever began it; a finding where that never comes."""
    for _ in session.pauses(stack):
        existing = session.cloudformation.describe(stack.region, stack.name)
        if not running(existing):
            return None
        _say_waiting(session, stack, existing)
    return timed_out(stack, _ENDLESS)


def _say_waiting(session: Session, stack: Stack, existing: ExistingStack | None) -> None:
    if existing:
        session.progress.stack(stack.key, f"waits for an operation that is running: {existing.status}")


def _clear(session: Session, stack: Stack) -> None:
    """Deletes a stack whose creation was rolled back; raises `DeploymentError` where something of it is left."""
    left = [
        f"{resource.id} ({resource.physical})"
        for resource in session.cloudformation.resources(stack.region, stack.name)
        if resource.status not in ("DELETE_COMPLETE", "DELETE_SKIPPED")
    ]
    if left:
        message = f"the creation of {stack.name} was rolled back and left {', '.join(left)}"
        raise DeploymentError(Finding(Code.DR830, message, (), help=way_out("ROLLBACK_FAILED", stack)))
    session.progress.stack(stack.key, "deletes the empty stack that a failed creation left")
    session.cloudformation.delete(stack.region, stack.name)


def wait(session: Session, stack: Stack, change_set: ChangeSet) -> ExistingStack:
    """The stack once its operation has succeeded; raises `DeploymentError`."""
    what = "creates" if change_set.create else "updates"
    total = review.counts(change_set.changes).total
    session.progress.stack(stack.key, what, 0, total)
    if change_set.watch.minutes:
        watched = change_set.watch.names or "no alarm yet"
        session.progress.say(f"  {stack.key}: bakes for {change_set.watch.minutes} min after this ({watched})")
    begun = False
    for _ in session.pauses(stack):
        now = session.cloudformation.describe(stack.region, stack.name)
        if now is None:
            message = f"{stack.name} was deleted during the deployment"
            raise DeploymentError(Finding(Code.DR833, message, ()))
        if running(now):
            begun = True
            done = finished(session.cloudformation.events(stack.region, stack.name), change_set.name)
            session.progress.stack(stack.key, _word(now.status, what), done, total)
        elif now.status != REVIEW and (begun or change_sets.executed(session, stack, change_set, now)):
            if succeeded(now.status):
                return _finish(session, stack, now)
            session.progress.stack(stack.key, now.status)
            raise DeploymentError(*failures(session, stack, change_set, now))
    raise DeploymentError(timed_out(stack, "its operation has not ended"))


def _word(status: str, what: str) -> str:
    if "ROLLBACK" in status:
        return "rolls back"
    return "cleans up" if "CLEANUP" in status else what


def _finish(session: Session, stack: Stack, now: ExistingStack) -> ExistingStack:
    enable_termination_protection(session, stack, now)
    session.progress.stack(stack.key, now.status)
    return now


def enable_termination_protection(session: Session, stack: Stack, now: ExistingStack) -> None:
    """Turns termination protection on where it is off."""
    if now.protected:
        return
    try:
        session.cloudformation.protect(stack.region, stack.name, on=True)
    except CloudError as error:
        if not error.missing:
            raise
        session.progress.say(f"  {stack.key}: this endpoint has no termination protection")
