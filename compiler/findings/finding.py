"""What a stage finds: at a route of the spec, or at a resource or output of a template.

Lines and columns are looked up last, by `located`, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from compiler.aws.values import ResourceId
from compiler.diagnostics.model import Diagnostic, Label, Position, Route, Rule, Span
from compiler.ir.template import Template
from compiler.reading.document import Document
from compiler.support.frozen import frozen

Place = Route | ResourceId
"""An entry or field of the spec, or a resource or output; a `ResourceId` without an id is the whole template."""


@frozen
class Finding:
    """What is wrong, and where; `findings.locate` makes a `Diagnostic` with lines and columns of it.

    `label` is said at the place itself, `related` pairs further places with what is said there. `places` stand
    instead of both, where some are in another spec. With `key` the place is the key of the route, not its value. `id`
    names this one finding among those of its rule, as `accept` in the spec may; it must not change with positions or
    figures. `lint` is the id of the cfn-lint rule behind a DR7xx.
    """

    rule: Rule
    message: str
    at: Place
    label: str = ""
    help: str | None = None
    related: tuple[tuple[Place, str], ...] = ()
    places: tuple[Label, ...] = ()
    key: bool = False
    id: str | None = None
    lint: str | None = None


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
        labels = [*(finding.places or self._labels(at, finding.label, key=finding.key))]
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
        asked = f"creates `{place.id}`" if place.id else ""
        yield Label(self._span(template.route(place.id), key=True), text or asked)
        origin = template.origins.get(place.id)
        if origin:
            at = Position(origin.line, 1)
            yield Label(Span(origin.partial, at, at), "defined here")

    def _span(self, route: Route, *, key: bool) -> Span:
        return self.document.first_line(route, key=key)
