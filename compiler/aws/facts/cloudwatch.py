"""CloudWatch: alarms and dashboards. Source: the CloudWatch API Reference."""

from __future__ import annotations

from typing import Final

from compiler.aws.facts.model import Fact, Grade, Source

_API = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/"
_ALARM = Source("Amazon CloudWatch API Reference: PutMetricAlarm", _API + "API_PutMetricAlarm.html")
_ALARMS = Source(
    "Amazon CloudWatch User Guide: Using Amazon CloudWatch alarms",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html",
)
_COMPOSITE = Source("Amazon CloudWatch API Reference: PutCompositeAlarm", _API + "API_PutCompositeAlarm.html")

PERIOD_STEP_SECONDS: Final = Fact(
    "cloudwatch.period_step_seconds",
    60,
    "seconds",
    Grade.DOCUMENTED,
    "The period of an alarm from a minute on is a multiple of 60 seconds.",
    _ALARM,
)
ALARM_WINDOW_SECONDS: Final = Fact(
    "cloudwatch.alarm_window_seconds",
    604_800,
    "seconds",
    Grade.DOCUMENTED,
    "An alarm looks back for at most seven days, with periods of an hour or more.",
    _ALARM,
)
ALARM_NAME_CHARACTERS: Final = Fact(
    "cloudwatch.alarm_name_characters",
    255,
    "characters",
    Grade.DOCUMENTED,
    "The name of an alarm has at most 255 characters.",
    _ALARM,
)
COMPOSITE_RULE_CHARACTERS: Final = Fact(
    "cloudwatch.composite_rule_characters",
    10_240,
    "characters",
    Grade.DOCUMENTED,
    "The rule of a composite alarm has at most 10,240 characters.",
    _COMPOSITE,
)
COMPOSITE_CHILDREN: Final = Fact(
    "cloudwatch.composite_children",
    100,
    "alarms per rule",
    Grade.DOCUMENTED,
    "The rule of a composite alarm speaks of at most 100 alarms.",
    _COMPOSITE,
)
ALARMS: Final = Fact(
    "cloudwatch.alarms",
    5_000,
    "alarms per account and region",
    Grade.DOCUMENTED,
    "An account has at most 5,000 alarms in a region unless AWS Support raises the quota.",
    _ALARMS,
    read="2026-11-27",
)
