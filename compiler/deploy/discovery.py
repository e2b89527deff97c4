"""The first half of a run: every stack is read, what can be checked is checked, and changes are proposed.

Nothing that is deployed is changed here. Reports what its parts report.
"""

from __future__ import annotations

from collections.abc import Iterator

from compiler.deploy import (
    account_settings,
    artifacts,
    baking,
    change_sets,
    only_code,
    plan,
    preflight,
    releases,
    rotation,
)
from compiler.deploy.apply import wait_until_idle
from compiler.deploy.change_sets import ChangeSet
from compiler.deploy.cloud import CloudError, DeploymentError, ExistingStack, unchecked
from compiler.deploy.desired import desired_stack
from compiler.deploy.digests import read_named
from compiler.deploy.session import Session
from compiler.deploy.stack_states import StackAction, next_action, stuck
from compiler.deploy.uploads import missing, upload
from compiler.findings.finding import Finding
from compiler.ir.template import compact
from compiler.linking.waves import Step
from compiler.rollout.deployment import Stack
from compiler.support.frozen import frozen

_LOOKS = 5
"""How often everything is read anew because a stack changed under it."""


@frozen
class Preview:
    """What is known of one stack before anything is done: its changes, or None where they are not known yet."""

    stack: Stack
    existing: ExistingStack | None
    change_set: ChangeSet | None
    unknown: frozenset[str] = frozenset()
    """Parameters whose values are still to come from other stacks."""
    fingerprint: tuple[object, ...] = ()
    """`DesiredStack.fingerprint` of what was proposed."""

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do on this stack."""
        return self.change_set is not None and not self.change_set.name and not self.unknown


def discover(session: Session) -> tuple[Finding, ...]:
    """Reads every stack and checks what can be checked before anything is changed.

    What a killed run has begun goes on in AWS: a stack that is still being made has names of which its list of
    resources knows nothing yet. So this waits for what runs, and reads again where a stack was not the same all the
    time. A region that holds nothing of what is to be deployed may be the one that is failing: it is reported, and
    left out.
    """
    needed = {stack.region for stack in session.selected}
    regions = session.each(session.deployment.regions, lambda region: _failure(session, region))
    failures = [error for _, error in regions if error]
    answering = [region for region, error in regions if error is None]
    problems = [
        account_settings.unreachable(session.topology, error, session.api, answering)
        for error in failures
        if error.region in needed
    ]
    if problems:
        return tuple(problems)
    session.silent = frozenset(error.region for error in failures)
    notes = tuple(
        unchecked(f"{error.region} does not answer ({error.service}: {error.code}); its stacks keep their values")
        for error in failures
    )
    findings: tuple[Finding, ...] = ()
    for _ in range(_LOOKS):
        waits = session.each(session.selected, lambda stack: wait_until_idle(session, stack))
        endless = tuple(finding for _, finding in waits if finding)
        if endless:
            return endless
        session.refresh()
        before = session.existing
        there = [stack for stack in session.deployment.stacks if before[stack.id]]
        session.resources = {stack.id: found for stack, found in session.each(there, session.read_resources)}
        findings = (
            *_stuck(session),
            *read_named(session),
            *_checked(session),
            *releases.differing(session),
        )
        session.refresh()
        if session.existing == before:
            break
    tokens = rotation.deployed(session)
    session.asked_before = tokens.asked
    session.rotating = session.options.rotate_token and tokens.resting
    refused = rotation.refusal(session)
    if refused:
        return (*notes, *findings, refused)
    _plan(session)
    return (*notes, *findings)


def _checked(session: Session) -> tuple[Finding, ...]:
    if session.options.only_code:
        return only_code.prepare(session)
    return (*missing(session), *preflight.check(session))


def _plan(session: Session) -> None:
    """The waves, as far as they are known before changes are proposed."""
    touched = [stack.id for stack in session.selected]
    plan.plan(session, touched)
    if session.updates:
        if says := plan.find_serving(session):
            session.progress.say(says)
        plan.plan(session, touched)


def _failure(session: Session, region: str) -> CloudError | None:
    """Why a region cannot be used; None where it can."""
    try:
        session.api.call("sts", region, "GetCallerIdentity", {})
        session.api.call("cloudformation", region, "ListStacks", {"StackStatusFilter": ["CREATE_IN_PROGRESS"]})
    except CloudError as error:
        return error
    return None


def _stuck(session: Session) -> Iterator[Finding]:
    for stack in session.selected:
        existing = session.existing[stack.id]
        if next_action(existing) is StackAction.STUCK:
            yield stuck(stack, existing)


def preview_changes(session: Session) -> tuple[Preview, ...]:
    """The changes of every stack that exists; raises `DeploymentError` for what is refused."""
    upload(session, existing_only=True)
    results = session.each(session.selected, lambda stack: _preview(session, stack))
    refusals = [finding for _, (_, findings) in results for finding in findings]
    previews = tuple(preview for _, (preview, _) in results)
    if refusals:
        discard(session, previews)
        raise DeploymentError(*refusals)
    plan.plan(session, [preview.stack.id for preview in previews if not preview.complete])
    return previews


def discard(session: Session, previews: tuple[Preview, ...]) -> None:
    """Takes the change sets back that will not be executed."""
    for preview in previews:
        if preview.change_set:
            change_sets.discard(session, preview.stack, preview.change_set)


def _first(session: Session, stack: Stack) -> Step:
    """The first step on a stack, as far as it is known."""
    steps = (step for wave in session.waves for step in wave if step.stack == stack.id)
    return next(steps, Step(stack.id, ()))


def _preview(session: Session, stack: Stack) -> tuple[Preview, tuple[Finding, ...]]:
    existing = session.existing[stack.id]
    none = Preview(stack, existing, None, frozenset() if existing else frozenset(stack.wiring))
    if next_action(existing) is not StackAction.UPDATE:
        return none, ()
    small = session.options.only_code or artifacts.fits_request(compact(stack.template.body))
    if not small and not session.artifacts.exists(stack.region):
        return none, ()
    if stack.id.serves and session.packages and stack.region not in session.code:
        # Its code is uploaded later: there is no bucket yet.
        return none, ()
    try:
        desired = desired_stack(session, stack, (), existing)
        change_set = change_sets.propose(
            session, desired, existing, baking.watch(session, _first(session, stack), existing)
        )
        if change_set is not None:
            change_sets.refuse_dangers(session, stack, change_set)
            if change_set.name:
                baking.refuse_ringing(session, stack, change_set)
    except DeploymentError as error:
        return none, error.findings
    if change_set is None:
        return none, ()
    if not change_set.name:
        session.applied[stack.id] = desired.fingerprint
    return Preview(stack, existing, change_set, desired.unknown, desired.fingerprint), ()
