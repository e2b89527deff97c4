"""Structured logs: one JSON object a line on standard output, which Lambda hands to CloudWatch Logs as it is.

`Fields` lists every field there may be, and mypy refuses any other: a body, an amount, an account, a document, its
fingerprint (short contents can be guessed from a hash), a credential, or a claim of a token other than the name of the
client (see `callers`) has no field to get into the log by. Messages of exceptions stay out for the same reason; their
types and AWS error codes say enough.

Lambda drops lines below the level of the function's logging configuration. It reads `level` and `timestamp` under these
names, and counts a line as INFO that lacks one of them or has a level that it does not know, `WARNING` for one
("Log-level filtering", Lambda Developer Guide). An error would be dropped with the rest.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal, TypedDict

Level = Literal["DEBUG", "INFO", "WARN", "ERROR"]
_ORDER: Mapping[str, int] = {"DEBUG": 10, "INFO": 20, "WARN": 30, "ERROR": 40}


class Fields(TypedDict, total=False):
    """All fields that an event may carry beside timestamp, level, event, region, role and the request ids."""

    status: int
    duration_ms: float
    caller: str
    transaction_id: str
    document: bool
    replicated: bool
    accepted: bool
    key: str
    field: str
    reason: str
    dependency: str
    failed: list[str]
    error: str
    code: str


@dataclass(frozen=True, slots=True)
class Log:
    """Writes events of one region; `for_request` gives one whose lines carry the ids of a request."""

    region: str
    role: str
    level: str
    sample: float = 1.0
    request_id: str = ""
    api_request_id: str = ""

    def for_request(self, request_id: str, api_request_id: str) -> Log:
        """The same log with the id Lambda gave the invocation and the id API Gateway gave the request."""
        return replace(self, request_id=request_id, api_request_id=api_request_id)

    @property
    def keeps_success(self) -> bool:
        """Whether the success of this request is logged: of a share of the requests, and of all of them at DEBUG.

        The id of the invocation decides, which is spread evenly and is not the client's choice.
        """
        drawn = int.from_bytes(hashlib.sha256(self.request_id.encode()).digest()[:8]) / 2**64
        return self.level == "DEBUG" or drawn < self.sample

    def write(self, level: Level, event: str, fields: Fields) -> None:
        """One line, in one call to the stream, so that lines of several threads never mix."""
        if _ORDER[level] < _ORDER[self.level]:
            return
        line = {
            "timestamp": _timestamp(),
            "level": level,
            "event": event,
            "region": self.region,
            "role": self.role,
            "request_id": self.request_id,
            "api_request_id": self.api_request_id,
            **fields,
        }
        sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")
        sys.stdout.flush()

    def measure(self, namespace: str, name: str, value: float, unit: str) -> None:
        """A metric, in the line format that CloudWatch takes metrics out of; written at any level.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/
        CloudWatch_Embedded_Metric_Format_Specification.html (read 2026-11-26)
        """
        metric = {"Namespace": namespace, "Dimensions": [[]], "Metrics": [{"Name": name, "Unit": unit}]}
        about = {"Timestamp": int(datetime.now(UTC).timestamp() * 1000), "CloudWatchMetrics": [metric]}
        sys.stdout.write(json.dumps({"_aws": about, name: value}, separators=(",", ":")) + "\n")
        sys.stdout.flush()


def _timestamp() -> str:
    """Now, in the form of RFC 3339 that Lambda's own lines have."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _share(text: str) -> float:
    """A share between 0 and 1; all where it says nothing of the kind, since too much is better than nothing."""
    try:
        share = float(text)
    except ValueError:
        return 1.0
    return share if 0 <= share <= 1 else 1.0


def make(environ: Mapping[str, str]) -> Log:
    """A log for this environment; works with any environment, because it also has to report a broken one."""
    level = environ.get("LOG_LEVEL", "").upper()
    # botocore writes request bodies and headers at DEBUG, and Lambda lowers the root logger to whatever the
    # function's logging configuration says. So these are pinned, whatever level the function runs at.
    for library in ("botocore", "urllib3"):
        logging.getLogger(library).setLevel(logging.WARNING)
    return Log(
        region=environ.get("AWS_REGION", ""),
        role=environ.get("REGION_ROLE", ""),
        level=level if level in _ORDER else "INFO",
        sample=_share(environ.get("LOG_SAMPLE", "")),
    )
