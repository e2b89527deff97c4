"""Section `accept`: findings that somebody has looked at and takes responsibility for, each with a reason."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from compiler.spec.base import Form, Model

FindingName = Annotated[
    str,
    Form(
        r"[A-Za-z][A-Za-z0-9]*(?:[.-][A-Za-z0-9]+){0,19}",
        "a finding's code, its id, or the id of a cfn-lint rule",
        "DR331",
        "rpo-documents-watched",
        "W3005",
    ),
]
Place = Annotated[
    str,
    Form(
        r"[a-z_]+(?:\[[a-z0-9-]+\]|\.[A-Za-z0-9_.-]+)*",
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
