"""AWS's own validator, independent of cfn-lint, finds nothing that is not explained, in any template of any spec."""

from __future__ import annotations

import copy

import pytest

from tests.helpers import Topology, committed, each_odd_spec, odd
from tests.native import EXPLAINED, findings, unexplained


def _every(topology: Topology) -> list[tuple[str, list[str]]]:
    found = []
    for about in topology.manifest["stacks"]:
        rest = unexplained(topology.templates[about["template"]], about["parameters"])
        found.append((about["template"], [f"{f.severity} {f.rule} {f.resource}: {f.message}" for f in rest]))
    return found


def test_nothing_unexplained_in_the_committed_templates() -> None:
    for template, rest in _every(committed()):
        assert rest == [], template


@pytest.mark.parametrize("name", each_odd_spec())
def test_nothing_unexplained_in_any_other_spec(name: str) -> None:
    for template, rest in _every(odd(name)):
        assert rest == [], template


def test_every_explanation_is_needed() -> None:
    made = (*committed().templates.values(), *odd("rest").templates.values())
    seen = {f.rule for template in made for f in findings(template)}
    assert {entry.rule for entry in EXPLAINED} == seen
    for entry in EXPLAINED:
        assert entry.why.endswith(".")


def test_an_empty_default_is_explained_only_behind_its_gate() -> None:
    topology = committed()
    about = next(a for a in topology.manifest["stacks"] if a["kind"] == "primary")
    template = copy.deepcopy(dict(topology.templates[about["template"]]))
    del template["Resources"]["LogDestination"]["Condition"]
    assert ("W1030", "LogDestination") in {(f.rule, f.resource) for f in unexplained(template, about["parameters"])}
    assert {f.rule for f in unexplained(topology.templates[about["template"]], {})} == {"W1030"}


def test_the_validator_would_find_something() -> None:
    template = copy.deepcopy(dict(committed().templates["global.us-east-1.json"]))
    template["Resources"]["AlertTopic"]["Properties"]["KmsKey"] = "x"
    rest = unexplained(template, {})
    assert {"ERROR", "FATAL"} & {f.severity for f in rest}
