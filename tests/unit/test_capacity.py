"""Capacities against figures worked out by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from compiler.reading.document import load_document
from compiler.spec.parse import parse
from compiler.topology import capacity
from compiler.topology.capacity import Capacity

SPEC = """\
version: 1
name: x
naming: {{environment: prod, suffix: a1}}
objectives: {{rto: 15m, rpo: 5m, throughput: {throughput}, latency: 1s{least}}}
regions:
  - {{region: us-east-1, role: primary, cidr: 10.10.0.0/16{east}}}
  - {{region: us-west-2, role: secondary, cidr: 10.20.0.0/16}}
{quotas}
tables:
  - name: t
    key: {{partition: id}}
    item_size: {item}
    writes: {writes}
    reads: {reads}
    consistency: {consistency}
    indexes: [{{name: by-x, key: {{partition: x}}, writes: {index_writes}, reads: {index_reads}}}]
functions:
  - {{name: f, share: {share}, duration: {duration}, {code}}}
  - {{name: beside, share: 0.5, duration: 1s, {code}}}
api: {{routes: [{{method: GET, path: /x, function: f}}]}}
dns: {{domain: x.example.com, health_check: {{interval: {interval}}}}}
"""
DEFAULTS = {
    "code": "source: s, runtime: python3.13, handler: a.h, memory: 128MB, timeout: 10s", "throughput": "1000/s",
    "east": "", "quotas": "", "item": "1KB", "writes": "1", "reads": "1", "consistency": "strong",
    "index_writes": "1", "index_reads": "0", "duration": "50ms", "share": "1", "least": "", "interval": "10s",
}  # fmt: skip


def computed(**members: str) -> Capacity:
    return capacity.compute(parse(load_document(SPEC.format(**(DEFAULTS | members)), "x.yaml")))


@pytest.mark.parametrize(
    ("throughput", "duration", "share", "environments", "by_rate", "reserved"),
    [
        ("10000/s", "40ms", "1", 1_000, True, 1_200),  # 10,000 / 10 beats 10,000 x 0.04
        ("10000/s", "100ms", "1", 1_000, False, 1_200),  # both are 1,000
        ("10000/s", "300ms", "1", 3_000, False, 3_600),
        ("1/s", "1ms", "1", 1, True, 100),  # never below the floor
        ("1000/s", "50ms", "0.1", 10, True, 100),
        ("1000/s", "1s", "0.5", 500, False, 600),
        ("833/s", "100ms", "1", 84, False, 100),  # 83.3 x 1.2 is 99.96
        ("834/s", "100ms", "1", 84, False, 101),  # 83.4 x 1.2 is 100.08, rounded up
        ("60000/m", "50ms", "1", 100, True, 120),
    ],
)
def test_environments(
    throughput: str, duration: str, share: str, environments: int, by_rate: bool, reserved: int
) -> None:
    found = computed(throughput=throughput, duration=duration, share=share).functions["f"]
    assert (found.environments, found.by_rate, found.reserved) == (environments, by_rate, reserved)


@pytest.mark.parametrize(("least", "reserved", "own"), [(1, 2, 32), (40, 40, 40), (500, 500, 500)])
def test_the_fewest_environments_of_a_function_are_the_specs(least: int, reserved: int, own: int) -> None:
    """Those that Route 53 calls answer all checkers of both checks at once, 2 x 16, whatever the spec says."""
    found = computed(throughput="10/s", duration="100ms", least=f", reserved_minimum: {least}")
    assert (found.functions["f"].reserved, found.own_function) == (reserved, own)
    assert found.functions["f"].formula.startswith(f"max({least}, ")


@pytest.mark.parametrize(
    ("item", "writes", "reads", "consistency", "need_writes", "need_reads"),
    [
        ("1KB", "1", "1", "strong", 1_000, 1_000),
        ("1025B", "1", "1", "strong", 2_000, 1_000),
        ("4KB", "1", "1", "strong", 4_000, 1_000),
        ("4097B", "1", "1", "strong", 5_000, 2_000),
        ("1KB", "1", "1", "eventual", 1_000, 500),
        ("4097B", "0.5", "4", "eventual", 2_500, 4_000),
        ("1B", "0", "0", "strong", 0, 0),
        ("400KB", "0.1", "0.1", "strong", 40_000, 10_000),
    ],
)
def test_units_of_a_table(
    item: str, writes: str, reads: str, consistency: str, need_writes: int, need_reads: int
) -> None:
    found = computed(item=item, writes=writes, reads=reads, consistency=consistency).tables["t"]
    assert found.need_writes == need_writes
    assert found.need_reads == need_reads
    assert found.writes == max(need_writes, 4_000), "no colder than a new table"
    assert found.reads == max(need_reads, 12_000)


def test_an_index_is_read_eventually_and_written_with_the_items() -> None:
    found = computed(item="5KB", index_writes="2", index_reads="3").indexes["t", "by-x"]
    assert found.need_writes == 10_000
    assert found.need_reads == 3_000


@pytest.mark.parametrize(
    ("writes", "reads", "partitions"), [("0", "0", 1), ("1", "1", 1), ("10", "1", 10), ("1", "31", 11)]
)
def test_partitions(writes: str, reads: str, partitions: int) -> None:
    """A partition serves 1,000 writes or 3,000 reads a second."""
    assert computed(writes=writes, reads=reads).tables["t"].partitions == partitions


def test_the_api_carries_what_is_routed_with_headroom() -> None:
    """Functions behind no route bring no requests; Route 53 asks an API of its own."""
    found = computed(throughput="1000/s", share="0.9")
    assert found.api_requests == 900
    assert found.api_rate == 1_080


def test_concurrency_is_the_regions_own_quota_then_the_specs_then_awss() -> None:
    assert computed().concurrency == {"us-east-1": 1_000, "us-west-2": 1_000}
    assert computed(quotas="quotas: {lambda_concurrency: 3000}").concurrency == {"us-east-1": 3_000, "us-west-2": 3_000}
    own: dict[str, Any] = {
        "east": ", quotas: {lambda_concurrency: 5000}",
        "quotas": "quotas: {lambda_concurrency: 3000}",
    }
    assert computed(**own).concurrency == {"us-east-1": 5_000, "us-west-2": 3_000}


def test_a_tenth_is_a_tenth() -> None:
    """Shares are what the author wrote, not their binary neighbours: 0.1 x 3 is three tenths."""
    assert capacity.fraction(0.1) * 3 == Fraction(3, 10)
    assert computed(throughput="1000/s", share="0.3", duration="1s").functions["f"].rate == 300
