"""Who sent a request, as the token says that API Gateway has verified.

API Gateway checks issuer, audience, lifetime, signature and scopes of the token, and hands its claims on as texts in
`requestContext.authorizer.jwt.claims` ("JWT authorizers", API Gateway Developer Guide). The token itself is in the
headers of the event; nothing here reads those.
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


def caller(claims: Mapping[str, object]) -> Caller | None:
    """The caller; None where the route of the API takes no tokens. Raises RefusedError.

    `sub` is unique within its issuer (RFC 7519), and a token of client credentials has the client there too (RFC 9068).
    So it is what tells callers apart, together with the issuer. The log names the client, and only without one the
    `sub`, which may be a person.
    """
    if not claims:
        return None
    issuer, subject, client = (_text(claims.get(name)) for name in ("iss", "sub", "client_id"))
    if not subject and not client:
        # Without this, such tokens would all be one caller.
        raise RefusedError("no_caller", "the token has neither sub nor client_id", status=403)
    who = ["sub", subject] if subject else ["client_id", client]
    digest = hashlib.sha256(json.dumps([issuer, *who], separators=(",", ":")).encode()).hexdigest()
    return Caller((client or subject)[:_NAME_CHARACTERS], digest)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
