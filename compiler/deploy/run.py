"""The second half of a run: archives are uploaded, the waves are deployed, and the result is verified.

Its parts say which codes they report.
"""

from __future__ import annotations

from compiler.deploy import change_sets, delegation, review, rotation
from compiler.deploy.apply import Applied, apply, enable_termination_protection, settle
from compiler.deploy.cloud import CloudError, DeploymentError, StoppedError, call_failed
from compiler.deploy.desired import desired_stack
from compiler.deploy.discovery import Preview
from compiler.deploy.session import Session
from compiler.deploy.uploads import outdated_functions, upload
from compiler.findings.finding import Finding
from compiler.ir.elements import StackId
from compiler.linking.waves import Step


def deploy(session: Session, previews: tuple[Preview, ...]) -> dict[str, review.Counts]:
    """Runs the waves; returns what was changed in each stack, by key. Raises `DeploymentError`."""
    proposed = {preview.stack.id: preview for preview in previews if preview.change_set}
    changed: dict[str, review.Counts] = {}
    upload(session, existing_only=False)
    # Where no stack has anything to change with all values known, no wave would find anything either.
    waves = () if all(preview.complete for preview in previews) else session.deployment.waves
    for number, wave in enumerate(waves, 1):
        steps = tuple(step for step in wave if session.selects(session.deployment.stack(step.stack)))
        if not steps:
            continue
        session.refresh()
        _wait_for_zone(session, steps)
        session.progress.say(f"wave {number} of {len(waves)}")
        _run_steps(session, steps, proposed, changed)
    session.refresh()
    if moved := rotation.moves(session):
        session.progress.say("the health checks get the new token")
        _run_steps(session, (Step(moved.id, ()),), {}, changed)
        session.refresh()
    _verify(session)
    return changed


def _run_steps(
    session: Session, steps: tuple[Step, ...], proposed: dict[StackId, Preview], changed: dict[str, review.Counts]
) -> None:
    """Steps at the same time; notes in `changed` what they did. Raises `DeploymentError`."""
    results = session.each(steps, lambda step: _deploy(session, step, proposed.pop(step.stack, None)))
    session.progress.settle()
    for step, (applied, _) in results:
        if applied is not None and applied.changes:
            done = changed.get(step.stack.name, review.Counts())
            changed[step.stack.name] = done + review.counts(applied.changes)
    failures = [finding for _, (_, findings) in results for finding in findings]
    if failures:
        raise DeploymentError(*failures)


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
        if preview is not None and change_set is not None and preview.fingerprint != fingerprint:
            # More values are known by now than when it was made.
            change_sets.discard(session, stack, change_set)
            change_set = None
        applied = apply(session, stack, step.parameters, change_set)
    except DeploymentError as error:
        return None, error.findings
    except CloudError as error:
        return None, (call_failed(error),)
    session.applied[stack.id] = applied.fingerprint
    return applied, ()


def _wait_for_zone(session: Session, steps: tuple[Step, ...]) -> None:
    """Holds a wave back that requests certificates until the zone is delegated; raises `DeploymentError`."""
    options = session.options
    if options.assume_delegated or not delegation.needed(session, steps):
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
