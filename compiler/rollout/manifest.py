"""The manifest: what a deployment needs to know besides the templates. Its only writer and its only reader.

It changes only when what is deployed, or how, changes: it holds no compiler version, no time and no path of a machine.
Files that are read may have been edited by hand, so they are checked. Reports DR853 and DR854.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from compiler.aws.values import members
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, Label, Position, RejectedError, Rule, Span
from compiler.ir.elements import StackId, StackKind
from compiler.ir.names import ENVIRONMENT, SUFFIX
from compiler.ir.template import Template
from compiler.linking.waves import Source, Step, Wire
from compiler.rollout.deployment import Deployment, Stack, stack_name
from compiler.topology.model import CodeParameters

Json = Any

MANIFEST = "manifest.json"
"""Name of its file in the output folder."""

VERSION = 1
_START = Position(1, 1)
_SECTIONS = ("Parameters", "Conditions", "Outputs", "Mappings")


# Writing


def write(deployment: Deployment) -> dict[str, Json]:
    """The manifest's JSON value; names of stacks carry `${environment}` and `${environmentSuffix}`."""
    return {
        "manifest": VERSION,
        "name": deployment.system,
        **({"account": deployment.account} if deployment.account else {}),
        "naming": {"environment": deployment.environment, "suffix": deployment.suffix},
        "stacks": [_written(deployment, stack) for stack in deployment.stacks],
        "waves": [
            [{"stack": step.stack.name, "parameters": list(step.parameters)} for step in wave]
            for wave in deployment.waves
        ],
        "functions": [
            {"name": code.function, "keyParameter": code.key, "versionParameter": code.version}
            for code in deployment.functions
        ],
        "deployment": {"bakeMinutes": deployment.bake_minutes},
        "objectives": deployment.objectives,
    }


def _written(deployment: Deployment, stack: Stack) -> dict[str, Json]:
    name = stack_name(deployment.system, stack.id, f"${{{ENVIRONMENT.name}}}", f"${{{SUFFIX.name}}}")
    return {
        "stack": stack.key,
        "kind": str(stack.id.kind),
        **({"part": stack.id.part} if stack.id.part else {}),
        "region": stack.region,
        "template": stack.template.file,
        "stackName": name,
        "capabilities": list(stack.capabilities),
        "parameters": {wire.parameter: _output(wire.source) for wire in stack.wires},
        "imports": [_output(source) for source in stack.imports],
        "required": list(stack.required),
    }


def _output(source: Source) -> dict[str, str]:
    return {"stack": source.stack.name, "output": source.output}


# Reading


def read(files: Mapping[str, bytes], shown: str) -> Deployment:
    """The deployment that the files of an output folder, shown to people as `shown`, describe.

    Raises `RejectedError`: DR853 where there is no manifest, DR854 where a file is not what a compile writes.
    """
    if MANIFEST not in files:
        raise _refused(Code.DR853, f"`{shown}` has templates but no `{MANIFEST}`", f"{shown}/{MANIFEST}")
    manifest = _json(files[MANIFEST], f"{shown}/{MANIFEST}")
    try:
        if manifest["manifest"] != VERSION:
            message = f"`{MANIFEST}` has version {manifest['manifest']}; this compiler supports version {VERSION}"
            raise _refused(Code.DR854, message, f"{shown}/{MANIFEST}")
        return _deployment(manifest, files, shown)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        message = f"`{MANIFEST}` was not written by a compile: {type(error).__name__} {error}"
        raise _refused(Code.DR854, message, f"{shown}/{MANIFEST}") from None


def templates_in(manifest: bytes) -> tuple[str, ...]:
    """File names of the templates that a manifest names, as far as it can be read: only names that a compile gives."""
    try:
        names = [str(stack["template"]) for stack in json.loads(manifest)["stacks"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ()
    return tuple(name for name in names if names_template(name))


def names_template(name: str) -> bool:
    """Whether a file has a name that a template can have: nothing else is ever removed from a folder."""
    return _TEMPLATE.fullmatch(name) is not None


_TEMPLATE = re.compile(rf"({'|'.join(StackKind)})(-[a-z0-9]+)*\.[a-z]{{2}}(-[a-z]+)+-[0-9]\.json")


def _deployment(manifest: Mapping[str, Json], files: Mapping[str, bytes], shown: str) -> Deployment:
    environment, suffix = (str(manifest["naming"][member]) for member in ("environment", "suffix"))
    ids = {
        str(entry["stack"]): StackId(StackKind(entry["kind"]), str(entry["region"]), str(entry.get("part", "")))
        for entry in manifest["stacks"]
    }

    def source(given: Mapping[str, Json]) -> Source:
        return Source(ids[given["stack"]], str(given["output"]))

    def stack(entry: Mapping[str, Json]) -> Stack:
        name = str(entry["stackName"])
        for parameter, value in ((ENVIRONMENT, environment), (SUFFIX, suffix)):
            name = name.replace(f"${{{parameter.name}}}", value)
        file = str(entry["template"])
        if file not in files:
            raise _refused(Code.DR853, f"`{file}` is missing, but `{MANIFEST}` names it", f"{shown}/{file}")
        body = _template(files[file], f"{shown}/{file}")
        return Stack(
            id=ids[str(entry["stack"])],
            name=name,
            template=Template(ids[str(entry["stack"])], body, {}, {}),
            wires=tuple(Wire(str(parameter), source(given)) for parameter, given in entry["parameters"].items()),
            imports=tuple(source(given) for given in entry["imports"]),
            capabilities=tuple(map(str, entry.get("capabilities", ()))),
        )

    return Deployment(
        system=str(manifest.get("name", "")),
        account=manifest.get("account"),
        environment=environment,
        suffix=suffix,
        stacks=tuple(stack(entry) for entry in manifest["stacks"]),
        waves=tuple(
            tuple(Step(ids[step["stack"]], tuple(map(str, step["parameters"]))) for step in wave)
            for wave in manifest["waves"]
        ),
        functions=tuple(CodeParameters(str(item["name"])) for item in manifest.get("functions", ())),
        objectives=manifest.get("objectives"),
        bake_minutes=int(manifest.get("deployment", {}).get("bakeMinutes", 0)),
    )


def _template(data: bytes, file: str) -> Mapping[str, Json]:
    body: Mapping[str, Json] = _json(data, file)
    if not is_template(body):
        raise _refused(Code.DR854, f"`{file.rsplit('/', 1)[-1]}` is not a template that was written by a compile", file)
    return body


def is_template(body: Mapping[str, Json]) -> bool:
    """Whether the outer levels of a template are what the resolver takes for granted."""
    resources = body.get("Resources")
    sound = isinstance(resources, dict) and all(_is_resource(item) for item in resources.values())
    for section in _SECTIONS:
        declared = body.get(section, {})
        sound = sound and isinstance(declared, dict) and all(isinstance(item, dict) for item in declared.values())
    outputs = members(body.get("Outputs")) if sound else {}
    return sound and all(isinstance(item.get("Condition", ""), str) for item in outputs.values())


def _is_resource(item: Json) -> bool:
    return (
        isinstance(item, dict)
        and isinstance(item.get("Type"), str)
        and isinstance(item.get("Properties", {}), dict)
        and isinstance(item.get("Condition", ""), str)
    )


def _json(data: bytes, file: str) -> dict[str, Json]:
    at = _START
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
        why = "it is not an object"
    name = file.rsplit("/", 1)[-1]
    raise _refused(Code.DR854, f"`{name}` is not JSON that was written by a compile: {why}", file, at)


def _refused(rule: Rule, message: str, file: str, at: Position = _START) -> RejectedError:
    return RejectedError([Diagnostic(rule, message, (Label(Span(file, at, at)),))])
