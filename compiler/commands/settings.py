"""The keys of `dr-compile.toml`, and the messages for what is wrong with one. Reports DR142 and DR143."""

from __future__ import annotations

import os
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_core import PydanticCustomError

from compiler.commands.paths import CONFIGURATION
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Diagnostic, Label, RejectedError, Route, Rule
from compiler.diagnostics.suggest import near
from compiler.reading.document import Document
from compiler.reading.scalars import shown
from compiler.spec.base import Form, Model, TagKey, TagValue
from compiler.spec.routes import show_route


def _path(value: str) -> str:
    """A path below the folder of the configuration, with slashes."""
    if re.match(r"/|~|[A-Za-z]:", value) or "\\" in value or os.path.normpath(value).split("/")[0] == "..":
        said = "a path is relative to the folder of the configuration, stays below it, and has slashes"
        raise PydanticCustomError("form", "`{value}` is not allowed here: {said}", {"value": value, "said": said})
    if not value.strip() or re.search(r"[\x00-\x1f\x7f]", value):
        raise PydanticCustomError("form", "the path is empty, or has a character that no path should have", {})
    return os.path.normpath(value)


def _several(value: Any) -> Any:
    """One text, or a list of them."""
    return (value,) if isinstance(value, str) else value


Folder = Annotated[str, AfterValidator(_path)]
Folders = Annotated[tuple[Folder, ...], BeforeValidator(_several)]
Version = Annotated[
    str, Form(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)){1,2}", "a version of two or three numbers", "0.2", "0.2.1")
]


class Entry(Model):
    """One spec that the configuration names."""

    entry_key = ("path",)

    path: Folder = Field(description="The spec.", examples=["specs/prod.yaml"])
    output: Folder | None = Field(default=None, description="Folder of its templates.", examples=["templates/prod"])
    partials: Folders = Field(
        default=(), description="Its folder of your own partials, or several.", examples=["partials"]
    )
    profile: Annotated[str, Form(r"\S(?:[^\n\r]{0,126}\S)?", "the name of an AWS profile", "bank-prod")] | None = Field(
        default=None, description="AWS profile that dr-deploy takes.", examples=["bank-prod"]
    )
    tags: dict[TagKey, TagValue] = Field(
        default_factory=dict,
        max_length=50,
        description="Tags of the stacks that dr-deploy makes.",
        examples=['{CostCenter = "4711"}'],
    )


class Settings(Model):
    """What a configuration says."""

    requires: Version | None = Field(
        default=None,
        description="Version of dr-compile: `0.2` stands for every 0.2.x. Every command of another one refuses to run.",
        examples=["0.2"],
    )
    output: Folder | None = Field(
        default=None,
        description="Folder that has a folder of templates for each spec, which is called like the spec file.",
        examples=["templates"],
    )
    partials: Folders = Field(
        default=(), description="Folder of your own partials for every spec, or several.", examples=["partials"]
    )
    specs: tuple[Entry, ...] = Field(default=(), max_length=200, description="The specs.")


def refused(
    rule: Rule, message: str, document: Document, route: Route, remedy: str | None = None, *, key: bool = False
) -> Diagnostic:
    """A diagnostic at a value of the configuration, or at its key."""
    return Diagnostic(rule, message, (Label(document.first_line(route, key=key)),), remedy, at=route)


def settings(document: Document) -> Settings:
    """What the text says; reports DR142 and DR143."""
    try:
        return Settings.model_validate(_tuples(document.value))
    except ValidationError as error:
        items = error.errors(include_url=False)
        raise RejectedError(dict.fromkeys(_mistake(item, document) for item in items)) from None


def _tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_tuples, value))
    return {key: _tuples(item) for key, item in value.items()} if isinstance(value, dict) else value


_EXPECTED = {
    "string_type": "a text in quotes",
    "tuple_type": "a list",
    "dict_type": "a section",
    "model_type": "a section",
}


def _mistake(item: Any, document: Document) -> Diagnostic:
    """What pydantic found, at its place."""
    route: Route = tuple(step for step in item["loc"] if step != "[key]")
    if route not in document.values and route[:-1] in document.values and route[-1:] == (0,):
        # One text stands for a list of one.
        route = route[:-1]
    kind, name = item["type"], shown(route[-1]) if route else CONFIGURATION
    model = Entry if len(route) == 3 and route[0] == "specs" else Settings
    if kind == "extra_forbidden":
        return refused(
            Code.DR142, f"`{name}` is not a key of {_section(route)}", document, route, _meant(route, model), key=True
        )
    field = next((model.model_fields[step] for step in reversed(route) if step in model.model_fields), None)
    example = field.examples[0] if field and field.examples else ""
    written = example if example.startswith("{") else f'"{example}"'
    remedy = f"for example: `{name} = {written}`" if example else None
    if kind == "missing":
        return refused(
            Code.DR143, f"`{name}` is missing in this entry of `specs`", document, route, f"add it; {remedy}"
        )
    if route[:1] == ("specs",) and len(route) < 3:
        remedy = (
            'write for each spec, at the end of the file, a line `[[specs]]` and below it `path = "specs/prod.yaml"`'
        )
    if kind in _EXPECTED:
        message = f"`{show_route(route)}` must be {_EXPECTED[kind]}, not {_described(item['input'])}"
    elif kind == "too_long":
        message = f"`{name}` must have at most {item['ctx']['max_length']} entries"
    elif kind == "unquoted":
        message = f"`{show_route(route)}` must be a text, not {_described(item['input'])}"
        remedy = f'write `{name} = "{item["input"]}"`'
    else:
        message = item["msg"]
    return refused(Code.DR143, message, document, route, remedy, key="[key]" in item["loc"])


def _section(route: Route) -> str:
    return f"`{show_route(route[:-1])}`" if len(route) > 1 else "the configuration"


def _described(value: Any) -> str:
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, tuple) else "a section" if isinstance(value, dict) else f"`{shown(value)}`"


def _meant(route: Route, model: type[Model]) -> str:
    """The key that is meant by an unknown one."""
    name = str(route[-1])
    if close := near(name, model.model_fields):
        return f"did you mean `{close}`?"
    if model is Entry and name in Settings.model_fields:
        return f"move `{name}` to the top of the file, before the first `[[specs]]`"
    if name in Entry.model_fields:
        return f"move `{name}` below the line `[[specs]]` of a spec"
    return f"allowed here: {', '.join(model.model_fields)}"
