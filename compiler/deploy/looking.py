"""The first half of a run: every stack is read, what can be checked is checked, and changes are proposed.

Nothing that is deployed is changed here. Reports DR830 and DR835 and what its parts report.
"""

from __future__ import annotations

from collections.abc import Iterator

from compiler.deploy import artifacts, preflight, states
from compiler.deploy.cloud import CloudError
from compiler.deploy.operation import Operator
from compiler.deploy.progress import Progress
from compiler.deploy.scene import Scene
from compiler.deploy.sight import Sight
from compiler.deploy.uploads import unusable, upload
from compiler.deploy.wanted import Preview
from compiler.deploy.work import Failed, refused, stuck
from compiler.findings import Finding
from compiler.names import ENVIRONMENT, SUFFIX

_LOOKS = 5
"""How often everything is looked at anew because a stack changed under it."""


def look(sight: Sight, operator: Operator, account: str) -> tuple[Finding, ...]:
    """Reads every stack and checks what can be checked before anything is changed.

    What a killed run has begun goes on in AWS: a stack that is still being made has names of which its list of
    resources knows nothing yet. So this waits for what runs, and looks again where a stack was not the same all the
    time.
    """
    plan = sight.wanted.plan
    problems = [problem for _, problem in sight.each(plan.regions, lambda region: _reach(sight, region)) if problem]
    if problems:
        return tuple(problems)
    found: tuple[Finding, ...] = ()
    for _ in range(_LOOKS):
        sight.each(plan.stacks, operator.quiet)
        sight.refresh()
        before = sight.found
        found = _checked(sight, account)
        sight.refresh()
        if sight.found == before:
            break
    return found


def _checked(sight: Sight, account: str) -> tuple[Finding, ...]:
    wanted = sight.wanted
    plan = wanted.plan
    existing = tuple(stack.key for stack in plan.stacks if sight.found.get(stack.key))
    scene = Scene(
        topology=wanted.topology,
        plan=plan,
        account=account,
        templates=wanted.templates,
        stacks=sight.found,
        resources=dict(sight.each(existing, sight.resources)),
        given={ENVIRONMENT.name: plan.environment, SUFFIX.name: plan.suffix, **sight.options.given},
        origins=wanted.origins,
    )
    sight.open_store(account)
    return (*_stuck(sight), *preflight.check(sight.api, scene))


def _reach(sight: Sight, region: str) -> Finding | None:
    try:
        sight.api.call("sts", region, "GetCallerIdentity", {})
        sight.api.call("cloudformation", region, "ListStacks", {"StackStatusFilter": ["CREATE_IN_PROGRESS"]})
    except CloudError as error:
        entries = enumerate(sight.wanted.topology.spec.regions)
        at = next((("regions", number, "region") for number, entry in entries if entry.region == region), ())
        return preflight.unreachable(at, error)
    return None


def _stuck(sight: Sight) -> Iterator[Finding]:
    for stack in sight.wanted.plan.stacks:
        found = sight.found[stack.key]
        verdict = states.verdict(found.status if found else None)
        if verdict.way is states.Way.STUCK and sight.meant(stack.key):
            yield stuck(stack, found, verdict)


def previews(sight: Sight, operator: Operator, progress: Progress) -> tuple[Preview, ...]:
    """The changes of every stack that is there already; raises `Failed` for what is refused."""
    upload(sight, progress, existing_only=True)
    results = sight.each(sight.keys(), lambda key: _preview(sight, operator, key))
    refusals = [finding for _, (_, findings) in results for finding in findings]
    if refusals:
        for _, (preview, _) in results:
            if preview.proposal:
                operator.discard(preview.stack, preview.proposal)
        raise Failed(*refusals)
    return tuple(preview for _, (preview, _) in results)


def _preview(sight: Sight, operator: Operator, key: str) -> tuple[Preview, tuple[Finding, ...]]:
    stack = sight.wanted.plan.stack(key)
    found = sight.found[key]
    none = Preview(stack, found, None)
    if found is None or states.verdict(found.status).way is not states.Way.UPDATE:
        return none, ()
    if not artifacts.fits_request(sight.bodies[key]) and not sight.store.exists(stack.region):
        return none, ()
    try:
        work = sight.work(stack, (), found)
        proposal = operator.propose(work, found)
    except Failed as failure:
        return none, failure.findings
    except artifacts.Unusable as error:
        return none, (unusable(error),)
    if proposal is None:
        return none, ()
    if proposal.dangers:
        operator.discard(stack, proposal)
        return none, tuple(refused(work, proposal))
    if not proposal.name:
        sight.applied[key] = work.mark
    return Preview(stack, found, proposal, work.mark, waiting=bool(work.unknown)), ()
