"""Sections `alerts`, `logs`, `monitoring`, `deployment` and `accept`: what is watched, kept, told and accepted."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from compiler.aws.facts import cloudformation
from compiler.spec.base import Form, Model
from compiler.spec.units import Duration, Percent

ENDPOINTS = {
    "email": r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,24}",
    "https": r"https://(?:[a-z0-9-]+\.)+[a-z]{2,24}(?::[0-9]{1,5})?(?:/[^\s]*)?",
    "sqs": r"arn:aws:sqs:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,80}",
    "lambda": r"arn:aws:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]{1,64}(?::[A-Za-z0-9_-]{1,128})?",
}
"""What each kind of subscription may name."""
Endpoint = Annotated[
    str,
    Form(
        "|".join(ENDPOINTS.values()),
        "an e-mail address, an https address, or the ARN of a standard queue or function",
        "oncall@example.com",
        "https://events.example.com/aws",
        "arn:aws:sqs:us-east-1:012345678901:alerts",
        "arn:aws:lambda:us-east-1:012345678901:function:page",
    ),
]


class Kind(StrEnum):
    """How a subscriber is told."""

    EMAIL = "email"
    HTTPS = "https"
    SQS = "sqs"
    LAMBDA = "lambda"


class Subscription(Model):
    """One subscriber of alarms."""

    entry_key = ("kind", "to")

    kind: Annotated[Kind, Field(strict=False)] = Field(
        description="email and https subscribe to the alarms of every region; sqs and lambda to those of the region in "
        "their ARN, so they need an entry for each region."
    )
    to: Endpoint = Field(
        description="Address or ARN. Whoever owns it lets SNS in: people confirm an e-mail, a server confirms an https "
        "address, a queue or function has a policy that allows the topic."
    )


TopicArn = Annotated[
    str,
    Form(
        r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}",
        "the ARN of a standard topic; alarms cannot report to a FIFO topic",
        "arn:aws:sns:us-east-1:012345678901:platform-alerts",
    ),
]
LogDestinationArn = Annotated[
    str,
    Form(
        r"arn:aws[a-z-]*:logs:[a-z0-9-]+:[0-9]{12}:destination:[^:*\s]{1,512}",
        "the ARN of a destination of CloudWatch Logs, not of a stream, bucket or log group",
        "arn:aws:logs:us-east-1:210987654321:destination:central-logs",
    ),
]


class Alerts(Model):
    """Who is told when an alarm changes its state."""

    existing: tuple[TopicArn, ...] = Field(
        default=(),
        max_length=11,
        description="ARNs of topics that exist, of this account or another one: one for each region and for us-east-1. "
        "With them the topology makes no topics and no subscriptions. `--explain topic-policy` prints what their "
        "policies must allow.",
    )
    subscriptions: tuple[Subscription, ...] = Field(
        default=(), max_length=20, description="Who receives the alarms; without an entry nobody does."
    )


def _retention(value: Duration) -> Duration:
    if value.days.denominator != 1 or value.days < 1:
        raise PydanticCustomError("range", "`{value}` is not a number of whole days", {"value": str(value)})
    return value


class LogLevel(StrEnum):
    """Levels of log lines, under the names that Lambda has for them."""

    DEBUG = "debug"
    INFO = "info"
    WARN = "warn"
    ERROR = "error"


def _part(value: Percent) -> Percent:
    if value.percent > 100:
        raise PydanticCustomError("range", "`{value}` must be at most 100%", {"value": str(value)})
    return value


class Logs(Model):
    """What functions log, and how long logs are kept, here and in the other region's archive."""

    existing: tuple[LogDestinationArn, ...] = Field(
        default=(),
        max_length=11,
        description="ARNs of destinations of CloudWatch Logs that exist, such as those of a log account: one for each "
        "serving region. Logs are copied there, and the topology makes no archive. `--explain log-policy` prints what "
        "their policies must allow.",
    )
    retention: Annotated[Duration, AfterValidator(_retention)] = Field(
        default=Duration(90 * 86400),
        description="Retention of log groups: a number of days that CloudWatch Logs offers.",
    )
    archive_retention: Annotated[Duration, AfterValidator(_retention)] = Field(
        default=Duration(365 * 86400),
        description="Retention of the archive that receives the other region's logs.",
    )
    level: Annotated[LogLevel, Field(strict=False)] = Field(
        default=LogLevel.INFO,
        description="Lowest level that functions log: `LOG_LEVEL` for the code, and what Lambda drops lines by. Lambda "
        "itself logs only what goes wrong.",
    )
    sample: Annotated[Percent, AfterValidator(_part)] = Field(
        default=Percent(1),
        description="Share of the successful runs that the code logs, as `LOG_SAMPLE`. Errors and refusals are always "
        "logged. The table is the record of transactions.",
        examples=["1%"],
    )


def _share(value: Percent) -> Percent:
    if not 0 < value.percent <= 50:
        raise PydanticCustomError("range", "`{value}` must be more than 0% and at most 50%", {"value": str(value)})
    return value


class Monitoring(Model):
    """What raises an alarm, where it does not follow from the objectives."""

    error_rate: Annotated[Percent, AfterValidator(_share)] = Field(
        default=Percent(1),
        description="Share of failed runs or requests that raises an alarm.",
        examples=["1%"],
    )
    resilience_hub: bool = Field(
        default=False, description="Whether Resilience Hub assesses the system daily against the objectives."
    )
    dashboard: bool = Field(default=True, description="Whether every serving region has a dashboard.")


def _bake(value: Duration) -> Duration:
    minutes = value.seconds / 60
    if minutes.denominator != 1 or minutes > cloudformation.MONITORING_MINUTES.value:
        raise PydanticCustomError(
            "range",
            "`{value}` is not a number of whole minutes from 0 to {most}",
            {"value": str(value), "most": cloudformation.MONITORING_MINUTES.value},
        )
    return value


class OnDelete(StrEnum):
    """What AWS does with a resource that is no longer part of a stack."""

    RETAIN = "retain"
    DELETE = "delete"

    @property
    def policy(self) -> str:
        """The value of `DeletionPolicy` and `UpdateReplacePolicy`."""
        return self.value.capitalize()


class Deployment(Model):
    """How a running system is changed, and what becomes of its resources in the end."""

    bake: Annotated[Duration, AfterValidator(_bake)] = Field(
        default=Duration(15 * 60),
        description="How long dr-deploy watches the alarms of a region after a change, before the change goes to the "
        "region that serves clients. In whole minutes, at most 180m; `0s` for none.",
        examples=["15m", "0s"],
    )
    on_delete: Annotated[OnDelete, Field(strict=False)] = Field(
        default=OnDelete.RETAIN,
        description="retain: a resource stays in AWS when its stack is deleted or the spec no longer has it; delete: "
        "AWS deletes it with everything it holds. For systems that nobody needs afterwards.",
    )

    @property
    def retains(self) -> bool:
        """Whether resources stay when no stack has them any longer."""
        return self.on_delete is OnDelete.RETAIN


FindingName = Annotated[
    str,
    Form(
        r"[A-Za-z][A-Za-z0-9_.-]{0,399}",
        "a finding's code, its id, or the id of a cfn-lint rule",
        "DR331",
        "rpo-documents-watched",
        "W3005",
    ),
]
Place = Annotated[
    str,
    Form(
        r"[a-z_]+(?:\[[A-Za-z0-9_.-]+\]|\.[A-Za-z0-9_.-]+)*",
        "a section, entry or field of this spec",
        "tables.transactions",
        "objectives.rpo",
    ),
]
Reason = Annotated[
    str,
    Form(
        r"\S[^\x00]{0,999}",
        "a sentence that says why, of at most 1,000 characters",
        "agreed with risk management, minutes of 12 May",
    ),
]


def _day(value: str) -> str:
    try:
        date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("range", "`{value}` is not a valid date", {"value": value}) from None
    return value


Day = Annotated[
    str, Form(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "a date, written year-month-day", "2027-06-30"), AfterValidator(_day)
]


class Acceptance(Model):
    """One finding that is accepted: it neither fails a compile nor is shown as a warning."""

    entry_key = ("finding", "at")

    finding: FindingName = Field(
        description="The finding that is accepted: its id, its code, or the id of a cfn-lint rule."
    )
    at: Place | None = Field(
        default=None, description="Entry or field that the finding is about; needed if several findings have this code."
    )
    reason: Reason = Field(description="Why it is accepted. Reviewers and auditors read this.")
    expires: Day | None = Field(
        default=None, description="Last day on which it is accepted. From the next day, the compile fails."
    )
