"""The figures of AWS: complete, sourced, of a known standing, and as the specification of the product has them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from compiler.aws import facts, regions
from compiler.aws.facts import Fact, Grade, QuotaCode, Source
from compiler.aws.facts.model import summed
from tools import availability

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "compiler" / "aws" / "facts"
FACTS = [pytest.param(fact, id=fact.id) for fact in facts.ALL]

EXPECTED: dict[str, Any] = {
    # API Gateway: requests of all APIs against the rate of the account
    "apigateway.account_rate": 10_000,
    "apigateway.account_burst": 5_000,
    "apigateway.small_region_rate": 2_500,
    "apigateway.small_region_burst": 1_250,
    "apigateway.integration_seconds": 30,
    # Lambda: concurrency, the tenfold rule and the ramp
    "lambda.account_concurrency": 1_000,
    "lambda.unreserved_concurrency": 100,
    "lambda.requests_per_concurrency": 10,
    "lambda.ramp_concurrency": 1_000,
    "lambda.ramp_seconds": 10,
    "lambda.timeout_seconds": 900,
    "lambda.environment_bytes": 4_096,
    "lambda.idle_days": 14,
    # DynamoDB: writes, reads and partitions
    "dynamodb.initial_writes": 4_000,
    "dynamodb.initial_reads": 12_000,
    "dynamodb.table_writes": 40_000,
    "dynamodb.table_reads": 40_000,
    "dynamodb.partition_writes": 1_000,
    "dynamodb.partition_reads": 3_000,
    "dynamodb.write_unit_bytes": 1_024,
    "dynamodb.read_unit_bytes": 4_096,
    "dynamodb.eventual_read_factor": 0.5,
    "dynamodb.replication_typical_seconds": 1.0,
    "dynamodb.incident_lag_minutes": 164,
    "dynamodb.recovery_days_min": 1,
    "dynamodb.recovery_days_max": 35,
    "dynamodb.key_cache_seconds": 300,
    "dynamodb.strong_regions": 3,
    # S3: requests per prefix and Replication Time Control
    "s3.writes_per_prefix": 3_500,
    "s3.reads_per_prefix": 5_500,
    "s3.rtc_minutes": 15,
    "s3.rtc_percent": 99.9,
    "s3.rtc_bits_per_second": 1_000_000_000,
    "s3.replication_source_reads": 5,
    "s3.replication_source_writes": 1,
    "s3.name_characters_min": 3,
    "s3.name_characters": 63,
    # KMS: requests without bucket keys and the quotas of regions
    "s3.kms_requests_per_object": 1,
    "s3.kms_requests_per_replica": 2,
    "s3.bucket_key_saving_percent": 99,
    "kms.requests": 10_000,
    "kms.large_region_requests": 20_000,
    "kms.largest_region_requests": 100_000,
    "kms.rotation_days_min": 90,
    "kms.rotation_days_max": 2_560,
    # Logs: writing and delivery
    "logs.put_rate": 5_000,
    "logs.filters_per_group": 2,
    "logs.delivery_seconds": 180,
    # Route 53: the terms of the recovery time
    "route53.intervals_seconds": (10, 30),
    "route53.connect_seconds": 4,
    "route53.answer_seconds": 2,
    "route53.checkers": 16,
    "route53.status_seconds": 60,
    "route53.api_alias_seconds": 60,
    "route53.healthy_percent": 18,
    "route53.region_record_seconds": 10,
    "dns_clients.stale_early_seconds": 60,
    "dns_clients.stale_early_percent": 10,
    "dns_clients.stale_late_seconds": 900,
    "dns_clients.stale_late_percent": 2,
    "dns_clients.stale_exponent": 0.594,
    # the network between regions, and alarms as a detector
    "vpc.round_trip_low_milliseconds": 60.0,
    "vpc.round_trip_high_milliseconds": 70.0,
    # CloudFormation: what a template may hold
    "cloudformation.resources_per_template": 500,
    "cloudformation.parameters_per_template": 200,
    "cloudformation.outputs_per_template": 200,
    "cloudformation.inline_template_bytes": 51_200,
    "cloudformation.stored_template_bytes": 1_000_000,
}


@pytest.mark.parametrize("fact", FACTS)
def test_fact_is_complete(fact: Fact[Any]) -> None:
    assert fact.unit
    assert isinstance(fact.grade, Grade)
    assert fact.says.endswith(".")
    assert len(fact.says.split()) > 4
    assert fact.source.title
    assert re.fullmatch(r"https://((docs\.|console\.)?aws\.amazon\.com|doi\.org)/\S+", fact.source.url)
    assert date(2025, 11, 1) <= date.fromisoformat(fact.read)
    assert fact.verified or fact.grade is Grade.ASSUMED


@pytest.mark.parametrize("module", facts.modules())
def test_ids_say_where_a_fact_stands(module: str) -> None:
    names = vars(import_module(f"compiler.aws.facts.{module}"))
    constants = {name: value for name, value in names.items() if isinstance(value, Fact)}
    assert constants
    assert {fact.id for fact in constants.values()} == {f"{module.rstrip('_')}.{name.lower()}" for name in constants}
    for name, fact in constants.items():
        assert name.isupper()
        assert fact.id == f"{module.rstrip('_')}.{name.lower()}"


def test_ids_are_unique_and_sorted() -> None:
    ids = [fact.id for fact in facts.ALL]
    assert ids == sorted(set(ids))


def _read(folder: str) -> Iterator[str]:
    """Ids of the facts that the code of a folder names, by module and constant or by their id."""
    for path in (ROOT / folder).rglob("*.py"):
        own, tree = path.stem if path.parent == FOLDER else "", ast.parse(path.read_bytes())
        called = {
            alias.asname or alias.name: alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == facts.__name__
            for alias in node.names
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in called:
                yield f"{called[node.value.id].rstrip('_')}.{node.attr.lower()}"
            elif own and isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                yield f"{own.rstrip('_')}.{node.id.lower()}"
            elif not own and isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def test_every_fact_is_read() -> None:
    """By the compiler, or by what makes the pages of docs/; a figure that only a test knows says nothing to anybody."""
    read = {id_ for folder in ("compiler", "tools", "tests/generated") for id_ in _read(folder)}
    assert [fact.id for fact in facts.ALL if fact.id not in read] == []


def test_get() -> None:
    assert facts.get("s3.rtc_minutes").value == 15
    with pytest.raises(KeyError):
        facts.get("s3.nothing")


@pytest.mark.parametrize(("name", "value"), EXPECTED.items())
def test_value(name: str, value: object) -> None:
    assert facts.get(name).value == value
    assert type(facts.get(name).value) is type(value)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("lambda.account_concurrency_quota", QuotaCode("lambda", "L-B99A9384", "Concurrent executions")),
        ("apigateway.account_rate_quota", QuotaCode("apigateway", "L-8A5B8E43", "Throttle rate")),
        ("dynamodb.table_reads_quota", QuotaCode("dynamodb", "L-CF0CBE56", "Table-level read throughput limit")),
        ("dynamodb.table_writes_quota", QuotaCode("dynamodb", "L-AB614373", "Table-level write throughput limit")),
        ("kms.requests_quota", QuotaCode("kms", "L-6E3AF000", "Cryptographic operations (symmetric) request rate")),
        (
            "logs.put_rate_quota",
            QuotaCode("logs", "L-7E1FAE88", "PutLogEvents throttle limit in transactions per second"),
        ),
        ("s3.rtc_transfer_quota", None),
    ],
)
def test_quota_code(name: str, code: QuotaCode | None) -> None:
    assert facts.get(name).value == code


def test_an_unverified_figure_cannot_claim_a_standing() -> None:
    source = Source("A document", "https://docs.aws.amazon.com/")
    with pytest.raises(ValueError, match="only be assumed"):
        Fact("x.y", 1, "things", Grade.DOCUMENTED, "There is one.", source, verified=False)


def test_runtimes() -> None:
    end: Mapping[str, str] = facts.get("lambda.runtime_end").value
    assert end["python3.13"] == end["python3.14"] == "2029-06-30"
    assert end["python3.11"] == "2027-06-30"
    assert end["python3.12"] == "2028-10-31"
    assert end["nodejs24.x"] == "2028-04-30"


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("s3.name_pattern", "documents-prod-a1", "Documents"),
        ("s3.name_pattern", "a.b-c", "a..b"),
        ("s3.name_pattern", "1.2.3.4x", "1.2.3.4"),
        ("s3.name_pattern", "abc", "abc-"),
    ],
)
def test_pattern(name: str, good: str, bad: str) -> None:
    pattern = re.compile(facts.get(name).value)
    assert pattern.search(good)
    assert not pattern.search(bad)


def test_generated_table_is_current() -> None:
    if availability.survey_date() != regions.SURVEYED:
        pytest.skip(f"the installed cfn-lint bundles schemas of {availability.survey_date()}, not {regions.SURVEYED}")
    assert availability.TARGET.read_text(encoding="utf-8") == availability.render()


def test_types_are_in_order() -> None:
    assert list(regions.TYPES) == sorted(set(regions.TYPES))
    assert regions.TYPES == availability.TYPES


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("us-east-1", "aws"),
        ("ap-southeast-7", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eu-isoe-west-1", "aws-iso-e"),
        ("us-isof-south-1", "aws-iso-f"),
        ("eusc-de-east-1", "aws-eusc"),
    ],
)
def test_partition(region: str, partition: str) -> None:
    assert regions.known(region)
    assert regions.partition(region) == partition
    assert (region in regions.COMMERCIAL) == (partition == "aws")


@pytest.mark.parametrize("region", ["", "us-east", "us-east-1a", "US-EAST-1", "us-west-3", "aws-global"])
def test_unknown_region(region: str) -> None:
    assert not regions.known(region)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("us-esat-1", "us-east-1"),
        ("us-east-1a", "us-east-1"),
        ("useast1", "us-east-1"),
        ("US-WEST-2", "us-west-2"),
        ("eu-wst-1", "eu-west-1"),
        ("eu-nroth-1", "eu-north-1"),
        ("ap-south-east-1", "ap-southeast-1"),
        ("us-gov-west1", "us-gov-west-1"),
        ("virginia", None),
        ("mars-1", None),
        ("", None),
    ],
)
def test_near(written: str, meant: str | None) -> None:
    assert regions.near(written) == meant


def test_lacking() -> None:
    assert regions.lacking("us-east-1") == regions.lacking("us-west-2") == ()
    assert regions.lacking("ca-west-1") == ("AWS::ResilienceHub::App", "AWS::ResilienceHub::ResiliencyPolicy")
    assert set(regions.lacking("mx-central-1")) <= set(regions.TYPES)


def test_regions_nobody_surveyed() -> None:
    for region in ("me-south-1", "us-iso-east-1", "eusc-de-east-1", "me-west-1", "nowhere-1"):
        assert not regions.surveyed(region)
        assert regions.lacking(region) == ()
    assert regions.surveyed("us-east-1")
    assert regions.surveyed("cn-north-1")


def test_rates_of_regions() -> None:
    assert regions.api_gateway_default_rate("us-east-1").value == 10_000
    assert regions.api_gateway_default_burst("us-east-1").value == 5_000
    assert regions.api_gateway_default_rate("eu-south-2").value == 2_500
    assert regions.api_gateway_default_burst("eu-south-2").value == 1_250
    assert regions.kms_request_quota("us-west-2").value == 100_000
    assert regions.kms_request_quota("eu-central-1").value == 20_000
    assert regions.kms_request_quota("eu-west-3").value == 10_000


def test_features_of_regions() -> None:
    assert regions.supports_acceleration("us-west-2")
    assert not regions.supports_acceleration("eu-north-1")
    assert regions.strong_consistency_set("us-west-2") == ("us-east-1", "us-east-2", "us-west-2")
    assert regions.strong_consistency_set("us-west-1") == ()


@pytest.mark.parametrize("fact", FACTS)
def test_regions_in_facts_exist(fact: Fact[Any]) -> None:
    values = fact.value if isinstance(fact.value, tuple | Mapping) else ()
    flat = [item for value in values for item in ([value] if isinstance(value, str) else [])]
    flat += [item for value in values if isinstance(value, tuple) for item in value]
    if "region" in fact.unit and flat and "quota" not in fact.unit.lower():
        assert [region for region in flat if not regions.known(region)] == []


def test_importing_a_service_loads_little() -> None:
    code = (
        "import sys; import compiler.aws.facts.lambda_\n"
        "print(*sorted(m for m in sys.modules if m.startswith('compiler.aws.facts.')))\n"
        "print([m for m in ('pydantic', 'ruamel', 'cfnlint', 'json', 'difflib') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split("\n")[:2] == ["compiler.aws.facts.lambda_ compiler.aws.facts.model", "[]"]


@pytest.mark.parametrize(
    ("parts", "written"),
    [
        (["100"], "100"),
        (["100", "100", "200"], "100 + 100 + 200"),
        (["100"] * 50 + ["200"], "50 x 100 + 200"),
        (["7", "8", "7"], "7 + 8 + 7"),
        (["7", *["100"] * 4, "7", "100"], "2 x 7 + 5 x 100"),
        (map(str, range(12)), "0 + 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 10 + 11"),
        (map(str, range(200)), "0 + 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 10 + 189 more"),
    ],
)
def test_a_sum_of_many_parts_is_short(parts: Iterator[str], written: str) -> None:
    assert summed(parts) == written
