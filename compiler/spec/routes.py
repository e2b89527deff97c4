"""Routes of the spec: how people write them, and the fields and forms that they lead to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from compiler.diagnostics.model import Route
from compiler.spec.base import Form, Model, PathForm
from compiler.spec.model import Spec


def show_route(route: Route) -> str:
    """A route as people write it: `tables[0].key`."""
    shown = ""
    for step in route:
        shown += f"[{step}]" if isinstance(step, int) else f".{step}" if shown else step
    return shown


def label(spec: Spec, route: Route) -> str:
    """A route with entries by their names, as in `tables[transactions].key`: names stay when entries are moved."""
    named: list[str | int] = []
    value: object = spec
    for step in route:
        value = value[step] if isinstance(step, int) and isinstance(value, tuple) else getattr(value, str(step), None)
        name = getattr(value, "title", None) or getattr(value, "name", None) or getattr(value, "region", None)
        named.append(f"[{name}]" if isinstance(step, int) and isinstance(name, str) else step)
    return show_route(tuple(named)).replace(".[", "[")


def covers(spec: Spec, place: str, route: Route) -> bool:
    """Whether `place` is one of the ways to write `route`, or a section or entry that contains it.

    An entry is written by its name or position, in brackets or after a dot: `tables[transactions]`, `tables.0`.
    """
    return any(_dotted(place) == _dotted(written) for written in _spellings(spec, route))


def _spellings(spec: Spec, route: Route) -> Iterator[str]:
    for end in range(len(route), 0, -1):
        yield label(spec, route[:end])
        yield show_route(route[:end])


def _dotted(place: str) -> str:
    return place.replace("[", ".").replace("]", "")


def fields_at(route: Route) -> tuple[str, ...]:
    """Names of the fields that the section at `route` may have."""
    model = _model_at(route)
    return tuple(model.model_fields) if model else ()


def field_at(route: Route) -> FieldInfo | None:
    """The field at `route`; None where there is none, as in a list or a map of free keys."""
    model = _model_at(route[:-1])
    return model.model_fields.get(str(route[-1])) if model and route else None


def entry_key(route: Route) -> tuple[str, ...] | None:
    """Fields that tell the entries of the list at `route` apart: none in a list of texts, None where no list can be."""
    field = field_at(route)
    if field is None or not _is_list(field.annotation):
        return None
    model = _inner(field.annotation)
    return model.entry_key if model and issubclass(model, Model) else ()


def form_at(route: Route, *, of_key: bool = False) -> Form | None:
    """The form that the text at `route` must have, of entries of a list or map too; or that of a map's keys."""
    while route:
        field = field_at(route)
        if field is not None:
            forms = tuple(_forms(field.metadata, field.annotation))
            return forms[0 if of_key else -1] if forms else None
        route = route[:-1]
    return None


def is_path(route: Route, text: str) -> bool:
    """Whether the text at `route` is a path that is relative to its file."""
    form = form_at(route)
    return isinstance(form, PathForm) and re.fullmatch(form.pattern, text) is not None


def homes(key: str) -> tuple[str, ...]:
    """Sections that have a field of this name, as people write them."""
    return tuple(section for section, fields in _sections() if key in fields)


@cache
def _sections() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Every section with its fields, the outermost first."""
    waiting: list[tuple[str, type[BaseModel]]] = [("", Spec)]
    found: list[tuple[str, tuple[str, ...]]] = []
    while waiting:
        name, model = waiting.pop(0)
        found.append((name, tuple(model.model_fields)))
        for key, field in model.model_fields.items():
            inner = _inner(field.annotation)
            if inner is not None:
                entry = "[]" if _is_list(field.annotation) else ""
                waiting.append((f"{name}.{key}{entry}".lstrip("."), inner))
    return tuple(found)


def _model_at(route: Route) -> type[BaseModel] | None:
    model: type[BaseModel] | None = Spec
    for step in route:
        if isinstance(step, int):
            continue
        field = model.model_fields.get(step) if model else None
        model = _inner(field.annotation) if field else None
    return model


def _inner(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _inner(part))), None)


def _is_list(annotation: Any) -> bool:
    return getattr(annotation, "__origin__", None) is tuple or any(_is_list(part) for part in get_args(annotation))


def _forms(metadata: Any, annotation: Any) -> Iterator[Form]:
    """Every form in an annotation: of a map, that of its keys, then that of its values."""
    yield from (item for item in metadata if isinstance(item, Form))
    for part in get_args(annotation):
        yield from _forms(getattr(part, "__metadata__", ()), part)
