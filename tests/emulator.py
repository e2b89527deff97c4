"""Starts the AWS emulator that tests run against: `ministack`, a child process on a loopback port of its own.

    with start() as emulator:
        client = boto3.client("dynamodb", endpoint_url=emulator.endpoint_url, ...)

All its state is in memory and in a temporary directory, and ends with it. It serves every region and service
at one address; the region is taken from the signature of a request. The fixture `emulator` is in `conftest.py`.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 30.0
STOP_SECONDS = 5.0
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Emulator:
    """A running emulator. `log` is the file it writes to, which goes away with it."""

    endpoint_url: str
    pid: int
    log: Path

    def environ(self, region: str) -> dict[str, str]:
        """Environment variables that send an AWS SDK here, with credentials that mean nothing anywhere else.

        They also keep the SDK from finding anything of the machine's: its configuration, its profiles, its
        metadata service.
        """
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_ACCESS_KEY_ID": "emulated",
            "AWS_SECRET_ACCESS_KEY": "emulated-secret",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "NO_PROXY": "127.0.0.1",
        }

    def reset(self) -> None:
        """Forgets all state, in every account and region."""
        _request(f"{self.endpoint_url}/_ministack/reset", method="POST")


@contextmanager
def start(environ: Mapping[str, str] | None = None) -> Iterator[Emulator]:
    """An emulator, ready to answer, for as long as the context lasts. `environ` adds to its settings."""
    with tempfile.TemporaryDirectory(prefix="emulator-", ignore_cleanup_errors=True) as folder:
        process, port = _spawn(Path(folder), environ or {})
        try:
            yield Emulator(f"http://127.0.0.1:{port}", process.pid, Path(folder) / "log")
        finally:
            _stop(process)


def _spawn(folder: Path, environ: Mapping[str, str]) -> tuple[subprocess.Popen[bytes], int]:
    # Another process may take the port between looking and starting; then a new one is tried.
    for attempt in range(1, _ATTEMPTS + 1):
        port = _free_port()
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "ministack"],
                cwd=folder,
                env={**_environ(folder, port), **environ},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A group of its own: the emulator runs functions as processes, and they have to end with it.
                start_new_session=True,
            )
        if _wait_until_ready(process, port):
            return process, port
        _stop(process)
        if attempt == _ATTEMPTS:
            output = (folder / "log").read_text(errors="replace")
            raise RuntimeError(f"the emulator did not start:\n{output[-4000:]}")
    raise AssertionError("unreachable")


def _environ(folder: Path, port: int) -> dict[str, str]:
    """A short environment, so that no AWS setting of whoever runs the tests reaches the emulator."""
    return {
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath))),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",  # it would listen on every interface otherwise
        # Listeners on fixed ports, which two emulators at a time would fight over.
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        # Directories that would be shared otherwise.
        "STATE_DIR": str(folder / "state"),
        "S3_DATA_DIR": str(folder / "s3"),
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(process: subprocess.Popen[bytes], port: int) -> bool:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError, ValueError):
            if "services" in json.loads(_request(f"http://127.0.0.1:{port}/_ministack/health")):
                return process.poll() is None
        time.sleep(0.05)
    return False


def _request(url: str, method: str = "GET") -> bytes:
    request = urllib.request.Request(url, method=method)  # noqa: S310 - an address made above
    # No proxy of the environment is asked for the loopback interface.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=5) as answer:
        body: bytes = answer.read()
        return body


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    # Whatever it started and did not end.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
