"""SQS: queues. Source: the Amazon SQS Developer Guide."""

from __future__ import annotations

from typing import Final

from compiler.aws.facts.model import Fact, Grade, Source

_QUEUE = Source(
    "Amazon SQS Developer Guide: Amazon SQS standard queue quotas",
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html",
)

QUEUE_NAME_CHARACTERS: Final = Fact(
    "sqs.queue_name_characters",
    80,
    "characters",
    Grade.DOCUMENTED,
    "The name of a queue has at most 80 characters.",
    _QUEUE,
)
