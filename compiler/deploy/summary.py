"""The plan and the outcome of a deployment as text, and the plan as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from compiler.deploy import baking, releases, review, rotation
from compiler.deploy.discovery import Preview
from compiler.deploy.overview import Overview, Part
from compiler.deploy.packing import Package
from compiler.deploy.session import Session
from compiler.ir.elements import StackId
from compiler.linking.waves import Source, Step, Wave
from compiler.reporting.result import Line, Report
from compiler.rollout.deployment import Deployment, Stack
from compiler.rollout.staging import groups

_OUTPUTS = ("ServiceUrl", "Endpoint")
"""Outputs of stacks that a person goes on with."""


def plan(deployment: Deployment, packages: Mapping[str, Package], digests: Mapping[str, str]) -> Iterator[Line]:
    """Waves, stacks, and the parameters that each wave is the first to know, with where they come from.

    `packages` are the functions' archives, by function, `digests` the starts of digests that stand for archives in the
    code buckets.
    """
    yield _title(deployment)
    for title, found in _sections(deployment, packages, digests):
        yield Line("")
        yield Line("", title, "bold")
        yield from found


def plan_report(deployment: Deployment, packages: Mapping[str, Package], digests: Mapping[str, str]) -> Report:
    """The same for a comment on a pull request."""
    title = _title(deployment)
    sections = (
        (name, (name, *(f"{line.lead}{line.words}".removeprefix("  ").rstrip() for line in found)))
        for name, found in _sections(deployment, packages, digests)
    )
    return Report((title.lead + title.words,), tuple(sections), ())


def _title(deployment: Deployment) -> Line:
    account = f", account {deployment.account}" if deployment.account else ""
    size = f"{len(deployment.stacks)} stacks in {len(deployment.waves)} waves"
    naming = f"environment {deployment.environment}, suffix {deployment.suffix}"
    return Line(f"{deployment.system}: ", f"{size}, {naming}{account}", "bold")


def _sections(
    deployment: Deployment, packages: Mapping[str, Package], digests: Mapping[str, str]
) -> Iterator[tuple[str, Iterator[Line]]]:
    seen: dict[StackId, set[str]] = {}
    for number, wave in enumerate(deployment.waves, 1):
        yield f"wave {number}", _wave(deployment, wave, seen)
    stages = (Line(f"  {number:<24} ", ", ".join(s)) for number, s in enumerate(_stages(deployment), 1))
    yield "an update, once clients are served", stages
    yield "code, before the first wave", _code(deployment, packages, digests)


def _wave(deployment: Deployment, wave: Wave, seen: dict[StackId, set[str]]) -> Iterator[Line]:
    for step in wave:
        stack = deployment.stack(step.stack)
        count = len(stack.bodies)
        what = "the same template, with" if step.stack in seen else f"{count} resources of {stack.template.file}"
        yield Line(f"  {stack.key:<24} {stack.name:<40} ", what)
        yield from _new_parameters(stack, step, seen.setdefault(step.stack, set()))


def _code(deployment: Deployment, packages: Mapping[str, Package], digests: Mapping[str, str]) -> Iterator[Line]:
    for code in deployment.functions:
        package = packages.get(code.function)
        if code.function in digests:
            yield Line(f"  {code.function:<24} ", f"sha256 {digests[code.function]}, as it is in the code buckets")
            continue
        if package is None:
            yield Line(f"  {code.function:<24} ", "released elsewhere: each region keeps what it has")
            continue
        yield Line(f"  {code.function:<24} ", f"sha256 {package.digest}")
        yield Line(f"  {'':<24} ", f"to the code buckets of {', '.join(deployment.code_regions)}")


def _new_parameters(stack: Stack, step: Step, seen: set[str]) -> Iterator[Line]:
    if not seen:
        yield from (Line("      ", f"imports {source}") for source in stack.imports)
    for name in step.parameters:
        if name not in seen:
            yield Line("      ", f"{name} from {stack.wiring[name]}")
    seen.update(step.parameters)


def plan_json(deployment: Deployment, folder: str, packages: Mapping[str, Package], digests: Mapping[str, str]) -> str:
    """One object; `folder` is where the templates are, the rest is that of `plan`."""

    def output(source: Source) -> dict[str, str]:
        return {"stack": source.stack.name, "output": source.output}

    value = {
        "name": deployment.system,
        "account": deployment.account,
        "environment": deployment.environment,
        "suffix": deployment.suffix,
        "stacks": [
            {
                "stack": stack.key,
                "region": stack.region,
                "stackName": stack.name,
                "template": f"{folder}/{stack.template.file}",
                "resources": len(stack.bodies),
                "capabilities": list(stack.capabilities),
                "imports": [output(source) for source in stack.imports],
                "required": list(stack.required),
            }
            for stack in deployment.stacks
        ],
        "waves": [
            [
                {
                    "stack": step.stack.name,
                    "parameters": [
                        {"name": name, **output(deployment.stack(step.stack).wiring[name])} for name in step.parameters
                    ],
                }
                for step in wave
            ]
            for wave in deployment.waves
        ],
        "update": {"stages": [list(stacks) for stacks in _stages(deployment)], "bakeMinutes": deployment.bake_minutes},
        "functions": [
            {
                "name": code.function,
                "sha256": package.digest if package else digests.get(code.function),
                "key": package and package.key,
                "regions": list(deployment.code_regions),
                "keyParameter": code.key,
                "versionParameter": code.version,
            }
            for code in deployment.functions
            for package in (packages.get(code.function),)
        ],
    }
    return json.dumps(value, indent=2)


def _stages(deployment: Deployment) -> Iterator[tuple[str, ...]]:
    """The stacks in the order of an update while the primary's region serves clients."""
    return (tuple(stack.key for stack in stage) for stage in groups(deployment, None) if stage)


def summary(session: Session, previews: Iterable[Preview]) -> Overview:
    """What is about to happen to each stack and in which waves, and where values come from that are not known yet."""
    deployment = session.deployment
    naming = f"environment {deployment.environment}, suffix {deployment.suffix}"
    notes = []
    if session.options.only_code:
        notes.append(("only code", "the templates and all other values stay as they are"))
    if session.options.rotate_token and session.asked_before:
        begins = "a new one for the regions, then for the health checks"
        goes_on = "a rotation is under way and goes on; give the option again for another one"
        notes.append(("token of the health checks", begins if session.rotating else goes_on))
    return Overview(
        deployment.system,
        f"{naming}, account {session.account}",
        tuple(notes),
        tuple(_part(session, preview) for preview in previews),
        tuple(order(session.waves, baking.minutes(session))) if session.updates else (),
    )


def _part(session: Session, preview: Preview) -> Part:
    waves = "" if preview.complete else f"{_waves(session.waves, preview.stack)}: "
    values = (
        ("value", f"{name} from {preview.stack.wiring[name]}, {_known_in(session.waves, preview.stack.id, name)}")
        for name in sorted(preview.unknown)
    )
    made = preview.change_set
    return Part(
        preview.stack.key,
        preview.stack.name,
        f"{waves}{_state(preview)}",
        made.changes if made else (),
        made.dangers if made else (),
        (*values, *releases.notes(session, preview.stack)),
    )


def order(waves: Sequence[Wave], minutes: int) -> Iterator[str]:
    """The stacks of each wave, and where a region bakes for some minutes."""
    for wave in waves:
        yield " and ".join(step.stack.name for step in wave)
        if minutes and any(step.bakes for step in wave):
            yield f"a bake of {minutes} min"


def _waves(waves: tuple[Wave, ...], stack: Stack) -> str:
    numbers = [str(number) for number, wave in enumerate(waves, 1) if any(step.stack == stack.id for step in wave)]
    return f"wave{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}"


def _known_in(waves: tuple[Wave, ...], stack: StackId, parameter: str) -> str:
    """The first wave in which a stack is given a parameter's value."""
    for number, wave in enumerate(waves, 1):
        if any(step.stack == stack and parameter in step.parameters for step in wave):
            return f"in wave {number}"
    return "once it is there"


def _state(preview: Preview) -> str:
    if preview.change_set is not None:
        return str(review.counts(preview.change_set.changes)) if preview.change_set.name else "nothing to change"
    resources = len(preview.stack.bodies)
    if preview.existing is None:
        return f"new, {resources} resources"
    return f"{preview.existing.status}, changes not known yet"


def outcome(session: Session, changed: Mapping[str, review.Counts], seconds: float) -> Iterator[Line]:
    """What was done to each stack, and the addresses to go on with."""
    if changed:
        yield Line("", f"deployed in {seconds:,.0f} s", "bold")
        yield from (Line(f"  {key:<24} ", str(counts)) for key, counts in changed.items())
    else:
        yield Line("", f"nothing had to be changed ({seconds:,.0f} s)", "bold")
    if rotation.is_left(session):
        yield Line("  the regions still answer the previous token; ", "run dr-deploy again in ten minutes to end that")
    for stack in session.deployment.stacks:
        outputs = session.outputs(stack.id)
        yield from (Line(f"  {name:<24} ", outputs[name]) for name in _OUTPUTS if outputs.get(name))
