"""The rules of `rules.py` hold for any legal spec, hold for every spec under tests/specs, and can be seen to fail."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given

from compiler.pipeline import compile_document
from compiler.reading.document import load_document
from tests.helpers import Topology, each_odd_spec, odd
from tests.property import rules
from tests.property.rules import RULES
from tests.property.strategies import Spec, specs, text
from tests.tiers import examples
from tests.world import AbsentError

# The failing spec is printed whole; shrinking one takes minutes.
EXAMPLES = examples(25, shrunk=False)


@EXAMPLES
@given(specs())
def test_any_legal_spec_keeps_every_rule(spec: Spec) -> None:
    files = compile_document(load_document(text(spec), "spec.yaml"), lint=False).bundle.files
    # Logical ids, parameters and outputs are unique: no object of any file has a key twice.
    read = {name: json.loads(data, object_pairs_hook=_once) for name, data in files.items()}
    topology = Topology(read.pop("manifest.json"), read)
    for rule in RULES:
        rule(topology)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len({key for key, _ in pairs}) == len(pairs), "a key twice in one object"
    return dict(pairs)


@pytest.mark.parametrize("name", each_odd_spec())
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.__name__))
def test_the_odd_specs_keep_every_rule(name: str, rule: Callable[[Topology], None]) -> None:
    rule(odd(name))


def _spoilt(change: Callable[[Any, dict[str, Any]], None]) -> Topology:
    whole = odd("three-regions")
    manifest, templates = copy.deepcopy(dict(whole.manifest)), copy.deepcopy(dict(whole.templates))
    change(manifest, templates)
    return Topology(manifest, templates)


PRIMARY, SECONDARY, GLOBAL = "primary.us-east-1.json", "secondary.us-west-2.json", "global.us-east-1.json"


def _no_gate(_: Any, templates: Any) -> None:
    del templates[SECONDARY]["Resources"]["RegionalDomain"]["Condition"]


def _too_early(manifest: Any, _: Any) -> None:
    manifest["waves"][0][0]["parameters"] = ["PrimaryFailoverDomainRegionalDomainName"]


def _alias_needed(_: Any, templates: Any) -> None:
    templates[PRIMARY]["Resources"]["AlertTopic"]["DependsOn"] = ["KeySharedAlias"]


def _closing(_: Any, templates: Any) -> None:
    condition = {"Fn::Equals": [{"Ref": "PrimaryPeeringId"}, ""]}
    templates[SECONDARY]["Conditions"]["NotYet"] = condition
    templates[SECONDARY]["Resources"]["Dashboard"]["Condition"] = "NotYet"


def _forgetting(manifest: Any, _: Any) -> None:
    manifest["waves"][-1][-1]["parameters"] = []


def _never(_: Any, templates: Any) -> None:
    templates[PRIMARY]["Conditions"]["Never"] = {"Fn::Equals": ["a", "b"]}
    templates[PRIMARY]["Resources"]["Dashboard"]["Condition"] = "Never"


def _unwired(_: Any, templates: Any) -> None:
    templates[PRIMARY]["Parameters"]["Loose"] = {"Type": "String", "Default": ""}


def _untold(manifest: Any, _: Any) -> None:
    next(a for a in manifest["stacks"] if a["kind"] == "primary")["imports"].clear()


def _twice(_: Any, templates: Any) -> None:
    alarm = templates[GLOBAL]["Resources"]["AlarmAlertTopicUndelivered"]["Properties"]
    alarm["AlarmName"] = {"Fn::Sub": "alarm-alerts-undelivered-${environment}-${environmentSuffix}"}


def _long(_: Any, templates: Any) -> None:
    function = templates[PRIMARY]["Resources"]["FunctionOrder"]["Properties"]
    function["FunctionName"] = {"Fn::Sub": "f" * 50 + "-${environment}-${environmentSuffix}"}


def _dated(_: Any, templates: Any) -> None:
    templates[PRIMARY]["Description"] += " Compiled 2026-11-22T10:00:00."


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        (rules.nothing_refers_to_what_is_absent, _no_gate),
        (rules.nothing_refers_to_what_is_absent, _too_early),
        (rules.so_it_is_with_every_switch_the_other_way, _alias_needed),
        (rules.stacks_only_grow, _closing),
        (rules.a_value_once_given_is_given_again, _forgetting),
        (rules.in_the_end_everything_is_there, _never),
        (rules.every_parameter_is_a_persons_or_wired, _unwired),
        (rules.imports_follow_exports, _untold),
        (rules.names_are_unique, _twice),
        (rules.names_fit, _long),
        (rules.templates_say_nothing_of_their_making, _dated),
    ],
    ids=lambda value: str(value.__name__).strip("_"),
)
def test_each_rule_notices(rule: Callable[[Topology], None], change: Callable[[Any, Any], None]) -> None:
    with pytest.raises((AssertionError, AbsentError)):
        rule(_spoilt(change))


def test_every_rule_has_a_break() -> None:
    (mark,) = test_each_rule_notices.pytestmark
    assert {rule for rule, _ in mark.args[1]} == set(RULES)
