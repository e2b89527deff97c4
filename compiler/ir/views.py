"""Views: the values that partials are given. A view's class names its partial, once."""

from __future__ import annotations

from dataclasses import field
from typing import ClassVar, dataclass_transform

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
