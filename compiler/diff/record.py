"""A diff for machines: one JSON value, with everything that the text leaves out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from compiler.aws.types.update_rules import Data
from compiler.diff.change import (
    Blocker,
    Cause,
    Change,
    Diff,
    Note,
    OutputChange,
    ParameterChange,
    Property,
    StackDiff,
)
from compiler.diff.paths import written

Record = dict[str, Any]


def record(diff: Diff) -> Record:
    """The whole diff. Values that only AWS knows stand as `<stack/LogicalId>`, those of replaced resources as
    `<new stack/LogicalId>`."""
    return {
        "from": diff.old or None,
        "to": diff.new,
        "summary": summary(diff),
        "stacks": [_stack(stack) for stack in diff.stacks],
        "order": {
            "oneRegionFirst": diff.updates,
            "bakeMinutes": diff.bake_minutes,
            "waves": [{"stacks": list(wave.stacks), "bakes": wave.bakes} for wave in diff.waves],
        },
        "spec": {
            "compared": diff.explained,
            "changes": _causes(diff.spec),
            "code": _causes(diff.code),
            "withoutEffect": _causes(diff.silent),
        },
    }


def summary(diff: Diff) -> dict[str, int]:
    """How many resources each thing happens to, in the words of the values that say so."""
    refused = sum(bool(change.blockers) for change in diff.changes)
    refused += sum(bool(output.blockers) for stack in diff.stacks for output in stack.outputs)
    refused += sum(bool(stack.blockers) for stack in diff.stacks)
    found: dict[str, int] = {}
    for change in diff.changes:
        found[str(change.action)] = found.get(str(change.action), 0) + 1
        if change.data is not Data.NONE:
            found[str(change.data)] = found.get(str(change.data), 0) + 1
    return {**dict(sorted(found.items())), **({"refused": refused} if refused else {})}


def _stack(stack: StackDiff) -> Record:
    return {
        "stack": stack.stack,
        "region": stack.region,
        "stackName": stack.name,
        "action": str(stack.action),
        "resources": stack.total,
        "remarks": _notes(stack.notes),
        "refused": _blockers(stack.blockers),
        "causes": _causes(stack.causes),
        "changes": [_change(change) for change in stack.changes],
        "parameters": [_parameter(parameter) for parameter in stack.parameters],
        "outputs": [_output(output) for output in stack.outputs],
    }


def _change(change: Change) -> Record:
    return {
        "id": change.id,
        "type": change.type,
        "name": change.name or None,
        "action": str(change.action),
        "certain": change.certain,
        "data": str(change.data),
        "entry": change.entry,
        "properties": [_property(item) for item in change.properties],
        "remarks": _notes(change.notes),
        "refused": _blockers(change.blockers),
        "follows": list(change.follows),
        "causes": _causes(change.causes),
    }


def _property(item: Property) -> Record:
    return {"path": written(item.path), "old": item.old, "new": item.new, "forcesReplacement": item.forces}


def _parameter(parameter: ParameterChange) -> Record:
    return {
        "id": parameter.id,
        "action": str(parameter.action),
        "old": parameter.old,
        "new": parameter.new,
        "says": parameter.message,
        "causes": _causes(parameter.causes),
    }


def _output(output: OutputChange) -> Record:
    return {
        "id": output.id,
        "export": output.export or None,
        "action": str(output.action),
        "old": output.old,
        "new": output.new,
        "importedBy": list(output.imported_by),
        "remarks": _notes(output.notes),
        "refused": _blockers(output.blockers),
        "causes": _causes(output.causes),
    }


def _notes(notes: Iterable[Note]) -> list[Record]:
    return [{"says": note.message, "source": note.source} for note in notes]


def _blockers(blockers: Iterable[Blocker]) -> list[Record]:
    return [{"says": item.message, "remedy": item.remedy, "source": item.source} for item in blockers]


def _causes(causes: Iterable[Cause]) -> list[Record]:
    return [
        {
            "route": cause.route,
            "old": cause.old,
            "new": cause.new,
            "file": cause.at.file if cause.at else None,
            "line": cause.at.start.line if cause.at else None,
            "column": cause.at.start.column if cause.at else None,
        }
        for cause in causes
    ]
