"""Templates that are larger than CloudFormation takes, and the lines of the spec that make room. Reports DR603."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from string import ascii_lowercase
from typing import Any

from compiler.aws.facts import cloudformation
from compiler.aws.facts.model import Fact
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Route
from compiler.findings.finding import Finding
from compiler.ir.template import Template, compact
from compiler.spec.model import Spec
from compiler.topology.model import Topology

_LIMITS = (
    ("Resources", cloudformation.RESOURCES_PER_TEMPLATE),
    ("Parameters", cloudformation.PARAMETERS_PER_TEMPLATE),
    ("Outputs", cloudformation.OUTPUTS_PER_TEMPLATE),
)
_SHARED = 20
"""Room in a part for what is not of one entry: parameters of names, values of the first stack, alarms of all."""
_ENTRIES = ("tables", "buckets", "functions")

Committed = Callable[[str], Collection[str]]
"""Logical ids that the committed template of a file name has."""


def overfull(
    templates: Iterable[Template], topology: Topology | None = None, committed: Committed = lambda _: ()
) -> Iterator[Finding]:
    """Templates with more resources, parameters, outputs or bytes than CloudFormation takes.

    The place is the entry with which the template is full, where entries are counted in the order of the spec. The
    remedy names entries of the spec of `topology` that make room in a further stack, as long as they are not committed.
    """
    listed = tuple(templates)
    full = [template for template in listed if any(_beyond(template, *limit) for limit in _LIMITS)]
    help_text = _remedy(full, topology, committed) if full and topology else None
    for template in listed:
        for section, fact in _LIMITS:
            items = template.body.get(section, {})
            if len(items) > fact.value:
                route = sorted((template.route(name) for name in items), key=_order)[fact.value][:2]
                message = (
                    f"{template.file} would have {len(items)} {section.lower()}; CloudFormation allows {fact.value}"
                )
                yield Finding(Code.DR603, message, route, "full at this entry", help=help_text)
        yield from _oversized(template, help_text)


def _beyond(template: Template, section: str, fact: Fact[int]) -> int:
    """How many items of a section a template has too many."""
    return max(0, len(template.body.get(section, {})) - fact.value)


def _remedy(full: list[Template], topology: Topology, committed: Committed) -> str:
    """The lines that make room: entries that are not committed, the last of the spec first, in as few parts as fit."""
    spec = topology.spec
    weights = [
        (template, section, _weights(topology, template, section)) for template in full for section, _ in _LIMITS
    ]
    left = {(id(template), section): _beyond(template, section, fact) for template in full for section, fact in _LIMITS}
    fixed = {
        _owner(topology, template.route(name))
        for template in full
        for name in set(template.body.get("Resources", {})) & set(committed(template.file))
    }
    parts: dict[str, list[Route]] = {}
    names = iter(_free(spec))
    room: dict[tuple[int, str], int] = {}
    part = ""
    for route in sorted({route for *_, counted in weights for route in counted}, key=_order, reverse=True):
        takes = {(id(template), section): counted[route] for template, section, counted in weights}
        if route in fixed or _answers_health(topology, route) or not any(left[key] > 0 and takes[key] for key in left):
            continue
        if not part or any(takes[key] > room[key] for key in takes):
            part = next(names)
            limits = {section: fact.value for section, fact in _LIMITS}
            room = {(id(template), section): limits[section] - _SHARED for template, section, _ in weights}
        parts.setdefault(part, []).append(route)
        for key, count in takes.items():
            room[key] -= count
            left[key] -= count
    if any(count > 0 for count in left.values()):
        return (
            "entries that are committed cannot move to another stack, and the others make too little room: remove "
            "what you do not need, or move entries to a second spec with a suffix and a domain of its own"
        )
    lines = (f"add `stack: {name}` to {_named(spec, routes)}" for name, routes in parts.items())
    return f"{'; '.join(lines)}: they are not committed yet"


def _weights(topology: Topology, template: Template, section: str) -> Counter[Route]:
    """How many items of a section belong to each entry that may be in a part."""
    owners = (_owner(topology, template.route(name)) for name in template.body.get(section, {}))
    return Counter(owner for owner in owners if owner)


def _owner(topology: Topology, route: Route) -> Route:
    """The entry that something goes with into a part; empty for what stays in the first stack."""
    match route:
        case (str(section), int(position)) if section in _ENTRIES:
            return (section, position)
        case ("api", "routes", int(position)):
            called = topology.spec.api.routes[position].function
            return next((("functions", n) for n, function in topology.functions() if function.name == called), ())
    return ()


def _answers_health(topology: Topology, route: Route) -> bool:
    return route == ("functions", topology.spec.functions.index(topology.health_function))


def _free(spec: Spec) -> Iterator[str]:
    """Names of parts that no entry is in: `a` to `z`, then `a1` and so on."""
    taken = {entry.stack for section in _ENTRIES for entry in getattr(spec, section)}
    number = 0
    while True:
        names = (f"{letter}{number or ''}" for letter in ascii_lowercase)
        yield from (name for name in names if name not in taken)
        number += 1


def _named(spec: Spec, routes: Iterable[Route]) -> str:
    by_section: dict[str, list[str]] = {}
    for section, position in sorted(routes, key=_order):
        entry = getattr(spec, str(section))[position]
        by_section.setdefault(str(section), []).append(f"`{entry.title or entry.name}`")
    return " and ".join(
        f"the {section if len(names) > 1 else section[:-1]} {', '.join(names)}" for section, names in by_section.items()
    )


def _oversized(template: Template, help_text: str | None) -> Iterator[Finding]:
    """A template with more bytes than CloudFormation takes, counted as dr-deploy sends it: without white space."""
    most = cloudformation.STORED_TEMPLATE_BYTES.value
    size = len(compact(template.body))
    if size > most:
        resources: Mapping[str, Any] = template.body.get("Resources", {})
        room = most - size + sum(len(compact(body)) for body in resources.values())
        route: Route = ()
        for name in sorted(resources, key=lambda name: _order(template.route(name))):
            room -= len(compact(resources[name]))
            route = template.route(name)[:2]
            if room < 0:
                break
        message = f"{template.file} would have {size:,} bytes as it is sent; CloudFormation allows {most:,}"
        yield Finding(Code.DR603, message, route, "full at this entry", help=help_text)


def _order(route: Route) -> tuple[int, int]:
    """Where an entry is in the spec; what no entry asks for comes first."""
    section = list(Spec.model_fields).index(str(route[0])) if route else -1
    return section, next((step for step in route[1:2] if isinstance(step, int)), -1)
