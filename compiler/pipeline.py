"""The stages in order. Each is a function from values to values; after one that reported errors, nothing follows.

text -> Document -> Spec -> Topology -> pieces -> Linked -> fragments -> templates -> checks -> Bundle
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from compiler import planning, rules
from compiler.diagnostics.model import Diagnostic, RejectedError, has_errors
from compiler.findings import suppressions
from compiler.findings.locate import located
from compiler.ir.template import Template
from compiler.linking import link
from compiler.output import emit
from compiler.reading import source
from compiler.reading.source import Document
from compiler.rendering import contract, merge, partials
from compiler.rendering.extras import declare as declare_extras
from compiler.rendering.schema_check import check_fragment
from compiler.rollout.manifest import manifest
from compiler.rules import cfn_lint
from compiler.spec.labels import label
from compiler.spec.parse import parse
from compiler.support.data_files import bundled_partials
from compiler.support.frozen import frozen
from compiler.topology.model import Topology


@frozen
class Compiled:
    """The outcome of a successful compile."""

    document: Document
    topology: Topology
    linked: link.Linked
    templates: tuple[Template, ...]
    bundle: emit.Bundle
    diagnostics: tuple[Diagnostic, ...]
    accepted: tuple[suppressions.Taken, ...]


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
    topology, findings = planning.make(spec, folder)
    settled = suppressions.settle(spec, document, located(findings, document))
    found = (*suppressions.check(spec, document), *settled.left)
    accepted = settled.accepted
    if topology is None or has_errors(found):
        raise RejectedError(found)
    library = partials.open_partials(bundled_partials(), overlay)
    placed = (*planning.declare(topology), *declare_extras(topology, library))
    linked, problems = link.link(spec.name, topology.stacks, placed)
    if linked is None:
        raise RejectedError(located(problems, document))
    templates = render(topology, linked, library)
    found += located(cfn_lint.references(templates), document, templates)
    if has_errors(found):
        raise RejectedError(found)
    settled = suppressions.settle(
        spec, document, located(rules.judge(templates, linked, topology), document, templates)
    )
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
    bundle = emit.bundle(templates, manifest(topology, linked, templates))
    return Compiled(document, topology, linked, templates, bundle, found, accepted)


def render(topology: Topology, linked: link.Linked, library: partials.Partials) -> tuple[Template, ...]:
    """Every stack's template; raises `RejectedError` with the findings of all partials."""
    _check_overlays(library, linked)
    found: list[Diagnostic] = []
    templates: list[Template] = []
    for stack in linked.stacks:
        rendered = []
        for block in stack.blocks:
            try:
                fragment = partials.render(library, block.block.partial, block.view)
                if library.is_overlay(block.block.partial):
                    check_fragment(library, block.block.partial, fragment)
                rendered.append((block, fragment))
            except RejectedError as error:
                found += error.diagnostics
        if found:
            continue
        labels = {block.block.at: label(topology.spec, block.block.at) for block in stack.blocks}
        try:
            templates.append(merge.merge(stack, rendered, _description(topology, stack), labels, library))
        except RejectedError as error:
            found += error.diagnostics
    if found:
        raise RejectedError(found)
    return tuple(templates)


def _check_overlays(library: partials.Partials, linked: link.Linked) -> None:
    """A user's partials keep the contract of the views they are given; reports DR503, DR504, DR506, DR509."""
    found: list[Diagnostic] = []
    seen: set[str] = set()
    for stack in linked.stacks:
        for block in stack.blocks:
            name = block.block.partial
            if name in seen or not library.is_overlay(name):
                continue
            seen.add(name)
            fields = frozenset(field.name for field in dataclasses.fields(block.block.view))
            found += contract.check(library, name, fields, exact=False)
    if found:
        raise RejectedError(found)


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
