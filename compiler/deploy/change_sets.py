"""Change sets: created, waited for, reviewed, executed, and taken back.

Reports DR831, DR832, DR838 and DR895.

There is no lock. CloudFormation runs one operation on a stack at a time, and it deletes the other change sets of the
stack when one is executed. So a change set works as compare-and-swap: of two runs at once, the slower one finds that
its change set is gone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from compiler.aws.values import members
from compiler.deploy import only_code, review
from compiler.deploy.asked_by import key_of
from compiler.deploy.cloud import (
    NO_WATCH,
    Change,
    ChangeSetState,
    CloudError,
    DeploymentError,
    ExistingStack,
    Request,
    Watch,
)
from compiler.deploy.desired import DesiredStack
from compiler.deploy.review import MAYBE, Danger
from compiler.deploy.session import Session, timed_out
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.ir.template import compact
from compiler.rollout.deployment import Stack
from compiler.support.frozen import frozen
from compiler.support.shell import command, path

_ABSENT_LOOKS = 5
"""A change set that so many looks in a row do not find is gone, not late."""
_MOST_DIFFERING = 5
"""Resources that are named where CloudFormation read another template."""
_EMPTY = ("didn't contain changes", "no updates are to be performed")
_LOST = ("ChangeSetNotFound", "InvalidChangeSetStatus")


@frozen
class ChangeSet:
    """A change set that waits for its execution; one without changes has no name and waits for nothing.

    `existing` is the stack that it was made for, `watch` what CloudFormation watches once it is executed.
    """

    name: str
    create: bool
    changes: tuple[Change, ...]
    existing: ExistingStack | None
    dangers: tuple[review.Danger, ...] = ()
    watch: Watch = NO_WATCH
    id: str = ""
    """Its ARN; empty where not told."""

    @property
    def reference(self) -> str:
        """Its ARN where that is known: somebody could make another change set under its name."""
        return self.id or self.name


def propose(
    session: Session, desired: DesiredStack, existing: ExistingStack | None, watch: Watch = NO_WATCH
) -> ChangeSet | None:
    """A change set that makes the existing stack the desired one; None where another run's operation dropped it.

    Raises `DeploymentError` where CloudFormation refuses it.
    """
    stack = desired.stack
    name = session.change_set_name(stack)
    request = Request(
        stack=stack.name,
        name=name,
        create=existing is None,
        body=desired.body,
        url=desired.url,
        parameters={key: None if value.kept else value.text for key, value in desired.parameters.items()},
        capabilities=stack.capabilities,
        watch=watch,
        tags={} if session.options.only_code else session.options.tags,
    )
    session.progress.stack(stack.key, "prepares a change set")
    try:
        session.cloudformation.create_change_set(stack.region, request)
    except CloudError as error:
        if error.code not in ("ValidationError", "InsufficientCapabilitiesException"):
            raise
        message = f"CloudFormation refuses {stack.name}: {error.message}"
        raise DeploymentError(Finding(Code.DR832, message, ())) from None
    state = _ready(session, stack, name)
    if state is None:
        return None
    if state.status == "FAILED":
        if not any(words in state.reason.lower() for words in _EMPTY):
            raise DeploymentError(*_rejected(session, stack, name, state))
        session.cloudformation.delete_change_set(stack.region, stack.name, name)
        return ChangeSet("", existing is None, (), existing, watch=watch)
    return reviewed(session, desired, existing, name, state, watch)


def reviewed(
    session: Session, desired: DesiredStack, existing: ExistingStack | None, name: str, state: ChangeSetState,
    watch: Watch,
) -> ChangeSet:  # fmt: skip
    """A change set that is ready, with what it endangers; raises `DeploymentError` where it has another template."""
    stack = desired.stack
    _refuse_other_template(session, stack, state.id or name)
    old = session.cloudformation.template(stack.region, stack.name) if existing else {}
    return ChangeSet(
        name,
        existing is None,
        review.with_superseded(state.changes, old, stack.template.body),
        existing or session.cloudformation.describe(stack.region, stack.name),
        review.dangers(state.changes, old, stack.template.body, desired.unknown),
        watch,
        state.id,
    )


def _refuse_other_template(session: Session, stack: Stack, reference: str) -> None:
    """Raises `DeploymentError` where a change set has another template than ours, and takes it back.

    A template travels through a bucket that others may write to. What CloudFormation has read decides, not what was
    uploaded.
    """
    read = session.cloudformation.template(stack.region, stack.name, reference)
    sent = json.loads(compact(stack.template.body))
    if read == sent:
        return
    session.cloudformation.delete_change_set(stack.region, stack.name, reference)
    resources = members(read.get("Resources"))
    differing = sorted(id_ for id_ in {*stack.bodies, *resources} if resources.get(id_) != sent["Resources"].get(id_))
    where = f" in {', '.join(f'`{id_}`' for id_ in differing[:_MOST_DIFFERING])}" if differing else ""
    message = (
        f"CloudFormation read another template for {stack.name} than the one that dr-deploy sent: it differs{where}"
    )
    raise DeploymentError(Finding(Code.DR895, message, session.place(stack, differing[0]) if differing else ()))


def _ready(session: Session, stack: Stack, name: str) -> ChangeSetState | None:
    absent = 0
    for _ in session.pauses(stack):
        state = session.cloudformation.change_set(stack.region, stack.name, name)
        absent = absent + 1 if state is None else 0
        if absent == _ABSENT_LOOKS:
            return None
        if state is not None and not state.status.endswith(("_PENDING", "_IN_PROGRESS")):
            return state
    raise DeploymentError(timed_out(stack, "its change set is not ready"))


def _rejected(session: Session, stack: Stack, name: str, state: ChangeSetState) -> Iterator[Finding]:
    details = session.cloudformation.validation_errors(stack.region, stack.name, name)
    for id_, reason in details:
        yield Finding(Code.DR832, f"{stack.name}: {id_}: {reason}", session.place(stack, id_))
    if not details:
        yield Finding(Code.DR832, f"CloudFormation refuses the change set of {stack.name}: {state.reason}", ())


def discard(session: Session, stack: Stack, change_set: ChangeSet) -> None:
    """Deletes a change set that will not be executed."""
    if change_set.name:
        session.cloudformation.delete_change_set(stack.region, stack.name, change_set.reference)


def refuse_dangers(session: Session, stack: Stack, change_set: ChangeSet) -> None:
    """Raises `DeploymentError` where a change set does what nobody allowed, and takes it back."""
    if session.options.only_code and (more := tuple(only_code.beyond(session, stack, change_set.changes))):
        discard(session, stack, change_set)
        raise DeploymentError(*more)
    refused = [danger for danger in change_set.dangers if danger.id not in session.options.allow_replace]
    if not refused:
        return
    discard(session, stack, change_set)
    raise DeploymentError(*(_refused(session, stack, danger) for danger in refused))


def _refused(session: Session, stack: Stack, danger: Danger) -> Finding:
    """At the key that asks for the change where one is found, else at the entry of the resource."""
    message = f"{stack.name}: `{danger.id}` ({danger.type}) {danger.what}; at stake: {danger.stake}"
    entry, help_text = session.place(stack, danger.id), _way(session, danger)
    key = key_of(session.topology.spec, stack.template.route(danger.id), danger.brings)
    if key is None:
        return Finding(Code.DR831, message, entry, help=help_text)
    return Finding(Code.DR831, message, key, "asks for it", help_text, ((entry, ""),) if entry else ())


def _way(session: Session, danger: Danger) -> str:
    """How a person gets the dangerous change, if there is a way that AWS does not refuse."""
    allow = f"add --allow-replace {danger.id}"
    if not danger.keeps_name:
        return f"if you want this, {allow}"
    if danger.what == MAYBE:
        diff = command("dr-compile", path(session.options.spec), "--diff")
        return f"ask `{diff}`: where it says `replaced`, AWS refuses this, because the name stays; else {allow}"
    return (
        "CloudFormation cannot replace it, because the name stays: give it another name in the spec and move its data, "
        "or undo the change"
    )


def refuse_unapproved(session: Session, stack: Stack, change_set: ChangeSet) -> None:
    """Raises `DeploymentError` where a change set does something that is not in the proposal, and takes it back."""
    findings = session.approve(stack, change_set.changes) if session.approve and change_set.name else ()
    if findings:
        discard(session, stack, change_set)
        raise DeploymentError(*findings)


def execute(session: Session, stack: Stack, change_set: ChangeSet) -> bool:
    """Executes a change set; whether it runs now. It is not executed where the stack has changed since it was made."""
    cloudformation = session.cloudformation
    now, before = cloudformation.describe(stack.region, stack.name), change_set.existing
    if now is None or before is None or (now.id, now.changed, now.status) != (before.id, before.changed, before.status):
        return False
    try:
        cloudformation.execute(stack.region, stack.name, change_set.reference, change_set.name)
    except CloudError as error:
        if not error.code.startswith(_LOST) and error.code not in ("ValidationError", "TokenAlreadyExists"):
            raise
        # Either another run was faster, or it was us and only the answer was lost.
        state = cloudformation.change_set(stack.region, stack.name, change_set.reference)
        return state is not None and state.execution.startswith("EXECUTE_")
    return True


def executed(session: Session, stack: Stack, change_set: ChangeSet, now: ExistingStack) -> bool:
    """Whether the operation of a change set has begun and ended between two looks at the stack."""
    before = change_set.existing
    if before is None or (now.changed, now.status) != (before.changed, before.status):
        return True
    state = session.cloudformation.change_set(stack.region, stack.name, change_set.reference)
    return state is not None and state.execution in ("EXECUTE_COMPLETE", "EXECUTE_FAILED")
