"""Makes a proposal: every wave is predicted, and the change sets of the first one are made.

Nothing that is deployed changes. The code and the templates that are too large for a request are uploaded: a proposal
names their versions. Reports DR885, and what its parts report.
"""

from __future__ import annotations

from collections.abc import Mapping

from compiler import __version__
from compiler.aws.values import dig
from compiler.deploy import baking, change_sets, rotation
from compiler.deploy.change_sets import ChangeSet
from compiler.deploy.cloud import DeploymentError, ExistingStack
from compiler.deploy.desired import Parameter, desired_stack
from compiler.deploy.discovery import Preview, discard, preview_changes
from compiler.deploy.prediction import merged, operation, predict
from compiler.deploy.proposal import (
    FORMAT,
    Archive,
    Base,
    ChangeSetId,
    Choices,
    Operation,
    Proposal,
    Target,
    Value,
    digest_of,
    sha256,
)
from compiler.deploy.session import Session
from compiler.deploy.stack_states import StackAction, next_action
from compiler.deploy.uploads import upload
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.ir.elements import StackId
from compiler.linking.waves import Step
from compiler.rollout.deployment import Stack
from compiler.services.health import PREVIOUS, TOKEN


def propose(session: Session, manifest: bytes) -> Proposal | None:
    """The proposal, None where nothing is to be done; `manifest` is that of the compile. Raises `DeploymentError`."""
    _refuse(session)
    upload(session, existing_only=False)
    previews = preview_changes(session)
    touched = [preview.stack.id for preview in previews if not preview.complete]
    if not touched:
        return None
    made: dict[StackId, ChangeSet] = {}
    found: Proposal | None = None
    try:
        rollout, predicted = predict(session, touched)
        by_id = {preview.stack.id: preview for preview in previews}
        for number, wave in enumerate(rollout.waves):
            steps = tuple(step for step in wave if step.stack in by_id)

            def make(step: Step) -> None:
                made[step.stack] = _made(session, step, by_id[step.stack])

            session.each(steps, make)
            # A wave may turn out to have nothing to do: the next one is the first then.
            if any(made[step.stack].name for step in steps):
                waves = _waves(session, steps, predicted[number + 1 :], made, by_id)
                found = _proposal(session, manifest, waves)
                break
        return found
    finally:
        withdraw(session, previews, made, kept=found is not None)


def withdraw(session: Session, previews: tuple[Preview, ...], made: Mapping[StackId, ChangeSet], *, kept: bool) -> None:
    """Takes back what was made to look, and unless it is `kept` also what was made for the proposal."""
    names = {change_set.name for change_set in made.values()}
    discard(session, tuple(p for p in previews if p.change_set and p.change_set.name not in names))
    for stack, change_set in () if kept else made.items():
        change_sets.discard(session, session.deployment.stack(stack), change_set)


def forget(session: Session, proposal: Proposal) -> None:
    """Deletes the change sets of a proposal that nobody can execute."""
    keys = {stack.key: stack for stack in session.deployment.stacks}
    for operation_ in proposal.waves[0]:
        made, stack = operation_.change_set, keys[operation_.stack]
        if made:
            session.cloudformation.delete_change_set(stack.region, stack.name, made.id or made.name)


def _refuse(session: Session) -> None:
    """Raises `DeploymentError` where what the waves do depends on when they run, or where a stack is in the way."""
    tokens = rotation.deployed(session)
    if tokens.asked and not tokens.resting:
        raise DeploymentError(Finding(Code.DR885, "a rotation of the token of the health checks is under way", ()))
    if session.silent:
        message = f"{' and '.join(sorted(session.silent))} does not answer"
        raise DeploymentError(Finding(Code.DR885, message, (), help="propose again once the region answers"))
    for stack in session.selected:
        if next_action(session.existing[stack.id]) is StackAction.CLEAR:
            message = f"a failed creation left the empty stack {stack.name}"
            command = f"aws cloudformation delete-stack --region {stack.region} --stack-name {stack.name}"
            raise DeploymentError(Finding(Code.DR885, message, (), help=f"delete it with `{command}`"))


def _made(session: Session, step: Step, preview: Preview) -> ChangeSet:
    """The change set of a step of the first wave. Raises `DeploymentError`."""
    stack = preview.stack
    existing = _updated(session.existing[stack.id])
    desired = desired_stack(session, stack, step.parameters, existing)
    watch = baking.watch(session, step, existing)
    known = preview.change_set
    if known and preview.fingerprint == desired.fingerprint and known.watch.configuration == watch.configuration:
        return known
    change_set = change_sets.propose(session, desired, existing, watch)
    if change_set is None:
        message = f"{stack.name}: another run or a person changed it while the proposal was made"
        raise DeploymentError(Finding(Code.DR838, message, ()))
    change_sets.refuse_dangers(session, stack, change_set)
    return change_set


def _updated(existing: ExistingStack | None) -> ExistingStack | None:
    """The stack where it is to be updated; None where it is to be created."""
    return existing if next_action(existing) is StackAction.UPDATE else None


def _waves(
    session: Session, first: tuple[Step, ...], predicted: tuple[tuple[Operation, ...], ...],
    made: Mapping[StackId, ChangeSet], previews: Mapping[StackId, Preview],
) -> tuple[tuple[Operation, ...], ...]:  # fmt: skip
    """The operations: those of the first wave as CloudFormation says them, and later ones, which are `predicted`."""
    begun: tuple[Operation, ...] = tuple(
        operation(session, step, made[step.stack].changes, (), ChangeSetId(name=found.name, id=found.id))
        for step in first
        if (found := made[step.stack]).name
    )
    seen = {step.stack.name for step in first}
    by_key = {stack.name: preview for stack, preview in previews.items()}
    waves = [begun]
    for wave in predicted:
        later = []
        for item in wave:
            preview = by_key.get(item.stack)
            if preview is None:
                continue
            known = preview.change_set
            if item.stack not in seen and known:
                said = operation(session, Step(preview.stack.id, (), item.bakes), known.changes)
                item = merged(item, said)
            seen.add(item.stack)
            later.append(item)
        waves.append(tuple(later))
    return tuple(wave for wave in waves if wave)


def _proposal(session: Session, manifest: bytes, waves: tuple[tuple[Operation, ...], ...]) -> Proposal:
    deployment, options = session.deployment, session.options
    return Proposal(
        format=FORMAT,
        compiler=__version__,
        id=session.run_id,
        system=deployment.system,
        environment=deployment.environment,
        suffix=deployment.suffix,
        account=session.account,
        partition=deployment.partition,
        regions=deployment.regions,
        serving=session.serving if session.updates else "",
        bake_minutes=baking.minutes(session),
        manifest=sha256(manifest.decode()),
        choices=Choices(
            only=tuple(sorted(options.only)),
            parameters=options.parameters,
            allow_replace=tuple(sorted(options.allow_replace)),
            code_buckets=options.code_buckets,
            no_bake=options.no_bake,
            through_alarm=options.through_alarm,
        ),
        tags=options.tags,
        code=_code(session),
        stacks={stack.key: _target(session, stack) for stack in deployment.stacks},
        waves=waves,
    )


def _code(session: Session) -> tuple[Archive, ...]:
    return tuple(
        Archive(
            function=code.function,
            region=region,
            bucket=session.artifacts.name(region),
            key=given[code.key],
            version=given[code.version],
            sha256=session.packages[code.function].digest,
        )
        for region, given in sorted(session.code.items())
        for code in session.deployment.functions
        if code.function in session.packages and code.key in given
    )


def _target(session: Session, stack: Stack) -> Target:
    existing = _updated(session.existing[stack.id])
    selected = session.selects(stack)
    parameters = desired_stack(session, stack, (), existing).parameters if selected else {}
    return Target(
        name=stack.name,
        template=digest_of(stack.template.body),
        parameters={name: _value(stack, name, value) for name, value in parameters.items()},
        base=base(session, stack, existing) if existing else None,
    )


def base(session: Session, stack: Stack, existing: ExistingStack) -> Base:
    """A stack as it is, in digests."""
    return Base(
        id=existing.id,
        changed=existing.changed,
        template=digest_of(session.cloudformation.template(stack.region, stack.name)),
        parameters=digest_of(dict(existing.parameters)),
    )


def _value(stack: Stack, name: str, parameter: Parameter) -> Value:
    secret = name in (TOKEN, PREVIOUS) or bool(dig(stack.section("Parameters"), name, "NoEcho"))
    source = str(stack.wiring[name]) if name in stack.wiring else ""
    if secret and parameter.text:
        return Value(sha256=sha256(parameter.text), source=source)
    return Value(value=parameter.text, source=source)
