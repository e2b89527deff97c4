"""What traps without a rule of their own rest on."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from compiler.aws.facts import lambda_

LIFECYCLE = json.loads(
    (files("cfnlint") / "data/AdditionalSpecs/LmbdRuntimeLifecycle.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("runtime", sorted(set(lambda_.RUNTIME_END.value) & set(LIFECYCLE)))
def test_50_cfn_lint_knows_the_same_days_of_a_runtime(runtime: str) -> None:
    assert LIFECYCLE[runtime]["deprecated"] == lambda_.RUNTIME_END.value[runtime]
    assert LIFECYCLE[runtime]["create-block"] == lambda_.RUNTIME_BLOCKED.value[runtime]


def test_50_there_is_something_to_compare() -> None:
    assert {"python3.11", "python3.13", "nodejs24.x"} <= set(lambda_.RUNTIME_END.value) & set(LIFECYCLE)


def test_50_every_runtime_with_an_end_has_a_day_from_which_it_is_blocked() -> None:
    ends, blocked = lambda_.RUNTIME_END.value, lambda_.RUNTIME_BLOCKED.value
    assert ends.keys() == blocked.keys()
    assert all(ends[runtime] <= blocked[runtime] for runtime in ends)
