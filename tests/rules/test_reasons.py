"""What traps without a rule of their own rest on."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from compiler.aws.facts import lambda_
from compiler.pipeline import Compiled, compile_document
from compiler.reading.document import load_document
from tests.helpers import ODD

MANUAL = ODD / "manual-failback.yaml"


def _manual(throughput: str) -> Compiled:
    text = MANUAL.read_text(encoding="utf-8")
    (line,) = [line for line in text.split("\n") if line.startswith("objectives:")]
    asked = line.partition("throughput: ")[2].partition(",")[0]
    changed = text.replace(f"throughput: {asked}", f"throughput: {throughput}")
    return compile_document(load_document(changed, MANUAL.name), ODD, lint=False)


def _followed(made: Compiled) -> dict[str, tuple[str, float]]:
    """Alarms that health checks follow: threshold and name by the id of the check."""
    states = made.simulation.final.states
    alarms = {
        item.name: item for state in states.values() for item in state.resources.values()
        if item.type == "AWS::CloudWatch::Alarm"
    }  # fmt: skip
    found = (item for state in states.values() for item in state.resources.values())
    checks = [item for item in found if item.get("HealthCheckConfig", "AlarmIdentifier")]
    names = {check.id: check.text("HealthCheckConfig", "AlarmIdentifier", "Name") for check in checks}
    return {id_: (name, alarms[name].properties["Threshold"]) for id_, name in names.items()}


def test_31_an_alarm_that_a_check_follows_changes_its_name_with_its_threshold() -> None:
    little, much = _followed(_manual("60/s")), _followed(_manual("6000/s"))
    assert little.keys() == much.keys() != set()
    moved = {key for key in little if little[key][1] != much[key][1]}
    assert moved, "no threshold follows the throughput"
    for key in little:
        assert (little[key][0] != much[key][0]) is (key in moved)


LIFECYCLE = json.loads(
    (files("cfnlint") / "data/AdditionalSpecs/LmbdRuntimeLifecycle.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("runtime", sorted(set(lambda_.RUNTIME_END.value) & set(LIFECYCLE)))
def test_50_cfn_lint_knows_the_same_end_of_a_runtime(runtime: str) -> None:
    assert LIFECYCLE[runtime]["deprecated"] == lambda_.RUNTIME_END.value[runtime]


def test_50_there_is_something_to_compare() -> None:
    assert {"python3.11", "python3.13", "nodejs24.x"} <= set(lambda_.RUNTIME_END.value) & set(LIFECYCLE)
