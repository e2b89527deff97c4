"""What cfn-lint finds is said at the spec line that asked for the resource, with cfn-lint's own id."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Self

import pytest

from compiler.diagnostics.model import RejectedError
from compiler.ir.elements import StackId, StackKind
from compiler.ir.template import Template
from compiler.pipeline import compile_spec
from compiler.rules import cfn_lint
from tests.generate import ROOT
from tests.helpers import SHIPPED, compiled

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


@pytest.mark.slow
def test_only_clean_templates_are_not_looked_at_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    partials = overlay(tmp_path / "partials", "lambda/function.json.j2", '"Zip"', '"Tar"')
    for _ in range(2):
        with pytest.raises(RejectedError) as caught:
            compile_spec(SPEC, "spec.yaml", partials=(partials,))
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


class Later(datetime):
    """A clock that has gone on by a week."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls.fromtimestamp(datetime.now(tz).timestamp() + timedelta(weeks=1).total_seconds(), tz)


def test_a_verdict_is_remembered_for_a_week(monkeypatch: pytest.MonkeyPatch) -> None:
    """cfn-lint knows on which day a runtime is deprecated; what was clean once need not be for ever."""
    before = set(cfn_lint._cfn_lint_itself())
    monkeypatch.setattr(cfn_lint, "datetime", Later)
    after = set(cfn_lint._cfn_lint_itself())
    assert len(before - after) == len(after - before) == 1


def test_schemas_that_were_renewed_are_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`cfn-lint --update-specs` writes them in place, under the same version."""
    (tmp_path / "data" / "schemas").mkdir(parents=True)
    schema = tmp_path / "data" / "schemas" / "aws-s3-bucket.json"
    schema.write_text("{}")
    spec = ModuleSpec("cfnlint", None, origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: spec)
    before = set(cfn_lint._cfn_lint_itself())
    schema.write_text('{"more": 1}')
    assert set(cfn_lint._cfn_lint_itself()) != before


@pytest.mark.parametrize("setting", ["append_rules: [rules]", "override_spec: spec.json", "registry_schemas: [s]"])
def test_with_rules_of_somebodys_own_nothing_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    asked: list[str] = []
    monkeypatch.setattr(cfn_lint, "_matches", lambda *_: ())
    templates = compiled(SHIPPED).templates

    def looked_at() -> int:
        asked.clear()
        assert list(cfn_lint.lint(templates, observe=lambda stack, *_: asked.append(stack))) == []
        return len(asked)

    assert (looked_at(), looked_at()) == (3, 0)
    (tmp_path / ".cfnlintrc").write_text(f"{setting}\n")
    assert (looked_at(), looked_at()) == (3, 3)


def test_a_verdict_of_somebody_else_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    name = cfn_lint.digest((b"template",))
    cfn_lint.mark_clean(name)
    monkeypatch.setattr("os.getuid", lambda: 12345)
    assert not cfn_lint.is_clean(name)


def test_a_folder_that_cannot_be_written_costs_time_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    cfn_lint.mark_clean(cfn_lint.digest((b"template",)))
    assert not cfn_lint.is_clean(cfn_lint.digest((b"template",)))
