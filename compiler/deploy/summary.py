"""The plan and the outcome of a deployment as text, and the plan as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from compiler.deploy import review, rotation
from compiler.deploy.change_sets import ChangeSet
from compiler.deploy.discovery import Preview
from compiler.deploy.session import Session
from compiler.ir.elements import StackId
from compiler.linking.waves import Source, Step
from compiler.reporting.result import LOST, Line
from compiler.rollout.deployment import Deployment, Stack

_OUTPUTS = ("ServiceUrl", "Endpoint")
"""Outputs of stacks that a person goes on with."""
_STYLES = {"add": "green", "import": "green", **dict.fromkeys(("remove", "replace", "replace?", "dynamic"), "bold red")}
"""Of the lines of the changes, by their word."""


def plan(deployment: Deployment) -> Iterator[Line]:
    """Waves, stacks, and the parameters that each wave is the first to know, with where they come from."""
    account = f", account {deployment.account}" if deployment.account else ""
    size = f"{len(deployment.stacks)} stacks in {len(deployment.waves)} waves"
    naming = f"environment {deployment.environment}, suffix {deployment.suffix}"
    yield Line(f"{deployment.system}: ", f"{size}, {naming}{account}", "bold")
    seen: dict[StackId, set[str]] = {}
    for number, wave in enumerate(deployment.waves, 1):
        yield Line("")
        yield Line("", f"wave {number}", "bold")
        for step in wave:
            stack = deployment.stack(step.stack)
            count = len(stack.bodies)
            what = "the same template, with" if step.stack in seen else f"{count} resources of {stack.template.file}"
            yield Line(f"  {stack.key:<24} {stack.name:<40} ", what)
            yield from _new_parameters(stack, step, seen.setdefault(step.stack, set()))
    if deployment.archives:
        yield Line("")
        yield Line("", "code, before the first wave", "bold")
        for archive in deployment.archives:
            yield Line(f"  {archive.function:<24} ", f"sha256 {archive.digest}")
            yield Line(f"  {'':<24} ", f"to the code buckets of {', '.join(deployment.code_regions)}")


def _new_parameters(stack: Stack, step: Step, seen: set[str]) -> Iterator[Line]:
    if not seen:
        yield from (Line("      ", f"imports {source}") for source in stack.imports)
    for name in step.parameters:
        if name not in seen:
            yield Line("      ", f"{name} from {stack.wiring[name]}")
    seen.update(step.parameters)


def plan_json(deployment: Deployment, folder: str) -> str:
    """One object; `folder` is where the templates are."""

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
        "functions": [
            {"name": a.function, "sha256": a.digest, "key": a.key, "regions": list(deployment.code_regions)}
            for a in deployment.archives
        ],
    }
    return json.dumps(value, indent=2)


def summary(session: Session, previews: Iterable[Preview]) -> Iterator[Line]:
    """What is about to happen to each stack and in which waves, and where values come from that are not known yet."""
    deployment = session.deployment
    naming = f"environment {deployment.environment}, suffix {deployment.suffix}"
    yield Line(f"{deployment.system}: ", f"{naming}, account {session.account}", "bold")
    if session.options.rotate_token and session.asked_before:
        begins = "a new one for the regions, then for the health checks"
        goes_on = "a rotation is under way and goes on; give the option again for another one"
        yield Line("  token of the health checks: ", begins if session.rotating else goes_on)
    for preview in previews:
        key, name = preview.stack.key, preview.stack.name
        waves = "" if preview.complete else f"{_waves(deployment, preview.stack)}: "
        yield Line(f"  {key:<24} {name:<40} ", f"{waves}{_state(preview)}")
        for parameter in sorted(preview.unknown):
            source, wave = preview.stack.wiring[parameter], deployment.known_in(preview.stack.id, parameter)
            yield Line(f"      {'value':<8} ", f"{parameter} from {source}, in wave {wave}")
        if preview.change_set:
            yield from _changes(preview.change_set)


def _changes(change_set: ChangeSet) -> Iterator[Line]:
    """The changes of one stack; what is done to data has a line of its own."""
    dangers = {danger.id: danger for danger in change_set.dangers}
    for change in change_set.changes:
        word = review.word(change)
        properties = f": {', '.join(change.properties)}" if change.properties else ""
        yield Line(f"      {word:<8} ", f"{change.id} ({change.type}){properties}", _STYLES.get(word, ""))
        if danger := dangers.get(change.id):
            yield Line(f"      {'':<8} ", f"DATA AT STAKE: {danger.stake}; `{danger.id}` {danger.what}", LOST)


def _waves(deployment: Deployment, stack: Stack) -> str:
    waves = enumerate(deployment.waves, 1)
    numbers = [str(number) for number, wave in waves if any(step.stack == stack.id for step in wave)]
    return f"wave{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}"


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
