"""What cfn-lint finds is said at the spec line that asked for the resource, with cfn-lint's own id."""

from __future__ import annotations

from pathlib import Path

import pytest

from compiler.diagnostics.model import RejectedError
from compiler.pipeline import compile_spec
from compiler.rules import cfn_lint
from tests.generate import ROOT

SPEC = ROOT / "specs" / "dr-topology.yaml"


def overlay(folder: Path, partial: str, old: str, new: str) -> Path:
    """A folder of partials that changes one of the compiler's own."""
    text = (ROOT / "partials" / partial).read_text(encoding="utf-8")
    assert old in text
    target = folder / partial
    target.parent.mkdir(parents=True)
    target.write_text(text.replace(old, new), encoding="utf-8")
    return folder


ENTRIES = ("- name: transaction-processor", "health: /health")
"""Lines of the shipped spec that functions come from: the entry, and the path that has a function of its own."""


def test_an_error_points_at_the_entry_and_at_the_partial(tmp_path: Path) -> None:
    partials = overlay(tmp_path, "lambda/function.json.j2", '"PackageType": "Zip"', '"PackageType": "Tar"')

    with pytest.raises(RejectedError) as caught:
        compile_spec(SPEC, "specs/dr-topology.yaml", overlay=partials)

    found = [item for item in caught.value.diagnostics if item.rule.code == "DR701"]
    assert found
    lines = SPEC.read_text(encoding="utf-8").split("\n")
    for item in found:
        assert item.lint
        assert item.lint.startswith("E")
        assert "Tar" in item.message
        assert item.span.file == "specs/dr-topology.yaml"
        assert any(entry in lines[item.span.start.line - 1] for entry in ENTRIES)
        assert item.labels[1].at.file.endswith("lambda/function.json.j2")


@pytest.mark.slow
def test_only_clean_templates_are_not_looked_at_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    partials = overlay(tmp_path / "partials", "lambda/function.json.j2", '"Zip"', '"Tar"')
    for _ in range(2):
        with pytest.raises(RejectedError) as caught:
            compile_spec(SPEC, "spec.yaml", overlay=partials)
        assert {item.rule.code for item in caught.value.diagnostics} == {"DR701"}
    # The global stack has no function and was clean; the other two are looked at every time.
    assert len([path for path in (tmp_path / "cache").rglob("*") if path.is_file()]) == 1


def test_what_is_remembered_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cfn_lint.digest((b"ab", b"c")) != cfn_lint.digest((b"a", b"bc"))
    name = cfn_lint.digest((b"template",))
    assert not cfn_lint.is_clean(name)
    cfn_lint.mark_clean(name)
    assert cfn_lint.is_clean(name)


def test_a_folder_that_cannot_be_written_costs_time_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    cfn_lint.mark_clean(cfn_lint.digest((b"template",)))
    assert not cfn_lint.is_clean(cfn_lint.digest((b"template",)))
