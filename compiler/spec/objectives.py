"""Sections `objectives`, `quotas` and `naming`: what is asked for, what the account has, what things are called."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from compiler.spec.base import Form, Model, TagKey, TagValue
from compiler.spec.units import Duration, Rate

# The region, the account and a hyphen each follow these two in bucket names of at most 63 characters.
Environment = Annotated[
    str, Form(r"[a-z][a-z0-9]{0,7}", "1 to 8 lower-case letters and digits, beginning with a letter", "prod")
]
Suffix = Annotated[str, Form(r"[a-z0-9]{1,8}", "1 to 8 lower-case letters and digits", "a1", "blue2")]


def _tag(key: str) -> str:
    # A map of tags is written into templates as a JSON object, where these keys would be functions.
    if key in ("Ref", "Condition") or key.startswith("Fn::"):
        raise PydanticCustomError("reserved", "the tag key `{key}` is a CloudFormation function", {"key": key})
    if key.casefold() == "name" or key.casefold().startswith("dr:"):
        raise PydanticCustomError("reserved", "the tag `{key}` is set by the compiler", {"key": key})
    return key


def _tags(tags: dict[str, str]) -> dict[str, str]:
    # IAM tells keys apart by their letters only, and refuses a role that has one twice.
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html (read 2026-11-22)
    seen: dict[str, str] = {}
    for key in tags:
        first = seen.setdefault(key.casefold(), key)
        if first != key:
            raise PydanticCustomError("reserved", "the tags `{first}` and `{key}` are one key to IAM",
                                      {"first": first, "key": key})  # fmt: skip
    return tags


TagName = Annotated[TagKey, AfterValidator(_tag)]


class Naming(Model):
    """What every physical name carries."""

    environment: Environment = Field(
        description="Environment in every physical name; default of the parameter environment."
    )
    suffix: Suffix = Field(
        description="Suffix in every physical name; each copy has another. Default of the parameter environmentSuffix."
    )
    tags: Annotated[dict[TagName, TagValue], AfterValidator(_tags), Field(max_length=40)] = Field(
        default_factory=dict,
        description="Tags for every resource that supports tags, in addition to those of the compiler.",
    )


def _positive(value: Any) -> Any:
    if value.amount <= 0:
        raise PydanticCustomError("range", "`{value}` must be more than zero", {"value": str(value)})
    return value


PositiveDuration = Annotated[Duration, AfterValidator(_positive)]
PositiveRate = Annotated[Rate, AfterValidator(_positive)]


class Objectives(Model):
    """What the system must keep, as business and auditors state it; everything is computed from it."""

    rto: PositiveDuration = Field(
        description="Recovery time objective: from the loss of the primary region to service in the secondary.",
        examples=["15m"],
    )
    rpo: Duration = Field(
        description="Recovery point objective: the most data that may be lost, as a time.",
        examples=["5m"],
    )
    throughput: PositiveRate = Field(
        description="Transactions per second at peak that each serving region must handle alone.",
        examples=["10000/s"],
    )
    latency: PositiveDuration = Field(
        description="Time within which a transaction must be answered (99th percentile).", examples=["1s"]
    )


class Quotas(Model):
    """What the account was granted, in every serving region; AWS's defaults where a field is left out."""

    lambda_concurrency: int | None = Field(
        default=None, ge=1, le=1_000_000, description="Concurrent executions of all functions of the account."
    )
    api_requests: PositiveRate | None = Field(
        default=None, description="Requests per second over all APIs of the account.", examples=["20000/s"]
    )
    table_writes: PositiveRate | None = Field(
        default=None, description="Write request units per second of one table.", examples=["80000/s"]
    )
    table_reads: PositiveRate | None = Field(
        default=None, description="Read request units per second of one table.", examples=["80000/s"]
    )
    kms_requests: PositiveRate | None = Field(
        default=None,
        description="Cryptographic requests per second with symmetric keys.",
        examples=["100000/s"],
    )
    log_requests: PositiveRate | None = Field(
        default=None, description="PutLogEvents requests per second.", examples=["10000/s"]
    )
