"""Routes of a spec as people write them: `tables[transactions].key`."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.diagnostics.model import Route
from compiler.spec.model import Spec
from compiler.spec.routes import show_route


def label(spec: Spec, route: Route) -> str:
    """A spec route with entries by their names: unlike a position, a name stays when entries are moved."""
    named: list[str | int] = []
    value: object = spec
    for step in route:
        value = value[step] if isinstance(step, int) and isinstance(value, tuple) else getattr(value, str(step), None)
        name = getattr(value, "title", None) or getattr(value, "name", None) or getattr(value, "region", None)
        named.append(f"[{name}]" if isinstance(step, int) and isinstance(name, str) else step)
    return show_route(tuple(named)).replace(".[", "[")


def covers(spec: Spec, place: str, route: Route) -> bool:
    """Whether `place` is how somebody may write `route` or a section or entry around it.

    Entries go by name or position, in brackets or after a dot: `tables[transactions]`, `tables.0`.
    """
    return any(_dotted(place) == _dotted(written) for written in _spellings(spec, route))


def _spellings(spec: Spec, route: Route) -> Iterator[str]:
    for end in range(len(route), 0, -1):
        yield label(spec, route[:end])
        yield show_route(route[:end])


def _dotted(place: str) -> str:
    return place.replace("[", ".").replace("]", "")
