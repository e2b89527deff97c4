"""What the state of a stack allows, and the way out of one that allows nothing.

Source: CloudFormation User Guide, "Stack status codes" and "Troubleshooting CloudFormation",
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html (read 2026-11-22).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Way(StrEnum):
    """What can be done with a stack."""

    CREATE = "create"
    UPDATE = "update"
    WAIT = "wait"
    """An operation is running: this run waits until it ends, whoever started it."""
    CLEAR = "clear"
    """A first deployment failed and was rolled back: what is left is an empty stack, deleted and made anew."""
    STUCK = "stuck"
    """A person has to decide."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`out` is what a person does where the way is STUCK; it may hold `{region}` and `{name}`."""

    way: Way
    out: str = ""


_DELETE = (
    "look at what is left with `aws cloudformation list-stack-resources --region {region} --stack-name {name}`, keep "
    "or delete it, then `aws cloudformation delete-stack --region {region} --stack-name {name}` (termination "
    "protection off first) and run dr-deploy again"
)
_STUCK = {
    "UPDATE_ROLLBACK_FAILED": (
        "mend what the last events name, then `aws cloudformation continue-update-rollback --region {region} "
        "--stack-name {name}` (with --resources-to-skip for what cannot be mended) and run dr-deploy again"
    ),
    "UPDATE_FAILED": (
        "an update was run without rollback: `aws cloudformation rollback-stack --region {region} --stack-name "
        "{name}`, then run dr-deploy again"
    ),
    "CREATE_FAILED": _DELETE,
    "ROLLBACK_FAILED": _DELETE,
    "DELETE_FAILED": _DELETE,
    "IMPORT_ROLLBACK_FAILED": (
        "an import failed and could not be undone: mend what the last events name in the console, then run "
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


def verdict(status: str | None) -> Verdict:
    """What to do about a stack in `status`; None where there is no stack."""
    if status in (None, GONE, REVIEW):
        # A stack in review has a change set that was never executed: a run that was stopped leaves one behind.
        return Verdict(Way.CREATE)
    if status in _UPDATABLE:
        return Verdict(Way.UPDATE)
    if status == ROLLED_BACK:
        return Verdict(Way.CLEAR)
    if running(status):
        return Verdict(Way.WAIT)
    return Verdict(Way.STUCK, _STUCK.get(status or "", _DELETE))


def running(status: str | None) -> bool:
    """Whether CloudFormation is at work on a stack in `status`."""
    return status is not None and status.endswith("_IN_PROGRESS") and status != REVIEW


def succeeded(status: str) -> bool:
    """Whether an operation that left a stack in `status` did what was asked for."""
    return status in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")
