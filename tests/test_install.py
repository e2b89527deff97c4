"""The wheel is whole: installed elsewhere, without the clone, it compiles a copied spec to the committed bytes.

Nothing is downloaded: the wheel is built by the build backend that is installed, and put into a folder of its own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests import wheels
from tests.helpers import COMMITTED, ROOT, SHIPPED

COMMANDS = {"dr-compile", "dr-deploy", "dr-compile-hook"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wheels.build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the installed package and its commands."""
    folder = tmp_path_factory.mktemp("site")
    wheels.pip("install", "--no-deps", "--no-index", "--no-compile", "--target", str(folder), str(wheel))
    return folder


def _run(command: list[str], site: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    environment: Mapping[str, str] = {**os.environ, "PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def test_partials_schemas_and_every_module_are_inside(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("partials", "schema"):
        wanted = {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*") if path.is_file()}
        assert wanted
        assert {f"compiler/_data/{name}" for name in wanted} <= names
    modules = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "compiler").rglob("*")
        if path.is_file() and not {"__pycache__", ".ruff_cache"} & {*path.parts} and path.name != "ruff.toml"
    }
    assert modules <= names


def test_nothing_else_is_inside(wheel: Path) -> None:
    for name in zipfile.ZipFile(wheel).namelist():
        assert name.startswith(("compiler/", "dr_compile-")), name
        assert not name.endswith((".pyc", ".tmp")), name


def test_the_package_names_its_libraries_and_commands(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    told = archive.read(metadata).decode()
    required = re.findall(r"(?m)^Requires-Dist: ([A-Za-z0-9.-]+)(?!.*extra ==)", told)
    assert {name.lower().replace(".", "-") for name in required} == {
        "pydantic", "jinja2", "ruamel-yaml", "jsonschema", "cfn-lint", "rich", "shtab",
    }  # fmt: skip
    (entries,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
    written = archive.read(entries).decode()
    assert {line.split(" = ")[0] for line in written.splitlines() if " = " in line} >= COMMANDS


def test_the_installed_command_compiles_a_copied_spec(site: Path, tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    shutil.copy(SHIPPED, tmp_path / "specs")
    shutil.copytree(ROOT / "functions", tmp_path / "functions", ignore=shutil.ignore_patterns("__pycache__"))
    where = _run([sys.executable, "-c", "import compiler; print(compiler.__file__)"], site, tmp_path)
    assert Path(where.stdout.strip()).is_relative_to(site), "the clone's own package was imported"
    done = _run([str(site / "bin" / "dr-compile"), "specs/dr-topology.yaml", "--no-lint"], site, tmp_path)
    assert done.returncode == 0, done.stderr
    made = {path.name: path.read_bytes() for path in (tmp_path / "templates" / "dr-topology").iterdir()}
    assert made == {path.name: path.read_bytes() for path in COMMITTED.iterdir()}
    checked = _run([str(site / "bin" / "dr-compile"), "specs/dr-topology.yaml", "--check"], site, tmp_path)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_starts(site: Path, tmp_path: Path, command: str) -> None:
    done = _run([str(site / "bin" / command), "--help"], site, tmp_path)
    assert done.returncode == 0, done.stderr
    assert command in done.stdout


def test_an_overlay_is_held_to_the_installed_schema(site: Path, tmp_path: Path) -> None:
    """The schema of partials is read from the package, not from the clone."""
    shutil.copytree(ROOT / "tests" / "specs" / "code", tmp_path / "code")
    shutil.copy(ROOT / "tests" / "specs" / "minimal.yaml", tmp_path)
    (tmp_path / "mine" / "sns").mkdir(parents=True)
    text = '{"Resources": {"A": {"Type": "AWS::SNS::Topic", "DeletionPolicy": "Delete"}}}'
    (tmp_path / "mine" / "sns" / "more.json.j2").write_text(text, encoding="utf-8")
    command = [str(site / "bin" / "dr-compile"), "minimal.yaml", "--no-lint", "--partials", "mine"]
    done = _run(command, site, tmp_path)
    assert done.returncode == 1
    assert "DR505" in done.stderr
    assert not (tmp_path / "templates").exists()
