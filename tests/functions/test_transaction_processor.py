"""The transaction processor, driven through its handler against an emulated DynamoDB, S3 and STS.

Each `Function` is a fresh import of the code, as a new execution environment of Lambda is. What the emulator
cannot do on request - hang, throttle, lose an answer - `Gateway` does: it stands between the two and passes
all else on.
"""

from __future__ import annotations

import atexit
import base64
import functools
import hashlib
import http.client
import importlib
import io
import json
import logging
import os
import re
import shutil
import socket
import sys
import tempfile
import threading
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.loaders import create_loader

from tests.emulator import Emulator

ROOT = Path(__file__).resolve().parents[2]
EAST, WEST = "us-east-1", "us-west-2"
FOLDER = ROOT / "functions" / "transaction-processor"
MODULES = ("app", "booking", "callers", "documents", "health", "logs", "settings", "store")
LOADER = create_loader()
Claims = Mapping[str, str] | None
"""Claims of a verified token; None for a route that takes no tokens."""
ROLE = "arn:aws:iam::000000000000:role/transaction-processor-peer"


# --- the parts that tests are made of
# ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """A response, its body parsed, and how long it took."""

    status: int
    headers: Mapping[str, str]
    body: dict[str, Any]
    seconds: float


@dataclass(frozen=True)
class Context:
    """The part of Lambda's context object that the function reads."""

    aws_request_id: str


class Function:
    """One execution environment."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, environ: Mapping[str, str]) -> None:
        for name in ("LOG_LEVEL", "LOG_SAMPLE"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {"AWS_LAMBDA_FUNCTION_NAME": "transaction-processor", **environ}.items():
            monkeypatch.setenv(name, value)
        # One copy of the SDK's descriptions of services for all environments; each would read megabytes
        # otherwise.
        monkeypatch.setattr("botocore.session.create_loader", lambda _: LOADER)
        self.modules = _import(monkeypatch)

    def handle(self, event: dict[str, Any]) -> Answer:
        begun = time.monotonic()
        answer = self.modules["app"].handler(event, Context(uuid.uuid4().hex))
        seconds = time.monotonic() - begun
        assert answer.keys() == {"statusCode", "headers", "body"}
        assert answer["headers"]["content-type"] == "application/json"
        return Answer(answer["statusCode"], answer["headers"], json.loads(answer["body"]), seconds)

    def request(self, method: str, path: str, body: object = None, claims: Claims = None) -> Answer:
        event = event_of(method, path, body if body is None else json.dumps(body))
        if claims is not None:
            event["requestContext"]["authorizer"] = {"jwt": {"claims": dict(claims), "scopes": None}}
        return self.handle(event)

    def book(self, body: object, claims: Claims = None) -> Answer:
        return self.request("POST", "/transactions", body, claims)

    def read(self, transaction_id: str, claims: Claims = None) -> Answer:
        return self.request("GET", f"/transactions/{transaction_id}", claims=claims)

    def health(self) -> Answer:
        return self.request("GET", "/health")


def _import(monkeypatch: pytest.MonkeyPatch) -> dict[str, ModuleType]:
    with monkeypatch.context() as patch:
        # The folder is what gets zipped: importing it must leave nothing behind there.
        patch.setattr(sys, "pycache_prefix", _bytecode_folder())
        patch.syspath_prepend(str(FOLDER))
        for name in MODULES:
            patch.delitem(sys.modules, name, raising=False)
        importlib.import_module("app")
        found = {name: sys.modules[name] for name in MODULES}
        for name in MODULES:
            del sys.modules[name]
    return found


@functools.cache
def _bytecode_folder() -> str:
    folder = tempfile.mkdtemp(prefix="bytecode-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def event_of(method: str, path: str, body: str | None = None, stage: str = "$default") -> dict[str, Any]:
    """An event in payload format 2.0, with the members that the function reads and some that it does not."""
    return {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json"},
        "requestContext": {
            "requestId": uuid.uuid4().hex[:16],
            "stage": stage,
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"},
        },
        "isBase64Encoded": False,
        **({} if body is None else {"body": body}),
    }


def signed_event(method: str, path: str, body: str | None, principal: str, arn: str) -> dict[str, Any]:
    """An event of a REST API for a signed request, with the members that AWS documents."""
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": {"Content-Type": "application/json", "Authorization": "AWS4-ECDSA-P256-SHA256 Credential=secret"},
        "multiValueHeaders": {"Content-Type": ["application/json"]},
        "queryStringParameters": None,
        "pathParameters": None,
        "requestContext": {
            "requestId": uuid.uuid4().hex[:16],
            "stage": "live",
            "path": path,
            "httpMethod": method,
            "identity": {"user": principal, "caller": principal, "userArn": arn, "sourceIp": "192.0.2.1"},
        },
        "body": body,
        "isBase64Encoded": False,
    }


@functools.cache
def _client(endpoint: Emulator, service: str, region: str) -> Any:
    environ = endpoint.environ(region)
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=endpoint.endpoint_url,
        aws_access_key_id=environ["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environ["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )


@dataclass
class Cloud:
    """A table and a bucket in each region of the emulator, and the environment that leads to them."""

    endpoint: Emulator
    name: str

    def client(self, service: str, region: str = EAST) -> Any:
        return _client(self.endpoint, service, region)

    @property
    def bucket(self) -> str:
        return f"documents-{self.name}-{EAST}"

    @property
    def peer_bucket(self) -> str:
        return f"documents-{self.name}-{WEST}"

    def create(self, sort: str | None = None) -> None:
        self.create_table(EAST, sort)
        self.client("s3").create_bucket(Bucket=self.bucket)
        self.create_peer_bucket()

    def create_table(self, region: str, sort: str | None = None) -> None:
        key = [("transaction_id", "HASH")] + ([(sort, "RANGE")] if sort else [])
        self.client("dynamodb", region).create_table(
            TableName=self.name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in key],
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in key],
        )

    def create_peer_bucket(self) -> None:
        self.client("s3", WEST).create_bucket(
            Bucket=self.peer_bucket, CreateBucketConfiguration={"LocationConstraint": WEST}
        )

    def environ(self, region: str = EAST, **changes: str) -> dict[str, str]:
        """What the function is given, without documents unless `changes` say so."""
        return {
            **self.endpoint.environ(region),
            "REGION_ROLE": "primary" if region == EAST else "secondary",
            "PEER_REGION": WEST if region == EAST else EAST,
            "ENVIRONMENT": "test",
            "ENVIRONMENT_SUFFIX": "t1",
            "TABLES": self.tables(),
            "PRIMARY_TABLE": "transactions",
            "BUCKETS": "{}",
            "DOCUMENT_BUCKET": "",
            "CROSS_REGION_ROLE_ARN": "",
            **changes,
        }

    def tables(self, partition: str = "transaction_id", sort: str | None = None) -> str:
        return json.dumps({"transactions": {"name": self.name, "partition": partition, "sort": sort}})

    def replicated(self) -> dict[str, str]:
        """Variables for documents in one bucket that S3 replicates."""
        return {
            "DOCUMENT_BUCKET": "documents",
            "BUCKETS": json.dumps({"documents": {"name": self.bucket, "mode": "replicated"}}),
        }

    def dual(self, on_peer_failure: str, **entry: str) -> dict[str, str]:
        """Variables for documents in two buckets."""
        bucket = {
            "name": self.bucket,
            "mode": "dual-write",
            "peer_name": self.peer_bucket,
            "peer_region": WEST,
            "peer_endpoint": "",
            "on_peer_failure": on_peer_failure,
            **entry,
        }
        return {
            "DOCUMENT_BUCKET": "documents",
            "BUCKETS": json.dumps({"documents": bucket}),
            "CROSS_REGION_ROLE_ARN": ROLE,
        }

    def item(self, transaction_id: str, region: str = EAST) -> dict[str, Any] | None:
        answer = self.client("dynamodb", region).get_item(
            TableName=self.name, Key={"transaction_id": {"S": transaction_id}}, ConsistentRead=True
        )
        item: dict[str, Any] | None = answer.get("Item")
        return item

    def transactions(self) -> list[str]:
        items = self.client("dynamodb").scan(TableName=self.name, ConsistentRead=True)["Items"]
        return sorted(id_ for item in items if not (id_ := item["transaction_id"]["S"]).startswith("#"))

    def objects(self, bucket: str) -> list[str]:
        answer = self.client("s3").list_objects_v2(Bucket=bucket)
        return [entry["Key"] for entry in answer.get("Contents", [])]


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever account the one who runs the tests is logged in to."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def cloud(emulator: Emulator) -> Cloud:
    made = Cloud(emulator, f"t{uuid.uuid4().hex[:12]}")
    made.create()
    return made


@pytest.fixture
def function(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Function:
    """The primary region's function, with documents in a replicated bucket."""
    return Function(monkeypatch, cloud.environ(**cloud.replicated()))


@dataclass(frozen=True)
class Call:
    """What a request to AWS was: an operation such as `PutItem`, and the headers it came with."""

    operation: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Gateway:
    """Passes requests on to the emulator, unless `rule` names another way: `hang`, `lose` or `throttle`."""

    target: str
    url: str = ""
    rule: Callable[[Call], str] = lambda _: "pass"
    calls: list[Call] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def operations(self) -> list[str]:
        return [call.operation for call in self.calls]


@contextmanager
def gateway_to(target: str) -> Iterator[Gateway]:
    gateway = Gateway(target)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            named = self.headers.get("x-amz-target", "").rpartition(".")[2]
            if not named:
                named = "AssumeRole" if b"Action=AssumeRole" in body else f"{self.command}Object"
            call = Call(named, dict(self.headers.items()), body)
            gateway.calls.append(call)
            way = gateway.rule(call)
            if way == "hang":
                gateway.released.wait()
                self.close_connection = True
                return
            if way == "throttle":
                self.answer(400, [], b'{"__type":"ThrottlingException"}')
                return
            upstream = http.client.HTTPConnection(gateway.target.removeprefix("http://"), timeout=10)
            upstream.request(self.command, self.path, body, dict(self.headers.items()))
            reply = upstream.getresponse()
            content, headers = reply.read(), reply.getheaders()
            upstream.close()
            if way == "lose":
                self.close_connection = True
                return
            self.answer(reply.status, headers, content)

        def answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() not in {"content-length", "transfer-encoding", "connection"}:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_POST = handle_any  # noqa: N815 - names the server looks for

        def log_message(self, *_: object) -> None:
            """Quiet."""

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                self.close_connection = True  # a client that stopped waiting

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        gateway.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield gateway
        finally:
            gateway.released.set()
            server.shutdown()
            thread.join()


@pytest.fixture
def gateway(cloud: Cloud) -> Iterator[Gateway]:
    with gateway_to(cloud.endpoint.endpoint_url) as made:
        yield made


def closed_port() -> str:
    """An address at which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def transaction(**changes: object) -> dict[str, object]:
    return {"transaction_id": f"tx-{uuid.uuid4().hex[:12]}", "amount": "12.50", "currency": "EUR", **changes}


def document(text: str = "a contract") -> dict[str, object]:
    return {"content_type": "text/plain; charset=utf-8", "text": text}


def events(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The events logged since this was last asked."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


# --- booking
# -----------------------------------------------------------------------------------------------------


def test_books_a_transaction(cloud: Cloud, function: Function, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = transaction(account="DE02/1203.0000")
    answer = function.book(wanted)

    assert answer.status == 201
    assert answer.headers["location"] == f"/transactions/{wanted['transaction_id']}"
    body = answer.body
    assert body["transaction_id"] == wanted["transaction_id"]
    assert (body["amount"], body["currency"], body["account"]) == ("12.5", "EUR", "DE02/1203.0000")
    assert (body["booked_in"], body["replayed"]) == (EAST, False)
    assert "replicated" not in body
    assert "document" not in body
    [event] = events(capsys)
    assert cloud.item(str(wanted["transaction_id"])) == {
        "transaction_id": {"S": wanted["transaction_id"]},
        "amount": {"N": "12.5"},
        "currency": {"S": "EUR"},
        "account": {"S": "DE02/1203.0000"},
        "fingerprint": {"S": body["fingerprint"]},
        "booked_at": {"S": body["booked_at"]},
        "booked_in": {"S": EAST},
        "booked_by": {"S": event["request_id"]},
    }
    assert event["event"] == "transaction.booked"


def test_the_same_content_again_is_a_replay(function: Function) -> None:
    wanted = transaction(account="a-1")
    first = function.book(wanted)
    # The same in other words: a number, another order, an absent member said to be absent.
    again = {"document": None, "currency": "EUR", "amount": 12.5, "account": "a-1"}
    answer = function.book({**again, "transaction_id": wanted["transaction_id"]})

    assert answer.status == 200
    assert answer.body == {**first.body, "replayed": True}


def test_other_content_under_the_same_id_is_a_conflict(cloud: Cloud, function: Function) -> None:
    wanted = transaction(account="a-1")
    assert function.book(wanted).status == 201
    before = cloud.item(str(wanted["transaction_id"]))

    for change in (
        {"amount": "12.51"},
        {"currency": "USD"},
        {"account": "a-2"},
        {"account": None},
        {"document": document()},
    ):
        answer = function.book({**wanted, **change})
        assert (answer.status, answer.body["error"]) == (409, "conflict"), change

    assert cloud.item(str(wanted["transaction_id"])) == before
    assert cloud.objects(cloud.bucket) == []


# --- callers
# -----------------------------------------------------------------------------------------------------

ISSUER = "https://login.example.com"


def token(sub: str = "teller", **claims: str) -> dict[str, str]:
    """Claims as API Gateway hands them on: all are texts."""
    return {"iss": ISSUER, "aud": "https://tx.example.com", "exp": "1800000000", "sub": sub, **claims}


def test_a_booking_belongs_to_its_caller(cloud: Cloud, function: Function) -> None:
    wanted = transaction()
    id_ = str(wanted["transaction_id"])
    booked = function.book(wanted, token("teller"))
    assert booked.status == 201
    assert "caller" not in booked.body, "clients do not see who booked"
    before = cloud.item(id_)

    assert function.book(wanted, token("teller")).status == 200
    assert function.read(id_, token("teller")).status == 200
    strangers = (token("other"), token("teller", iss="https://evil.example.com"), None)
    for stranger in strangers:
        absent, conflict = function.read(id_, stranger), function.book(wanted, stranger)
        assert (absent.status, absent.body["error"]) == (404, "not_found"), stranger
        assert (conflict.status, conflict.body["error"]) == (409, "conflict"), stranger
        assert set(conflict.body) == {"error", "message"}, "nothing of the booking is told"
    assert cloud.item(id_) == before


def test_another_caller_is_answered_as_if_it_were_other_content(function: Function) -> None:
    """So nobody learns from the answer whether somebody else has booked the very same content."""
    wanted = transaction()
    assert function.book(wanted, token("teller")).status == 201
    other_content = function.book({**wanted, "amount": "99"}, token("teller"))
    other_caller = function.book(wanted, token("other"))
    assert other_content.body == other_caller.body
    missing = function.read("nothing-under-this", token("other"))
    assert function.read(str(wanted["transaction_id"]), token("other")).body == missing.body


def test_a_document_of_another_caller_is_not_written(cloud: Cloud, function: Function) -> None:
    wanted = transaction(document=document())
    assert function.book(wanted, token("teller")).status == 201
    assert function.book({**wanted, "document": document("mine")}, token("other")).status == 409
    assert len(cloud.objects(cloud.bucket)) == 1


def test_a_new_token_of_the_same_caller_is_the_same_caller(function: Function) -> None:
    """Tokens live for minutes, and a failover may take longer: the retry has another one, of other scopes too."""
    wanted = transaction()
    assert function.book(wanted, token(client_id="app", exp="1", jti="a", scope="transactions:write")).status == 201
    again = function.book(wanted, token(client_id="app", exp="2", jti="b", scope="transactions:write more"))
    assert (again.status, again.body["replayed"]) == (200, True)


def test_bookings_from_before_tokens_stay_readable_and_replayable(function: Function) -> None:
    wanted = transaction()
    id_ = str(wanted["transaction_id"])
    assert function.book(wanted).status == 201
    assert function.read(id_, token()).status == 200
    assert function.book(wanted, token()).status == 200
    assert function.book({**wanted, "amount": "99"}, token()).status == 409


def test_a_token_without_sub_and_client_id_is_nobodys(function: Function, capsys: pytest.CaptureFixture[str]) -> None:
    claims = token()
    del claims["sub"]
    refused = function.book(transaction(), claims)
    assert (refused.status, refused.body["error"]) == (403, "no_caller")
    assert function.read("some-id", claims).status == 403
    wanted = transaction()
    assert function.book(wanted, {**claims, "client_id": "app"}).status == 201
    assert function.read(str(wanted["transaction_id"]), token("app")).status == 404, "a sub is no client_id"


def test_the_log_says_who_called_and_no_more(function: Function, capsys: pytest.CaptureFixture[str]) -> None:
    personal = {"email": "ada@example.com", "name": "Ada", "jti": "secret-token-id", "scope": "transactions:write"}
    wanted = transaction()
    event = event_of("POST", "/transactions", json.dumps(wanted))
    event["headers"]["authorization"] = "Bearer header.payload.signature"
    event["requestContext"]["authorizer"] = {"jwt": {"claims": token("ada-17", client_id="branch-app", **personal)}}
    assert function.handle(event).status == 201
    function.read(str(wanted["transaction_id"]), token("ada-17"))
    function.read(str(wanted["transaction_id"]), token("other", client_id="other-app"))
    function.book({"amount": "1"}, token("ada-17", client_id="branch-app"))
    function.health()
    logged = events(capsys)
    assert [event.get("caller") for event in logged] == ["branch-app", "ada-17", "other-app", "branch-app"]
    assert [event.get("reason") for event in logged] == [None, None, "another_caller", "invalid_field"]
    text = json.dumps(logged)
    for secret in (*personal.values(), "signature", "tx.example.com"):
        assert secret not in text


def test_a_rest_api_is_answered_as_an_http_api_is(function: Function, capsys: pytest.CaptureFixture[str]) -> None:
    """Its events have the method and the path elsewhere; the health path of people needs no signature."""
    health = function.handle(signed_event("GET", "/health", None, "", ""))
    assert (health.status, health.body["status"]) == (200, "ok")
    wanted = transaction()
    path = f"/transactions/{wanted['transaction_id']}"
    arn = "arn:aws:sts::012345678901:assumed-role/branch/day"
    booked = function.handle(signed_event("POST", "/transactions", json.dumps(wanted), "AROABRANCH:day", arn))
    assert booked.status == 201
    # The role has new credentials for each session, and stays the same caller.
    assert function.handle(signed_event("GET", path, None, "AROABRANCH:night", arn)).status == 200
    assert function.handle(signed_event("GET", path, None, "AROAOTHER:day", arn)).status == 404
    assert function.handle(signed_event("GET", "/live/transactions", None, "AROABRANCH:day", arn)).status == 404
    said = events(capsys)
    assert said[0]["caller"] == arn
    assert "secret" not in json.dumps(said)


def test_a_signer_is_one_caller_behind_both_kinds_of_apis(function: Function) -> None:
    """So a system can move from an HTTP API to a REST API, and its clients find what they have booked."""
    wanted = transaction()
    event = event_of("POST", "/transactions", json.dumps(wanted))
    event["requestContext"]["authorizer"] = {"iam": {"userId": "AROABRANCH:day", "userArn": "arn:aws:sts::1:role"}}
    assert function.handle(event).status == 201
    again = signed_event("POST", "/transactions", json.dumps(wanted), "AROABRANCH:night", "arn:aws:sts::1:role")
    assert function.handle(again).status == 200


@pytest.mark.parametrize(
    ("amounts", "others"),
    [(["1"], 200), ([str(n) for n in range(16)], 409)],
    ids=["same content", "other content"],
)
def test_of_concurrent_bookings_one_wins(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, amounts: list[str], others: int
) -> None:
    # Two environments, since Lambda runs concurrent requests in different ones.
    functions = [Function(monkeypatch, cloud.environ()) for _ in range(2)]
    wanted = transaction()
    barrier = threading.Barrier(16)

    def book(number: int) -> Answer:
        barrier.wait()
        return functions[number % 2].book({**wanted, "amount": amounts[number % len(amounts)]})

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(book, range(16)))

    assert sorted(answer.status for answer in answers) == sorted([201] + [others] * 15)
    [winner] = [answer for answer in answers if answer.status == 201]
    assert cloud.transactions() == [wanted["transaction_id"]]
    item = cloud.item(str(wanted["transaction_id"]))
    assert item is not None
    assert item["fingerprint"]["S"] == winner.body["fingerprint"]


def test_an_answer_lost_on_the_way_is_still_the_first_booking(
    cloud: Cloud, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK tries again after the put that worked, and finds its own item in the way."""
    function = Function(monkeypatch, cloud.environ(AWS_ENDPOINT_URL=gateway.url))
    gateway.rule = lambda _: "lose" if len(gateway.calls) == 1 else "pass"
    wanted = transaction()

    answer = function.book(wanted)

    assert gateway.operations() == ["PutItem", "PutItem"]
    assert (answer.status, answer.body["replayed"]) == (201, False)
    assert function.book(wanted).status == 200


def test_the_fingerprint_never_changes(function: Function) -> None:
    """Items keep fingerprints for years; another form of it would turn replays into conflicts."""
    booking = function.modules["booking"]
    body = {
        "transaction_id": "tx-1",
        "amount": "1.50",
        "currency": "EUR",
        "account": "a",
        "document": document("x"),
    }
    parsed = booking.parse(json.dumps(body).encode())
    content = hashlib.sha256(b"x").hexdigest()
    form = (
        '{"account":"a","amount":"1.5","currency":"EUR",'
        f'"document":{{"content_type":"text/plain; charset=utf-8","sha256":"{content}"}},'
        '"transaction_id":"tx-1","version":1}'
    )
    assert parsed.fingerprint == hashlib.sha256(form.encode()).hexdigest()
    digest = hashlib.sha256(b"text/plain; charset=utf-8\0x").hexdigest()
    spread = hashlib.sha256(b"tx-1").hexdigest()[:2]
    assert booking.document_key("tx-1", parsed.document) == f"{spread}/tx-1/{digest}"


def test_a_table_with_a_sort_key(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = Cloud(emulator, f"t{uuid.uuid4().hex[:12]}")
    cloud.create(sort="kind")
    function = Function(monkeypatch, cloud.environ(TABLES=cloud.tables(sort="kind")))
    wanted = transaction()

    assert function.book(wanted).status == 201
    assert function.book(wanted).status == 200
    assert function.read(str(wanted["transaction_id"])).body["amount"] == "12.5"
    assert function.health().status == 200


def test_a_booking_expires_when_its_table_keeps_items_for_a_time(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    (entry,) = json.loads(cloud.tables()).values()
    kept = {**entry, "expires": "ends_at", "retention_seconds": 86_400}
    function = Function(monkeypatch, cloud.environ(TABLES=json.dumps({"transactions": kept})))
    wanted = transaction()
    before = int(time.time())

    assert function.book(wanted).status == 201
    booked = cloud.item(str(wanted["transaction_id"]))
    assert booked is not None
    assert before + 86_400 <= int(booked["ends_at"]["N"]) <= time.time() + 86_400
    assert function.book(wanted).status == 200
    assert cloud.item(str(wanted["transaction_id"])) == booked, "a replay makes it no younger"


FOREIGN: list[dict[str, dict[str, str]]] = [
    {},
    {"amount": {"N": "1"}, "currency": {"S": "EUR"}},
    {"amount": {"S": "much"}, "currency": {"S": "EUR"}, "fingerprint": {"S": "f"}},
    {"document": {"S": "a text"}},
]
"""Items of older code, of a restore, or of another function that shares the table."""


@pytest.mark.parametrize("item", FOREIGN, ids=len)
def test_an_item_that_is_no_booking_is_a_conflict_and_stays_as_it_is(
    cloud: Cloud, function: Function, capsys: pytest.CaptureFixture[str], item: dict[str, dict[str, str]]
) -> None:
    (entry,) = json.loads(cloud.tables()).values()
    written = {"transaction_id": {"S": "tx-old"}, **item}
    cloud.client("dynamodb").put_item(TableName=entry["name"], Item=written)
    for wanted in (transaction(transaction_id="tx-old"), transaction(transaction_id="tx-old", document=document())):
        assert function.book(wanted).status == 409
    assert function.read("tx-old").status == 404
    assert cloud.item("tx-old") == written
    assert [event.get("reason") for event in events(capsys)] == ["no_booking"] * 3


def test_a_refusal_that_does_not_tell_the_item(
    cloud: Cloud, function: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older endpoint leaves it out: it is read, and a replay is a replay."""
    wanted = transaction()
    assert function.book(wanted).status == 201
    made = ClientError.__init__

    def without(error: ClientError, answer: Any, operation: str) -> None:
        made(error, {name: value for name, value in answer.items() if name != "Item"}, operation)

    monkeypatch.setattr(ClientError, "__init__", without)
    assert function.book(wanted).status == 200
    assert function.book({**wanted, "amount": "13.00"}).status == 409


def test_the_same_request_id_with_other_content_is_no_proof(cloud: Cloud, function: Function) -> None:
    wanted = transaction()
    first = function.book(wanted)
    assert first.status == 201
    item = cloud.item(str(wanted["transaction_id"]))
    assert item is not None
    event = event_of("POST", "/transactions", json.dumps({**wanted, "amount": "13.00"}))
    again = function.modules["app"].handler(event, Context(item["booked_by"]["S"]))
    assert again["statusCode"] == 409


def test_a_retry_in_the_other_region_is_a_replay_once_the_item_is_there(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a second booking before that, which ends as the same transaction when the later write wins."""
    cloud.create_table(WEST)
    east = Function(monkeypatch, cloud.environ())
    west = Function(monkeypatch, cloud.environ(WEST))
    wanted = transaction()
    booked = east.book(wanted)
    assert booked.status == 201
    early = west.book(wanted)
    assert (early.status, early.body["booked_in"]) == (201, WEST)
    assert early.body["fingerprint"] == booked.body["fingerprint"]

    # What replication does; the emulator takes the order for a replica and ignores it.
    item = cloud.item(str(wanted["transaction_id"]))
    cloud.client("dynamodb", WEST).put_item(TableName=cloud.name, Item=item)

    late = west.book(wanted)
    assert (late.status, late.body["booked_in"], late.body["replayed"]) == (200, EAST, True)
    assert west.book({**wanted, "amount": "1"}).status == 409
    assert west.health().body == {"status": "ok", "region": WEST, "role": "secondary"}


# --- requests that are wrong
# ---------------------------------------------------------------------------------------


def raw(body: str) -> dict[str, Any]:
    return event_of("POST", "/transactions", body)


GOOD = {"transaction_id": "tx-bad", "amount": "1", "currency": "EUR"}


def but(**changes: object) -> str:
    """The body of a good request with some members changed."""
    return json.dumps({**GOOD, **changes})


BAD_BODIES: dict[str, tuple[str, str]] = {
    "empty": ("", "malformed_json"),
    "not JSON": ("{", "malformed_json"),
    "not an object": ("[]", "malformed_json"),
    "null": ("null", "malformed_json"),
    "too deep": ("[" * 100_000, "malformed_json"),
    "text after the object": (but() + "x", "malformed_json"),
    "a member twice": ('{"amount":"1",' + but()[1:], "malformed_json"),
    "unknown member": (but(acount="x"), "unknown_member"),
    "no id": (json.dumps({"amount": "1", "currency": "EUR"}), "invalid_field"),
    "id: a number": (but(transaction_id=7), "invalid_field"),
    "id: empty": (but(transaction_id=""), "invalid_field"),
    "id: too long": (but(transaction_id="x" * 129), "invalid_field"),
    "id: a slash": (but(transaction_id="a/b"), "invalid_field"),
    "id: a line break at the end": (but(transaction_id="a\n"), "invalid_field"),
    "id: letters beyond ASCII": (but(transaction_id="ä"), "invalid_field"),
    "id: the one of the health check": (but(transaction_id=f"#health#{EAST}"), "invalid_field"),
    "amount: absent": (json.dumps({"transaction_id": "a", "currency": "EUR"}), "invalid_field"),
    "amount: NaN": (but(amount=float("nan")), "malformed_json"),
    "amount: Infinity": (but(amount=float("inf")), "malformed_json"),
    "amount: text NaN": (but(amount="NaN"), "invalid_field"),
    "amount: text Infinity": (but(amount="Infinity"), "invalid_field"),
    "amount: negative": (but(amount="-1"), "invalid_field"),
    "amount: negative number": (but(amount=-1), "invalid_field"),
    "amount: minus zero": (but(amount=-0.0), "invalid_field"),
    "amount: five decimals": (but(amount="0.00001"), "invalid_field"),
    "amount: five decimals as a number": (but(amount=0.00001), "invalid_field"),
    "amount: 16 digits": (but(amount="1" + "0" * 15), "invalid_field"),
    "amount: 100 digits": (but(amount=int("1" * 100)), "malformed_json"),
    "amount: vast exponent": (but().replace('"1"', "1e999999999"), "malformed_json"),
    "amount: tiny exponent": (but().replace('"1"', "1e-999999999"), "malformed_json"),
    "amount: exponent in text": (but(amount="1e3"), "invalid_field"),
    "amount: underscore": (but(amount="1_000"), "invalid_field"),
    "amount: blank": (but(amount=" 1"), "invalid_field"),
    "amount: other digits": (but(amount="１"), "invalid_field"),
    "amount: true": (but(amount=True), "invalid_field"),
    "amount: null": (but(amount=None), "invalid_field"),
    "currency: lower case": (but(currency="eur"), "invalid_field"),
    "currency: four letters": (but(currency="EURO"), "invalid_field"),
    "currency: a list": (but(currency=["EUR"]), "invalid_field"),
    "account: empty": (but(account=""), "invalid_field"),
    "account: a control character": (but(account="a\u0000"), "invalid_field"),
    "document: a text": (but(document="x"), "invalid_field"),
    "document: no content": (but(document={"content_type": "text/plain"}), "invalid_field"),
    "document: two contents": (but(document={**document(), "base64": "eA=="}), "invalid_field"),
    "document: empty": (but(document=document("")), "invalid_field"),
    "document: a number": (but(document={"content_type": "a/b", "text": 7}), "invalid_field"),
    "document: no type": (but(document={"text": "x"}), "invalid_field"),
    "document: a header in the type": (
        but(document={**document(), "content_type": "a/b\r\nx: y"}),
        "invalid_field",
    ),
    "document: not base64": (but(document={"content_type": "a/b", "base64": "a*b="}), "invalid_field"),
    "document: half a character": (but(document=document("\ud800")), "invalid_field"),
    "document: unknown member": (but(document={**document(), "name": "x"}), "unknown_member"),
}


def test_bad_bodies_are_refused_and_nothing_is_written(
    cloud: Cloud, function: Function, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, (body, reason) in BAD_BODIES.items():
        answer = function.handle(raw(body))
        assert (answer.status, answer.body["error"]) == (400, reason), name
        assert "message" in answer.body
    absent = function.handle(event_of("POST", "/transactions"))
    assert (absent.status, absent.body["error"]) == (400, "malformed_json")

    assert cloud.transactions() == []
    assert cloud.objects(cloud.bucket) == []
    logged = events(capsys)
    assert {event["event"] for event in logged} == {"request.refused"}
    assert len(logged) == len(BAD_BODIES) + 1


AMOUNTS = {
    '"0"': "0",
    "0.0000": "0",
    "1E+2": "100",
    '"007.10"': "7.1",
    '"1.500000"': "1.5",
    "0.1": "0.1",
    "100.0001": "100.0001",
    '"999999999999999.9999"': "999999999999999.9999",
}


def test_amounts_are_exact(cloud: Cloud, function: Function) -> None:
    for number, (written, read) in enumerate(AMOUNTS.items()):
        body = but(transaction_id=f"tx-{number}").replace('"amount": "1"', f'"amount": {written}')
        assert function.handle(raw(body)).status == 201, written
        item = cloud.item(f"tx-{number}")
        assert item is not None
        assert item["amount"]["N"] == read
        assert function.read(f"tx-{number}").body["amount"] == read


def test_a_document_that_is_too_large(function: Function) -> None:
    answer = function.book(transaction(document=document("x" * (4 * 1024 * 1024 + 1))))
    assert (answer.status, answer.body["error"]) == (413, "document_too_large")


def test_bodies_in_base64(cloud: Cloud, function: Function) -> None:
    def send(body: str) -> Answer:
        return function.handle({**raw(body), "isBase64Encoded": True})

    wanted = transaction(document=document("größer"))
    assert send(base64.b64encode(json.dumps(wanted, ensure_ascii=False).encode()).decode()).status == 201
    assert cloud.item(str(wanted["transaction_id"])) is not None
    assert send("not base64!").status == 400
    assert send(base64.b64encode(b"\xff\xfe{}").decode()).status == 400


WRONG_ROUTES: list[tuple[str, str, int, str | None]] = [
    ("GET", "/", 404, None),
    ("GET", "", 404, None),
    ("GET", "/payments", 404, None),
    ("POST", "/transactions/", 404, None),
    ("GET", "/transactions/a/b", 404, None),
    ("GET", "/Health", 404, None),
    ("GET", "/transactions", 405, "POST"),
    ("DELETE", "/transactions/a", 405, "GET"),
    ("PUT", "/transactions", 405, "POST"),
    ("POST", "/health", 405, "GET"),
    ("", "/health", 405, "GET"),
]


def test_other_paths_and_methods(function: Function) -> None:
    for method, path, status, allow in WRONG_ROUTES:
        answer = function.request(method, path)
        assert (answer.status, answer.headers.get("allow")) == (status, allow), (method, path)
        assert answer.body.keys() >= {"error", "message"}


def test_an_event_of_another_kind_is_not_found(function: Function) -> None:
    assert function.handle({}).status == 404
    assert function.handle({"source": "aws.events", "requestContext": None, "rawPath": 7}).status == 404


# --- reading
# -------------------------------------------------------------------------------------------------------


def test_reads_back_what_was_booked(function: Function) -> None:
    wanted = transaction(transaction_id="a:b.c_d-E", account="a-1", document=document())
    booked = function.book(wanted)
    assert booked.status == 201
    expected = {name: value for name, value in booked.body.items() if name != "replayed"}

    for path in ("/transactions/a:b.c_d-E", "/transactions/a%3Ab.c_d-E"):
        answer = function.request("GET", path)
        assert (answer.status, answer.body) == (200, expected)
    staged = function.handle(event_of("GET", "/live/transactions/a:b.c_d-E", stage="live"))
    assert (staged.status, staged.body) == (200, expected)


def test_reads_are_consistent(cloud: Cloud, gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    function = Function(monkeypatch, cloud.environ(AWS_ENDPOINT_URL=gateway.url))
    assert (function.read("absent").status, function.health().status) == (404, 200)
    reads = [json.loads(call.body) for call in gateway.calls if call.operation == "GetItem"]
    assert [read["ConsistentRead"] for read in reads] == [True, True, True]


def test_reading_what_is_not_there(function: Function) -> None:
    assert (function.read("absent").status, function.read("absent").body["error"]) == (404, "not_found")
    assert function.health().status == 200
    # The health check's own item cannot be reached.
    assert function.read(f"%23health%23{EAST}").status == 400


# --- documents
# -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "content"),
    [
        ({"content_type": "text/plain; charset=utf-8", "text": "größer"}, "größer".encode()),
        (
            {"content_type": "application/pdf", "base64": base64.b64encode(b"%PDF\x00\xff").decode()},
            b"%PDF\x00\xff",
        ),
    ],
    ids=["text", "base64"],
)
def test_stores_a_document(cloud: Cloud, function: Function, sent: dict[str, object], content: bytes) -> None:
    wanted = transaction(document=sent)
    answer = function.book(wanted)

    assert answer.status == 201
    stored = answer.body["document"]
    assert (stored["bucket"], stored["bytes"]) == ("documents", len(content))
    assert stored["sha256"] == hashlib.sha256(content).hexdigest()
    spread = hashlib.sha256(str(wanted["transaction_id"]).encode()).hexdigest()[:2]
    assert stored["key"].startswith(f"{spread}/{wanted['transaction_id']}/")
    found = cloud.client("s3").get_object(Bucket=cloud.bucket, Key=stored["key"])
    assert (found["Body"].read(), found["ContentType"]) == (content, sent["content_type"])
    assert function.book(wanted).status == 200
    assert cloud.objects(cloud.bucket) == [stored["key"]]


def test_the_document_is_written_before_the_item(
    cloud: Cloud, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    function = Function(monkeypatch, cloud.environ(**cloud.replicated(), AWS_ENDPOINT_URL=gateway.url))
    assert function.book(transaction(document=document())).status == 201
    assert gateway.operations() == ["GetItem", "PUTObject", "PutItem"]
    gateway.calls.clear()
    assert function.book(transaction()).status == 201
    assert gateway.operations() == ["PutItem"]


def test_nothing_is_booked_without_its_document(
    cloud: Cloud, function: Function, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.client("s3").delete_bucket(Bucket=cloud.bucket)
    wanted = transaction(document=document())

    answer = function.book(wanted)

    assert (answer.status, answer.headers["retry-after"]) == (503, "2")
    assert cloud.transactions() == []
    [event] = events(capsys)
    assert (event["event"], event["dependency"], event["code"]) == (
        "dependency.failed",
        "bucket",
        "NoSuchBucket",
    )
    cloud.client("s3").create_bucket(Bucket=cloud.bucket)
    assert function.book(wanted).status == 201


def test_requests_that_race_leave_each_others_documents_alone(cloud: Cloud, function: Function) -> None:
    wanted = transaction()
    barrier = threading.Barrier(6)

    def book(number: int) -> Answer:
        barrier.wait()
        return function.book({**wanted, "document": document(f"version {number}")})

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(book, range(6)))

    assert sorted(answer.status for answer in answers) == [201] + [409] * 5
    [(number, winner)] = [(n, answer) for n, answer in enumerate(answers) if answer.status == 201]
    found = cloud.client("s3").get_object(Bucket=cloud.bucket, Key=winner.body["document"]["key"])
    assert found["Body"].read() == f"version {number}".encode()


def test_documents_may_not_be_taken_at_all(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    function = Function(monkeypatch, cloud.environ())
    answer = function.book(transaction(document=document()))
    assert (answer.status, answer.body["error"]) == (400, "documents_not_taken")
    assert cloud.transactions() == []


def test_keys_spread_over_many_prefixes(function: Function) -> None:
    booking = function.modules["booking"]
    one = booking.Document(b"x", "a/b")
    prefixes = [booking.document_key(f"tx-{number}", one)[:3] for number in range(5120)]
    counts = [prefixes.count(prefix) for prefix in set(prefixes)]
    assert len(counts) == 256
    assert max(counts) < 60  # 20 each on average


# --- documents in two regions
# --------------------------------------------------------------------------------------


def test_dual_write_puts_the_document_in_both_regions(
    cloud: Cloud, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    with gateway_to(cloud.endpoint.endpoint_url) as peer:
        buckets = cloud.dual("refuse", peer_endpoint=peer.url)
        function = Function(monkeypatch, cloud.environ(**buckets, AWS_ENDPOINT_URL=gateway.url))
        answers = [function.book(transaction(document=document(f"number {n}"))) for n in range(3)]

    assert [(answer.status, answer.body["replicated"]) for answer in answers] == [(201, True)] * 3
    keys = sorted(answer.body["document"]["key"] for answer in answers)
    assert sorted(cloud.objects(cloud.bucket)) == keys
    assert sorted(cloud.objects(cloud.peer_bucket)) == keys
    # The role is assumed once, in this region, and its credentials sign for the peer region and nothing else.
    assert gateway.operations().count("AssumeRole") == 1
    assert peer.operations() == ["PUTObject"] * 3
    signers = {call.headers["Authorization"].partition("Credential=")[2].split("/")[0] for call in peer.calls}
    assert len(signers) == 1
    assert signers != {"emulated"}
    assert all(f"/{WEST}/s3/" in call.headers["Authorization"] for call in peer.calls)
    assert all(call.headers.get("X-Amz-Security-Token") for call in peer.calls)
    assert all("Credential=emulated/" in call.headers["Authorization"] for call in gateway.calls)
    assumed = next(call for call in gateway.calls if call.operation == "AssumeRole")
    assert f"/{EAST}/sts/" in assumed.headers["Authorization"]


def test_dual_write_with_the_functions_own_role(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = cloud.environ(**cloud.dual("refuse")) | {"CROSS_REGION_ROLE_ARN": ""}
    function = Function(monkeypatch, environ)
    assert function.book(transaction(document=document())).body["replicated"] is True
    assert len(cloud.objects(cloud.peer_bucket)) == 1


PEER_FAILURES = {
    "bucket gone": "NoSuchBucket",
    "nobody listens": "EndpointConnectionError",
    "hangs": "NoAnswerInTime",
    "role cannot be assumed": "ValidationError",
}
Broken = tuple[dict[str, str], dict[str, str], str]


@pytest.fixture(params=PEER_FAILURES)
def broken_peer(request: pytest.FixtureRequest, cloud: Cloud, gateway: Gateway) -> Broken:
    """Members of the bucket's entry, other variables, and the code that the failure is logged with."""
    kind: str = request.param
    entry, changes = {}, {}
    if kind == "bucket gone":
        cloud.client("s3").delete_bucket(Bucket=cloud.peer_bucket)
    elif kind == "nobody listens":
        entry = {"peer_endpoint": closed_port()}
    elif kind == "hangs":
        gateway.rule = lambda _: "hang"
        entry = {"peer_endpoint": gateway.url}
    else:
        changes = {"CROSS_REGION_ROLE_ARN": "arn:aws:iam::000000000000:user/not-a-role"}
    return entry, changes, PEER_FAILURES[kind]


def test_a_peer_failure_that_is_refused_books_nothing(
    cloud: Cloud,
    broken_peer: Broken,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    entry, changes, code = broken_peer
    function = Function(monkeypatch, cloud.environ(**cloud.dual("refuse", **entry)) | changes)
    # Shorter for the one that hangs, but longer than the 1 s that an SDK may wait before its second attempt.
    monkeypatch.setattr(function.modules["documents"], "DOCUMENT_SECONDS", 1.2)
    wanted = transaction(document=document())

    answer = function.book(wanted)

    assert (answer.status, answer.headers["retry-after"]) == (503, "2")
    assert answer.seconds < 2
    assert cloud.transactions() == []
    warning, final = events(capsys)
    assert (warning["event"], warning["code"], warning["accepted"]) == (
        "document.peer_write_failed",
        code,
        False,
    )
    assert (final["event"], final["dependency"], final["code"]) == ("dependency.failed", "peer-bucket", code)
    # The peer's trouble is not this region's.
    assert function.health().status == 200


def test_a_peer_failure_that_is_accepted_is_booked_and_reported(
    cloud: Cloud,
    broken_peer: Broken,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    entry, changes, code = broken_peer
    function = Function(monkeypatch, cloud.environ(**cloud.dual("accept", **entry)) | changes)
    # Shorter for the one that hangs, but longer than the 1 s that an SDK may wait before its second attempt.
    monkeypatch.setattr(function.modules["documents"], "DOCUMENT_SECONDS", 1.2)
    wanted = transaction(document=document())

    answer = function.book(wanted)

    assert (answer.status, answer.body["replicated"]) == (201, False)
    assert answer.seconds < 2
    key = answer.body["document"]["key"]
    assert cloud.objects(cloud.bucket) == [key]
    warning, final = events(capsys)
    assert (warning["event"], warning["level"]) == ("document.peer_write_failed", "WARN")
    assert (warning["key"], warning["code"], warning["accepted"]) == (key, code, True)
    assert (final["event"], final["replicated"]) == ("transaction.booked", False)
    assert function.read(str(wanted["transaction_id"])).body["replicated"] is False
    assert function.book(wanted).body["replicated"] is False


def test_a_local_failure_books_nothing_even_if_the_peer_took_the_document(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    function = Function(monkeypatch, cloud.environ(**cloud.dual("accept")))
    cloud.client("s3").delete_bucket(Bucket=cloud.bucket)
    assert function.book(transaction(document=document())).status == 503
    assert cloud.transactions() == []
    assert len(cloud.objects(cloud.peer_bucket)) == 1


# --- health
# --------------------------------------------------------------------------------------------------------


def test_health_reads_and_writes(cloud: Cloud, gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    function = Function(monkeypatch, cloud.environ(AWS_ENDPOINT_URL=gateway.url))

    answer = function.health()

    assert (answer.status, answer.body) == (200, {"status": "ok", "region": EAST, "role": "primary"})
    # Its own item and the peer's are read.
    assert sorted(gateway.operations()) == ["GetItem", "GetItem", "PutItem"]
    beat = cloud.item(f"#health#{EAST}")
    assert beat is not None
    assert beat.keys() == {"transaction_id", "beat_at"}
    # A heartbeat is fresh for some seconds, in which it is read only.
    gateway.calls.clear()
    assert [function.health().status for _ in range(3)] == [200] * 3
    assert gateway.operations() == ["GetItem"] * 3
    monkeypatch.setattr(function.modules["health"], "HEARTBEAT_SECONDS", 0.0)
    assert function.health().status == 200
    assert sorted(gateway.operations()[3:]) == ["GetItem", "GetItem", "PutItem"]


def test_health_answers_below_its_path_and_logs_no_token(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Route 53 adds a token, which stays out of the log whatever comes of the request."""
    function = Function(monkeypatch, cloud.environ(LOG_LEVEL="DEBUG"))
    token = "5ec4e7" * 5
    assert function.request("GET", f"/health/{token}").status == 200
    assert function.request("POST", f"/health/{token}").status == 405
    cloud.client("dynamodb").delete_table(TableName=cloud.name)
    assert function.request("GET", f"/health/{token}").status == 503
    assert function.request("GET", "/healthy").status == 404
    assert token not in capsys.readouterr().out


def test_health_publishes_how_old_the_peers_heartbeat_is(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The recovery point from the surviving side: what replication has brought of the peer's own item."""
    function = Function(monkeypatch, cloud.environ(METRIC_NAMESPACE="DR/t/test/t1"))
    monkeypatch.setattr(function.modules["health"], "HEARTBEAT_SECONDS", 0.0)
    assert function.health().status == 200
    assert "PeerHeartbeatAge" not in capsys.readouterr().out, "nothing has arrived yet"
    then = datetime.now(UTC) - timedelta(seconds=100)
    beat = {"S": then.isoformat(timespec="milliseconds")}
    item = {"transaction_id": {"S": f"#health#{WEST}"}, "beat_at": beat}
    cloud.client("dynamodb").put_item(TableName=cloud.name, Item=item)
    assert function.health().status == 200
    (line,) = (event for event in events(capsys) if "PeerHeartbeatAge" in event)
    assert 100 <= line["PeerHeartbeatAge"] < 200
    (metric,) = line["_aws"]["CloudWatchMetrics"]
    assert (metric["Namespace"], metric["Dimensions"]) == ("DR/t/test/t1", [[]])


def test_health_answers_at_the_path_of_the_topology(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    function = Function(monkeypatch, cloud.environ(HEALTH_PATH="/internal/alive"))

    assert function.request("GET", "/internal/alive").status == 200
    assert function.request("GET", "/health").status == 404


@pytest.mark.parametrize(("operation", "check"), [("PutItem", "table-write"), ("GetItem", "table-read")])
def test_health_fails_every_time_while_one_path_is_dead(
    cloud: Cloud, gateway: Gateway, monkeypatch: pytest.MonkeyPatch, operation: str, check: str
) -> None:
    """Route 53 counts failures in a row, so a dead write path must not be hidden by reads in between."""
    function = Function(monkeypatch, cloud.environ(AWS_ENDPOINT_URL=gateway.url))
    gateway.rule = lambda call: "throttle" if call.operation == operation else "pass"

    answers = [function.health() for _ in range(3)]

    assert [(answer.status, answer.body["failed"]) for answer in answers] == [(503, [check])] * 3
    gateway.rule = lambda _: "pass"
    assert function.health().status == 200


def test_health_of_no_table(cloud: Cloud, function: Function, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.client("dynamodb").delete_table(TableName=cloud.name)

    answer = function.health()

    assert answer.status == 503
    assert answer.body == {
        "status": "unavailable",
        "region": EAST,
        "role": "primary",
        "failed": ["table-read", "table-write"],
    }
    [event] = events(capsys)
    assert (event["event"], event["level"], event["status"]) == ("health.failed", "ERROR", 503)
    assert event["code"] == "ResourceNotFoundException,ResourceNotFoundException"


def test_health_answers_in_time_when_the_table_does_not(
    cloud: Cloud, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    function = Function(monkeypatch, cloud.environ(AWS_ENDPOINT_URL=gateway.url))
    gateway.rule = lambda _: "hang"
    answer = function.health()
    assert (answer.status, answer.body["failed"]) == (503, ["table-read", "table-write"])
    assert answer.seconds < 2


def test_health_answers_when_the_sdk_does_not(function: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name resolution, for one, takes no timeout from the SDK."""
    asleep = threading.Event()
    resolve = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: asleep.wait(5) and resolve(*a, **k))
    answer = function.health()
    asleep.set()
    assert answer.status == 503
    assert answer.seconds < 2


def test_health_of_an_endpoint_that_nobody_listens_at(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    function = Function(monkeypatch, cloud.environ(AWS_ENDPOINT_URL=closed_port()))
    answer = function.health()
    assert answer.status == 503
    assert answer.seconds < 2


def test_a_connection_that_died_asleep_is_not_a_dead_region(
    cloud: Cloud, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    function = Function(monkeypatch, cloud.environ(AWS_ENDPOINT_URL=gateway.url))
    assert function.health().status == 200
    gateway.calls.clear()
    gateway.rule = lambda _: "lose" if len(gateway.calls) == 1 else "pass"
    assert function.health().status == 200
    assert gateway.operations() == ["GetItem", "GetItem"]


# --- when AWS or the configuration fails
# ---------------------------------------------------------------------------


def test_a_table_that_is_throttled(
    cloud: Cloud, gateway: Gateway, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    function = Function(monkeypatch, cloud.environ(AWS_ENDPOINT_URL=gateway.url))
    gateway.rule = lambda _: "throttle"

    for answer in (function.book(transaction()), function.read("tx-1")):
        assert (answer.status, answer.headers["retry-after"]) == (503, "2")
        assert answer.body["error"] == "unavailable"
    assert gateway.operations() == ["PutItem"] * 2 + ["GetItem"] * 2
    logged = [(event["event"], event["code"]) for event in events(capsys)]
    assert logged == [("dependency.failed", "ThrottlingException")] * 2


def test_a_table_that_hangs(cloud: Cloud, gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    function = Function(monkeypatch, cloud.environ(**cloud.replicated(), AWS_ENDPOINT_URL=gateway.url))
    gateway.rule = lambda _: "hang"
    answer = function.book(transaction(document=document()))
    assert answer.status == 503
    assert answer.seconds < 4.5


def test_nothing_is_begun_that_might_not_end_in_time(function: Function) -> None:
    store = function.modules["store"]
    table = function.modules["app"]._environment.table
    with pytest.raises(store.UnavailableError, match="NoTimeLeft"):
        table.get("tx-1", store.Deadline(store.TABLE_SECONDS - 0.1))
    documents = function.modules["app"]._environment.documents
    with pytest.raises(store.UnavailableError, match="NoTimeLeft"):
        documents.put("key", None, store.Deadline(store.TABLE_SECONDS), None)


def test_a_fault_of_ours_says_nothing_about_itself(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Here: an attribute that is not the table's key, which DynamoDB calls invalid."""
    function = Function(monkeypatch, cloud.environ(TABLES=cloud.tables(partition="not_the_key")))

    answer = function.book(transaction())

    assert (answer.status, answer.body) == (500, {"error": "internal", "message": "the service has a fault"})
    [event] = events(capsys)
    assert (event["event"], event["level"], event["error"]) == ("request.failed", "ERROR", "ClientError")
    assert function.health().status == 503


@pytest.mark.parametrize(
    "changes",
    [
        {"REGION_ROLE": "tertiary"},
        {"REGION_ROLE": ""},
        {"TABLES": "not JSON"},
        {"TABLES": "[]"},
        {"TABLES": "{}"},
        {"TABLES": '{"transactions": {"name": "t"}}'},
        {"TABLES": '{"transactions": {"name": "t", "partition": "id", "sort": "amount"}}'},
        {"TABLES": '{"transactions": {"name": "t", "partition": "id", "expires": "ends_at"}}'},
        {"TABLES": '{"transactions": {"name": "t", "partition": "id", "retention_seconds": 60}}'},
        {"TABLES": '{"transactions": {"name": "t", "partition": "id", "expires": "e", "retention_seconds": "1d"}}'},
        {"TABLES": '{"transactions": {"name": "t", "partition": "id", "expires": "amount", "retention_seconds": 60}}'},
        {"PRIMARY_TABLE": ""},
        {"DOCUMENT_BUCKET": "documents", "BUCKETS": ""},
        {"DOCUMENT_BUCKET": "documents"},
        {"DOCUMENT_BUCKET": "documents", "BUCKETS": '{"documents": {"name": "b", "mode": "mirrored"}}'},
    ],
    ids=str,
)
def test_a_broken_configuration(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], changes: dict[str, str]
) -> None:
    function = Function(monkeypatch, cloud.environ(**changes))
    assert function.book(transaction()).status == 500
    health = function.health()
    assert (health.status, health.body) == (503, {"status": "unavailable", "failed": ["configuration"]})
    assert function.request("GET", "/elsewhere").status == 404
    first, *_ = events(capsys)
    assert (first["event"], first["level"]) == ("configuration.invalid", "ERROR")
    assert "tertiary" not in first["reason"]


@pytest.mark.parametrize(
    "entry",
    [
        {"on_peer_failure": ""},
        {"on_peer_failure": "ignore"},
        {"peer_name": ""},
        {"peer_endpoint": "not a URL"},
    ],
    ids=str,
)
def test_a_dual_write_bucket_says_all_it_has_to(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, entry: dict[str, str]
) -> None:
    buckets = cloud.dual(**{"on_peer_failure": "refuse", **entry})
    function = Function(monkeypatch, cloud.environ(**buckets))
    assert function.health().body["failed"] == ["configuration"]


def test_the_peer_region_has_a_fallback(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    buckets = cloud.dual("refuse", peer_region="")
    function = Function(monkeypatch, cloud.environ(**buckets))
    assert function.modules["app"]._environment.settings.bucket.peer_region == WEST
    function = Function(monkeypatch, cloud.environ(**buckets, PEER_REGION=""))
    assert function.health().status == 503


# --- logs
# ----------------------------------------------------------------------------------------------------------


def test_logs_are_lines_of_json_without_secrets_or_payload(
    cloud: Cloud,
    gateway: Gateway,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    # The most talkative setting, of the function and of the loggers that Lambda may turn up.
    caplog.set_level(logging.DEBUG)
    buckets = cloud.dual("accept", peer_name="no-such-bucket")
    environ = cloud.environ(**buckets, AWS_ENDPOINT_URL=gateway.url, LOG_LEVEL="debug")
    function = Function(monkeypatch, environ)
    wanted = transaction(amount="98765.4321", account="SECRET-ACCOUNT", document=document("SECRET-TEXT"))
    broken = but(amount="SECRET-AMOUNT", currency="SECRET-CURRENCY")

    assert function.book(wanted).status == 201
    assert function.book(wanted).status == 200
    assert function.book({**wanted, "amount": "1"}).status == 409
    assert function.read(str(wanted["transaction_id"])).status == 200
    assert function.read("absent").status == 404
    assert function.handle(raw(broken)).status == 400
    assert function.handle(raw(json.dumps({"SECRET-MEMBER": 1}))).status == 400
    assert function.health().status == 200
    gateway.rule = lambda _: "throttle"
    assert function.book(transaction(account="SECRET-ACCOUNT")).status == 503
    assert function.health().status == 503

    captured = capsys.readouterr()
    logged = [json.loads(line) for line in captured.out.splitlines()]
    assert [event["event"] for event in logged] == [
        "document.peer_write_failed",
        "transaction.booked",
        "transaction.replayed",
        "transaction.conflict",
        "transaction.read",
        "transaction.absent",
        "request.refused",
        "request.refused",
        "health.passed",
        "dependency.failed",
        "health.failed",
    ]
    for event in logged:
        assert event.keys() >= {"timestamp", "level", "event", "region", "role", "request_id", "api_request_id"}
        assert (event["region"], event["role"]) == (EAST, "primary")
        assert len(event["request_id"]) == 32
        assert len(event["api_request_id"]) == 16
    assert logged[0]["request_id"] == logged[1]["request_id"]
    assert all(event["duration_ms"] >= 0 for event in logged[1:])
    assert any(event["duration_ms"] > 0 for event in logged[1:])
    [token, *_] = [token for call in gateway.calls if (token := call.headers.get("X-Amz-Security-Token"))]
    everything = captured.out + captured.err + caplog.text
    for secret in (
        "SECRET",
        "98765",
        "emulated-secret",
        token,
        "Signature",
        base64.b64encode(b"SECRET-TEXT").decode(),
    ):
        assert secret not in everything


@pytest.mark.parametrize(("level", "count"), [("", 1), ("nonsense", 1), ("WARN", 0)])
def test_the_level_of_the_log(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], level: str, count: int
) -> None:
    function = Function(monkeypatch, cloud.environ(LOG_LEVEL=level))
    function.health()
    function.book(transaction())
    assert len(events(capsys)) == count


def test_lambda_finds_level_and_time_of_every_line(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line whose level or time Lambda cannot read counts as INFO there, and is dropped with those, errors too."""
    function = Function(monkeypatch, cloud.environ(LOG_LEVEL="DEBUG"))
    function.health()
    function.book(transaction())
    function.book(but(amount="x"))
    logged = events(capsys)
    assert {event["level"] for event in logged} == {"DEBUG", "INFO", "WARN"}
    for event in logged:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event["timestamp"])


@pytest.mark.parametrize(("sample", "level", "kept"), [("0", "INFO", 0), ("1", "INFO", 3), ("0", "DEBUG", 3)])
def test_successes_are_sampled_and_nothing_else_is(
    cloud: Cloud,
    gateway: Gateway,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    sample: str,
    level: str,
    kept: int,
) -> None:
    environ = cloud.environ(AWS_ENDPOINT_URL=gateway.url, LOG_SAMPLE=sample, LOG_LEVEL=level)
    function = Function(monkeypatch, environ)
    booked = transaction()
    assert [function.book(booked).status, function.book(booked).status] == [201, 200]
    assert function.read(str(booked["transaction_id"])).status == 200
    assert len(events(capsys)) == kept

    assert function.book({**booked, "amount": "1"}).status == 409
    assert function.read("absent").status == 404
    assert function.handle(raw(json.dumps({}))).status == 400
    gateway.rule = lambda _: "throttle"
    assert function.book(transaction()).status == 503
    refused = ["transaction.conflict", "transaction.absent", "request.refused", "dependency.failed"]
    assert [event["event"] for event in events(capsys)] == refused


def test_the_share_of_successes_that_are_logged_is_the_one_asked_for(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = Function(monkeypatch, cloud.environ()).modules["logs"].make
    log = make({"LOG_SAMPLE": "0.01"})
    kept = sum(log.for_request(str(uuid.UUID(int=number)), "").keeps_success for number in range(100_000))
    assert 900 < kept < 1100
    for wrong in ("", "1%", "-1", "2", "nan"):
        assert make({"LOG_SAMPLE": wrong}).for_request("some-id", "").keeps_success, "rather too much than nothing"


# --- as Lambda runs it
# ---------------------------------------------------------------------------------------------


def test_the_folder_is_a_package_for_lambda(cloud: Cloud) -> None:
    """Zipped and called through the emulator's Lambda and HTTP API, with the events that those make."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        for path in sorted(FOLDER.glob("*.py")):
            zipped.write(path, path.name)
    environ = {name: value for name, value in cloud.environ().items() if not name.startswith("AWS_")}
    function = cloud.client("lambda").create_function(
        FunctionName=cloud.name,
        Runtime="python3.13",
        Handler="app.handler",
        Role=ROLE,
        Timeout=10,
        Code={"ZipFile": archive.getvalue()},
        Environment={"Variables": environ},
    )
    gateway = cloud.client("apigatewayv2")
    api = gateway.create_api(Name=cloud.name, ProtocolType="HTTP")
    integration = gateway.create_integration(
        ApiId=api["ApiId"],
        IntegrationType="AWS_PROXY",
        IntegrationUri=function["FunctionArn"],
        PayloadFormatVersion="2.0",
    )
    for route in ("POST /transactions", "GET /transactions/{transaction_id}", "GET /health"):
        target = f"integrations/{integration['IntegrationId']}"
        gateway.create_route(ApiId=api["ApiId"], RouteKey=route, Target=target)
    gateway.create_stage(ApiId=api["ApiId"], StageName="$default", AutoDeploy=True)

    def call(method: str, path: str, body: object = None) -> tuple[int, Any]:
        address = cloud.endpoint.endpoint_url.removeprefix("http://")
        connection = http.client.HTTPConnection(address, timeout=15)
        # Not by host name: the emulator answers /health itself then.
        path = f"/_aws/execute-api/{api['ApiId']}/$default{path}"
        connection.request(method, path, None if body is None else json.dumps(body))
        answer = connection.getresponse()
        content = json.loads(answer.read())
        connection.close()
        return answer.status, content

    assert call("GET", "/health") == (200, {"status": "ok", "region": EAST, "role": "primary"})
    wanted = transaction()
    assert call("POST", "/transactions", wanted)[0] == 201
    status, found = call("GET", f"/transactions/{wanted['transaction_id']}")
    assert (status, found["amount"]) == (200, "12.5")
    assert call("POST", "/transactions", {**wanted, "amount": 1})[0] == 409
