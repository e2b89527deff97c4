"""Reads what an issuer publishes, as API Gateway does, before anything is changed. Reports DR828, DR829 and DR836.

API Gateway reads the discovery document of an issuer over the internet when it creates the authorizer, and the keys
when a token arrives. If it cannot, the stack fails, or every request is refused.
https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-jwt-authorizer-create.html (read 2026-11-26)

Requests go to the issuer and to the `jwks_uri` that it names, over HTTPS with the certificates that Python trusts.
They carry no credentials, and follow no redirect.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn
from urllib.parse import urlsplit

from compiler.aws.facts import apigateway as facts
from compiler.aws.types.apigateway import AUTHORIZER
from compiler.aws.values import dig
from compiler.deploy.cloud import unchecked
from compiler.deploy.session import Session
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding, Place

DISCOVERY = "/.well-known/openid-configuration"
_SECONDS = 5.0
"""How long one document is waited for: longer than API Gateway does, since our way there may be a longer one."""
_GONE = (404, 410)
_CHUNK_BYTES = 65_536


class _UnreachableError(Exception):
    """There was no answer, or none that says anything about the issuer; the message says why."""


class _UnusableError(Exception):
    """API Gateway cannot work with what the issuer answers; the message says why."""


def authorizers(session: Session) -> Iterator[tuple[str, Place]]:
    """Issuers of the authorizers in the selected stacks, each once, with the place that names it."""
    found: dict[str, Place] = {}
    for stack in session.selected:
        for id_, body in stack.bodies.items():
            if body["Type"] == AUTHORIZER:
                issuer = dig(body, "Properties", "JwtConfiguration", "Issuer")
                if isinstance(issuer, str):
                    found.setdefault(issuer, session.place(stack, id_))
    yield from found.items()


def check(session: Session, issuer: str, at: Place) -> Iterator[Finding]:
    """What is wrong with an issuer."""
    local = _on_this_machine(session.options.endpoint_url)
    try:
        _read(issuer, local=local)
    except _UnusableError as error:
        yield Finding(Code.DR836, f"`{issuer}`: {error}", at)
    except _UnreachableError as error:
        if local:
            # An emulator reads the issuer from this machine, and only if a request arrives.
            yield unchecked(f"the issuer `{issuer}`: {error}")
            return
        seconds = facts.ISSUER_MILLISECONDS.value / 1000
        message = f"`{issuer}` cannot be read from here: {error}; API Gateway waits {seconds} s for it"
        yield Finding(Code.DR829, message, at)


def _on_this_machine(endpoint_url: str | None) -> bool:
    """Whether the run is against an emulator on this machine; only then an issuer may be there too."""
    host = _host(endpoint_url or "")
    return host == "localhost" or _address_is_loopback(host)


def _host(url: str) -> str:
    """The host of a URL; empty where the URL has none, or is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _address_is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _read(issuer: str, *, local: bool) -> None:
    """Raises `_UnreachableError` or `_UnusableError` if API Gateway could not verify tokens of this issuer."""
    if not issuer.startswith("https://"):
        raise _UnusableError("it does not begin with `https://`")
    document = _json(
        _fetch(issuer.rstrip("/") + DISCOVERY, facts.KEY_SET_BYTES.value, local=local), "discovery document"
    )
    named = document.get("issuer")
    if named != issuer:
        raise _UnusableError(f"its discovery document names the issuer `{named}`; the spec must write it the same way")
    where = document.get("jwks_uri")
    if not isinstance(where, str) or not where.startswith("https://"):
        raise _UnusableError("its discovery document has no `jwks_uri` that begins with `https://`")
    keys = _json(_fetch(where, facts.KEY_SET_BYTES.value, local=local), f"key set `{where}`").get("keys")
    listed = [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []
    if not any(key.get("kty") == "RSA" and key.get("kid") and key.get("use", "sig") == "sig" for key in listed):
        raise _UnusableError(f"`{where}` has no RSA key with a `kid` for signatures; API Gateway uses no other keys")


def _json(data: bytes, what: str) -> Mapping[str, Any]:
    try:
        value = json.loads(data)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise _UnusableError(f"its {what} is not a JSON object")
    return value


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> None:
        """No other request: urllib then raises the answer as an `HTTPError`."""


def _fetch(url: str, limit: int, *, local: bool) -> bytes:
    """At most `limit` bytes of a document."""
    if not local and _is_private(_host(url)):
        raise _UnusableError(f"`{url}` is not on the internet")
    context = ssl.create_default_context()
    opener = urllib.request.build_opener(_NoRedirect, urllib.request.HTTPSHandler(context=context))
    end = time.monotonic() + _SECONDS
    try:
        request = urllib.request.Request(url, headers={"Accept": "application/json", "User-Agent": "dr-deploy"})  # noqa: S310 - https only
        with opener.open(request, timeout=_SECONDS) as answer:
            return _body(answer, limit, end, url)
    except urllib.error.HTTPError as error:
        error.close()
        _refused(url, error.code)
    except urllib.error.URLError as error:
        raise _UnreachableError(f"{url}: {error.reason}") from None
    except (OSError, http.client.HTTPException, ValueError, OverflowError) as error:
        raise _UnreachableError(f"{url}: {error or type(error).__name__}") from None


def _body(answer: Any, limit: int, end: float, url: str) -> bytes:
    data = b""
    while chunk := answer.read1(_CHUNK_BYTES):
        data += chunk
        if len(data) > limit:
            raise _UnusableError(f"`{url}` is larger than the {limit:,} bytes that API Gateway reads")
        if time.monotonic() > end:
            raise _UnreachableError(f"{url}: not complete after {_SECONDS:.0f} s")
    return data


def _refused(url: str, status: int) -> NoReturn:
    """Raises what a refusal means: API Gateway does not find the document either, or only this machine is refused."""
    if status in _GONE:
        raise _UnusableError(f"`{url}` does not exist ({status})")
    raise _UnreachableError(f"{url}: answers {status}")


def _is_private(host: str) -> bool:
    """Whether the host cannot be on the internet, by the way it is written. Names are not looked up for this: inside
    a company they may lead elsewhere than on the internet."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or "." not in host
