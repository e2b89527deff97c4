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
def test_50_cfn_lint_knows_the_same_end_of_a_runtime(runtime: str) -> None:
    assert LIFECYCLE[runtime]["deprecated"] == lambda_.RUNTIME_END.value[runtime]


def test_50_there_is_something_to_compare() -> None:
    assert {"python3.11", "python3.13", "nodejs24.x"} <= set(lambda_.RUNTIME_END.value) & set(LIFECYCLE)
