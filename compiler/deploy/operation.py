"""One stack: settled, proposed as a change set, reviewed, executed and waited for.

There is no lock. CloudFormation runs one operation on a stack at a time and drops a stack's other change sets when
one is executed, so a change set works as compare-and-swap: of two runs at once, the slower finds its proposal gone,
waits until the other is done, and proposes again from what is there then. Names of change sets carry the run's id.

Reports DR830, DR831 and DR838, and what its parts report.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from compiler.deploy import pace, states
from compiler.deploy.cloud import Stack, Stacks
from compiler.deploy.execution import Executor
from compiler.deploy.plan import PlannedStack
from compiler.deploy.progress import Progress
from compiler.deploy.proposals import Proposer
from compiler.deploy.work import Done, Failed, Proposal, Work, refused, status, stuck
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding

_TRIES = 5
"""How often a proposal is made anew because the stack changed under it."""
_ENDLESS = "an operation on the stack does not end"


class Operator:
    """Carries out the operations of one run. Safe to use from several threads, one for each stack."""

    def __init__(
        self,
        stacks: Stacks,
        run_id: str,
        progress: Progress,
        stop: threading.Event,
        *,
        allowed: frozenset[str] = frozenset(),
        patience_seconds: float | None = None,
    ) -> None:
        self._stacks = stacks
        self._progress = progress
        self._pace = pace.Pace(stop, pace.PATIENCE_SECONDS if patience_seconds is None else patience_seconds)
        self._proposer = Proposer(stacks, run_id, progress, self._pace, allowed)
        self._executor = Executor(stacks, progress, self._pace)

    def settle(self, stack: PlannedStack) -> Stack | None:
        """The stack once nothing runs on it, None where it is to be created; raises `Failed` where it is stuck."""
        for _ in self._pace.pauses(stack):
            found = self._stacks.describe(stack.region, stack.name)
            verdict = states.verdict(found.status if found else None)
            match verdict.way:
                case states.Way.CREATE:
                    return None
                case states.Way.UPDATE:
                    return found
                case states.Way.WAIT:
                    self._waits(stack, found)
                case states.Way.CLEAR:
                    self._clear(stack)
                case states.Way.STUCK:
                    raise Failed(stuck(stack, found, verdict))
        raise Failed(self._pace.late(stack, _ENDLESS))

    def quiet(self, stack: PlannedStack) -> Finding | None:
        """Waits until nothing runs on the stack, whoever began it; a finding where that never comes."""
        for _ in self._pace.pauses(stack):
            found = self._stacks.describe(stack.region, stack.name)
            if not states.running(found.status if found else None):
                return None
            self._waits(stack, found)
        return self._pace.late(stack, _ENDLESS)

    def _waits(self, stack: PlannedStack, found: Stack | None) -> None:
        self._progress.stack(stack.key, f"waits for an operation that is running: {status(found)}")

    def _clear(self, stack: PlannedStack) -> None:
        """Deletes a stack whose creation was rolled back; raises `Failed` where something of it is left."""
        left = [
            f"{resource.id} ({resource.physical})"
            for resource in self._stacks.resources(stack.region, stack.name)
            if resource.status not in ("DELETE_COMPLETE", "DELETE_SKIPPED")
        ]
        if left:
            message = f"the creation of {stack.name} was rolled back and left {', '.join(left)}"
            way_out = states.verdict("ROLLBACK_FAILED").out.format(region=stack.region, name=stack.name)
            raise Failed(Finding(Code.DR830, message, (), help=way_out))
        self._progress.stack(stack.key, "removes what a failed creation left: an empty stack")
        self._stacks.delete(stack.region, stack.name)

    def propose(self, work: Work, found: Stack | None) -> Proposal | None:
        """See `Proposer.propose`."""
        return self._proposer.propose(work, found)

    def discard(self, stack: PlannedStack, proposal: Proposal) -> None:
        """Drops a proposal that will not be executed."""
        self._proposer.discard(stack, proposal)

    def protect(self, stack: PlannedStack, now: Stack) -> None:
        """Turns termination protection on where it is not."""
        self._executor.protect(stack, now)

    def carry_out(
        self, stack: PlannedStack, make: Callable[[Stack | None], Work], proposal: Proposal | None = None
    ) -> Done:
        """Makes the stack what `make` wants of it as it is; raises `Failed`.

        A proposal made earlier is executed if the stack is still what it was made for.
        """
        for _ in range(_TRIES):
            found = self.settle(stack)
            work = make(found)
            if proposal is None:
                proposal = self.propose(work, found)
            if proposal is not None and proposal.dangers:
                self.discard(stack, proposal)
                raise Failed(*refused(work, proposal))
            if proposal is not None and not proposal.name and found is not None:
                return Done(self._executor.finish(stack, found), (), work)
            if proposal is not None and self._executor.start(stack, proposal):
                return Done(self._executor.wait(work, proposal), proposal.changes, work)
            self._progress.stack(stack.key, "changed by somebody else meanwhile: looks again")
            proposal = None
            self._pace.step_aside()
        message = f"{stack.name}: somebody else changed it each of the {_TRIES} times it was about to be deployed"
        raise Failed(Finding(Code.DR838, message, ()))
