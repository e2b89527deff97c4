"""Resource types of Amazon CloudWatch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import MappingProxyType

from compiler.aws.facts import cloudwatch
from compiler.aws.types.record import Lookup, Name, Prerequisite, Properties, ResourceType
from compiler.aws.values import text

ALARM = "AWS::CloudWatch::Alarm"
COMPOSITE_ALARM = "AWS::CloudWatch::CompositeAlarm"
DASHBOARD = "AWS::CloudWatch::Dashboard"
ALARMS = (ALARM, COMPOSITE_ALARM)

_ARN = "arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}"
_CHILD = re.compile(r"(?:ALARM|OK|INSUFFICIENT_DATA)\(\s*[\"']?([^\"')]+)")
_GOES_ON = "it continues to send alarms"
_NAME = Name(
    "AlarmName",
    cloudwatch.ALARM_NAME_CHARACTERS,
    # Without `AlarmTypes` only metric alarms are listed.
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html (read 2026-11-26)
    Lookup(
        "cloudwatch",
        "DescribeAlarms",
        {"AlarmNames": ["{name}"], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]},
        (("MetricAlarms", "AlarmName"), ("CompositeAlarms", "AlarmName")),
    ),
)


def _children(properties: Properties) -> Iterator[Prerequisite]:
    for child in _CHILD.findall(text(properties.get("AlarmRule"))):
        yield Prerequisite(child.strip(), "the alarm it sums up", kinds=ALARMS)


TYPES = (
    ResourceType(
        ALARM,
        name=_NAME,
        holds=None,
        ref="{name}",
        arn=_ARN,
        attributes=MappingProxyType({"Arn": _ARN}),
        left=_GOES_ON,
    ),
    ResourceType(
        COMPOSITE_ALARM,
        name=_NAME,
        holds=None,
        shares_names_with=ALARM,
        ref="{name}",
        arn=_ARN,
        attributes=MappingProxyType({"Arn": _ARN}),
        needs=_children,
        left=_GOES_ON,
    ),
    ResourceType(
        DASHBOARD,
        # Up to 255 characters, and only the environment and its suffix vary:
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html (read 2026-11-22)
        name=Name("DashboardName", None, Lookup("cloudwatch", "GetDashboard", {"DashboardName": "{name}"})),
        holds=None,
        account_wide=True,
        ref="{name}",
        arn="arn:{partition}:cloudwatch::{account}:dashboard/{name}",
    ),
)
