"""Where a finding is: its line and column in the spec and, for a resource, the line of the partial that made it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from compiler.aws.values import ResourceId
from compiler.diagnostics.model import Diagnostic, Label, Position, Route, Span
from compiler.findings.finding import Finding, Place
from compiler.ir.template import Template
from compiler.reading.document import Document
from compiler.support.frozen import frozen


def located(
    findings: Iterable[Finding], document: Document, templates: Iterable[Template] = ()
) -> tuple[Diagnostic, ...]:
    """The findings as diagnostics, each once; `templates` are those whose resources they name."""
    locator = _Locator(document, {template.stack.name: template for template in templates})
    return tuple(locator.diagnostic(finding) for finding in dict.fromkeys(findings))


@frozen
class _Locator:
    document: Document
    templates: Mapping[str, Template]

    def diagnostic(self, finding: Finding) -> Diagnostic:
        at, message = finding.at, finding.message
        labels = [*self._labels(at, finding.label, key=finding.key)]
        for place, text in finding.related:
            labels += self._labels(place, text)
        if isinstance(at, ResourceId):
            template = self.templates[at.stack]
            message = f"{message} ({template.file})"
            at = template.route(at.id)
        return Diagnostic(finding.rule, message, tuple(labels), finding.help, finding.lint, finding.id, at)

    def _labels(self, place: Place, text: str, *, key: bool = False) -> Iterator[Label]:
        if not isinstance(place, ResourceId):
            yield Label(self._span(place, key=key), text)
            return
        template = self.templates[place.stack]
        asked = f"asked for `{place.id}`" if place.id else ""
        yield Label(self._span(template.route(place.id), key=True), text or asked)
        origin = template.origins.get(place.id)
        if origin:
            at = Position(origin.line, 1)
            yield Label(Span(origin.partial, at, at), "laid out here")

    def _span(self, route: Route, *, key: bool) -> Span:
        return self.document.span(route, key=key).first_line(self.document.text)
