"""The seam to the SDK, in front of a server that answers as a proxy, a sign-in page or a broken service would."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from compiler.deploy import aws
from compiler.deploy.aws import Aws
from compiler.deploy.cloud import CloudError, call_failed

CALLS = {
    "query": ("sts", "GetCallerIdentity", {}),
    "more of query": ("cloudformation", "DescribeStacks", {"StackName": "s"}),
    "ec2": ("ec2", "DescribeVpcs", {}),
    "rest-xml": ("route53", "ListHostedZones", {}),
    "s3": ("s3", "GetBucketVersioning", {"Bucket": "b"}),
    "rest-json": ("lambda", "GetFunctionConfiguration", {"FunctionName": "f"}),
    "json": ("dynamodb", "DescribeTable", {"TableName": "t"}),
    "more of json": ("logs", "DescribeLogGroups", {}),
}
"""A call of each protocol that AWS speaks."""

PAGE = b"<!doctype html><html><body>" + b"<p>Sign in</p>" * 200 + b"</body></html>"
IN_BETWEEN = {
    "a page that says fine": (200, "text/html", PAGE),
    "a page that is also XML": (200, "text/xml", b"<html><body><p>Sign in</p></body></html>"),
    "a page with a comment first": (200, "application/json", b"<!-- by a proxy -->\n<HTML></HTML>"),
    "a page of a gateway": (502, "text/html; charset=utf-8", PAGE),
    "a page of a firewall": (403, "text/html", PAGE),
    "a page that finds nothing": (404, "text/html", b"<h1>Not Found</h1>"),
    "nothing": (200, "text/plain", b""),
    "a word": (200, "text/plain", b"OK"),
    "no text": (200, "application/octet-stream", b"\x1f\x8b\xff\xfe\x00"),
    "half of XML": (200, "text/xml", b"<Response><Result>"),
    "half of JSON": (200, "application/json", b'{"Table": {'),
    "a list": (200, "application/json", b"[]"),
    "a text of JSON": (200, "application/json", b'"OK"'),
}


@dataclass
class Server:
    """Answers `broken` the first `times` times, then `good`."""

    broken: tuple[int, str, bytes]
    good: bytes = b""
    times: int = 1_000_000
    asked: list[str] = field(default_factory=list)
    url: str = ""


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            server.asked.append(self.path)
            status, kind, body = server.broken if len(server.asked) <= server.times else (200, "text/xml", server.good)
            self.send_response_only(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _answer  # noqa: N815 - names of the standard library

        def log_message(self, *arguments: object) -> None:
            pass

    opened = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=opened.serve_forever, args=(0.05,), daemon=True).start()
    server.url = f"http://127.0.0.1:{opened.server_address[1]}"
    try:
        yield server
    finally:
        opened.shutdown()
        opened.server_close()


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "some")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "some")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    # The SDK itself is not to try again: that is slow, and no part of these tests.
    monkeypatch.setattr(aws, "_ATTEMPTS", 1)


def api(url: str, patience_seconds: float) -> Aws:
    made = Aws(None, url, threading.Event())
    made.patience_seconds = patience_seconds
    return made


@pytest.mark.parametrize("answer", IN_BETWEEN)
def test_what_no_service_of_aws_answers_is_a_failure_of_the_call(answer: str) -> None:
    """Whatever the protocol: no traceback, and not an answer without any content."""
    with serving(Server(IN_BETWEEN[answer])) as server:
        cloud = api(server.url, 0.0)
        for protocol, (service, operation, parameters) in CALLS.items():
            with pytest.raises(CloudError) as failed:
                cloud.call(service, "us-east-1", operation, parameters)
            if protocol == "s3" and failed.value.code == "500":
                continue  # the SDK itself makes a failure of S3 of what it cannot read
            assert failed.value.unreadable, protocol
            assert not failed.value.missing, "it does not say that there is no such API"
            finding = call_failed(failed.value)
            assert finding.rule.code == "DR871"
            assert len(finding.message) < 300, "a page is cut"
            assert "\n" not in finding.message


@pytest.mark.parametrize("answer", IN_BETWEEN)
def test_it_is_asked_again(answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda low, high: 0.0)
    good = (
        b"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult>"
        b"</GetCallerIdentityResponse>"
    )
    with serving(Server(IN_BETWEEN[answer], good, times=3)) as server:
        assert api(server.url, 600.0).call("sts", "us-east-1", "GetCallerIdentity", {})["Account"] == "123456789012"
        assert len(server.asked) == 4


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"])
def test_a_setting_that_the_sdk_cannot_use_is_no_fault_of_ours(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "not a url")
    with pytest.raises(CloudError) as failed:
        Aws(None, None, threading.Event()).call("sts", "us-east-1", "GetCallerIdentity", {})
    assert "not a url" in failed.value.message


@pytest.mark.parametrize("url", ["http://example.org", "http://192.0.2.1:4566", "http://127.0.0.1.example.org"])
@pytest.mark.parametrize("by", ["option", "environment"])
def test_credentials_do_not_leave_this_machine_in_clear(monkeypatch: pytest.MonkeyPatch, url: str, by: str) -> None:
    """No request is made: the SDK's client is refused before its first call."""
    if by == "environment":
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    made = Aws(None, url if by == "option" else None, threading.Event())
    with pytest.raises(CloudError) as failed:
        made.call("sts", "us-east-1", "GetCallerIdentity", {})
    assert failed.value.code == "PlainHttp"
    assert url in failed.value.message


@pytest.mark.parametrize(
    ("url", "readable"),
    [("http://localhost:4566", False), ("http://[::1]:1", False), ("http://127.9.9.9", False), ("https://a.org", False),
     ("http://10.0.0.1", True), ("http://localhost.example.org", True), ("http://", True), ("http://[::1", True)],
)  # fmt: skip
def test_what_can_be_read_on_the_way(url: str, readable: bool) -> None:
    assert aws.is_readable_on_the_way(url) is readable
