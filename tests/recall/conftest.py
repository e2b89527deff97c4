"""The copy of the compiler that the tests of a module run, and may edit."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recall.place import copied_compiler


@pytest.fixture(scope="module")
def compiler(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied_compiler(tmp_path_factory.mktemp("compiler"))
