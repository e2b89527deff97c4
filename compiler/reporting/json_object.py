"""The result of a command as one JSON object, in ASCII, so that any output can hold it."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from compiler.diagnostics.model import Diagnostic, Label, in_order
from compiler.reporting.result import Result

if TYPE_CHECKING:
    from compiler.findings.report import Suppressed

Json = dict[str, Any]


def render(result: Result) -> str:
    """Every diagnostic, what the specs accept, and the stacks; with `--diff`, everything that a deployment changes.

    That is `diff` of one spec, and `diffs` of several, by spec.
    """
    value: Json = {
        "diagnostics": [_record(item) for item in in_order(result.diagnostics)],
        "accepted": [_suppressed(item) for item in result.suppressed],
        "stacks": [dataclasses.asdict(stack) for stack in result.stacks],
    }
    if result.diffs:
        from compiler.diff.record import record

        records = [(spec, record(diff)) for spec, diff in result.diffs]
        if result.several:
            value["diffs"] = dict(records)
        else:
            value["diff"] = records[0][1]
    return json.dumps(value, indent=2)


def _record(diagnostic: Diagnostic) -> Json:
    record: Json = {
        "code": diagnostic.rule.code,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        **_place(diagnostic.labels[0]),
        "help": diagnostic.help or diagnostic.rule.fix,
        "related": [{**_place(label), "text": label.text} for label in diagnostic.labels[1:]],
    }
    if diagnostic.id:
        record["id"] = diagnostic.id
    if diagnostic.lint:
        record["lint"] = diagnostic.lint
    return record


def _suppressed(item: Suppressed) -> Json:
    entry = {**_place(Label(item.at)), "reason": item.entry.reason, "expires": item.entry.expires}
    return {**_record(item.diagnostic), "acceptance": entry}


def _place(label: Label) -> Json:
    return {"file": label.at.file, "line": label.at.start.line, "column": label.at.start.column}
