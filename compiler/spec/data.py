"""Sections `tables` and `buckets`: what is stored, and how much of it a transaction moves."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from compiler.aws.facts import dynamodb
from compiler.spec.base import Attribute, Form, Model, PerTransaction, PlacedEntry
from compiler.spec.regions import days
from compiler.spec.units import Duration, Size

EXPIRES = "expires_at"
"""Attribute with the time when an item expires, where the spec names none."""
_RETENTION_DAYS = 36_500  # not a figure: a hundred years, a bound of ours


def _size(value: Size) -> Size:
    if value.amount <= 0:
        raise PydanticCustomError("range", "`{value}` must be more than zero", {"value": str(value)})
    return value


PositiveSize = Annotated[Size, AfterValidator(_size)]


_SHORTEST, _LONGEST = dynamodb.TABLE_NAME_CHARACTERS_MIN.value, dynamodb.TABLE_NAME_CHARACTERS.value
INDEX_NAME = Form(
    rf"[A-Za-z0-9_.-]{{{_SHORTEST},{_LONGEST}}}",
    f"an index name: {_SHORTEST} to {_LONGEST} letters, digits, `_`, `.` and `-`",
    "by-account",
    "GSI1",
)


class Key(Model):
    """A primary or index key."""

    partition: Attribute = Field(
        description="Attribute of the partition key. It needs many values that are used evenly."
    )
    sort: Attribute | None = Field(default=None, description="Attribute of the sort key.")


class AttributeType(StrEnum):
    """Types a key attribute may have."""

    STRING = "string"
    NUMBER = "number"
    BINARY = "binary"


class Consistency(StrEnum):
    """How fresh a read is."""

    STRONG = "strong"
    EVENTUAL = "eventual"


class Projection(StrEnum):
    """What an index holds."""

    ALL = "all"
    KEYS = "keys"


class Index(Model):
    """A global secondary index."""

    entry_key = ("name",)

    name: Annotated[str, INDEX_NAME] = Field(description="Name of the index, as code uses it.")
    key: Key = Field(description="Key of the index.")
    projection: Annotated[Projection, Field(strict=False)] = Field(
        default=Projection.ALL, description="Attributes that the index contains: all of them, or only the keys."
    )
    writes: PerTransaction = Field(default=1, description="Items written to the index per transaction.", examples=[1])
    reads: PerTransaction = Field(
        default=0, description="Items read through the index per transaction.", examples=[0.1]
    )


class BucketWrite(StrEnum):
    """How a document reaches the other region."""

    REPLICATED = "replicated"
    DUAL = "dual-write"


class OnPeerFailure(StrEnum):
    """What a function does with a document that the other region does not take."""

    REFUSE = "refuse"
    ACCEPT = "accept"


class Table(PlacedEntry):
    """A DynamoDB global table with a replica in every region of the topology."""

    key: Key = Field(description="The table's primary key.")
    types: dict[Attribute, Annotated[AttributeType, Field(strict=False)]] = Field(
        default_factory=dict, description="Types of key attributes that are not strings."
    )
    item_size: PositiveSize = Field(description="Mean size of an item.", examples=["1KB"])
    writes: PerTransaction = Field(description="Items written per transaction.", examples=[1])
    reads: PerTransaction = Field(description="Items read per transaction.", examples=[1])
    consistency: Annotated[Consistency, Field(strict=False)] = Field(
        default=Consistency.STRONG,
        description="Consistency of the reads. A strong read costs twice as much as an eventual one.",
    )
    indexes: tuple[Index, ...] = Field(default=(), description="Global secondary indexes.")
    transactions: bool = Field(
        default=False,
        description="Whether items are written in transactions, which excludes strong consistency between regions.",
    )
    ttl: Attribute | None = Field(
        default=None, description=f"Attribute with the time when an item expires; `{EXPIRES}` with a `retention`."
    )
    retention: Annotated[Duration, days(1, _RETENTION_DAYS, "the retention of items")] | None = Field(
        default=None,
        description="How long items are kept. The function writes the time when an item expires: `TABLES` has the "
        "seconds and the attribute. Without `retention` and `ttl`, items are kept for ever.",
        examples=["3650d"],
    )
    backup: Annotated[
        Duration,
        days(dynamodb.RECOVERY_DAYS_MIN.value, dynamodb.RECOVERY_DAYS_MAX.value, "the point-in-time recovery period"),
    ] = Field(
        default=Duration(35 * 86400),
        description="Number of days that point-in-time recovery covers, in every region.",
        examples=["35d"],
    )

    @property
    def expires(self) -> str | None:
        """The attribute with the time when an item expires; None where items are kept for ever."""
        return self.ttl or (EXPIRES if self.retention else None)


class Bucket(PlacedEntry):
    """An S3 bucket in every region of the topology, replicated from each serving region to all others."""

    objects: PerTransaction = Field(description="Objects written per transaction.", examples=[0.01])
    object_size: PositiveSize = Field(description="Mean size of an object.", examples=["100KB"])
    write: Annotated[BucketWrite, Field(strict=False)] = Field(
        default=BucketWrite.REPLICATED,
        description="replicated: S3 copies objects; dual-write: the function writes to both regions before it answers.",
    )
    on_peer_failure: Annotated[OnPeerFailure, Field(strict=False)] = Field(
        default=OnPeerFailure.REFUSE,
        description="With dual-write, if the other region does not answer: refuse the transaction, or accept it.",
    )
    prefixes: int = Field(
        default=1, ge=1, le=9999, description="Number of key prefixes over which writes spread evenly.", examples=[1]
    )
    acceleration: bool = Field(
        default=True, description="Transfer Acceleration for uploads by clients; it does not make replication faster."
    )
    retention: Annotated[Duration, days(1, _RETENTION_DAYS, "the retention of objects")] | None = Field(
        default=None,
        description="How long objects are kept, in every region. An object that expires becomes an old version, which "
        "`noncurrent_retention` keeps. Without `retention`, objects are kept for ever.",
        examples=["3650d"],
    )
    noncurrent_retention: Annotated[Duration, days(1, _RETENTION_DAYS, "the retention of old versions")] = Field(
        default=Duration(365 * 86400),
        description="How long overwritten and deleted versions are kept.",
        examples=["365d"],
    )
