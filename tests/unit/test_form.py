"""Forms: what a partial lays out is read once, and values that do not fit its holes are refused."""

from __future__ import annotations

from typing import Any

import pytest

from compiler.linking.lowering import ALWAYS
from compiler.rendering.form import Form, UnfitError, form_of, hole
from compiler.rendering.fragment import Place, read_fragment

LINES = [(0, "p", 1), (40, "p", 7)]


def form(text: str, count: int) -> Form:
    """The form of a text in which `@0` is the first hole."""
    for number in range(count):
        text = text.replace(f"@{number}", hole(number))
    return form_of(read_fragment(text, LINES), count)


def bodies(made: Form, *values: Any) -> dict[str, Any]:
    return dict(made.filled(values).resources)


def test_each_view_fills_the_holes_with_its_own_values() -> None:
    made = form('{"Resources": {@0: {"Type": "T", "Properties": {"Name": @1, "List": [1, @2]}}}}', 3)
    first, second = bodies(made, "A", "a", {"Ref": "X"}), bodies(made, "B", "b", None)
    assert first == {"A": {"Type": "T", "Properties": {"Name": "a", "List": [1, {"Ref": "X"}]}}}
    assert second == {"B": {"Type": "T", "Properties": {"Name": "b", "List": [1, None]}}}


def test_a_resource_has_its_line_whatever_its_id_is() -> None:
    made = form('{"Resources": {@0: {"Type": "T"},          @1: {"Type": "U"}}}', 2)
    places = made.filled(["A", "B"]).places
    assert places == {("Resources", "A"): Place("p", 1), ("Resources", "B"): Place("p", 7)}


def test_a_gate_that_is_always_open_goes_away_however_deep() -> None:
    made = form('{"Resources": {"A": {"Fn::If": [@0, [{"Fn::If": [@1, @2, 3]}], 4]}}}', 3)
    assert bodies(made, ALWAYS, ALWAYS, [1]) == {"A": [[1]]}
    assert bodies(made, "HasX", ALWAYS, 1) == {"A": {"Fn::If": ["HasX", [1], 4]}}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        pytest.param('{"Resources": {@0: 1, @1: 2}}', ("A", "A"), id="an id twice"),
        pytest.param('{"Resources": {"A": {@0: 1, "x": @1}}}', ("x", 2), id="a key twice"),
        pytest.param('{"Resources": {@0: @1}}', (3, 4), id="a number as a key"),
        pytest.param('{"Resources": {@0: @1}}', ([], 4), id="a list as a key"),
    ],
)
def test_values_that_do_not_fit_are_refused(text: str, values: tuple[Any, ...]) -> None:
    with pytest.raises(UnfitError):
        form(text, 2).filled(values)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"Resources": {"A": @0}}', id="a value without a hole"),
        pytest.param('{"Resources": {"A": @0, "B": "\\ue0020"}}', id="a hole that the partial has written"),
        pytest.param('{@0: {"A": @1}}', id="a section that is a value"),
    ],
)
def test_a_text_whose_holes_are_not_its_values_is_no_form(text: str) -> None:
    with pytest.raises(UnfitError):
        form(text, 2)
