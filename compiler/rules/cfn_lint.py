"""What cfn-lint says about the templates, as findings on the resources."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from compiler.aws.values import ResourceId
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding
from compiler.ir.template import Template
from compiler.rules import lint_cache

Observe = Callable[[str, int, int], None]
"""Called before cfn-lint checks a template, with its stack's name, its number from 1, and how many there are."""


def lint(
    templates: Sequence[Template], *, informational: bool = False, observe: Observe | None = None
) -> Iterator[Finding]:
    """Runs cfn-lint on each template for its region; reports DR701 and DR702 with the id of the cfn-lint rule.

    A template that had no findings before, with the same cfn-lint and settings, is not checked again.
    """
    context = (*_settings(), str(informational).encode())
    for number, template in enumerate(templates, 1):
        body = json.dumps(template.body, indent=2)
        name = lint_cache.digest((*context, template.stack.region.encode(), body.encode()))
        if lint_cache.is_clean(name):
            continue
        if observe:
            observe(template.stack.name, number, len(templates))
        findings = [_finding(match, template) for match in _matches(body, template, informational)]
        if not findings:
            lint_cache.mark_clean(name)
        yield from findings


def _settings() -> Iterator[bytes]:
    """What the result depends on apart from the template: versions, and the settings files that cfn-lint reads."""
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
