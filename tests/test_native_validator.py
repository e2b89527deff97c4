"""AWS's own validator, independent of cfn-lint, finds nothing that is not explained, in any template of any spec."""

from __future__ import annotations

import copy

import pytest

from tests.helpers import Topology, committed, each_odd_spec, odd
from tests.native import EXPLAINED, findings, unexplained
from tests.test_examples import SYSTEMS, topology


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
    made = (committed(), *map(topology, SYSTEMS))
    seen = {f.rule for found in made for template in found.templates.values() for f in findings(template)}
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


def test_a_written_arn_is_explained_only_where_others_own_what_it_names() -> None:
    example = topology(next(spec for spec in SYSTEMS if spec.stem == "central-account"))
    template = copy.deepcopy(dict(example.templates["primary.us-east-1.json"]))
    function = template["Resources"]["FunctionBooking"]["Properties"]
    function["Role"] = "arn:aws:iam::012345678901:role/workloads/payments/role-booking"
    assert {"W9002", "W9013"} & {f.rule for f in unexplained(template, {}) if f.resource == "FunctionBooking"}


def test_the_validator_would_find_something() -> None:
    template = copy.deepcopy(dict(committed().templates["global.us-east-1.json"]))
    template["Resources"]["AlertTopic"]["Properties"]["KmsKey"] = "x"
    rest = unexplained(template, {})
    assert {"ERROR", "FATAL"} & {f.severity for f in rest}
