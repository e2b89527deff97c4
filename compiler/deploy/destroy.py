"""`--destroy`: every stack deleted with what it holds, and then the code buckets. Reports DR496.

If it stops or fails, the next run reads what is left and goes on. Before a stack is deleted, protections are turned
off, buckets are emptied, and the records that AWS leaves in a hosted zone are removed.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from compiler.aws.types.protection import PROTECTIONS
from compiler.aws.types.replicas import replica_regions
from compiler.aws.types.route53 import HOSTED_ZONE
from compiler.aws.types.s3 import BUCKET
from compiler.aws.values import Json, dig, members
from compiler.deploy import artifacts, change_sets
from compiler.deploy.apply import root_causes, wait, wait_until_idle
from compiler.deploy.approval import Tell
from compiler.deploy.aws import PATIENT_SECONDS, Aws
from compiler.deploy.cloud import CloudError, DeploymentError, ExistingStack, call_failed
from compiler.deploy.desired import DesiredStack, Parameter
from compiler.deploy.emptying import empty_bucket, empty_zone
from compiler.deploy.session import Session, timed_out
from compiler.deploy.stack_states import GONE, StackAction, next_action, running
from compiler.deploy.teardown import Part, Survey, lines, refusals, survey
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.ir.elements import StackKind
from compiler.ir.template import Template, compact
from compiler.reporting.console import FINE, FOUND, say

_TRIES = 4
"""How often a stack is deleted again after what was in the way has been removed."""
_LOOKS = 5
"""Looks at a stack that must not show that its deletion has begun, until it counts as refused."""


def run(session: Session, aws: Aws, tell: Tell, agreed: Callable[[], bool]) -> int:
    """Shows what stays and what goes, and deletes once a person has agreed; the exit code.

    Raises `DeploymentError` and `CloudError`.
    """
    found = survey(session)
    session.progress.settle()
    name = session.deployment.name
    if found.is_empty:
        session.progress.say(f"nothing of {name} is in account {session.account}")
        return FINE
    for line in lines(session, found):
        session.progress.say(line)
    if tell(refusals(session, found)) != FINE:
        return FOUND
    if not session.options.yes and not agreed():
        say("dr-deploy: nothing was deleted")
        return FOUND
    aws.patience_seconds = PATIENT_SECONDS
    destroy(session, found)
    session.progress.say(f"{name} is deleted")
    return FINE


def destroy(session: Session, found: Survey) -> None:
    """Deletes what the survey lists; raises `DeploymentError` and `CloudError`."""
    left = list(found.parts)
    while left:
        stage = ready(left)
        results = session.each(stage, lambda part: _attempt(session, part))
        session.progress.settle()
        failures = [finding for _, findings in results for finding in findings]
        if failures:
            raise DeploymentError(*failures)
        left = [part for part in left if part not in stage]
    for region, bucket in found.buckets.items():
        empty_bucket(session.api, session.account, region, bucket)
        session.api.call("s3", region, "DeleteBucket", {"Bucket": bucket, "ExpectedBucketOwner": session.account})
        session.progress.say(f"  code bucket of {region}: {bucket} is deleted")


def ready(parts: Iterable[Part]) -> tuple[Part, ...]:
    """The stacks that can be deleted now, in the reverse of the waves.

    No other one imports from them, or has a replica in their region that needs their key; the zone, which all need,
    goes last. If there is no such stack, those that nothing imports from.
    """
    left = tuple(parts)
    exporters = {source.stack for part in left for source in part.stack.imports}
    free = tuple(part for part in left if part.stack.id not in exporters)
    regional = tuple(part for part in free if part.stack.id.kind is not StackKind.GLOBAL)
    apart = (part for part in regional if not any(_replicates(other, part.stack.region) for other in left))
    return tuple(apart) or regional or free or left


def _replicates(part: Part, region: str) -> bool:
    """Whether a table of a stack has a replica in another region."""
    bodies = (members(part.bodies.get(each.id)) for each in part.goes)
    return part.stack.region != region and any(region in replica_regions(members(b.get("Properties"))) for b in bodies)


def _attempt(session: Session, part: Part) -> tuple[Finding, ...]:
    try:
        _delete(session, part)
    except DeploymentError as error:
        return error.findings
    except CloudError as error:
        return (call_failed(error),)
    return ()


def _delete(session: Session, part: Part) -> None:
    """Deletes one stack, again after something was in the way; raises `DeploymentError` and `CloudError`."""
    stack = part.stack
    for attempt in range(_TRIES):
        if endless := wait_until_idle(session, stack):
            raise DeploymentError(endless)
        existing = session.cloudformation.describe(stack.region, stack.name)
        if existing is None or existing.status == GONE:
            session.progress.stack(stack.key, "is deleted")
            return
        if attempt == 0:
            _refuse_changed(part, existing)
            existing = _unprotected(session, part, existing)
        if existing.protected:
            session.cloudformation.protect(stack.region, stack.name, on=False)
        _empty(session, part, whole=attempt > 0)
        session.progress.stack(stack.key, "deletes", 0, len(part.goes))
        session.cloudformation.delete(stack.region, stack.name)
        if _is_gone(session, part):
            session.progress.stack(stack.key, "is deleted")
            return
    raise DeploymentError(*_obstacles(session, part))


def _refuse_changed(part: Part, now: ExistingStack) -> None:
    """Raises `DeploymentError` for a stack that may have other templates by now: nothing may be emptied that stays."""
    if (now.id, now.changed) != (part.existing.id, part.existing.changed):
        message = f"{part.stack.name} was changed by another run or a person since it was shown"
        raise DeploymentError(Finding(Code.DR838, message, ()))


def _empty(session: Session, part: Part, *, whole: bool) -> None:
    """Empties buckets, and zones of what AWS leaves there; `whole` where AWS has refused to delete a zone."""
    for bucket in part.of(BUCKET):
        session.progress.stack(part.stack.key, f"empties {bucket.physical}")
        empty_bucket(session.api, session.account, part.stack.region, bucket.physical)
    for zone in part.of(HOSTED_ZONE):
        empty_zone(session.api, part.stack.region, zone.physical, whole=whole)


def _is_gone(session: Session, part: Part) -> bool:
    """Waits until a deletion has ended; whether the stack is gone."""
    stack, begun = part.stack, False
    for looks, _ in enumerate(session.pauses(stack)):
        now = session.cloudformation.describe(stack.region, stack.name)
        if now is None or now.status == GONE:
            return True
        if running(now):
            begun = True
            left = session.cloudformation.resources(stack.region, stack.name)
            done = len(part.goes) - len({each.id for each in left if each.status != GONE} & {g.id for g in part.goes})
            session.progress.stack(stack.key, "deletes", done, len(part.goes))
        elif begun or looks >= _LOOKS:
            return False
    raise DeploymentError(timed_out(stack, "its deletion has not ended"))


def _obstacles(session: Session, part: Part) -> Iterable[Finding]:
    """What AWS did not delete, and why."""
    stack = part.stack
    now = session.cloudformation.describe(stack.region, stack.name)
    failed = root_causes(session.cloudformation.events(stack.region, stack.name), "")
    for event in failed:
        message = f"{stack.name}: {event.type} `{event.id}` cannot be deleted: {event.reason}"
        yield Finding(Code.DR496, message, session.place(stack, event.id))
    if not failed:
        state = f"{now.status}: {now.reason}" if now else GONE
        yield Finding(Code.DR496, f"{stack.name} cannot be deleted: {state}", ())


# Protection of resources


def _unprotected(session: Session, part: Part, existing: ExistingStack) -> ExistingStack:
    """The stack once none of its resources refuses deletion by a property; raises `DeploymentError`."""
    if next_action(existing) is not StackAction.UPDATE or not any(_refuses(part, each.id) for each in part.goes):
        return existing
    stack = part.stack
    body = copy.deepcopy(dict(session.deployed(stack, existing).template.body))
    for each in part.goes:
        resource = body["Resources"][each.id]
        if protection := PROTECTIONS.get(each.type):
            protection.lift(resource.get("Properties", {}))
    text = compact(body)
    fits = artifacts.fits_request(text)
    url = None if fits else session.artifacts.template_url(stack.region, stack.name, text)
    kept = {name: Parameter(value, kept=True) for name, value in existing.parameters.items()}
    lifted = replace(stack, template=Template(stack.id, body, {}, {}))
    change_set = change_sets.propose(session, DesiredStack(lifted, text if fits else None, url, kept), existing)
    if change_set is None or (change_set.name and not change_sets.execute(session, stack, change_set)):
        message = f"{stack.name} was changed by another run or a person"
        raise DeploymentError(Finding(Code.DR838, message, ()))
    return wait(session, stack, change_set) if change_set.name else existing


def _refuses(part: Part, id_: str) -> bool:
    body: Mapping[str, Json] = members(part.bodies.get(id_))
    protection = PROTECTIONS.get(str(body.get("Type")))
    properties = members(dig(body, "Properties"))
    return protection is not None and any(refuses for _, refuses in protection.entries(properties))
