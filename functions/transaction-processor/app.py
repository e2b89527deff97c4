"""Books transactions and reads them back, in whichever region it runs.

Called by an API Gateway HTTP API with payload format 2.0, or by a REST API, whose events are like payload format 1.0.
`settings` says which environment variables it takes.

| request | answers |
|---|---|
| `POST /transactions` | 201 booked, 200 booked before; 409 with other content or by another caller |
| `GET /transactions/{transaction_id}` | 200, 404; 404 too where another caller has booked it |
| `GET /health`, or what `HEALTH_PATH` says, and below it | 200, 503; see `health` |

Besides: 400 and 413 for a wrong request, 403 for a token that names no caller (see `callers`), 404 for other paths,
405 for other methods, 500 for a fault of ours, 503 with `Retry-After` when AWS does not answer as it should. Bodies
are JSON objects; errors have `error`, a word for programs, and `message`. `booking` says what may be sent, and what
booking under an id promises within and across regions.

An outcome that a client gets an answer for is never raised to Lambda, so the `Errors` metric counts crashes
and timeouts only. 5xx answers are in the API's `5xx` metric and in the log at level ERROR.
"""

from __future__ import annotations

import base64
import json
import os
import re
import threading
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypedDict
from urllib.parse import unquote

import booking
import callers
import documents
import health
import logs
import settings
import store
from booking import Record, RefusedError
from botocore.exceptions import BotoCoreError
from callers import Caller
from logs import Fields, Level, Log
from store import UnavailableError

# Longer than the SDK has tried already. A failover takes minutes, so clients should go on for as long.
RETRY_AFTER_SECONDS = 2
FAILED = 400
"""The lowest status of a request that is not a success: those are logged, whatever share of the others is."""


class Response(TypedDict):
    """A response, the same for both kinds of APIs."""

    statusCode: int
    headers: dict[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to answer and what to log: one final event for each request that fails, and for a share of the others."""

    status: int
    body: Mapping[str, object]
    level: Level
    event: str
    fields: Fields
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Request:
    """The parts of an event that matter here."""

    method: str
    path: str
    body: object
    is_base64: bool
    authorized: callers.Authorized
    request_id: str
    api_request_id: str


@dataclass(frozen=True, slots=True)
class Environment:
    """All that lives as long as the execution environment: settings, clients and their connections."""

    settings: settings.Settings
    table: store.Table
    documents: documents.Documents | None
    health: health.Health


_log = logs.make(os.environ)
_environment: Environment | None = None
_environment_lock = threading.Lock()


def handler(event: Mapping[str, object], context: object) -> Response:
    """Entry point for Lambda. Always answers; nothing raises out of it."""
    begun = time.monotonic()
    request = _request(_mapping(event), context)
    log = _log.for_request(request.request_id, request.api_request_id)
    fields: Fields
    caller: Caller | None = None
    try:
        caller = callers.caller(request.authorized)
        outcome = _route(request, caller, log)
    except RefusedError as refusal:
        outcome = _refused(refusal)
    except UnavailableError as failure:
        outcome = _unavailable(failure)
    except settings.ConfigurationError as error:
        fields = {"error": type(error).__name__, "reason": str(error)}
        outcome = _fault(request, "configuration", "configuration.invalid", fields)
    except Exception as error:  # noqa: BLE001 - a client is owed an answer, whatever went wrong
        # Neither the message nor the traceback: both may quote what was sent.
        outcome = _fault(request, "internal", "request.failed", {"error": type(error).__name__})
    duration_ms = round((time.monotonic() - begun) * 1000, 1)
    fields = {"status": outcome.status, "duration_ms": duration_ms, **outcome.fields}
    if caller is not None:
        fields["caller"] = caller.name
    if outcome.status >= FAILED or log.keeps_success:
        log.write(outcome.level, outcome.event, fields)
    return {
        "statusCode": outcome.status,
        "headers": {"content-type": "application/json", "cache-control": "no-store", **outcome.headers},
        "body": json.dumps(outcome.body, separators=(",", ":")),
    }


def _request(event: Mapping[str, object], context: object) -> Request:
    """Never fails: what an event lacks becomes an empty text, and so a path that is not found.

    Both forms: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    gateway = _mapping(event.get("requestContext"))
    authorizer = _mapping(gateway.get("authorizer"))
    http = _mapping(gateway.get("http"))
    if http:
        method, path = _text(http.get("method")), _text(event.get("rawPath"))
        signer = _mapping(authorizer.get("iam"))
        principal = _text(signer.get("userId"))
        # A stage other than $default is the first part of the path.
        stage = f"/{_text(gateway.get('stage'))}/"
        if path.startswith(stage):
            path = path[len(stage) - 1 :]
    else:
        method, path = _text(event.get("httpMethod")), _text(event.get("path"))
        signer = _mapping(gateway.get("identity"))
        principal = _text(signer.get("user"))
    return Request(
        method=method,
        path=path,
        body=event.get("body"),
        is_base64=event.get("isBase64Encoded") is True,
        authorized=callers.Authorized(
            claims=_mapping(_mapping(authorizer.get("jwt")).get("claims")),
            principal=principal,
            arn=_text(signer.get("userArn")),
        ),
        request_id=_text(getattr(context, "aws_request_id", "")) or uuid.uuid4().hex,
        api_request_id=_text(gateway.get("requestId")),
    )


_ONE_TRANSACTION = re.compile(r"/transactions/([^/]+)")


def _asks_for_health(request: Request) -> bool:
    """Whether this is the path of health checks, or below it: Route 53 adds a token, which nothing here reads or logs.

    `HEALTH_PATH` is not a setting, since it is needed to say that settings are wrong.
    """
    path = os.environ.get("HEALTH_PATH") or "/health"
    return request.path == path or request.path.startswith(f"{path}/")


def _route(request: Request, caller: Caller | None, log: Log) -> Outcome:
    match = _ONE_TRANSACTION.fullmatch(request.path)
    asked = _asks_for_health(request)
    if asked:
        allowed = "GET"
    elif request.path == "/transactions":
        allowed = "POST"
    elif match:
        allowed = "GET"
    else:
        raise RefusedError("unknown_path", "there is nothing at this path", status=404)
    if request.method != allowed:
        refusal = RefusedError("wrong_method", f"this path takes {allowed} only", status=405)
        return _refused(refusal, {"allow": allowed})
    environment = _get_environment()
    if asked:
        return _check(environment, log)
    digest = caller.digest if caller else None
    if match:
        return _read(environment, unquote(match[1]), digest)
    return _book(environment, request, digest, log)


def _book(environment: Environment, request: Request, caller: str | None, log: Log) -> Outcome:
    deadline = store.Deadline(store.REQUEST_SECONDS)
    wanted = booking.parse(_body(request))
    fingerprint = wanted.fingerprint
    stored, replicated = None, None
    if wanted.document is not None:
        if environment.documents is None:
            raise RefusedError("documents_not_taken", "this service takes no documents", "document")
        # Only requests with a document are looked up first: it spares S3 the document of a replay or a
        # conflict. The condition of the put below is what decides.
        try:
            known = environment.table.get(wanted.transaction_id, deadline)
        except store.ForeignItemError:
            return _occupied(wanted.transaction_id)
        if known is not None:
            return _booked_before(known, fingerprint, caller)
        # The document goes first. If what follows fails, there is an object that no item names, and a retry
        # will use it; in the other order there could be a booked transaction whose document does not exist.
        key = booking.document_key(wanted.transaction_id, wanted.document)
        replicated = environment.documents.put(key, wanted.document, deadline, log)
        stored = booking.StoredDocument(
            bucket=environment.documents.settings.entry,
            key=key,
            content_type=wanted.document.content_type,
            sha256=wanted.document.sha256,
            size=len(wanted.document.content),
        )
    record = Record(
        transaction_id=wanted.transaction_id,
        amount=wanted.amount,
        currency=wanted.currency,
        account=wanted.account,
        fingerprint=fingerprint,
        caller=caller,
        booked_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        booked_in=environment.settings.region,
        booked_by=request.request_id,
        document=stored,
        replicated=replicated,
    )
    try:
        known = environment.table.book(record, deadline)
    except store.ForeignItemError:
        return _occupied(record.transaction_id)
    # An item of this very request is its own first attempt, whose answer was lost on the way to the SDK.
    if known is not None and (known.booked_by, known.fingerprint) != (request.request_id, fingerprint):
        return _booked_before(known, fingerprint, caller)
    fields: Fields = {"transaction_id": record.transaction_id, "document": stored is not None}
    if replicated is not None:
        fields["replicated"] = replicated
    location = {"location": f"/transactions/{record.transaction_id}"}
    return Outcome(201, {**record.view(), "replayed": False}, "INFO", "transaction.booked", fields, location)


def _occupied(transaction_id: str) -> Outcome:
    """The answer where something under the id is no booking: nobody may overwrite it, and a retry changes nothing."""
    fields: Fields = {"transaction_id": transaction_id, "reason": "no_booking"}
    body = {"error": "conflict", "message": "this transaction_id is in use and not booked by this service"}
    return Outcome(409, body, "ERROR", "transaction.conflict", fields, {})


def _booked_before(known: Record, fingerprint: str, caller: str | None) -> Outcome:
    fields: Fields = {"transaction_id": known.transaction_id}
    if not known.belongs_to(caller):
        # In the log it is told apart from other content, to the caller it is not.
        fields["reason"] = "another_caller"
    elif known.fingerprint == fingerprint:
        return Outcome(200, {**known.view(), "replayed": True}, "INFO", "transaction.replayed", fields, {})
    body = {"error": "conflict", "message": "this transaction_id is booked for another transaction"}
    return Outcome(409, body, "WARN", "transaction.conflict", fields, {})


def _read(environment: Environment, transaction_id: str, caller: str | None) -> Outcome:
    if not booking.TRANSACTION_ID.fullmatch(transaction_id):
        raise RefusedError("invalid_field", "this is not a transaction_id", "transaction_id")
    fields: Fields = {"transaction_id": transaction_id}
    try:
        found = environment.table.get(transaction_id, store.Deadline(store.REQUEST_SECONDS))
    except store.ForeignItemError:
        found, fields["reason"] = None, "no_booking"
    if found is not None and not found.belongs_to(caller):
        found, fields["reason"] = None, "another_caller"
    if found is None:
        body = {
            "error": "not_found",
            "message": "no transaction is booked under this transaction_id in this region",
        }
        return Outcome(404, body, "INFO", "transaction.absent", fields, {})
    return Outcome(200, found.view(), "INFO", "transaction.read", fields, {})


def _check(environment: Environment, log: Log) -> Outcome:
    failed, peer_age = environment.health.check()
    if peer_age is not None and environment.settings.metric_namespace:
        log.measure(environment.settings.metric_namespace, "PeerHeartbeatAge", peer_age, "Seconds")
    here = {"region": environment.settings.region, "role": environment.settings.role}
    if not failed:
        return Outcome(200, {"status": "ok", **here}, "DEBUG", "health.passed", {}, {})
    fields: Fields = {"failed": list(failed), "code": ",".join(failed.values())}
    body = {"status": "unavailable", **here, "failed": list(failed)}
    return Outcome(503, body, "ERROR", "health.failed", fields, {})


def _refused(refusal: RefusedError, headers: Mapping[str, str] | None = None) -> Outcome:
    body: dict[str, object] = {"error": refusal.reason, "message": refusal.message}
    fields: Fields = {"reason": refusal.reason}
    if refusal.field:
        body["field"] = refusal.field
        fields["field"] = refusal.field
    return Outcome(refusal.status, body, "WARN", "request.refused", fields, headers or {})


def _unavailable(failure: UnavailableError) -> Outcome:
    message = "the service cannot do this now; send the same request again"
    return Outcome(
        503,
        {"error": "unavailable", "message": message},
        "ERROR",
        "dependency.failed",
        {"dependency": failure.dependency, "code": failure.code},
        {"retry-after": str(RETRY_AFTER_SECONDS)},
    )


def _fault(request: Request, check: str, event: str, fields: Fields) -> Outcome:
    """A fault of ours. Health checks know 200 and 503 only, and hear which check it was."""
    if request.method == "GET" and _asks_for_health(request):
        return Outcome(503, {"status": "unavailable", "failed": [check]}, "ERROR", event, fields, {})
    body = {"error": "internal", "message": "the service has a fault"}
    return Outcome(500, body, "ERROR", event, fields, {})


def _body(request: Request) -> bytes:
    if not isinstance(request.body, str):
        raise RefusedError("malformed_json", "the request has no body")
    try:
        return base64.b64decode(request.body, validate=True) if request.is_base64 else request.body.encode()
    except ValueError:
        raise RefusedError("malformed_json", "the body cannot be decoded") from None


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _get_environment() -> Environment:
    global _environment
    with _environment_lock:
        if _environment is None:
            _environment = _make_environment(os.environ)
        return _environment


def _make_environment(environ: Mapping[str, str]) -> Environment:
    read = settings.read(environ)
    sdk = store.session()
    try:
        return Environment(
            settings=read,
            table=store.make_table(sdk, read),
            documents=documents.make_documents(sdk, read),
            health=health.make_health(sdk, read),
        )
    except (BotoCoreError, ValueError) as error:
        # For example an endpoint that is not a URL. The cause would quote it.
        raise settings.ConfigurationError(f"the SDK refuses a setting ({type(error).__name__})") from None


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # Making clients takes some hundred milliseconds, and Lambda runs this part with a full processor before
    # the first request. What is wrong now is wrong again, and answered and logged, at that request.
    with suppress(Exception):
        _get_environment()
