"""docs/objectives.md: how each objective is computed, from the compiler's own computation of the shipped spec.

`objectives.md` beside this module is the page with its tables and figures left out.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from compiler.aws.facts import apigateway, s3
from compiler.aws.facts.model import figure
from compiler.spec.objectives import Objectives
from tests.objectives import page

_FRAME = Path(__file__).with_suffix(".md")
_QUOTED = {
    "connect": "route53.connect_seconds",
    "answer": "route53.answer_seconds",
    "ramp": "lambda.ramp_concurrency",
    "ramp_seconds": "lambda.ramp_seconds",
    "idle": "lambda.idle_days",
    "healthy": "route53.healthy_percent",
    "checkers": "route53.checkers",
    "alias": "route53.api_alias_seconds",
    "exponent": "dns_clients.stale_exponent",
    "early": "dns_clients.stale_early_seconds",
    "late": "dns_clients.stale_late_seconds",
    "incident": "dynamodb.incident_lag_minutes",
    "strong": "dynamodb.strong_regions",
    "rtc_percent": "s3.rtc_percent",
    "rtc_minutes": "s3.rtc_minutes",
    "rtc_bits": "s3.rtc_bits_per_second",
    "tenfold": "lambda.requests_per_concurrency",
    "unreserved": "lambda.unreserved_concurrency",
    "burst": "apigateway.account_burst",
    "small_burst": "apigateway.small_region_burst",
    "write_unit": "dynamodb.write_unit_bytes",
    "read_unit": "dynamodb.read_unit_bytes",
    "partition_writes": "dynamodb.partition_writes",
    "partition_reads": "dynamodb.partition_reads",
    "source_reads": "s3.replication_source_reads",
    "prefix_writes": "s3.writes_per_prefix",
    "prefix_reads": "s3.reads_per_prefix",
    "saving": "s3.bucket_key_saving_percent",
    "key_cache": "dynamodb.key_cache_seconds",
    "acceleration": "s3.acceleration_delay_minutes",
    "trip_low": "vpc.round_trip_low_milliseconds",
    "trip_high": "vpc.round_trip_high_milliseconds",
}
"""Figures of AWS in the page's sentences."""


def files() -> dict[str, bytes]:
    refused = (f"### {name}\n\n```text\n{page.refusal(name)}\n```" for name in page.REFUSED)
    throttle = next(p.value for p in page.shipped().provided if p.id == "api.throttle")
    text = _FRAME.read_text(encoding="utf-8").format(
        **{name: page.quoted(fact) for name, fact in _QUOTED.items()},
        verdicts=page.verdicts(),
        rto=page.terms("rto"),
        **page.shares(),
        classes=page.classes(),
        detection=page.detections(),
        failback=page.failback(),
        rpo=page.terms("rpo"),
        latency=page.terms("latency"),
        provided=page.provided(),
        demands=page.demands(),
        outcomes=page.outcomes(),
        refused="\n\n".join(refused),
        figures=page.figures(),
        floor=Objectives.model_fields["reserved_minimum"].default,
        absorbed=figure(round(Fraction(1000 * apigateway.ACCOUNT_BURST.value, throttle))),
        acceleration_regions=len(s3.ACCELERATION_REGIONS.value),
    )
    return {"docs/objectives.md": text.encode()}
