"""Imports go one way, each library is known in one place, and only commands write to the terminal.

Read from the source, so that an import inside a function counts like one at the top.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from compiler.services import SERVICES
from tests.generated.layers import LAYERS

ROOT = Path(__file__).resolve().parent.parent

LIBRARIES: dict[str, frozenset[str]] = {
    "ruamel": frozenset({"compiler.reading.yaml_tree"}),
    "jinja2": frozenset(
        {"compiler.rendering.environment", "compiler.rendering.partials", "compiler.rendering.contract"}
    ),
    "jsonschema": frozenset({"compiler.rendering.schema_check"}),
    "cfnlint": frozenset({"compiler.rules.cfn_lint"}),
    "dns": frozenset({"compiler.deploy.resolving"}),
}
"""Who may import a library. The three that know jinja2 are the language of partials: its environment, what renders
with it, and what holds partials to its allowed constructs."""

WRITERS = frozenset(
    {
        "compiler.reporting.console", "compiler.commands.main", "compiler.commands.compile",
        "compiler.commands.explain", "compiler.commands.init", "compiler.deploy.operating", "compiler.deploy.person",
        "compiler.deploy.printing", "compiler.reporting.progress",
        "compiler.commands.several", "compiler.commands.show", "compiler.commands.completion",
        "compiler.recall.replay", "compiler.recall.record",
    }
)  # fmt: skip
"""Commands, and what they write to the terminal through."""
TOOLS = frozenset({"tools.availability"})
"""Scripts for those who work on the compiler, which no command imports."""


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def trees() -> dict[str, ast.Module]:
    """Every module of the compiler, parsed."""
    return {_module(path): ast.parse(path.read_bytes(), path.name) for path in (ROOT / "compiler").rglob("*.py")}


def imported(tree: ast.Module, known: frozenset[str] = frozenset()) -> set[str]:
    """Modules that a tree imports anywhere; `from package import module` counts as the module where it is one."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports name the whole path"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(whole if whole in known else str(node.module))
    return found


@cache
def graph() -> dict[str, frozenset[str]]:
    """Modules of the compiler to those they import."""
    known = frozenset(trees())
    return {name: frozenset(imported(tree, known) & known - {name}) for name, tree in trees().items()}


def test_imports_go_one_way() -> None:
    """No module imports, over however many others, what imports it; imports inside functions count."""
    try:
        order = tuple(TopologicalSorter(graph()).static_order())
    except CycleError as error:
        pytest.fail(f"modules import each other: {' -> '.join(error.args[1])}")
    assert set(order) == set(trees())


def _reached(name: str) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for other in graph()[waiting.pop()]:
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found


def layer(name: str) -> str:
    """The folder of a module, or the module itself where it is in no folder."""
    return name.split(".")[1] if "." in name else ""


def test_every_folder_has_its_place() -> None:
    assert {layer(name) for name in trees()} - {"", "__main__"} == set(LAYERS)


@pytest.mark.parametrize("name", LAYERS)
def test_a_folder_imports_from_those_below_it(name: str) -> None:
    above = LAYERS[LAYERS.index(name) + 1 :]
    wrong = [(user, used) for user in graph() if layer(user) == name for used in graph()[user] if layer(used) in above]
    assert wrong == []


def test_ruff_refuses_an_import_from_above(tmp_path: Path) -> None:
    """The settings that ruff finds in a folder are read, and the rule is on."""
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format", "concise", "-"]
    path = ROOT / "compiler" / "aws" / "new.py"
    done = subprocess.run(
        [*command, "--stdin-filename", str(path)], input="import boto3\n\nfrom compiler.rules import stage\n",
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert {"TID251", "TID253"} <= set(re.findall(r"[A-Z]+\d+", done.stdout)), done.stdout


def test_a_service_imports_only_those_before_it_in_the_table() -> None:
    order = [service.declare.__module__ for service in SERVICES]
    for position, name in enumerate(order):
        assert not set(order[position + 1 :]) & _reached(name), f"{name} knows a service after it"


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_is_known_in_one_place(library: str) -> None:
    users = {name for name, tree in trees().items() if library in {module.split(".")[0] for module in imported(tree)}}
    assert users == LIBRARIES[library]


def test_aws_is_spoken_to_by_the_deployment_only() -> None:
    for name, tree in trees().items():
        if {"boto3", "botocore"} & {module.split(".")[0] for module in imported(tree)}:
            assert name.startswith("compiler.deploy."), name
    assert not any(name.startswith("compiler.deploy") for name in _reached("compiler.pipeline"))


def test_rich_is_known_to_the_reports_only() -> None:
    users = {name for name, tree in trees().items() if "rich" in {module.split(".")[0] for module in imported(tree)}}
    assert users
    assert all(name.startswith("compiler.reporting.") for name in users), users


def _writes(tree: ast.Module) -> bool:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("print", "input"):
            return True
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("sys.stdout", "sys.stderr", "sys.stdin"):
            return True
    return False


def test_only_commands_write_to_the_terminal() -> None:
    writers = {name for name, tree in trees().items() if _writes(tree)}
    assert writers <= WRITERS | TOOLS, writers - WRITERS - TOOLS
    assert not WRITERS & _reached("compiler.pipeline"), "a stage reports by what it returns"
    for name, reached in ((name, _reached(name)) for name in trees() if name not in TOOLS):
        assert not reached & TOOLS, f"{name} imports a script"
