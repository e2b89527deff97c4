"""What the state of a stack allows, and the way out of one that allows nothing. Reports DR830.

Source: CloudFormation User Guide, "Stack status codes" and "Troubleshooting CloudFormation",
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html (read 2026-11-22).
"""

from __future__ import annotations

from enum import StrEnum

from compiler.deploy.cloud import ExistingStack
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.rollout.deployment import Stack


class StackAction(StrEnum):
    """What a run does next with a stack."""

    CREATE = "create"
    UPDATE = "update"
    WAIT = "wait"
    """An operation is running: the run waits until it ends, whoever started it."""
    CLEAR = "clear"
    """A first deployment was rolled back: what is left is an empty stack, which is deleted and created anew."""
    STUCK = "stuck"
    """A person has to decide."""


_DELETE = (
    "list what is left with `aws cloudformation list-stack-resources --region {region} --stack-name {name}`, keep "
    "or delete it, then `aws cloudformation delete-stack --region {region} --stack-name {name}` (termination "
    "protection off first) and run dr-deploy again"
)
_WAY_OUT = {
    "UPDATE_ROLLBACK_FAILED": (
        "fix what the last events name, then `aws cloudformation continue-update-rollback --region {region} "
        "--stack-name {name}` (with --resources-to-skip for what cannot be fixed) and run dr-deploy again"
    ),
    "UPDATE_FAILED": (
        "an update ran without rollback: run `aws cloudformation rollback-stack --region {region} --stack-name "
        "{name}`, then run dr-deploy again"
    ),
    "CREATE_FAILED": _DELETE,
    "ROLLBACK_FAILED": _DELETE,
    "DELETE_FAILED": _DELETE,
    "IMPORT_ROLLBACK_FAILED": (
        "an import failed and could not be undone: fix what the last events name in the console, then run "
        "dr-deploy again"
    ),
}
_UPDATABLE = frozenset(
    {
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
    }
)
GONE, REVIEW, ROLLED_BACK = "DELETE_COMPLETE", "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"


def next_action(existing: ExistingStack | None) -> StackAction:
    """What to do with a stack in the state it is in; None where there is no stack."""
    status = existing.status if existing else GONE
    if status in (GONE, REVIEW):
        # A stack in review has a change set that was never executed: a run that was stopped leaves one behind.
        return StackAction.CREATE
    if status in _UPDATABLE:
        return StackAction.UPDATE
    if status == ROLLED_BACK:
        return StackAction.CLEAR
    return StackAction.WAIT if running(existing) else StackAction.STUCK


def way_out(status: str, stack: Stack) -> str:
    """What a person does about a stack in a state that allows nothing; empty where the next run will do."""
    if status in _UPDATABLE or status in (GONE, ROLLED_BACK):
        return ""
    return _WAY_OUT.get(status, _DELETE).format(region=stack.region, name=stack.name)


def running(existing: ExistingStack | None) -> bool:
    """Whether CloudFormation is at work on a stack."""
    return existing is not None and existing.status.endswith("_IN_PROGRESS") and existing.status != REVIEW


def succeeded(status: str) -> bool:
    """Whether an operation that left a stack in `status` did what was asked for."""
    return status in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")


def stuck(stack: Stack, existing: ExistingStack | None) -> Finding:
    """The finding for a stack in a state that allows nothing, with the way out of it."""
    status = existing.status if existing else GONE
    reason = f": {existing.reason}" if existing and existing.reason else ""
    message = f"{stack.name} is {status}{reason}; it cannot be updated in this state"
    return Finding(Code.DR830, message, (), help=way_out(status, stack))
