"""What cfn-lint finds is said at the spec line that asked for the resource, with cfn-lint's own id."""

from __future__ import annotations

from pathlib import Path

import pytest

from compiler.diagnostics.model import RejectedError
from compiler.ir.elements import StackId, StackKind
from compiler.ir.template import Template
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


ENTRIES = ("- name: transaction-processor", "health: /health", "failback: manual")
"""Lines of the shipped spec that functions come from: the entry, the path that has a function of its own, the latch."""


def test_an_error_points_at_the_entry_and_at_the_partial(tmp_path: Path) -> None:
    partials = overlay(tmp_path, "lambda/function.json.j2", '"PackageType": "Zip"', '"PackageType": "Tar"')

    with pytest.raises(RejectedError) as caught:
        compile_spec(SPEC, "specs/dr-topology.yaml", partials=(partials,))

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


def test_the_day_on_which_somebody_compiles_decides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """cfn-lint looks at the clock to call a runtime old. The compiler has rules of its own, which do not."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    properties = {
        "Runtime": "python3.8", "Handler": "app.handler", "Code": {"ZipFile": "x"},
        "Role": "arn:aws:iam::123456789012:role/any",
    }  # fmt: skip
    body = {"Resources": {"Old": {"Type": "AWS::Lambda::Function", "Properties": properties}}}
    template = Template(StackId(StackKind.PRIMARY, "us-east-1"), body, {}, {})
    assert [finding.message for finding in cfn_lint.lint([template])] == []
