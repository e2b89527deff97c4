"""Create-only properties: which changes force a replacement, with nesting, lists, and properties that come or go."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from compiler.aws.schemas import Pointer, Schema, pointer, schema, select
from compiler.aws.types.update_rules import Update
from compiler.diff.impact import classify, replacements
from compiler.diff.paths import differences, same, written


def made(*created: str, sometimes: tuple[str, ...] = (), computed: tuple[str, ...] = ()) -> Schema:
    return Schema(
        "A::B::C",
        properties=(),
        created=tuple(map(pointer, created)),
        sometimes=tuple(map(pointer, sometimes)),
        computed=frozenset(map(pointer, computed)),
        identifier=(),
    )


def found(known: Schema, old: Any, new: Any) -> list[tuple[str, bool]]:
    return [("/".join(item.pointer), item.certain) for item in replacements(known, old, new)]


@pytest.mark.parametrize(
    ("written_", "steps"),
    [
        ("/properties/Name", ("Name",)),
        ("/properties/Config/Interval", ("Config", "Interval")),
        ("/properties/Rules/*/Id", ("Rules", "*", "Id")),
        ("/properties/A~1B/C~0D", ("A/B", "C~D")),
        ("/properties/~01", ("~1",)),
    ],
)
def test_pointers(written_: str, steps: Pointer) -> None:
    assert pointer(written_) == steps


@pytest.mark.parametrize(
    ("value", "place", "values"),
    [
        ({"A": 1}, ("A",), [1]),
        ({"A": 1}, ("B",), []),
        ({"A": {"B": None}}, ("A", "B"), [None]),
        ({"A": [{"B": 1}, {"B": 2}, {}]}, ("A", "*", "B"), [1, 2]),
        ({"A": {"y": {"B": 2}, "x": {"B": 1}}}, ("A", "*", "B"), [1, 2]),
        ({"A": [[{"B": 1}], [{"B": 2}]]}, ("A", "*", "*", "B"), [1, 2]),
        ({"A": [{"B": 1}, {"B": 2}]}, ("A", "B"), [1, 2]),
        ({"A": "text"}, ("A", "B"), []),
        ("text", ("A",), []),
        ({"A": 1}, (), [{"A": 1}]),
    ],
)
def test_select(value: Any, place: Pointer, values: list[Any]) -> None:
    assert list(select(value, place)) == values


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"Name": "a"}, {"Name": "b"}, [("Name", True)]),
        ({"Name": "a"}, {"Name": "a", "Other": 1}, []),
        ({}, {"Name": "a"}, [("Name", True)]),
        ({"Name": "a"}, {}, [("Name", True)]),
        ({"Name": 30}, {"Name": "30"}, []),
        ({"Name": True}, {"Name": "true"}, []),
        ({"Name": ["a", "b"]}, {"Name": ["b", "a"]}, [("Name", True)]),
        ({"Config": {"Interval": 10, "Path": "/"}}, {"Config": {"Interval": 10, "Path": "/x"}}, []),
        ({"Config": {"Interval": 10}}, {"Config": {"Interval": 30}}, [("Config/Interval", True)]),
        ({}, {"Config": {"Interval": 30}}, [("Config/Interval", True)]),
        ({"Config": {"Interval": 10}}, {"Config": {}}, [("Config/Interval", True)]),
        ({"Config": {"Interval": 10}}, {}, [("Config/Interval", True)]),
        ({}, {"Config": {"Path": "/"}}, []),
        ({"Rules": [{"Id": "a"}]}, {"Rules": [{"Id": "b"}]}, [("Rules/*/Id", True)]),
        ({"Rules": [{"Id": "a", "On": 1}]}, {"Rules": [{"Id": "a", "On": 2}]}, []),
        ({"Rules": [{"Id": "a"}]}, {"Rules": [{"Id": "a"}, {"Id": "b"}]}, [("Rules/*/Id", False)]),
        ({"Rules": [{"Id": "a"}]}, {"Rules": []}, [("Rules/*/Id", False)]),
        ({"Rules": [{"Id": "a"}]}, {"Rules": [{"Id": "a"}, {"On": 1}]}, []),
        ({"Map": {"k": {"Id": 1}}}, {"Map": {"k": {"Id": 2}}}, [("Map/*/Id", True)]),
    ],
)
def test_replacements(old: Any, new: Any, expected: list[tuple[str, bool]]) -> None:
    known = made("/properties/Name", "/properties/Config/Interval", "/properties/Rules/*/Id", "/properties/Map/*/Id")
    assert found(known, old, new) == expected


def test_under_conditions_only_aws_can_tell() -> None:
    known = made(sometimes=("/properties/Key",))
    assert found(known, {"Key": "a"}, {"Key": "b"}) == [("Key", False)]


def test_what_aws_computes_forces_nothing() -> None:
    known = made("/properties/Id", computed=("/properties/Id",))
    assert found(known, {"Id": "a"}, {"Id": "b"}) == []


def test_bundled_schemas() -> None:
    check = schema("AWS::Route53::HealthCheck", "us-east-1")
    assert check is not None
    assert ("HealthCheckConfig", "RequestInterval") in check.created
    assert ("HealthCheckId",) in check.computed
    table = schema("AWS::DynamoDB::GlobalTable", "eu-west-1")
    assert table is not None
    assert table.identifier == (("TableName",),)
    assert ("KeySchema",) in table.sometimes


def test_a_region_without_schemas_takes_the_others() -> None:
    assert schema("AWS::S3::Bucket", "no-such-1") == schema("AWS::S3::Bucket", "us-east-1")
    assert schema("Custom::Anything", "us-east-1") is None
    assert schema("AWS::No::Such", "us-east-1") is None


def test_nothing_imports_cfn_lint() -> None:
    code = (
        "import sys; from compiler.aws import schemas; from compiler.diff import compare, run\n"
        "assert schemas.schema('AWS::S3::Bucket', 'us-east-1')\n"
        "assert not [name for name in sys.modules if name.split('.')[0] == 'cfnlint']"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_property_that_forces_is_marked() -> None:
    old = {"HealthCheckConfig": {"RequestInterval": 10, "ResourcePath": "/a"}}
    new = {"HealthCheckConfig": {"RequestInterval": 30, "ResourcePath": "/b"}}
    verdict = classify(Update("global.us-east-1", "us-east-1", "C", "AWS::Route53::HealthCheck", "", old, new))
    assert {written(item.path): item.forces for item in verdict.properties} == {
        "HealthCheckConfig.RequestInterval": True,
        "HealthCheckConfig.ResourcePath": False,
    }


@pytest.mark.parametrize(
    ("old", "new", "paths"),
    [
        ({"A": 1}, {"A": 1}, []),
        ({"A": 1}, {"A": 2}, ["A"]),
        ({"A": 1}, {"A": "1"}, []),
        ({"A": False}, {"A": "false"}, []),
        ({"A": None}, {}, []),
        ({"A": {"B": 1, "C": 1}}, {"A": {"B": 1, "C": 2}}, ["A.C"]),
        ({"A": {"B": 1}}, {"A": [1]}, ["A"]),
        ({"A": [1, 2]}, {"A": [1, 3]}, ["A"]),
        ({"T": [{"Key": "a", "V": 1}, {"Key": "b", "V": 1}]}, {"T": [{"Key": "b", "V": 2}, {"Key": "a", "V": 1}]},
         ["T[b].V"]),
        ({"T": [{"Key": "a"}, {"Key": "b"}]}, {"T": [{"Key": "b"}, {"Key": "a"}]}, ["T.order"]),
        ({"T": [{"Key": "a"}]}, {"T": [{"Key": "a"}, {"Key": "b"}]}, ["T[b]"]),
        ({"T": [{"Key": "a"}]}, {"T": []}, ["T[a]"]),
        ({"T": [{"x": 1}, {"x": 2}]}, {"T": [{"x": 1}, {"x": 3}, {"x": 4}]}, ["T[1].x", "T[2]"]),
        ({"T": [{"Region": "r", "Name": "n"}]}, {"T": [{"Region": "r", "Name": "m"}]}, ["T[r].Name"]),
        ({"T": [{"Key": "a"}, {"Key": "a"}]}, {"T": [{"Key": "a"}, {"Key": "b"}]}, ["T[1].Key"]),
    ],
)  # fmt: skip
def test_differences(old: Any, new: Any, paths: list[str]) -> None:
    assert [written(item.path) for item in differences(old, new)] == paths
    assert same(old, new) is not bool(paths)
