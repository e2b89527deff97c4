"""What subscriptions send, measured on the lines that are really written and in the form CloudWatch Logs sends them."""

from __future__ import annotations

import contextlib
import gzip
import importlib.util
import io
import json
import random
import string
import sys
import uuid
from collections.abc import Callable
from fractions import Fraction

import pytest

from compiler.aws.facts import logs as facts
from compiler.topology.capacity import ACCESS_LOG_BYTES
from tests.helpers import ROOT, shipped
from tests.objectives.bench import compiled, manifest

RANDOM = random.Random("log volume")


def word(characters: int) -> str:
    return "".join(RANDOM.choices(string.ascii_letters + string.digits, k=characters))


@pytest.fixture
def of_the_function(monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """A line of the shipped function about a refused transaction, with ids that no other line has."""
    spec = importlib.util.spec_from_file_location(
        "shipped_logs", ROOT / "functions" / "transaction-processor" / "logs.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    log = module.make({"AWS_REGION": "us-east-1", "REGION_ROLE": "primary"})

    def line() -> str:
        with contextlib.redirect_stdout(io.StringIO()) as written:
            log.for_request(str(uuid.UUID(int=RANDOM.getrandbits(128))), word(16)).write(
                "WARN",
                "transaction.conflict",
                {
                    "status": 409,
                    "duration_ms": round(40 * RANDOM.random(), 1),
                    "transaction_id": f"tx-{RANDOM.getrandbits(128):032x}",
                    "caller": RANDOM.choice(("branch-app", "mobile", "batch")),
                },
            )
        return written.getvalue().rstrip("\n")

    return line


def of_the_api() -> str:
    """A line of the access log in the form that the template gives it."""
    given = json.loads(shipped().primary.resources["ApiStage"].properties["AccessLogSettings"]["Format"])
    values = {
        "requestId": word(16),
        "time": f"26/Nov/2026:10:{RANDOM.randrange(60):02}:{RANDOM.randrange(60):02} +0000",
        "ip": ".".join(str(RANDOM.randrange(256)) for _ in range(4)),
        "client": RANDOM.choice(("branch-app", "mobile", "batch")),
        "domain": "tx.example.com",
        "route": "POST /transactions",
        "status": "201",
        "latency": str(RANDOM.randrange(20, 90)),
        "integrationLatency": str(RANDOM.randrange(20, 90)),
    }
    return json.dumps({name: values.get(name, "-") for name in given})


def sent(lines: list[str]) -> int:
    """Bytes of one record with these lines.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html (read 2026-11-26)
    """
    record = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "log-group-function-transaction-processor-prod-a1",
        "logStream": f"2026/11/26/[$LATEST]{RANDOM.getrandbits(128):032x}",
        "subscriptionFilters": ["subscription-function-transaction-processor-prod-a1"],
        "logEvents": [
            {
                "id": "".join(RANDOM.choices(string.digits, k=56)),
                "timestamp": 1_795_000_000_000 + RANDOM.randrange(1000),
                "message": line,
            }
            for line in lines
        ],
    }
    return len(gzip.compress(json.dumps(record, separators=(",", ":")).encode(), 6))


@pytest.mark.parametrize("lines", [1, 2, 10, 25, 100, 1000])
@pytest.mark.parametrize("source", ["function", "api"])
def test_a_record_is_no_larger_than_counted(source: str, lines: int, of_the_function: Callable[[], str]) -> None:
    made = [(of_the_function if source == "function" else of_the_api)() for _ in range(lines)]
    counted = sum(map(len, made)) / facts.COMPRESSION.value + facts.RECORD_BYTES.value
    assert counted / 2 < sent(made) <= counted


def test_lines_are_no_longer_than_counted(of_the_function: Callable[[], str]) -> None:
    assert max(len(of_the_function()) for _ in range(100)) <= 1024, "the default of `log_size`"
    assert max(len(of_the_api()) for _ in range(100)) <= ACCESS_LOG_BYTES


@pytest.mark.parametrize(
    ("logs", "lines"),
    [
        ("", 100),
        ("  sample: 0%\n", 0),
        ("  sample: 100%\n", 10_000),
        ("  level: debug\n", 10_000),
        ("  level: warn\n", 0),
    ],
)
def test_what_is_paid_for_is_the_share_that_is_logged(logs: str, lines: int) -> None:
    """And the access log, which has a line for each request. The shards hold for a failure, when every run logs."""
    change = ("  retention: 90d\n", f"  retention: 90d\n{logs}")
    volume = compiled(change).topology.capacity.logs
    assert volume.usual == lines * 1024 + 10_000 * 512
    assert volume.most == Fraction(10_000 * (1024 + 512))
    assert manifest(change).provided("logs.shards") == 8
