"""The first half of a run: every stack is read, what can be checked is checked, and changes are proposed.

Nothing that is deployed is changed here. Reports DR830 and DR835 and what its parts report.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from compiler.deploy import artifacts, preflight, states
from compiler.deploy.cloud import CloudError
from compiler.deploy.operation import Operator
from compiler.deploy.progress import Progress
from compiler.deploy.scene import Scene, unchecked
from compiler.deploy.sight import Sight
from compiler.deploy.uploads import unusable, upload
from compiler.deploy.wanted import Preview
from compiler.deploy.work import Failed, refused, stuck
from compiler.findings.finding import Finding
from compiler.ir.names import ENVIRONMENT, SUFFIX

_LOOKS = 5
"""How often everything is looked at anew because a stack changed under it."""


def look(sight: Sight, operator: Operator, account: str) -> tuple[Finding, ...]:
    """Reads every stack and checks what can be checked before anything is changed.

    What a killed run has begun goes on in AWS: a stack that is still being made has names of which its list of
    resources knows nothing yet. So this waits for what runs, and looks again where a stack was not the same all the
    time. A region that holds nothing of what is to be deployed may be the one that is failing: it is told, and left
    out.
    """
    plan = sight.wanted.plan
    meant = tuple(plan.stack(key) for key in sight.chosen())
    needed = {stack.region for stack in meant}
    failures = [(region, error) for region, error in sight.each(plan.regions, lambda r: _reach(sight, r)) if error]
    problems = [_unreachable(sight, error) for region, error in failures if region in needed]
    if problems:
        return tuple(problems)
    sight.away = frozenset(region for region, _ in failures)
    notes = tuple(_left_out(error) for _, error in failures)
    found: tuple[Finding, ...] = ()
    for _ in range(_LOOKS):
        restless = tuple(late for _, late in sight.each(meant, operator.quiet) if late)
        if restless:
            return restless
        sight.refresh()
        before = sight.found
        found = _checked(sight, account)
        sight.refresh()
        if sight.found == before:
            break
    return (*notes, *found)


def _checked(sight: Sight, account: str) -> tuple[Finding, ...]:
    wanted = sight.wanted
    plan = wanted.plan
    existing = tuple(stack.key for stack in plan.stacks if sight.found.get(stack.key))
    scene = Scene(
        topology=wanted.topology,
        plan=replace(plan, stacks=tuple(plan.stack(key) for key in sight.chosen())),
        account=account,
        templates=wanted.templates,
        stacks=sight.found,
        resources=dict(sight.each(existing, sight.resources)),
        given={ENVIRONMENT.name: plan.environment, SUFFIX.name: plan.suffix, **sight.options.given},
        origins=wanted.origins,
    )
    sight.open_store(account)
    return (*_stuck(sight), *preflight.check(sight.api, scene))


def _reach(sight: Sight, region: str) -> CloudError | None:
    try:
        sight.api.call("sts", region, "GetCallerIdentity", {})
        sight.api.call("cloudformation", region, "ListStacks", {"StackStatusFilter": ["CREATE_IN_PROGRESS"]})
    except CloudError as error:
        return error
    return None


def _unreachable(sight: Sight, error: CloudError) -> Finding:
    entries = enumerate(sight.wanted.topology.spec.regions)
    at = next((("regions", number, "region") for number, entry in entries if entry.region == error.region), ())
    return preflight.unreachable(at, error)


def _left_out(error: CloudError) -> Finding:
    why = f"{error.region} does not answer ({error.service}: {error.code}); what its stacks gave before is kept"
    return unchecked(why)


def _stuck(sight: Sight) -> Iterator[Finding]:
    for stack in sight.wanted.plan.stacks:
        found = sight.found[stack.key]
        verdict = states.verdict(found.status if found else None)
        if verdict.way is states.Way.STUCK and sight.meant(stack.key):
            yield stuck(stack, found, verdict)


def previews(sight: Sight, operator: Operator, progress: Progress) -> tuple[Preview, ...]:
    """The changes of every stack that is there already; raises `Failed` for what is refused."""
    upload(sight, progress, existing_only=True)
    results = sight.each(sight.chosen(), lambda key: _preview(sight, operator, key))
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
    none = Preview(stack, found, None, unknown=frozenset() if found else frozenset(stack.wired))
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
        sight.applied[key] = work.placeholder
    return Preview(stack, found, proposal, work.placeholder, unknown=work.unknown), ()
