"""Kinesis Data Streams and Data Firehose: throughput, names and buffers. Source: their guides and references."""

from __future__ import annotations

from typing import Final

from compiler.aws.facts.model import Fact, Grade, Source

_LIMITS = Source(
    "Amazon Kinesis Data Streams Developer Guide: Quotas and limits",
    "https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html",
)
_PRICES = Source("Amazon Kinesis Data Streams pricing", "https://aws.amazon.com/kinesis/data-streams/pricing/")
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
PAYLOAD_UNIT_BYTES: Final = Fact(
    "kinesis.payload_unit_bytes",
    25_600,
    "bytes per PUT payload unit",
    Grade.ASSUMED,
    "A PUT payload unit is 25 KB of one record, or what is left of it; a record takes one at least.",
    _PRICES,
    verified=False,
    read="2026-11-26",
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


_CREATE_DELIVERY_STREAM = Source(
    "Amazon Data Firehose API Reference: CreateDeliveryStream",
    "https://docs.aws.amazon.com/firehose/latest/APIReference/API_CreateDeliveryStream.html",
)
_BUFFER = Source(
    "Amazon Data Firehose API Reference: BufferingHints",
    "https://docs.aws.amazon.com/firehose/latest/APIReference/API_BufferingHints.html",
)

FIREHOSE_NAME_CHARACTERS: Final = Fact(
    "kinesis.firehose_name_characters",
    64,
    "characters",
    Grade.DOCUMENTED,
    "The name of a delivery stream has at most 64 characters.",
    _CREATE_DELIVERY_STREAM,
)
FIREHOSE_BUFFER_SECONDS: Final = Fact(
    "kinesis.firehose_buffer_seconds",
    900,
    "seconds",
    Grade.DOCUMENTED,
    "A delivery stream gathers records for at most 900 seconds.",
    _BUFFER,
)
