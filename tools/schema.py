"""The spec's models as a JSON Schema (draft 7) for editors: hover text, completion, and errors while typing.

One file has two schemas: that of a whole spec, and that of a base or of a file that extends one (`for_editors`).
Objects are closed and nothing is a union, since editors word the errors of `anyOf` badly: what may be null has a
list of types. A schema cannot compare two places of a spec, nor `168h` with `7d`; such rules stay with the
compiler. What a schema can say it says exactly as the compiler does, which tests/test_editor_schema.py holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from compiler.aws import regions, runtimes
from compiler.aws.facts import lambda_, logs
from compiler.aws.facts.model import READ
from compiler.diagnostics.model import Route
from compiler.reading.chain import BASE, EXTENDS
from compiler.spec.compose import REMOVE
from compiler.spec.compute import Function
from compiler.spec.model import Spec
from compiler.spec.routes import entry_key
from compiler.spec.units import Duration, Percent, Quantity, Rate, Size

FILE = "schema/dr-topology.schema.json"
"""Where the schema lies in the repository; specs point their editor at it."""

QUANTITIES: Mapping[str, type[Quantity]] = {kind.pattern(): kind for kind in (Duration, Rate, Size, Percent)}
"""Kinds of quantities by the pattern of their texts."""

SHORT_FORMS: Mapping[str, tuple[type[Quantity], tuple[str, ...]]] = {"RecoveryTime": (Duration, ("15m",))}
"""Sections that a quantity alone may stand for, by model: its kind and examples."""

_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "array": "list",
    "object": "section",
}
# Wherever a text may hold braces or control characters at all, these are refused as the compiler refuses them.
_NO_BRACES = r"(?![\s\S]*(?:\{\{|\}\}))"
_NO_CONTROL = r"(?![\s\S]*[\x00-\x08\x0b\x0c\x0e-\x1f\x7f])"

Node = dict[str, Any]


def schema() -> Node:
    """The whole schema, its members in a stable order."""
    made = Spec.model_json_schema()
    classes = {model.__name__: model for model in models(Spec)}
    body = _object(made, made.get("$defs", {}), classes, Spec)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "dr-compile spec",
        "description": str(Spec.__doc__),
        **{key: value for key, value in body.items() if key not in ("title", "description")},
    }


def part(node: Node, route: Route = ()) -> Node:
    """`node` for a base, and for a file that extends one: nothing has to be there but the key of an entry.

    `null` restores the default of a field, and `remove` takes an entry of the base away.
    """
    made = {key: value for key, value in node.items() if key not in ("required", "minProperties")}
    if "properties" in node:
        made["properties"] = {
            name: _clearable(part(child, (*route, name)), name in node["required"])
            for name, child in node["properties"].items()
        }
    if "patternProperties" in node:
        made["patternProperties"] = {key: _clearable(child, False) for key, child in node["patternProperties"].items()}
    members = entry_key(route) if "items" in node else None
    if members:
        made.pop("minItems", None)
        items = node["items"]
        entry = part(items, route)
        own = {name: items["properties"][name] for name in members}
        entry["properties"] = {**entry["properties"], **own, REMOVE: _REMOVE}
        made["items"] = {**entry, "required": [name for name in members if name in items["required"]]}
    return made


_REMOVE = {
    "title": f"{REMOVE} (true or false)",
    "description": "Takes the entry of the base with the same key away.",
    "type": "boolean",
    "const": True,
}


def _clearable(node: Node, required: bool) -> Node:
    """`node` as a field that `null` sets back to its default, if it has one."""
    if required:
        return node
    types = node["type"] if isinstance(node["type"], list) else [node["type"]]
    made = {**node, "type": list(dict.fromkeys((*types, "null")))}
    if "enum" in node:
        made["enum"] = list(dict.fromkeys((*node["enum"], None)))
    return made


def for_editors() -> Node:
    """The schema of whatever file: of a whole spec, or of a part where the file says that it is one."""
    whole = schema()
    named = ("$schema", "title", "description")
    body = {key: value for key, value in whole.items() if key not in named}
    says_base = {"required": [BASE], "properties": {BASE: {"const": True}}}
    return {
        **{key: whole[key] for key in named},
        "if": {"anyOf": [{"required": [EXTENDS]}, says_base]},
        "then": part(body),
        "else": body,
    }


def encoded() -> bytes:
    """The schema as it is committed."""
    return (json.dumps(for_editors(), indent=2, ensure_ascii=True) + "\n").encode("ascii")


def models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A model and every model that stands somewhere in it, each once, in the order of the fields."""
    seen: dict[type[BaseModel], None] = {}

    def visit(annotation: Any) -> None:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            if annotation not in seen:
                seen[annotation] = None
                for field in annotation.model_fields.values():
                    visit(field.annotation)
            return
        for part in get_args(annotation):
            visit(part)

    visit(model)
    yield from seen


@cache
def _enumerations() -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Fields whose values the compiler looks up in a table: an editor can offer all of it and refuse the rest."""
    blocked = lambda_.RUNTIME_BLOCKED.value
    return {
        ("Region", "region"): regions.COMMERCIAL,
        ("Function", "runtime"): tuple(sorted(name for name, day in blocked.items() if day > READ)),
    }


@cache
def _offered() -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Fields whose usual spellings are worth completing though others mean the same."""
    days = tuple(f"{day}d" for day in sorted(logs.RETENTION_DAYS.value))
    return {("Logs", "retention"): days, ("Logs", "archive_retention"): days}


def _object(
    node: Node, defs: Mapping[str, Node], classes: Mapping[str, type[BaseModel]], model: type[BaseModel]
) -> Node:
    """The closed object of one model, with everything it refers to written out in it."""
    properties: Node = {}
    for name, raw in node["properties"].items():
        key = (model.__name__, name)
        made = _closed(_written_out(raw, defs, classes))
        if key in _enumerations():
            made.pop("pattern", None)
            made.pop("patternErrorMessage", None)
            made["enum"] = list(_enumerations()[key])
        if key in _offered():
            made["examples"] = list(_offered()[key])
        properties[name] = _described(model, name, made)
    choice = _by_runtime(runtimes.LANGUAGES) if model is Function else {}
    return {
        "title": model.__name__,
        "description": str(model.__doc__),
        "type": "object",
        "properties": properties,
        "required": node.get("required", []),
        "additionalProperties": False,
        **choice,
    }


def _by_runtime(languages: Sequence[runtimes.Language]) -> Node:
    """The form of a handler by the runtime: one choice in the other, since a union would word its errors badly."""
    first, *rest = languages
    handler = {"pattern": f"^(?:{first.handler})$", "patternErrorMessage": f"It must be {first.says} for this runtime."}
    return {
        "if": {"properties": {"runtime": {"pattern": f"^{first.prefix}"}}, "required": ["runtime"]},
        "then": {"properties": {"handler": handler}},
        **({"else": _by_runtime(rest)} if rest else {}),
    }


def _written_out(raw: Node, defs: Mapping[str, Node], classes: Mapping[str, type[BaseModel]]) -> Node:
    """`raw` without references and unions; what stands beside a reference wins over what it refers to."""
    node = dict(raw)
    if "$ref" in node:
        name = node.pop("$ref").rsplit("/", 1)[1]
        target = defs[name]
        node = {**(_object(target, defs, classes, classes[name]) if name in classes else dict(target)), **node}
        if name in SHORT_FORMS:
            short, shown = SHORT_FORMS[name]
            node |= {"type": ["string", "object"], "pattern": short.pattern(), "examples": list(shown)}
    if "anyOf" in node:
        (given,) = (option for option in node.pop("anyOf") if option.get("type") != "null")
        given = _written_out(given, defs, classes)
        node = {**given, **node, "type": [given["type"], "null"]}
        if "enum" in node:
            node["enum"] = [*node["enum"], None]
    if "items" in node:
        node["items"] = _closed(_written_out(node["items"], defs, classes))
    if "patternProperties" in node:
        values = node["patternProperties"]
        node["patternProperties"] = {key: _closed(_written_out(value, defs, classes)) for key, value in values.items()}
    return node


def _closed(node: Node) -> Node:
    """`node` with maps closed to keys of another form, and texts closed to what CloudFormation interprets."""
    closed = dict(node)
    if "patternProperties" in closed:
        keys = closed.pop("propertyNames", {}).get("examples", ())
        (value,) = closed["patternProperties"].values()
        values = value.get("examples") or value.get("enum", ())
        if keys and values:
            closed["examples"] = [{keys[0]: values[-1]}]
        closed["additionalProperties"] = False
        # pydantic counts the members of a wrapped map as if it were a text.
        if "maxLength" in closed:
            closed["maxProperties"] = closed.pop("maxLength")
        closed["patternProperties"] = {_guarded(key): value for key, value in closed["patternProperties"].items()}
    if "pattern" in closed:
        closed["pattern"] = _guarded(closed["pattern"])
    return closed


def _guarded(pattern: str) -> str:
    """An anchored pattern that also refuses double braces and control characters, where it would let them pass."""
    guards = ""
    if any(re.search(pattern, text) for text in ("a{{b}}", "{{b}}", "/{{b}}")):
        guards += _NO_BRACES
    if re.search(pattern, "a\x01b"):
        guards += _NO_CONTROL
    return f"^{guards}{pattern[1:]}" if guards else pattern


def _described(model: type[BaseModel], name: str, node: Node) -> Node:
    """`node` as the property `name`: a title and hover text in words, and the default where it can be completed."""
    lines = [str(model.model_fields[name].description)]
    kind = QUANTITIES.get(node.get("pattern", ""))
    if kind:
        units = [kind.SEPARATOR + unit for unit in kind.UNITS]
        lines.append(f"A {kind.KIND}: a number followed by {_or(units)}.")
        # Editors show these sentences instead of the type and the pattern.
        says = f"A {kind.KIND} is a number with a unit, such as {_or([str(text) for text in node['examples'][:2]])}."
        node |= {"errorMessage": says, "patternErrorMessage": says}
        if not _allows_zero(kind, model, name):
            node["pattern"] = node["pattern"].replace("^", r"^(?!0+(?:\.0+)?[^0-9.])", 1)
    elif "enum" not in node and "patternErrorMessage" in node:
        lines.append(str(node["patternErrorMessage"]))
    types = node["type"] if isinstance(node["type"], list) else [node["type"]]
    word = kind.KIND if kind else _WORDS[types[0]]
    default = node.pop("default", None)
    # What is null or empty by default needs no completion, and a section's own fields have theirs.
    written = default if isinstance(default, str | int | float) or (isinstance(default, list) and default) else None
    if written is not None:
        shown_default = written if isinstance(written, str) else json.dumps(written).replace('"', "")
        lines.append(f"Left out: {shown_default}.")
    rest = {key: value for key, value in node.items() if key not in ("title", "description")}
    shown = {"title": f"{name} ({word})", "description": "\n\n".join(lines), **rest}
    return shown if written is None else {**shown, "default": written}


def _or(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]


def _allows_zero(kind: type[Quantity], model: type[BaseModel], name: str) -> bool:
    """Whether the model takes a quantity of nothing in the field `name`."""
    try:
        model.model_validate({name: f"0{kind.SEPARATOR}{next(iter(kind.UNITS))}"})
    except ValidationError as error:
        return all(item["loc"][:1] != (name,) for item in error.errors())
    return True
