"""The tiers of the suite: which of many alike belong to every run, and how many examples a property is tried with."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from _pytest.mark import ParameterSet
from hypothesis import HealthCheck, Phase, settings

FACTOR = int(os.environ.get("DR_EXAMPLES", "1"))
"""`make soak` tries so many times as many examples."""


def examples(count: int, *, shrunk: bool = True) -> settings:
    """Settings with a number of examples. They are the same in every run, and new ones in each soak.

    `shrunk` is for examples that cost milliseconds. One that costs a whole compile is shown as it was drawn.
    """
    return settings(
        max_examples=count * FACTOR,
        deadline=None,
        derandomize=FACTOR == 1,
        database=None,
        phases=tuple(Phase) if shrunk else (Phase.explicit, Phase.generate),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def slow_unless(fast: Callable[[Any], bool], values: Iterable[object]) -> list[ParameterSet]:
    """Parameters of a test: `fast` says which belong to every run, and the others are slow."""
    return [pytest.param(value, marks=() if fast(value) else pytest.mark.slow) for value in values]


def one_of(every: int, values: Iterable[object]) -> list[ParameterSet]:
    """Parameters of a test: the first of so many belongs to every run, and the others are slow."""
    return [
        pytest.param(value, marks=pytest.mark.slow if number % every else ()) for number, value in enumerate(values)
    ]
