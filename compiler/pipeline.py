"""The stages in order. Each is a function from values to values; after one that reported errors, nothing follows.

text -> Document -> Spec -> Topology -> pieces -> Linked -> fragments -> templates -> checks -> Bundle
"""

from __future__ import annotations

from pathlib import Path

from compiler import planning, rules
from compiler.diagnostics.model import Diagnostic, RejectedError, has_errors
from compiler.findings import suppressions
from compiler.findings.locate import located
from compiler.ir.template import Template
from compiler.linking import link
from compiler.objectives.model import Computation
from compiler.objectives.record import record
from compiler.output import emit
from compiler.reading import source
from compiler.reading.source import Document
from compiler.rendering import partials
from compiler.rendering.render import render
from compiler.rollout import deployment as deployments
from compiler.rollout.deployment import Deployment
from compiler.rollout.simulation import Simulation, simulate
from compiler.rules import cfn_lint
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
    accepted: tuple[suppressions.Taken, ...]

    @property
    def templates(self) -> tuple[Template, ...]:
        return self.deployment.templates


def compile_spec(path: Path, shown: str, *, overlay: Path | None = None, lint: bool = True) -> Compiled:
    """Compiles the spec at `path`, called `shown` in messages; raises `RejectedError` with what a stage found."""
    document = source.load(source.read(path, shown), shown)
    return compile_document(document, path.parent, overlay=overlay, lint=lint)


def topology_of(path: Path, shown: str) -> Topology:
    """The topology of a spec, its objectives not yet judged; raises `RejectedError` where it has none."""
    document = source.load(source.read(path, shown), shown)
    topology, findings = planning.build(parse(document), path.parent)
    if topology is None:
        raise RejectedError(located(findings, document))
    return topology


def compile_document(document: Document, folder: Path, *, overlay: Path | None = None, lint: bool = True) -> Compiled:
    """The same from a read document; `folder` is where the spec's relative paths begin."""
    spec = parse(document)
    topology, computation, findings = planning.make(spec, folder)
    settled = suppressions.settle(spec, document, located(findings, document))
    found = (*suppressions.check(spec, document), *settled.left)
    accepted = settled.accepted
    if topology is None or computation is None or has_errors(found):
        raise RejectedError(found)
    library = partials.open_partials(bundled_partials(), overlay)
    elements = planning.declare(topology, library.added())
    linked, problems = link.link(spec.name, topology.stacks, elements)
    if linked is None:
        raise RejectedError(located(problems, document))
    templates = render(topology, linked, library)
    found += located(cfn_lint.references(templates), document, templates)
    if has_errors(found):
        raise RejectedError(found)
    deployment = deployments.build(topology, linked, templates, record(computation))
    simulation = simulate(None, deployment)
    settled = suppressions.settle(spec, document, located(rules.judge(simulation, topology), document, templates))
    found += settled.left
    accepted += settled.accepted
    if has_errors(found):
        raise RejectedError(found)
    if lint:
        settled = suppressions.settle(spec, document, located(cfn_lint.lint(templates), document, templates))
        found += settled.left
        accepted += settled.accepted
        if has_errors(found):
            raise RejectedError(found)
    found += suppressions.unused(spec, document, accepted, found, linted=lint)
    bundle = emit.bundle(deployment)
    return Compiled(document, topology, computation, linked, deployment, simulation, bundle, found, accepted)
