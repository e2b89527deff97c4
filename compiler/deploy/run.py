"""A whole deployment: checks, uploads, waves, and a last look. What is there is read from AWS, never from a file.

Its parts say which codes they report.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from functools import partial

from compiler.deploy import artifacts, delegation, looking, review, uploads
from compiler.deploy.api import Api
from compiler.deploy.cloud import CloudError, Stacks
from compiler.deploy.operation import Operator
from compiler.deploy.plan import Step
from compiler.deploy.progress import Progress
from compiler.deploy.sight import Sight
from compiler.deploy.wanted import Options, Preview, Wanted
from compiler.deploy.work import Done, Failed, Stopped, called
from compiler.findings.finding import Finding


class Run:
    """One run of dr-deploy."""

    def __init__(
        self,
        wanted: Wanted,
        options: Options,
        api: Api,
        stacks: Stacks,
        operator: Operator,
        progress: Progress,
        stop: threading.Event,
    ) -> None:
        self._sight = Sight(wanted, options, api, stacks, stop)
        self._operator = operator
        self._progress = progress

    def look(self, account: str) -> tuple[Finding, ...]:
        """See `looking.look`."""
        return looking.look(self._sight, self._operator, account)

    def previews(self) -> tuple[Preview, ...]:
        """See `looking.previews`."""
        return looking.previews(self._sight, self._operator, self._progress)

    def discard(self, previews: Iterable[Preview]) -> None:
        """Takes the proposals back that nobody wants."""
        for preview in previews:
            if preview.proposal:
                self._operator.discard(preview.stack, preview.proposal)

    def deploy(self, previews: Iterable[Preview]) -> dict[str, review.Counts]:
        """Runs the waves; returns what was changed in each stack. Raises `Failed`."""
        sight = self._sight
        listed = tuple(previews)
        proposed = {preview.stack.key: preview for preview in listed if preview.proposal}
        changed: dict[str, review.Counts] = {}
        uploads.upload(sight, self._progress, existing_only=False)
        # Where no stack has anything to change with all values known, no wave would find anything either.
        waves = () if all(preview.complete for preview in listed) else sight.wanted.plan.waves
        for number, wave in enumerate(waves, 1):
            steps = tuple(step for step in wave if sight.meant(step.stack))
            if not steps:
                continue
            sight.refresh()
            self._wait_for_zone(steps)
            self._progress.say(f"wave {number} of {len(sight.wanted.plan.waves)}")
            results = sight.each(steps, lambda step: self._step(step, proposed.pop(step.stack, None)))
            self._progress.settle()
            for step, (done, _) in results:
                if done is not None and done.changes:
                    changed[step.stack] = changed.get(step.stack, review.Counts()) + review.counts(done.changes)
            failures = [finding for _, (_, findings) in results for finding in findings]
            if failures:
                raise Failed(*failures)
        sight.refresh()
        self._verify()
        return changed

    def _step(self, step: Step, preview: Preview | None) -> tuple[Done | None, tuple[Finding, ...]]:
        sight = self._sight
        stack = sight.wanted.plan.stack(step.stack)
        try:
            found = self._operator.settle(stack)
            work = sight.work(stack, step.parameters, found)
            if found is not None and sight.applied.get(step.stack) == work.placeholder:
                self._progress.stack(stack.key, "nothing new")
                return None, ()
            proposal = preview.proposal if preview else None
            if preview is not None and proposal is not None and preview.placeholder != work.placeholder:
                # More values are known by now than when it was made.
                self._operator.discard(stack, proposal)
                proposal = None
            done = self._operator.carry_out(stack, partial(sight.work, stack, step.parameters), proposal)
        except Failed as failure:
            return None, failure.findings
        except CloudError as error:
            return None, (called(error),)
        except artifacts.Unusable as error:
            return None, (uploads.unusable(error),)
        sight.applied[step.stack] = done.work.placeholder
        return done, ()

    def _wait_for_zone(self, steps: tuple[Step, ...]) -> None:
        """Holds a wave back that asks for certificates until the zone is delegated; raises `Failed`."""
        sight, options = self._sight, self._sight.options
        if options.assume_delegated or not delegation.needed(steps, sight.wanted.templates, sight.resources):
            return
        outputs = {key: found.outputs for key, found in sight.found.items() if found}
        zone = delegation.zone(sight.api, sight.wanted.topology, outputs)
        if zone is None:
            return  # the zone comes with this very wave: what needs it is gated
        domain, wanted = zone
        problem = delegation.wait(
            lambda: delegation.look_up(domain, wanted, options.resolvers),
            self._progress.say,
            sight.stop,
            once=not options.wait_for_delegation,
        )
        if sight.stop.is_set():
            raise Stopped("delegation")
        if problem:
            raise Failed(problem)

    def _verify(self) -> None:
        """Every stack is protected, every function runs the code of its archive in every region; raises `Failed`."""
        sight = self._sight
        found: list[Finding] = []
        for stack in sight.wanted.plan.stacks:
            if not sight.meant(stack.key):
                continue
            # A run that was killed may have left one unprotected.
            if there := sight.found.get(stack.key):
                self._operator.protect(stack, there)
            if stack.serves:
                found += uploads.differing(sight, stack)
        if found:
            raise Failed(*found)

    def outputs(self, key: str) -> Mapping[str, str]:
        """Outputs of a stack as they are now."""
        return self._sight.outputs(key)
