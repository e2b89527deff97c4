"""The stage: linked stacks to one template each. Reports DR501 to DR509 and DR603."""

from __future__ import annotations

import dataclasses

from compiler.diagnostics.model import Diagnostic, RejectedError
from compiler.ir.template import Template
from compiler.linking.link import Linked, LinkedStack
from compiler.rendering import contract, merge, partials
from compiler.rendering.partials import Partials
from compiler.rendering.schema_check import check_fragment
from compiler.spec.routes import label
from compiler.topology.model import Topology

_WHAT = {
    "global": "DNS with failover",
    "primary": "the primary region",
    "secondary": "the secondary region",
    "replica": "a further copy of the data",
}


def render(topology: Topology, linked: Linked, library: Partials) -> tuple[Template, ...]:
    """Every stack's template; raises `RejectedError` with the faults of all partials."""
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


def _check_overlays(library: Partials, linked: Linked) -> None:
    """A user's partials keep the contract of the views they are given; reports DR503, DR504, DR506, DR509."""
    found: list[Diagnostic] = []
    views = {block.block.partial: block.block.view for stack in linked.stacks for block in stack.blocks}
    for name, view in views.items():
        if library.is_overlay(name):
            fields = frozenset(field.name for field in dataclasses.fields(view))
            found += contract.check(library, name, fields, exact=False)
    if found:
        raise RejectedError(found)


def _description(topology: Topology, stack: LinkedStack) -> str:
    spec = topology.spec
    objectives = spec.objectives
    return (
        f"Disaster recovery of {spec.name}: {_WHAT[str(stack.stack.kind)]}, {stack.stack.region}. "
        f"RTO {objectives.rto}, RPO {objectives.rpo}, {objectives.throughput}, {objectives.latency}. "
        "Compiled by dr-compile: edit the spec, not this file."
    )
