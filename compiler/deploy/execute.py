"""The change sets of a proposal: in the first wave the very ones that were proposed, later those that do the same.

A change set never changes, and it is looked at and executed by its ARN. Reports DR893 and DR894.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from compiler.deploy import baking, change_sets
from compiler.deploy.bound import is_ours
from compiler.deploy.change_sets import ChangeSet
from compiler.deploy.cloud import Change, ChangeSetState, DeploymentError, ExistingStack
from compiler.deploy.desired import desired_stack
from compiler.deploy.discovery import Preview
from compiler.deploy.prediction import differences, exact_differences
from compiler.deploy.proposal import Operation, Proposal, sha256
from compiler.deploy.session import Session
from compiler.deploy.stack_states import StackAction, next_action
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.linking.waves import Step
from compiler.rollout.deployment import Stack
from compiler.services.health import TOKEN

Json = Any
_NOT_OURS = ("NotificationARNs", "OnStackFailure", "ImportExistingResources", "IncludeNestedStacks", "DeploymentMode")
"""Settings of a change set that dr-deploy never makes."""
_AS_EVER = ("ROLLBACK",)
"""What stands for no setting."""


def previews(session: Session, proposal: Proposal) -> tuple[Preview, ...]:
    """The stacks with the change sets that were proposed, where those are still to be executed.

    A change set that is gone is made again later, and held against the prediction. Raises `DeploymentError`.
    """
    pending = {
        operation.stack: operation
        for operation in proposal.waves[0]
        if operation.change_set and not is_ours(proposal, _existing(session, operation.stack))
    }
    states = {key: _state(session, operation) for key, operation in pending.items()}
    session.fresh_token = _token(proposal, (state for state in states.values() if state)) or session.fresh_token
    found = []
    findings: list[Finding] = []
    for stack in session.selected:
        state = states.get(stack.key)
        if not proposal.operations(stack.key):
            # Nothing is to be done with it.
            found.append(Preview(stack, session.existing[stack.id], ChangeSet("", False, (), None)))
            continue
        preview = Preview(stack, session.existing[stack.id], None)
        if state:
            try:
                preview = _preview(session, proposal, stack, pending[stack.key], state)
            except DeploymentError as error:
                findings += error.findings
        elif stack.key in pending:
            session.progress.say(f"  {stack.key}: its change set is gone; it is made again and compared")
        found.append(preview)
    if findings:
        raise DeploymentError(*findings)
    return tuple(found)


def _existing(session: Session, key: str) -> ExistingStack | None:
    return next((session.existing[stack.id] for stack in session.deployment.stacks if stack.key == key), None)


def _state(session: Session, operation: Operation) -> ChangeSetState | None:
    """The change set of an operation; None where it cannot be executed any more."""
    stack = next(stack for stack in session.deployment.stacks if stack.key == operation.stack)
    made = operation.change_set
    state = session.cloudformation.change_set(stack.region, stack.name, made.id or made.name) if made else None
    return state if state and state.execution == "AVAILABLE" else None


def _token(proposal: Proposal, states: Iterable[ChangeSetState]) -> str:
    """The token that the change sets of the first wave bring; the proposal has only its digest."""
    digests = {target.parameters[TOKEN].sha256 for target in proposal.stacks.values() if TOKEN in target.parameters}
    values = (_parameters(state, None).get(TOKEN, "") for state in states)
    return next((value for value in values if value and sha256(value) in digests), "")


def _parameters(state: ChangeSetState, existing: ExistingStack | None) -> dict[str, str]:
    """The values that a change set brings; one that it keeps is that of the stack."""
    had = existing.parameters if existing else {}
    return {
        item["ParameterKey"]: item.get("ParameterValue", had.get(item["ParameterKey"], ""))
        for item in state.told.get("Parameters", ())
    }


def _preview(
    session: Session, proposal: Proposal, stack: Stack, operation: Operation, state: ChangeSetState
) -> Preview:
    """A change set that is the one that was proposed. Raises `DeploymentError` for another one, and deletes it."""
    existing = session.existing[stack.id]
    updated = existing if next_action(existing) is StackAction.UPDATE else None
    step = Step(stack.id, (), operation.bakes)
    watch = baking.watch(session, step, updated)
    desired = desired_stack(session, stack, (), updated)
    name = operation.change_set.name if operation.change_set else ""
    made = change_sets.reviewed(session, desired, updated, name, state, watch)
    wrong = [("", why) for why in _settings(proposal, operation, state, _parameters(state, updated))]
    wrong += exact_differences(state.changes, operation)
    if wrong:
        change_sets.discard(session, stack, made)
        findings = (Finding(Code.DR893, f"{stack.name}: {why}", session.place(stack, id_)) for id_, why in wrong)
        raise DeploymentError(*findings)
    values = {item: parameter.text for item, parameter in desired.parameters.items()}
    asked = _watched({"RollbackConfiguration": watch.configuration})
    current = values == _parameters(state, updated) and _watched(state.told) == asked
    # Where more is known by now, or another alarm is there, it is made again.
    return Preview(stack, updated, made, desired.unknown, desired.fingerprint if current else ("another",))


def _settings(
    proposal: Proposal, operation: Operation, state: ChangeSetState, given: Mapping[str, str]
) -> Iterator[str]:
    """What is set in a change set and was not proposed; `given` are its parameters."""
    target = proposal.stacks[operation.stack]
    for name in sorted({*given, *target.parameters}):
        value = target.parameters.get(name)
        if name not in given or value is None or not value.fits(given[name]):
            yield f"the parameter {name} has another value than the proposal"
    tags = {item["Key"]: item["Value"] for item in state.told.get("Tags", ())}
    # Without tags of ours, CloudFormation may list those that the stack has.
    if tags != dict(proposal.tags) and (proposal.tags or not target.base):
        yield "it tags the stack in another way than the proposal"
    yield from (f"it sets {name}" for name in _NOT_OURS if state.told.get(name) and state.told[name] not in _AS_EVER)
    minutes, _ = _watched(state.told)
    if minutes != (proposal.bake_minutes if operation.bakes and target.base else 0):
        yield f"it watches the alarm of the region for {minutes} min"


def _watched(told: Mapping[str, Json]) -> tuple[int, tuple[str, ...]]:
    """Minutes, and ARNs of alarms, that a change set asks to be watched."""
    configuration = told.get("RollbackConfiguration") or {}
    arns = tuple(sorted(item["Arn"] for item in configuration.get("RollbackTriggers") or ()))
    return int(configuration.get("MonitoringTimeInMinutes") or 0), arns


def guard(session: Session, proposal: Proposal) -> None:
    """Lets the session execute only change sets that do what was proposed."""
    goes_on = any(is_ours(proposal, existing) for existing in session.existing.values())

    def approve(stack: Stack, changes: tuple[Change, ...]) -> tuple[Finding, ...]:
        found = differences(changes, proposal.operations(stack.key), partial=goes_on)
        return tuple(Finding(Code.DR894, f"{stack.name}: {why}", session.place(stack, id_)) for id_, why in found)

    session.approve = approve
