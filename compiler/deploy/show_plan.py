"""The plan for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from compiler.deploy.plan import Plan, PlannedStack, Step

Json = Any


def text(plan: Plan, templates: Mapping[str, Mapping[str, Json]]) -> str:
    """Waves, stacks, and the parameters that each wave is the first to know, with where they come from."""
    lines = [_title(plan)]
    seen: dict[str, set[str]] = {}
    for number, wave in enumerate(plan.waves, 1):
        lines += ("", f"wave {number}")
        for step in wave:
            stack = plan.stack(step.stack)
            again = step.stack in seen
            count = len(templates[stack.key]["Resources"])
            what = "the same template, with" if again else f"{count} resources of {stack.template}"
            lines.append(f"  {stack.key:<24} {stack.name:<40} {what}")
            lines += _parameters(stack, step, seen.setdefault(step.stack, set()))
    if plan.archives:
        lines += ("", "code, before the first wave")
        for archive in plan.archives:
            lines.append(f"  {archive.function:<24} sha256 {archive.sha256}")
            lines.append(f"  {'':<24} to the code buckets of {', '.join(plan.code_regions)}")
    return "\n".join(lines) + "\n"


def _title(plan: Plan) -> str:
    account = f", account {plan.account}" if plan.account else ""
    size = f"{len(plan.stacks)} stacks in {len(plan.waves)} waves"
    return f"{plan.system}: {size}, environment {plan.environment}, suffix {plan.suffix}{account}"


def _parameters(stack: PlannedStack, step: Step, seen: set[str]) -> Iterator[str]:
    if not seen:
        yield from (f"      imports {source}" for source in stack.imports)
    for name in step.parameters:
        if name not in seen:
            yield f"      {name} from {stack.wired[name]}"
    seen.update(step.parameters)


def as_json(plan: Plan, templates: Mapping[str, Mapping[str, Json]], folder: str) -> str:
    """One object; `folder` is where the templates lie."""
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
                "resources": len(templates[stack.key]["Resources"]),
                "capabilities": list(stack.capabilities),
                "imports": [{"stack": s.stack, "output": s.output} for s in stack.imports],
            }
            for stack in plan.stacks
        ],
        "waves": [
            [
                {
                    "stack": step.stack,
                    "parameters": [
                        {"name": name, "stack": source.stack, "output": source.output}
                        for name in step.parameters
                        for source in (plan.stack(step.stack).wired[name],)
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
