"""Compiled templates changed by hand, and what the rules say of them.

A change is a function from the bodies of the templates, by kind of stack, to nothing: it writes into copies.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from compiler.diagnostics.model import Diagnostic
from compiler.findings.finding import located
from compiler.ir.template import Template
from compiler.linking.waves import Wave
from compiler.pipeline import Compiled, compile_document
from compiler.reading.document import load_document
from compiler.rollout.deployment import Deployment
from compiler.rollout.simulation import simulate
from compiler.rules.registry import inspect
from tests.helpers import SHIPPED, compiled

Json = Any
Bodies = dict[str, dict[str, Json]]
"""Template bodies by kind of stack; further replicas by their whole name."""

Change = Callable[[Bodies], None]


_WRITTEN: dict[int, tuple[Compiled, str]] = {}
"""Templates as texts, from which a copy is quickly read, by the identity of what was compiled."""


def judged(change: Change, made: Compiled | None = None, waves: tuple[Wave, ...] | None = None) -> list[Diagnostic]:
    """What is found on the shipped topology, or another one, after a change."""
    base = made or compiled(SHIPPED)
    deployment = with_templates(base, changed(change, base))
    if waves is not None:
        deployment = replace(deployment, waves=waves)
    findings = inspect(simulate(None, deployment), base.topology)
    return list(located(findings, base.document, deployment.templates))


def with_templates(made: Compiled, templates: tuple[Template, ...]) -> Deployment:
    """A compiled deployment with other templates for its stacks."""
    stacks = zip(made.deployment.stacks, templates, strict=True)
    return replace(made.deployment, stacks=tuple(replace(stack, template=template) for stack, template in stacks))


def changed(change: Change, made: Compiled | None = None) -> tuple[Template, ...]:
    """The templates of a topology after a change."""
    base = made or compiled(SHIPPED)
    if id(base) not in _WRITTEN:
        _WRITTEN[id(base)] = (base, json.dumps({name(template): template.body for template in base.templates}))
    bodies = json.loads(_WRITTEN[id(base)][1])
    change(bodies)
    return tuple(replace(template, body=bodies[name(template)]) for template in base.templates)


def name(template: Template) -> str:
    """Kind of a template's stack; its whole name for a further replica and for a part."""
    kind = str(template.stack.kind)
    return template.stack.name if kind == "replica" or template.stack.part else kind


def codes(found: list[Diagnostic]) -> list[str]:
    """Codes of diagnostics, each once."""
    return sorted({item.rule.code for item in found})


@cache
def variant(*edits: tuple[str, str], lines: str = "") -> Compiled:
    """The shipped spec with texts replaced and lines added, compiled without cfn-lint."""
    text = SHIPPED.read_text(encoding="utf-8")
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the shipped spec"
        text = text.replace(old, new)
    document = load_document(text + lines, "specs/dr-topology.yaml")
    return compile_document(document, lint=False)


def resources(body: Json, kind: str) -> list[Json]:
    """Resources of a type in a template's body; the vendor's prefix is left out."""
    return [item for item in body["Resources"].values() if item["Type"] == f"AWS::{kind}"]


def one(body: Json, kind: str) -> Json:
    """The properties of the only resource of a type."""
    (found,) = resources(body, kind)
    return found["Properties"]


def of(body: Json, name: str) -> Json:
    """The properties of a resource."""
    return body["Resources"][name]["Properties"]


def regional(bodies: Bodies) -> Iterator[tuple[Json, str, str]]:
    """Both serving stacks, each with its own region and the other's."""
    yield bodies["primary"], "us-east-1", "us-west-2"
    yield bodies["secondary"], "us-west-2", "us-east-1"


def both(change: Callable[[Json], None]) -> Change:
    """The same change in both serving stacks, so that they stay alike."""

    def apply(bodies: Bodies) -> None:
        for body, _, _ in regional(bodies):
            change(body)

    return apply


def each(change: Callable[[Json, str, str], None]) -> Change:
    """A change in both serving stacks that depends on their regions: body, own region, the other's."""

    def apply(bodies: Bodies) -> None:
        for body, own, peer in regional(bodies):
            change(body, own, peer)

    return apply


def reworded(old: str, new: str) -> Change:
    """A text replaced wherever it stands in any template."""

    def apply(bodies: Bodies) -> None:
        written = json.dumps(bodies)
        assert old in written
        bodies.update(json.loads(written.replace(old, new)))

    return apply


def statement(document: Json, sid: str) -> Json:
    """A statement of a policy document by its id."""
    (found,) = [item for item in all_statements(document) if item["Sid"] == sid]
    return found


def all_statements(document: Json) -> list[Json]:
    """All statements of a policy document, those that stand under a condition too."""
    return [item["Fn::If"][1] if "Fn::If" in item else item for item in document["Statement"]]


def without(document: Json, sid: str) -> None:
    """Takes a statement out of a policy document."""
    document["Statement"].remove(statement(document, sid))


def role_policy(body: Json, role: str) -> Json:
    """The inline policy of a role."""
    return of(body, role)["Policies"][0]["PolicyDocument"]


def spec(path: str) -> Path:
    """A file of the repository by its path."""
    return SHIPPED.parent.parent / path
