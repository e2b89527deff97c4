"""A resource's logical id is written once, in the function that hands out references to it."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.helpers import ODD, SHIPPED, compiled, odd_specs

ROOT = Path(__file__).resolve().parents[2]
PLACES = ("compiler/services", "compiler/rendering", "compiler/ir")


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
