"""The stages in order. Each is a function from values to values; after one that reported errors, nothing follows.

text -> Document -> Spec -> Topology -> pieces -> Linked -> fragments -> templates -> checks -> Bundle
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from compiler import accept, checks, emit, merge, plan, rules
from compiler.diagnostics import Diagnostic, Rejected, has_errors
from compiler.findings import located
from compiler.linking import link
from compiler.manifest import manifest
from compiler.reading import source
from compiler.reading.source import Document
from compiler.rendering import contract, partials
from compiler.rendering.extras import place as place_extras
from compiler.rendering.schema_check import check_fragment
from compiler.resources import bundled_partials
from compiler.spec.labels import label
from compiler.spec.parse import parse
from compiler.topology import Topology
from compiler.values import frozen


@frozen
class Compiled:
    """The outcome of a successful compile."""

    document: Document
    topology: Topology
    linked: link.Linked
    templates: tuple[merge.Template, ...]
    bundle: emit.Bundle
    diagnostics: tuple[Diagnostic, ...]
    accepted: tuple[accept.Taken, ...]


def compile_spec(path: Path, shown: str, *, overlay: Path | None = None, lint: bool = True) -> Compiled:
    """Compiles the spec at `path`, called `shown` in messages; raises `Rejected` with what a stage found."""
    document = source.load(source.read(path, shown), shown)
    return compile_document(document, path.parent, overlay=overlay, lint=lint)


def topology_of(path: Path, shown: str) -> Topology:
    """The topology of a spec, its objectives not yet judged; raises `Rejected` where it has none."""
    document = source.load(source.read(path, shown), shown)
    topology, findings = plan.build(parse(document), path.parent)
    if topology is None:
        raise Rejected(located(findings, document))
    return topology


def compile_document(document: Document, folder: Path, *, overlay: Path | None = None, lint: bool = True) -> Compiled:
    """The same from a read document; `folder` is where the spec's relative paths begin."""
    spec = parse(document)
    topology, findings = plan.make(spec, folder)
    settled = accept.settle(spec, document, located(findings, document))
    found = (*accept.check(spec, document), *settled.left)
    accepted = settled.accepted
    if topology is None or has_errors(found):
        raise Rejected(found)
    library = partials.open_partials(bundled_partials(), overlay)
    placed = (*plan.place(topology), *place_extras(topology, library))
    linked, problems = link.link(spec.name, topology.stacks, placed)
    if linked is None:
        raise Rejected(located(problems, document))
    templates = render(topology, linked, library)
    found += checks.references(templates, document)
    if has_errors(found):
        raise Rejected(found)
    settled = accept.settle(spec, document, rules.judge(templates, linked, topology, document))
    found += settled.left
    accepted += settled.accepted
    if has_errors(found):
        raise Rejected(found)
    if lint:
        settled = accept.settle(spec, document, checks.lint(templates, document))
        found += settled.left
        accepted += settled.accepted
        if has_errors(found):
            raise Rejected(found)
    found += accept.unused(spec, document, accepted, found, linted=lint)
    bundle = emit.bundle(templates, manifest(topology, linked, templates))
    return Compiled(document, topology, linked, templates, bundle, found, accepted)


def render(topology: Topology, linked: link.Linked, library: partials.Partials) -> tuple[merge.Template, ...]:
    """Every stack's template; raises `Rejected` with the findings of all partials."""
    _check_overlays(library, linked)
    found: list[Diagnostic] = []
    templates: list[merge.Template] = []
    for stack in linked.stacks:
        rendered = []
        for piece in stack.pieces:
            try:
                fragment = partials.render(library, piece.piece.partial, piece.view)
                if library.is_overlay(piece.piece.partial):
                    check_fragment(library, piece.piece.partial, fragment)
                rendered.append((piece, fragment))
            except Rejected as error:
                found += error.diagnostics
        if found:
            continue
        labels = {piece.piece.at: label(topology.spec, piece.piece.at) for piece in stack.pieces}
        try:
            templates.append(merge.merge(stack, rendered, _description(topology, stack), labels, library))
        except Rejected as error:
            found += error.diagnostics
    if found:
        raise Rejected(found)
    return tuple(templates)


def _check_overlays(library: partials.Partials, linked: link.Linked) -> None:
    """A user's partials keep the contract of the views they are given; reports DR503, DR504, DR506, DR509."""
    found: list[Diagnostic] = []
    seen: set[str] = set()
    for stack in linked.stacks:
        for piece in stack.pieces:
            name = piece.piece.partial
            if name in seen or not library.is_overlay(name):
                continue
            seen.add(name)
            fields = frozenset(field.name for field in dataclasses.fields(piece.piece.view))
            found += contract.check(library, name, fields, exact=False)
    if found:
        raise Rejected(found)


def _description(topology: Topology, stack: link.LinkedStack) -> str:
    spec = topology.spec
    objectives = spec.objectives
    what = {
        "global": "DNS with failover",
        "primary": "the primary region",
        "secondary": "the secondary region",
        "replica": "a further copy of the data",
    }[str(stack.stack.kind)]
    return (
        f"Disaster recovery of {spec.name}: {what}, {stack.stack.region}. "
        f"RTO {objectives.rto}, RPO {objectives.rpo}, {objectives.throughput}, {objectives.latency}. "
        "Compiled by dr-compile: edit the spec, not this file."
    )
