"""What an account has already and dr-deploy looks at before the first wave, in front of an account in memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from compiler.deploy import log_policies
from compiler.deploy.artifacts import Artifacts
from compiler.deploy.cloud import Resource
from compiler.deploy.session import Session
from compiler.findings.finding import Finding
from tests.deploy.account import ACCOUNT, Account, session_of
from tests.helpers import compiled

Json = Any
SMALL = Path(__file__).parent / "small.yaml"
EAST, WEST = "us-east-1", "us-west-2"
DELIVERY, DNS = "delivery.logs.amazonaws.com", "route53.amazonaws.com"
AWS_POLICY = "AWSLogDeliveryWrite20150319"


def found(account: Account, check: Callable[[Session, str], Iterator[Finding]]) -> list[Finding]:
    """What a check says of the region of the primary stack, with nothing deployed."""
    return list(check(session_of(compiled(SMALL), account), EAST))


def policy(name: str, groups: str, principal: str = DELIVERY) -> dict[str, str]:
    """A resource policy of CloudWatch Logs for some log groups."""
    arn = f"arn:aws:logs:{EAST}:{ACCOUNT}:log-group:{groups}:log-stream:*"
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    statement = {"Effect": "Allow", "Principal": {"Service": principal}, "Action": actions, "Resource": arn}
    return {"policyName": name, "policyDocument": json.dumps({"Statement": [statement]})}


def with_policies(*policies: dict[str, str]) -> Account:
    account = Account()
    account.says["logs:DescribeResourcePolicies"] = lambda region, _: {"resourcePolicies": list(policies)}
    return account


NINE = tuple(policy(f"dns-{number}", "/aws/route53/*", DNS) for number in range(9))


@pytest.mark.parametrize(
    ("policies", "problem"),
    [
        ((*NINE, policy("dns-9", "/aws/route53/*", DNS)), "CloudWatch Logs has 10 resource policies, the most"),
        ((policy(AWS_POLICY, "x" * 4850),), "has 5,075 of 5,120 characters"),
        ((policy(AWS_POLICY, "x" * 50_900),), "has 51,125 of 51,200 characters"),
    ],
    ids=["ten policies for others", "a policy near the old limit", "a policy near the limit of today"],
)
def test_no_room_for_a_log_group(policies: tuple[dict[str, str], ...], problem: str) -> None:
    told = found(with_policies(*policies), log_policies.check)
    assert {finding.rule.code for finding in told} == {"DR846"}
    assert all(problem in finding.message for finding in told), [finding.message for finding in told]
    groups = ("ApiLogs", "HealthApiLogs")
    assert [finding.message.rpartition("deliver logs to ")[2] for finding in told] == [f"`{name}`" for name in groups]


@pytest.mark.parametrize(
    "policies",
    [
        (),
        NINE,
        (*NINE, policy(AWS_POLICY, "other")),
        (*NINE, policy("own", "/aws/vendedlogs/*")),
        (policy(AWS_POLICY, "x" * 900),),
        (policy(AWS_POLICY, "x" * 20_000),),
    ],
    ids=["none", "nine for others", "ten with AWS's own", "ten, one covers it", "room", "room since the limit rose"],
)
def test_room_for_a_log_group(policies: tuple[dict[str, str], ...]) -> None:
    assert found(with_policies(*policies), log_policies.check) == []


def test_log_groups_that_exist_need_no_room() -> None:
    account = with_policies(*NINE, policy("dns-9", "/aws/route53/*", DNS))
    session = session_of(compiled(SMALL), account)
    primary = session.topology.primary
    session.resources[primary] = tuple(
        Resource(name, name, "AWS::Logs::LogGroup", "CREATE_COMPLETE") for name in ("ApiLogs", "HealthApiLogs")
    )
    assert list(log_policies.check(session, EAST)) == []
    assert not account.made("logs:DescribeResourcePolicies")


def test_policies_that_cannot_be_read_are_not_guessed() -> None:
    account = Account()
    account.refuse("logs:DescribeResourcePolicies", "AccessDeniedException", "not you")
    (told,) = found(account, log_policies.check)
    assert told.rule.code == "DR828"
    assert told.message == "not checked: resource policies of CloudWatch Logs in us-east-1: not you"


def made_and_settled(existing: dict[str, Json]) -> Account:
    """An account after the code bucket was prepared twice, with the encryption that the bucket had already."""
    account = Account()
    settings = dict(existing)

    def answer(region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        return settings

    def put(region: str, given: Mapping[str, Json]) -> dict[str, Json]:
        settings["ServerSideEncryptionConfiguration"] = given["ServerSideEncryptionConfiguration"]
        return {}

    account.says |= {"s3:GetBucketEncryption": answer, "s3:PutBucketEncryption": put}
    for _ in range(2):
        Artifacts(account, ACCOUNT, {}, {EAST: "bucket-code"}).bucket(EAST)
    return account


def test_the_code_bucket_needs_no_key_of_the_topology() -> None:
    """The key is not there yet, and later a template from the bucket must be readable to repair it."""
    ((_, asked),) = made_and_settled({}).made("s3:PutBucketEncryption")
    (rule,) = asked["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule == {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}


def test_an_encryption_that_somebody_chose_for_the_code_bucket_stays() -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "key-of-the-pipeline"}}
    account = made_and_settled({"ServerSideEncryptionConfiguration": {"Rules": [rule]}})
    assert account.made("s3:PutBucketEncryption") == []
