"""What an operation did and what went wrong in it, read from a stack's events. Reports DR833."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.types.cloudformation import STACK
from compiler.deploy.cloud import Event, ExistingStack
from compiler.deploy.session import Session
from compiler.deploy.stack_states import ROLLED_BACK, way_out
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding
from compiler.rollout.deployment import Stack

_BEGINNINGS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "REVIEW_IN_PROGRESS", "DELETE_IN_PROGRESS")
_MOST_FAILURES = 10


def failures(session: Session, stack: Stack, token: str, now: ExistingStack) -> Iterator[Finding]:
    """What went wrong first in the operation that `token` names, at the spec entries that asked for it."""
    failed = root_causes(session.cloudformation.events(stack.region, stack.name), token)
    after = "nothing of it is left" if now.status == ROLLED_BACK else f"the stack is {now.status}"
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
