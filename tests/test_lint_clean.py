"""cfn-lint, the real one, finds nothing in compiled templates: no error, no warning, nothing informational.

Each template is linted in its own region. A pass takes seconds, so the specs are a choice that covers every service
and every way stacks are connected; the whole of tests/specs has been through it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.helpers import committed, odd

SPECS = ("three-regions", "four-functions", "dual-write", "manual-failback", "other-routes", "rest")


def found(region: str, template: Any) -> list[str]:
    """What cfn-lint finds with its informational rules switched on."""
    from cfnlint.api import lint
    from cfnlint.config import ManualArgs

    arguments = ManualArgs(regions=[region], include_checks=["I"], configure_rules={})
    matches = lint(json.dumps(template, indent=2), config=arguments)
    return [f"{match.rule.id} {match.message} at {'/'.join(map(str, match.path or []))}" for match in matches]


def _is_new(spec: str, name: str) -> bool:
    """Stacks of one shape are linted once: most standbys are laid out like their primary, and so are global stacks."""
    if name.startswith("secondary"):
        return spec in ("three-regions", "dual-write", "manual-failback", "rest")
    return not name.startswith("global") or spec == "manual-failback"


def in_all(templates: Mapping[str, Any]) -> list[str]:
    """What it finds in any of them, each linted in its own region."""
    return [f"{name}: {line}" for name, template in templates.items() for line in found(name.split(".")[1], template)]


def test_nothing_is_found_in_the_shipped_templates() -> None:
    assert in_all(committed().templates) == []


@pytest.mark.slow
@pytest.mark.parametrize("spec", SPECS)
def test_nothing_is_found(spec: str) -> None:
    new = {name: template for name, template in odd(spec).templates.items() if _is_new(spec, name)}
    assert new
    assert in_all(new) == []


def test_cfn_lint_would_find_something() -> None:
    """The rules are on: a misspelt property, a wrong value and an unused parameter are found."""
    template = copy.deepcopy(dict(committed().templates["global.us-east-1.json"]))
    template["Resources"]["AlertTopic"]["Properties"]["KmsKey"] = "x"
    template["Resources"]["HealthCheckPrimary"]["Properties"]["HealthCheckConfig"]["RequestInterval"] = "often"
    template["Parameters"]["unused"] = {"Type": "String", "Default": ""}
    assert {line.split()[0] for line in found("us-east-1", template)} >= {"E3002", "E3012", "W2001"}
