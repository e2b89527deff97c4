"""SARIF 2.1.0, the form in which code scanners hand over findings.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html (read 2026-11-22).
A finding that the spec accepts is a suppressed result with its reason, so that a dashboard shows who agreed to what.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from compiler import __version__
from compiler.diagnostics.model import Diagnostic, Label, Rule, Severity, in_order
from compiler.reporting.result import Result

if TYPE_CHECKING:
    from compiler.findings.report import Suppressed

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_URL = re.compile(r"https?://\S+[^\s.,;)]")

Json = dict[str, Any]


def render(result: Result) -> str:
    """One log with one run."""
    suppressed = {item.diagnostic: item for item in result.suppressed}
    found = in_order((*result.diagnostics, *suppressed))
    rules = list(dict.fromkeys(item.rule for item in found))
    results = [_result(item, rules, suppressed.get(item)) for item in found]
    run = {
        "tool": {
            "driver": {
                "name": "dr-compile",
                "semanticVersion": __version__,
                "rules": [_descriptor(rule) for rule in rules],
            }
        },
        "invocations": [{"executionSuccessful": True}],
        # Columns count characters, not UTF-16 units.
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _descriptor(rule: Rule) -> Json:
    name = "".join(word.capitalize() for word in rule.slug.split("-"))
    described: Json = {
        "id": rule.code,
        "name": name,
        "shortDescription": {"text": _sentence(rule.says)},
        "fullDescription": {"text": _sentence(rule.why)},
        "help": {"text": f"{_sentence(rule.why)}\n\nRemedy: {rule.fix}."},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }
    url = _URL.search(rule.source or "")
    if url:
        described["helpUri"] = url.group()
    return described


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + ("" if words.endswith((".", "?", "!")) else ".")


def _result(found: Diagnostic, rules: Sequence[Rule], suppressed: Suppressed | None) -> Json:
    from compiler.spec.routes import show_route

    place: Json = {"physicalLocation": _physical(found.labels[0])}
    if found.at:
        place["logicalLocations"] = [{"fullyQualifiedName": show_route(found.at), "kind": "member"}]
    result: Json = {
        # A finding of cfn-lint is a kind of ours: "hierarchical strings" in section 3.5.4.
        "ruleId": found.rule.code + (f"/{found.lint}" if found.lint else ""),
        "ruleIndex": rules.index(found.rule),
        "level": _LEVELS[found.severity],
        "message": {"text": f"{_sentence(found.message)} Remedy: {found.help or found.rule.fix}."},
        "locations": [place],
        "partialFingerprints": {"finding/v1": _fingerprint(found)},
    }
    related = [
        {
            "id": number,
            "physicalLocation": _physical(label),
            **({"message": {"text": label.text}} if label.text else {}),
        }
        for number, label in enumerate(found.labels[1:], 1)
    ]
    if related:
        result["relatedLocations"] = related
    if suppressed:
        entry = suppressed.entry
        until = f" (until {entry.expires})" if entry.expires else ""
        result["suppressions"] = [{"kind": "inSource", "justification": entry.reason + until}]
    return result


def _physical(label: Label) -> Json:
    start, end = label.at.start, label.at.end
    region = {"startLine": start.line, "startColumn": start.column}
    if end > start:
        region |= {"endLine": end.line, "endColumn": end.column}
    return {"artifactLocation": _artifact(label.at.file), "region": region}


def _artifact(file: str) -> Json:
    """A file by its path from where the command runs; one outside by its whole URL."""
    path = Path(file)
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    if path.is_absolute():
        return {"uri": path.as_uri()}
    return {"uri": quote(path.as_posix()), "uriBaseId": "%SRCROOT%"}


def _fingerprint(found: Diagnostic) -> str:
    """What stays the same while lines move: the rule, the file and the place in the spec."""
    from compiler.spec.routes import show_route

    parts = (found.rule.code, found.lint or "", found.id or "", found.span.file, show_route(found.at) or found.message)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
