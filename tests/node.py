"""npm packages that a few tests run the product against: other people's programs and schemas, never a part of ours.

The tests that need them belong to `make test-slow` and `make soak`. They are installed once, at these versions, into
the folder `node` of the virtual environment. Where npm is missing or has no network the tests fail and say so.
`DR_NO_NPM=1` is for machines that cannot have it, and leaves these tests out.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

PACKAGES = {
    # What resource types look like to the next one; its verdicts change with it.
    "@aws-cdk/aws-service-spec": "0.1.216",
    "@aws-cdk/cloudformation-diff": "2.187.5",
    "yaml-language-server": "1.25.0",
    # Carries the schema of SARIF 2.1.0 as a file.
    "@microsoft/jest-sarif": "1.0.0-beta.0",
}
HOME = Path(sys.prefix) / "node"

needed = pytest.mark.skipif(os.environ.get("DR_NO_NPM") == "1", reason="DR_NO_NPM=1 leaves out what needs npm")


@cache
def package(name: str) -> Path:
    """The folder of an installed package of `PACKAGES`; the first test that asks installs all of them."""
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = "\n".join(f"{name}@{version}" for name, version in sorted(PACKAGES.items()))
        mark = HOME / "installed"
        if not mark.is_file() or mark.read_text(encoding="utf-8") != wanted:
            _install(wanted.split("\n"))
            mark.write_text(wanted, encoding="utf-8")
    return HOME / "node_modules" / name


def _install(wanted: list[str]) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.fail("npm is not installed; this test runs a program from npm (DR_NO_NPM=1 leaves it out)")
    done = subprocess.run(
        [npm, "install", "--prefix", str(HOME), "--ignore-scripts", "--no-audit", "--no-fund", *wanted],
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    if done.returncode != 0:
        pytest.fail(f"npm cannot install {', '.join(wanted)} (DR_NO_NPM=1 leaves this out):\n{done.stderr[-2000:]}")
