"""Every block rendered, and the fragments merged to one template per stack.

Every resource gets its gate, what must exist before it, both retention policies, and metadata that names the
spec entry it comes from. Reports DR502, DR505, DR508.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from compiler.aws.types.apigateway import KEPT_WHEN_REPLACED
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, Label, Position, RejectedError, Route, Span
from compiler.ir.template import Origin, Template
from compiler.linking.link import Linked, LinkedBlock, LinkedStack
from compiler.rendering import contract, digests, partials
from compiler.rendering.fragment import Fragment, Place
from compiler.rendering.partials import Partials
from compiler.rendering.schema_check import check_fragment
from compiler.spec.routes import label
from compiler.topology.model import Topology

_POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")


def merge(
    linked: LinkedStack,
    rendered: Iterable[tuple[LinkedBlock, Fragment]],
    description: str,
    labels: Mapping[Route, str],
    partials: Partials,
    policy: str = "Retain",
) -> Template:
    """The template of one stack; raises `RejectedError` with everything found.

    `policy` says what AWS does with a resource that leaves the stack or is replaced.
    """
    resources: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    found: list[Diagnostic] = []
    for block, fragment in rendered:
        wanted = set() if block.block.added else set(block.block.provides)
        for missing in sorted(wanted - set(fragment.resources)):
            message = f"the partial must define the resource `{missing}`"
            found += partials.fault(Code.DR508, message, block.block.partial, 1).diagnostics
        for name, body in fragment.resources.items():
            place = fragment.places["Resources", name]
            if not isinstance(body, dict) or not isinstance(body.get("Type"), str):
                message = f"`{name}` is not a resource with a `Type`"
                found += partials.fault(Code.DR505, message, place.partial, place.line).diagnostics
                continue
            if name in resources:
                found.append(_twice(partials, name, place, origins[name]))
                continue
            resources[name] = _resource(body, block, labels.get(block.block.at, ""), policy)
            origins[name] = Origin(partials.file(place.partial), place.line, block.block.at, block.block.id)
    if found:
        raise RejectedError(found)
    names = digests.named_by_digest(resources)
    outputs: dict[str, Any] = dict(linked.outputs)
    if names:
        resources = {names.get(name, name): digests.renamed(body, names) for name, body in resources.items()}
        origins = {names.get(name, name): origin for name, origin in origins.items()}
        outputs = digests.renamed(outputs, names)
    body = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": description,
        "Parameters": dict(linked.parameters),
        "Conditions": dict(linked.conditions),
        "Resources": {name: resources[name] for name in sorted(resources)},
        "Outputs": outputs,
    }
    return Template(linked.stack, {k: v for k, v in body.items() if v}, origins, linked.routes)


def _twice(partials: Partials, name: str, place: Place, first: Origin) -> Diagnostic:
    def span(file: str, line: int) -> Span:
        return Span(file, Position(line, 1), Position(line, 1))

    labels = (
        Label(partials.span(place.partial, place.line)),
        Label(span(first.partial, first.line), "first here"),
    )
    return Diagnostic(Code.DR502, f"the logical id `{name}` is defined twice in one stack", labels)


def _resource(body: Mapping[str, Any], linked: LinkedBlock, label: str, policy: str) -> dict[str, Any]:
    merged: dict[str, Any] = {"Type": body["Type"]}
    condition = linked.condition or body.get("Condition")
    if condition:
        merged["Condition"] = condition
    own = body.get("DependsOn", [])
    depends = sorted({*linked.depends_on, *([own] if isinstance(own, str) else own)})
    if depends:
        merged["DependsOn"] = depends
    merged.update(dict.fromkeys(_POLICIES, policy))
    if body["Type"] in KEPT_WHEN_REPLACED:
        merged["UpdateReplacePolicy"] = "Retain"
    # CloudFormation takes another policy over only together with another change of the resource.
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html (read 2026-11-26)
    going = {} if policy == "Retain" else {"OnDelete": policy}
    merged["Metadata"] = {"Spec": label, **going, **body.get("Metadata", {})}
    rest = ("Type", "Condition", "DependsOn", "Metadata", "Properties", *_POLICIES)
    merged.update({key: value for key, value in body.items() if key not in rest})
    if "Properties" in body:
        merged["Properties"] = body["Properties"]
    return merged


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
    policy = topology.spec.deployment.on_delete.policy
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
            templates.append(merge(stack, rendered, _description(topology, stack), labels, library, policy))
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
