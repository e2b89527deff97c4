"""Stands in for a bank's issuer of tokens: HTTPS on a loopback port, a discovery document, and an RSA key.

    with open_issuer() as issuer:
        token = issuer.token(scope="transactions:write")

Its certificate is its own, so whoever asks it needs `issuer.environ` (SSL_CERT_FILE): the code under test checks
certificates as it always does. Each path is an issuer of its own, with the same key.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import ssl
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

Json = Any
DISCOVERY = "/.well-known/openid-configuration"
KEYS = "/keys"
KID = "key-1"
AUDIENCE = "https://tx.example.com"
Document = tuple[int, bytes]


@dataclass
class Issuer:
    """A running issuer. `says` overrides what it answers, by path; `asked` are the paths that were asked for."""

    url: str
    certificate: Path
    key: rsa.RSAPrivateKey
    says: dict[str, Document] = field(default_factory=dict)
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    @property
    def environ(self) -> dict[str, str]:
        """What makes a process trust the certificate."""
        return {"SSL_CERT_FILE": str(self.certificate)}

    def forget(self) -> None:
        self.says.clear()
        self.asked.clear()

    def discovery(self, path: str = "") -> dict[str, Json]:
        return {"issuer": self.url + path, "jwks_uri": self.url + KEYS}

    def keys(self) -> dict[str, Json]:
        numbers = self.key.public_key().public_numbers()
        return {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": KID, "n": _b64(_bytes(numbers.n)),
                          "e": _b64(_bytes(numbers.e))}]}  # fmt: skip

    def answer(self, path: str) -> Document:
        if path in self.says:
            return self.says[path]
        if path == KEYS:
            return 200, json.dumps(self.keys()).encode()
        if path.endswith(DISCOVERY):
            return 200, json.dumps(self.discovery(path.removesuffix(DISCOVERY))).encode()
        return 404, b"{}"

    def token(self, *, key: rsa.RSAPrivateKey | None = None, **changes: Json) -> str:
        """A token of client credentials for the shipped API; `changes` replace claims, None takes one out."""
        now = int(time.time())
        claims = {
            "iss": self.url, "sub": "branch-app", "client_id": "branch-app", "aud": AUDIENCE, "iat": now - 10,
            "exp": now + 3600, "scope": "transactions:read transactions:write", **changes,
        }  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        parts = [{"alg": "RS256", "kid": KID, "typ": "JWT"}, claims]
        signed = ".".join(_b64(json.dumps(part).encode()) for part in parts)
        return f"{signed}.{_b64((key or self.key).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _bytes(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@contextmanager
def open_issuer() -> Iterator[Issuer]:
    """An issuer that answers for as long as the context lasts."""
    with tempfile.TemporaryDirectory(prefix="issuer-") as folder:
        certificate = _certificate(Path(folder))
        server = _Server(("127.0.0.1", 0), _Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.issuer = Issuer(f"https://127.0.0.1:{server.server_address[1]}", certificate, new_key())
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.issuer
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class _Server(ThreadingHTTPServer):
    issuer: Issuer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that does not trust the certificate hangs up; it says so itself."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        issuer = self.server.issuer
        issuer.asked.append((self.path, dict(self.headers.items())))
        status, data = issuer.answer(self.path)
        self.send_response(status)
        if status in (301, 302, 307, 308):
            self.send_header("Location", data.decode())
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: Any) -> None:
        """Quiet."""


def _certificate(folder: Path) -> Path:
    """A certificate of 127.0.0.1 with its key, signed by itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "issuer of the tests")])
    now = datetime.now(UTC)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(identifier, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = folder / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path
