"""References within a template: to parameters, resources and conditions that it must define."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from compiler.aws.references import Target, references
from compiler.aws.values import ResourceId
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding
from compiler.ir.template import Template


def undefined(templates: Iterable[Template]) -> Iterator[Finding]:
    """References to what the template does not define; reports DR602."""
    for template in templates:
        body = template.body
        conditions = set(body.get("Conditions", {}))
        known = set(body.get("Parameters", {})) | set(body["Resources"])
        for section in ("Resources", "Outputs", "Conditions"):
            for name, item in body.get(section, {}).items():
                for kind, target in references(item):
                    if target in (conditions if kind is Target.CONDITION else known):
                        continue
                    message = f"`{name}` refers to the {kind} `{target}`, which does not exist"
                    yield Finding(Code.DR602, message, ResourceId(template.stack.name, name))
