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
