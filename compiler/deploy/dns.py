"""Asks a resolver for the name servers of a domain: one UDP question of RFC 1035, answered or not.

The standard library resolves addresses only, and one record type is no reason for a dependency.
"""

from __future__ import annotations

import os
import socket
import struct
from pathlib import Path

_NS, _INTERNET, _DNS_PORT = 2, 1, 53
_NO_SUCH_NAME = 3
_POINTER = 0xC0
_MOST_JUMPS = 64
_TIMEOUT_SECONDS = 3.0
_RESOLV_CONF = Path("/etc/resolv.conf")


class NoAnswer(Exception):  # noqa: N818 - an outcome
    """No resolver said anything of use; the message says why."""


def resolvers() -> tuple[tuple[str, int], ...]:
    """The machine's resolvers; empty where they cannot be told."""
    try:
        lines = _RESOLV_CONF.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    words = (line.split() for line in lines)
    return tuple((parts[1], _DNS_PORT) for parts in words if len(parts) > 1 and parts[0] == "nameserver")


def address(text: str) -> tuple[str, int]:
    """`1.2.3.4`, `1.2.3.4:53` or `[::1]:53` as host and port; raises ValueError."""
    host, _, port = text.rpartition(":") if text.count(":") == 1 or "]:" in text else (text, "", "")
    host = (host or text).strip("[]")
    socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
    return host, int(port) if port else _DNS_PORT


def name_servers(domain: str, servers: tuple[tuple[str, int], ...]) -> frozenset[str]:
    """Name servers of `domain`, lower case without the last dot; empty where it has none. Raises `NoAnswer`."""
    problem = "no resolver is known"
    for server in servers:
        try:
            return _ask(domain, server)
        except (OSError, ValueError) as error:
            problem = f"{server[0]}: {error}"
    raise NoAnswer(problem)


def _ask(domain: str, server: tuple[str, int]) -> frozenset[str]:
    number = int.from_bytes(os.urandom(2), "big")
    # One question, recursion desired.
    question = struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + _encoded(domain)
    question += struct.pack(">HH", _NS, _INTERNET)
    family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as channel:
        channel.settimeout(_TIMEOUT_SECONDS)
        # Connected, so that only this resolver is listened to.
        channel.connect(server)
        channel.send(question)
        answer = channel.recv(4096)  # not a figure: bytes of a UDP datagram
    return _parsed(answer, number)


def _encoded(domain: str) -> bytes:
    labels = [label.encode("idna") for label in domain.rstrip(".").split(".")]
    return b"".join(bytes((len(label),)) + label for label in labels) + b"\0"


def _parsed(answer: bytes, number: int) -> frozenset[str]:
    try:
        got, flags, questions, answers, _, _ = struct.unpack_from(">HHHHHH", answer)
        if got != number:
            raise ValueError("the answer belongs to another question")
        status = flags & 0x000F
        if status == _NO_SUCH_NAME:
            return frozenset()
        if status:
            raise ValueError(f"the resolver failed with code {status}")
        at = 12
        for _ in range(questions):
            _, at = _name(answer, at)
            at += 4
        found = []
        for _ in range(answers):
            _, at = _name(answer, at)
            kind, _, _, length = struct.unpack_from(">HHIH", answer, at)
            at += 10
            if kind == _NS:
                found.append(_name(answer, at)[0])
            at += length
    except (struct.error, IndexError) as error:
        raise ValueError(f"the answer cannot be read: {error}") from None
    return frozenset(found)


def _name(answer: bytes, at: int) -> tuple[str, int]:
    """A name and where it ends; names point back into the message to save space."""
    labels: list[str] = []
    end: int | None = None
    for _ in range(_MOST_JUMPS):
        length = answer[at]
        if length & _POINTER == _POINTER:
            end = at + 2 if end is None else end
            at = struct.unpack_from(">H", answer, at)[0] & 0x3FFF
        elif length:
            labels.append(answer[at + 1 : at + 1 + length].decode("ascii", "replace").lower())
            at += 1 + length
        else:
            return ".".join(labels), at + 1 if end is None else end
    raise ValueError("a name in the answer never ends")
