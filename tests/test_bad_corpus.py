"""Every file of tests/bad is refused with exactly the diagnostics that its own lines expect."""

from __future__ import annotations

from pathlib import Path

import pytest

from compiler import source
from compiler.diagnostics import Diagnostic, Rejected
from compiler.pipeline import compile_document
from tests.expectations import compare, expected

ROOT = Path(__file__).resolve().parent.parent
BAD = ROOT / "tests" / "bad"
FILES = sorted(BAD.glob("*.yaml"))


def diagnose(path: Path) -> tuple[Diagnostic, ...]:
    """What a compile of a spec file reports."""
    shown = path.name
    try:
        document = source.load(source.read(path, shown), shown)
        return compile_document(document, path.parent, lint=False).diagnostics
    except Rejected as error:
        return error.diagnostics


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_exactly_what_the_file_expects(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert expected(text), "the file expects nothing"
    found = diagnose(path)
    assert compare(text, found) == []
    assert {item.span.file for item in found} == {path.name}
