"""Settings that every test runs under, and the order of the tests. tests/README.md describes the tiers."""

from __future__ import annotations

import gc
import os
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.emulator import Emulator, start
from tests.issuer import Issuer, open_issuer
from tests.tiers import examples

TIERS = frozenset({"slow", "soak"})
"""Markers of the tests that `make test` leaves out. A test without one of them belongs to every run."""

LONGEST_FIRST = (
    "tests/deploy/test_faults.py", "tests/test_newcomer.py", "tests/test_hook.py", "tests/deploy/test_end_to_end.py",
    "tests/deploy/test_specs.py", "tests/property/", "tests/test_generated.py", "tests/test_readme.py",
    "tests/functions/", "tests/diff/test_run.py",
)  # fmt: skip
"""Where a run begins: a worker that gets one of these last would keep the others waiting."""

# The surroundings of the person who runs the tests decide no test: no cache of an earlier run, no settings of tools
# from the home folder, no width and no colour of a terminal. Only where packages come from is taken over.
for _setting, _file in (
    ("NPM_CONFIG_USERCONFIG", ".npmrc"),
    ("PIP_CONFIG_FILE", ".config/pip/pip.conf"),
    ("PIP_CONFIG_FILE", ".pip/pip.conf"),
):
    if (Path.home() / _file).is_file():
        os.environ.setdefault(_setting, str(Path.home() / _file))
_HOME = tempfile.TemporaryDirectory(prefix="dr-compile-tests-", ignore_cleanup_errors=True)
os.environ |= {"HOME": _HOME.name, "XDG_CACHE_HOME": str(Path(_HOME.name, "cache"))}
for _name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "PY_COLORS", "GITHUB_ACTIONS"):
    os.environ.pop(_name, None)

# A property that does not say how many examples it wants.
settings.register_profile("suite", examples(100))
settings.load_profile("suite")

# As every command does; the heap of a test run is large, and looking through it again and again takes a tenth of it.
gc.set_threshold(200_000, 50, 50)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shuffle", type=int, metavar="SEED", help="run files and their tests in random order")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        tiers = TIERS & {mark.name for mark in item.iter_markers()}
        if len(tiers) > 1:
            raise pytest.UsageError(f"{item.nodeid} is in two tiers: {', '.join(sorted(tiers))}")
    seed = config.getoption("shuffle")
    if seed is None:
        items.sort(key=_position)
    else:
        chance = random.Random(seed)
        files = {file: chance.random() for file in sorted({item.path for item in items})}
        chance.shuffle(items)
        items.sort(key=lambda item: files[item.path])


def _position(item: pytest.Item) -> int:
    return next(
        (place for place, start in enumerate(LONGEST_FIRST) if item.nodeid.startswith(start)), len(LONGEST_FIRST)
    )


@pytest.fixture(scope="session")
def shared_issuer() -> Iterator[Issuer]:
    """One issuer of tokens for all tests of a worker."""
    with open_issuer() as opened:
        yield opened


@pytest.fixture
def issuer(shared_issuer: Issuer) -> Issuer:
    """An issuer that answers as it should until it is told otherwise."""
    shared_issuer.forget()
    return shared_issuer


@pytest.fixture(scope="session")
def emulator(shared_issuer: Issuer) -> Iterator[Emulator]:
    """One emulator for all tests of a worker, with nothing in it at first.

    Tests that share it either name what they create uniquely or begin with `reset`.
    """
    with start(shared_issuer.environ) as running:
        yield running


@pytest.fixture(autouse=True)
def _environment_is_left_as_it_was() -> Iterator[None]:
    """A test that changes the environment or the working directory for the next one fails."""
    before, folder = dict(os.environ), Path.cwd()
    yield
    changed = {name for name in before.keys() | os.environ.keys() if before.get(name) != os.environ.get(name)}
    assert changed - {"PYTEST_CURRENT_TEST", "PYDANTIC_DISABLE_PLUGINS"} == set()  # what every command sets may stay
    assert Path.cwd() == folder
