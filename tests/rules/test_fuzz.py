"""Whatever a partial writes into a resource, the rules say something or nothing, and never fail."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.helpers import SHIPPED, compiled
from tests.rules.changes import Bodies, judged
from tests.tiers import examples

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 10**9),
    st.text(max_size=12),
    st.sampled_from(["arn:aws:s3:::", "<primary.us-east-1/Key>", "<nowhere.us-east-1/Key>", "{", "alias/x", "*"]),
    st.lists(st.one_of(st.text(max_size=4), st.integers(), st.none()), max_size=2),
    st.dictionaries(st.sampled_from(["Ref", "Fn::GetAtt", "Fn::Sub", "Statement", "Rules", "a"]), st.text(max_size=4),
                    max_size=2),
)  # fmt: skip


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key, item in value.items():
            found += _paths(item, (*path, key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            found += _paths(item, (*path, position))
    return found


@st.composite
def places(draw: st.DrawFn) -> list[tuple[str, str, tuple[Any, ...]]]:
    """Places in the properties of the shipped topology: stack kind, logical id, path. Drawn late, since it compiles."""
    every = [
        (str(template.stack.kind), name, path)
        for template in compiled(SHIPPED).templates
        for name, body in template.body["Resources"].items()
        for path in _paths(body["Properties"])
        if "Tags" not in path
    ]
    return draw(st.lists(st.sampled_from(every), min_size=1, max_size=12))


@st.composite
def types(draw: st.DrawFn) -> str:
    bodies = [body for template in compiled(SHIPPED).templates for body in template.body["Resources"].values()]
    names: list[str] = sorted({body["Type"] for body in bodies})
    return draw(st.sampled_from(names))


@given(places=places(), junk=st.lists(JUNK, min_size=12, max_size=12))
@examples(12)
def test_junk_in_properties(places: list[tuple[str, str, tuple[Any, ...]]], junk: list[Any]) -> None:
    def spoil(bodies: Bodies) -> None:
        for (kind, name, path), value in zip(places, junk, strict=False):
            target = bodies[kind]["Resources"][name]["Properties"]
            for step in path[:-1]:
                if not isinstance(target, dict | list):
                    break
                try:
                    target = target[step]
                except (LookupError, TypeError):
                    break
            else:
                if isinstance(target, dict) or (isinstance(target, list) and len(target) > path[-1]):
                    target[path[-1]] = copy.deepcopy(value)

    for item in judged(spoil):
        assert item.message
        assert item.labels


@given(kind=types(), junk=JUNK)
@examples(12)
def test_a_resource_with_nothing_in_it(kind: str, junk: Any) -> None:
    def added(bodies: Bodies) -> None:
        properties = junk if isinstance(junk, dict) else {"Name": junk, "Policies": junk, "Replicas": junk}
        bodies["secondary"]["Resources"]["Added"] = {"Type": kind, "Properties": properties}
        bodies["secondary"]["Resources"]["Bare"] = {"Type": kind}

    assert judged(added)
