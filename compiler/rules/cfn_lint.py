"""Checks on merged templates: every reference is met, and what cfn-lint says, at the spec line that asked for it.

Reports DR602, DR701 and DR702.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from compiler.aws.values import ResourceId
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding
from compiler.ir.template import Template
from compiler.rules import lint_cache

_PSEUDO = "AWS::"


def references(templates: Iterable[Template]) -> Iterator[Finding]:
    """References of each template to what it does not define; reports DR602."""
    for template in templates:
        body = template.body
        conditions = set(body.get("Conditions", {}))
        known = set(body.get("Parameters", {})) | set(body["Resources"])
        for section in ("Resources", "Outputs", "Conditions"):
            for name, item in body.get(section, {}).items():
                for kind, target in _targets(item):
                    if target in (conditions if kind == "Condition" else known):
                        continue
                    message = f"`{name}` refers to the {kind.lower()} `{target}`, which is not there"
                    yield Finding(Code.DR602, message, ResourceId(template.stack.name, name))


def _targets(value: Any, *, top: bool = True) -> Iterator[tuple[str, str]]:
    """(what it is, name) of every reference in a JSON value of a template."""
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


def lint(templates: Iterable[Template], *, informational: bool = False) -> Iterator[Finding]:
    """What cfn-lint finds in each template in its own region; reports DR701 and DR702 with cfn-lint's own id.

    A template that was clean before, under the same cfn-lint and settings, is not looked at again.
    """
    context = (*_settings(), str(informational).encode())
    for template in templates:
        body = json.dumps(template.body, indent=2)
        name = lint_cache.digest((*context, template.stack.region.encode(), body.encode()))
        if lint_cache.known(name):
            continue
        problems = [_finding(match, template) for match in _matches(body, template, informational)]
        if not problems:
            lint_cache.remember(name)
        yield from problems


def _settings() -> Iterator[bytes]:
    """Everything beside a template that decides what cfn-lint says: its version, and settings files it reads."""
    from importlib.metadata import version

    yield version("cfn-lint").encode()
    yield sys.version.encode()
    for folder in (Path.home(), Path.cwd()):
        for name in (".cfnlintrc", ".cfnlintrc.yaml", ".cfnlintrc.yml"):
            path = folder / name
            yield path.read_bytes() if path.is_file() else b""


def _matches(body: str, template: Template, informational: bool) -> Iterable[Any]:
    from cfnlint.api import lint as run
    from cfnlint.config import ManualArgs

    arguments = ManualArgs(
        regions=[template.stack.region], include_checks=["I"] if informational else [], configure_rules={}
    )
    matches: Iterable[Any] = run(body, config=arguments)
    return matches


def _finding(match: Any, template: Template) -> Finding:
    identifier = str(match.rule.id)
    path = [str(step) for step in match.path or []]
    name = path[1] if len(path) > 1 and path[0] in ("Resources", "Outputs") else ""
    where = f" at {'/'.join(path[2:])}" if len(path) > 2 else ""
    rule = Code.DR701 if identifier.startswith("E") else Code.DR702
    at = ResourceId(template.stack.name, name)
    return Finding(rule, f"{match.message}{where}", at, help=match.rule.description, lint=identifier)
