"""What a run knows: what is wanted, the stacks as they were last looked at, and what a stack is to become from that.

What is there is read from AWS, never from a file. Reports DR834.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from compiler.deploy import artifacts, values
from compiler.deploy.api import Api
from compiler.deploy.cloud import Resource, Stack, Stacks
from compiler.deploy.plan import PlannedStack
from compiler.deploy.wanted import Options, Wanted
from compiler.deploy.work import Failed, Work
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding
from compiler.ir.names import ENVIRONMENT, SUFFIX

Json = Any
Item = TypeVar("Item")
Result = TypeVar("Result")
CODE_BUCKET = "codeBucket"
"""Parameter of a serving stack that names its code bucket."""


class Sight:
    """The state that the parts of one run share."""

    def __init__(self, wanted: Wanted, options: Options, api: Api, stacks: Stacks, stop: threading.Event) -> None:
        self.wanted = wanted
        self.options = options
        self.api = api
        self.stacks = stacks
        self.stop = stop
        self.found: dict[str, Stack | None] = {}
        """Every stack as it was last looked at, by key."""
        self.away: frozenset[str] = frozenset()
        """Regions that do not answer, and that this run can do without."""
        self.applied: dict[str, tuple[object, ...]] = {}
        """`Work.mark` of what each stack is known to be already."""
        self.bodies = {key: artifacts.compact(template) for key, template in wanted.templates.items()}
        self._store: artifacts.Artifacts | None = None

    # What is there

    def refresh(self) -> None:
        """Looks at every stack again, but for those of regions that do not answer."""
        found = self.each(self.near(), lambda stack: self.stacks.describe(stack.region, stack.name))
        self.found = {stack.key: None for stack in self.wanted.plan.stacks}
        self.found.update((stack.key, stack_found) for stack, stack_found in found)

    def near(self) -> tuple[PlannedStack, ...]:
        """The stacks of regions that answer."""
        return tuple(stack for stack in self.wanted.plan.stacks if stack.region not in self.away)

    def resources(self, key: str) -> tuple[Resource, ...]:
        """Resources of a stack as they are now."""
        stack = self.wanted.plan.stack(key)
        return self.stacks.resources(stack.region, stack.name)

    def outputs(self, key: str) -> Mapping[str, str]:
        """Outputs of a stack as it was last looked at."""
        found = self.found.get(key)
        return found.outputs if found else {}

    @property
    def store(self) -> artifacts.Artifacts:
        """The code buckets, once the account is known."""
        if self._store is None:
            raise RuntimeError("nothing was looked at yet")
        return self._store

    def open_store(self, account: str) -> None:
        """Names the code bucket of every region; those that a person chose, in this run or an earlier one, first."""
        plan = self.wanted.plan
        chosen = {
            stack.region: found.parameters[CODE_BUCKET]
            for stack in plan.stacks
            if stack.serves and (found := self.found[stack.key]) and found.parameters.get(CODE_BUCKET)
        }
        conventional = {region: plan.code_bucket(region, account) for region in plan.regions}
        self._store = artifacts.Artifacts(self.api, account, {**chosen, **self.options.code_buckets}, conventional)

    # What is meant

    def meant(self, key: str) -> bool:
        """Whether a stack is to be deployed by this run."""
        return not self.options.only or key in self.options.only

    def chosen(self) -> tuple[str, ...]:
        """Keys of the stacks that this run is to deploy."""
        return tuple(stack.key for stack in self.wanted.plan.stacks if self.meant(stack.key))

    def work(self, stack: PlannedStack, expected: tuple[str, ...], found: Stack | None) -> Work:
        """What the stack is to become, with the values known now; raises `Failed` where one should be known."""
        plan = self.wanted.plan
        template = self.wanted.templates[stack.key]
        outputs = {key: dict(other.outputs) for key, other in self.found.items() if other}
        given = {**self.options.given, ENVIRONMENT.name: plan.environment, SUFFIX.name: plan.suffix}
        bucket = self.store.given(stack.region)
        if stack.serves and bucket:
            given[CODE_BUCKET] = bucket
        old = self.stacks.template(stack.region, stack.name) if found else {}
        resolved = values.resolve(template, stack.wired, outputs, given, found, old)
        lacking = values.missing(resolved, expected)
        if lacking and not self.options.only:
            raise Failed(*(_lacking(stack, name) for name in lacking))
        body = self.bodies[stack.key]
        small = artifacts.fits_request(body)
        url = None if small else self.store.template_url(stack.region, stack.name, body)
        origins = {id_: route for (key, id_), route in self.wanted.origins.items() if key == stack.key}
        return Work(stack, template, body if small else None, url, resolved, self.options.tags, origins)

    # Shared

    def each(self, items: Iterable[Item], task: Callable[[Item], Result]) -> list[tuple[Item, Result]]:
        """The task done for every item at the same time; the first exception is raised once all have ended."""
        listed = tuple(items)
        with ThreadPoolExecutor(max(1, len(listed))) as pool:
            futures = [(item, pool.submit(task, item)) for item in listed]
            try:
                return [(item, future.result()) for item, future in futures]
            except KeyboardInterrupt:
                # The threads look at it between two calls; what runs in AWS goes on there.
                self.stop.set()
                raise


def _lacking(stack: PlannedStack, parameter: str) -> Finding:
    message = f"{stack.name} needs {stack.wired[parameter]} by now, and that stack has no such output"
    return Finding(Code.DR834, message, ())
