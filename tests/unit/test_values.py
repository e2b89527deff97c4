"""Frozen values behave as frozen dataclasses do."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass, field, fields, is_dataclass, replace
from typing import Any, cast

import pytest

from compiler.support.frozen import frozen


@frozen
class Point:
    x: int
    y: int = 0
    names: tuple[str, ...] = field(default_factory=tuple)


@dataclass(frozen=True)
class Model:
    x: int
    y: int = 0
    names: tuple[str, ...] = field(default_factory=tuple)


@frozen
class One:
    x: int


@frozen
class Other:
    x: int


@frozen
class Empty:
    pass


@pytest.mark.parametrize("kind", [Point, Model])
def test_as_a_dataclass(kind: Any) -> None:
    point = kind(1, names=("a",))
    assert (point.x, point.y, point.names) == (1, 0, ("a",))
    assert point == kind(names=("a",), y=0, x=1), "however it was filled"
    assert hash(point) == hash(kind(names=("a",), y=0, x=1))
    assert point != kind(2, names=("a",))
    assert len({point, kind(1, 0, ("a",)), kind(1)}) == 2
    assert replace(point, y=5) == kind(1, 5, ("a",))
    assert [member.name for member in fields(point)] == ["x", "y", "names"]
    assert is_dataclass(cast("object", point))
    assert repr(point) == f"{kind.__name__}(x=1, y=0, names=('a',))"
    with pytest.raises(FrozenInstanceError):
        point.x = 2
    with pytest.raises(FrozenInstanceError):
        del point.x
    for arguments, named in (((), {}), ((1, 2, (), 4), {}), ((1,), {"x": 1}), ((1,), {"z": 1})):
        with pytest.raises(TypeError):
            kind(*arguments, **named)


def test_values_of_two_classes_differ() -> None:
    other: object = Other(1)
    number: object = 1
    assert One(1) == One(1)
    assert One(1) != other
    assert len({One(1), Other(1), One(1)}) == 2
    assert One(1) != number


def test_a_value_without_fields() -> None:
    assert Empty() == Empty()
    assert len({Empty(), Empty()}) == 1
