"""A set of templates from the files of an output folder: checked, since they may have been edited by hand.

Reports DR853 and DR854.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from compiler.aws import regions
from compiler.aws.values import members
from compiler.diagnostics.model import Diagnostic, Label, Position, RejectedError, Span
from compiler.diagnostics.rules import Code, Rule
from compiler.diff.change import Json
from compiler.diff.side import Snapshot, Source, Stack, WaveStep
from compiler.ir.elements import StackId, StackKind
from compiler.ir.names import ENVIRONMENT, SUFFIX
from compiler.ir.template import Template
from compiler.rollout.manifest import VERSION

MANIFEST = "manifest.json"
START = Position(1, 1)
_SECTIONS = ("Parameters", "Conditions", "Outputs", "Mappings")


def read(files: Mapping[str, bytes], shown: str) -> Snapshot:
    """The side that the files of an output folder, shown to people as `shown`, describe.

    Raises `RejectedError`: DR853 where there is no manifest, DR854 where a file is not what a compile writes.
    """
    if MANIFEST not in files:
        raise _refused(Code.DR853, f"`{shown}` has templates but no `{MANIFEST}`", f"{shown}/{MANIFEST}")
    manifest = _json(files[MANIFEST], f"{shown}/{MANIFEST}")
    try:
        if manifest["manifest"] != VERSION:
            message = f"`{MANIFEST}` is of version {manifest['manifest']}; this compiler compares version {VERSION}"
            raise _refused(Code.DR854, message, f"{shown}/{MANIFEST}")
        stacks = tuple(_stack(entry, manifest, files, shown) for entry in manifest["stacks"])
        waves = tuple(
            tuple(WaveStep(str(step["stack"]), tuple(map(str, step["parameters"]))) for step in wave)
            for wave in manifest["waves"]
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        message = f"`{MANIFEST}` is not one that a compile writes: {type(error).__name__} {error}"
        raise _refused(Code.DR854, message, f"{shown}/{MANIFEST}") from None
    partition = regions.partition(stacks[0].id.region) if stacks else "aws"
    return Snapshot(stacks, waves, partition, str(manifest.get("account") or ""))


def _stack(entry: Mapping[str, Json], manifest: Mapping[str, Json], files: Mapping[str, bytes], shown: str) -> Stack:
    identity = StackId(StackKind(entry["kind"]), str(entry["region"]))
    name = str(entry["stackName"])
    for parameter, value in ((ENVIRONMENT, "environment"), (SUFFIX, "suffix")):
        name = name.replace(f"${{{parameter.name}}}", str(manifest["naming"][value]))
    file = str(entry["template"])
    if file not in files:
        raise _refused(Code.DR853, f"`{file}` is missing, though `{MANIFEST}` names it", f"{shown}/{file}")
    body = _template(files[file], f"{shown}/{file}")
    return Stack(
        id=identity,
        name=name,
        template=Template(identity, body, {}, {}),
        wiring={str(name): _source(given) for name, given in entry["parameters"].items()},
        imports=tuple(_source(given) for given in entry["imports"]),
    )


def _source(given: Mapping[str, Json]) -> Source:
    return Source(str(given["stack"]), str(given["output"]))


def _template(data: bytes, file: str) -> Mapping[str, Json]:
    """A template whose outer levels are what the resolver takes for granted; it may have been edited by hand."""
    body: Mapping[str, Json] = _json(data, file)
    resources = body.get("Resources")
    sound = isinstance(resources, dict) and all(_is_resource(item) for item in resources.values())
    for section in _SECTIONS:
        declared = body.get(section, {})
        sound = sound and isinstance(declared, dict) and all(isinstance(item, dict) for item in declared.values())
    outputs = members(body.get("Outputs")) if sound else {}
    if not sound or not all(isinstance(item.get("Condition", ""), str) for item in outputs.values()):
        raise _refused(Code.DR854, f"`{file.rsplit('/', 1)[-1]}` is not a template that a compile writes", file)
    return body


def _is_resource(item: Json) -> bool:
    return (
        isinstance(item, dict)
        and isinstance(item.get("Type"), str)
        and isinstance(item.get("Properties", {}), dict)
        and isinstance(item.get("Condition", ""), str)
    )


def _json(data: bytes, file: str) -> dict[str, Json]:
    at = START
    try:
        value = json.loads(data.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        at, why = Position(error.lineno, error.colno), error.msg[:1].lower() + error.msg[1:]
    except UnicodeDecodeError:
        why = "it is not UTF-8 text"
    except RecursionError:
        why = "it is nested too deeply"
    else:
        if isinstance(value, dict):
            return value
        why = "it is no object"
    name = file.rsplit("/", 1)[-1]
    raise _refused(Code.DR854, f"`{name}` is not JSON that a compile writes: {why}", file, at)


def _refused(rule: Rule, message: str, file: str, at: Position = START) -> RejectedError:
    return RejectedError([Diagnostic(rule, message, (Label(Span(file, at, at)),))])
