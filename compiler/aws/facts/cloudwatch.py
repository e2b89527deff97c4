"""CloudWatch: alarms and dashboards. Source: the CloudWatch API Reference."""

from __future__ import annotations

from typing import Final

from compiler.aws.facts.model import Fact, Grade, Source

_API = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/"
_ALARM = Source("Amazon CloudWatch API Reference: PutMetricAlarm", _API + "API_PutMetricAlarm.html")
_COMPOSITE = Source("Amazon CloudWatch API Reference: PutCompositeAlarm", _API + "API_PutCompositeAlarm.html")
_DASHBOARD = Source(
    "Amazon CloudWatch API Reference: Dashboard body structure",
    _API + "CloudWatch-Dashboard-Body-Structure.html",
)
_MISSING = Source(
    "Amazon CloudWatch User Guide: Configuring how alarms treat missing data",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html",
)

SHORT_PERIODS_SECONDS: Final = Fact(
    "cloudwatch.short_periods_seconds",
    (10, 20, 30),
    "seconds",
    Grade.DOCUMENTED,
    "The period of an alarm below a minute is one of these.",
    _ALARM,
)
PERIOD_STEP_SECONDS: Final = Fact(
    "cloudwatch.period_step_seconds",
    60,
    "seconds",
    Grade.DOCUMENTED,
    "The period of an alarm from a minute on is a multiple of 60 seconds.",
    _ALARM,
)
LONG_PERIOD_SECONDS: Final = Fact(
    "cloudwatch.long_period_seconds",
    3_600,
    "seconds",
    Grade.DOCUMENTED,
    "An alarm whose period is an hour or more may look back over more than a day.",
    _ALARM,
)
SPAN_SECONDS: Final = Fact(
    "cloudwatch.span_seconds",
    86_400,
    "seconds",
    Grade.DOCUMENTED,
    "Period times evaluation periods of an alarm is at most a day while the period is below an hour.",
    _ALARM,
)
LONG_SPAN_SECONDS: Final = Fact(
    "cloudwatch.long_span_seconds",
    604_800,
    "seconds",
    Grade.DOCUMENTED,
    "Period times evaluation periods of an alarm is at most seven days while the period is an hour or more.",
    _ALARM,
)
ACTIONS_PER_STATE: Final = Fact(
    "cloudwatch.actions_per_state",
    5,
    "actions per state",
    Grade.DOCUMENTED,
    "An alarm takes at most five actions per state.",
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
MISSING_DATA: Final = Fact(
    "cloudwatch.missing_data",
    ("breaching", "notBreaching", "ignore", "missing"),
    "ways to treat missing data",
    Grade.DOCUMENTED,
    "An alarm treats missing data in one of these ways, `missing` unless told.",
    _MISSING,
)
WIDGETS_PER_DASHBOARD: Final = Fact(
    "cloudwatch.widgets_per_dashboard",
    500,
    "widgets per dashboard",
    Grade.DOCUMENTED,
    "A dashboard has at most 500 widgets.",
    _DASHBOARD,
)
DETECTION_LOW_SECONDS: Final = Fact(
    "cloudwatch.detection_low_seconds",
    120,
    "seconds",
    Grade.ASSUMED,
    "Failover on an alarm is taken to detect at least two minutes later than on an endpoint check.",
    _ALARM,
    verified=False,
)
DETECTION_HIGH_SECONDS: Final = Fact(
    "cloudwatch.detection_high_seconds",
    360,
    "seconds",
    Grade.ASSUMED,
    "Failover on an alarm is taken to detect at most six minutes later than on an endpoint check.",
    _ALARM,
    verified=False,
)
