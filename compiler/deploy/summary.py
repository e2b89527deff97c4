"""What a run is about to do, once AWS was asked, and its outcome, as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from compiler.aws.types import registry
from compiler.deploy import baking, releases, review, rotation
from compiler.deploy.discovery import Preview
from compiler.deploy.overview import Overview, Part
from compiler.deploy.session import Session
from compiler.ir.elements import StackId
from compiler.linking.waves import Wave
from compiler.reporting.result import Line
from compiler.rollout.deployment import Stack

_FEW = 3
"""Values that are named one by one."""
_OUTPUTS = ("ServiceUrl", "Endpoint")
"""Outputs of stacks that a person goes on with."""


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
    made = preview.change_set
    return Part(
        preview.stack.key,
        preview.stack.name,
        f"{waves}{_state(preview)}",
        made.changes if made else (),
        made.dangers if made else (),
        (*_holds(preview), *_values(session, preview), *releases.notes(session, preview.stack)),
    )


def _holds(preview: Preview) -> Iterator[tuple[str, str]]:
    """The resources of a new stack that hold data, by type."""
    if preview.existing is None and preview.change_set is None:
        kinds = Counter(str(body["Type"]) for body in preview.stack.bodies.values())
        found = [f"{count} {kind}" for kind, count in sorted(kinds.items()) if registry.of(kind).holds]
        if found:
            yield "data in", ", ".join(found)


def _values(session: Session, preview: Preview) -> Iterator[tuple[str, str]]:
    """Values of other stacks that are not known yet; of many, only how many they are."""
    stack = preview.stack
    unknown = [(name, _known_in(session.waves, stack.id, name)) for name in sorted(preview.unknown)]
    if len(unknown) <= _FEW:
        yield from (("value", f"{name} from {stack.wiring[name]}, {when}") for name, when in unknown)
        return
    times = Counter(when for _, when in unknown)
    parts = ", ".join(f"{count} {when}" for when, count in sorted(times.items()))
    yield "values", f"{len(unknown)} not known yet: {parts} (--plan names them)"


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
