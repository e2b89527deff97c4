"""What is found on templates: named by stack and logical id; lines are looked up last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from compiler.aws.values import ResourceId
from compiler.diagnostics.model import Diagnostic, Label, Route
from compiler.diagnostics.rules import Rule
from compiler.findings.locate import labels, route_of
from compiler.ir.template import Template
from compiler.reading.source import Document
from compiler.support.frozen import frozen


@frozen
class Found:
    """A finding about a resource or output.

    `related` pairs others with what is said at them, `routes` entries of the spec alone.
    """

    rule: Rule
    message: str
    at: ResourceId
    related: tuple[tuple[ResourceId, str], ...] = ()
    help: str | None = None
    routes: tuple[tuple[Route, str], ...] = ()


def located(found: Iterable[Found], templates: Iterable[Template], document: Document) -> tuple[Diagnostic, ...]:
    """The findings as diagnostics: the spec line and the partial line of each resource."""
    by_stack: Mapping[str, Template] = {template.stack.name: template for template in templates}
    made = []
    for item in found:
        template = by_stack[item.at.stack]
        places = [*labels(template, item.at.id, document)]
        for owner, says in item.related:
            places += labels(by_stack[owner.stack], owner.id, document, says)
        for route, says in item.routes:
            places.append(Label(document.span(route, key=True).first_line(document.text), says))
        message = f"{item.message} ({template.file})"
        made.append(Diagnostic(item.rule, message, tuple(places), item.help, at=route_of(template, item.at.id)))
    return tuple(made)
