"""A document written as YAML again: it reads as before, and each line says where its value is from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.commands import main
from compiler.diagnostics.model import Route
from compiler.pipeline import compile_spec
from compiler.reading.document import Document, load_document
from compiler.reading.textfile import ODD
from compiler.reading.yaml_text import lines
from tests.helpers import ODD as FOLDER
from tests.helpers import SHIPPED, odd_specs

TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cn")), max_size=12).filter(lambda text: not ODD.search(text))
ODDITIES = (
    "yes", "null", "~", "010", "1_000", "12:30", "2026-01-31", "a: b", "a #b", "- a", "*a", "%", "[", "1e5", " a", "a:",
    "a:b", "1%", "", "a\nb",
)  # fmt: skip
WORDS = TEXTS | st.sampled_from(ODDITIES)
SCALARS = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.sampled_from([0.5, 0.01, 1e-7, 2.5e20]) | WORDS
KEYS = st.from_regex(r"[a-z_]{1,8}", fullmatch=True) | WORDS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=12
)


def again(document: Document) -> Document:
    return load_document("".join(f"{line}\n" for line in lines(document)), "again.yaml")


@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=4))
def test_what_is_written_reads_as_before(value: dict[str, object]) -> None:
    document = Document("spec.yaml", "", value, {})
    assert again(document).value == value
    assert again(document).doubtful == {}


@pytest.mark.parametrize("path", [SHIPPED, *(FOLDER / f"{name}.yaml" for name in odd_specs())], ids=lambda p: p.stem)
def test_every_value_has_its_place(path: Path) -> None:
    document = load_document(path.read_text(encoding="utf-8"), "spec.yaml")
    written = list(lines(document))
    read = again(document)
    assert read.value == document.value
    for route, span in read.values.items():
        value: Any = document.value
        for step in route:
            value = value[step]
        if not isinstance(value, dict | list):
            assert written[span.start.line - 1].endswith(f" # spec.yaml:{document.span(_said(route)).start.line}"), (
                route
            )


def _said(route: Route) -> Route:
    """Where a value is said; a list on one line is said as a whole."""
    return route[:-1] if isinstance(route[-1], int) else route


def test_what_show_prints_compiles_to_the_same_templates(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("specs", "shared", "functions/code"):
        Path(folder).mkdir(parents=True)
    Path("functions/code/app.py").write_text("def handler(event, context): ...\n", encoding="utf-8")
    text = SHIPPED.read_text(encoding="utf-8").replace("../functions/transaction-processor", "../functions/code")
    Path("shared/base.yaml").write_text(text.replace("version: 1\n", "version: 1\nbase: true\n"), encoding="utf-8")
    environment = "extends: ../shared/base.yaml\nnaming: {environment: dev, tags: null}\nbuckets:\n  - {name: scans, "
    Path("specs/dev.yaml").write_text(f"{environment}objects: 0.01, object_size: 1KB}}\nlogs: null\n", encoding="utf-8")
    assert main.main(["--show", "specs/dev.yaml"]) == 0
    shown = capsys.readouterr().out
    assert "environment: dev                                       # specs/dev.yaml:2\n" in shown
    assert re.search(r"source: \.\./functions/code +# shared/base\.yaml:\d+\n", shown)
    Path("specs/shown.yaml").write_text(shown, encoding="utf-8")
    one, other = (compile_spec(Path(name), name, lint=False) for name in ("specs/dev.yaml", "specs/shown.yaml"))
    assert one.bundle.files == other.bundle.files


def test_a_spec_with_errors_is_shown_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("base.yaml").write_text("base: true\nname: shop\n", encoding="utf-8")
    Path("spec.yaml").write_text("extends: base.yaml\nversion: 2\n", encoding="utf-8")
    assert main.main(["--show", "spec.yaml"]) == 1
    said = capsys.readouterr()
    assert "name: shop" in said.out
    assert "DR208" in said.err
    assert main.main(["--show", "base.yaml"]) == 1
    assert "DR124" in capsys.readouterr().err
