"""A DNS server on the loopback interface that knows name servers only."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable


class Resolver(threading.Thread):
    """Answers every question with the name servers it has, some of them by a pointer into the message."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.servers: list[str] = []
        self.status = 0
        self.answer: Callable[[bytes], bytes] | None = None
        """What is answered instead, made of the question."""
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.start()

    @property
    def address(self) -> tuple[str, int]:
        port: int = self.socket.getsockname()[1]
        return "127.0.0.1", port

    def run(self) -> None:
        while True:
            try:
                question, peer = self.socket.recvfrom(4096)
            except OSError:
                return  # closed: nobody asks any more
            if self.answer is not None:
                self.socket.sendto(self.answer(question), peer)
                continue
            records = b""
            for server in self.servers:
                name = b"".join(bytes((len(part),)) + part.encode() for part in server.split(".")) + b"\0"
                records += b"\xc0\x0c" + b"\0\2\0\1\0\0\0\x3c" + len(name).to_bytes(2, "big") + name
            flags = (0x8180 + self.status).to_bytes(2, "big")
            counts = b"\0\1" + len(self.servers).to_bytes(2, "big") + b"\0\0\0\0"
            self.socket.sendto(question[:2] + flags + counts + question[12:] + records, peer)
