"""The spec to what will exist: the topology, its rules, and the pieces that the services place.

Reports DR301 to DR306, DR404, DR416 and what the services' rules find.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from compiler.aws import regions
from compiler.code import handlers
from compiler.code.archive import Archive, UnpackableError, archive
from compiler.diagnostics.model import Severity
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding
from compiler.ir.elements import Element, Parameter
from compiler.ir.names import ENVIRONMENT, ENVIRONMENT_MAX, SUFFIX, SUFFIX_MAX
from compiler.objectives import judge
from compiler.objectives.model import Computation
from compiler.services import SERVICES, added, cloudwatch
from compiler.services.base import parameter
from compiler.spec.model import Spec
from compiler.spec.regions import Role
from compiler.topology import capacity
from compiler.topology.model import GLOBAL_REGION, Topology


def make(spec: Spec, folder: Path) -> tuple[Topology | None, Computation | None, tuple[Finding, ...]]:
    """The topology of a spec that is in `folder` with its objectives, or None and what stands in the way."""
    topology, findings = build(spec, folder)
    if topology is None:
        # Figures of a spec that is wrong in itself would only repeat its mistakes.
        return None, None, findings
    computation = judge.compute(topology)
    judged, findings = _unless_fatal(topology, (*findings, *judge.judge(topology, computation)))
    return judged, computation, findings


def build(spec: Spec, folder: Path) -> tuple[Topology | None, tuple[Finding, ...]]:
    """The same before the objectives are judged."""
    findings = list(_regions(spec))
    archives: list[Archive] = []
    for position, function in enumerate(spec.functions):
        try:
            archives.append(archive(function.name, folder / function.source))
        except UnpackableError as error:
            message = f"the code of `{function.name}` cannot be packed: {error}"
            findings.append(Finding(Code.DR404, message, ("functions", position, "source")))
        else:
            findings += handlers.check(function, position, folder / function.source)
    if any(finding.rule is Code.DR302 for finding in findings):
        return None, tuple(findings)
    topology = Topology(spec, capacity.compute(spec), tuple(archives))
    for service in SERVICES:
        findings += service.rules(topology)
    return _unless_fatal(topology, tuple(findings))


def _unless_fatal(topology: Topology, findings: tuple[Finding, ...]) -> tuple[Topology | None, tuple[Finding, ...]]:
    # An error that the spec may accept, or a warning, does not keep the rest from being built.
    fatal = any(f.rule.severity is Severity.ERROR and not f.rule.acceptable for f in findings)
    return (None if fatal else topology), findings


def declare(topology: Topology, partials: Iterable[str] = ()) -> tuple[Element, ...]:
    """Everything the services declare, then what `partials`, those that a user adds by name, are given.

    Alarms come after all services: they are laid out once all have said what to watch.
    """
    elements: list[Element] = [*_parameters(topology)]
    for service in SERVICES:
        elements += service.declare(topology)
    watched = tuple(alarm for service in SERVICES for alarm in service.alarms(topology))
    elements += cloudwatch.lay_out(topology, watched)
    elements += added.lay_out(topology, partials)
    return tuple(elements)


def _parameters(topology: Topology) -> Iterator[Parameter]:
    naming = topology.spec.naming
    for stack in topology.stacks:
        yield parameter(
            stack,
            ENVIRONMENT.name,
            "Environment, part of every physical name.",
            Default=naming.environment,
            AllowedPattern=f"^[a-z][a-z0-9]{{0,{ENVIRONMENT_MAX - 1}}}$",
            ConstraintDescription=f"must be 1 to {ENVIRONMENT_MAX} lower-case letters and digits",
        )
        yield parameter(
            stack,
            SUFFIX.name,
            "Suffix of every physical name, which keeps two copies in one account apart.",
            Default=naming.suffix,
            AllowedPattern=f"^[a-z0-9]{{1,{SUFFIX_MAX}}}$",
            ConstraintDescription=f"must be 1 to {SUFFIX_MAX} lower-case letters and digits",
        )


def _regions(spec: Spec) -> Iterator[Finding]:
    roles = [region.role for region in spec.regions]
    for role in (Role.PRIMARY, Role.SECONDARY):
        places = [position for position, found in enumerate(roles) if found is role]
        if not places:
            yield Finding(Code.DR302, f"no region is `{role}`", ("regions",), f"needs a {role} region", key=True)
        for position in places[1:]:
            related = ((("regions", places[0], "role"), "first here"),)
            yield Finding(Code.DR302, f"a second region is `{role}`", ("regions", position, "role"), related=related)
    names = [region.region for region in spec.regions]
    for position, name in enumerate(names):
        at = ("regions", position, "region")
        if not regions.known(name):
            guess = regions.near(name)
            hint = f"did you mean `{guess}`?" if guess else None
            yield Finding(Code.DR301, f"`{name}` is not a region of AWS", at, help=hint)
            continue
        if names.index(name) != position:
            related = ((("regions", names.index(name), "region"), "first here"),)
            yield Finding(Code.DR303, f"`{name}` is listed twice", at, related=related)
        if regions.partition(name) != regions.partition(GLOBAL_REGION):
            message = f"`{name}` lies in the partition {regions.partition(name)}, which this topology cannot span"
            yield Finding(Code.DR305, message, at)
        lacking = [kind for kind in regions.lacking(name) if kind in _NEEDED]
        if lacking:
            yield Finding(Code.DR306, f"`{name}` has no {', '.join(lacking)}", at)


_NEEDED = frozenset(kind for kind in regions.TYPES if not kind.startswith("AWS::ResilienceHub::"))
