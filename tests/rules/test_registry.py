"""Every rule is registered once, reported by a check, and worded in the form that pages and terminals print.

What is forgotten when a rule is added fails here, in tests/test_bad_corpus.py (nothing provokes the code) or in
tests/test_generated.py (the pages are not generated again).
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections import Counter
from types import ModuleType

import pytest

from compiler import rules, services
from compiler.diagnostics import codes
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Rule
from compiler.rules.deployed import Check
from compiler.rules.registry import MODULES, RULES, find_rule

STAGES = [base for base in Code.__mro__ if base not in (Code, object)]


def _modules(package: ModuleType) -> list[ModuleType]:
    names = [item.name for item in pkgutil.iter_modules(package.__path__)]
    return [importlib.import_module(f"{package.__name__}.{name}") for name in names]


def _defined(module: ModuleType) -> dict[str, str]:
    """Rules that the source of a module defines: name of the constant to code."""
    found: dict[str, str] = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "Rule":
            found[ast.unparse(node.targets[0])] = ast.literal_eval(node.value.args[0])
    return found


def _reported(module: ModuleType) -> set[str]:
    """Codes that the checks of a module say they report."""
    checks = (value for value in vars(module).values() if isinstance(value, Check))
    return {rule.code for check in checks for rule in check.rules}


@pytest.mark.parametrize("module", _modules(rules), ids=lambda module: str(module.__name__))
def test_a_module_of_checks_is_registered(module: ModuleType) -> None:
    if _defined(module) or any(isinstance(value, Check) for value in vars(module).values()):
        assert module in MODULES, f"add {module.__name__} to MODULES in compiler/rules/registry.py"


@pytest.mark.parametrize("module", _modules(codes), ids=lambda module: str(module.__name__))
def test_the_codes_of_a_stage_are_part_of_code(module: ModuleType) -> None:
    for name, value in vars(module).items():
        if inspect.isclass(value) and value.__module__ == module.__name__:
            assert value in STAGES, (
                f"add {name} of {module.__name__} to `Code` in compiler/diagnostics/codes/__init__.py"
            )


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.__name__))
def test_each_rule_of_a_module_is_reported_by_a_check(module: ModuleType) -> None:
    for name, code in _defined(module).items():
        assert name == code, f"call the rule {code} `{code}`, not `{name}`"
        assert code in _reported(module), f"put `@reports({code})` above the function that reports {code}"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.__name__))
def test_a_check_yields_the_rules_that_it_says_and_no_others(module: ModuleType) -> None:
    bodies = [node for top in ast.parse(inspect.getsource(module)).body if isinstance(top, ast.FunctionDef)
              for part in top.body for node in ast.walk(part)]  # fmt: skip
    names = {node.id if isinstance(node, ast.Name) else node.attr for node in bodies
             if isinstance(node, ast.Name | ast.Attribute)}  # fmt: skip
    yielded = {name for name in names if re.fullmatch("DR[0-9]{3}", name)}
    assert yielded == _reported(module), f"{module.__name__}: what `@reports` says and what is yielded differ"


def test_no_code_and_no_slug_is_used_twice() -> None:
    """A code defined twice would hide the first one."""
    of_stages = [code for stage in STAGES for code, rule in vars(stage).items() if isinstance(rule, Rule)]
    of_modules = [code for module in (*MODULES, *_modules(services)) for code in _defined(module).values()]
    times = Counter([*of_stages, *of_modules])
    assert [code for code, count in times.items() if count > 1] == []
    assert set(times) == set(RULES)
    assert [slug for slug, count in Counter(rule.slug for rule in RULES.values()).items() if count > 1] == []
    assert all(code == rule.code and find_rule(code) is find_rule(rule.slug) is rule for code, rule in RULES.items())


@pytest.mark.parametrize("code", RULES)
def test_what_a_code_says_has_the_form_that_pages_and_terminals_print(code: str) -> None:
    rule = RULES[code]
    assert not rule.says.endswith(".")
    assert re.match("[a-z`]|AWS |S3 |CloudWatch |CloudFormation |DynamoDB |YAML ", rule.says)
    assert rule.why.endswith(".")
    assert re.match("[A-Z0-9`]|dr-deploy ", rule.why)
    assert re.match("[a-z]", rule.fix)
    assert not rule.fix.endswith(".")


OURS = frozenset({"DR449", "DR464", "DR470", "DR471", "DR472", "DR474"})
"""Rules that rest on no fact of AWS."""


@pytest.mark.parametrize("code", sorted({code for module in MODULES for code in _defined(module).values()} - OURS))
def test_a_rule_about_aws_names_the_page_of_aws(code: str) -> None:
    assert (RULES[code].source or "").startswith("https://docs.aws.amazon.com/"), f"{code} needs a `source`"
