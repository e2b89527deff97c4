"""The only user of AWS's SDK: sessions, clients, retries, and its exceptions turned into `CloudError`.

Throttling is retried twice over: the SDK's adaptive mode slows this process down to what the API takes, and what
still fails after its attempts is tried again here with full jitter, since a deployment has hours and a throttle
minutes. https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html (read 2026-11-22)
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Mapping
from typing import Any

from compiler.deploy.cloud import CloudError

Json = Any

_ATTEMPTS = 5
_CONNECT_SECONDS, _READ_SECONDS = 5, 60
_LONGEST_PAUSE_SECONDS = 20.0
IMPATIENT_SECONDS, PATIENT_SECONDS = 15.0, 600.0
"""How long a failing call is tried again: before anything is changed, and while a deployment runs."""

_AGAIN = frozenset(
    {
        "InternalError", "InternalFailure", "LimitExceededException", "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestThrottled",
        "RequestThrottledException", "RequestTimeout", "RequestTimeoutException", "ServiceUnavailable", "SlowDown",
        "ThrottledException", "Throttling", "ThrottlingException", "TooManyRequestsException", "500", "502", "503",
        "504",
    }
)  # fmt: skip
"""Words for "later": of throttling, and of faults on the other side."""
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

        self._method = xform_name
        self._failures = (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError)
        self._unreachable = (
            botocore.exceptions.ConnectionError,
            botocore.exceptions.HTTPClientError,
        )
        try:
            core = botocore.session.get_session()
            # The global endpoint of STS is in us-east-1, whatever region a client is for.
            core.set_config_variable("sts_regional_endpoints", "regional")
            self._session = boto3.Session(profile_name=profile, botocore_session=core)
        except botocore.exceptions.BotoCoreError as error:
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
                self._clients[service, region] = self._session.client(
                    service, region_name=region, endpoint_url=self._endpoint, config=self._config
                )
            return self._clients[service, region]

    def call(self, service: str, region: str, operation: str, parameters: Mapping[str, Json]) -> dict[str, Json]:
        """The answer of one operation; raises `CloudError` when it failed for good."""
        end = time.monotonic() + self.patience_seconds
        pause = 1.0
        while True:
            try:
                method = getattr(self._client(service, region), self._method(operation))
                answer: dict[str, Json] = method(**parameters)
            except self._failures as error:
                failure = self._failure(service, region, operation, error)
                again = failure.code in _AGAIN or isinstance(error, self._unreachable)
                delay = random.uniform(0, pause)  # noqa: S311 - jitter, no secret
                if not again or failure.missing or time.monotonic() + delay > end:
                    raise failure from None
                if self._stop.wait(delay):
                    raise failure from None
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            else:
                return answer

    def _failure(self, service: str, region: str, operation: str, error: Exception) -> CloudError:
        answer = (getattr(error, "response", None) or {}).get("Error", {})
        code = str(answer.get("Code") or type(error).__name__)
        message = str(answer.get("Message") or error)
        return CloudError(service, operation, region, code, message, missing=code in _ABSENT)
