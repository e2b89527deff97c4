"""One run of dr-deploy: what is to be deployed, what exists, and what all its parts share.

What exists is read from AWS, never from a file. Reports DR838.
"""

from __future__ import annotations

import random
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import count
from typing import TypeVar

from compiler.aws.values import ResourceId
from compiler.deploy import token
from compiler.deploy.artifacts import Artifacts
from compiler.deploy.cloud import Api, Change, ExistingStack, Resource, StoppedError
from compiler.deploy.cloudformation import CloudFormation
from compiler.deploy.options import Options
from compiler.deploy.package import Package
from compiler.deploy.review import Counts
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding, Place
from compiler.ir.elements import StackId
from compiler.ir.names import ENVIRONMENT, SUFFIX
from compiler.ir.template import Template
from compiler.linking.waves import Wave
from compiler.reporting.progress import Progress
from compiler.rollout.deployment import Deployment, Stack
from compiler.rollout.manifest import is_template
from compiler.services.health import PREVIOUS, TOKEN
from compiler.topology.model import Topology

Item = TypeVar("Item")
Result = TypeVar("Result")
CODE_BUCKET = "codeBucket"
"""Parameter of a serving stack that names its code bucket."""
PREFIX = "dr-deploy-"
"""How the names of our change sets begin."""
TIMEOUT_SECONDS = 4 * 3600.0
"""How long a run waits for one operation: our own choice, since AWS states no bound for a certificate or a replica."""
_SHORTEST_SECONDS, _LONGEST_SECONDS = 0.05, 5.0


@dataclass
class Session:
    """The state of one run. Safe to use from several threads, one for each stack.

    `packages` are the functions' archives, by function; a function that is released elsewhere has none.
    """

    topology: Topology
    deployment: Deployment
    packages: Mapping[str, Package]
    """Archives that were packed, and those that were named by digest once they are read."""
    options: Options
    api: Api
    account: str
    progress: Progress
    stop: threading.Event
    digests: Mapping[str, str] = field(default_factory=dict)
    """The start of a digest by function, where a person named an archive in the code buckets by it."""
    run_id: str = field(default_factory=lambda: secrets.token_hex(4))
    existing: dict[StackId, ExistingStack | None] = field(default_factory=dict)
    """Every stack as it was last read; None where there is none."""
    resources: dict[StackId, tuple[Resource, ...]] = field(default_factory=dict)
    """Resources of the existing stacks when they were discovered."""
    code: dict[str, dict[str, str]] = field(default_factory=dict)
    """By region, the parameters of the archives that lie in its code bucket."""
    silent: frozenset[str] = frozenset()
    """Regions that do not answer, and that this run can do without."""
    changed: dict[StackId, Counts] = field(default_factory=dict)
    """What this run has done to each stack."""
    unbuilt: frozenset[StackId] = frozenset()
    """Parts that are not deployed yet, where code alone is released."""
    serving: str = ""
    """The region that serves clients; empty before the DNS was asked."""
    waves: tuple[Wave, ...] = ()
    """The waves as they were last planned."""
    updates: bool = False
    """Whether clients are served already, so that a change reaches one region first."""
    applied: dict[StackId, tuple[object, ...]] = field(default_factory=dict)
    """`DesiredStack.fingerprint` of what each stack is known to be already."""
    fresh_token: str = field(default_factory=token.new_token, repr=False)
    """The token of the health checks' path where no stack has one yet, or where it is rotated."""
    asked_before: str = field(default="", repr=False)
    """The token that Route 53 asked when this run began."""
    rotating: bool = False
    """Whether this run begins a rotation of the token."""
    approve: Callable[[Stack, tuple[Change, ...]], tuple[Finding, ...]] | None = None
    """Why the changes of a change set are not what was proposed, where a proposal is executed; nothing if all are."""
    _templates: dict[StackId, tuple[ExistingStack, Template]] = field(default_factory=dict, repr=False)
    _secrets: set[str] = field(default_factory=set, repr=False)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _numbering: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.progress.hide = self.hide

    @cached_property
    def cloudformation(self) -> CloudFormation:
        """CloudFormation in every region."""
        return CloudFormation(self.api)

    @cached_property
    def artifacts(self) -> Artifacts:
        """The code bucket of every region; those that a person chose, in this run or an earlier one, first."""
        chosen = {
            stack.region: existing.parameters[CODE_BUCKET]
            for stack in self.deployment.stacks
            if stack.id.serves and (existing := self.existing[stack.id]) and existing.parameters.get(CODE_BUCKET)
        }
        conventional = {region: self.deployment.code_bucket(region, self.account) for region in self.deployment.regions}
        return Artifacts(self.api, self.account, {**chosen, **self.options.code_buckets}, conventional)

    # What is to be deployed

    @property
    def selected(self) -> tuple[Stack, ...]:
        """The stacks that this run is to deploy."""
        return tuple(stack for stack in self.deployment.stacks if self.selects(stack))

    def selects(self, stack: Stack) -> bool:
        """Whether this run is to deploy a stack."""
        if self.options.only_code and (not stack.id.serves or stack.id in self.unbuilt):
            return False
        return not self.options.only or stack.key in self.options.only

    @property
    def parameters(self) -> Mapping[str, str]:
        """Values that are the same in every stack, whoever has such a parameter."""
        return {
            **self.options.parameters,
            ENVIRONMENT.name: self.deployment.environment,
            SUFFIX.name: self.deployment.suffix,
        }

    def place(self, stack: Stack, id_: str) -> Place:
        """Where a resource of a stack is asked for; nowhere where its template has no such resource."""
        return ResourceId(stack.key, id_) if id_ in stack.template.origins else ()

    # What exists

    def refresh(self) -> None:
        """Reads every stack again, except those of silent regions."""
        asked = (stack for stack in self.deployment.stacks if stack.region not in self.silent)
        found = self.each(asked, lambda stack: self.cloudformation.describe(stack.region, stack.name))
        self.existing = {stack.id: None for stack in self.deployment.stacks}
        self.existing.update((stack.id, existing) for stack, existing in found)
        values = (existing.parameters for existing in self.existing.values() if existing)
        self._secrets |= {given.get(name, "") for given in values for name in (TOKEN, PREVIOUS)}

    def read_resources(self, stack: Stack) -> tuple[Resource, ...]:
        """Resources of a stack as they are now."""
        return self.cloudformation.resources(stack.region, stack.name)

    def deployed(self, stack: Stack, existing: ExistingStack) -> Stack:
        """A stack with the template it was deployed from; one that no compile has written counts as empty."""
        known, template = self._templates.get(stack.id, (None, None))
        if known != existing or template is None:
            body = self.cloudformation.template(stack.region, stack.name)
            template = Template(stack.id, body if is_template(body) else {"Resources": {}}, {}, {})
            self._templates[stack.id] = (existing, template)
        return replace(stack, template=template)

    def outputs(self, stack: StackId) -> Mapping[str, str]:
        """Outputs of a stack as it was last read."""
        existing = self.existing.get(stack)
        return existing.outputs if existing else {}

    @property
    def physical_ids(self) -> frozenset[str]:
        """Physical ids of everything that the stacks of this topology hold."""
        return frozenset(resource.physical for resources in self.resources.values() for resource in resources)

    # How it is done

    def hide(self, text: str) -> str:
        """A text as it may be printed: without any token."""
        return token.hidden(text, {*self._secrets, self.fresh_token})

    def change_set_name(self, stack: Stack) -> str:
        """A name that no other change set has."""
        with self._numbering:
            return f"{PREFIX}{self.run_id}-{next(self._numbers)}-{stack.id.label}"

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

    def pauses(self, stack: Stack) -> Iterator[None]:
        """One pass for each look at a stack, with pauses between them that grow; ends after `TIMEOUT_SECONDS`.

        Raises `StoppedError`.
        """
        pause = _SHORTEST_SECONDS
        end = time.monotonic() + TIMEOUT_SECONDS
        while time.monotonic() < end:
            yield
            if self.stop.wait(random.uniform(0.75, 1.25) * pause):  # noqa: S311 - jitter, no secret
                raise StoppedError(stack.key)
            pause = min(pause * 1.5, _LONGEST_SECONDS)

    def backoff(self) -> None:
        """A short, uneven pause after a collision with another run."""
        self.stop.wait(random.uniform(0.1, 1.0))  # noqa: S311 - jitter, no secret


def timed_out(stack: Stack, what: str) -> Finding:
    """The finding where `Session.pauses` has ended."""
    return Finding(Code.DR838, f"{stack.name}: {what}; gave up after {TIMEOUT_SECONDS / 60:,.0f} min", ())
