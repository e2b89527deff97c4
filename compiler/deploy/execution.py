"""A change set executed and waited for until its stack is what it was to become. Reports DR833 and DR838."""

from __future__ import annotations

from dataclasses import dataclass

from compiler.deploy import review, states
from compiler.deploy.cloud import CloudError, Stack, Stacks
from compiler.deploy.failures import failures, finished
from compiler.deploy.pace import Pace
from compiler.deploy.plan import PlannedStack
from compiler.deploy.progress import Progress
from compiler.deploy.work import Failed, Proposal, Work
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding

_LOST = ("ChangeSetNotFound", "InvalidChangeSetStatus")


@dataclass(frozen=True, slots=True)
class Executor:
    """Runs the operations that were agreed to. Safe to use from several threads."""

    stacks: Stacks
    progress: Progress
    pace: Pace

    def start(self, stack: PlannedStack, proposal: Proposal) -> bool:
        """Whether our change set is what runs now: not where the stack is no longer what it was made for."""
        now = self.stacks.describe(stack.region, stack.name)
        seen = proposal.seen
        if now is None or seen is None or (now.id, now.changed, now.status) != (seen.id, seen.changed, seen.status):
            return False
        try:
            self.stacks.execute(stack.region, stack.name, proposal.name, proposal.name)
        except CloudError as error:
            if not error.code.startswith(_LOST) and error.code not in ("ValidationError", "TokenAlreadyExists"):
                raise
            # Either somebody was faster, or it was us and only the answer was lost.
            made = self.stacks.change_set(stack.region, stack.name, proposal.name)
            return made is not None and made.execution.startswith("EXECUTE_")
        return True

    def wait(self, work: Work, proposal: Proposal) -> Stack:
        """The stack once its operation has succeeded; raises `Failed`."""
        stack = work.stack
        what = "creates" if proposal.create else "updates"
        total = review.counts(proposal.changes).total
        self.progress.stack(stack.key, what, 0, total)
        begun = False
        for _ in self.pace.pauses(stack):
            now = self.stacks.describe(stack.region, stack.name)
            if now is None:
                raise Failed(Finding(Code.DR833, f"{stack.name} was deleted while it was deployed", ()))
            if states.running(now.status):
                begun = True
                done = finished(self.stacks.events(stack.region, stack.name), proposal.name)
                self.progress.stack(stack.key, _word(now.status, what), done, total)
            elif now.status != states.REVIEW and (begun or self._moved(stack, proposal, now)):
                if states.succeeded(now.status):
                    return self.finish(stack, now)
                self.progress.stack(stack.key, now.status)
                raise Failed(*failures(self.stacks, work, proposal.name, now))
        raise Failed(self.pace.late(stack, "its operation does not end"))

    def _moved(self, stack: PlannedStack, proposal: Proposal, now: Stack) -> bool:
        """Whether the operation has begun and ended between two looks."""
        seen = proposal.seen
        if seen is None or (now.changed, now.status) != (seen.changed, seen.status):
            return True
        made = self.stacks.change_set(stack.region, stack.name, proposal.name)
        return made is not None and made.execution in ("EXECUTE_COMPLETE", "EXECUTE_FAILED")

    def finish(self, stack: PlannedStack, now: Stack) -> Stack:
        """The stack, protected and told as done."""
        self.protect(stack, now)
        self.progress.stack(stack.key, now.status)
        return now

    def protect(self, stack: PlannedStack, now: Stack) -> None:
        """Turns termination protection on where it is not."""
        if not now.protected:
            try:
                self.stacks.protect(stack.region, stack.name)
            except CloudError as error:
                if not error.missing:
                    raise
                self.progress.say(f"  {stack.key}: termination protection is not there to be turned on")


def _word(status: str, what: str) -> str:
    if "ROLLBACK" in status:
        return "rolls back"
    return "cleans up" if "CLEANUP" in status else what
