"""Imports go one way, each library is known in one place, and only commands write to the terminal.

Read from the source, so that an import inside a function counts like one at the top.
"""

from __future__ import annotations

import ast
from dataclasses import fields
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import cast

import pytest

from compiler.services.base import Service

ROOT = Path(__file__).resolve().parent.parent

LAYERS = (
    "compiler.support.frozen",
    "compiler.diagnostics.model",
    "compiler.diagnostics.rules",
    "compiler.spec.units",
    "compiler.reading.textfile",
    "compiler.reading.source",
    "compiler.aws.facts.model",
    "compiler.aws.regions",
    "compiler.spec.base",
    "compiler.spec.model",
    "compiler.spec.parse",
    "compiler.ir.elements",
    "compiler.findings.finding",
    "compiler.ir.names",
    "compiler.ir.policies",
    "compiler.code.archive",
    "compiler.topology.capacity",
    "compiler.topology.model",
    "compiler.services.base",
    "compiler.services.kms",
    "compiler.services.sns",
    "compiler.services.iam",
    "compiler.services.s3",
    "compiler.services.logs",
    "compiler.services.vpc",
    "compiler.services.dynamodb",
    "compiler.services.lambda_",
    "compiler.services.acm",
    "compiler.services.apigateway",
    "compiler.services.health_checks",
    "compiler.services.route53",
    "compiler.services.cloudwatch",
    "compiler.services",
    "compiler.planning",
    "compiler.linking.waves",
    "compiler.linking.references",
    "compiler.linking.gates",
    "compiler.linking.lowering",
    "compiler.linking.link",
    "compiler.rendering.fragment",
    "compiler.rendering.partials",
    "compiler.rendering.schema_check",
    "compiler.rendering.merge",
    "compiler.rendering.render",
    "compiler.rules.cfn_lint",
    "compiler.rollout.deployment",
    "compiler.rollout.manifest",
    "compiler.output.emit",
    "compiler.pipeline",
    "compiler.reporting.show",
    "compiler.commands.outcome",
    "compiler.commands.main",
)
"""The stages in their order; a module here imports only from modules above it, whatever lies between."""

LIBRARIES: dict[str, frozenset[str]] = {
    "ruamel": frozenset({"compiler.reading.source"}),
    "jinja2": frozenset(
        {"compiler.rendering.environment", "compiler.rendering.partials", "compiler.rendering.contract"}
    ),
    "jsonschema": frozenset({"compiler.rendering.schema_check"}),
    "cfnlint": frozenset({"compiler.rules.cfn_lint"}),
    "dns": frozenset({"compiler.deploy.delegation"}),
}
"""Who may import a library. The three that know jinja2 are the language of partials: its environment, what renders
with it, and what holds partials to its allowed constructs."""

WRITERS = frozenset(
    {
        "compiler.commands.main", "compiler.reporting.console", "compiler.commands.init", "compiler.commands.outcome",
        "compiler.deploy.cli", "compiler.deploy.progress",
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


def test_stages_keep_their_order() -> None:
    assert set(LAYERS) <= set(trees())
    for position, name in enumerate(LAYERS):
        below = set(LAYERS[position + 1 :]) & _reached(name)
        assert not below, f"{name} reaches {sorted(below)}, which come after it"


def _table_of_services() -> dict[str, set[str]]:
    """Modules in the table of services, in its order, each with the functions it hands in there."""
    (table,) = (
        node.value
        for node in ast.walk(trees()["compiler.services"])
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "SERVICES"
    )
    handed: dict[str, set[str]] = {}
    for attribute in (node for node in ast.walk(cast("ast.expr", table)) if isinstance(node, ast.Attribute)):
        handed.setdefault(f"compiler.services.{ast.unparse(attribute.value)}", set()).add(attribute.attr)
    return handed


def test_a_service_imports_only_those_before_it_in_the_table() -> None:
    order = tuple(_table_of_services())
    for position, name in enumerate(order):
        assert not set(order[position + 1 :]) & _reached(name), f"{name} knows a service after it"


def test_every_service_stands_in_the_table_with_all_that_it_offers() -> None:
    offers = {field.name for field in fields(Service)}
    table = _table_of_services()
    for name in (name for name in trees() if name.startswith("compiler.services.")):
        offered = {node.name for node in trees()[name].body if isinstance(node, ast.FunctionDef)} & offers
        missing = offered - table.get(name, set())
        assert not missing, f"the line of {name} in SERVICES (services/__init__.py) leaves out {sorted(missing)}"


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_is_known_in_one_place(library: str) -> None:
    users = {name for name, tree in trees().items() if library in {module.split(".")[0] for module in imported(tree)}}
    assert users == LIBRARIES[library]


def test_aws_is_spoken_to_by_the_deployment_only() -> None:
    for name, tree in trees().items():
        if {"boto3", "botocore"} & {module.split(".")[0] for module in imported(tree)}:
            assert name.startswith("compiler.deploy."), name
    assert not any(name.startswith("compiler.deploy") for name in _reached("compiler.pipeline"))


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


def test_nothing_heavy_is_imported_at_the_top() -> None:
    """cfn-lint takes most of a second to import, jsonschema a tenth, boto3 a fifth."""
    for name, tree in trees().items():
        top = ast.Module([node for node in tree.body if not _for_types_only(node)], [])
        flat = {module.split(".")[0] for node in top.body for module in imported(ast.Module([node], []))
                if isinstance(node, ast.Import | ast.ImportFrom)}  # fmt: skip
        assert not flat & {"cfnlint", "jsonschema", "boto3", "botocore", "dns", "hypothesis"}, name


def _for_types_only(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
