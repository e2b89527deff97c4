"""Reading YAML: what a spec says, and where it says it."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Position, RejectedError, Route, Span
from compiler.reading import scalars, textfile
from compiler.reading.document import Document, load_document

TEXT = """\
# a comment
name: shop   # behind a value
"quoted": 'it''s'
list:
- one
- {two: 2, three: [3, 4]}
- four: |
    text
    block
  five: >-
    folded
    text
nothing:
multi: plain text
  over two lines
wide: "日本" # two columns each on a terminal, one character each here
last: {a: {b: true}}
"""


@pytest.fixture(scope="module")
def document() -> Document:
    return load_document(TEXT, "spec.yaml")


def test_values(document: Document) -> None:
    assert document.value == {
        "name": "shop",
        "quoted": "it's",
        "list": ["one", {"two": 2, "three": [3, 4]}, {"four": "text\nblock\n", "five": "folded text"}],
        "nothing": None,
        "multi": "plain text over two lines",
        "wide": "日本",
        "last": {"a": {"b": True}},
    }


PLACES: list[tuple[Route, tuple[int, int, int, int], str]] = [
    (("name",), (2, 7, 2, 11), "shop"),
    (("quoted",), (3, 11, 3, 18), "'it''s'"),
    (("list",), (5, 1, 5, 6), "- one"),
    (("list", 0), (5, 3, 5, 6), "one"),
    (("list", 1), (6, 3, 6, 26), "{two: 2, three: [3, 4]}"),
    (("list", 1, "three", 1), (6, 23, 6, 24), "4"),
    (("list", 2), (7, 3, 7, 10), "four: |"),
    (("list", 2, "four"), (7, 9, 10, 1), ""),
    (("nothing",), (13, 1, 13, 8), "nothing"),
    (("multi",), (14, 8, 15, 17), ""),
    (("wide",), (16, 7, 16, 11), '"日本"'),
    (("last", "a", "b"), (17, 15, 17, 19), "true"),
    ((), (2, 1, 2, 11), "name: shop"),
]


@pytest.mark.parametrize(("route", "place", "written"), PLACES)
def test_where_values_stand(document: Document, route: Route, place: tuple[int, int, int, int], written: str) -> None:
    span = document.values[route]
    assert (span.start.line, span.start.column, span.end.line, span.end.column) == place
    if written:
        assert document.cut(span) == written


def test_where_keys_stand(document: Document) -> None:
    for route, span in document.keys.items():
        assert document.cut(span).strip("\"'") == route[-1]


def test_a_collection_of_lines_is_shown_by_its_first_without_the_comment() -> None:
    read = load_document("a:\n  - b: 1   # said of b\n    c: 2\n", "f")
    assert read.cut(read.values["a", 0]) == "b: 1"


def test_what_is_left_out_stands_at_what_holds_it(document: Document) -> None:
    assert document.span(("last", "z")) == document.keys[("last",)]
    assert document.span(("last", "z", 0, "y")) == document.keys[("last",)]
    assert document.cut(document.span(("list", 1, "four"))) == "{two: 2, three: [3, 4]}"
    assert document.span(("absent",)) == Span("spec.yaml", Position(2, 1), Position(2, 1))
    assert document.span(("name",), key=True) == document.keys[("name",)]
    assert document.cut(Span("spec.yaml", Position(99, 1), Position(99, 2))) == ""


PLAIN = [
    ("1", 1), ("-1", -1), ("+3", 3), ("0", 0), ("123456789012345678", 123456789012345678),
    ("0.5", 0.5), (".5", 0.5), ("-0.5", -0.5), ("1.", 1.0), ("1e3", 1000.0), ("1.5E-2", 0.015),
    ("true", True), ("False", False), ("TRUE", True), ("null", None), ("~", None), ("Null", None), ("", None),
    ("yes", "yes"), ("No", "No"), ("on", "on"), ("y", "y"), ("15:00", "15:00"), ("2026-01-31", "2026-01-31"),
    ("0x1f", "0x1f"), ("0o17", "0o17"), ("0b1", "0b1"), ("1_000", "1_000"), (".inf", ".inf"), (".nan", ".nan"),
    ("nUll", "nUll"), ("tRue", "tRue"), ("1e", "1e"), ("e3", "e3"), ("--1", "--1"), ("1.2.3", "1.2.3"),
    ("10.0.0.0/16", "10.0.0.0/16"), ("python3.13", "python3.13"), ("a:b", "a:b"), ("5m", "5m"), ("१२", "१२"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), PLAIN)
def test_plain_scalars_mean_what_yaml_1_2_says(text: str, value: object) -> None:
    """https://yaml.org/spec/1.2.2/#1032-tag-resolution, but for octal and hexadecimal numbers and infinities."""
    read = load_document(f"a: {text}\n", "f").value
    assert isinstance(read, dict)
    assert read["a"] == value
    assert type(read["a"]) is type(value)


@pytest.mark.parametrize("text", [text for text, value in PLAIN if text])
def test_quotes_make_a_text(text: str) -> None:
    assert load_document(f'a: "{text}"\n', "f").value == {"a": text}
    assert load_document(f"a: '{text}'\n", "f").value == {"a": text}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("yes", "a boolean"), ("Off", "a boolean"), ("ON", "a boolean"), ("n", None), ("Y", None),
        ("15:00", "a number of seconds"), ("1:02:03.5", "a number of seconds"), ("15:60", None), ("::1", None),
        ("2026-01-31", "a date"), ("2026-1-1T10:00:00Z", "a date"), ("2026-01-31 10:00", "a date"), ("2026-01", None),
        ("0x1F", "a number"), ("0b101", "a number"), ("0o17", "a number"), ("1_000", "a number"), ("-.inf", "a number"),
        (".nan", "a number"), ("=", "a default value"), ("yess", None),
        ("685_230.15e+03", "a number"), ("0.1_5", "a number"), (".5_0", "a number"), ("1_0e3", "a number"),
        ("<<", "a merge key"),
        ("1e3x", None), ("e_3", None), ("a_1", None), ("5m", None), ("10.0.0.0/16", None),
    ],
)  # fmt: skip
def test_what_other_readers_take_a_text_for(text: str, what: str | None) -> None:
    assert scalars.elsewhere(text) == what
    assert load_document(f"a: {text}\n", "f").doubtful == ({("a",): what} if what else {})
    assert load_document(f"a: '{text}'\n", "f").doubtful == {}


@pytest.mark.parametrize("text", ["01e3", "00e5", "-01E+3", "0123.5e1", "0755", "+08", "00.1_0"])
def test_a_number_that_begins_with_a_zero_is_not_guessed_at(text: str) -> None:
    """Some readers see an octal number, some a decimal one with an exponent, some a text such as a commit's id."""
    with pytest.raises(RejectedError) as caught:
        load_document(f"a: {text}\n", "f")
    (found,) = caught.value.diagnostics
    assert (found.rule, found.span.start.column) == (Code.DR111, 4)
    assert load_document(f"a: '{text}'\n", "f").value == {"a": text}


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"]), max_size=80))
def test_any_text_in_single_quotes_is_that_text(text: str) -> None:
    """Nothing between quotes is looked at: no number, tag, alias or function comes out of it."""
    if any(textfile.oddities(text)):
        return
    quoted = "'" + text.replace("'", "''") + "'"
    assert load_document(f"a: {quoted}\n", "f").value == {"a": text}


@given(st.text(max_size=200), st.integers(0, 200))
def test_position_of_an_offset(text: str, offset: int) -> None:
    offset = min(offset, len(text))
    at = textfile.position(text, offset)
    lines = text.split("\n")
    assert sum(len(line) + 1 for line in lines[: at.line - 1]) + at.column - 1 == offset


TREES = st.recursive(
    st.one_of(st.integers(-99, 99), st.booleans(), st.none(), st.sampled_from(["a", "yes", "0x1", "1", "", "a: b"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(["a", "b c", "d-e"]), inner, max_size=3)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["x", "y"]), TREES, min_size=1))
def test_every_value_is_where_it_is_said_to_be(tree: dict[str, object]) -> None:
    """Reading a value's own text once more gives the value: JSON stands on one line, and is YAML."""
    read = load_document(json.dumps(tree, ensure_ascii=False), "f")
    assert read.value == tree
    for route, span in read.values.items():
        value: object = tree
        for step in route:
            value = value[step]  # type: ignore[index]
        assert json.loads(read.cut(span)) == value


def test_time_grows_with_the_text_alone() -> None:
    """Ten times the text takes about ten times as long: reading, and saying what is wrong everywhere in it."""

    def seconds(entries: int) -> float:
        text = "tables:\n" + "  - {name: same, name: same}\n" * entries
        begun = time.process_time()
        with pytest.raises(RejectedError) as caught:
            load_document(text, "f")
        assert len(caught.value.diagnostics) == entries
        return time.process_time() - begun

    seconds(20)
    small, large = min(seconds(100) for _ in range(3)), seconds(1000)
    assert large < 40 * max(small, 0.01)
