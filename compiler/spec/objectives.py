"""Sections `objectives`, `quotas` and `naming`: what is asked for, what the account has, what things are called."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from compiler.spec.base import Form, Model, Name, TagKey, TagValue
from compiler.spec.units import Duration, Percent, Rate

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


def _part(value: Percent) -> Percent:
    if not 0 < value.percent < 100:
        message = "`{value}` must be more than 0% and less than 100%; some clients always keep an old address"
        raise PydanticCustomError("range", message, {"value": str(value)})
    return value


class RecoveryTime(Model):
    """A recovery time, and the share of clients that must be served again within it."""

    within: PositiveDuration = Field(
        description="Time from the loss of the primary region to service in the secondary.", examples=["15m"]
    )
    share: Annotated[Percent, AfterValidator(_part)] = Field(
        default=Percent(97),
        description="Share of clients that must be served again within this time.",
        examples=["97%", "95%"],
    )

    def __str__(self) -> str:
        """As an author would write it: the time alone where the share is the default."""
        usual = self.share == type(self).model_fields["share"].default
        return str(self.within) if usual else f"{self.within} for {self.share} of clients"


def _recovery_time(value: Any) -> Any:
    """The short form, a time alone, is the same as a section that only has `within`."""
    if isinstance(value, Mapping | RecoveryTime):
        return value
    return RecoveryTime(within=_positive(Duration.parse(value)))


class Objectives(Model):
    """What the system must keep, as business and auditors state it; everything is computed from it."""

    rto: Annotated[RecoveryTime, BeforeValidator(_recovery_time)] = Field(
        description="Recovery time objective: from the loss of the primary region to service in the secondary. "
        "`15m` alone means 97% of clients; `{within: 15m, share: 95%}` names another share.",
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
    reserved_minimum: int = Field(
        default=100,
        ge=1,
        description="Fewest execution environments reserved for each function, however little the throughput needs. "
        "A system for development needs few, and the quota of an account is soon used up.",
        examples=[5],
    )


class Resolver(StrEnum):
    """What happens to an address that a client has looked up."""

    FOLLOWS = "follows-ttl"
    """It is forgotten when the lifetime of the record ends."""
    EXTENDS = "extends"
    """Some keep it for longer, as was measured of users at large."""
    NEVER = "never"
    """It is kept until the client is started again."""


def _whole_or_part(value: Percent) -> Percent:
    if not 0 < value.percent <= 100:
        raise PydanticCustomError("range", "`{value}` must be more than 0% and at most 100%", {"value": str(value)})
    return value


class Client(Model):
    """Clients that behave alike when the address behind the domain changes."""

    entry_key = ("who",)

    who: Name = Field(description="Name of the class of clients, as reports call it.", examples=["partners"])
    share: Annotated[Percent, AfterValidator(_whole_or_part)] = Field(
        description="Their share of all clients; all shares together are at most 100%.", examples=["20%"]
    )
    resolver: Annotated[Resolver, Field(strict=False)] = Field(
        default=Resolver.EXTENDS,
        description="Whether their resolver keeps to the lifetime of a record, extends it as users at large do, or "
        "keeps an address until a restart.",
    )
    connection: PositiveDuration | None = Field(
        default=None,
        description="Longest age of a connection that they keep alive; null: they keep none.",
        examples=["5m"],
    )


Count = Annotated[int, Field(ge=1, le=1_000_000)]


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
    tables: Count | None = Field(default=None, description="Tables of the account in a region.", examples=[5000])
    alarms: Count | None = Field(default=None, description="Alarms of the account in a region.", examples=[10000])
    api_routes: Count | None = Field(
        default=None, description="Routes of the HTTP API, or resources of the REST API.", examples=[500]
    )


class AccountQuotas(Quotas):
    """The same, with what counts for all regions together."""

    iam_roles: Count | None = Field(default=None, description="IAM roles of the account.", examples=[2000])
    buckets: Count | None = Field(default=None, description="S3 buckets of the account.", examples=[20000])
