"""References within a template: to parameters, resources and conditions that it must define."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from compiler.aws.values import ResourceId
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding
from compiler.ir.template import Template

_PSEUDO = "AWS::"


def undefined(templates: Iterable[Template]) -> Iterator[Finding]:
    """References to what the template does not define; reports DR602."""
    for template in templates:
        body = template.body
        conditions = set(body.get("Conditions", {}))
        known = set(body.get("Parameters", {})) | set(body["Resources"])
        for section in ("Resources", "Outputs", "Conditions"):
            for name, item in body.get(section, {}).items():
                for kind, target in _targets(item):
                    if target in (conditions if kind == "Condition" else known):
                        continue
                    message = f"`{name}` refers to the {kind.lower()} `{target}`, which does not exist"
                    yield Finding(Code.DR602, message, ResourceId(template.stack.name, name))


def _targets(value: Any, *, top: bool = True) -> Iterator[tuple[str, str]]:
    """Every reference in a JSON value of a template, as `Resource` or `Condition` and the name."""
    if isinstance(value, list):
        for item in value:
            yield from _targets(item, top=False)
        return
    if not isinstance(value, Mapping):
        return
    for key, item in value.items():
        if key == "Ref" and len(value) == 1 and isinstance(item, str):
            if not item.startswith(_PSEUDO):
                yield "Resource", item
        elif key == "Fn::GetAtt" and isinstance(item, list):
            yield "Resource", str(item[0])
        elif key == "Condition" and isinstance(item, str):
            yield "Condition", item
        elif key == "DependsOn" and top:
            yield from (("Resource", name) for name in ([item] if isinstance(item, str) else item))
        elif key == "Fn::Sub":
            yield from _in_text(item)
        else:
            if key == "Fn::If" and isinstance(item, list) and item:
                yield "Condition", str(item[0])
            yield from _targets(item, top=False)


def _in_text(value: Any) -> Iterator[tuple[str, str]]:
    text, variables = (value[0], value[1]) if isinstance(value, list) else (value, {})
    yield from _targets(variables, top=False)
    position = 0
    while (position := text.find("${", position)) >= 0:
        end = text.find("}", position)
        name = text[position + 2 : end].strip()
        position = end
        if not name.startswith((_PSEUDO, "!")) and name not in variables:
            yield "Resource", name.split(".")[0]
