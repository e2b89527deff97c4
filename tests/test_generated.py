"""Committed files that are made from something else are what they are made of."""

import pytest

from tests.generate import ROOT, files, modules


@pytest.mark.parametrize("module", list(modules()))
def test_current(module: str) -> None:
    stale = [
        name
        for name, data in files(module).items()
        if not (ROOT / name).is_file() or (ROOT / name).read_bytes() != data
    ]
    assert not stale, f"run `make goldens`: {stale}"
