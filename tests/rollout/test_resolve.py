"""Intrinsic functions come to the values that AWS would give, or to marks that say whose they are."""

from __future__ import annotations

import json
from collections import OrderedDict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.aws.intrinsics import STACK_OUTPUT
from compiler.aws.types.registry import RECORDS
from compiler.aws.values import (
    UNKNOWN,
    ResourceId,
    arn,
    dig,
    listed,
    marked,
    members,
    number,
    placeholder,
    region_of,
    text,
)
from tests.rollout.plans import EAST, resolver, resource
from tests.tiers import examples

RESOURCES = {
    "Bucket": resource("S3::Bucket", BucketName={"Fn::Sub": "docs-${name}-${AWS::AccountId}"}),
    "Nameless": resource("S3::Bucket"),
    "Key": resource("KMS::Key"),
    "Alias": resource("KMS::Alias", AliasName="alias/a", TargetKeyId={"Ref": "Key"}),
    "Role": resource("IAM::Role", RoleName="r", Path="/team/"),
    "Table": resource("DynamoDB::GlobalTable", TableName="t"),
    "Group": resource("Logs::LogGroup", LogGroupName="g"),
    "Topic": resource("SNS::Topic", TopicName="t"),
    "Vpc": resource("EC2::VPC"),
    "Odd": resource("Some::Thing"),
}
ACCOUNT = "123456789012"

CASES: list[tuple[Any, Any]] = [
    ({"Ref": "name"}, "x"),
    ({"Ref": "AWS::Region"}, "us-east-1"),
    ({"Ref": "AWS::Partition"}, "aws"),
    ({"Ref": "Bucket"}, f"docs-x-{ACCOUNT}"),
    ({"Fn::GetAtt": ["Bucket", "Arn"]}, f"arn:aws:s3:::docs-x-{ACCOUNT}"),
    ({"Fn::GetAtt": "Bucket.Arn"}, f"arn:aws:s3:::docs-x-{ACCOUNT}"),
    ({"Ref": "Nameless"}, "<primary.us-east-1/Nameless>"),
    ({"Fn::GetAtt": ["Key", "Arn"]}, f"arn:aws:kms:us-east-1:{ACCOUNT}:key/<primary.us-east-1/Key>"),
    ({"Ref": "Alias"}, "alias/a"),
    ({"Fn::GetAtt": ["Role", "Arn"]}, f"arn:aws:iam::{ACCOUNT}:role/team/r"),
    ({"Fn::GetAtt": ["Table", "StreamArn"]},
     f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/t/stream/<primary.us-east-1/Table>"),
    ({"Fn::GetAtt": ["Group", "Arn"]}, f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:g:*"),
    ({"Ref": "Topic"}, f"arn:aws:sns:us-east-1:{ACCOUNT}:t"),
    ({"Fn::GetAtt": ["Topic", "TopicName"]}, "t"),
    ({"Ref": "Vpc"}, "<primary.us-east-1/Vpc>"),
    ({"Fn::GetAtt": ["Odd", "Some.Thing"]}, "<primary.us-east-1/Odd.Some.Thing>"),
    ({"Fn::Sub": "a-${name}-${!literal}-${Bucket}-${Key.Arn}"},
     f"a-x-${{literal}}-docs-x-{ACCOUNT}-arn:aws:kms:us-east-1:{ACCOUNT}:key/<primary.us-east-1/Key>"),
    ({"Fn::Sub": ["${v}${n}", {"v": {"Ref": "name"}, "n": 7}]}, "x7"),
    ({"Fn::Join": ["-", ["a", {"Ref": "name"}, 3]]}, "a-x-3"),
    ({"Fn::Join": [",", {"Fn::GetAtt": ["Odd", "Names"]}]}, "<primary.us-east-1/Odd.Names>"),
    ({"Fn::If": ["Hasname", "yes", "no"]}, "yes"),
    ({"Fn::If": ["Absent", "yes", "no"]}, "no"),
    ({"Fn::If": ["Both", "yes", "no"]}, "yes"),
    ({"Fn::If": ["Either", "yes", "no"]}, "yes"),
    ({"Fn::If": ["Circle", "yes", "no"]}, "no"),
    ({"Fn::Select": [1, ["a", "b"]]}, "b"),
    ({"Fn::Select": ["0", {"Fn::Split": ["-", "p-q"]}]}, "p"),
    ({"Fn::Select": [9, ["a"]]}, UNKNOWN),
    ({"Fn::Select": [0, {"Fn::GetAZs": ""}]}, "us-east-1a"),
    ({"Fn::ImportValue": {"Fn::Sub": "there-${name}"}}, "imported"),
    ({"Fn::ImportValue": "nowhere"}, UNKNOWN),
    ({"Fn::FindInMap": ["Map", "a", "b"]}, 5),
    ({"Fn::ToJsonString": {"a": {"Ref": "name"}}}, '{"a": "x"}'),
    ({"Fn::Base64": "x"}, UNKNOWN),
    ({"Ref": "Nobody"}, UNKNOWN),
    ({"Ref": ["odd"]}, UNKNOWN),
    ({"Fn::If": "xy"}, UNKNOWN),
    ({"Fn::Sub": 7}, UNKNOWN),
    ({"a": {"Ref": "AWS::NoValue"}, "b": [1, {"Ref": "AWS::NoValue"}]}, {"b": [1]}),
    ({"Ref": "AWS::NoValue"}, None),
    ({"StringLike": {"Ref": 1}}, {"StringLike": UNKNOWN}),
    ([True, 1.5, None], [True, 1.5, None]),
]  # fmt: skip

SECTIONS = {
    "Conditions": {
        "Both": {"Fn::And": [{"Condition": "Hasname"}, {"Fn::Not": [{"Condition": "Absent"}]}]},
        "Either": {"Fn::Or": [{"Condition": "Absent"}, {"Condition": "Hasname"}]},
        "Circle": {"Fn::Not": [{"Fn::Not": [{"Condition": "Circle"}]}]},
    },
    "Mappings": {"Map": {"a": {"b": 5}}},
}


@pytest.mark.parametrize(("value", "plain"), CASES, ids=[json.dumps(case[0])[:60] for case in CASES])
def test_a_value(value: Any, plain: Any) -> None:
    made = resolver(RESOURCES, {"name": "x"}, {"there-x": "imported"}, **SECTIONS)
    assert made.resolved(value)[0] == plain


def test_a_template_as_the_sdk_gives_it_is_resolved_too() -> None:
    """Its objects keep an order by being of another class than `dict`."""
    made = resolver({}, {"name": "x"})
    value = OrderedDict(Names=[OrderedDict(Name=OrderedDict([("Fn::Sub", "a-${name}")]))])
    assert made.value(value) == {"Names": [{"Name": "a-x"}]}


def test_what_a_value_was_made_with() -> None:
    made = resolver(RESOURCES, {"name": "x"}, {"e": 1}, **SECTIONS)
    value = {"Fn::If": ["Hasname", {"Fn::Sub": "${Bucket}${name}"}, {"Ref": "Key"}]}
    assert made.resolved([value, {"Fn::ImportValue": "e"}])[1] == {
        ("condition", "Hasname"), ("resource", "Bucket"), ("parameter", "name"), ("import", "e"),
    }  # fmt: skip
    assert made.resolved({"Fn::GetStackOutput": {}})[1] == {STACK_OUTPUT}


def test_names_that_need_each_other_end() -> None:
    circle = {
        "A": resource("S3::Bucket", BucketName={"Ref": "B"}),
        "B": resource("S3::Bucket", BucketName={"Ref": "A"}),
    }
    assert resolver(circle).name("A").startswith("<primary.us-east-1/")


@pytest.mark.parametrize("kind", sorted(RECORDS))
def test_each_form_can_be_filled(kind: str) -> None:
    looks = RECORDS[kind]
    named = {looks.name.member: "n"} if looks.name else {}
    made = resolver({"X": {"Type": kind, "Properties": named}})
    forms = [looks.ref, *([looks.arn] if looks.arn else []), *looks.attributes.values()]
    for form in forms:
        filled = made.form("X", form)
        assert "{" not in filled
        assert "n" in filled if "{name}" in form else placeholder(EAST.name, "X") in filled or "{id}" not in form
    if looks.arn:
        assert arn(made.form("X", looks.arn)) is not None


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["Ref", "Fn::Sub", "Fn::If", "Fn::GetAtt", "Fn::Join", "Fn::Select", "a"]), inner,
                      max_size=2),
    max_leaves=12,
)  # fmt: skip


@given(value=JUNK)
@examples(150)
def test_nothing_makes_it_fail(value: Any) -> None:
    """Whatever a partial writes, a value comes out."""
    resolver(RESOURCES, {"name": "x"}, **SECTIONS).resolved(value)


def test_marks_and_arns_are_read() -> None:
    assert marked("x<global.us-east-1/Zone.Id>y") == ResourceId("global.us-east-1", "Zone")
    assert marked("<no mark>") is None
    assert marked(5) is None
    assert region_of("arn:aws:sns:eu-west-1:1:t") == "eu-west-1"
    assert region_of("arn:aws:s3:::b") is None
    assert region_of("arn:aws") is None
    assert arn(["arn:aws:s3:::b"]) is None


def test_values_of_any_form_are_read() -> None:
    assert listed(None) == []
    assert listed("a") == ["a"]
    assert members([1]) == {}
    assert text(None) == ""
    assert dig({"a": {"b": 1}}, "a", "b") == 1
    assert dig({"a": 1}, "a", "b") is None
    assert number("12") == 12
    assert number(True) is None
    assert number("x") is None
    assert number([1]) is None
