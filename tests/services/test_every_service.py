"""What holds for every service: it hands in all that it offers, and an id of a resource is written once."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from compiler import services
from compiler.services import DEMANDS, LATENCY, PROVISIONS, RECOVERY, SERVICES
from tests.helpers import ODD, ROOT, SHIPPED, compiled, odd_specs

OFFERS = ("declare", "alarms", "rules", "demands", "provisions", "recovery", "latency")
PLACES = ("compiler/services", "compiler/rendering", "compiler/ir")


def _modules() -> Iterator[ModuleType]:
    for module in pkgutil.iter_modules(services.__path__):
        yield importlib.import_module(f"compiler.services.{module.name}")


def test_a_service_hands_in_all_that_it_offers() -> None:
    handed: set[Any] = {*DEMANDS, *PROVISIONS, *RECOVERY, *LATENCY}
    handed |= {function for service in SERVICES for function in (service.declare, service.alarms, service.rules)}
    for module in _modules():
        left_out = [name for name in OFFERS if getattr(module, name, None) not in (None, *handed)]
        assert not left_out, f"the tables of services/__init__.py leave out {left_out} of {module.__name__}"


def test_every_folder_of_partials_has_its_test() -> None:
    folders = {path.name for path in (ROOT / "partials").iterdir() if path.is_dir()}
    missing = [name for name in sorted(folders) if not (ROOT / f"tests/services/test_{name}.py").is_file()]
    assert not missing, f"add tests/services/test_<service>.py for {missing}"


def _texts(tree: ast.AST) -> Iterator[tuple[str, re.Pattern[str], int]]:
    """Every text that code writes out, keys of mappings left out: as written, what it may become, and its line."""
    keys = {id(key) for node in ast.walk(tree) if isinstance(node, ast.Dict) for key in node.keys}
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in keys | inner:
            yield node.value, re.compile(re.escape(node.value)), node.lineno
        elif isinstance(node, ast.JoinedStr):
            parts = (re.escape(str(p.value)) if isinstance(p, ast.Constant) else "[A-Za-z0-9]+" for p in node.values)
            yield ast.unparse(node), re.compile("".join(parts)), node.lineno


def test_no_logical_id_is_written_in_two_places() -> None:
    specs = (SHIPPED, *(ODD / f"{name}.yaml" for name in odd_specs()))
    ids = {name for path in specs for template in compiled(path).templates for name in template.body["Resources"]}
    written: dict[str, list[str]] = defaultdict(list)
    for folder in PLACES:
        for path in sorted((ROOT / folder).glob("*.py")):
            for text, pattern, line in _texts(ast.parse(path.read_bytes())):
                letters = re.sub(r"\{[^}]*\}|[^A-Za-z]", "", text)
                if len(letters) > 2 and any(map(pattern.fullmatch, ids)):
                    written[text].append(f"{path.relative_to(ROOT)}:{line}")
    assert len(written) > 40, "ids are found in the code at all"
    twice = {text: places for text, places in written.items() if len(places) > 1}
    assert not twice, "have one function return the `Ref`, and take its `resource` for the id"
