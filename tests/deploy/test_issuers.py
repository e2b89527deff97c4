"""What dr-deploy reads of an issuer before anything is changed: over real HTTPS, on a loopback address."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from compiler.deploy import issuers
from compiler.deploy.options import Options
from compiler.deploy.session import Session
from compiler.diagnostics.model import Severity
from compiler.findings.finding import Finding
from compiler.pipeline import compile_document
from compiler.reading.document import load_document
from compiler.rules.registry import RULES
from tests.deploy.account import Account, session_of
from tests.deploy.site import ROOT, Site
from tests.helpers import ODD
from tests.issuer import DISCOVERY, KEYS, KID, Issuer

Json = Any
HERE = "http://127.0.0.1:4566"
"""An emulator on this machine, the only reason for which an issuer may be there too."""
REAL = Options()


def session(issuer: str, options: Options | None = None) -> Session:
    text = (ODD / "minimal.yaml").read_text(encoding="utf-8")
    assert text.count("https://login.example.com") == 1
    document = load_document(text.replace("https://login.example.com", issuer), "specs/minimal.yaml")
    compiled = compile_document(document, lint=False)
    return session_of(compiled, Account(), options or Options(endpoint_url=HERE))


def findings(asked: Session) -> Iterator[Finding]:
    for issuer, at in issuers.authorizers(asked):
        yield from issuers.check(asked, issuer, at)


@pytest.fixture
def trusted(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> Issuer:
    """An issuer whose certificate this process trusts."""
    for name, value in issuer.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return issuer


def only(asked: Session) -> tuple[str, str]:
    (found,) = findings(asked)
    return found.rule.code, found.message


def test_an_issuer_as_it_should_be_is_read_once_and_nothing_is_said(trusted: Issuer) -> None:
    assert list(findings(session(trusted.url))) == []
    assert [path for path, _ in trusted.asked] == [DISCOVERY, KEYS]


@pytest.mark.parametrize("path", ["/", "/realms/bank", "/realms/bank/"])
def test_the_issuer_may_have_a_path_and_a_slash_at_its_end(trusted: Issuer, path: str) -> None:
    document = {"issuer": trusted.url + path, "jwks_uri": trusted.url + KEYS}
    trusted.says[path.rstrip("/") + DISCOVERY] = (200, json.dumps(document).encode())
    assert list(findings(session(trusted.url + path))) == []


def test_nothing_goes_along_with_the_requests(trusted: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    list(findings(session(trusted.url)))
    allowed = {"accept-encoding", "host", "user-agent", "accept", "connection"}
    for _, headers in trusted.asked:
        assert {name.lower() for name in headers} <= allowed
        assert "AKIDEXAMPLE" not in str(headers)


RSA = {"kty": "RSA", "kid": KID, "use": "sig", "n": "AQAB", "e": "AQAB"}


@pytest.mark.parametrize(
    ("path", "status", "body", "says"),
    [
        (DISCOVERY, 404, b"", "does not exist (404)"),
        (DISCOVERY, 200, b"<html>", "discovery document is not a JSON object"),
        (DISCOVERY, 200, b"[]", "discovery document is not a JSON object"),
        (DISCOVERY, 200, b'{"issuer": "https://other.example.com"}', "names the issuer `https://other.example.com`"),
        (DISCOVERY, 200, b"x" * 150_001, "larger than the 150,000 bytes that API Gateway reads"),
        (KEYS, 404, b"", "/keys` does not exist (404)"),
        (KEYS, 200, b"null", "key set"),
        (KEYS, 200, b'{"keys": []}', "has no RSA key"),
        (KEYS, 200, b'{"keys": "RSA"}', "has no RSA key"),
        (KEYS, 200, json.dumps({"keys": [RSA | {"kty": "EC"}]}).encode(), "has no RSA key"),
        (KEYS, 200, json.dumps({"keys": [RSA | {"kid": None}]}).encode(), "has no RSA key"),
        (KEYS, 200, json.dumps({"keys": [RSA | {"use": "enc"}]}).encode(), "has no RSA key"),
    ],
)
def test_what_api_gateway_could_not_use_is_an_error(
    trusted: Issuer, path: str, status: int, body: bytes, says: str
) -> None:
    trusted.says[path] = (status, body)
    code, message = only(session(trusted.url))
    assert code == "DR836"
    assert says in message


@pytest.mark.parametrize("where", [None, "http://127.0.0.1/keys", "file:///etc/passwd", "keys"])
def test_keys_are_read_over_https_only(trusted: Issuer, where: str | None) -> None:
    document = {"issuer": trusted.url, "jwks_uri": where}
    trusted.says[DISCOVERY] = (200, json.dumps(document).encode())
    code, message = only(session(trusted.url))
    assert (code, "no `jwks_uri` that begins with `https://`" in message) == ("DR836", True)
    assert [path for path, _ in trusted.asked] == [DISCOVERY]


@pytest.mark.parametrize(("status", "body"), [(500, b""), (403, b""), (429, b""), (302, b"/elsewhere")])
def test_an_answer_that_may_be_for_this_machine_alone_is_no_error(trusted: Issuer, status: int, body: bytes) -> None:
    trusted.says[DISCOVERY] = (status, body)
    code, message = only(session(trusted.url))
    # Against an emulator nothing on the internet has to reach it, so that it is a note.
    assert (code, f"answers {status}" in message) == ("DR828", True)
    assert [path for path, _ in trusted.asked] == [DISCOVERY], "a redirect is not followed"


def test_against_aws_it_is_a_warning_that_names_our_own_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr("socket.create_connection", nowhere)
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    (found,) = findings(session("https://login.example.com", REAL))
    assert (found.rule.code, found.rule.severity) == ("DR829", Severity.WARNING)
    assert "no route to host" in found.message
    assert "API Gateway waits 1.5 s" in found.message
    assert "the network of this machine" in RULES["DR829"].why
    assert "from a machine with plain access to the internet" in RULES["DR829"].fix


def test_a_certificate_that_nobody_signed_is_not_trusted(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """An emulator does not change that: there is no way to switch the check off."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    code, message = only(session(issuer.url))
    assert code == "DR828"
    assert "certificate verify failed" in message
    assert issuer.asked == []


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8443", "10.0.0.5", "192.168.1.9", "169.254.169.254", "localhost", "intranet"]
)
def test_against_aws_an_issuer_must_be_on_the_internet(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.create_connection", lambda *_, **__: pytest.fail("it was asked"))
    for options in (REAL, Options(endpoint_url="https://emulator.example.com")):
        code, message = only(session(f"https://{host}/realm", options))
        assert (code, "is not on the internet" in message) == ("DR836", True)


def test_keys_on_this_machine_are_not_read_for_an_issuer_on_the_internet(
    trusted: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A discovery document cannot send dr-deploy to an address inside."""
    issuer = "https://login.example.com"
    document = json.dumps({"issuer": issuer, "jwks_uri": trusted.url + KEYS}).encode()
    fetch = issuers._fetch

    def first(url: str, limit: int, *, local: bool) -> bytes:
        return document if url == issuer + DISCOVERY else fetch(url, limit, local=local)

    monkeypatch.setattr(issuers, "_fetch", first)
    code, message = only(session(issuer, REAL))
    assert (code, "is not on the internet" in message) == ("DR836", True)
    assert trusted.asked == []


@pytest.mark.parametrize(
    ("issuer", "code", "says"),
    [
        ("http://127.0.0.1:1/realm", "DR836", "does not begin with `https://`"),
        ("ftp://login.example.com", "DR836", "does not begin with `https://`"),
        ("https://[::1", "DR828", ""),
        ("https://127.0.0.1:99999", "DR828", ""),
        ("https://", "DR828", ""),
    ],
)
def test_a_partial_may_say_anything_and_that_is_no_fault_of_ours(issuer: str, code: str, says: str) -> None:
    (found,) = issuers.check(session("https://login.example.com"), issuer, ())
    assert (found.rule.code, says in found.message) == (code, True)


def test_stacks_without_an_api_ask_nobody(trusted: Issuer) -> None:
    only_global = Options(endpoint_url=HERE, only=frozenset({"global.us-east-1"}))
    assert list(findings(session(trusted.url, only_global))) == []
    assert trusted.asked == []


def test_a_deployment_stops_before_anything_is_changed(site: Site, issuer: Issuer) -> None:
    issuer.says[DISCOVERY] = (404, b"")
    done = site.deploy()
    assert (done.code, done.codes) == (1, ["DR836"]), done
    spec = (site.folder / site.spec).read_text().splitlines()
    line = next(number for number, text in enumerate(spec, 1) if "name: bank" in text)
    assert f"specs/dr-topology.yaml:{line}:" in done.err
    assert site.gateway.client("cloudformation", "us-east-1").describe_stacks()["Stacks"] == []


def test_the_shipped_spec_names_an_issuer_that_nobody_can_own() -> None:
    """example.com is reserved (RFC 2606): whoever deploys has to replace it."""
    assert "issuer: https://login.example.com\n" in Path(ROOT / "specs" / "dr-topology.yaml").read_text()
