"""AWS Backup: what is left after a bad write, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from compiler.aws.facts import prices
from compiler.aws.facts.model import figure
from compiler.objectives.costs import MONTH_SECONDS, YEAR, Cost, Growth, storage, transferred
from compiler.objectives.model import Remains
from compiler.services import backup, dynamodb, s3
from compiler.spec.backup import BackupRule
from compiler.topology.model import Topology

_BILLED = "AWS Backup"


def remains(topology: Topology) -> Iterator[Remains]:
    """What each rule keeps: a state for each time that it is due, which may begin late."""
    asked = topology.spec.backup
    if asked is None:
        return
    names = " and ".join(entry.name for entry in (*backup.tables(topology), *s3.backed_up(topology)))
    where = " and ".join(stack.region for stack in topology.backing_up)
    for position, rule in enumerate(asked.rules):
        step = rule.every.seconds + asked.start_within.seconds
        yield Remains(
            f"backup.{rule.name}", f"backups of {names}, made in {where} every {rule.every}", step,
            rule.retention.seconds, step, (), ("backup", "rules", position),
        )  # fmt: skip


def costs(topology: Topology) -> Iterator[Cost]:
    """What is stored in each vault, and what is copied to another region or account.

    A backup of a table is a full one; backups of a bucket share what has not changed, and are counted as one. Each
    backup is taken to be as large as the data are at the end of the month.
    https://docs.aws.amazon.com/aws-backup/latest/devguide/metering-and-billing.html (read 2026-11-26)
    """
    asked = topology.spec.backup
    if asked is None:
        return
    grown = {each.route: each for each in (*dynamodb.growth(topology), *s3.growth(topology))}
    for stack in topology.backing_up:
        vaults = [stack.region, *(peer.region for peer in backup.copied_to(topology, asked, stack))]
        vaults += [known.split(":")[3] for known in asked.copy_to]
        for table in backup.tables(topology):
            data = grown[topology.place("tables", table)]
            for rule in asked.rules:
                id_ = f"backup.{stack.region}.{rule.name}.{table.name}"
                says = f"backups of {table.name} by the rule {rule.name}"
                yield _held(id_, stack.region, says, data, rule, len(vaults))
                yield _sent(id_, stack.region, says, data, rule, sum(each != stack.region for each in vaults))
        for entry in s3.backed_up(topology):
            data = grown[topology.place("buckets", entry)]
            id_, says = f"backup.{stack.region}.{entry.name}", f"backups of {entry.name}"
            line = storage(id_, _BILLED, stack.region, says, data, prices.BACKUP_OBJECTS)
            yield _times(line, len(vaults), len(vaults))
            away = sum(each != stack.region for each in vaults)
            yield transferred(f"{id_}.copies", stack.region, f"copies of {says}", f"{away} x {data.formula}",
                              data.rate * away)  # fmt: skip


def _made(rule: BackupRule, months: int) -> tuple[Fraction, Fraction]:
    """How many backups of a rule there are after so many months: all of them, and those in cold storage."""
    passed = Fraction(months * MONTH_SECONDS)
    kept = min(passed, rule.retention.seconds) / rule.every.seconds
    warm = min(passed, rule.cold_after.seconds if rule.cold_after else passed) / rule.every.seconds
    return kept, max(kept - warm, Fraction(0))


def _held(id_: str, region: str, says: str, data: Growth, rule: BackupRule, vaults: int) -> Cost:
    """GB-months of a table's backups in all vaults, those in cold storage at the price of a part of a warm one."""
    line = storage(id_, _BILLED, region, says, data, prices.BACKUP_TABLES)
    share = Fraction(prices.BACKUP_COLD.value.dollars) / Fraction(prices.BACKUP_TABLES.value.dollars)
    first, twelfth = (kept - cold * (1 - share) for kept, cold in (_made(rule, 1), _made(rule, YEAR)))
    return _times(line, vaults * first, vaults * twelfth)


def _sent(id_: str, region: str, says: str, data: Growth, rule: BackupRule, copies: int) -> Cost:
    """GB of a table's full backups that leave for other regions in a month."""
    line = storage(f"{id_}.copies", "Data transfer", region, f"copies of {says}", data, prices.TRANSFER)
    month = Fraction(MONTH_SECONDS, rule.every.seconds) * copies
    return _times(line, month, month)


def _times(line: Cost, first: Fraction | int, twelfth: Fraction | int) -> Cost:
    """A line of storage for so many backups."""
    formula = f"{figure(round(Fraction(first)))} x {line.formula}"
    return replace(line, formula=formula, load=line.load * first, year=line.year * twelfth)
