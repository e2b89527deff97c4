"""Every folder of tests/bad_partials, laid over the bundled partials, is refused with what its files expect."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from compiler.diagnostics.model import Diagnostic, Label, RejectedError, in_order
from compiler.pipeline import compile_document
from compiler.reading.document import load_document
from tests.expectations import compare, expected

BAD = Path(__file__).resolve().parent / "bad_partials"
CASES = sorted(path for path in BAD.iterdir() if path.is_dir() and path.name != "code")
SPEC = load_document((BAD / "spec.yaml").read_text(encoding="utf-8"), "spec.yaml")


def diagnose(overlay: Path) -> tuple[Diagnostic, ...]:
    """What a compile of the small spec under a folder of partials reports."""
    try:
        return compile_document(SPEC, partials=(overlay,), lint=False).diagnostics
    except RejectedError as error:
        return in_order(error.diagnostics)


def at_the_partial(found: Diagnostic, overlay: Path) -> tuple[Label, ...]:
    """Labels of a diagnostic, the one in the user's partial first: what a template lacks is said at the spec first."""
    ours = [label for label in found.labels if Path(label.at.file).is_relative_to(overlay)]
    assert ours, f"{found.rule.code} is not reported in the partial: {found.message} {found.labels}"
    return (*ours[:1], *(label for label in found.labels if label is not ours[0]))


@pytest.mark.parametrize("overlay", CASES, ids=lambda path: path.name)
def test_exactly_what_the_partials_expect(overlay: Path) -> None:
    by_file: dict[str, list[Diagnostic]] = defaultdict(list)
    for found in diagnose(overlay):
        labels = at_the_partial(found, overlay)
        by_file[labels[0].at.file].append(Diagnostic(found.rule, found.message, labels, found.help, found.lint))
    files = {path.as_posix(): path.read_text(encoding="utf-8") for path in overlay.rglob("*.j2")}
    assert any(expected(text) for text in files.values()), "the case expects nothing"
    assert set(by_file) <= set(files)
    assert [item for file, text in files.items() for item in compare(text, by_file[file])] == []


def test_the_spec_itself_is_right() -> None:
    assert compile_document(SPEC, lint=False).diagnostics == ()
