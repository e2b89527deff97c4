"""The plan and the outcome of a deployment as text, and the plan as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from compiler.deploy import review
from compiler.deploy.discovery import Preview
from compiler.deploy.plan import Plan, PlannedStack, Source, Step
from compiler.deploy.session import Session
from compiler.ir.template import Template

_OUTPUTS = ("ServiceUrl", "Endpoint")
"""Outputs of stacks that a person goes on with."""


def plan_text(plan: Plan, templates: Mapping[str, Template]) -> str:
    """Waves, stacks, and the parameters that each wave is the first to know, with where they come from."""
    account = f", account {plan.account}" if plan.account else ""
    size = f"{len(plan.stacks)} stacks in {len(plan.waves)} waves"
    lines = [f"{plan.system}: {size}, environment {plan.environment}, suffix {plan.suffix}{account}"]
    seen: dict[str, set[str]] = {}
    for number, wave in enumerate(plan.waves, 1):
        lines += ("", f"wave {number}")
        for step in wave:
            stack = plan.stack(step.stack)
            count = len(templates[stack.key].body["Resources"])
            what = "the same template, with" if step.stack in seen else f"{count} resources of {stack.template}"
            lines.append(f"  {stack.key:<24} {stack.name:<40} {what}")
            lines += _new_parameters(stack, step, seen.setdefault(step.stack, set()))
    if plan.archives:
        lines += ("", "code, before the first wave")
        for archive in plan.archives:
            lines.append(f"  {archive.function:<24} sha256 {archive.sha256}")
            lines.append(f"  {'':<24} to the code buckets of {', '.join(plan.code_regions)}")
    return "\n".join(lines) + "\n"


def _new_parameters(stack: PlannedStack, step: Step, seen: set[str]) -> Iterator[str]:
    if not seen:
        yield from (f"      imports {source}" for source in stack.imports)
    for name in step.parameters:
        if name not in seen:
            yield f"      {name} from {stack.wired[name]}"
    seen.update(step.parameters)


def plan_json(plan: Plan, templates: Mapping[str, Template], folder: str) -> str:
    """One object; `folder` is where the templates are."""

    def output(source: Source) -> dict[str, str]:
        return {"stack": source.stack, "output": source.output}

    value = {
        "name": plan.system,
        "account": plan.account,
        "environment": plan.environment,
        "suffix": plan.suffix,
        "stacks": [
            {
                "stack": stack.key,
                "region": stack.region,
                "stackName": stack.name,
                "template": f"{folder}/{stack.template}",
                "resources": len(templates[stack.key].body["Resources"]),
                "capabilities": list(stack.capabilities),
                "imports": [output(source) for source in stack.imports],
            }
            for stack in plan.stacks
        ],
        "waves": [
            [
                {
                    "stack": step.stack,
                    "parameters": [
                        {"name": name, **output(plan.stack(step.stack).wired[name])} for name in step.parameters
                    ],
                }
                for step in wave
            ]
            for wave in plan.waves
        ],
        "functions": [
            {"name": a.function, "sha256": a.sha256, "key": a.key, "regions": list(plan.code_regions)}
            for a in plan.archives
        ],
    }
    return json.dumps(value, indent=2)


def summary(session: Session, previews: Iterable[Preview]) -> list[str]:
    """What is about to happen to each stack and in which waves, and where values come from that are not known yet."""
    plan = session.plan
    lines = [f"{plan.system}: environment {plan.environment}, suffix {plan.suffix}, account {session.account}"]
    for preview in previews:
        key, name = preview.stack.key, preview.stack.name
        waves = "" if preview.complete else f"{_waves(plan, key)}: "
        lines.append(f"  {key:<24} {name:<40} {waves}{_state(session, preview)}")
        for parameter in sorted(preview.unknown):
            source, wave = preview.stack.wired[parameter], plan.known_in(key, parameter)
            lines.append(f"      {'value':<8} {parameter} from {source}, in wave {wave}")
        if preview.change_set:
            lines += (
                f"      {review.word(change):<8} {change.id} ({change.type})"
                + (f": {', '.join(change.properties)}" if change.properties else "")
                for change in preview.change_set.changes
            )
    return lines


def _waves(plan: Plan, key: str) -> str:
    numbers = [str(number) for number, wave in enumerate(plan.waves, 1) if any(step.stack == key for step in wave)]
    return f"wave{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}"


def _state(session: Session, preview: Preview) -> str:
    if preview.change_set is not None:
        return str(review.counts(preview.change_set.changes)) if preview.change_set.name else "nothing to change"
    resources = len(session.templates[preview.stack.key].body["Resources"])
    if preview.existing is None:
        return f"new, {resources} resources"
    return f"{preview.existing.status}, changes not known yet"


def outcome(session: Session, changed: Mapping[str, review.Counts], seconds: float) -> list[str]:
    """What was done to each stack, and the addresses to go on with."""
    if changed:
        lines = [f"deployed in {seconds:,.0f} s"]
        lines += (f"  {key:<24} {counts}" for key, counts in changed.items())
    else:
        lines = [f"nothing had to be changed ({seconds:,.0f} s)"]
    for stack in session.plan.stacks:
        outputs = session.outputs(stack.key)
        lines += (f"  {name:<24} {outputs[name]}" for name in _OUTPUTS if outputs.get(name))
    return lines
