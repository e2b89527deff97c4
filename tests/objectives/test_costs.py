"""Costs: some lines against sums of their own, and every count against the templates that are deployed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from compiler import planning
from compiler.aws.facts import prices
from compiler.aws.facts.prices import Price
from compiler.objectives.costs import Amounts, Bill, Cost
from compiler.pipeline import compile_document, plan_document
from compiler.reading.document import load_document
from tests.helpers import ODD, ROOT, Topology, each_odd_spec, odd, shipped
from tests.objectives.bench import Change, changed
from tests.objectives.cases import BUCKET, third

HOURS = 730
SECONDS = HOURS * 3600


@cache
def bill(*changes: Change) -> Bill:
    """The bill of the shipped spec after some changes."""
    document = load_document(changed(changes), "specs/dr-topology.yaml")
    _, topology, _ = plan_document(document)
    return planning.bill(topology)


def bill_of(path: Path) -> Bill:
    document = load_document(path.read_text(encoding="utf-8"), path.name)
    _, topology, _ = plan_document(document)
    return planning.bill(topology)


def line(found: Bill, id_: str, region: str) -> tuple[Cost, Amounts]:
    """The only line of an id in a region."""
    ((cost, amounts),) = [(c, a) for c, a in found.lines if (c.id, c.region) == (id_, region)]
    return cost, amounts


def units(found: Bill, price: str) -> Fraction:
    """Units of a price over all regions, with nobody there."""
    return sum((cost.idle for cost, _ in found.lines if cost.price.id == f"prices.{price}"), Fraction(0))


# --- a spreadsheet of its own: 10,000 transactions a second, 730 hours ------------------------------------------


@pytest.mark.parametrize(
    ("id_", "region", "dollars"),
    [
        # 26.28 billion writes of one unit at 0.625 a million, and again in the standby
        ("table.transactions.writes", "us-east-1", 26_280 * 0.625),
        ("table.transactions.writes", "us-west-2", 26_280 * 0.625),
        # the same number of strong reads of one unit
        ("table.transactions.reads", "us-east-1", 26_280 * 0.125),
        # 300 million requests at a dollar a million, the others at 0.90; those of the health check come later
        ("api.requests", "us-east-1", 300 + (26_280 - 300) * 0.90),
        # a run of 40 ms in 1 GB on arm64: 1.0512 billion GB-seconds
        ("function.transaction-processor.time", "us-east-1", 26.28e9 * 0.040 * 0.0000133334),
        ("function.transaction-processor.runs", "us-east-1", 26_280 * 0.20),
        # one document of 100 KB in a hundred: writes, and its way with time control
        ("bucket.documents.writes", "us-west-2", 262_800 * 0.005),
        ("bucket.documents.time-control", "us-east-1", 262.8e6 * 100 / 1024**2 * 0.015),
        ("bucket.documents.transfer", "us-east-1", 262.8e6 * 100 / 1024**2 * 0.02),
        # three health checks with HTTPS, each every ten seconds
        ("health.checks", "us-east-1", 3 * 0.50),
        ("health.options", "us-east-1", 3 * 2 * 1.00),
    ],
)
def test_a_line(id_: str, region: str, dollars: float) -> None:
    _, amounts = line(bill(), id_, region)
    assert float(amounts.load) == pytest.approx(dollars, rel=1e-9)
    assert amounts.year == amounts.load


def test_what_is_stored_is_billed_month_after_month() -> None:
    gigabytes = 26.28e9 * (1024 + 100 + 48) / 1024**3
    _, storage = line(bill(), "table.transactions.storage", "us-west-2")
    _, recovery = line(bill(), "table.transactions.recovery", "us-west-2")
    assert not storage.idle
    assert not recovery.idle
    assert float(storage.load) == pytest.approx(gigabytes * 0.25)
    assert float(storage.year) == pytest.approx(12 * gigabytes * 0.25)
    assert float(recovery.year) == pytest.approx(12 * gigabytes * 0.20)


def test_expiry_ends_the_growth_and_is_replicated_itself() -> None:
    kept = bill(("    reads: 1\n    retention: 3650d\n", "    reads: 1\n    retention: 73d\n"))
    _, storage = line(kept, "table.transactions.storage", "us-east-1")
    # 73 days are 2.4 months of 730 hours.
    assert storage.year == storage.load * Fraction(12, 5)
    _, expiry = line(kept, "table.transactions.expiry", "us-west-2")
    _, writes = line(kept, "table.transactions.writes", "us-west-2")
    assert not expiry.load
    assert expiry.year == writes.year
    assert not [cost for cost, _ in kept.lines if cost.id.endswith(".expiry") and cost.region == "us-east-1"]


def test_an_expired_object_is_stored_until_its_version_goes() -> None:
    old = "    object_size: 100KB\n    retention: 3650d\n"
    new = "    object_size: 100KB\n    retention: 73d\n    noncurrent_retention: 73d\n"
    found = bill((old, new))
    cost, _ = line(found, "bucket.documents.storage", "us-east-1")
    assert cost.year == cost.load * Fraction(24, 5)


# --- what is counted is what the templates hold ----------------------------------------------------------------


def _counted(topology: Topology) -> Iterator[tuple[str, int]]:
    """Units of the prices that stand still, counted in the resources of every stack."""
    resources = list(topology.resources())
    kinds = Counter(resource.type for resource in resources)
    checks = [r.properties["HealthCheckConfig"] for r in resources if r.type == "AWS::Route53::HealthCheck"]
    calculated = [check for check in checks if check["Type"] == "CALCULATED"]
    endpoints = [check for check in checks if check["Type"] != "CALCULATED"]
    yield "keys", kinds["AWS::KMS::Key"]
    yield "health_checks", len(endpoints)
    yield "calculated_checks", len(calculated)
    options = sum((check["Type"] == "HTTPS") + (check["RequestInterval"] == 10) for check in endpoints)
    yield "health_check_options", options
    yield "zones", kinds["AWS::Route53::HostedZone"]
    yield "composite_alarms", kinds["AWS::CloudWatch::CompositeAlarm"]
    yield "dashboards", kinds["AWS::CloudWatch::Dashboard"]
    yield "assessed_applications", kinds["AWS::ResilienceHub::App"]
    alarms = [r.properties for r in resources if r.type == "AWS::CloudWatch::Alarm"]
    watched = [[q for q in a.get("Metrics", ()) if "MetricStat" in q] or [a["MetricName"]] for a in alarms]
    yield "alarm_metrics", sum(map(len, watched))
    interfaces = [r.properties for r in resources if r.type == "AWS::EC2::VPCEndpoint" and "SubnetIds" in r.properties]
    yield "endpoint_hours", sum(len(properties["SubnetIds"]) for properties in interfaces) * HOURS
    streams = [r.properties for r in resources if r.type == "AWS::Kinesis::Stream"]
    yield "shard_hours", sum(properties["ShardCount"] for properties in streams) * HOURS


def test_each_count_of_the_shipped_bill_is_that_of_its_templates() -> None:
    counted = dict(_counted(shipped()))
    assert {name: units(bill(), name) for name in counted} == counted
    assert counted["shard_hours"]
    assert counted["endpoint_hours"] == 0, "the shipped function calls nothing that needs one"


@pytest.mark.parametrize("name", each_odd_spec())
def test_each_count_of_another_bill_is_that_of_its_templates(name: str) -> None:
    found = bill_of(ODD / f"{name}.yaml")
    counted = dict(_counted(odd(name)))
    assert {price: units(found, price) for price in counted} == counted


# --- a changed spec changes the bill -----------------------------------------------------------------------------

_ZONES = ("zones: [usw2-az1, usw2-az2, usw2-az3]", "zones: [usw2-az1, usw2-az2]")
_SQS = ("endpoints: []", "endpoints: [sqs]")
_SLOW = ("interval: 10s", "interval: 30s")
_DUAL = (BUCKET, BUCKET + "    write: dual-write\n")


@pytest.mark.parametrize(
    ("change", "idle"),
    [
        (("dashboard: true", "dashboard: false"), -6.0),
        (("failback: manual", "failback: automatic"), None),
        (_SLOW, None),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_left_out_of_the_templates_is_left_out_of_the_bill(change: Change, idle: float | None) -> None:
    difference = float(bill(change).total.idle - bill().total.idle)
    assert difference < 0
    assert idle is None or difference == pytest.approx(idle)


def test_a_zone_costs_an_hour_of_each_endpoint() -> None:
    _, before = line(bill(_SQS), "vpc.endpoints", "us-west-2")
    _, after = line(bill(_SQS, _ZONES), "vpc.endpoints", "us-west-2")
    assert 3 * after.idle == 2 * before.idle


def test_a_third_region_stores_and_writes_everything_once_more() -> None:
    more = bill(third("us-east-2"))
    for id_ in ("table.transactions.writes", "table.transactions.storage", "bucket.documents.storage"):
        assert line(more, id_, "us-east-2")[1] == line(bill(), id_, "us-west-2")[1]
    assert line(more, "table.transactions.transfer", "us-east-1")[0].load == 2 * line(
        bill(), "table.transactions.transfer", "us-east-1"
    )[0].load  # fmt: skip


def test_what_is_written_twice_travels_three_times() -> None:
    """The function sends a document to the other region, and both regions replicate theirs."""
    ways = [cost for cost, _ in bill(_DUAL).lines if cost.service == "Data transfer" and "documents" in cost.id]
    assert len(ways) == 3
    assert len({cost.load for cost in ways}) == 1
    assert line(bill(_DUAL), "bucket.documents.writes", "us-west-2")[0].load == 2 * 100 * SECONDS


def test_a_spec_without_data_has_no_line_for_it() -> None:
    found = bill_of(ODD / "minimal.yaml")
    assert not [cost for cost, _ in found.lines if cost.id.startswith(("table.", "bucket."))]


# --- tiers, reports --------------------------------------------------------------------------------------------


def test_a_price_falls_with_the_quantity() -> None:
    price = Price("0.50", 1, ((10, "0.25"), (30, "0.10")))
    assert [price.of(Fraction(n)) for n in (0, 10, 20, 40)] == [0, 5, Fraction(15, 2), 5 + 5 + 1]
    assert Price("2", 1000).of(Fraction(500)) == 1


def test_lines_of_one_price_and_region_share_its_tiers() -> None:
    """The health checks' requests come after 26 billion of clients, so they are billed at the lower price."""
    cost, amounts = line(bill(), "health.requests", "us-east-1")
    assert amounts.idle == cost.idle / 1_000_000
    assert amounts.load == cost.load * Fraction("0.90") / 1_000_000


def test_every_price_is_one_of_us_east_1_with_a_source() -> None:
    for fact in bill().facts.values():
        assert isinstance(fact.value, Price)
        assert fact.source.url.startswith("https://aws.amazon.com/")
    assert prices.REGION.value == "us-east-1"


def test_the_total_is_the_sum_of_its_lines() -> None:
    found = bill()
    for word in ("idle", "load", "year"):
        assert getattr(found.total, word) == sum(getattr(amounts, word) for _, amounts in found.lines)


def test_the_manifest_has_the_growth_and_no_price() -> None:
    document = load_document(changed(()), "specs/dr-topology.yaml")
    manifest = json.loads(compile_document(document, lint=False).bundle.files["manifest.json"])
    growth = {each["id"]: each for each in manifest["objectives"]["growth"]}
    assert growth["table.transactions"]["days"] == 3650
    assert growth["bucket.documents"]["days"] == 3650 + 365
    assert growth["table.transactions"]["year"] == pytest.approx(12 * growth["table.transactions"]["month"], rel=1e-6)
    assert "prices." not in json.dumps(manifest)


def test_no_service_is_left_out_of_the_page() -> None:
    text = (ROOT / "docs" / "costs.md").read_text(encoding="utf-8")
    assert [service for service in {cost.service for cost, _ in bill().lines} if service not in text] == []
