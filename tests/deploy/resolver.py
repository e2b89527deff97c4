"""A DNS server on the loopback interface, over UDP and TCP. It stands for the resolvers that dr-deploy asks.

Its thread serves one test. What goes wrong in it is raised in that test's fixture, which also ends it.
"""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

TRUNCATED = 0x0200
"""Flag of an answer that did not fit: the question is to be asked again over TCP."""
_JOIN_SECONDS = 5.0
_ATTEMPTS = 20


def encoded(name: str) -> bytes:
    """A domain name as a message carries it."""
    return b"".join(bytes((len(part),)) + part.encode() for part in name.split(".")) + b"\0"


def answered(question: bytes, *records: tuple[int, bytes], flags: int = 0x8180) -> bytes:
    """An answer with records of the name that was asked for: type and data."""
    end = question.index(b"\0", 12) + 5
    body = b"".join(
        b"\xc0\x0c" + kind.to_bytes(2, "big") + b"\0\1\0\0\0\x3c" + len(data).to_bytes(2, "big") + data
        for kind, data in records
    )
    counts = b"\0\1" + len(records).to_bytes(2, "big") + b"\0\0\0\0"
    return question[:2] + flags.to_bytes(2, "big") + counts + question[12:end] + body


class Resolver:
    """Answers every question with the name servers and texts it has."""

    def __init__(self, udp: socket.socket, tcp: socket.socket, wake: socket.socket) -> None:
        self.servers: list[str] = []
        self.texts: list[str] = []
        self.status = 0
        self.answer: Callable[[bytes], bytes | None] | None = None
        """What is answered over UDP instead, made of the question; None for silence."""
        self.truncates = False
        """Whether an answer over UDP says that it did not fit."""
        self.questions: list[tuple[str, bytes]] = []
        """Every question, with `udp` or `tcp` before it."""
        self.error: Exception | None = None
        self._udp, self._tcp, self._wake = udp, tcp, wake

    @property
    def address(self) -> tuple[str, int]:
        port: int = self._udp.getsockname()[1]
        return "127.0.0.1", port

    def serve(self) -> None:
        """Answers until it is woken to end; keeps what went wrong."""
        try:
            with selectors.DefaultSelector() as selector:
                for channel in (self._udp, self._tcp, self._wake):
                    selector.register(channel, selectors.EVENT_READ)
                while True:
                    ready = {key.fileobj for key, _ in selector.select()}
                    if self._wake in ready:
                        return
                    if self._udp in ready:
                        self._serve_udp()
                    if self._tcp in ready:
                        self._serve_tcp()
        except Exception as error:  # noqa: BLE001 - raised again by the fixture
            self.error = error

    def _serve_udp(self) -> None:
        question, peer = self._udp.recvfrom(4096)
        self.questions.append(("udp", question))
        if self.answer is not None:
            answer = self.answer(question)
        elif self.truncates:
            answer = answered(question, flags=0x8180 | TRUNCATED)
        else:
            answer = self._usual(question)
        if answer is not None:
            self._udp.sendto(answer, peer)

    def _serve_tcp(self) -> None:
        channel, _ = self._tcp.accept()
        with channel, channel.makefile("rwb") as stream:
            question = stream.read(int.from_bytes(stream.read(2), "big"))
            self.questions.append(("tcp", question))
            answer = self._usual(question)
            stream.write(len(answer).to_bytes(2, "big") + answer)

    def _usual(self, question: bytes) -> bytes:
        records = [(2, encoded(server)) for server in self.servers]
        records += [(16, bytes((len(text),)) + text.encode()) for text in self.texts]
        return answered(question, *records, flags=0x8180 + self.status)


def _pair() -> tuple[socket.socket, socket.socket]:
    """A socket for UDP and one for TCP at the same port, which must be free for both."""
    for _ in range(_ATTEMPTS):
        tcp = socket.create_server(("127.0.0.1", 0))
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            udp.bind(tcp.getsockname())
        except OSError:
            udp.close()
            tcp.close()
        else:
            return udp, tcp
    raise RuntimeError("no port is free for UDP and TCP")


@contextmanager
def open_resolver() -> Iterator[Resolver]:
    """A resolver that runs until the end of the block; an error of its thread is raised there."""
    with ExitStack() as stack:
        udp, tcp = (stack.enter_context(channel) for channel in _pair())
        ours, theirs = (stack.enter_context(end) for end in socket.socketpair())
        resolver = Resolver(udp, tcp, theirs)
        thread = threading.Thread(target=resolver.serve, daemon=True)
        thread.start()
        try:
            yield resolver
        finally:
            ours.send(b"x")
            thread.join(_JOIN_SECONDS)
        assert not thread.is_alive(), "the DNS server does not end"
        if resolver.error is not None:
            raise resolver.error
