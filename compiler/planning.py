"""The spec to what will exist: the topology, its rules, and the elements that the services declare.

Reads no disk. Reports DR301 to DR306, DR308, DR524 and what the services' rules find.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from compiler.aws import regions
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Route
from compiler.findings.finding import Finding
from compiler.ir.elements import Element, Parameter
from compiler.ir.names import ENVIRONMENT, ENVIRONMENT_MAX, SUFFIX, SUFFIX_MAX
from compiler.objectives.costs import Bill
from compiler.objectives.costs import bill as costed
from compiler.objectives.failback import failback
from compiler.objectives.model import Computation, latency
from compiler.objectives.recovery_time import client_classes, recovery_time
from compiler.services import (
    COSTS,
    DEMANDS,
    GROWTH,
    LATENCY,
    PROVISIONS,
    RECOVERY,
    REMAINS,
    SERVICES,
    added,
    cloudwatch,
)
from compiler.services.base import Alarm, parameter
from compiler.spec.model import Spec
from compiler.spec.regions import Role
from compiler.topology import capacity
from compiler.topology.model import GLOBAL_REGION, Topology
from compiler.topology.placing import placed


def topology(spec: Spec) -> tuple[Topology | None, tuple[Finding, ...]]:
    """The topology of a spec, and everything that is found.

    There is no topology where a finding is an error that the spec cannot accept: its figures would be wrong as well.
    """
    findings = [*_regions(spec), *_deleted(spec), *_parts(spec)]
    if any(finding.rule is Code.DR302 for finding in findings):
        return None, tuple(findings)
    made = Topology(spec, capacity.compute(spec))
    for service in SERVICES:
        findings += service.rules(made)
    return (made if all(finding.rule.suppressible for finding in findings) else None), tuple(findings)


def objectives(topology: Topology) -> Computation:
    """What the objectives come to: the demands and terms of all services, and their sums, not yet evaluated."""
    behind = {route.function for route in topology.spec.api.routes}
    terms = {
        position: tuple(term for latency_of in LATENCY for term in latency_of(topology, function))
        for position, function in topology.functions()
        if function.name in behind
    }
    return Computation(
        demands=tuple(d for stack in topology.regional for demands in DEMANDS for d in demands(topology, stack)),
        latency=latency(topology, terms),
        recovery_time=recovery_time(topology),
        recovery_points=tuple(point for recovery in RECOVERY for point in recovery(topology)),
        provided=tuple(provision for provisions in PROVISIONS for provision in provisions(topology)),
        clients=tuple(client_classes(topology)),
        failback=failback(topology),
        remains=tuple(each for remains in REMAINS for each in remains(topology)),
        growth=tuple(growth for growths in GROWTH for growth in growths(topology)),
    )


def bill(topology: Topology) -> Bill:
    """What the topology costs a month, with the data that it keeps."""
    lines = [cost for costs in COSTS for cost in costs(topology)]
    lines += cloudwatch.costs(topology, _watched(topology))
    return costed(str(topology.spec.objectives.throughput), lines)


def _watched(topology: Topology) -> tuple[Alarm, ...]:
    """What all services want watched."""
    return tuple(alarm for service in SERVICES for alarm in service.alarms(topology))


def declare(topology: Topology, partials: Iterable[str] = ()) -> tuple[Element, ...]:
    """Everything the services declare, then what `partials`, those that a user adds by name, are given.

    Alarms come after all services: they are laid out once all have said what to watch.
    """
    elements: list[Element] = [*_parameters(topology)]
    for service in SERVICES:
        elements += service.declare(topology)
    elements += cloudwatch.lay_out(topology, _watched(topology))
    elements += added.lay_out(topology, partials)
    return placed(topology, elements)


def _parameters(topology: Topology) -> Iterator[Parameter]:
    naming = topology.spec.naming
    for stack in topology.all_stacks:
        yield parameter(
            stack,
            ENVIRONMENT.name,
            "Environment, part of every physical name.",
            Default=naming.environment,
            AllowedPattern=f"^[a-z][a-z0-9]{{0,{ENVIRONMENT_MAX - 1}}}$",
            ConstraintDescription=f"must be 1 to {ENVIRONMENT_MAX} lower-case letters and digits, first a letter",
        )
        yield parameter(
            stack,
            SUFFIX.name,
            "Suffix of every physical name, different for each copy in one account.",
            Default=naming.suffix,
            AllowedPattern=f"^[a-z0-9]{{1,{SUFFIX_MAX}}}$",
            ConstraintDescription=f"must be 1 to {SUFFIX_MAX} lower-case letters and digits",
        )


def _deleted(spec: Spec) -> Iterator[Finding]:
    """Data that is not kept; reports DR308."""
    if not spec.deployment.retains:
        stores = [f"the {kind} {entry.name}" for kind, entries in (("table", spec.tables), ("bucket", spec.buckets))
                  for entry in entries]  # fmt: skip
        message = f"AWS deletes what {', '.join((*stores, 'the logs'))} and the keys hold together with its stack"
        yield Finding(Code.DR308, message, ("deployment", "on_delete"))


def _parts(spec: Spec) -> Iterator[Finding]:
    """The function behind the health path in a part; reports DR524."""
    called = spec.api.health_function or spec.api.routes[0].function
    for position, function in enumerate(spec.functions):
        if function.stack and function.name == called:
            message = f"`{function.name}` answers the health path, so it must be in the first stack of each region"
            named = bool(spec.api.health_function)
            route: Route = ("api", "health_function") if named else ("api", "routes", 0, "function")
            related = ((route, "answers the health path"),)
            yield Finding(Code.DR524, message, ("functions", position, "stack"), related=related)


def _regions(spec: Spec) -> Iterator[Finding]:
    roles = [region.role for region in spec.regions]
    for role in (Role.PRIMARY, Role.SECONDARY):
        places = [position for position, found in enumerate(roles) if found is role]
        if not places:
            yield Finding(Code.DR302, f"no region is `{role}`", ("regions",), f"needs a {role} region", key=True)
        for position in places[1:]:
            related = ((("regions", places[0], "role"), "first here"),)
            yield Finding(
                Code.DR302, f"another region is already `{role}`", ("regions", position, "role"), related=related
            )
    names = [region.region for region in spec.regions]
    for position, name in enumerate(names):
        at = ("regions", position, "region")
        if not regions.known(name):
            guess = regions.near(name)
            hint = f"did you mean `{guess}`?" if guess else None
            yield Finding(Code.DR301, f"`{name}` is not an AWS region", at, help=hint)
            continue
        if names.index(name) != position:
            related = ((("regions", names.index(name), "region"), "first here"),)
            yield Finding(Code.DR303, f"`{name}` is listed twice", at, related=related)
        if regions.partition(name) != regions.partition(GLOBAL_REGION):
            message = (
                f"`{name}` is in the partition {regions.partition(name)}; all regions must be in the partition aws"
            )
            yield Finding(Code.DR305, message, at)
        lacking = [kind for kind in regions.lacking(name) if kind in _NEEDED]
        if lacking:
            yield Finding(Code.DR306, f"`{name}` does not have {', '.join(lacking)}", at)


_OPTIONAL = ("AWS::Backup::", "AWS::ResilienceHub::")
"""Of services that a spec asks for: their own rules look."""
_NEEDED = frozenset(kind for kind in regions.TYPES if not kind.startswith(_OPTIONAL))
