"""The token's parameters of every stack: as they are deployed, and as they are to become. Reports DR843."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from compiler.deploy.cloud import ExistingStack
from compiler.deploy.session import Session
from compiler.deploy.stack_states import StackAction, next_action
from compiler.deploy.token import Served, Tokens
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.ir.elements import StackId, StackKind
from compiler.rollout.deployment import Stack
from compiler.services.health import PREVIOUS, TOKEN

_SPREAD = timedelta(minutes=10)
"""How long a checker may still ask the path before: our own choice, since AWS states no time."""


def deployed(session: Session, latest: Mapping[StackId, ExistingStack | None] | None = None) -> Tokens:
    """The tokens as stacks have them, with what was read since in `latest`; those of a silent region are not known."""
    regions: list[Served] = []
    asked, complete = "", True
    existing = {**session.existing, **(latest or {})}
    for stack in session.deployment.stacks:
        if not takes_token(stack):
            continue
        found = existing.get(stack.id)
        unclear = found is not None and next_action(found) in (StackAction.WAIT, StackAction.STUCK)
        complete = complete and not unclear and stack.region not in session.silent
        values = found.parameters if found else {}
        if stack.id.kind is StackKind.GLOBAL:
            asked = values.get(TOKEN, "")
        elif values.get(TOKEN):
            regions.append(Served(values[TOKEN], values.get(PREVIOUS, "")))
    return Tokens(tuple(regions), asked, complete)


def parameters(session: Session, stack: Stack, own: ExistingStack | None) -> Mapping[str, str]:
    """What the token's parameters of a stack are to become, which is now `own`; none where it has no such parameter."""
    if not takes_token(stack):
        return {}
    # Another run may have changed this very stack since all were read.
    tokens = deployed(session, {stack.id: own})
    target = tokens.target(session.fresh_token, rotate=session.rotating)
    if stack.id.kind is StackKind.GLOBAL:
        return {TOKEN: tokens.of_global(target)}
    served = tokens.of_region(target, session.asked_before)
    values = own.parameters if own else {}
    has = Served(values.get(TOKEN, ""), values.get(PREVIOUS, ""))
    if not tokens.complete and tokens.regions:
        # What is asked cannot be read: whatever is served stays served.
        served = has if has.current else tokens.regions[0]
    elif served == Served(has.current) and _changed_lately(session.existing.get(session.topology.global_)):
        served = has
    return {TOKEN: served.current, PREVIOUS: served.previous}


def _changed_lately(stack: ExistingStack | None) -> bool:
    try:
        return stack is not None and datetime.now(UTC) - datetime.fromisoformat(stack.changed) < _SPREAD
    except (ValueError, TypeError):
        return False  # an emulator that tells no time


def moves(session: Session) -> Stack | None:
    """The stack whose health checks can be given another token now, since every region answers it; None where none."""
    for stack in session.selected:
        found = session.existing.get(stack.id)
        if stack.id.kind is StackKind.GLOBAL and found and takes_token(stack):
            return stack if found.parameters.get(TOKEN) != parameters(session, stack, found)[TOKEN] else None
    return None


def is_left(session: Session) -> bool:
    """Whether regions still answer a token that is no longer asked."""
    tokens = deployed(session)
    return any(region.previous and region.current == tokens.asked for region in tokens.regions)


def refusal(session: Session) -> Finding | None:
    """Why the token cannot be rotated now; None where it can."""
    if not session.options.rotate_token:
        return None
    takers = [stack for stack in session.deployment.stacks if takes_token(stack)]
    left_out = [stack.key for stack in takers if not session.selects(stack)]
    if not takers:
        why = "no template takes one"
    elif left_out:
        why = f"`--only` leaves {' and '.join(left_out)} out"
    elif not deployed(session).complete:
        why = "a stack cannot be read or updated"
    else:
        return None
    return Finding(Code.DR843, f"the token cannot be rotated: {why}", ())


def takes_token(stack: Stack) -> bool:
    """Whether a stack has the parameter of the token."""
    return TOKEN in stack.section("Parameters")
