"""The stages in order: each is a function from values to values. After one that found errors, nothing follows.

text -> Document -> Spec -> Topology -> elements -> Linked -> templates -> Deployment -> Bundle
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from compiler import planning
from compiler.diagnostics.model import Diagnostic
from compiler.findings.finding import Finding
from compiler.findings.report import Report, Suppressed
from compiler.ir.template import Template
from compiler.linking import link
from compiler.objectives.evaluate import evaluate
from compiler.objectives.model import Computation
from compiler.objectives.record import record
from compiler.output import emit
from compiler.reading.document import Document
from compiler.rendering.limits import overfull
from compiler.rendering.merge import render
from compiler.rendering.partials import open_partials
from compiler.rollout import deployment as deployments
from compiler.rollout.deployment import Deployment
from compiler.rollout.simulation import Simulation, simulate
from compiler.rules import cfn_lint, registry
from compiler.rules.registry import find_rule, undefined
from compiler.spec.compose import open_spec
from compiler.spec.parse import parse
from compiler.support.data_files import bundled_partials
from compiler.support.frozen import frozen
from compiler.topology.model import Topology


@frozen
class Compiled:
    """The outcome of a successful compile."""

    document: Document
    topology: Topology
    computation: Computation
    linked: link.Linked
    deployment: Deployment
    simulation: Simulation
    bundle: emit.Bundle
    diagnostics: tuple[Diagnostic, ...]
    suppressed: tuple[Suppressed, ...]

    @property
    def templates(self) -> tuple[Template, ...]:
        return self.deployment.templates


def compile_spec(
    path: Path,
    shown: str,
    *,
    partials: Sequence[Path] = (),
    beside: Sequence[Finding] | None = None,
    output: Path | None = None,
    lint: bool = True,
    memory: cfn_lint.Memory | None = None,
    observe: cfn_lint.Observe | None = None,
) -> Compiled:
    """Compiles the spec at `path`, called `shown` in messages; raises `RejectedError` with what a stage found.

    `partials` are folders of the user, of which the first one that has a partial wins. `beside` is what the spec has in
    common with others, None where nobody compared them. `output` is the folder with the templates of the compile
    before, where they are known.
    """
    document = open_spec(path, shown)
    return compile_document(
        document, partials=partials, beside=beside, output=output, lint=lint, memory=memory, observe=observe
    )


def plan_document(document: Document) -> tuple[Report, Topology, Computation]:
    """What a spec asks for and what its objectives come to, not yet judged, with a report of what was found so far."""
    spec = parse(document)
    report = Report(document, spec, find_rule)
    topology = report.require(planning.topology(spec))
    return report, topology, planning.objectives(topology)


def compile_document(
    document: Document,
    *,
    partials: Sequence[Path] = (),
    beside: Sequence[Finding] | None = None,
    output: Path | None = None,
    lint: bool = True,
    memory: cfn_lint.Memory | None = None,
    observe: cfn_lint.Observe | None = None,
) -> Compiled:
    """All stages; raises `RejectedError` with everything found up to the stage that found an error.

    `output` is the folder with the templates of the compile before, where they are known. `memory` has what cfn-lint
    said before.
    """
    report, topology, computation = plan_document(document)
    report.check((*(beside or ()), *evaluate(topology, computation)))
    library = open_partials(bundled_partials(), partials)
    declared = link.link(topology.spec.name, topology.all_stacks, planning.declare(topology, library.added()))
    linked = report.require(declared)
    templates = render(topology, linked, library)
    report.check((*overfull(templates, topology, partial(emit.resources_in, output)), *undefined(templates)), templates)
    deployment = deployments.build(topology, linked, templates, record(computation))
    simulation = simulate(None, deployment)
    report.check(registry.inspect(simulation, topology), templates)
    bundle = emit.bundle(deployment)
    report.check(cfn_lint.lint(templates, memory, encoded=bundle.files, observe=observe) if lint else (), templates)
    report.close(linted=lint, compared=beside is not None)
    return Compiled(
        document, topology, computation, linked, deployment, simulation, bundle, report.diagnostics, report.suppressed
    )
