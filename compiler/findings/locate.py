"""Where a resource or output of a template was asked for: the line of the spec, then the line of the partial."""

from __future__ import annotations

from compiler.diagnostics.model import Label, Position, Route, Span
from compiler.ir.template import Template
from compiler.reading.source import Document


def route_of(template: Template, name: str) -> Route:
    """The spec entry that a resource or output comes from; empty where the template does not know it."""
    origin = template.origins.get(name)
    return origin.route if origin else template.outputs.get(name, ())


def labels(template: Template, name: str, document: Document, says: str | None = None) -> tuple[Label, ...]:
    """The spec line that asked for a resource or output, then the line of the partial that laid it out.

    `says` replaces what is said at the spec line.
    """
    route = route_of(template, name)
    span = document.span(route, key=True).first_line(document.text)
    found = [Label(span, says or f"asked for `{name}`")]
    origin = template.origins.get(name)
    if origin:
        at = Position(origin.line, 1)
        found.append(Label(Span(origin.partial, at, at), "laid out here"))
    return tuple(found)
