"""AWS's own validator (`cloudformation-validate`), and what of its findings is explained."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding; `severity` is DEBUG, INFO, WARN, ERROR or FATAL."""

    rule: str
    severity: str
    message: str
    resource: str


@cache
def _engine() -> Any:
    from cloudformation_validate import RegoEngine  # type: ignore[import-untyped]

    return RegoEngine()


def findings(template: Mapping[str, Any]) -> list[Finding]:
    """Everything that the validator says of a template."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "template.json")
        path.write_text(json.dumps(template), encoding="utf-8")
        report = _engine().validate_template(str(path))
    return [
        Finding(d.rule_id, d.severity.name, d.message, d.entity.logical_id if d.entity else "")
        for d in report.diagnostics
    ]


@dataclass(frozen=True, slots=True)
class Explained:
    """A rule whose findings are expected, in which cases, and why."""

    rule: str
    says: str
    why: str
    fits: Callable[[Finding, Mapping[str, Any], Mapping[str, Any]], bool]


_PERSONS = frozenset({"codeBucket"})
_DEFAULT = re.compile(r"'Ref': '(\w+)'\} default ''")
_RESOLVED = re.compile(r"resolved at Resources/(\w+)/")
"""Where a finding about a parameter names the resource that uses it."""


def _empty_default(finding: Finding, wired: Mapping[str, Any], template: Mapping[str, Any]) -> bool:
    """Whether it is about a parameter that is empty at first, in a place that is not reached while it is."""
    match = _DEFAULT.search(finding.message)
    if match is None:
        return False
    name = match[1]
    if name in _PERSONS:
        return True
    used = _RESOLVED.search(finding.message)
    return name in wired and "Condition" in template["Resources"][used[1] if used else finding.resource]


def _empty_role(finding: Finding, wired: Mapping[str, Any], template: Mapping[str, Any]) -> bool:
    """Whether it is about a role that another stack names, in a resource that is not there before."""
    body = template["Resources"][finding.resource]
    return "Condition" in body and any(f'{{"Ref": "{name}"}}' in json.dumps(body["Properties"]) for name in wired)


_ARN = re.compile(r'"(arn:[^"]*:(?:\d{12}:|\$\{AWS::AccountId\}:regional/)[^"]*)"')
_STATED = re.compile(
    r"arn:[^:]+:(?:kms:[^:]*:\d+:key/|sns:[^:]*:\d+:|logs:[^:]*:\d+:destination:|iam::\d+:policy/)|.*:regional/webacl/"
)
"""What a spec may state of others."""


def _of_others(finding: Finding, wired: Mapping[str, Any], template: Mapping[str, Any]) -> bool:
    """Whether each ARN with an account in a resource is of a kind that others own and the spec states."""
    written = _ARN.findall(json.dumps(template["Resources"][finding.resource]["Properties"]))
    return bool(written) and all(_STATED.match(arn) for arn in written)


_OTHERS = (
    "What exists already is named in the spec by its ARN. Whose account it is in is the choice of its owner, so that "
    "no pseudo parameter could say it, and no stack has it to refer to."
)


def _always(_: Finding, wired: Mapping[str, Any], template: Mapping[str, Any]) -> bool:
    return True


EXPLAINED = (
    Explained(
        "W1030",
        "a parameter's empty default is shorter than the property allows",
        "The validator does not evaluate conditions. A parameter that another stack fills is empty only while its gate "
        "keeps the resource out. `codeBucket` stands inside an `Fn::If` that takes the bucket named by convention "
        "while the parameter is empty. The simulation of the waves checks both.",
        _empty_default,
    ),
    Explained(
        "E3511",
        "a role's ARN is an empty text",
        "A parameter with the ARN of a role, which another stack fills, is empty only while its gate keeps the "
        "resource out.",
        _empty_role,
    ),
    Explained("W9002", "a property has a written ARN", _OTHERS, _of_others),
    Explained("W9013", "an ARN has a written account", _OTHERS, _of_others),
    Explained(
        "I9001",
        "a property can only be set when the resource is created",
        "This is true of every name and key, so the validator says it of each such property of any template. The "
        "review of a change set shows what a change would replace, and `UpdateReplacePolicy` is `Retain` everywhere.",
        _always,
    ),
    Explained(
        "I4010",
        "there is no `Context` block in the metadata",
        "This block is a convention of the validator, for notes to its reader. Ours is `Metadata.Spec`, which names "
        "the spec entry that asked for the resource.",
        _always,
    ),
)


def unexplained(template: Mapping[str, Any], wired: Mapping[str, Any]) -> list[Finding]:
    """Findings that no entry of `EXPLAINED` fits; `wired` are the parameters that other stacks fill."""
    return [
        finding
        for finding in findings(template)
        if not any(entry.rule == finding.rule and entry.fits(finding, wired, template) for entry in EXPLAINED)
    ]
