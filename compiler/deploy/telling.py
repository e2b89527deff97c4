"""What dr-deploy tells a person: diagnostics at their places in the spec, what is about to happen, and what has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from compiler.reporting.console import FINE, FOUND, coloured, say

if TYPE_CHECKING:
    from compiler.deploy.plan import Plan
    from compiler.deploy.wanted import Preview
    from compiler.diagnostics.model import Diagnostic
    from compiler.findings.finding import Finding
    from compiler.pipeline import Compiled

Json = Any


def findings(found: Sequence[Finding], compiled: Compiled) -> int:
    """Prints findings as diagnostics at their places in the spec; the exit code they call for."""
    from compiler.diagnostics.model import has_errors
    from compiler.findings.locate import located

    diagnostics = located(found, compiled.document)
    report(diagnostics, compiled)
    return FOUND if has_errors(diagnostics) else FINE


def report(diagnostics: Sequence[Diagnostic], compiled: Compiled | None) -> None:
    """Prints diagnostics, with the lines of the spec where it could be read."""
    from compiler.reporting import show

    sources = show.Sources({compiled.document.file: compiled.document.text} if compiled else {})
    say(show.text(diagnostics, sources, colour=coloured()), end="")


def summary(
    plan: Plan, account: str, templates: Mapping[str, Mapping[str, Json]], previews: Iterable[Preview]
) -> list[str]:
    """What is about to happen to each stack and in which waves, and where values come from that are not known yet."""
    from compiler.deploy import review

    lines = [f"{plan.system}: environment {plan.environment}, suffix {plan.suffix}, account {account}"]
    for preview in previews:
        key, name = preview.stack.key, preview.stack.name
        waves = "" if preview.complete else f"{_waves(plan, key)}: "
        lines.append(f"  {key:<24} {name:<40} {waves}{_state(preview, templates)}")
        for parameter in sorted(preview.unknown):
            source, wave = preview.stack.wired[parameter], plan.known_in(key, parameter)
            lines.append(f"      {'value':<8} {parameter} from {source}, in wave {wave}")
        if preview.proposal:
            lines += (
                f"      {review.word(change):<8} {change.id} ({change.type})"
                + (f": {', '.join(change.properties)}" if change.properties else "")
                for change in preview.proposal.changes
            )
    return lines


def _waves(plan: Plan, key: str) -> str:
    numbers = [str(number) for number, wave in enumerate(plan.waves, 1) if any(step.stack == key for step in wave)]
    return f"wave{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}"


def _state(preview: Preview, templates: Mapping[str, Mapping[str, Json]]) -> str:
    from compiler.deploy import review

    if preview.proposal is not None:
        return str(review.counts(preview.proposal.changes)) if preview.proposal.name else "nothing to change"
    resources = len(templates[preview.stack.key]["Resources"])
    if preview.found is None:
        return f"new, {resources} resources"
    return f"{preview.found.status}, changes not known yet"


def closing(
    plan: Plan, changed: Mapping[str, object], outputs_of: Mapping[str, Mapping[str, str]], seconds: float
) -> list[str]:
    """What was done to each stack, and the addresses to go on with."""
    if changed:
        lines = [f"deployed in {seconds:,.0f} s"]
        lines += (f"  {key:<24} {counts}" for key, counts in changed.items())
    else:
        lines = [f"nothing had to be changed ({seconds:,.0f} s)"]
    for stack in plan.stacks:
        outputs = outputs_of[stack.key]
        lines += (
            f"  {name:<24} {outputs[name]}" for name in ("ServiceUrl", "Endpoint") if outputs.get(name)
        )  # fmt: skip
    return lines
