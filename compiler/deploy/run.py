"""The second half of a run: archives are uploaded, the waves are deployed, and the result is verified.

Its parts say which codes they report.
"""

from __future__ import annotations

from compiler.deploy import baking, change_sets, delegation, review, rotation
from compiler.deploy.apply import Applied, apply, enable_termination_protection, settle
from compiler.deploy.cloud import CloudError, DeploymentError, StoppedError, call_failed
from compiler.deploy.desired import desired_stack
from compiler.deploy.discovery import Preview
from compiler.deploy.plan import plan
from compiler.deploy.session import Session
from compiler.deploy.uploads import outdated_functions, upload
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.ir.elements import StackId
from compiler.linking.waves import Step

_MOST_WAVES = 100
"""Far more than an update takes: values that change each other would never come to rest."""


def deploy(session: Session, previews: tuple[Preview, ...]) -> dict[str, review.Counts]:
    """Runs the waves; returns what was changed in each stack, by key. Raises `DeploymentError`."""
    proposed = {preview.stack.id: preview for preview in previews if preview.change_set}
    upload(session, existing_only=False)
    _run_waves(session, {preview.stack.id for preview in previews if not preview.complete}, proposed)
    session.refresh()
    if moved := rotation.moves(session):
        session.progress.say("the health checks get the new token")
        _run_steps(session, (Step(moved.id, ()),), {})
        session.refresh()
    _verify(session)
    return {stack.name: counts for stack, counts in session.changed.items()}


def _run_waves(session: Session, touched: set[StackId], proposed: dict[StackId, Preview]) -> None:
    """The waves. Those of an update are planned anew after each that changed something: AWS then tells the values.

    `touched` are the stacks that have something to do. Where none has, no wave would find anything either.
    """
    if not touched:
        return
    waves = plan(session, touched)
    number = 0
    while waves:
        if number == _MOST_WAVES:
            message = f"the stacks have new values after each of {number} waves"
            raise DeploymentError(Finding(Code.DR838, message, (), help="a value must not depend on itself"))
        steps = tuple(step for step in waves[0] if session.selects(session.deployment.stack(step.stack)))
        waves = waves[1:]
        number += 1
        if not steps:
            continue
        session.refresh()
        _wait_for_zone(session, steps)
        session.progress.say(f"wave {number} of {number + len(waves)}")
        done = _run_steps(session, steps, proposed)
        touched -= {step.stack for step in steps}
        if session.updates and done:
            session.refresh()
            waves = plan(session, touched)


def _run_steps(session: Session, steps: tuple[Step, ...], proposed: dict[StackId, Preview]) -> bool:
    """Steps at the same time; whether they changed anything. Raises `DeploymentError`."""
    results = session.each(steps, lambda step: _deploy(session, step, proposed.pop(step.stack, None)))
    session.progress.settle()
    changes = {step.stack: review.counts(applied.changes) for step, (applied, _) in results if applied}
    done = {stack: counts for stack, counts in changes.items() if counts.total}
    for stack, counts in done.items():
        session.changed[stack] = session.changed.get(stack, review.Counts()) + counts
    failures = [finding for _, (_, findings) in results for finding in findings]
    if failures:
        raise DeploymentError(*failures)
    return bool(done)


def _deploy(session: Session, step: Step, preview: Preview | None) -> tuple[Applied | None, tuple[Finding, ...]]:
    """One step of a wave: what it did, or None and what went wrong."""
    stack = session.deployment.stack(step.stack)
    try:
        existing = settle(session, stack)
        fingerprint = desired_stack(session, stack, step.parameters, existing).fingerprint
        if existing is not None and session.applied.get(stack.id) == fingerprint:
            session.progress.stack(stack.key, "nothing new")
            return None, ()
        change_set = preview.change_set if preview else None
        stale = preview is not None and preview.fingerprint != fingerprint
        if change_set is not None and (
            stale or change_set.watch.configuration != baking.watch(session, step, existing).configuration
        ):
            # More is known by now than when it was made.
            change_sets.discard(session, stack, change_set)
            change_set = None
        applied = apply(session, step, change_set)
    except DeploymentError as error:
        return None, error.findings
    except CloudError as error:
        return None, (call_failed(error),)
    session.applied[stack.id] = applied.fingerprint
    return applied, ()


def _wait_for_zone(session: Session, steps: tuple[Step, ...]) -> None:
    """Holds a wave back that requests certificates until the zone is delegated; raises `DeploymentError`."""
    options = session.options
    if options.assume_delegated or options.only_code or not delegation.needed(session, steps):
        return
    zone = delegation.zone(session)
    if zone is None:
        return  # the zone comes with this very wave: what needs it is gated
    domain, expected = zone
    problem = delegation.wait(
        lambda: delegation.look_up(domain, expected, options.resolvers),
        session.progress.say,
        session.stop,
        once=not options.wait_for_delegation,
    )
    if session.stop.is_set():
        raise StoppedError("delegation")
    if problem:
        raise DeploymentError(problem)


def _verify(session: Session) -> None:
    """Every stack is protected, every function runs the code of its archive in every region.

    Raises `DeploymentError`.
    """
    findings: list[Finding] = []
    for stack in session.selected:
        # A run that was killed may have left one unprotected.
        if existing := session.existing.get(stack.id):
            enable_termination_protection(session, stack, existing)
        if stack.id.serves:
            findings += outdated_functions(session, stack)
    if findings:
        raise DeploymentError(*findings)
