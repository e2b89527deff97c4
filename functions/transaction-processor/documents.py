"""The documents of transactions: in one bucket that S3 replicates, or written to one in each of two regions.

S3 replication is asynchronous; its time control promises 15 minutes for 99.9 % of objects ("Meeting
compliance requirements using S3 Replication Time Control", S3 User Guide). Where an acknowledged document
must survive the loss of a region at once, dual-write puts it in both before the transaction is booked, at the
price of a round trip.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from booking import Document
from botocore.credentials import DeferredRefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError
from logs import Log
from settings import BucketSettings, Settings
from store import CONFIG, TABLE_SECONDS, Client, Deadline, UnavailableError, failure_code, session

# Longest wait for the buckets. With two calls to the table it still fits a request.
DOCUMENT_SECONDS = 3.0


class Documents:
    """The bucket of this region, and in dual-write mode its twin in the peer region.

    No encryption headers are sent: the buckets' default encryption names each region's own key.
    """

    def __init__(self, local: Client, peer: Client | None, settings: BucketSettings) -> None:
        self._local = local
        self._peer = peer
        self.settings = settings
        # Threads, so that two regions take as long as the slower one, and so that neither can hold up the
        # answer.
        self._pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="documents")

    def put(self, object_key: str, document: Document, deadline: Deadline, log: Log) -> bool | None:
        """Stores the document; returns whether the peer region is known to have it, None if S3 replicates.

        Raises UnavailableError if it is not stored here, or not there and the bucket refuses that. A write
        that ends after that does no harm: its key is the one a retry writes again.
        """
        seconds = min(DOCUMENT_SECONDS, deadline.left() - TABLE_SECONDS)
        if seconds <= 0:
            raise UnavailableError("bucket", "NoTimeLeft")
        local = self._start(self._local, self.settings.name, object_key, document)
        if self._peer is None:
            wait([local], timeout=seconds)
        else:
            peer = self._start(self._peer, self.settings.peer_name, object_key, document)
            wait([local, peer], timeout=seconds)
        failure = _failure(local)
        if failure is not None:
            raise UnavailableError("bucket", failure)
        if self._peer is None:
            return None
        failure = _failure(peer)
        if failure is None:
            return True
        accepted = self.settings.on_peer_failure == "accept"
        # The way to find documents that exist in one region only, and copy them when the peer is back.
        log.write(
            "WARN",
            "document.peer_write_failed",
            {"key": object_key, "code": failure, "accepted": accepted},
        )
        if not accepted:
            raise UnavailableError("peer-bucket", failure)
        return False

    def _start(self, client: Client, bucket: str, object_key: str, document: Document) -> Future[object]:
        def put() -> object:
            return client.put_object(
                Bucket=bucket, Key=object_key, Body=document.content, ContentType=document.content_type
            )

        return self._pool.submit(put)


def _failure(future: Future[object]) -> str | None:
    """The code of what went wrong, None if nothing did. Other exceptions than the SDK's are raised."""
    if not future.done():
        future.cancel()
        return "NoAnswerInTime"
    try:
        future.result()
    except (BotoCoreError, ClientError) as error:
        return failure_code(error)
    return None


class _PeerRole:
    """Supplies a session with the credentials of the role for the peer region.

    It stands where the SDK expects its chain of credential providers. The SDK keeps the credentials in
    memory, asks for new ones from 15 minutes before they expire, goes on with the old ones until 10 minutes
    before if that fails, and does so once for all threads. Duration is left at its default of an hour, the
    most a role may get that is assumed from a role ("AssumeRole", AWS STS API Reference).
    """

    def __init__(self, sts: Client, settings: Settings) -> None:
        self._sts = sts
        self._role_arn = settings.cross_region_role_arn
        names = ("transaction-processor", settings.environment, settings.suffix, settings.region)
        self._session_name = "-".join(name for name in names if name)[:64]

    def load_credentials(self) -> Any:
        return DeferredRefreshableCredentials(refresh_using=self._assume, method="sts-assume-role")

    def _assume(self) -> dict[str, str]:
        answer = self._sts.assume_role(RoleArn=self._role_arn, RoleSessionName=self._session_name)
        credentials = answer["Credentials"]
        return {
            "access_key": credentials["AccessKeyId"],
            "secret_key": credentials["SecretAccessKey"],
            "token": credentials["SessionToken"],
            "expiry_time": credentials["Expiration"].isoformat(),
        }


def make_documents(sdk: Any, settings: Settings) -> Documents | None:
    """The document buckets, or None where documents are not taken."""
    bucket = settings.bucket
    if bucket is None:
        return None
    local = sdk.create_client("s3", region_name=settings.region, config=CONFIG)
    if bucket.mode == "replicated":
        return Documents(local, None, bucket)
    peer_sdk = sdk
    if settings.cross_region_role_arn:
        # Of this region: the peer's STS may be as dead as the peer.
        sts = sdk.create_client("sts", region_name=settings.region, config=CONFIG)
        peer_sdk = session()
        # The same models of the services: reading them again would cost a cold start a tenth of a second.
        peer_sdk.register_component("data_loader", sdk.get_component("data_loader"))
        peer_sdk.register_component("credential_provider", _PeerRole(sts, settings))
    peer = peer_sdk.create_client(
        "s3", region_name=bucket.peer_region, config=CONFIG, endpoint_url=bucket.peer_endpoint or None
    )
    return Documents(local, peer, bucket)
