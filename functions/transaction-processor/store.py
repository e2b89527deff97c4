"""The table, and what all calls to AWS on behalf of a transaction share.

Time. A request is answered within REQUEST_SECONDS, inside the 10 s that the function is given and far inside
the 30 s after which an HTTP API gives up ("Quotas for HTTP APIs", API Gateway Developer Guide) while the
function would go on. Each SDK call makes at most two attempts, and none is begun that might not end in time.
Usual calls take milliseconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import botocore.session
from booking import Record, StoredDocument, amount_text
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from settings import ConfigurationError, Settings, TableSettings

REQUEST_SECONDS = 8.0
_CONNECT_SECONDS = 0.5
_READ_SECONDS = 1.0
_ATTEMPTS = 2
_BACKOFF_SECONDS = 1.0
"""Longest wait before the second attempt in standard retry mode ("Retries", Boto3 documentation)."""
TABLE_SECONDS = _ATTEMPTS * (_CONNECT_SECONDS + _READ_SECONDS) + _BACKOFF_SECONDS
"""Longest time for one call to the table."""

# Attributes of an item beside its key.
ATTRIBUTES = frozenset(
    {
        "amount",
        "currency",
        "account",
        "fingerprint",
        "caller",
        "booked_at",
        "booked_in",
        "booked_by",
        "document",
        "replicated",
    }
)
# The sort key of a booking where the table has one: the handler looks bookings up by their id alone.
SORT_VALUE = "transaction"

# botocore ships no types for its clients, so what they are and return is Any up to the functions below.
Client = Any
Item = dict[str, dict[str, Any]]

CONFIG = Config(
    connect_timeout=_CONNECT_SECONDS,
    read_timeout=_READ_SECONDS,
    retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
    # Older SDKs send us-east-1 to the global S3 name, which lives and dies with a region of its own choice.
    s3={"us_east_1_regional_endpoint": "regional"},
)


class UnavailableError(Exception):
    """Something the request needs did not work: `dependency` says what, `code` is the SDK's word for why.

    It stands for every failure of an AWS call but an invalid request, refused access and missing resources
    included: the client's request was good, the same request may work later or in the other region, and
    because booking is idempotent it is always right to send it again.
    """

    def __init__(self, dependency: str, code: str) -> None:
        super().__init__(dependency, code)
        self.dependency = dependency
        self.code = code


class ForeignItemError(Exception):
    """An item under this id is no booking as this code writes it: of older code, a restore, or another function."""


class Deadline:
    """How much time a request has left, in seconds."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left, negative when the time is over."""
        return self._end - time.monotonic()

    def require(self, seconds: float, dependency: str) -> None:
        """Raises UnavailableError unless that much time is left."""
        if self.left() < seconds:
            raise UnavailableError(dependency, "NoTimeLeft")


def failure_code(error: BotoCoreError | ClientError) -> str:
    """AWS's error code, or the name of the SDK's exception. Not the message, which may quote a request."""
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code")
        return code if isinstance(code, str) else "Unknown"
    return type(error).__name__


def session() -> Any:
    """A session of the SDK whose STS calls stay in their region; the global endpoint is another region's."""
    made = botocore.session.Session()
    made.set_config_variable("sts_regional_endpoints", "regional")
    return made


class Table:
    """The table that transactions are booked in."""

    def __init__(self, client: Client, settings: TableSettings) -> None:
        self._client = client
        self._settings = settings

    def get(self, transaction_id: str, deadline: Deadline) -> Record | None:
        """The booked transaction, read consistently: who has just been told 201 here must find it here."""
        answer = self._call(
            deadline,
            lambda: self._client.get_item(
                TableName=self._settings.name, Key=key(self._settings, transaction_id), ConsistentRead=True
            ),
        )
        item = answer.get("Item")
        return self._record(item) if item else None

    def book(self, record: Record, deadline: Deadline) -> Record | None:
        """Books the record and returns None, or returns the one that was booked under its id before.

        The item that stands in the way comes back with the refusal itself, so no second read can see another
        state.
        """
        try:
            self._call(
                deadline,
                lambda: self._client.put_item(
                    TableName=self._settings.name,
                    Item=self._item(record),
                    ConditionExpression="attribute_not_exists(#id)",
                    ExpressionAttributeNames={"#id": self._settings.partition},
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                ),
            )
        except _AlreadyBooked as refusal:
            if refusal.item:
                return self._record(refusal.item)
        else:
            return None
        # Not every endpoint tells which item it was.
        known = self.get(record.transaction_id, deadline)
        if known is None:
            raise UnavailableError("table", "ConditionalCheckFailedException")
        return known

    def _call(self, deadline: Deadline, call: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        deadline.require(TABLE_SECONDS, "table")
        try:
            return call()
        except (BotoCoreError, ClientError) as error:
            code = failure_code(error)
            if code == "ConditionalCheckFailedException":
                raise _AlreadyBooked(error.response.get("Item")) from None
            if code in {"ValidationException", "ParamValidationError"}:
                raise  # a request of ours that can never work is a fault of ours, not of the table
            raise UnavailableError("table", code) from error

    def _item(self, record: Record) -> Item:
        item: Item = {
            **key(self._settings, record.transaction_id),
            "amount": {"N": amount_text(record.amount)},
            "currency": {"S": record.currency},
            "fingerprint": {"S": record.fingerprint},
            "booked_at": {"S": record.booked_at},
            "booked_in": {"S": record.booked_in},
            "booked_by": {"S": record.booked_by},
        }
        if record.caller is not None:
            item["caller"] = {"S": record.caller}
        if record.account is not None:
            item["account"] = {"S": record.account}
        if record.document is not None:
            item["document"] = {
                "M": {
                    "bucket": {"S": record.document.bucket},
                    "key": {"S": record.document.key},
                    "content_type": {"S": record.document.content_type},
                    "sha256": {"S": record.document.sha256},
                    "bytes": {"N": str(record.document.size)},
                }
            }
        if self._settings.expires:
            # Seconds since 1970, as DynamoDB wants them. It deletes the item within a few days of that time.
            item[self._settings.expires] = {"N": str(int(time.time()) + self._settings.retention_seconds)}
        if record.replicated is not None:
            item["replicated"] = {"BOOL": record.replicated}
        return item

    def _record(self, item: Item) -> Record:
        """The booking in an item; raises ForeignItemError."""
        try:
            return self._booking(item)
        except (KeyError, TypeError, ValueError, ArithmeticError):
            raise ForeignItemError from None

    def _booking(self, item: Item) -> Record:
        document = item["document"]["M"] if "document" in item else None
        return Record(
            transaction_id=item[self._settings.partition]["S"],
            amount=Decimal(item["amount"]["N"]),
            currency=item["currency"]["S"],
            account=item["account"]["S"] if "account" in item else None,
            fingerprint=item["fingerprint"]["S"],
            caller=item["caller"]["S"] if "caller" in item else None,
            booked_at=item["booked_at"]["S"],
            booked_in=item["booked_in"]["S"],
            booked_by=item["booked_by"]["S"],
            document=document
            and StoredDocument(
                bucket=document["bucket"]["S"],
                key=document["key"]["S"],
                content_type=document["content_type"]["S"],
                sha256=document["sha256"]["S"],
                size=int(document["bytes"]["N"]),
            ),
            replicated=item["replicated"]["BOOL"] if "replicated" in item else None,
        )


class _AlreadyBooked(Exception):  # noqa: N818 - an outcome, not an error
    def __init__(self, item: Item | None) -> None:
        super().__init__()
        self.item = item


def key(settings: TableSettings, identifier: str) -> Item:
    """The key of an item, with the constant sort key where the table has one."""
    made: Item = {settings.partition: {"S": identifier}}
    if settings.sort is not None:
        made[settings.sort] = {"S": SORT_VALUE}
    return made


def make_table(sdk: Any, settings: Settings) -> Table:
    """The table, with a client that keeps its connections for all requests of this environment."""
    if not ATTRIBUTES.isdisjoint({settings.table.partition, settings.table.sort, settings.table.expires}):
        raise ConfigurationError("TABLES: a key or `expires` has the name of an attribute that bookings have")
    return Table(sdk.create_client("dynamodb", region_name=settings.region, config=CONFIG), settings.table)
