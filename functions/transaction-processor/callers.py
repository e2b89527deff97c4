"""Who sent a request, as the token or the signature says that API Gateway has verified.

API Gateway checks issuer, audience, lifetime, signature and scopes of the token, and hands its claims on as texts in
`requestContext.authorizer.jwt.claims` ("JWT authorizers", API Gateway Developer Guide). Of a signed request it hands on
who signed: the principal's id and ARN. Token and signature are in the headers of the event; nothing here reads those.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from booking import RefusedError

_NAME_CHARACTERS = 128


@dataclass(frozen=True, slots=True)
class Caller:
    """A client or person. `name` is for the log; `digest` is what bookings are bound to."""

    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class Authorized:
    """What API Gateway hands on: the claims of a token, or who signed. All is empty on a route that is open."""

    claims: Mapping[str, object]
    principal: str
    arn: str


def caller(authorized: Authorized) -> Caller | None:
    """The caller; None where the route of the API is open. Raises RefusedError."""
    if authorized.claims:
        return _by_token(authorized.claims)
    return _by_signature(authorized) if authorized.principal else None


def _by_token(claims: Mapping[str, object]) -> Caller:
    """The caller that a token names.

    `sub` is unique within its issuer (RFC 7519), and a token of client credentials has the client there too (RFC 9068).
    So it is what tells callers apart, together with the issuer. The log names the client, and only without one the
    `sub`, which may be a person.
    """
    issuer, subject, client = (_text(claims.get(name)) for name in ("iss", "sub", "client_id"))
    if not subject and not client:
        # Without this, such tokens would all be one caller.
        raise RefusedError("no_caller", "the token has neither sub nor client_id", status=403)
    who = ["sub", subject] if subject else ["client_id", client]
    return Caller((client or subject)[:_NAME_CHARACTERS], _digest(issuer, *who))


def _by_signature(authorized: Authorized) -> Caller:
    """The role or user that signed. All sessions of a role are one caller: it gets a new one with new credentials.

    The id of a session is that of the role, a colon and the name of the session
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html).
    """
    return Caller(authorized.arn[:_NAME_CHARACTERS], _digest("iam", authorized.principal.partition(":")[0]))


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
