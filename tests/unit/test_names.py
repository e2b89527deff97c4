"""Physical names, and how long they may become."""

from __future__ import annotations

import pytest

from compiler.ir.elements import ACCOUNT, PARTITION, Gate, If, Ref, StackId, StackKind, Text, join
from compiler.ir.names import ENVIRONMENT, ENVIRONMENT_MAX, SUFFIX, SUFFIX_MAX, arn, bucket, longest, physical

STACK = StackId(StackKind.PRIMARY, "us-east-1")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (physical("topic"), "topic-E-S"),
        (physical("table", "orders"), "table-orders-E-S"),
        (physical("role", "fn-x", region="eu-west-1"), "role-fn-x-E-S-eu-west-1"),
        (bucket("bucket", "docs", "eu-west-1"), "bucket-docs-E-S-A-eu-west-1"),
        (bucket("bucket", None, "eu-west-1"), "bucket-E-S-A-eu-west-1"),
        (arn("dynamodb", "eu-west-1", "table/x"), "arn:P:dynamodb:eu-west-1:A:table/x"),
        (arn("lambda", "r", join("function:", physical("function", "f"))), "arn:P:lambda:r:A:function:function-f-E-S"),
    ],
)
def test_names_are_put_together_from_parameters(name: Text, expected: str) -> None:
    letters = {ENVIRONMENT.name: "E", SUFFIX.name: "S", ACCOUNT.name: "A", PARTITION.name: "P"}
    written = "".join(part if isinstance(part, str) else letters[getattr(part, "name", "")] for part in name.parts)
    assert written == expected


def test_the_longest_name_has_the_longest_environment_and_suffix() -> None:
    assert len(longest(physical("a"))) == len("a--") + ENVIRONMENT_MAX + SUFFIX_MAX
    assert len(longest(bucket("b", "x", "us-east-1"))) == len("b-x--") + ENVIRONMENT_MAX + SUFFIX_MAX + 1 + 12 + 10


def test_what_only_aws_knows_counts_as_told() -> None:
    ref = Ref(STACK, "Vpc")
    assert longest(join("id/", ref)) == "id/"
    assert longest(join("id/", ref), unknown="?" * 21) == "id/" + "?" * 21
    chosen = If(Gate((ref,)), join("a", ref), "nothing at all")
    assert longest(chosen, unknown="?") == "nothing at all"
    assert longest(chosen, unknown="?" * 40) == "a" + "?" * 40
    assert longest("plain") == "plain"
