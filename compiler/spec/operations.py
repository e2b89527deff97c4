"""Sections `alerts`, `logs` and `monitoring`: who is told, what is kept, what is watched."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from compiler.spec.base import Form, Model
from compiler.spec.units import Duration, Percent

Email = Annotated[
    str, Form(r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,24}", "an e-mail address", "oncall@example.com")
]


class Alerts(Model):
    """Who is told when an alarm changes its state."""

    email: Email | None = Field(
        default=None, description="Address that receives the alarms of every region; null: nobody does."
    )


def _retention(value: Duration) -> Duration:
    if value.days.denominator != 1 or value.days < 1:
        raise PydanticCustomError("range", "`{value}` is not a number of whole days", {"value": str(value)})
    return value


class Logs(Model):
    """How long logs are kept, here and in the other region's archive."""

    retention: Annotated[Duration, AfterValidator(_retention)] = Field(
        default=Duration(90 * 86400),
        description="Retention of log groups: a number of days that CloudWatch Logs offers.",
    )
    archive_retention: Annotated[Duration, AfterValidator(_retention)] = Field(
        default=Duration(365 * 86400),
        description="Retention of the archive that receives the other region's logs.",
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
