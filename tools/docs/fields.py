"""Every field of a spec, flat and in order, as the pages and their tests go through them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tools import schema

Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its route with `[]` for any entry of a list, and what the editor schema says of it."""

    route: str
    node: Node
    required: bool

    @property
    def name(self) -> str:
        return self.route.rsplit(".", 1)[-1]

    @property
    def types(self) -> tuple[str, ...]:
        """Types of its value, without null."""
        given = self.node["type"]
        return tuple(kind for kind in ([given] if isinstance(given, str) else given) if kind != "null")

    @property
    def section(self) -> Node | None:
        """The schema of the section it holds, or of one entry of the list it holds; None for a plain value."""
        node: Node = self.node.get("items", self.node)
        return node if "properties" in node else None


def fields(node: Node | None = None, prefix: str = "") -> Iterator[Field]:
    """Every field below `node`, each before those inside it; the whole spec if left out."""
    node = schema.schema() if node is None else node
    for name, child in node["properties"].items():
        found = Field(prefix + name, child, name in node.get("required", ()))
        yield found
        if found.section is not None:
            yield from fields(found.section, f"{found.route}{'[]' if 'items' in child else ''}.")
