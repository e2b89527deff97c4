"""The real yaml-language-server, driven over its protocol as an editor does."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests import node

SECONDS = 60


class Editor:
    """An editor with one server; texts are opened under the path of a file that need not exist."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._messages: queue.Queue[Mapping[str, Any]] = queue.Queue()
        self._identifier = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while header := stream.readline():
            length = 0
            while header.strip():
                name, _, value = header.decode("ascii").partition(":")
                if name.lower() == "content-length":
                    length = int(value)
                header = stream.readline()
            self._messages.put(json.loads(stream.read(length)))

    def _send(self, message: Mapping[str, Any]) -> None:
        stream = self._process.stdin
        assert stream is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        stream.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        stream.flush()

    def notify(self, method: str, **parameters: Any) -> None:
        self._send({"method": method, "params": parameters})

    def request(self, method: str, **parameters: Any) -> Any:
        """The server's answer."""
        self._identifier += 1
        self._send({"id": self._identifier, "method": method, "params": parameters})
        return self._until(lambda message: message.get("id") == self._identifier and "method" not in message)["result"]

    def _until(self, wanted: Any) -> Mapping[str, Any]:
        while True:
            message = self._messages.get(timeout=SECONDS)
            if "method" in message and "id" in message:
                # The server asks the editor; it gets by without an answer of substance.
                self._send({"id": message["id"], "result": None})
            elif wanted(message):
                return message

    def open(self, path: Path, text: str) -> list[Mapping[str, Any]]:
        """Opens a text and returns what the server finds wrong in it."""
        uri = path.as_uri()
        self.notify("textDocument/didOpen", textDocument={"uri": uri, "languageId": "yaml", "version": 1, "text": text})
        found = self._until(
            lambda message: (
                message.get("method") == "textDocument/publishDiagnostics" and message["params"]["uri"] == uri
            )
        )
        return list(found["params"]["diagnostics"])

    def at(self, method: str, path: Path, line: int, column: int) -> Any:
        """What the server says of a place; line and column count from 0."""
        place = {"line": line, "character": column}
        return self.request(f"textDocument/{method}", textDocument={"uri": path.as_uri()}, position=place)


@contextmanager
def editor(folder: Path) -> Iterator[Editor]:
    """An editor with `folder` as its workspace."""
    program = node.package("yaml-language-server") / "bin/yaml-language-server"
    command = ["node", str(program), "--stdio"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        made = Editor(process)
        made.request(
            "initialize", processId=None, rootUri=folder.as_uri(),
            capabilities={"textDocument": {"completion": {"completionItem": {"snippetSupport": True}}}},
        )  # fmt: skip
        made.notify("initialized")
        # Nothing from the network: the schema comes from the line at the top of the spec.
        settings = {"yaml": {"schemaStore": {"enable": False}, "validate": True, "hover": True, "completion": True}}
        made.notify("workspace/didChangeConfiguration", settings=settings)
        yield made
        made.request("shutdown")
        made.notify("exit")
        process.wait(timeout=SECONDS)
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream:
                stream.close()
