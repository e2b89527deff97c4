"""What is known beyond the schemas: each thing said where it holds, and not where it nearly does."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.aws.types import registry
from compiler.aws.types.update_rules import Action, UpdateRule
from compiler.diff.impact import classify
from tests.diff.cdk import types
from tests.diff.rows import HERE, ROWS, update
from tests.tiers import examples


def of(kind: str, when: str) -> UpdateRule:
    (found,) = (rule for rule in registry.of(kind).updates if rule.when == when)
    return found


@pytest.mark.parametrize(("kind", "when", "old", "new", "near"), ROWS, ids=lambda value: str(value)[:40])
def test_said_where_it_holds(kind: str, when: str, old: Any, new: Any, near: Any) -> None:
    known = of(kind, when)
    assert list(known.find(update(kind, old, new)))
    assert not list(known.find(update(kind, old, old)))
    if near:
        assert not list(known.find(update(kind, *near)))


def test_each_has_a_row_and_a_source() -> None:
    rules = [(record.type, rule) for record in registry.RECORDS.values() for rule in record.updates]
    assert {(registry.of(kind).type, when) for kind, when, *_ in ROWS} == {(kind, rule.when) for kind, rule in rules}
    assert all(rule.source.startswith("https://") for _, rule in rules)


@pytest.mark.parametrize(("kind", "when", "old", "new", "near"), ROWS, ids=lambda value: str(value)[:40])
def test_the_verdict_carries_it(kind: str, when: str, old: Any, new: Any, near: Any) -> None:
    known, verdict = of(kind, when), classify(update(kind, old, new))
    if verdict.action is Action.REPLACED and known.action is not Action.REPLACED:
        return
    assert verdict.action.weight >= known.action.weight
    assert verdict.data.weight >= known.data.weight
    assert bool(verdict.blockers) >= known.refused
    said = {refusal.remedy for refusal in verdict.blockers} if known.refused else {r.source for r in verdict.notes}
    assert (known.remedy if known.refused else known.source) in said


def test_tenancy_is_settled_both_ways() -> None:
    def action(old: str, new: str) -> Action:
        return classify(update("AWS::EC2::VPC", {"InstanceTenancy": old}, {"InstanceTenancy": new})).action

    assert action("dedicated", "default") is Action.IN_PLACE
    assert action("default", "dedicated") is Action.REPLACED


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "a", "b", "9", HERE]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "Region",
                    "IndexName",
                    "AttributeName",
                    "Key",
                    "Id",
                    "Status",
                    "Rules",
                    "KeySchema",
                    "Destination",
                    "Bucket",
                ]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
PROPERTIES = st.dictionaries(
    st.sampled_from(
        ["Replicas", "GlobalSecondaryIndexes", "WarmThroughput", "AttributeDefinitions", "KeySchema", "ShardCount",
         "TimeToLiveSpecification", "LifecycleConfiguration", "ReplicationConfiguration", "HealthCheckConfig", "Name",
         "RetentionInDays", "ReservedConcurrentExecutions", "InstanceTenancy", "StreamSpecification", "Tags"]
    ),
    JSON,
    max_size=4,
)  # fmt: skip


@examples(150)
@given(st.deferred(lambda: st.sampled_from(types())), PROPERTIES, PROPERTIES)
def test_no_template_makes_it_stumble(kind: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    verdict = classify(update(kind, old, new))
    assert (verdict.action is Action.SAME) == (not verdict.properties)
    assert classify(update(kind, new, new)).action is Action.SAME
