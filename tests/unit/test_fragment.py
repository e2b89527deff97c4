"""Reading what a partial rendered: resources with the line of each, and faults at theirs."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.diagnostics.model import RejectedError
from compiler.rendering.fragment import Fragment, Place, read_fragment


def marked(text: str) -> Fragment:
    """The fragment of a text whose every line is marked with its number."""
    offsets = [0, *(n + 1 for n, character in enumerate(text) if character == "\n")]
    return read_fragment(text, [(offset, "p", line) for line, offset in enumerate(offsets, 1)])


def fault(text: str) -> tuple[str, str, list[int]]:
    with pytest.raises(RejectedError) as caught:
        marked(text)
    (found,) = caught.value.diagnostics
    return found.rule.code, found.message, [label.at.start.line for label in found.labels]


def test_resources_and_their_lines() -> None:
    fragment = marked(
        '\n{\n  "Resources": {\n    "A": {"Type": "T", "n": [1, 2.5, null, true]},\n\n    "B"\n: {}\n  }\n}\n'
    )
    assert fragment.resources == {"A": {"Type": "T", "n": [1, 2.5, None, True]}, "B": {}}
    assert fragment.places == {("Resources", "A"): Place("p", 4), ("Resources", "B"): Place("p", 6)}
    assert list(fragment.resources) == ["A", "B"]


def test_a_fragment_without_resources() -> None:
    assert marked("{}").resources == {}
    assert marked('{"Outputs": {"X": 1}}').sections == {"Outputs": {"X": 1}}


FAULTS = [
    ("", "DR501", "expected an object, found the end", [1]),
    ("\n\n[]", "DR501", "expected an object, found `[`", [3]),
    ('{"a": []}', "DR501", "expected the object `a`, found `[`", [1]),
    ('{"a": {}\n"b": {}}', "DR501", 'expected a comma or the end of the object, found `"`', [1]),
    ('{"a" {}}', "DR501", "expected a colon, found `{`", [1]),
    ('{"a": {},\n}', "DR501", "expected a member after the comma, found `}`", [1]),
    ("{a: {}}", "DR501", "expected a key in quotes, found `a`", [1]),
    ('{"a": {"b": 1}}\n}', "DR501", "there is text after the end of the object", [2]),
    ('{"a": {\n"b": {"c": 1\n"d": 2}}}', "DR501", "a comma is missing", [2]),
    ('{"a": {\n"b": {"c" 1}}}', "DR501", "a colon is missing", [2]),
    ('{"a": {\n"b": {c: 1}}}', "DR501", "a key in double quotes is missing, or there is an extra comma", [2]),
    ('{"a": {\n"b": {"c": "x\n}}}', "DR501", "a string is not closed on the same line", [2]),
    ('{"a": {\n"b": "x', "DR501", "a string is not closed on the same line", [2]),
    ('{"a": {\n"b": "\\x"}}', "DR501", "a backslash does not begin a valid JSON escape", [2]),
    ('{"a": {\n"b":\n ,}}', "DR501", "a value is missing here, or is not JSON", [3]),
    ('{"a": {\n"b": {"c":\n NaN}}}', "DR501", "`NaN` is not a valid JSON number", [3]),
    ('{"a": {\n"b": {"NaN": "NaN",\n"d": -Infinity}}}', "DR501", "`-Infinity` is not a valid JSON number", [3]),
    ('{"a": {"b": [1,\n-1e999]}}', "DR501", "the number `-1e999` is too large", [2]),
    ('{"a": {"b": [1,\n' + "9" * 5000 + "]}}", "DR501", f"the number `{'9' * 20}` is too large", [2]),
    ('{"a": {"b":\n' + "[" * 100_000, "DR501", "the value is nested too deeply", [2]),
    ('{"a": {},\n"a": {}}', "DR502", "the section `a` occurs twice", [2]),
    ('{"a": {"b": 1,\n"b": 2}}', "DR502", "`b` is defined twice", [2, 1]),
    ('{"a": {"b": 1,\n"\\u0062": 2}}', "DR502", "`b` is defined twice", [2, 1]),
    ('{"a": {"b": {"c": 1,\n"d": {"c": 1},\n"c": 2}}}', "DR502", "the key `c` occurs twice in one object", [3, 1]),
    ('{"a": {"b": [{"c": "c"},\n{"c": 1,\n"c" : 2}]}}', "DR502", "the key `c` occurs twice in one object", [3, 2]),
    ('{"a": {"b": {"\\"c": {},\n"\\"c": 2}}}', "DR502", 'the key `"c` occurs twice in one object', [2, 1]),
]


@pytest.mark.parametrize(("text", "code", "message", "lines"), FAULTS)
def test_faults_are_said_where_they_are(text: str, code: str, message: str, lines: list[int]) -> None:
    assert fault(text) == (code, message, lines)


def test_marks_of_nothing() -> None:
    """A block that is left out leaves its mark at the place of the next text: the last mark there counts."""
    fragment = read_fragment('{"Resources": {"A": 1}}', [(0, "a", 1), (0, "a", 2), (15, "b", 7), (15, "b", 9)])
    assert fragment.places["Resources", "A"] == Place("b", 9)
    assert read_fragment('{"Resources": {"A": 1}}', []).places["Resources", "A"] == Place("", 1)


VALUES = st.recursive(
    st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.none(), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=6), st.dictionaries(st.text(max_size=6), VALUES, max_size=3), max_size=3))
def test_every_json_object_of_objects_is_read(tree: dict[str, dict[str, object]]) -> None:
    for indent in (None, 1):
        assert marked(json.dumps(tree, indent=indent)).sections == tree


@given(st.text(max_size=40) | st.text('{}[]",:\\ \n1eEN.-ab', max_size=40).map(lambda text: '{"a": {"b": ' + text))
def test_whatever_the_text_it_is_read_or_refused_inside(text: str) -> None:
    try:
        marked(text)
    except RejectedError as error:
        lines = [label.at.start.line for found in error.diagnostics for label in found.labels]
    else:
        lines = []
    assert all(1 <= line <= text.count("\n") + 1 for line in lines)
