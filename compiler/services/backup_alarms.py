"""Alarms on AWS Backup: backups and copies that fail, and backups that nobody makes any more."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.diagnostics.model import Route
from compiler.ir.elements import StackId
from compiler.services import backup
from compiler.services.base import Alarm, Metric, Query
from compiler.spec.backup import Every
from compiler.topology.model import Topology

_AT: Route = ("backup",)
_HOUR = 3600
_LONGEST_WATCH = Every.DAY.seconds
"""An alarm looks back for seven days, which is no more than a week: backups that are made less often than every day are
missed by nobody for longer. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html"""


def alarms(topology: Topology) -> Iterator[Alarm]:
    """Backups and copies that fail, and backups that nobody makes any more.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/cloudwatch.html (read 2026-11-26)
    """
    asked = topology.spec.backup
    for stack in topology.backing_up:
        yield _failing(stack, "BackupsFailed", "backups-failed", "Backups in {} fail, or do not begin in time.",
                       ("NumberOfBackupJobsFailed", "NumberOfBackupJobsExpired"))  # fmt: skip
        if asked and (asked.regions.copies or asked.copy_to):
            yield _failing(stack, "BackupCopiesFailed", "backup-copies-failed", "Copies of backups in {} fail.",
                           ("NumberOfCopyJobsFailed",))  # fmt: skip
        often = min((rule.every for rule in asked.rules), key=lambda every: every.seconds) if asked else Every.MONTH
        if often.seconds <= _LONGEST_WATCH:
            hours = 2 * often.seconds // _HOUR
            yield Alarm(
                stack,
                "BackupsMissing",
                "backups-missing",
                f"No backup was completed in {stack.region} for {hours} hours. It is raised until the first one.",
                _AT,
                threshold=1,
                comparison="LessThanThreshold",
                metric=_metric("NumberOfBackupJobsCompleted", _HOUR),
                periods=hours,
                datapoints=hours,
                missing="breaching",
            )


def _metric(name: str, period: int) -> Metric:
    return Metric("AWS/Backup", name, {"BackupVaultName": backup.vault_name()}, "Sum", period)


def _failing(stack: StackId, id_: str, entry: str, says: str, names: tuple[str, ...]) -> Alarm:
    queries = [Query(f"m{n}", _metric(name, _HOUR)) for n, name in enumerate(names)]
    filled = " + ".join(f"FILL(m{n}, 0)" for n, _ in enumerate(names))
    return Alarm(
        stack, id_, entry, says.format(stack.region), _AT, threshold=0,
        queries=(*queries, Query("failed", expression=filled, returned=True)), periods=1, datapoints=1,
    )  # fmt: skip
