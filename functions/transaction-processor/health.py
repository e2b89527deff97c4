"""The deep health check: does this region read and write transactions?

Route 53 asks for it from some 15 checkers, once or twice a second in all, wants a status within 2 s of
connecting, and moves traffic away after so many failures in a row ("How Amazon Route 53 determines whether a
health check is healthy", Route 53 Developer Guide). Hence:

- It reads and it writes, because a table, a key or a role can lose one and keep the other. The item it uses
  has a key that no transaction can have, and one for each region, so that regions never overwrite each
  other's through replication. Reads are strongly consistent: an eventual one might be served where the leader
  no longer answers.
- It writes at most once in HEARTBEAT_SECONDS per environment while all is well. After a failure it writes
  every time: if it answered 200 between two attempts to write, a dead write path would never fail often
  enough in a row.
- It answers in time whatever the SDK does, name resolution included, by not waiting longer than
  BUDGET_SECONDS.
- It asks neither the peer region nor the document bucket. A peer's failure must not take this region out too, and
  a failure of S3 stops the few transactions that carry a document, not all of them.
- With each write it reads the peer's item as replication has brought it here. Its age is what this region would
  lose if the peer were gone now; it decides nothing about health.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from settings import Settings
from store import Client, failure_code, key

HEARTBEAT_SECONDS = 5.0
BUDGET_SECONDS = 1.5
_CONFIG = Config(connect_timeout=0.5, read_timeout=0.5, retries={"mode": "standard", "total_max_attempts": 1})


class Health:
    """Checks the table of this region. `check` may be called from several threads."""

    def __init__(self, client: Client, settings: Settings) -> None:
        self._client = client
        self._settings = settings
        # '#' is not allowed in a transaction id.
        self._key = key(settings.table, f"#health#{settings.region}")
        self._peer_key = key(settings.table, f"#health#{settings.peer_region}") if settings.peer_region else None
        self._written_at: float | None = None
        self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="health")

    def check(self) -> tuple[dict[str, str], float | None]:
        """The checks that failed, each with the reason as a code, and the age of the peer's item in seconds.

        Nothing has failed when this region can do its work. The age is None where it is not known, or not due.
        """
        peer: Future[float | None] | None = None
        checks: dict[str, Future[object]] = {"table-read": self._pool.submit(self._twice, self._read)}
        if self._write_is_due():
            checks["table-write"] = self._pool.submit(self._twice, self._write)
            peer = self._pool.submit(self._peer_age) if self._peer_key else None
        wait([*checks.values(), *([peer] if peer else [])], timeout=BUDGET_SECONDS)
        failed = {name: reason for name, future in checks.items() if (reason := _reason(future)) is not None}
        if not failed and "table-write" in checks:
            self._written_at = time.time()
        return failed, (peer.result() if peer and peer.done() else None)

    def _write_is_due(self) -> bool:
        # Wall clock, since Lambda stops an environment between requests and other clocks may stop with it.
        return self._written_at is None or not 0 <= time.time() - self._written_at < HEARTBEAT_SECONDS

    def _read(self) -> object:
        return self._client.get_item(TableName=self._settings.table.name, Key=self._key, ConsistentRead=True)

    def _write(self) -> object:
        beat = {"beat_at": {"S": datetime.now(UTC).isoformat(timespec="milliseconds")}}
        return self._client.put_item(TableName=self._settings.table.name, Item={**self._key, **beat})

    def _peer_age(self) -> float | None:
        try:
            answer = self._client.get_item(TableName=self._settings.table.name, Key=self._peer_key, ConsistentRead=True)
            beat = datetime.fromisoformat(answer["Item"]["beat_at"]["S"])
        except (BotoCoreError, ClientError, LookupError, TypeError, ValueError):
            return None
        return max(0.0, (datetime.now(UTC) - beat).total_seconds())

    def _twice(self, call: Callable[[], object]) -> object:
        # An environment may have slept for minutes with a connection that died meanwhile. That is not a dead
        # region, so a failure of the connection gets one more try at once, on a new one; an answer from AWS
        # never does.
        try:
            return call()
        except HTTPClientError:
            return call()


def _reason(future: Future[object]) -> str | None:
    if not future.done():
        future.cancel()
        return "NoAnswerInTime"
    try:
        future.result()
    except (BotoCoreError, ClientError) as error:
        return failure_code(error)
    return None


def make_health(sdk: Any, settings: Settings) -> Health:
    """Health checks with a client of their own: its timeouts are tighter than a transaction's."""
    return Health(sdk.create_client("dynamodb", region_name=settings.region, config=_CONFIG), settings)
