"""TOML with places: what is cut out at a place means what `tomllib` says is there."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.diagnostics.model import RejectedError, Route
from compiler.reading.toml_text import load_toml

TEXTS = """\
# a comment with [brackets] and "quotes"
requires = "0.2"   # behind a value
'quoted key' = 'a \\ b # no comment'
"with \\" quote" = true
a.b . "c d" = -1.5e3

long = \"\"\"
two "lines" \\\" and ""three"" quotes at the end\"\"\"\"\"
raw = '''a ' b
'''''
when = 1979-05-27 07:32:00Z
day = 1979-05-27
list = [ 1, "]", [ 'x', {y = "}", "z.z" = []} ], # ends here: ]
  3,
]
empty = []
none = {}

[section]
key = "a"
[section.below]
key = {one = 1, two.three = 'x'}

[[specs]]
path = "a"
[specs.tags]
owner = "one"
[[specs]]
path = "b"
tags.owner = "two"
[[specs.more]]
x = 1
[[specs.more]]
x = 2
"""


def routes(value: Any, route: Route = ()) -> Iterator[tuple[Route, Any]]:
    """Every value that is written as one piece."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in children:
        yield (*route, step), child
        yield from routes(child, (*route, step))


def held(text: str) -> int:
    """Asserts that each value is where the document says; returns how many there are."""
    document = load_toml(text, "a.toml")
    lines = text.split("\n")
    seen = 0
    for route, value in routes(document.value):
        span = document.values.get(route)
        if span is None:
            assert isinstance(value, dict), f"{route} has no place: only a section may be written in pieces"
            continue
        cut = lines[span.start.line - 1 : span.end.line]
        cut[-1] = cut[-1][: span.end.column - 1]
        cut[0] = cut[0][span.start.column - 1 :]
        written = "\n".join(cut)
        if written.startswith("[") and isinstance(value, dict):
            continue  # the line `[section]` or `[[entry]]`
        if written.startswith("[["):
            assert isinstance(value, list)
            continue
        assert tomllib.loads(f"key = {written}")["key"] == value
        seen += 1
    for route, span in document.keys.items():
        name = lines[span.start.line - 1][span.start.column - 1 : span.end.column - 1]
        assert tomllib.loads(f"{name} = 1") == {str(route[-1]): 1}
    return seen


def test_every_value_is_where_its_place_says() -> None:
    assert held(TEXTS) > 20
    document = load_toml(TEXTS, "a.toml")
    assert (
        document.span(("specs", 1, "tags", "owner")).start.line == TEXTS.split('"two"', maxsplit=1)[0].count("\n") + 1
    )
    assert document.cut(document.span(("specs", 1, "more", 1, "x"))) == "2"
    assert document.span(("specs", 0)).start.line == TEXTS.split("[[specs]]", maxsplit=1)[0].count("\n") + 1


SCALARS = st.one_of(
    st.booleans(), st.integers(-(2**62), 2**62), st.text(st.characters(codec="ascii", exclude_categories=["Cc"]))
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab.# '", max_size=3), inner, max_size=3),
)


def written(value: Any, gap: str) -> str:
    """A value as TOML."""
    if isinstance(value, dict):
        return "{" + f"{gap}, ".join(f"{json.dumps(key)} = {written(item, '')}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return f"[{gap}" + f",{gap}".join(written(item, gap) for item in value) + f"{gap}]"
    return json.dumps(value)


@given(st.dictionaries(st.text("xyz .", max_size=4), VALUES, max_size=4), st.sampled_from(["", " ", "\n", " # ]\n"]))
def test_places_of_any_text(value: dict[str, Any], gap: str) -> None:
    inline = gap if "\n" not in gap else ""
    text = "".join(
        f"{json.dumps(key)} = {written(item, gap if isinstance(item, list) else inline)}\n"
        for key, item in value.items()
    )
    if any(isinstance(item, dict) for _, item in routes(value)) and "\n" in gap:
        text = "".join(f"{json.dumps(key)} = {written(item, inline)}\n" for key, item in value.items())
    held(text)


@pytest.mark.parametrize(
    ("text", "line", "message", "remedy"),
    [
        ("requires = 0.2.0\n", 1, "newline", "in quotes"),
        ("output = templates\n", 1, "invalid value", "in quotes"),
        ("output: templates\n", 1, "'='", 'key = "value"'),
        ('output = "a"\noutput = "b"\n', 2, "overwrite", "remove one of the two"),
        ('output = "a\n', 1, "illegal character", "same quote"),
        ('[[specs]\npath = "a"\n', 1, "']]'", "key"),
        ('x = ["a"\n', 1, "unclosed array", "`]`"),
        ('output = "a\\dir"\n', 1, "unescaped", "slash"),
        ('specs = ["a"]\n[[specs]]\n', 2, "immutable", "same way"),
        (f"x = {'[' * 100_000}\n", 1, "nested too deep", "key"),
        (f"x = {'1' * 5000}\n", 1, "limit", "key"),
    ],
)
def test_what_is_not_toml(text: str, line: int, message: str, remedy: str) -> None:
    with pytest.raises(RejectedError) as refused:
        load_toml(text, "a.toml")
    (found,) = refused.value.diagnostics
    assert found.rule.code == "DR141"
    assert (found.span.start.line, message in found.message.lower()) == (line, True), found
    assert remedy in (found.help or found.rule.fix)


@pytest.mark.parametrize(
    ("text", "code"), [('a = "\u202e"\n', "DR115"), ("a = 1\x00\n", "DR102"), ("a = 1\rb = 2", "DR102")]
)
def test_characters_that_hide_or_control(text: str, code: str) -> None:
    with pytest.raises(RejectedError) as refused:
        load_toml(text, "a.toml")
    assert {found.rule.code for found in refused.value.diagnostics} == {code}
