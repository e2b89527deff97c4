"""Each trap, brought into the shipped topology, is found by exactly its rule, at the lines that made the resource."""

from __future__ import annotations

import re

import pytest

from compiler.diagnostics.model import Diagnostic, Severity
from compiler.rules.registry import CHECKS, RULES
from tests.helpers import ODD, ROOT, compiled, each_odd_spec
from tests.rules.changes import Bodies, codes, judged, variant
from tests.rules.seeds import SEEDS, Seed
from tools.docs.traps import TRAPS, Trap


def nothing(bodies: Bodies) -> None:
    """No change."""


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.id)
def test_a_trap_is_found_by_exactly_its_rule_at_the_lines_that_made_it(seed: Seed) -> None:
    found = judged(seed.change)
    assert codes(found) == [seed.code], [item.message for item in found]
    at = [item for item in found if item.labels[0].text == f"creates `{seed.at}`"]
    assert at, [label.text for item in found for label in item.labels]
    assert any(seed.says in item.message for item in at), [item.message for item in at]
    for item in found:
        assert item.span.file == "specs/dr-topology.yaml"
        assert item.span.start.line > 1, "no entry of the spec is at fault"
        if seed.at not in ADDED:
            _check_partial_lines(item)


ADDED = ("Again", "Copied", "Apart")
"""Resources that a seed puts there: no partial has made them."""


def _check_partial_lines(item: Diagnostic) -> None:
    laid_out = [label.at for label in item.labels if label.text == "defined here"]
    assert laid_out
    for place in laid_out:
        line = (ROOT / place.file).read_text(encoding="utf-8").split("\n")[place.start.line - 1]
        assert re.match(r"\s+\{\{ \w+ \}\}: \{", line), f"{place.file}:{place.start.line} begins no resource"


def test_the_shipped_topology_has_none() -> None:
    assert judged(nothing) == []


@pytest.mark.parametrize("name", each_odd_spec())
def test_other_topologies_have_no_error_but_what_they_accept(name: str) -> None:
    made = compiled(ODD / f"{name}.yaml")
    accepted = [taken.diagnostic.message for taken in made.suppressed]
    errors = [item.message for item in judged(nothing, made) if item.severity is Severity.ERROR]
    assert [message for message in errors if message not in accepted] == []


SHIPPED_PAIR = ("us-east-1", "us-west-2")
PAIRS = (("eu-west-1", "eu-central-1"), ("ap-southeast-2", "ap-northeast-1"), ("ca-central-1", "us-east-1"))


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_another_pair_of_regions_has_none(pair: tuple[str, str]) -> None:
    here, there = (
        (f"region: {old}, role", f"region: {new}, role") for old, new in zip(SHIPPED_PAIR, pair, strict=True)
    )
    # A number takes the zones of whatever region it is.
    zones = (("[use1-az1, use1-az2, use1-az4]", "3"), ("[usw2-az1, usw2-az2, usw2-az3]", "3"))
    made = variant(here, there, *zones)
    assert judged(nothing, made) == []


def test_all_are_listed_in_order() -> None:
    numbers = [trap.number for trap in TRAPS]
    assert numbers == list(range(1, len(TRAPS) + 1))


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: str(trap.number))
def test_each_has_a_rule_or_a_reason(trap: Trap) -> None:
    assert trap.rules or trap.limit
    for rule in trap.rules:
        assert RULES[rule.code] is rule


ELSEWHERE = {
    7: "tests/rollout/test_run.py::test_two_replicas_at_once",
    45: "tests/rules/test_quotas.py",
    66: "tests/diff/test_order.py",
    71: "tests/rules/test_guardrails.py",
    73: "tests/rules/test_rest.py",
    74: "tests/rules/test_rest.py",
}
"""Traps whose seed is no change of the shipped templates."""


def test_each_trap_with_a_rule_over_templates_has_a_seed() -> None:
    wanted = {number for check in CHECKS for rule in check.rules for number in rule.traps}
    wanted |= {trap.number for trap in TRAPS if any(rule.code.startswith(("DR61", "DR62")) for rule in trap.rules)}
    missing = wanted - {seed.trap for seed in SEEDS} - set(ELSEWHERE)
    assert not missing, f"add a seed for the traps {sorted(missing)} to tests/rules/seeds.py"


def test_a_rule_names_traps_of_the_list() -> None:
    named = {number for rule in RULES.values() for number in rule.traps}
    assert named <= {trap.number for trap in TRAPS}, "add the trap to tools/docs/traps.py"


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.id)
def test_the_list_of_traps_names_the_rule(seed: Seed) -> None:
    (trap,) = (trap for trap in TRAPS if trap.number == seed.trap)
    assert seed.code in [rule.code for rule in trap.rules]
