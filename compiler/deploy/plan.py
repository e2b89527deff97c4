"""The waves of a run, given what exists: those of a creation, or those of an update, one region first.

Both come from `simulate`. The templates, parameters and outputs of the stacks are what AWS tells.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from compiler.aws.intrinsics import Account
from compiler.aws.values import ResourceId
from compiler.deploy import answers, only_code
from compiler.deploy.session import Session
from compiler.deploy.stack_states import StackAction, next_action
from compiler.ir.elements import StackId
from compiler.linking.waves import Wave
from compiler.rollout.simulation import Simulation, simulate
from compiler.rollout.state import Observed, Snapshot, observed


def plan(session: Session, touched: Collection[StackId]) -> tuple[Wave, ...]:
    """The waves from here on; `touched` are stacks that have something to do whatever their templates say."""
    if session.options.only_code:
        session.waves, session.updates = only_code.waves(session, touched), True
        return session.waves
    found = rollout(session, touched)
    session.waves, session.updates = found.waves, found.updates
    return session.waves


def rollout(session: Session, touched: Collection[StackId], replaced: Collection[ResourceId] = ()) -> Simulation:
    """The same simulated; `replaced` are resources whose values will be others."""
    # Names and ARNs hold the account: with another one, all of them would look changed.
    desired = replace(session.deployment, account=session.account)
    return simulate(existing(session), desired, serving=session.serving, touched=touched, replaced=replaced)


def existing(session: Session) -> Snapshot:
    """The stacks as they were last read."""
    deployment = session.deployment
    there = (
        (stack, found)
        for stack in deployment.stacks
        if (found := session.existing[stack.id]) and next_action(found) is StackAction.UPDATE
    )
    stacks = [Observed(session.deployed(stack, found), found.parameters, found.outputs) for stack, found in there]
    left_out = (stack.id for stack in deployment.stacks if not session.selects(stack) or stack.region in session.silent)
    return observed(stacks, Account(session.account, deployment.partition), frozenset(left_out))


def find_serving(session: Session) -> str:
    """Asks the DNS which region serves clients; what is to be said about it, empty where it is the primary's."""
    primary = session.topology.primary.region
    session.serving = primary
    if session.options.assume_delegated and not session.options.resolvers:
        return f"which region serves is not asked (--assume-delegated): {primary} counts as serving"
    found = answers.answering(session.topology.region_host, session.options.resolvers)
    if found.region not in session.deployment.code_regions:
        why = found.problem or found.region or "no record"
        return f"{session.topology.region_host} does not say which region serves ({why}): {primary} counts as serving"
    session.serving = found.region
    return "" if found.region == primary else f"{found.region} serves clients now, so {primary} is changed first"
