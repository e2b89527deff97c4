"""Code of functions in parts: released without topology, and shown by `--status`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from compiler.deploy.packing import pack
from tests.deploy.site import Outcome, Site, Within
from tests.deploy.test_baking import executed
from tests.deploy.test_codes import code
from tests.deploy.test_parts_bakes import PARTS

PART = "primary-work.us-east-1"
LATER = """
  - name: later
    stack: more
    source: ../functions/python
    runtime: python3.13
    handler: app.handler
    memory: 128MB
    timeout: 3s
    duration: 10ms
    share: 0.1
api:
"""


def status(site: Site) -> Outcome:
    """What an operator is told; nobody answers for the DNS."""
    return site.run(site.spec, "--status", "--endpoint-url", site.gateway.url, "--resolver", "127.0.0.1:9")


def coded(text: str) -> list[str]:
    """Functions whose code an overview speaks of, each under its stack."""
    return [line.split()[1].rstrip(":") for line in text.splitlines() if line.startswith("      code ")]


@pytest.mark.slow
def test_code_is_released_into_the_part_of_its_function(
    site_of: Callable[[Path], Site], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    split = site_of(PARTS)
    quick = Within(split, monkeypatch)
    first = quick.deploy()
    assert first.code == 0, first
    assert coded(first.out) == ["book", "report"] * 2, "each function once in each region"
    new = code(tmp_path / "new", "def handler(event, context): return 2")
    digest = hashlib.sha256(pack(new)).hexdigest()
    begun = len(split.gateway.calls)

    done = quick.deploy("--only-code", "--code", f"report={new}")

    assert done.code == 0, done
    assert executed(split.gateway.calls[begun:]) == [("secondary", "watched", "15"), ("primary", "watched", "15")]
    operations = {
        call.form["StackName"] for call in split.gateway.calls[begun:] if call.operation == "ExecuteChangeSet"
    }
    assert operations == {"split-secondary-work-prod-a1", "split-primary-work-prod-a1"}
    told = status(split)
    assert told.out.count(digest) == 2, told
    assert "could not ask which code runs" not in told.out

    left_out = quick.deploy("--only-code", "--code", f"report={new}", "--only", "primary.us-east-1")
    assert (left_out.code, left_out.codes) == (1, ["DR869"]), left_out
    assert f"add `--only {PART} --only secondary-work.us-west-2`" in left_out.err
    followed = quick.deploy(
        "--only-code", "--code", f"report={new}", "--only", PART, "--only", "secondary-work.us-west-2"
    )
    assert followed.code == 0, followed
    assert "nothing had to be changed" in followed.out

    split.edit(("\napi:\n", LATER))
    split.compile()
    waits = quick.deploy("--only-code", "--code", f"report={split.folder / 'functions' / 'python'}")
    assert waits.code == 0, waits.err[-3000:]
    assert "`later` is not deployed yet: its code is left out" in waits.out
    early = quick.deploy("--only-code", "--code", f"later={new}")
    assert set(early.codes) == {"DR869"}, early
    assert "split-primary-more-prod-a1 is not deployed" in early.err
