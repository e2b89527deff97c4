"""The key of the spec that asks for a change: the only one with a text that the change brings into the resource.

A run does not have the spec that the deployed templates were compiled from. It has both templates, so it looks for what
is new in them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from compiler.diagnostics.model import Route
from compiler.spec.base import Model
from compiler.spec.model import Spec


def key_of(spec: Spec, entry: Route, texts: Collection[str]) -> Route | None:
    """The route of the one key that has one of the texts, in the entry or else in the whole spec; None without one."""
    found = [route for route, text in _texts(spec, ()) if text in texts]
    inside = [route for route in found if route[: len(entry)] == entry]
    fitting = inside or found
    return fitting[0] if len(fitting) == 1 else None


def _texts(value: Any, route: Route) -> Iterator[tuple[Route, str]]:
    """Every text that the author wrote, with its route."""
    if isinstance(value, str):
        yield route, str(value)
    elif isinstance(value, Model):
        for name in value.model_fields_set:
            yield from _texts(getattr(value, name), (*route, name))
    elif isinstance(value, tuple):
        for position, item in enumerate(value):
            yield from _texts(item, (*route, position))
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _texts(item, (*route, name))
