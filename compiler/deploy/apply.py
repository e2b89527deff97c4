"""One stack: waited for, proposed as a change set, reviewed, executed, and waited for again.

Of two runs at once, the slower finds its change set gone, waits until the other is done, and proposes again from what
exists then. Reports DR830, DR833 and DR838, and what its parts report.
"""

from __future__ import annotations

from compiler.deploy import change_sets, events, review
from compiler.deploy.change_sets import ChangeSet
from compiler.deploy.cloud import Change, CloudError, ExistingStack
from compiler.deploy.desired import desired_stack
from compiler.deploy.errors import DeploymentError
from compiler.deploy.session import Session, timed_out
from compiler.deploy.stack_states import REVIEW, StackAction, next_action, running, stuck, succeeded, way_out
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding
from compiler.rollout.deployment import Stack
from compiler.support.frozen import frozen

_TRIES = 5
"""How often a change set is made anew because the stack changed under it."""
_ENDLESS = "an operation on the stack does not end"


@frozen
class Applied:
    """A stack after its operation, what was changed, and the fingerprint of what it has become."""

    stack: ExistingStack
    changes: tuple[Change, ...]
    fingerprint: tuple[object, ...]


def apply(session: Session, stack: Stack, expected: tuple[str, ...], change_set: ChangeSet | None = None) -> Applied:
    """Makes the stack what it is to become, with values for the parameters `expected`; raises `DeploymentError`.

    A change set made earlier is executed if the stack is still the one that it was made for.
    """
    for _ in range(_TRIES):
        existing = settle(session, stack)
        desired = desired_stack(session, stack, expected, existing)
        if change_set is None:
            change_set = change_sets.propose(session, desired, existing)
        if change_set is not None:
            change_sets.refuse_dangers(session, stack, change_set)
            if not change_set.name and existing is not None:
                return Applied(_finish(session, stack, existing), (), desired.fingerprint)
            if change_sets.execute(session, stack, change_set):
                return Applied(_wait(session, stack, change_set), change_set.changes, desired.fingerprint)
        session.progress.stack(stack.key, "was changed by another run or a person: reads the stack again")
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
    session.progress.stack(stack.key, "removes what a failed creation left: an empty stack")
    session.cloudformation.delete(stack.region, stack.name)


def _wait(session: Session, stack: Stack, change_set: ChangeSet) -> ExistingStack:
    """The stack once its operation has succeeded; raises `DeploymentError`."""
    what = "creates" if change_set.create else "updates"
    total = review.counts(change_set.changes).total
    session.progress.stack(stack.key, what, 0, total)
    begun = False
    for _ in session.pauses(stack):
        now = session.cloudformation.describe(stack.region, stack.name)
        if now is None:
            message = f"{stack.name} was deleted while it was deployed"
            raise DeploymentError(Finding(Code.DR833, message, ()))
        if running(now):
            begun = True
            done = events.finished(session.cloudformation.events(stack.region, stack.name), change_set.name)
            session.progress.stack(stack.key, _word(now.status, what), done, total)
        elif now.status != REVIEW and (begun or change_sets.executed(session, stack, change_set, now)):
            if succeeded(now.status):
                return _finish(session, stack, now)
            session.progress.stack(stack.key, now.status)
            raise DeploymentError(*events.failures(session, stack, change_set.name, now))
    raise DeploymentError(timed_out(stack, "its operation does not end"))


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
        session.cloudformation.enable_termination_protection(stack.region, stack.name)
    except CloudError as error:
        if not error.missing:
            raise
        session.progress.say(f"  {stack.key}: this endpoint has no termination protection")
