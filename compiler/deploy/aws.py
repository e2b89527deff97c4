"""The only user of AWS's SDK: sessions, clients, retries, and its exceptions turned into `CloudError`.

Throttled calls are retried in two ways. The SDK's adaptive mode slows this process down to what the API accepts. If a
call still fails, it is tried again here with full jitter: a deployment has hours, and a throttle lasts minutes.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html (read 2026-11-22)
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import random
import re
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from compiler.deploy.cloud import CloudError

Json = Any

_ATTEMPTS = 5
_SHOWN_BYTES = 120
"""How much of an answer that is not AWS's is shown."""
_CONNECT_SECONDS, _READ_SECONDS = 5, 60
_LONGEST_PAUSE_SECONDS = 20.0
IMPATIENT_SECONDS, PATIENT_SECONDS = 15.0, 600.0
"""How long a failing call is tried again: before anything is changed, and while a deployment runs."""

_AGAIN = frozenset(
    {
        "ConditionalRequestConflict", "InternalError", "InternalFailure", "LimitExceededException",
        "PriorRequestNotComplete", "ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestThrottled",
        "RequestThrottledException", "RequestTimeout", "RequestTimeoutException", "ServiceUnavailable", "SlowDown",
        "ThrottledException", "Throttling", "ThrottlingException", "TooManyRequestsException", "500", "502", "503",
        "504",
    }
)  # fmt: skip
"""Words for "later": of throttling, of faults on the other side, and of an object that another run is writing."""
_ABSENT = frozenset(
    {"400", "501", "InvalidAction", "NotImplemented", "UnknownAction", "UnknownOperation", "UnknownOperationException"}
)
"""Words for an API that is not there, as emulators say it. AWS's own answers always carry a code of letters."""


class Aws:
    """AWS through boto3, with the standard credential chain. One object serves all threads."""

    def __init__(self, profile: str | None, endpoint_url: str | None, stop: threading.Event) -> None:
        import boto3
        import botocore.exceptions
        import botocore.session
        from botocore import xform_name
        from botocore.config import Config
        from botocore.parsers import ResponseParserError

        self._method = xform_name
        # The parser's error is none of the SDK's own kind, and the only one of those that a call can end with.
        self._unreadable = (UnreadableError, ResponseParserError)
        self._failures = (
            botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError, *self._unreadable
        )  # fmt: skip
        self._unreachable = (
            botocore.exceptions.ConnectionError,
            botocore.exceptions.HTTPClientError,
        )
        try:
            core = botocore.session.get_session()
            # The global endpoint of STS is in us-east-1, whatever region a client is for.
            core.set_config_variable("sts_regional_endpoints", "regional")
            core.register("before-parse", _must_be_readable)
            self._session = boto3.Session(profile_name=profile, botocore_session=core)
        # Values of the configuration and the environment that the SDK cannot use are ValueErrors.
        except (botocore.exceptions.BotoCoreError, ValueError) as error:
            raise CloudError("sts", "Session", "-", type(error).__name__, str(error)) from None
        self._config = Config(
            retries={"mode": "adaptive", "total_max_attempts": _ATTEMPTS},
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
            user_agent_extra="dr-deploy",
            # Older SDKs send us-east-1 to a global name, which lives and dies with a region of its own choice.
            s3={"us_east_1_regional_endpoint": "regional", "addressing_style": "path" if endpoint_url else "auto"},
        )
        self._endpoint = endpoint_url
        self._clients: dict[tuple[str, str], Any] = {}
        # Sessions are not safe to share between threads, clients are.
        self._making = threading.Lock()
        self._stop = stop
        self.patience_seconds = IMPATIENT_SECONDS

    def _client(self, service: str, region: str) -> Any:
        with self._making:
            if (service, region) not in self._clients:
                try:
                    made = self._session.client(
                        service, region_name=region, endpoint_url=self._endpoint, config=self._config
                    )
                except ValueError as error:
                    raise CloudError(service, "Client", region, type(error).__name__, str(error)) from None
                # The address may come from an option, the environment or a profile.
                if is_readable_on_the_way(made.meta.endpoint_url):
                    says = (
                        f"{made.meta.endpoint_url} is plain http on another machine, where everybody on the way reads"
                    )
                    raise CloudError(service, "Client", region, "PlainHttp", f"{says} credentials and data; use https")
                self._clients[service, region] = made
            return self._clients[service, region]

    def call(self, service: str, region: str, operation: str, parameters: Mapping[str, Json]) -> dict[str, Json]:
        """The answer of one operation; raises `CloudError` when it failed for good."""
        end = time.monotonic() + self.patience_seconds
        pause = 1.0
        while True:
            try:
                method = getattr(self._client(service, region), self._method(operation))
                answer: dict[str, Json] = method(**parameters)
                if hasattr(answer.get("Body"), "read"):
                    # A connection that breaks meanwhile is a failure of the call like any other.
                    answer["Body"] = answer["Body"].read()
            except self._failures as error:
                failure = self._failure(service, region, operation, error)
                again = failure.code in _AGAIN or failure.unreadable or isinstance(error, self._unreachable)
                delay = random.uniform(0, pause)  # noqa: S311 - jitter, no secret
                if not again or failure.missing or time.monotonic() + delay > end:
                    raise failure from None
                if self._stop.wait(delay):
                    raise failure from None
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            else:
                return answer

    def _failure(self, service: str, region: str, operation: str, error: Exception) -> CloudError:
        if isinstance(error, self._unreadable):
            return CloudError(service, operation, region, "UnreadableAnswer", _on_one_line(str(error)), unreadable=True)
        answer = (getattr(error, "response", None) or {}).get("Error", {})
        code = str(answer.get("Code") or type(error).__name__)
        message = str(answer.get("Message") or error)
        return CloudError(service, operation, region, code, message, missing=code in _ABSENT)


def is_readable_on_the_way(url: str) -> bool:
    """Whether requests to an address leave this machine without encryption."""
    return url.startswith("http:") and not is_this_machine(url)


def is_this_machine(url: str) -> bool:
    """Whether the host of an address is this machine: a loopback address, or the name of one."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class UnreadableError(Exception):
    """An answer that the service itself cannot have given."""


_PAGE = re.compile(rb"\s*(<!--.*?-->\s*)*(<!doctype html|<html)", re.IGNORECASE | re.DOTALL)
_XML = frozenset(("query", "ec2", "rest-xml"))


def _must_be_readable(operation_model: Any, response_dict: Mapping[str, Json], **_: object) -> None:
    """Refuses an answer of somebody in between: a page for a browser, nothing at all, or text of no known form.

    The SDK's parsers take most of it for an answer without any content, and break on some. Raises `UnreadableError`.
    """
    body, status = response_dict["body"], response_dict["status_code"]
    if not isinstance(body, bytes):
        return  # a stream
    kind = str(response_dict["headers"].get("content-type", "no type"))
    if _PAGE.match(body) or kind.startswith("text/html"):
        raise UnreadableError(f"{status}, a page for a browser: {body[:_SHOWN_BYTES].decode(errors='replace')}")
    if status != http.client.OK:
        return
    if not body and _has_body(operation_model.output_shape):
        raise UnreadableError(f"{status}, without the content that {operation_model.name} has")
    if body and operation_model.service_model.resolved_protocol not in _XML and not _is_object(body):
        raise UnreadableError(
            f"{status}, neither JSON nor XML but {kind}: {body[:_SHOWN_BYTES].decode(errors='replace')}"
        )


def _has_body(shape: Any) -> bool:
    """Whether an answer has members that are not headers."""
    members = shape.members.values() if shape is not None else ()
    return any("location" not in member.serialization for member in members)


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except ValueError:
        return False


def _on_one_line(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _SHOWN_BYTES else words[: _SHOWN_BYTES - 1] + "…"
