"""The network between dr-deploy and AWS, and what goes wrong on it.

It stands in front of the emulator: it carries every request, completes templates, and makes trouble.

    with open_gateway(emulator.endpoint_url) as gateway:
        dr-deploy ... --endpoint-url {gateway.url}

`gateway.trouble` decides about each call: throttle it, delay it, lose its answer, or call for a kill of the client
just before or after it arrives. `complement` says what is done to templates, and why, and `monitor` what is made of
rollback triggers.
"""

from __future__ import annotations

import http.client
import io
import json
import os
import re
import signal
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.sax.saxutils import escape

import boto3

from tests.deploy.complement import ADDED, NOTHING, Deployed, Record, completed, corrected, original
from tests.deploy.monitor import Monitoring, Watched, asked, described, told

Json = Any
_SCOPE = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")
_TEMPLATE = re.compile(rb"<TemplateBody>.*</TemplateBody>", re.DOTALL)
_TEMPLATES = ("TemplateBody", "TemplateURL", "UsePreviousTemplate")
_INLINE_BYTES = 51_200  # not a figure: what the emulator takes inside a request
_PROVIDER = "complement-provider"
_BUCKET = "complement-templates"
_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "expect"}


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it arrived; `number` counts from 1."""

    number: int
    service: str
    region: str
    operation: str
    form: Mapping[str, str]
    """A change set that is named by its ARN stands here by its name, with its ARN as `ChangeSetId`."""
    key_id: str = ""
    """The access key id that signed it: who called."""

    @property
    def name(self) -> str:
        return f"{self.service}:{self.operation}"


class Way(StrEnum):
    """What becomes of a call."""

    PASS = "pass"
    THROTTLE = "throttle"
    LOSE = "lose"
    """It arrives, but its answer does not."""
    PAGE = "page"
    """A proxy answers in its place that it has no connection."""
    SIGN_IN = "sign in"
    """A network answers in its place with a page to sign in on."""
    EMPTY = "empty"
    """It is answered without any content."""
    KILL_BEFORE = "kill before"
    KILL_AFTER = "kill after"


_PAGES = {
    Way.PAGE: (502, b"<html><head><title>502 Bad Gateway</title></head><body><hr></body></html>"),
    Way.SIGN_IN: (200, b"<!DOCTYPE html>\n<html><body>Please sign in.</body></html>"),
    Way.EMPTY: (200, b""),
}


def none(call: Call) -> Way:
    """No trouble."""
    return Way.PASS


def unwatched(region: str, stack: str) -> None:
    """Nothing happens while an operation is watched."""


@dataclass
class Gateway:
    """A running gateway."""

    url: str
    target: str
    record: Record = field(default_factory=Record)
    calls: list[Call] = field(default_factory=list)
    trouble: Callable[[Call], Way] = none
    delay_seconds: float = 0.0
    victim: int | None = None
    """Process that a kill is meant for."""
    deployed: dict[tuple[str, str], Deployed] = field(default_factory=dict)
    """What each stack was last deployed from, by region and name."""
    proposed: dict[tuple[str, str, str], tuple[Deployed, Deployed]] = field(default_factory=dict)
    executing: threading.Lock = field(default_factory=threading.Lock)
    minute_seconds: float = 0.002
    """How long a minute of monitoring takes."""
    monitoring: dict[tuple[str, str], Monitoring] = field(default_factory=dict)
    """What was asked for last on each stack, by region and name."""
    monitored: dict[tuple[str, str, str], Monitoring] = field(default_factory=dict)
    """What each change set asks for, by region, stack and change set."""
    watched: dict[tuple[str, str], Watched] = field(default_factory=dict)
    """The last operation on each stack that was watched."""
    baking: Callable[[str, str], None] = unwatched
    """Called when the monitoring time of an operation begins."""
    executed: dict[tuple[str, str], str] = field(default_factory=dict)
    """ARN of the change set that was executed last on each stack, by region and name."""
    sent: dict[tuple[str, str, str], str] = field(default_factory=dict)
    """Templates as they were sent, by region, stack and change set; the one that a stack has under an empty name."""
    _ready: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def client(self, service: str, region: str) -> Any:
        """A client of the emulator itself, not through the gateway."""
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.target,
            aws_access_key_id="emulated",
            aws_secret_access_key="emulated-secret",
        )

    def provider(self, region: str) -> str:
        """ARN of the function that creates what CloudFormation does not."""
        with self._lock:
            client = self.client("lambda", region)
            if region not in self._ready:
                packed = io.BytesIO()
                with zipfile.ZipFile(packed, "w") as archive:
                    archive.writestr("provider.py", Path(__file__).with_name("provider.py").read_text())
                client.create_function(
                    FunctionName=_PROVIDER,
                    Runtime="python3.13",
                    Role="arn:aws:iam::000000000000:role/complement",
                    Handler="provider.handler",
                    Timeout=60,
                    Code={"ZipFile": packed.getvalue()},
                )
                with suppress(Exception):
                    self.client("s3", "us-east-1").create_bucket(Bucket=_BUCKET)
                self._ready.add(region)
            arn: str = client.get_function_configuration(FunctionName=_PROVIDER)["FunctionArn"]
            return arn

    def forget(self) -> None:
        """After a reset of the emulator."""
        self.record = Record()
        self._ready.clear()
        for operation in self.watched.values():
            operation.ended.wait()
        self.deployed.clear()
        self.proposed.clear()
        self.monitoring.clear()
        self.monitored.clear()
        self.watched.clear()
        self.sent.clear()
        self.executed.clear()
        self.calls.clear()

    def note(self, service: str, region: str, operation: str, form: Mapping[str, str], key_id: str) -> Call:
        with self._lock:
            call = Call(len(self.calls) + 1, service, region, operation, form, key_id)
            self.calls.append(call)
            return call

    # CloudFormation

    def rewritten(self, call: Call) -> bytes | None:
        """The body of a request that has to be another one."""
        if call.name != "cloudformation:CreateChangeSet":
            return None
        text = self._template(call)
        template = json.loads(text)
        key = (call.region, call.form["StackName"])
        self.sent[(*key, call.form["ChangeSetName"])] = text
        self.monitoring[key] = asked(call.form, self.monitoring.get(key, Monitoring()))
        self.monitored[(*key, call.form["ChangeSetName"])] = self.monitoring[key]
        before = NOTHING if call.form["ChangeSetType"] == "CREATE" else self.deployed.get(key, NOTHING)
        after = Deployed(completed(template, self.provider(call.region), self.record), _values(call, template, before))
        handle = f"Gates{after.gates}{ADDED}"
        after.template["Resources"][handle] = {"Type": "AWS::CloudFormation::WaitConditionHandle"}
        self.proposed[(*key, call.form["ChangeSetName"])] = (before, after)
        form = {name: value for name, value in call.form.items() if name not in _TEMPLATES}
        name = f"{call.form['StackName']}-{call.form['ChangeSetName']}.json"
        return urlencode({**form, **self._written(after.template, name)}).encode()

    def _written(self, template: Mapping[str, Json], name: str) -> dict[str, str]:
        """A template as a request takes it: inside, or in a bucket under a name."""
        body = json.dumps(template, separators=(",", ":"))
        if len(body) <= _INLINE_BYTES:
            return {"TemplateBody": body}
        self.client("s3", "us-east-1").put_object(Bucket=_BUCKET, Key=name, Body=body.encode())
        return {"TemplateURL": f"https://s3.us-east-1.amazonaws.com/{_BUCKET}/{name}"}

    def _watch(self, key: tuple[str, str], before: Deployed, text: str) -> None:
        """Watches the operation that has begun, as its change set asks for; `before` and `text` are what it was."""
        monitoring = self.monitoring[key]
        self.watched.pop(key, None)
        if before is NOTHING or not (monitoring.triggers or monitoring.minutes):
            return

        def take_back() -> None:
            region, stack = key
            parameters = [{"ParameterKey": name, "ParameterValue": value} for name, value in before.values.items()]
            self.client("cloudformation", region).update_stack(
                StackName=stack, Parameters=parameters, Capabilities=["CAPABILITY_NAMED_IAM"],
                **self._written(before.template, f"{stack}-before.json"),
            )  # fmt: skip
            self.deployed[key], self.sent[(*key, "")] = before, text

        found = Watched(
            *key, monitoring, self.minute_seconds, self.client, take_back, lambda *which: self.baking(*which),
            status="UPDATE_IN_PROGRESS",
        )  # fmt: skip
        self.watched[key] = found
        threading.Thread(target=found.run, daemon=True).start()

    def outrun(self, call: Call) -> bool:
        """Whether a stack to be created was created by another change set meanwhile: AWS drops this one then."""
        key = (call.region, call.form["StackName"], call.form["ChangeSetName"])
        if key not in self.proposed or self.proposed[key][0] is not NOTHING:
            return False
        found = self.client("cloudformation", call.region).describe_stacks(StackName=call.form["StackName"])
        return bool(found["Stacks"][0]["StackStatus"] != "REVIEW_IN_PROGRESS")

    def _template(self, call: Call) -> str:
        if "TemplateBody" in call.form:
            return call.form["TemplateBody"]
        if call.form.get("UsePreviousTemplate") == "true":
            return self.sent[call.region, call.form["StackName"], ""]
        url = urlsplit(call.form["TemplateURL"])
        bucket, _, key = url.path.lstrip("/").partition("/")
        pinned = {"VersionId": parse_qs(url.query)["versionId"][0]} if url.query else {}
        return str(self.client("s3", call.region).get_object(Bucket=bucket, Key=key, **pinned)["Body"].read().decode())

    def answered(self, call: Call, status: int, body: bytes) -> bytes:
        """The answer as AWS would give it, and a note of what was deployed."""
        if call.operation == "DescribeAvailabilityZones":
            # The emulator counts three zones; AWS offers no functions in the third one of us-east-1, but in the fourth.
            return body.replace(b"use1-az3", b"use1-az4")
        if call.service != "cloudformation":
            return body
        key = (call.region, call.form.get("StackName", ""), call.form.get("ChangeSetName", ""))
        if status == http.client.OK and key in self.proposed:
            before, after = self.proposed[key]
            if call.operation == "ExecuteChangeSet":
                was = self.sent.get((*key[:2], ""), "{}")
                self.deployed[key[:2]], self.sent[(*key[:2], "")] = after, self.sent[key]
                self.executed[key[:2]] = call.form.get("ChangeSetId", "")
                self._watch(key[:2], before, was)
            elif call.operation == "DescribeChangeSet":
                return described(corrected(body, before, after), self.monitored[key])
        found = self.watched.get(key[:2])
        if call.operation == "DescribeStacks":
            named = f"</StackName><ChangeSetId>{self.executed.get(key[:2], '')}</ChangeSetId>".encode()
            return told(body.replace(b"</StackName>", named), found.status if found else "")
        if call.operation == "GetTemplate" and (text := self.sent.get(key)):
            return _TEMPLATE.sub(lambda _: f"<TemplateBody>{escape(text)}</TemplateBody>".encode(), body)
        return original(body)


def _values(call: Call, template: Mapping[str, Json], before: Deployed) -> dict[str, str]:
    values = {name: str(body.get("Default", "")) for name, body in template.get("Parameters", {}).items()}
    number = 1
    while name := call.form.get(f"Parameters.member.{number}.ParameterKey"):
        if call.form.get(f"Parameters.member.{number}.UsePreviousValue") == "true":
            values[name] = before.values.get(name, values[name])
        else:
            values[name] = call.form.get(f"Parameters.member.{number}.ParameterValue", "")
        number += 1
    return values


class Handler(BaseHTTPRequestHandler):
    """Carries one request; `gateway` and `host` are set for each gateway."""

    protocol_version = "HTTP/1.1"
    gateway: Gateway
    host: str

    def __getattr__(self, name: str) -> Callable[[], None]:
        # Whatever the method, it is carried.
        if name.startswith("do_"):
            return self._carry
        raise AttributeError(name)

    def _carry(self) -> None:
        gateway = self.gateway
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        call = gateway.note(*_told(self.command, self.path, dict(self.headers.items()), body))
        way = gateway.trouble(call)
        if gateway.delay_seconds:
            time.sleep(gateway.delay_seconds)
        if way is Way.KILL_BEFORE:
            self._kill()
            return
        if way is Way.THROTTLE:
            self._answer(*_throttled(call))
            return
        if way in _PAGES:
            status, page = _PAGES[way]
            self._answer(status, [("Content-Type", "text/html")], page)
            return
        if call.operation == "ExecuteChangeSet":
            with gateway.executing:
                if gateway.outrun(call):
                    self._answer(*_gone(call))
                    return
                status, headers, answer = self._forward(body)
        else:
            rewritten = gateway.rewritten(call)
            status, headers, answer = self._forward(body if rewritten is None else rewritten)
        answer = gateway.answered(call, status, answer)
        if way is Way.KILL_AFTER:
            self._kill()
        elif way is Way.LOSE:
            self.close_connection = True
        else:
            self._answer(status, headers, answer)

    def _kill(self) -> None:
        self.close_connection = True
        if self.gateway.victim is not None:
            with suppress(ProcessLookupError):
                os.kill(self.gateway.victim, signal.SIGKILL)

    def _forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(self.host, timeout=120)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        headers |= {"Host": self.host, "Content-Length": str(len(body))}
        try:
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        length = len(body)
        for name, value in headers:
            if name.lower() == "content-length" and self.command == "HEAD":
                length = int(value)
            elif name.lower() not in _HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if self.command != "HEAD":
            with suppress(BrokenPipeError, ConnectionResetError):
                self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass

    def handle_one_request(self) -> None:
        # A client that was killed leaves its connections behind.
        with suppress(ConnectionResetError, BrokenPipeError):
            super().handle_one_request()


@contextmanager
def open_gateway(target: str) -> Iterator[Gateway]:
    """A gateway to the emulator at `target`, on a loopback port of its own."""

    class Ours(Handler):
        host = urlsplit(target).netloc

    server = ThreadingHTTPServer(("127.0.0.1", 0), Ours)
    server.daemon_threads = True
    gateway = Ours.gateway = Gateway(f"http://127.0.0.1:{server.server_address[1]}", target)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()


def _told(method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[str, str, str, dict[str, str], str]:
    """Service, region, operation and form of a request, and the access key id that signed it."""
    lower = {name.lower(): value for name, value in headers.items()}
    scope = _SCOPE.search(lower.get("authorization", ""))
    key_id, region, service = scope.groups() if scope else ("", "", "")
    form: dict[str, str] = {}
    if lower.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        form = {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}
        if (change_set := form.get("ChangeSetName", "")).startswith("arn:"):
            form |= {"ChangeSetName": change_set.split("/")[1], "ChangeSetId": change_set}
    named = form.get("Action") or lower.get("x-amz-target", "").rpartition(".")[2]
    return service, region, named or f"{method} {urlsplit(path).path}", form, key_id


def _gone(call: Call) -> tuple[int, list[tuple[str, str]], bytes]:
    body = (
        "<ErrorResponse><Error><Type>Sender</Type><Code>ChangeSetNotFound</Code>"
        f"<Message>ChangeSet [{call.form['ChangeSetName']}] does not exist</Message></Error>"
        "<RequestId>0</RequestId></ErrorResponse>"
    )
    return 404, [("Content-Type", "text/xml")], body.encode()


def _throttled(call: Call) -> tuple[int, list[tuple[str, str]], bytes]:
    if call.form:
        body = (
            "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message>"
            "</Error><RequestId>0</RequestId></ErrorResponse>"
        )
        return 400, [("Content-Type", "text/xml")], body.encode()
    if call.service == "s3":
        body = "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
        return 503, [("Content-Type", "application/xml")], body.encode()
    body = json.dumps({"__type": "ThrottlingException", "message": "Rate exceeded"})
    headers = [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-errortype", "ThrottlingException")]
    return 400, headers, body.encode()
