"""Frozen values: `@frozen` is `@dataclass(frozen=True)` without generated code.

A dataclass writes and compiles the source of six methods for every class, 1 to 2 ms each, which is most of the time
of a short run with a hundred of them. Here the methods are shared and look the fields up. Everything that reads
dataclasses (`fields`, `replace`, `is_dataclass`) works on such a class as well.
"""

from __future__ import annotations

from dataclasses import MISSING, FrozenInstanceError, dataclass, field
from operator import itemgetter
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """Makes a class with annotated fields a frozen value, equal and hashed by its fields."""
    post = getattr(cls, "__post_init__", None)
    made: Any = dataclass(init=False, repr=False, eq=False)(cls)
    names = tuple(made.__dataclass_fields__)
    defaults = {name: f for name, f in made.__dataclass_fields__.items()
                if f.default is not MISSING or f.default_factory is not MISSING}  # fmt: skip

    def fill(self: Any, *arguments: Any, **named: Any) -> None:
        members = self.__dict__
        if len(arguments) > len(names):
            raise TypeError(f"{cls.__name__} takes {len(names)} values, not {len(arguments)}")
        members.update(zip(names, arguments, strict=False))
        for name, given in named.items():
            if name in members or name not in names:
                raise TypeError(f"{cls.__name__} has no field `{name}` left to fill")
            members[name] = given
        if len(members) < len(names):
            for name in names:
                if name not in members:
                    if name not in defaults:
                        raise TypeError(f"{cls.__name__} needs `{name}`")
                    default = defaults[name]
                    members[name] = default.default_factory() if default.default is MISSING else default.default
        if post is not None:
            post(self)

    made.__init__ = fill
    # Looked up in C: references are compared and hashed tens of thousands of times in a run.
    made.__frozen_key__ = itemgetter(*names) if names else staticmethod(_nothing)
    own = vars(cls)
    for method in (_setattr, _delattr, _eq, _hash, _repr):
        name = method.__name__.replace("_", "__", 1) + "__"
        if name not in own or (name == "__hash__" and own[name] is None):
            setattr(made, name, method)
    result: type[T] = made
    return result


def _nothing(members: dict[str, Any]) -> tuple[()]:
    """The key of a value without fields."""
    del members
    return ()


def _eq(self: Any, other: object) -> bool:
    if self is other:
        return True
    key = self.__frozen_key__
    return bool(key(self.__dict__) == key(other.__dict__)) if other.__class__ is self.__class__ else NotImplemented


def _hash(self: Any) -> int:
    key = self.__frozen_key__
    return hash((self.__class__, key(self.__dict__)))


def _repr(self: Any) -> str:
    shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
    return f"{type(self).__qualname__}({shown})"


def _setattr(self: Any, name: str, new: object) -> None:
    del new
    raise FrozenInstanceError(f"{type(self).__name__}.{name} cannot be assigned to")


def _delattr(self: Any, name: str) -> None:
    raise FrozenInstanceError(f"{type(self).__name__}.{name} cannot be deleted")
