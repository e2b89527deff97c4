"""The plan of a deployment, made without AWS: as text, as a comment, and as JSON.

Whatever the command line says of what is deployed is in it: `--only` leaves the other stacks out, and parameters, tags
and code buckets are listed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from compiler.aws.values import dig
from compiler.deploy.options import Options
from compiler.deploy.package import Package
from compiler.ir.elements import StackId
from compiler.linking.waves import Source, Step, Wave
from compiler.reporting.result import Line, Report
from compiler.rollout.deployment import Deployment, Stack
from compiler.rollout.staging import groups
from compiler.support.frozen import frozen

_HIDDEN = "****"
"""In place of a value that CloudFormation would not show either (NoEcho)."""


@frozen
class Plan:
    """What is deployed: the deployment of a spec, what the command line says of it, and code by function.

    `packages` are the functions' archives, `digests` the starts of digests that stand for archives in the code buckets.
    """

    deployment: Deployment
    options: Options
    packages: Mapping[str, Package]
    digests: Mapping[str, str]

    @cached_property
    def stacks(self) -> tuple[Stack, ...]:
        """Those that are deployed."""
        only = self.options.only
        return tuple(stack for stack in self.deployment.stacks if not only or stack.key in only)

    @cached_property
    def waves(self) -> tuple[Wave, ...]:
        """The steps of these stacks, in the waves that have one."""
        chosen = {stack.id for stack in self.stacks}
        waves = (tuple(step for step in wave if step.stack in chosen) for wave in self.deployment.waves)
        return tuple(wave for wave in waves if wave)

    @cached_property
    def code_regions(self) -> tuple[str, ...]:
        """Regions whose code buckets get archives."""
        return tuple(dict.fromkeys(stack.region for stack in self.stacks if stack.id.serves))

    @cached_property
    def stages(self) -> tuple[tuple[str, ...], ...]:
        """The stacks in the order of an update while the primary's region serves clients."""
        chosen = {stack.key for stack in self.stacks}
        stages = (tuple(s.key for s in stage if s.key in chosen) for stage in groups(self.deployment, None))
        return tuple(stage for stage in stages if stage)

    @cached_property
    def parameters(self) -> dict[str, str]:
        """Values of `--parameter`."""
        return {name: _HIDDEN if self._hides(name) else value for name, value in self.options.parameters.items()}

    def _hides(self, name: str) -> bool:
        return any(dig(stack.section("Parameters"), name, "NoEcho") for stack in self.deployment.stacks)


def text(plan: Plan) -> Iterator[Line]:
    """Waves, stacks, and the parameters that each wave is the first to know, with where they come from."""
    yield _title(plan)
    for title, found in _sections(plan):
        yield Line("")
        yield Line("", title, "bold")
        yield from found


def report(plan: Plan) -> Report:
    """The same for a comment on a pull request."""
    title = _title(plan)
    sections = (
        (name, (name, *(f"{line.lead}{line.words}".removeprefix("  ").rstrip() for line in found)))
        for name, found in _sections(plan)
    )
    return Report((title.lead + title.words,), tuple(sections), ())


def _title(plan: Plan) -> Line:
    deployment = plan.deployment
    account = f", account {deployment.account}" if deployment.account else ""
    all_of = f" of {len(deployment.stacks)}" if len(plan.stacks) < len(deployment.stacks) else ""
    size = f"{len(plan.stacks)}{all_of} stacks in {len(plan.waves)} waves"
    naming = f"environment {deployment.environment}, suffix {deployment.suffix}"
    return Line(f"{deployment.system}: ", f"{size}, {naming}{account}", "bold")


def _sections(plan: Plan) -> Iterator[tuple[str, Iterator[Line]]]:
    if given := tuple(_given(plan)):
        yield "given for this run", iter(given)
    seen: dict[StackId, set[str]] = {}
    for number, wave in enumerate(plan.waves, 1):
        yield f"wave {number}", _wave(plan.deployment, wave, seen)
    stages = (Line(f"  {number:<24} ", ", ".join(stage)) for number, stage in enumerate(plan.stages, 1))
    yield "an update, once clients are served", stages
    yield "code, before the first wave", _code(plan)


def _given(plan: Plan) -> Iterator[Line]:
    options = plan.options
    values = (("parameter", plan.parameters), ("tag", options.tags), ("code bucket", options.code_buckets))
    for kind, pairs in values:
        yield from (Line(f"  {kind:<24} ", f"{name}={value}") for name, value in sorted(pairs.items()))


def _wave(deployment: Deployment, wave: Wave, seen: dict[StackId, set[str]]) -> Iterator[Line]:
    for step in wave:
        stack = deployment.stack(step.stack)
        count = len(stack.bodies)
        what = "the same template, with" if step.stack in seen else f"{count} resources of {stack.template.file}"
        yield Line(f"  {stack.key:<24} {stack.name:<40} ", what)
        yield from _new_parameters(stack, step, seen.setdefault(step.stack, set()))


def _code(plan: Plan) -> Iterator[Line]:
    for code in plan.deployment.functions:
        package = plan.packages.get(code.function)
        if code.function in plan.digests:
            yield Line(f"  {code.function:<24} ", f"sha256 {plan.digests[code.function]}, as it is in the code buckets")
            continue
        if package is None:
            yield Line(f"  {code.function:<24} ", "released elsewhere: each region keeps what it has")
            continue
        yield Line(f"  {code.function:<24} ", f"sha256 {package.digest}")
        yield Line(f"  {'':<24} ", f"to the code buckets of {', '.join(plan.code_regions) or 'no region'}")


def _new_parameters(stack: Stack, step: Step, seen: set[str]) -> Iterator[Line]:
    if not seen:
        yield from (Line("      ", f"imports {source}") for source in stack.imports)
    for name in step.parameters:
        if name not in seen:
            yield Line("      ", f"{name} from {stack.wiring[name]}")
    seen.update(step.parameters)


def json_text(plan: Plan, folder: str) -> str:
    """One object; `folder` is where the templates are, the rest is that of `text`."""
    deployment, options = plan.deployment, plan.options
    value = {
        "name": deployment.system,
        "account": deployment.account,
        "environment": deployment.environment,
        "suffix": deployment.suffix,
        "parameters": plan.parameters,
        "tags": dict(options.tags),
        "codeBuckets": dict(options.code_buckets),
        "stacks": [_stack(stack, folder) for stack in plan.stacks],
        "waves": [[_step(deployment.stack(step.stack), step) for step in wave] for wave in plan.waves],
        "update": {"stages": [list(stage) for stage in plan.stages], "bakeMinutes": deployment.bake_minutes},
        "functions": [
            {
                "name": code.function,
                "sha256": package.digest if package else plan.digests.get(code.function),
                "key": package and package.key,
                "regions": list(plan.code_regions),
                "keyParameter": code.key,
                "versionParameter": code.version,
            }
            for code in deployment.functions
            for package in (plan.packages.get(code.function),)
        ],
    }
    return json.dumps(value, indent=2)


def _stack(stack: Stack, folder: str) -> dict[str, Any]:
    return {
        "stack": stack.key,
        "region": stack.region,
        "stackName": stack.name,
        "template": f"{folder}/{stack.template.file}",
        "resources": len(stack.bodies),
        "capabilities": list(stack.capabilities),
        "imports": [_output(source) for source in stack.imports],
        "required": list(stack.required),
    }


def _step(stack: Stack, step: Step) -> dict[str, Any]:
    parameters = [{"name": name, **_output(stack.wiring[name])} for name in step.parameters]
    return {"stack": step.stack.name, "parameters": parameters}


def _output(source: Source) -> dict[str, str]:
    return {"stack": source.stack.name, "output": source.output}
