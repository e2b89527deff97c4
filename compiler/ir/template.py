"""A finished template: one stack as a JSON value, with the place where each of its parts was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compiler.diagnostics.model import Route
from compiler.ir.elements import StackId
from compiler.support.frozen import frozen


@frozen
class Origin:
    """Where a resource comes from: the partial and line that define it, the spec entry that asks for it.

    `block` is the id of the block whose partial it is.
    """

    partial: str
    line: int
    route: Route
    block: str


@frozen
class Template:
    """One stack's template as a JSON value, with the origin of every resource and output."""

    stack: StackId
    body: Mapping[str, Any]
    origins: Mapping[str, Origin]
    outputs: Mapping[str, Route]

    @property
    def file(self) -> str:
        return f"{self.stack.name}.json"

    def route(self, name: str) -> Route:
        """The spec entry that a resource or output comes from; empty where the template does not know it."""
        origin = self.origins.get(name)
        return origin.route if origin else self.outputs.get(name, ())
