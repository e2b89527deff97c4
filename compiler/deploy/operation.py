"""One stack: settled, proposed as a change set, reviewed, executed and waited for.

There is no lock. CloudFormation runs one operation on a stack at a time and drops a stack's other change sets when
one is executed, so a change set works as compare-and-swap: of two runs at once, the slower finds its proposal gone,
waits until the other is done, and proposes again from what is there then. Names of change sets carry the run's id.

Reports DR830 to DR834, DR837 and DR838.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compiler.codes import Code
from compiler.deploy import review, states
from compiler.deploy.cloud import Change, ChangeSet, CloudError, Event, Request, Stack, Stacks
from compiler.deploy.plan import PlannedStack
from compiler.deploy.progress import Progress
from compiler.deploy.values import Given
from compiler.findings import Finding
from compiler.source import Route

Json = Any
_TRIES = 5
"""How often a proposal is made anew because the stack changed under it."""
_ABSENT_LOOKS = 5
"""A change set that so many looks in a row do not find is gone, not late."""
_EMPTY = ("didn't contain changes", "no updates are to be performed")
_SHORTEST_SECONDS, _LONGEST_SECONDS = 0.05, 5.0
_STACK = "AWS::CloudFormation::Stack"
_BEGINNINGS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "REVIEW_IN_PROGRESS", "DELETE_IN_PROGRESS")
_LOST = ("ChangeSetNotFound", "InvalidChangeSetStatus")
_MOST_FAILURES = 10


class Failed(Exception):  # noqa: N818 - an outcome, told as diagnostics
    """A stack cannot go on; carries what was found."""

    def __init__(self, *findings: Finding) -> None:
        self.findings = findings
        super().__init__("; ".join(finding.message for finding in findings))


class Stopped(Exception):  # noqa: N818 - an outcome
    """The run was told to stop."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a stack is to become."""

    stack: PlannedStack
    template: Mapping[str, Json]
    body: str | None
    url: str | None
    values: Mapping[str, Given]
    tags: Mapping[str, str]
    origins: Mapping[str, Route]

    @property
    def mark(self) -> tuple[object, ...]:
        """Equal for two works that would propose the same."""
        return (self.body or self.url, tuple(sorted((name, given.text) for name, given in self.values.items())))


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change set that waits for its execution; one without changes has no name and waits for nothing."""

    name: str
    create: bool
    changes: tuple[Change, ...]
    seen: Stack | None
    dangers: tuple[review.Danger, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """A stack after its operation, what was changed, and what it was to become."""

    stack: Stack
    changes: tuple[Change, ...]
    work: Work


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
        patience_seconds: float = 4 * 3600.0,
    ) -> None:
        self._stacks = stacks
        self._run_id = run_id
        self._progress = progress
        self._stop = stop
        self._allowed = allowed
        self._patience = patience_seconds
        self._count = 0
        self._counting = threading.Lock()

    # Before

    def settle(self, stack: PlannedStack) -> Stack | None:
        """The stack once nothing runs on it, None where it is to be created; raises `Failed` where it is stuck."""
        for _ in self._pauses(stack):
            found = self._stacks.describe(stack.region, stack.name)
            verdict = states.verdict(found.status if found else None)
            match verdict.way:
                case states.Way.CREATE:
                    return None
                case states.Way.UPDATE:
                    return found
                case states.Way.WAIT:
                    self._progress.stack(stack.key, f"waits for an operation that is running: {_status(found)}")
                case states.Way.CLEAR:
                    self._clear(stack)
                case states.Way.STUCK:
                    raise Failed(stuck(stack, found, verdict))
        raise Failed(self._late(stack, "an operation on the stack does not end"))

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

    # Proposal

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
        self._progress.stack(stack.key, "prepares a change set")
        try:
            self._stacks.propose(stack.region, request)
        except CloudError as error:
            if error.code not in ("ValidationError", "InsufficientCapabilitiesException"):
                raise
            raise Failed(Finding(Code.DR832, f"CloudFormation refuses {stack.name}: {error.message}", ())) from None
        made = self._ready(stack, name)
        if made is None:
            return None
        if made.status == "FAILED":
            if any(words in made.reason.lower() for words in _EMPTY):
                self._stacks.drop_change_set(stack.region, stack.name, name)
                return Proposal("", found is None, (), found)
            raise Failed(*self._rejected(work, name, made))
        seen = found or self._stacks.describe(stack.region, stack.name)
        old = self._stacks.template(stack.region, stack.name) if found else {}
        dangers = review.dangers(made.changes, old, work.template, self._allowed)
        return Proposal(name, found is None, made.changes, seen, dangers)

    def _ready(self, stack: PlannedStack, name: str) -> ChangeSet | None:
        absent = 0
        for _ in self._pauses(stack):
            made = self._stacks.change_set(stack.region, stack.name, name)
            absent = absent + 1 if made is None else 0
            if absent == _ABSENT_LOOKS:
                return None
            if made is not None and not made.status.endswith(("_PENDING", "_IN_PROGRESS")):
                return made
        raise Failed(self._late(stack, "its change set does not get ready"))

    def _rejected(self, work: Work, name: str, made: ChangeSet) -> Iterator[Finding]:
        stack = work.stack
        details = self._stacks.rejections(stack.region, stack.name, name)
        for id_, reason in details:
            yield Finding(Code.DR832, f"{stack.name}: {id_}: {reason}", work.origins.get(id_, ()))
        if not details:
            yield Finding(Code.DR832, f"CloudFormation refuses the change set of {stack.name}: {made.reason}", ())

    def discard(self, stack: PlannedStack, proposal: Proposal) -> None:
        """Drops a proposal that will not be executed."""
        if proposal.name:
            self._stacks.drop_change_set(stack.region, stack.name, proposal.name)

    # Execution

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
                return Done(self._finished(stack, found), (), work)
            if proposal is not None and self._is_same(stack, proposal) and self._execute(stack, proposal):
                return Done(self._await(work, proposal), proposal.changes, work)
            self._progress.stack(stack.key, "changed by somebody else meanwhile: looks again")
            proposal = None
            self._stop.wait(random.uniform(0.1, 1.0))  # noqa: S311 - jitter, no secret
        raise Failed(self._late(stack, "somebody else keeps changing it"))

    def _is_same(self, stack: PlannedStack, proposal: Proposal) -> bool:
        now = self._stacks.describe(stack.region, stack.name)
        seen = proposal.seen
        return now is not None and seen is not None and (now.id, now.changed, now.status) == (
            seen.id, seen.changed, seen.status,
        )  # fmt: skip

    def _execute(self, stack: PlannedStack, proposal: Proposal) -> bool:
        """Whether our change set is what runs now."""
        try:
            self._stacks.execute(stack.region, stack.name, proposal.name, proposal.name)
        except CloudError as error:
            if not error.code.startswith(_LOST) and error.code not in ("ValidationError", "TokenAlreadyExists"):
                raise
            # Either somebody was faster, or it was us and only the answer was lost.
            made = self._stacks.change_set(stack.region, stack.name, proposal.name)
            return made is not None and made.execution.startswith("EXECUTE_")
        return True

    def _await(self, work: Work, proposal: Proposal) -> Stack:
        stack = work.stack
        what = "creates" if proposal.create else "updates"
        total = review.counts(proposal.changes).total
        self._progress.stack(stack.key, what, 0, total)
        begun = False
        for _ in self._pauses(stack):
            now = self._stacks.describe(stack.region, stack.name)
            if now is None:
                raise Failed(Finding(Code.DR833, f"{stack.name} was deleted while it was deployed", ()))
            if states.running(now.status):
                begun = True
                done = _done(self._stacks.events(stack.region, stack.name), proposal.name)
                self._progress.stack(stack.key, _word(now.status, what), done, total)
            elif now.status != states.REVIEW and (begun or self._moved(stack, proposal, now)):
                if states.succeeded(now.status):
                    return self._finished(stack, now)
                raise Failed(*self._failures(work, proposal, now))
        raise Failed(self._late(stack, "its operation does not end"))

    def _moved(self, stack: PlannedStack, proposal: Proposal, now: Stack) -> bool:
        """Whether the operation has begun and ended between two looks."""
        seen = proposal.seen
        if seen is None or (now.changed, now.status) != (seen.changed, seen.status):
            return True
        made = self._stacks.change_set(stack.region, stack.name, proposal.name)
        return made is not None and made.execution in ("EXECUTE_COMPLETE", "EXECUTE_FAILED")

    def _finished(self, stack: PlannedStack, now: Stack) -> Stack:
        self.protect(stack, now)
        self._progress.stack(stack.key, now.status)
        return now

    def protect(self, stack: PlannedStack, now: Stack) -> None:
        """Turns termination protection on where it is not."""
        if not now.protected:
            try:
                self._stacks.protect(stack.region, stack.name)
            except CloudError as error:
                if not error.missing:
                    raise
                self._progress.say(f"  {stack.key}: termination protection is not there to be turned on")

    def _failures(self, work: Work, proposal: Proposal, now: Stack) -> Iterator[Finding]:
        """What went wrong first, at the spec entries that asked for it."""
        stack = work.stack
        failed = root_causes(self._stacks.events(stack.region, stack.name), proposal.name)
        self._progress.stack(stack.key, now.status)
        after = "nothing of it is left" if now.status == states.ROLLED_BACK else f"the stack is {now.status}"
        way_out = states.verdict(now.status).out.format(region=stack.region, name=stack.name)
        help_text = way_out or f"mend it and run dr-deploy again; {after}"
        if all(event.type == _STACK for event in failed):
            # Validation before the deployment says what is wrong elsewhere.
            for id_, reason in self._stacks.rejections(stack.region, stack.name, ""):
                yield Finding(Code.DR833, f"{stack.name}: {id_}: {reason}", work.origins.get(id_, ()), help=help_text)
        for event in failed[:_MOST_FAILURES]:
            message = f"{stack.name}: {event.type} `{event.id}`: {event.reason}"
            yield Finding(Code.DR833, message, work.origins.get(event.id, ()), help=help_text)
        if not failed:
            yield Finding(Code.DR833, f"{stack.name} is {now.status}: {now.reason}", (), help=help_text)

    # Shared

    def _name(self, stack: PlannedStack) -> str:
        with self._counting:
            self._count += 1
            return f"dr-deploy-{self._run_id}-{self._count}-{stack.kind}"

    def _pauses(self, stack: PlannedStack) -> Iterator[None]:
        """One pass for each look; pauses grow between them, so that little things are quick and long ones quiet."""
        pause = _SHORTEST_SECONDS
        end = time.monotonic() + self._patience
        while time.monotonic() < end:
            yield
            if self._stop.wait(random.uniform(0.75, 1.25) * pause):  # noqa: S311 - jitter, no secret
                raise Stopped(stack.key)
            pause = min(pause * 1.5, _LONGEST_SECONDS)

    def _late(self, stack: PlannedStack, what: str) -> Finding:
        return Finding(Code.DR838, f"{stack.name}: {what}; gave up after {self._patience / 60:,.0f} min", ())


def stuck(stack: PlannedStack, found: Stack | None, verdict: states.Verdict) -> Finding:
    """A stack in a state that allows nothing, with the way out of it."""
    reason = f": {found.reason}" if found and found.reason else ""
    message = f"{stack.name} is {_status(found)}{reason}; it cannot be updated as it is"
    return Finding(Code.DR830, message, (), help=verdict.out.format(region=stack.region, name=stack.name))


def refused(work: Work, proposal: Proposal) -> Iterator[Finding]:
    """What a proposal would do to data."""
    for danger in proposal.dangers:
        message = f"{work.stack.name}: `{danger.id}` ({danger.type}) {danger.what}; at stake is {danger.stake}"
        help_text = f"if that is meant, say so: --allow-replace {danger.id}"
        yield Finding(Code.DR831, message, work.origins.get(danger.id, ()), help=help_text)


def of_operation(events: tuple[Event, ...], token: str) -> tuple[Event, ...]:
    """Events of the latest operation, latest first; of ours where events carry tokens."""
    ours = tuple(event for event in events if event.token == token)
    if ours:
        return ours
    found: list[Event] = []
    for event in events:
        found.append(event)
        if event.type == _STACK and event.status in _BEGINNINGS:
            break
    return tuple(found)


def root_causes(events: tuple[Event, ...], token: str) -> tuple[Event, ...]:
    """What failed by itself, earliest first: not what was cancelled because of it."""
    failed = [event for event in reversed(of_operation(events, token)) if event.status.endswith("_FAILED")]
    real = [event for event in failed if "cancelled" not in event.reason.lower()]
    resources = [event for event in real if event.type != _STACK]
    return tuple(resources or real)


def _done(events: tuple[Event, ...], token: str) -> int:
    return len({e.id for e in of_operation(events, token) if e.status.endswith("_COMPLETE") and e.type != _STACK})


def _status(found: Stack | None) -> str:
    return found.status if found else "not there"


def _word(status: str, what: str) -> str:
    if "ROLLBACK" in status:
        return "rolls back"
    return "cleans up" if "CLEANUP" in status else what
