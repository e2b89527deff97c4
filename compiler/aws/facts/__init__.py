"""Figures of AWS, each written down once with its unit, its standing and its source.

A module per service holds them as constants; import the one you need (`from compiler.aws.facts import lambda_`).
Importing this package loads none of them: `ALL` and `get` do, for reports and tests.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from compiler.aws.facts.model import Fact, Grade, QuotaCode, Source

if TYPE_CHECKING:
    ALL: tuple[Fact[Any], ...]
    """Every fact, in the order of their ids."""

__all__ = ["ALL", "Fact", "Grade", "QuotaCode", "Source", "get", "modules"]


@cache
def modules() -> tuple[str, ...]:
    """Modules that hold facts; each fact's id is `<module>.<constant>` in lower case, without a trailing `_`."""
    return tuple(module.name for module in iter_modules(__path__) if module.name != "model")


@cache
def _all() -> tuple[Fact[Any], ...]:
    loaded = (import_module(f"{__name__}.{module}") for module in modules())
    facts = (value for module in loaded for value in vars(module).values() if isinstance(value, Fact))
    return tuple(sorted(facts, key=lambda fact: fact.id))


def __getattr__(name: str) -> tuple[Fact[Any], ...]:
    """Collect `ALL` when it is asked for."""
    if name != "ALL":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _all()


def get(id: str) -> Fact[Any]:  # noqa: A002 - the field of a fact is called so too
    """The fact of this id; KeyError if there is none."""
    for fact in _all():
        if fact.id == id:
            return fact
    raise KeyError(id)
