"""An operator in the night: `--status`, `--hold` and `--release`, with and without the region of us-east-1."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from compiler import pipeline
from compiler.deploy import answers, status
from compiler.deploy.aws import Aws
from compiler.deploy.command import main
from compiler.reading.document import load_document
from tests.deploy.account import Account, error
from tests.deploy.resolver import Resolver, answered, open_resolver
from tests.deploy.test_codes import EAST, SPEC, WEST, Desk, checkout, compiled, desk

__all__ = ("checkout", "compiled", "desk")
Json = Any
TABLE = "table-latch-prod-a1"
DATA_PLANES = {
    "dynamodb:GetItem",
    "dynamodb:UpdateItem",
    "cloudwatch:GetMetricStatistics",
    "lambda:GetFunctionConfiguration",
}


def naming(resolver: Resolver, region: str) -> None:
    """Lets a DNS server name a region in the TXT record `region.<domain>`; none where it is empty."""

    def answer(question: bytes) -> bytes:
        text = question[question.index(b"\0", 12) + 1 :][:2] == b"\0\x10" and b"region" in question
        return answered(question, *([(16, bytes([len(region)]) + region.encode())] if text and region else []))

    resolver.answer = answer


class Operator:
    """A person with a shell, a resolver, and no deployment in mind."""

    def __init__(self, desk: Desk, resolver: Resolver, capsys: pytest.CaptureFixture[str]) -> None:
        self.account = desk.account
        self.resolver = resolver
        self._capsys = capsys
        self.names(EAST)
        self.digests = {EAST: "same", WEST: "same"}
        self.account.says["lambda:GetFunctionConfiguration"] = lambda region, _: {"CodeSha256": self.digests[region]}

    def names(self, region: str) -> None:
        naming(self.resolver, region)

    def run(self, *arguments: str) -> tuple[int, str, str]:
        begun = len(self.account.calls)
        code = main([SPEC, *arguments, "--resolver", f"127.0.0.1:{self.resolver.address[1]}"])
        told = self._capsys.readouterr()
        self.calls = self.account.calls[begun:]
        return code, told.out, told.err

    def status(self) -> tuple[int, dict[str, Json]]:
        code, out, _ = self.run("--status", "--format", "json")
        value: dict[str, Json] = json.loads(out)
        return code, value

    @property
    def latch(self) -> dict[str, Json]:
        return self.account.items[WEST, TABLE]


@pytest.fixture
def operator(
    desk: Desk, resolver: Resolver, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Operator:
    monkeypatch.setattr(answers, "endpoint", lambda url: "")
    return Operator(desk, resolver, capsys)


def ages(account: Account, by_region: Mapping[str, float]) -> None:
    """The age of the peer's heartbeat, as each region publishes it."""

    def answer(region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        assert (given["Namespace"], given["MetricName"]) == ("DR/small/prod/a1", "PeerHeartbeatAge")
        points: list[dict[str, Json]] = [
            {"Timestamp": "2026-11-26T10:01", "Maximum": by_region.get(region)},
            {"Timestamp": "2026-11-26T10:00", "Maximum": 9e9},
        ]
        return {"Datapoints": points if region in by_region else []}

    account.says["cloudwatch:GetMetricStatistics"] = answer


# Status


def test_normal_operation_is_told_with_exit_code_0(operator: Operator) -> None:
    ages(operator.account, {EAST: 2, WEST: 3})
    code, found = operator.status()
    assert (code, found["problems"]) == (0, [])
    assert (found["answers"], found["secondsBehind"]) == (EAST, {EAST: 2, WEST: 3})
    assert found["latch"] == {"held": False, "by": "", "at": None, "releasedUntil": None}
    assert found["code"] == {EAST: {"worker": "same"}, WEST: {"worker": "same"}}
    assert {name for name, _, _ in operator.calls} <= DATA_PLANES


def _held(operator: Operator) -> None:
    operator.account.items[WEST, TABLE] = {"held": {"BOOL": True}, "by": {"S": "latch"}, "at": {"N": "1790000000.5"}}


def _moved(operator: Operator) -> None:
    operator.names(WEST)


def _unnamed(operator: Operator) -> None:
    operator.names("")


def _other_code(operator: Operator) -> None:
    operator.digests[WEST] = "other"


@pytest.mark.parametrize(
    ("happens", "says"),
    [
        (_held, "clients are held in us-west-2"),
        (_moved, "us-west-2 answers, not the primary region us-east-1"),
        (_unnamed, "the DNS has no record that says which region answers"),
        (
            _other_code,
            (
                "`worker` runs different code: same in us-east-1 and other in us-west-2; release one of them in all "
                "regions: dr-deploy --only-code with `--code worker=sha256:same` or `--code worker=sha256:other`"
            ),
        ),
    ],
)
def test_what_is_not_normal_is_said_with_exit_code_1(
    operator: Operator, happens: Callable[[Operator], None], says: str
) -> None:
    happens(operator)
    code, found = operator.status()
    assert (code, found["problems"]) == (1, [says])
    code, out, _ = operator.run("--status")
    assert code == 1
    assert f"! {says}" in out


@pytest.mark.parametrize(("minutes", "code"), [(1, 0), (29, 0), (31, 1)])
def test_while_a_release_is_on_its_way_code_may_differ(operator: Operator, minutes: int, code: int) -> None:
    """The shipped bake is 15 minutes, and the operations of a release take some time too."""
    digest = hashlib.sha256(b"new").digest()
    then = {
        EAST: datetime.now(UTC) - timedelta(days=7),
        WEST: datetime.now(UTC) - timedelta(minutes=minutes),
    }
    operator.digests[WEST] = base64.b64encode(digest).decode()
    operator.account.says["lambda:GetFunctionConfiguration"] = lambda region, _: {
        "CodeSha256": operator.digests[region],
        "LastModified": then[region].strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
    }
    ended, found = operator.status()
    said = f"`worker` runs different code: same in us-east-1 and {digest.hex()[:12]} in us-west-2"
    assert (ended, len(found["notes"]), len(found["problems"])) == (code, 1 - code, code)
    assert (found["problems"] + found["notes"])[0].startswith(said)
    assert found["code"][WEST] == {"worker": digest.hex()}
    assert operator.run("--status")[0] == code


def test_data_that_is_late_or_not_measured_is_not_normal(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "_measures", lambda stack: True)
    ages(operator.account, {WEST: 301})
    assert operator.status()[1]["problems"] == [
        "us-east-1 has not measured for 5 min how far it is behind us-west-2",
        "us-west-2 is 301 s behind us-east-1; the RPO is 300 s",
    ]


def test_the_latch_is_told_with_who_and_when(operator: Operator) -> None:
    _held(operator)
    _, out, _ = operator.run("--status")
    assert "held by latch at 2026-09-21T14:13:20Z" in out


def test_name_servers_that_do_not_agree_are_named(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_resolver() as other:
        naming(other, WEST)
        servers = (("ns-1.example.org", (other.address,)), ("ns-2.example.net", (("127.0.0.1", 1),)))
        monkeypatch.setattr(answers, "authoritative", lambda *_: servers)
        code, found = operator.status()
    assert code == 1
    assert found["nameServers"] == {"ns-1.example.org": WEST, "ns-2.example.net": None}
    assert found["problems"] == ["the name servers do not agree: a change is on its way"]


@pytest.mark.parametrize("dark", [EAST, WEST])
def test_with_one_region_dark_the_rest_is_told(operator: Operator, dark: str) -> None:
    operator.account.dead.add(dark)
    operator.names(WEST if dark == EAST else EAST)
    code, found = operator.status()
    assert code == 1
    assert (dark in found["code"], len(found["code"])) == (False, 1)
    unasked = [problem for problem in found["problems"] if problem.startswith("could not ask")]
    assert f"could not ask which code runs in {dark}: lambda in {dark} says EndpointConnectionError" in unasked
    assert (found["latch"] is None) == (dark == WEST)
    assert {name for name, _, _ in operator.calls} <= DATA_PLANES


# Hold and release


def test_a_hold_is_one_write_in_the_standby_and_nothing_of_us_east_1(operator: Operator) -> None:
    operator.account.dead.add(EAST)
    code, out, err = operator.run("--hold", "--yes")
    assert code == 0, err
    assert [(name, region) for name, region, _ in operator.calls] == [
        ("dynamodb:GetItem", WEST),
        ("dynamodb:UpdateItem", WEST),
    ]
    assert operator.latch["held"] == {"BOOL": True}
    assert "@" in operator.latch["by"]["S"]
    assert abs(float(operator.latch["at"]["N"]) - time.time()) < 60
    assert "clients go to us-west-2 and stay there until somebody releases them" in out
    assert re.search(r"about [1-9]\d* min, [1-9]\d* min for clients that keep the old address", out)


def test_a_release_says_how_far_behind_the_primary_is_and_lasts_15_minutes(operator: Operator) -> None:
    operator.run("--hold", "--yes")
    ages(operator.account, {EAST: 42})
    code, out, _ = operator.run("--release", "--yes")
    assert code == 0
    assert "us-east-1 is 42 s behind us-west-2" in out
    assert "https://us-east-1.small.example.com/health: answers" in out
    assert operator.latch["held"] == {"BOOL": False}
    assert 800 < float(operator.latch["released_until"]["N"]) - time.time() <= 901
    assert {name for name, _, _ in operator.calls} <= DATA_PLANES


def test_nobody_is_released_to_a_primary_that_does_not_answer(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "endpoint", lambda url: "status 503")
    operator.account.dead.add(EAST)
    operator.run("--hold", "--yes")
    code, out, err = operator.run("--release", "--yes")
    assert (code, "error[DR845]" in err, "--even-if-primary-is-down" in err) == (1, True, True)
    assert operator.latch["held"] == {"BOOL": True}
    assert "us-east-1 is not asked" in out
    assert {region for _, region, _ in operator.calls} == {WEST}

    code, _, _ = operator.run("--release", "--yes", "--even-if-primary-is-down")
    assert (code, operator.latch["held"]) == (0, {"BOOL": False})
    assert {region for _, region, _ in operator.calls} == {WEST}


@pytest.mark.parametrize("option", ["--hold", "--release"])
def test_an_operator_who_says_no_changes_nothing(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: "n")
    code, _, err = operator.run(option)
    assert (code, err) == (1, "dr-deploy: nothing was changed\n")
    assert operator.account.items == {}


def test_without_a_terminal_nobody_is_asked(operator: Operator) -> None:
    code, _, err = operator.run("--hold")
    assert (code, operator.calls) == (2, [])
    assert "use --yes" in err


def test_a_table_that_cannot_be_written_is_said(operator: Operator) -> None:
    def refuse(region: str, given: Mapping[str, Json]) -> None:
        raise error("dynamodb:UpdateItem", region, "AccessDeniedException", "not you")

    operator.account.says["dynamodb:UpdateItem"] = refuse
    code, _, err = operator.run("--hold", "--yes")
    assert code == 1
    assert "error[DR837]: dynamodb in us-west-2 refuses UpdateItem: AccessDeniedException: not you" in err


@pytest.mark.parametrize("option", ["--hold", "--release"])
def test_without_a_latch_there_is_nothing_to_hold_or_release(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    text = Path(SPEC).read_text(encoding="utf-8")
    by_itself = re.sub(r"(?m)^(dns: \{domain: [a-z.]+)(, failback: manual)?\}", r"\1, failback: automatic}", text)
    assert by_itself != text
    automatic = pipeline.compile_document(load_document(by_itself, SPEC), lint=False)
    monkeypatch.setattr(pipeline, "compile_spec", lambda *_, **__: automatic)
    code, _, err = operator.run(option, "--yes")
    assert (code, operator.calls) == (1, [])
    assert "error[DR844]: `failback: automatic` has no latch" in err
    assert "failback: manual" in err


@pytest.mark.parametrize("arguments", [("--hold", "--release"), ("--status", "--plan"), ("--even-if-primary-is-down",)])
def test_options_that_do_not_go_together(operator: Operator, arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        operator.run(*arguments)
    assert ended.value.code == 2


# Credentials


@pytest.mark.parametrize("region", [EAST, WEST, "eu-central-1"])
def test_sts_is_asked_in_the_region_itself(monkeypatch: pytest.MonkeyPatch, region: str) -> None:
    """The global endpoint is in us-east-1; some versions and settings of the SDK take it for most regions."""
    monkeypatch.setenv("AWS_STS_REGIONAL_ENDPOINTS", "legacy")
    real = Aws(None, None, threading.Event())
    assert real._client("sts", region).meta.endpoint_url == f"https://sts.{region}.amazonaws.com"
    for service in ("dynamodb", "cloudformation", "cloudwatch", "lambda", "s3"):
        name = "monitoring" if service == "cloudwatch" else service
        assert real._client(service, region).meta.endpoint_url == f"https://{name}.{region}.amazonaws.com"
