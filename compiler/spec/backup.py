"""Section `backup`: copies of tables and buckets that replication does not change."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from compiler.aws.facts import backup as facts
from compiler.spec.base import Form, Model, Name
from compiler.spec.regions import days
from compiler.spec.units import Duration

_HOUR = 3600
_WINDOW_HOURS = (facts.START_MINUTES_MIN.value // 60, 168)  # not a figure: the upper end is a week, a bound of ours

VaultArn = Annotated[
    str,
    Form(
        r"arn:aws[a-z-]*:backup:[a-z0-9-]+:[0-9]{12}:backup-vault:[A-Za-z0-9_-]{2,50}",
        "the ARN of a backup vault",
        "arn:aws:backup:us-east-1:210987654321:backup-vault:central",
    ),
]
Clock = Annotated[
    str, Form(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", "a time of the day in UTC, in quotes, such as `03:00`", "03:00")
]


def _window(value: Duration) -> Duration:
    low, high = _WINDOW_HOURS
    minutes = value.seconds / 60
    if minutes.denominator != 1 or not low * 60 <= minutes <= high * 60:
        raise PydanticCustomError(
            "range",
            "a window is whole minutes from `{low}h` to `{high}h`, not `{value}`",
            {"value": str(value), "low": low, "high": high},
        )
    return value


Window = Annotated[Duration, AfterValidator(_window)]
Retention = Annotated[Duration, days(1, facts.RETENTION_DAYS_MAX.value, "the retention of backups")]


class Every(StrEnum):
    """How often a rule makes backups."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    @property
    def seconds(self) -> int:
        """The longest time between two backups."""
        return {Every.HOUR: _HOUR, Every.DAY: 24 * _HOUR, Every.WEEK: 168 * _HOUR, Every.MONTH: 744 * _HOUR}[self]


class Where(StrEnum):
    """Which serving regions make backups, and whether they are copied to the other one."""

    EACH = "each"
    EACH_COPIED = "each-copied"
    PRIMARY = "primary-copied"

    @property
    def copies(self) -> bool:
        return self is not Where.EACH


class BackupRule(Model):
    """One rule of the backup plans: when backups are made and how long they are kept."""

    entry_key = ("name",)

    name: Name = Field(description="Name of the rule.")
    every: Annotated[Every, Field(strict=False)] = Field(
        description="How often: hour, day, week (on Sundays) or month (on the first day)."
    )
    at: Clock = Field(
        default="03:00",
        description="Time of the day in UTC. Of a rule with `every: hour`, only the minute counts.",
        examples=["03:00"],
    )
    retention: Retention = Field(description="How long a backup is kept, and each of its copies.", examples=["35d"])
    cold_after: Retention | None = Field(
        default=None,
        description="When a backup of a table moves to cold storage, which is cheaper and slower; it stays there for "
        f"{facts.COLD_DAYS_MIN.value} days at least. Backups of buckets never move.",
        examples=["30d"],
    )


class VaultLock(Model):
    """The lock of the vaults, in governance mode: it can be changed by whoever may deploy."""

    shortest: Retention | None = Field(
        default=None,
        description="Least retention that the vaults take: a backup with less fails. Without it, the least of `rules`.",
        examples=["30d"],
    )
    longest: Retention | None = Field(
        default=None,
        description="Longest retention that the vaults take. Without it, the longest of `rules`.",
        examples=["3650d"],
    )


class Backup(Model):
    """Backups of tables and buckets by AWS Backup: a locked vault and a plan in each serving region."""

    rules: tuple[BackupRule, ...] = Field(
        min_length=1,
        max_length=facts.PLAN_RULES.value,
        description="When backups are made, and how long kept.",
    )
    regions: Annotated[Where, Field(strict=False)] = Field(
        default=Where.EACH,
        description="each: both serving regions back up their own replicas; each-copied: and copy the backups to the "
        "other region; primary-copied: only the primary backs up, and copies to the secondary.",
    )
    copy_to: tuple[VaultArn, ...] = Field(
        default=(),
        max_length=facts.RULE_COPIES.value - 1,
        description="Vaults that exist, for example in another account of the organization. Every backup is copied to "
        "each of them; their owner lets this account in.",
        examples=[["arn:aws:backup:us-east-1:210987654321:backup-vault:central"]],
    )
    tables: tuple[Name, ...] | None = Field(
        default=None, description="Tables that are backed up. Without it, all of them.", examples=[["transactions"]]
    )
    buckets: tuple[Name, ...] | None = Field(
        default=None, description="Buckets that are backed up. Without it, all of them.", examples=[["documents"]]
    )
    lock: VaultLock = Field(default_factory=VaultLock, description="How long a backup must and may be kept.")
    start_within: Window = Field(
        default=Duration(_HOUR),
        description="How late a backup may begin; after that, AWS gives it up and an alarm rings.",
        examples=["1h"],
    )
    complete_within: Window = Field(
        default=Duration(168 * _HOUR),
        description="How long a backup may take before AWS gives it up.",
        examples=["24h"],
    )
