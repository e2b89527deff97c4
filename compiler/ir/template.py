"""What a partial is given, and what comes of all partials of a stack: one template, with the origin of each part."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from typing import Any, ClassVar, dataclass_transform

from compiler.diagnostics.model import Route
from compiler.ir.elements import StackId
from compiler.support.frozen import frozen


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class View:
    """The values of one rendering of a partial, as a frozen value.

    A subclass names its partial, and in `ids` the fields that hold the logical ids which the partial defines, the
    block's own first: `class AliasView(View, partial="kms/alias.json.j2")`. The partial uses every field and no other
    name, which a test checks.
    """

    partial: ClassVar[str]
    ids: ClassVar[tuple[str, ...]]

    def __init_subclass__(cls, *, partial: str, ids: tuple[str, ...] = ("id",)) -> None:
        super().__init_subclass__()
        cls.partial, cls.ids = partial, ids
        frozen(cls)

    @property
    def provides(self) -> tuple[str, ...]:
        """The logical ids that the partial defines."""
        return tuple(getattr(self, name) for name in self.ids)


@frozen
class Origin:
    """Where a resource comes from: the partial and line that define it, the spec entry that asks for it.

    `block` is the id of the block whose partial it is.
    """

    partial: str
    line: int
    route: Route
    block: str


def compact(body: Mapping[str, Any]) -> str:
    """A template as it is sent to AWS, in the fewest bytes: its limits count white space too."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=True)


@frozen
class Template:
    """One stack's template as a JSON value, with the origin of every resource, parameter and output."""

    stack: StackId
    body: Mapping[str, Any]
    origins: Mapping[str, Origin]
    routes: Mapping[str, Route]
    """The spec entries behind parameters and outputs."""

    @property
    def file(self) -> str:
        return f"{self.stack.name}.json"

    def route(self, name: str) -> Route:
        """The spec entry that a resource, a parameter or an output comes from; empty where none is known."""
        origin = self.origins.get(name)
        return origin.route if origin else self.routes.get(name, ())
