"""CloudWatch Logs: how much is stored, and what logs, their copies and the way of the copies cost."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from compiler.aws.facts import kinesis, prices
from compiler.aws.facts import logs as facts
from compiler.aws.facts.model import figure
from compiler.objectives.costs import Cost, Growth, moved, standing, storage, transferred, used
from compiler.services import log_copies
from compiler.services.base import views
from compiler.topology.capacity import ACCESS_LOG_BYTES
from compiler.topology.model import Topology

_AT = ("logs",)
_BILLED = "CloudWatch Logs"


def growth(topology: Topology) -> Iterator[Growth]:
    """Log lines where the system runs, and their copies in the archive of the other region, both compressed."""
    usual, factor = topology.capacity.logs.usual, Fraction(str(facts.COMPRESSION.value))
    settings = topology.spec.logs
    yield Growth("logs.groups", "log lines", f"{figure(usual)} B/s / {figure(factor)}", usual / factor,
                 settings.retention.seconds, (facts.COMPRESSION,), _AT)  # fmt: skip
    if settings.existing:
        return
    formula, sent = _sent(topology)
    yield Growth("logs.archive", "copies of the other region's log lines", formula, sent,
                 settings.archive_retention.seconds, (facts.COMPRESSION, facts.RECORD_BYTES), _AT)  # fmt: skip


def costs(topology: Topology) -> Iterator[Cost]:
    """What the region that serves usually logs, the way of the copies to the archive, and the shards of each region."""
    here = topology.primary.region
    access = topology.capacity.api_requests * ACCESS_LOG_BYTES
    lines = topology.capacity.logs.usual - access
    groups, *archives = growth(topology)
    yield moved("logs.functions", _BILLED, here, "log lines of functions", f"{figure(lines)} B/s",
                prices.FUNCTION_LOGS, lines)  # fmt: skip
    yield moved("logs.access", _BILLED, here, "access log of the API", f"{figure(access)} B/s",
                prices.LOG_INGESTION, access)  # fmt: skip
    yield storage("logs.storage", _BILLED, here, "log lines", groups, prices.LOG_STORAGE)
    for archive in archives:
        yield from _copies(topology, archive)


def _copies(topology: Topology, archive: Growth) -> Iterator[Cost]:
    """The way of the copies to their archive. Who owns a destination that exists pays for that one."""
    here, there = topology.primary.region, topology.secondary.region
    hours = prices.MONTH_HOURS.value
    for stack in topology.serving:
        shards = sum(stream.shards for stream in views(log_copies.declare(topology), log_copies.StreamView, stack))
        says = f"shards for the logs of {topology.peer(stack).region}"
        yield standing("logs.shards", "Kinesis", stack.region, says, f"{shards} x {hours} h", prices.SHARD_HOURS,
                       shards * hours)  # fmt: skip
    formula, sent = _sent(topology)
    unit, records = kinesis.PAYLOAD_UNIT_BYTES.value, topology.capacity.logs.records
    yield used("logs.puts", "Kinesis", there, f"records with the logs of {here}",
               f"({formula} / {figure(unit)}B + {figure(records)}/s)", prices.SHARD_PUTS,
               sent / unit + records)  # fmt: skip
    yield moved("logs.delivery", "Data Firehose", there, f"logs of {here} on the way to their archive", formula,
                prices.DELIVERY, sent)  # fmt: skip
    yield storage("logs.archive", "S3", there, f"archive of the logs of {here}", archive, prices.OBJECT_STORAGE)
    yield transferred("logs.transfer", here, "copies of log lines to the other region", formula, sent)


def _sent(topology: Topology) -> tuple[str, Fraction]:
    """Bytes a second that copies of the usual log lines take on their way, and how they are computed."""
    volume = topology.capacity.logs
    factor = Fraction(str(facts.COMPRESSION.value))
    formula = (
        f"({figure(volume.usual)} B/s / {figure(factor)} + {figure(volume.records)}/s x {facts.RECORD_BYTES.value}B)"
    )
    return formula, volume.usual / factor + volume.records * facts.RECORD_BYTES.value
