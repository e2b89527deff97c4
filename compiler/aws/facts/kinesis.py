"""Kinesis Data Streams: throughput of shards and on-demand streams. Source: the Developer Guide."""

from __future__ import annotations

from typing import Final

from compiler.aws.facts.model import Fact, Grade, Source

_LIMITS = Source(
    "Amazon Kinesis Data Streams Developer Guide: Quotas and limits",
    "https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html",
)
_RESHARDING = Source(
    "Amazon Kinesis Data Streams API Reference: UpdateShardCount",
    "https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html",
)
_STREAM = Source(
    "AWS CloudFormation Template Reference: AWS::Kinesis::Stream",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kinesis-stream.html",
)

SHARD_WRITE_BYTES: Final = Fact(
    "kinesis.shard_write_bytes",
    1_000_000,
    "bytes/s per shard",
    Grade.DOCUMENTED,
    "A shard takes in at most 1 MB a second, counted here as 1,000,000 bytes.",
    _LIMITS,
)
SHARD_WRITE_RECORDS: Final = Fact(
    "kinesis.shard_write_records",
    1_000,
    "records/s per shard",
    Grade.DOCUMENTED,
    "A shard takes in at most 1,000 records a second.",
    _LIMITS,
)
SHARD_READ_BYTES: Final = Fact(
    "kinesis.shard_read_bytes",
    2_000_000,
    "bytes/s per shard",
    Grade.DOCUMENTED,
    "A shard gives out at most 2 MB a second, counted here as 2,000,000 bytes.",
    _LIMITS,
)
SHARD_READ_CALLS: Final = Fact(
    "kinesis.shard_read_calls",
    5,
    "GetRecords calls/s per shard",
    Grade.DOCUMENTED,
    "A shard may be read five times a second.",
    _LIMITS,
)
ON_DEMAND_WRITE_BYTES: Final = Fact(
    "kinesis.on_demand_write_bytes",
    4_000_000,
    "bytes/s per stream",
    Grade.DOCUMENTED,
    "A new on-demand stream takes in 4 MB a second, counted here as 4,000,000 bytes.",
    _LIMITS,
)
ON_DEMAND_READ_BYTES: Final = Fact(
    "kinesis.on_demand_read_bytes",
    8_000_000,
    "bytes/s per stream",
    Grade.DOCUMENTED,
    "A new on-demand stream gives out 8 MB a second, counted here as 8,000,000 bytes.",
    _LIMITS,
)
ON_DEMAND_MAX_WRITE_BYTES: Final = Fact(
    "kinesis.on_demand_max_write_bytes",
    200_000_000,
    "bytes/s per stream",
    Grade.DOCUMENTED,
    "An on-demand stream grows to 200 MB a second in most regions, unless the quota is raised.",
    _LIMITS,
)
LARGE_REGIONS: Final = Fact(
    "kinesis.large_regions",
    ("eu-west-1", "us-east-1", "us-west-2"),
    "regions",
    Grade.DOCUMENTED,
    "In these regions streams may grow further.",
    _LIMITS,
)
LARGE_REGION_MAX_WRITE_BYTES: Final = Fact(
    "kinesis.large_region_max_write_bytes",
    10_000_000_000,
    "bytes/s per stream",
    Grade.DOCUMENTED,
    "An on-demand stream grows to 10 GB a second in the larger regions.",
    _LIMITS,
)
ON_DEMAND_STREAMS: Final = Fact(
    "kinesis.on_demand_streams",
    50,
    "on-demand streams per account and region",
    Grade.DOCUMENTED,
    "An account may have 50 on-demand streams unless the quota is raised.",
    _LIMITS,
)
RECORD_BYTES: Final = Fact(
    "kinesis.record_bytes",
    10_485_760,
    "bytes per record",
    Grade.DOCUMENTED,
    "A record has at most 10 MiB, of which more than 1 MiB is meant for bursts only.",
    _LIMITS,
)
BATCH_RECORDS: Final = Fact(
    "kinesis.batch_records",
    500,
    "records per call",
    Grade.DOCUMENTED,
    "One call writes at most 500 records.",
    _LIMITS,
)
RETENTION_HOURS_MIN: Final = Fact(
    "kinesis.retention_hours_min",
    24,
    "hours",
    Grade.DOCUMENTED,
    "A stream keeps its records for at least 24 hours.",
    _LIMITS,
)
RETENTION_HOURS_MAX: Final = Fact(
    "kinesis.retention_hours_max",
    8_760,
    "hours",
    Grade.DOCUMENTED,
    "A stream keeps its records for at most 8,760 hours.",
    _LIMITS,
)
NAME_CHARACTERS: Final = Fact(
    "kinesis.name_characters",
    128,
    "characters",
    Grade.DOCUMENTED,
    "The name of a stream has at most 128 characters.",
    _STREAM,
)
RESHARDING_FACTOR: Final = Fact(
    "kinesis.resharding_factor",
    2,
    "times the shards, or a part of them",
    Grade.DOCUMENTED,
    "One update may at most double a stream's shards, and at most halve them.",
    _RESHARDING,
)
