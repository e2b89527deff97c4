"""A transaction as a client asks for it and as the table keeps it. Pure: no AWS, no clock of its own.

What idempotency holds. A booking is one conditional put on `transaction_id`, and the item keeps a fingerprint
of the content and the caller, so that within one region the same id is booked exactly once: the same content again
is a replay, other content is a conflict, and so is the same id from another caller. Nobody reads what another caller
has booked: it is as if it were not there. The table is replicated asynchronously with the last writer winning,
usually within a second or so ("Global tables: how it works", DynamoDB Developer Guide), and the condition is
evaluated against the region's own replica. So across regions the promise holds only once the first booking
has been replicated:

- A client that got no answer from the failed region and retries with the same content in the other one may be
  booked there a second time. Both bookings carry the same fingerprint and end as one item when the regions
  meet again: nothing is booked twice, only `booked_at` and `booked_in` may change to those of the later
  write. That is why retrying with the same id is always safe, and why whoever counts money must count items,
  not answers or log lines.
- Two different contents sent under one id to the two regions inside that window are both answered 201, and
  the later one replaces the earlier one silently. Ids must therefore come from one place that never reuses
  them, and the standby must not be given traffic while the primary takes some: DNS failover leaves that
  window small, but not empty. The same holds for one id of two callers: the one whose booking was replaced does not
  find it any more.

Bookings without a caller were made through a route that takes no tokens, so that anybody could read them: before
tokens were required, or through an API that has such routes. They stay readable for every caller, and a retry of one
is still a replay. Refusing it would let clients book the same payment again under another id. The reverse is not true:
who has no token does not read what a caller has booked.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import partial
from typing import NoReturn

# 15 + 4 digits stay inside the 38 digits of a DynamoDB number ("Naming rules and data types", DynamoDB
# Developer Guide) and inside the smallest minor unit in ISO 4217, which is four decimals.
INTEGER_DIGITS = 15
FRACTION_DIGITS = 4
# Bytes of a document once decoded. A Lambda request may have 6 MB ("Lambda quotas", Lambda Developer Guide)
# and base64 takes four characters for three bytes.
DOCUMENT_BYTES = 4 * 1024 * 1024
# Characters of a number as written. Longer ones, and exponents of more than two digits, cannot pass the
# limits above unless they are zero; a Decimal made of them could underflow to zero unnoticed, or take long to
# print.
_LITERAL_CHARACTERS = 40
_LITERAL = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?")

TRANSACTION_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_ACCOUNT = re.compile(r"[A-Za-z0-9._:/-]{1,64}")
_AMOUNT = re.compile(r"[0-9]{1,30}(\.[0-9]{1,9})?")
# Goes into an HTTP header of the request to S3, so nothing but what a media type needs.
_CONTENT_TYPE = re.compile(r"[\w.+-]{1,64}/[\w.+-]{1,64}(; ?[\w-]{1,32}=[\w.-]{1,64})?", re.ASCII)
_MEMBERS = frozenset({"transaction_id", "amount", "currency", "account", "document"})
_DOCUMENT_MEMBERS = frozenset({"content_type", "text", "base64"})


class RefusedError(Exception):
    """The request is wrong. `reason` is for programs, `message` for people; neither quotes what was sent."""

    def __init__(self, reason: str, message: str, field: str = "", status: int = 400) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.field = field
        self.status = status


@dataclass(frozen=True, slots=True)
class Document:
    """A document sent with a transaction, decoded."""

    content: bytes
    content_type: str

    @property
    def sha256(self) -> str:
        """Digest of the content, hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Booking:
    """What a client asks to be booked, validated."""

    transaction_id: str
    amount: Decimal
    currency: str
    account: str | None
    document: Document | None

    @property
    def fingerprint(self) -> str:
        """Digest of the content in canonical form: equal for two requests exactly if they ask for the same.

        `1.5`, `"1.50"` and `15e-1` are one amount, and the order of members does not matter. The version
        belongs to the form: a change to the form needs a new number, or replays of old items would look like
        conflicts. The caller is no part of the content; it is compared beside the fingerprint.
        """
        document = self.document
        form = {
            "version": 1,
            "transaction_id": self.transaction_id,
            "amount": amount_text(self.amount),
            "currency": self.currency,
            "account": self.account,
            "document": document and {"content_type": document.content_type, "sha256": document.sha256},
        }
        return hashlib.sha256(json.dumps(form, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """Where the document of a transaction lies. `bucket` is the entry's name, the same in every region."""

    bucket: str
    key: str
    content_type: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Record:
    """A booked transaction. `booked_by` is Lambda's request id; `replicated` is None but for dual-write.

    `caller` is `Caller.digest`, None where the route of the API takes no tokens. It is no part of the view.
    """

    transaction_id: str
    amount: Decimal
    currency: str
    account: str | None
    fingerprint: str
    caller: str | None
    booked_at: str
    booked_in: str
    booked_by: str
    document: StoredDocument | None
    replicated: bool | None

    def belongs_to(self, caller: str | None) -> bool:
        """Whether a caller may see it; see the module about records without a caller."""
        return self.caller is None or self.caller == caller

    def view(self) -> dict[str, object]:
        """The record as clients see it. The amount is text: a JSON number would be read as a binary float."""
        view: dict[str, object] = {
            "transaction_id": self.transaction_id,
            "amount": amount_text(self.amount),
            "currency": self.currency,
            "booked_at": self.booked_at,
            "booked_in": self.booked_in,
            "fingerprint": self.fingerprint,
        }
        if self.account is not None:
            view["account"] = self.account
        if self.document is not None:
            document = self.document
            view["document"] = {
                "bucket": document.bucket,
                "key": document.key,
                "content_type": document.content_type,
                "sha256": document.sha256,
                "bytes": document.size,
            }
        if self.replicated is not None:
            view["replicated"] = self.replicated
        return view


def amount_text(amount: Decimal) -> str:
    """Plain digits without an exponent."""
    return format(amount, "f")


def document_key(transaction_id: str, document: Document) -> str:
    """Key of a document: deterministic, so that a retry overwrites the object it wrote before.

    The digest at the end keeps two requests that fight over one id from overwriting each other's document:
    the loser may leave an object that no item names, but never changes the one that the booked item names.
    The first part spreads keys over 256 prefixes, because one prefix takes 3,500 writes a second, replication
    included ("Meeting compliance requirements using S3 Replication Time Control", S3 User Guide).
    """
    spread = hashlib.sha256(transaction_id.encode()).hexdigest()[:2]
    digest = hashlib.sha256(document.content_type.encode() + b"\0" + document.content).hexdigest()
    return f"{spread}/{transaction_id}/{digest}"


def parse(body: bytes) -> Booking:
    """The booking a request body asks for; raises RefusedError.

    Unknown and repeated members are refused: a misspelt `acount` that is dropped silently is a wrong booking.
    """
    document = _json_object(body)
    _only(document, _MEMBERS, "")
    account = document.get("account")
    content = document.get("document")
    return Booking(
        transaction_id=_matching(
            document,
            "transaction_id",
            TRANSACTION_ID,
            "must be 1 to 128 of A-Z, a-z, 0-9 and . _ : -",
        ),
        amount=_amount(document.get("amount")),
        currency=_matching(document, "currency", _CURRENCY, "must be three upper-case letters"),
        account=None
        if account is None
        else _matching(document, "account", _ACCOUNT, "must be 1 to 64 of A-Z, a-z, 0-9 and . _ : / -"),
        document=None if content is None else _document(content),
    )


def _json_object(body: bytes) -> dict[str, object]:
    malformed = partial(RefusedError, "malformed_json", "the body must be a JSON object, encoded as UTF-8")
    try:
        value = json.loads(
            body.decode("utf-8"),
            parse_int=_number,
            parse_float=_number,
            parse_constant=_constant,
            object_pairs_hook=_unique,
        )
    except (ValueError, RecursionError):
        raise malformed() from None
    if not isinstance(value, dict):
        raise malformed()
    return value


def _number(literal: str) -> Decimal:
    if len(literal) <= _LITERAL_CHARACTERS and _LITERAL.fullmatch(literal):
        return Decimal(literal)
    raise RefusedError("malformed_json", "the body holds a number with too many digits")


def _constant(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    # The JSON module keeps the last of two members of one name; another reader of the same body may keep the
    # first.
    members = dict(pairs)
    if len(members) != len(pairs):
        raise RefusedError("malformed_json", "the body holds a member twice")
    return members


def _only(members: Mapping[str, object], allowed: frozenset[str], field: str) -> None:
    if not members.keys() <= allowed:
        where = f"{field} may hold" if field else "the body may hold"
        raise RefusedError("unknown_member", f"{where} only {', '.join(sorted(allowed))}", field)


def _matching(members: Mapping[str, object], name: str, pattern: re.Pattern[str], rule: str) -> str:
    value = members.get(name)
    # fullmatch, because $ would allow a line break at the end.
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise RefusedError("invalid_field", f"{name} {rule}", name)
    return value


def _amount(value: object) -> Decimal:
    """The shortest Decimal equal to a plain decimal text or a JSON number; not negative, nor minus zero."""
    if isinstance(value, str) and _AMOUNT.fullmatch(value):
        value = Decimal(value)
    if isinstance(value, Decimal) and not value.is_signed():
        amount = value.normalize(Context(prec=_LITERAL_CHARACTERS))  # exact: no literal has more digits
        exponent = amount.as_tuple().exponent
        small = not amount or amount.adjusted() < INTEGER_DIGITS
        if small and isinstance(exponent, int) and exponent >= -FRACTION_DIGITS:
            return amount
    raise RefusedError(
        "invalid_field",
        f"amount must be a number that is not negative, with at most {INTEGER_DIGITS} digits before and"
        f" {FRACTION_DIGITS} after the point",
        "amount",
    )


def _document(value: object) -> Document:
    if not isinstance(value, dict):
        raise RefusedError("invalid_field", "document must be an object", "document")
    _only(value, _DOCUMENT_MEMBERS, "document")
    content_type = _matching(value, "content_type", _CONTENT_TYPE, "must be a media type such as text/plain")
    if ("text" in value) == ("base64" in value):
        raise RefusedError("invalid_field", "document must have either text or base64", "document")
    text = value.get("text", value.get("base64"))
    if not isinstance(text, str):
        raise RefusedError("invalid_field", "document: text and base64 must be texts", "document")
    try:
        content = text.encode() if "text" in value else base64.b64decode(text, validate=True)
    except ValueError:  # a lone surrogate, or not base64
        raise RefusedError("invalid_field", "document cannot be decoded", "document") from None
    if not content:
        raise RefusedError("invalid_field", "document is empty", "document")
    if len(content) > DOCUMENT_BYTES:
        message = f"document exceeds {DOCUMENT_BYTES} bytes"
        raise RefusedError("document_too_large", message, "document", status=413)
    return Document(content, content_type)
