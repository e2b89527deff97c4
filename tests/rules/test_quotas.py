"""A quota that is smaller in the standby than in the primary is an error at its own line."""

from __future__ import annotations

import dataclasses

import pytest

from compiler.aws.intrinsics import Account
from compiler.aws.values import SAMPLE_ACCOUNT
from compiler.findings.finding import Finding
from compiler.rollout.state import ResourceIndex, Snapshot
from compiler.rules import quotas
from compiler.rules.deployed import Deployed
from compiler.rules.registry import RULES
from compiler.spec.objectives import Quotas
from compiler.spec.regions import Region
from compiler.spec.units import Rate
from compiler.topology.model import Topology
from tests.helpers import SHIPPED, compiled
from tests.rules.changes import variant

PRIMARY = "cidr: 10.10.0.0/16, zones: [use1-az1, use1-az2, use1-az4]"
STANDBY = "cidr: 10.20.0.0/16, zones: [usw2-az1, usw2-az2, usw2-az3]"


def _topology(primary: Quotas | None = None, standby: Quotas | None = None, common: Quotas | None = None) -> Topology:
    """The shipped topology with other quotas."""
    topology = compiled(SHIPPED).topology
    first, second = topology.spec.regions
    regions = (first.model_copy(update={"quotas": primary}), second.model_copy(update={"quotas": standby}))
    spec = topology.spec.model_copy(update={"regions": regions, "quotas": common or Quotas()})
    return dataclasses.replace(topology, spec=spec)


def _compared(topology: Topology) -> list[Finding]:
    """The findings on the quotas of a topology; the check looks at no resource."""
    return list(quotas.quotas(Deployed(Snapshot({}), ResourceIndex((), Account(SAMPLE_ACCOUNT, "aws")), topology)))


def _rate(amount: int) -> Rate:
    return Rate(amount)


def test_the_line_of_the_quota_is_named() -> None:
    made = variant(
        (STANDBY, f"{STANDBY}, quotas: {{table_writes: 50000/s}}"),
        (PRIMARY, f"{PRIMARY}, quotas: {{table_writes: 50000/s}}"),
    )
    assert _compared(made.topology) == []
    (found,) = _compared(_topology(Quotas(lambda_concurrency=6000), Quotas(lambda_concurrency=5500)))
    assert found.rule is RULES["DR473"]
    assert found.at == ("regions", 1, "quotas", "lambda_concurrency")
    assert found.related == ((("regions", 0, "quotas", "lambda_concurrency"), "6,000 here"),)
    assert "us-west-2 has a quota of 5,500 for `lambda_concurrency`, the primary us-east-1 has 6,000" in found.message


def test_raised_in_the_primary_only() -> None:
    (found,) = _compared(_topology(Quotas(lambda_concurrency=6000)))
    assert found.at == ("regions", 1, "region")
    assert found.label == "sets no `lambda_concurrency`"
    assert "a quota of 1,000" in found.message


def test_the_common_section_counts_for_both() -> None:
    assert _compared(_topology(common=Quotas(lambda_concurrency=6000))) == []
    (found,) = _compared(_topology(Quotas(lambda_concurrency=7000), common=Quotas(lambda_concurrency=6000)))
    assert "a quota of 6,000" in found.message
    assert _compared(_topology(standby=Quotas(lambda_concurrency=7000), common=Quotas(lambda_concurrency=6000))) == []


def test_defaults_that_differ_by_region_are_nobodys_fault() -> None:
    assert _compared(_topology()) == []


@pytest.mark.parametrize("field", Quotas.model_fields)
def test_each_quota_is_compared(field: str) -> None:
    def granted(amount: int) -> Quotas:
        kind = Quotas.model_fields[field].annotation
        return Quotas().model_copy(update={field: amount if kind == (int | None) else _rate(amount)})

    (found,) = _compared(_topology(granted(900_000), granted(800_000)))
    assert isinstance(found.at, tuple)
    assert found.at[-1] == field
    assert _compared(_topology(granted(800_000), granted(900_000))) == []


@pytest.mark.parametrize("field", Quotas.model_fields)
def test_each_quota_has_a_default(field: str) -> None:
    assert quotas.DEFAULTS[field]("us-east-1") > 0


def test_a_compile_is_refused_with_both_lines() -> None:
    from compiler.diagnostics.model import RejectedError

    with pytest.raises(RejectedError) as refused:
        variant(
            (PRIMARY, f"{PRIMARY}, quotas: {{lambda_concurrency: 9000}}"),
            (STANDBY, f"{STANDBY}, quotas: {{lambda_concurrency: 8000}}"),
        )
    (found,) = refused.value.diagnostics
    lines = SHIPPED.read_text(encoding="utf-8").split("\n")
    assert found.rule.code == "DR473"
    assert "us-west-2" in lines[found.span.start.line - 1]
    assert "us-east-1" in lines[found.labels[1].at.start.line - 1]


def test_it_can_be_accepted_with_a_reason() -> None:
    lines = "  - {finding: quota-parity-lambda-concurrency, reason: the standby is sized for the night}\n"
    made = variant(
        (PRIMARY, f"{PRIMARY}, quotas: {{lambda_concurrency: 9000}}"),
        (STANDBY, f"{STANDBY}, quotas: {{lambda_concurrency: 8000}}"),
        lines=lines,
    )
    assert [item.diagnostic.rule.code for item in made.suppressed if item.diagnostic.rule.code == "DR473"] == ["DR473"]


def test_regions_of_the_shipped_spec_are_the_expected_ones() -> None:
    first, second = compiled(SHIPPED).topology.spec.regions
    assert isinstance(first, Region)
    assert (first.region, second.region) == ("us-east-1", "us-west-2")
