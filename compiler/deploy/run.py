"""A whole deployment: checks, uploads, waves, and a last look. What is there is read from AWS, never from a file.

Reports DR834 and DR835 and what its parts report.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from compiler.codes import Code
from compiler.deploy import artifacts, delegation, preflight, review, states, values
from compiler.deploy.api import Api
from compiler.deploy.cloud import CloudError, Resource, Stack, Stacks
from compiler.deploy.operation import Done, Failed, Operator, Proposal, Stopped, Work, refused, stuck
from compiler.deploy.plan import Plan, PlannedStack, Step
from compiler.deploy.progress import Progress
from compiler.deploy.scene import Scene
from compiler.findings import Finding
from compiler.names import ENVIRONMENT, SUFFIX
from compiler.services.lambda_ import function_id
from compiler.source import Route
from compiler.topology import Topology

Json = Any
T = TypeVar("T")
CODE_BUCKET = "codeBucket"
"""Parameter of a serving stack that names its code bucket."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be deployed: the compiled topology and the archives' contents by key."""

    topology: Topology
    plan: Plan
    templates: Mapping[str, Mapping[str, Json]]
    origins: Mapping[tuple[str, str], Route]
    archives: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Options:
    """What a person asked for on the command line."""

    only: frozenset[str] = frozenset()
    given: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    code_buckets: Mapping[str, str] = field(default_factory=dict)
    resolvers: tuple[tuple[str, int], ...] = ()
    wait_for_delegation: bool = True
    assume_delegated: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What is known of one stack before anything is done: its changes, or None where they are not known yet."""

    stack: PlannedStack
    found: Stack | None
    proposal: Proposal | None
    mark: tuple[object, ...] = ()
    """`Work.mark` of what was proposed."""
    waiting: bool = False
    """Whether a value of another stack is still to come."""

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do on this stack."""
        return self.proposal is not None and not self.proposal.name and not self.waiting


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
        self.wanted = wanted
        self.options = options
        self._api = api
        self._stacks = stacks
        self._operator = operator
        self._progress = progress
        self._stop = stop
        self._found: dict[str, Stack | None] = {}
        self._applied: dict[str, tuple[object, ...]] = {}
        self._bodies = {key: artifacts.compact(template) for key, template in wanted.templates.items()}
        self._artifacts: artifacts.Artifacts | None = None

    # Looking

    def look(self, account: str) -> tuple[Finding, ...]:
        """Reads every stack and checks what can be checked before anything is changed."""
        plan = self.wanted.plan
        problems = [problem for _, problem in self._all(plan.regions, self._reach) if problem]
        if problems:
            return tuple(problems)
        self._refresh()
        resources = dict(self._all(self._keys(existing=True), self._resources))
        scene = Scene(
            self.wanted.topology, plan, account, self.wanted.templates, self._found, resources,
            {ENVIRONMENT.name: plan.environment, SUFFIX.name: plan.suffix, **self.options.given}, self.wanted.origins,
        )  # fmt: skip
        self._artifacts = artifacts.Artifacts(
            self._api, account, self._named_buckets(), {r: plan.code_bucket(r, account) for r in plan.regions}
        )
        return (*self._stuck(), *preflight.check(self._api, scene))

    def _reach(self, region: str) -> Finding | None:
        try:
            self._api.call("sts", region, "GetCallerIdentity", {})
            self._api.call("cloudformation", region, "ListStacks", {"StackStatusFilter": ["CREATE_IN_PROGRESS"]})
        except CloudError as error:
            at = next(
                (("regions", n, "region") for n, r in enumerate(self.wanted.topology.spec.regions)
                 if r.region == region), (),
            )  # fmt: skip
            return preflight.unreachable(at, error)
        return None

    def _stuck(self) -> Iterable[Finding]:
        for stack in self.wanted.plan.stacks:
            found = self._found[stack.key]
            verdict = states.verdict(found.status if found else None)
            if verdict.way is states.Way.STUCK and self._meant(stack.key):
                yield stuck(stack, found, verdict)

    def _named_buckets(self) -> dict[str, str]:
        """Code buckets that a person chose, in this run or an earlier one."""
        named = {
            stack.region: found.parameters[CODE_BUCKET]
            for stack in self.wanted.plan.stacks
            if stack.serves and (found := self._found[stack.key]) and found.parameters.get(CODE_BUCKET)
        }
        return {**named, **self.options.code_buckets}

    def previews(self) -> tuple[Preview, ...]:
        """The changes of every stack that is there already; raises `Failed` for what is refused."""
        self._upload(existing_only=True)
        results = self._all(self._keys(), self._preview)
        refusals = [finding for _, (_, findings) in results for finding in findings]
        if refusals:
            for _, (preview, _) in results:
                if preview.proposal:
                    self._operator.discard(preview.stack, preview.proposal)
            raise Failed(*refusals)
        return tuple(preview for _, (preview, _) in results)

    def _preview(self, key: str) -> tuple[Preview, tuple[Finding, ...]]:
        stack = self.wanted.plan.stack(key)
        found = self._found[key]
        none = Preview(stack, found, None)
        if found is None or states.verdict(found.status).way is not states.Way.UPDATE:
            return none, ()
        if not artifacts.fits_request(self._bodies[key]) and not self._store.exists(stack.region):
            return none, ()
        try:
            work = self._work(stack, (), found)
            proposal = self._operator.propose(work, found)
        except Failed as failure:
            return none, failure.findings
        if proposal is None:
            return none, ()
        if proposal.dangers:
            self._operator.discard(stack, proposal)
            return none, tuple(refused(work, proposal))
        if not proposal.name:
            self._applied[key] = work.mark
        waiting = any(not given.text for name, given in work.values.items() if name in stack.wired)
        return Preview(stack, found, proposal, work.mark, waiting), ()

    def discard(self, previews: Iterable[Preview]) -> None:
        """Takes the proposals back that nobody wants."""
        for preview in previews:
            if preview.proposal:
                self._operator.discard(preview.stack, preview.proposal)

    # Doing

    def deploy(self, previews: Iterable[Preview]) -> dict[str, review.Counts]:
        """Runs the waves; returns what was changed in each stack. Raises `Failed`."""
        listed = tuple(previews)
        proposed = {preview.stack.key: preview for preview in listed if preview.proposal}
        changed: dict[str, review.Counts] = {}
        self._upload(existing_only=False)
        # Where no stack has anything to change with all values known, no wave would find anything either.
        waves = () if all(preview.complete for preview in listed) else self.wanted.plan.waves
        for number, wave in enumerate(waves, 1):
            steps = tuple(step for step in wave if self._meant(step.stack))
            if not steps:
                continue
            self._refresh()
            self._wait_for_zone(steps)
            self._progress.say(f"wave {number} of {len(self.wanted.plan.waves)}")
            results = self._all(steps, lambda step: self._step(step, proposed.pop(step.stack, None)))
            self._progress.settle()
            for step, (done, _) in results:
                if done is not None and done.changes:
                    changed[step.stack] = changed.get(step.stack, review.Counts()) + review.counts(done.changes)
            failures = [finding for _, (_, findings) in results for finding in findings]
            if failures:
                raise Failed(*failures)
        self._refresh()
        self._verify()
        return changed

    def _step(self, step: Step, preview: Preview | None) -> tuple[Done | None, tuple[Finding, ...]]:
        stack = self.wanted.plan.stack(step.stack)
        try:
            found = self._operator.settle(stack)
            work = self._work(stack, step.parameters, found)
            if found is not None and self._applied.get(step.stack) == work.mark:
                self._progress.stack(stack.key, "nothing new")
                return None, ()
            proposal = preview.proposal if preview else None
            if preview is not None and proposal is not None and preview.mark != work.mark:
                # More values are known by now than when it was made.
                self._operator.discard(stack, proposal)
                proposal = None
            done = self._operator.carry_out(stack, partial(self._work, stack, step.parameters), proposal)
        except Failed as failure:
            return None, failure.findings
        except CloudError as error:
            return None, (called(error),)
        except artifacts.Unusable as error:
            return None, (Finding(Code.DR835, str(error), ("functions",)),)
        self._applied[step.stack] = done.work.mark
        return done, ()

    def _work(self, stack: PlannedStack, expected: tuple[str, ...], found: Stack | None) -> Work:
        """What the stack is to become, with the values known now; raises `Failed` where one should be known."""
        plan = self.wanted.plan
        template = self.wanted.templates[stack.key]
        outputs = {key: dict(other.outputs) for key, other in self._found.items() if other}
        given = {**self.options.given, ENVIRONMENT.name: plan.environment, SUFFIX.name: plan.suffix}
        bucket = self._store.given(stack.region)
        if stack.serves and bucket:
            given[CODE_BUCKET] = bucket
        old = self._stacks.template(stack.region, stack.name) if found else {}
        resolved = values.resolve(template, stack.wired, outputs, given, found, old)
        lacking = values.missing(resolved, expected)
        if lacking and not self.options.only:
            raise Failed(*(self._lacking(stack, name) for name in lacking))
        body = self._bodies[stack.key]
        small = artifacts.fits_request(body)
        url = None if small else self._store.template_url(stack.region, stack.name, body)
        origins = {id_: route for (key, id_), route in self.wanted.origins.items() if key == stack.key}
        return Work(stack, template, body if small else None, url, resolved, self.options.tags, origins)

    def _lacking(self, stack: PlannedStack, parameter: str) -> Finding:
        message = f"{stack.name} needs {stack.wired[parameter]} by now, and that stack has no such output"
        return Finding(Code.DR834, message, ())

    def _upload(self, *, existing_only: bool) -> None:
        """The archives of every region functions run in; with `existing_only` where a bucket is there already."""

        def put(region: str) -> list[str]:
            if existing_only and not self._store.exists(region):
                return []
            puts = [self._store.put(region, archive.key, self.wanted.archives[archive.key])
                    for archive in self.wanted.plan.archives]  # fmt: skip
            return [f"  code of {region}: {put.key} to {put.bucket}" for put in puts if put.uploaded]

        try:
            for _, lines in self._all(self._code_regions(), put):
                for line in lines:
                    self._progress.say(line)
        except artifacts.Unusable as error:
            raise Failed(Finding(Code.DR835, str(error), ("functions",))) from None

    def _wait_for_zone(self, steps: tuple[Step, ...]) -> None:
        """Holds a wave back that asks for certificates until the zone is delegated; raises `Failed`."""
        if self.options.assume_delegated or not delegation.needed(steps, self.wanted.templates, self._resources):
            return
        outputs = {key: found.outputs for key, found in self._found.items() if found}
        zone = delegation.zone(self._api, self.wanted.topology, outputs)
        if zone is None:
            return  # the zone comes with this very wave: what needs it is gated
        domain, wanted = zone
        problem = delegation.wait(
            lambda: delegation.look(domain, wanted, self.options.resolvers),
            self._progress.say,
            self._stop,
            once=not self.options.wait_for_delegation,
        )
        if self._stop.is_set():
            raise Stopped("delegation")
        if problem:
            raise Failed(problem)

    # After

    def _verify(self) -> None:
        """Every stack is protected, every function runs the code of its archive in every region; raises `Failed`."""
        found: list[Finding] = []
        for stack in self.wanted.plan.stacks:
            # A run that was killed may have left one unprotected.
            if self._meant(stack.key) and (there := self._found.get(stack.key)):
                self._operator.protect(stack, there)
            if not stack.serves or not self._meant(stack.key):
                continue
            names = {r.id: r.physical for r in self._resources(stack.key)}
            for number, function in self.wanted.topology.functions():
                archive = self.wanted.topology.archive(function)
                name = names.get(function_id(function))
                if name is None:
                    continue
                answer = self._api.call("lambda", stack.region, "GetFunctionConfiguration", {"FunctionName": name})
                if answer.get("CodeSha256") != base64.b64encode(bytes.fromhex(archive.digest)).decode():
                    message = f"`{function.name}` in {stack.region} does not run the code of {archive.key}"
                    found.append(Finding(Code.DR835, message, ("functions", number, "source")))
        if found:
            raise Failed(*found)

    def outputs(self, key: str) -> Mapping[str, str]:
        """Outputs of a stack as they are now."""
        stack = self.wanted.plan.stack(key)
        found = self._stacks.describe(stack.region, stack.name)
        return found.outputs if found else {}

    # Shared

    @property
    def _store(self) -> artifacts.Artifacts:
        if self._artifacts is None:
            raise RuntimeError("nothing was looked at yet")
        return self._artifacts

    def _meant(self, key: str) -> bool:
        return not self.options.only or key in self.options.only

    def _keys(self, *, existing: bool = False) -> tuple[str, ...]:
        if existing:
            return tuple(stack.key for stack in self.wanted.plan.stacks if self._found.get(stack.key))
        return tuple(stack.key for stack in self.wanted.plan.stacks if self._meant(stack.key))

    def _code_regions(self) -> tuple[str, ...]:
        stacks = self.wanted.plan.stacks
        return tuple(dict.fromkeys(s.region for s in stacks if s.serves and self._meant(s.key)))

    def _refresh(self) -> None:
        stacks = self.wanted.plan.stacks
        found = self._all(stacks, lambda stack: self._stacks.describe(stack.region, stack.name))
        self._found = {stack.key: stack_found for stack, stack_found in found}

    def _resources(self, key: str) -> tuple[Resource, ...]:
        stack = self.wanted.plan.stack(key)
        return self._stacks.resources(stack.region, stack.name)

    def _all(self, items: Iterable[Any], task: Callable[[Any], T]) -> list[tuple[Any, T]]:
        """The task done for every item at the same time; the first exception is raised once all have ended."""
        listed = tuple(items)
        with ThreadPoolExecutor(max(1, len(listed))) as pool:
            futures = [(item, pool.submit(task, item)) for item in listed]
            try:
                return [(item, future.result()) for item, future in futures]
            except KeyboardInterrupt:
                # The threads look at it between two calls; what runs in AWS goes on there.
                self._stop.set()
                raise


def called(error: CloudError) -> Finding:
    """A call to AWS that failed for good."""
    message = f"{error.service} in {error.region} refuses {error.operation}: {error.code}: {error.message}"
    return Finding(Code.DR837, message, ())
