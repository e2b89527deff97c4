"""Data Firehose: delivery streams and their buffers. Source: the Firehose API Reference."""

from __future__ import annotations

from typing import Final

from compiler.aws.facts.model import Fact, Grade, Source

_CREATE = Source(
    "Amazon Data Firehose API Reference: CreateDeliveryStream",
    "https://docs.aws.amazon.com/firehose/latest/APIReference/API_CreateDeliveryStream.html",
)
_BUFFER = Source(
    "Amazon Data Firehose API Reference: BufferingHints",
    "https://docs.aws.amazon.com/firehose/latest/APIReference/API_BufferingHints.html",
)

NAME_CHARACTERS: Final = Fact(
    "firehose.name_characters",
    64,
    "characters",
    Grade.DOCUMENTED,
    "The name of a delivery stream has at most 64 characters.",
    _CREATE,
)
BUFFER_SECONDS: Final = Fact(
    "firehose.buffer_seconds",
    900,
    "seconds",
    Grade.DOCUMENTED,
    "A delivery stream gathers records for at most 900 seconds.",
    _BUFFER,
)
