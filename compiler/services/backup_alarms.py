"""Alarms on AWS Backup: backups and copies that fail, and backups that nobody makes any more."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.facts import cloudwatch
from compiler.diagnostics.model import Route
from compiler.ir.elements import StackId
from compiler.services import backup
from compiler.services.base import Alarm, Metric, Query
from compiler.topology.model import Topology

_AT: Route = ("backup",)
_HOUR = 3600


def alarms(topology: Topology) -> Iterator[Alarm]:
    """On metrics of the vault of each region that backs up.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/cloudwatch.html (read 2026-11-26)
    """
    asked = topology.spec.backup
    if asked is None:
        return
    for stack in topology.backing_up:
        yield _failing(stack, "BackupsFailed", "backups-failed", "Backups in {} fail, or do not begin in time.",
                       ("NumberOfBackupJobsFailed", "NumberOfBackupJobsExpired"))  # fmt: skip
        if asked.regions.copies or asked.copy_to:
            yield _failing(stack, "BackupCopiesFailed", "backup-copies-failed", "Copies of backups in {} fail.",
                           ("NumberOfCopyJobsFailed",))  # fmt: skip
        yield from _missing(stack, min(rule.every.seconds for rule in asked.rules))


def _missing(stack: StackId, often: int) -> Iterator[Alarm]:
    """The alarm on silence; `often` is the shortest time between two backups of a rule, in seconds.

    It waits for twice that time, where an alarm can look back so far. Of a rule every week it looks at weeks of the
    calendar: over any seven days it would ring whenever a backup comes a little later than the one before. There it
    counts backups that begin, since one that ends late ends in the next week. A rule every month has no such alarm.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html (read 2026-11-27)
    """
    longest = cloudwatch.ALARM_WINDOW_SECONDS.value
    weekly = often == longest
    if not weekly and 2 * often > longest:
        return
    says, metric, periods = (
        ("No backup was begun in {} in a week of the calendar", _metric("NumberOfBackupJobsCreated", longest), 1)
        if weekly
        else (f"No backup was completed in {{}} for {2 * often // _HOUR} hours",
              _metric("NumberOfBackupJobsCompleted", _HOUR), 2 * often // _HOUR)
    )  # fmt: skip
    yield Alarm(
        stack, "BackupsMissing", "backups-missing", f"{says.format(stack.region)}. It is raised until the first one.",
        _AT, threshold=1, comparison="LessThanThreshold", metric=metric, periods=periods, datapoints=periods,
        missing="breaching", wall_clock=weekly,
    )  # fmt: skip


def _metric(name: str, period: int) -> Metric:
    return Metric("AWS/Backup", name, {"BackupVaultName": backup.vault_name()}, "Sum", period)


def _failing(stack: StackId, id_: str, entry: str, says: str, names: tuple[str, ...]) -> Alarm:
    queries = [Query(f"m{n}", _metric(name, _HOUR)) for n, name in enumerate(names)]
    filled = " + ".join(f"FILL(m{n}, 0)" for n, _ in enumerate(names))
    return Alarm(
        stack, id_, entry, says.format(stack.region), _AT, threshold=0,
        queries=(*queries, Query("failed", expression=filled, returned=True)), periods=1, datapoints=1,
    )  # fmt: skip
