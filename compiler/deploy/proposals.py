"""Change sets: made, waited for, reviewed, and taken back. Reports DR832 and DR838."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from compiler.deploy import review
from compiler.deploy.cloud import ChangeSet, CloudError, Request, Stack, Stacks
from compiler.deploy.pace import Pace
from compiler.deploy.plan import PlannedStack
from compiler.deploy.progress import Progress
from compiler.deploy.work import Failed, Proposal, Work
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding

PREFIX = "dr-deploy-"
"""How the names of our change sets begin."""
_ABSENT_LOOKS = 5
"""A change set that so many looks in a row do not find is gone, not late."""
_EMPTY = ("didn't contain changes", "no updates are to be performed")


@dataclass(slots=True)
class Proposer:
    """Makes the change sets of one run, whose id is part of their names. Safe to use from several threads."""

    stacks: Stacks
    run_id: str
    progress: Progress
    pace: Pace
    allowed: frozenset[str]
    """Logical ids that may be replaced or removed though they hold data."""
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def propose(self, work: Work, found: Stack | None) -> Proposal | None:
        """A change set for `work` on the stack as it was found, None where somebody's operation dropped it at once.

        Raises `Failed` where it is refused.
        """
        stack = work.stack
        name = self._name(stack)
        request = Request(
            stack=stack.name,
            name=name,
            create=found is None,
            body=work.body,
            url=work.url,
            parameters={parameter: given.value for parameter, given in work.values.items()},
            capabilities=stack.capabilities,
            tags=work.tags,
        )
        self.progress.stack(stack.key, "prepares a change set")
        try:
            self.stacks.propose(stack.region, request)
        except CloudError as error:
            if error.code not in ("ValidationError", "InsufficientCapabilitiesException"):
                raise
            raise Failed(Finding(Code.DR832, f"CloudFormation refuses {stack.name}: {error.message}", ())) from None
        made = self._ready(stack, name)
        if made is None:
            return None
        if made.status == "FAILED":
            if any(words in made.reason.lower() for words in _EMPTY):
                self.stacks.drop_change_set(stack.region, stack.name, name)
                return Proposal("", found is None, (), found)
            raise Failed(*self._rejected(work, name, made))
        seen = found or self.stacks.describe(stack.region, stack.name)
        old = self.stacks.template(stack.region, stack.name) if found else {}
        dangers = review.dangers(made.changes, old, work.template, self.allowed, work.unknown)
        return Proposal(name, found is None, made.changes, seen, dangers)

    def discard(self, stack: PlannedStack, proposal: Proposal) -> None:
        """Drops a proposal that will not be executed."""
        if proposal.name:
            self.stacks.drop_change_set(stack.region, stack.name, proposal.name)

    def _name(self, stack: PlannedStack) -> str:
        with self._counting:
            return f"{PREFIX}{self.run_id}-{next(self._numbers)}-{stack.kind}"

    def _ready(self, stack: PlannedStack, name: str) -> ChangeSet | None:
        absent = 0
        for _ in self.pace.pauses(stack):
            made = self.stacks.change_set(stack.region, stack.name, name)
            absent = absent + 1 if made is None else 0
            if absent == _ABSENT_LOOKS:
                return None
            if made is not None and not made.status.endswith(("_PENDING", "_IN_PROGRESS")):
                return made
        raise Failed(self.pace.late(stack, "its change set does not get ready"))

    def _rejected(self, work: Work, name: str, made: ChangeSet) -> Iterator[Finding]:
        stack = work.stack
        details = self.stacks.rejections(stack.region, stack.name, name)
        for id_, reason in details:
            yield Finding(Code.DR832, f"{stack.name}: {id_}: {reason}", work.origins.get(id_, ()))
        if not details:
            yield Finding(Code.DR832, f"CloudFormation refuses the change set of {stack.name}: {made.reason}", ())
