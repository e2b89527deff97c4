"""Figures of AWS stand in `compiler/aws/facts` only; elsewhere code and partials refer to them.

A number of 900 or more that equals a figure is taken for a copy of it. Where it is something else, say what on
its line: `# not a figure: port of the emulator` in code, `{# not a figure: ... #}` in a partial.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from compiler.aws import facts

ROOT = Path(__file__).resolve().parents[2]
LEAST = 900
CONVERSIONS = frozenset({1_000, 1_024, 3_600, 86_400, 604_800, 1_000_000, 1_048_576, 1_000_000_000})
"""Round factors between units: seconds in a day, bytes in a KB. They may stand anywhere."""

WAIVER = re.compile(r"not a figure: \w+")
NUMBER = re.compile(r"(?<![\w.:/-])(\d{3,12})(?:\.0+)?(?![\w.:-])")
QUANTITY = re.compile(r"(\d{3,12})\s*(?:/s|/min|[kKMG]i?B|B|ms|s|m|h|d)?")


def _distinctive() -> dict[int, list[str]]:
    figures: dict[int, list[str]] = {}
    for fact in facts.ALL:
        if isinstance(fact.value, int | float) and fact.value >= LEAST and fact.value == int(fact.value):
            figures.setdefault(int(fact.value), []).append(fact.id)
    return {value: ids for value, ids in figures.items() if value not in CONVERSIONS}


DISTINCTIVE = _distinctive()


def _finding(name: str, line: int, value: int) -> str:
    return f"{name}:{line}: {value} is a figure of AWS; use {' or '.join(DISTINCTIVE[value])}"


def _numbers(tree: ast.AST) -> Iterator[tuple[int, int]]:
    """Line and value of each number in the code, and of each text that is nothing but a quantity.

    Examples (an argument or a constant of that name) and the arguments of `Literal` are no use of a figure.
    """
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        for outer in (
            [node.value] if isinstance(node, ast.keyword) and node.arg == "examples" else [],
            [node.value] if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "EXAMPLES" else [],
            [node.slice] if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal" else [],
        )
        for part in outer
        for inner in ast.walk(part)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in skipped or isinstance(node.value, bool):
            continue
        if isinstance(node.value, int) or (isinstance(node.value, float) and node.value.is_integer()):
            yield node.lineno, int(node.value)
        elif isinstance(node.value, str) and (quantity := QUANTITY.fullmatch(node.value.strip())):
            yield node.lineno, int(quantity[1])


def in_code(name: str, text: str) -> list[str]:
    """Copies of figures in a Python file."""
    lines = text.splitlines()
    return [
        _finding(name, line, value)
        for line, value in sorted(_numbers(ast.parse(text, filename=name)))
        if value in DISTINCTIVE and not WAIVER.search(lines[line - 1])
    ]


def in_partial(name: str, text: str) -> list[str]:
    """Copies of figures in a partial, comments left out."""
    bare = re.sub(r"\{#.*?#\}", lambda found: re.sub(r"[^\n]", " ", found[0]), text, flags=re.DOTALL)
    return [
        _finding(name, number, int(found[1]))
        for number, (line, written) in enumerate(zip(bare.splitlines(), text.splitlines(), strict=True), 1)
        for found in NUMBER.finditer(line)
        if int(found[1]) in DISTINCTIVE and not WAIVER.search(written)
    ]


def _files(folder: str, *suffixes: str) -> list[Path]:
    found = (path for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix in suffixes)
    return sorted(path for path in found if ROOT / "compiler" / "aws" / "facts" not in path.parents)


def test_figures_stand_once() -> None:
    findings = [
        finding
        for path in _files("compiler", ".py")
        for finding in in_code(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
    ] + [
        finding
        for path in _files("partials", ".j2", ".jinja", ".json", ".yaml")
        for finding in in_partial(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
    ]
    assert not findings, "\n" + "\n".join(findings)


def test_what_is_distinctive() -> None:
    for value in (900, 3_500, 4_000, 5_500, 10_000, 12_000, 20_000, 40_000, 51_200, 100_000):
        assert value in DISTINCTIVE
    assert CONVERSIONS.isdisjoint(DISTINCTIVE)
    assert 443 not in DISTINCTIVE


@pytest.mark.parametrize(
    "code",
    [
        "LIMIT = 51200",
        "if size > 51_200: pass",
        "x = 4000.0",
        "limits = {'reads': 12_000}",
        "field(default='10000/s')",
        "retry = min(40_000, asked)",
        "x = 4000  # not a figure",
    ],
)
def test_a_copy_is_found(code: str) -> None:
    assert len(in_code("x.py", code)) == 1


@pytest.mark.parametrize(
    "code",
    [
        "x = 1000 * seconds",
        "x = 86_400",
        "port = 443",
        "text = 'at most 51200 bytes'",
        "field(examples=['10000/s', '4000/s'])",
        "EXAMPLES = ('10000/s', '600/m')",
        "mode: Literal[900, 4000]",
        "x = 4000  # not a figure: port of the emulator",
        '"""Serves 10000 requests."""',
    ],
)
def test_other_numbers_are_let_through(code: str) -> None:
    assert in_code("x.py", code) == []


def test_findings_name_the_place_and_the_fact() -> None:
    assert in_code("compiler/x.py", "\nx = 51_200") == [
        "compiler/x.py:2: 51200 is a figure of AWS; use cloudformation.inline_template_bytes"
    ]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ('"Timeout": 900', 1),
        ('"ReadUnitsPerSecond": {{ reads or 12000 }}', 1),
        ('"Value": "10000"', 1),
        ('"Timeout": {{ timeout }}', 0),
        ("{# at most 51200 bytes #}", 0),
        ('"Version": "2012-10-17", "Port": 443', 0),
        ('"Arn": "arn:aws:x:4000"', 0),
        ('"Period": 900 {# not a figure: a quarter of an hour #}', 0),
        ("{# two\nlines 51200 #}\n900", 1),
    ],
)
def test_partials(text: str, count: int) -> None:
    assert len(in_partial("x.json.j2", text)) == count
