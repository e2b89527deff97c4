"""The same spec compiles to the same bytes, whatever surrounds the compiler and however keys are ordered.

The processes are real ones. Interpreters of other versions take part where the machine has one with the compiler's
libraries; docs/validators.md says with which versions that was done by hand.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from compiler.pipeline import compile_document
from compiler.reading.document import load_document
from tests.helpers import ODD, ROOT, SHIPPED, compiled, odd_specs
from tests.tiers import one_of

SURROUNDINGS: dict[str, dict[str, str]] = {
    "hash seed": {"PYTHONHASHSEED": "1"},
    "another hash seed": {"PYTHONHASHSEED": "4294967295"},
    "plain C locale": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "Turkish, far east": {"LC_ALL": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati", "LANGUAGE": "tr"},
    "optimised, no bytecode": {"PYTHONOPTIMIZE": "2", "PYTHONDONTWRITEBYTECODE": "1", "TZ": "America/St_Johns"},
}


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _run(
    python: str, spec: str, out: Path, folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, "-m", "compiler", spec, "-o", str(out), "--no-lint"],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("spec", one_of(2, [SHIPPED, ODD / "odd-tags.yaml"]), ids=lambda path: str(path.stem))
@pytest.mark.parametrize("surroundings", SURROUNDINGS)
def test_whatever_surrounds_the_compiler(surroundings: str, spec: Path, tmp_path: Path) -> None:
    """Hash seed, locale, time zone, working directory, and how the spec's path is written."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    written = os.path.relpath(spec, folder) if surroundings == "hash seed" else str(spec)
    done = _run(sys.executable, written, tmp_path / "out", folder, SURROUNDINGS[surroundings])
    assert done.returncode == 0, done.stderr
    assert _files(tmp_path / "out") == dict(compiled(spec).bundle.files)


def interpreters() -> list[str]:
    """Python interpreters of other versions that have the compiler's libraries."""
    found = []
    for minor in range(11, 20):
        path = shutil.which(f"python3.{minor}")
        if path and minor != sys.version_info.minor:
            asked = subprocess.run(
                [path, "-c", "import jinja2, jsonschema, pydantic, ruamel.yaml"], capture_output=True, check=False
            )
            found += [path] if asked.returncode == 0 else []
    return found


def test_whatever_the_version_of_python(tmp_path: Path) -> None:
    for number, python in enumerate([sys.executable, *interpreters()]):
        out = tmp_path / str(number)
        done = _run(python, str(SHIPPED), out, ROOT, {"PYTHONPATH": str(ROOT)})
        assert done.returncode == 0, f"{python}: {done.stderr}"
        assert _files(out) == dict(compiled(SHIPPED).bundle.files), python


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _reversed(value[key]) for key in reversed(value)}
    return [_reversed(item) for item in value] if isinstance(value, list | tuple) else value


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize("order", [_reversed, _sorted], ids=lambda order: str(order.__name__).strip("_"))
@pytest.mark.parametrize(
    "spec", one_of(6, [SHIPPED, *(ODD / f"{name}.yaml" for name in odd_specs())]), ids=lambda path: str(path.stem)
)
def test_however_keys_are_ordered(spec: Path, order: Callable[[Any], Any]) -> None:
    """A mapping has no order: sorting its keys in the file is no change."""
    document = load_document(spec.read_text(encoding="utf-8"), spec.name)
    text = json.dumps(order(document.value), ensure_ascii=False, indent=1)
    again = compile_document(load_document(text, spec.name), lint=False)
    assert dict(again.bundle.files) == dict(compiled(spec).bundle.files)


FAILURES: dict[str, Callable[[str], str]] = {
    "syntax": lambda text: text + "\n  - [",
    "unknown key": lambda text: text + "\nunknown: 1\n",
    "rule": lambda text: text.replace("runtime: python3.13", "runtime: python3.1"),
    "objective": lambda text: text.replace("rto: 15m", "rto: 1s"),
    "empty": lambda text: text[:0],
}


@pytest.mark.parametrize("failure", one_of(3, FAILURES))
def test_a_compile_that_fails_leaves_the_old_output(failure: str, tmp_path: Path) -> None:
    shutil.copytree(ODD / "code", tmp_path / "code")
    spec, out = tmp_path / "minimal.yaml", tmp_path / "out"
    good = (ODD / "minimal.yaml").read_text(encoding="utf-8")
    spec.write_text(good, encoding="utf-8")
    assert _run(sys.executable, spec.name, out, tmp_path, {}).returncode == 0
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in out.iterdir()}
    broken = FAILURES[failure](good)
    assert broken != good
    spec.write_text(broken, encoding="utf-8")
    done = _run(sys.executable, spec.name, out, tmp_path, {})
    assert done.returncode == 1, done.stderr
    assert "error[DR" in done.stderr
    assert {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in out.iterdir()} == before


def test_a_partial_that_fails_leaves_the_old_output(tmp_path: Path) -> None:
    """The last stage before writing: everything else has succeeded by then."""
    overlay = tmp_path / "partials" / "sns"
    overlay.mkdir(parents=True)
    fragment = '{"Resources": {"Extra": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}'
    (overlay / "extra.json.j2").write_text(fragment, encoding="utf-8")
    command = [sys.executable, "-m", "compiler", str(ODD / "minimal.yaml"), "-o", str(tmp_path / "out"), "--no-lint",
               "--partials", str(tmp_path / "partials")]  # fmt: skip
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    before = _files(tmp_path / "out")
    assert b'"Extra"' in before["primary.us-east-1.json"]
    (overlay / "extra.json.j2").write_text('{"Resources": {"Extra": {"Type": }}}', encoding="utf-8")
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1
    assert _files(tmp_path / "out") == before
