"""What a central team has made, as dr-deploy looks at it before the first wave."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from compiler.aws.values import ResourceId
from compiler.deploy import account_settings, existing, existing_networks, existing_receivers
from compiler.deploy.cloud import CloudError, Resource
from compiler.deploy.session import Session
from compiler.findings.finding import Finding
from compiler.pipeline import compile_document, compile_spec
from compiler.reading.document import load_document
from compiler.services.existing_keys import key_policies
from compiler.services.existing_receivers import log_policies, topic_policies
from tests.deploy.account import ACCOUNT, Account, session_of

Json = Any
EAST, WEST = "us-east-1", "us-west-2"
SMALL = Path(__file__).parent / "small.yaml"
ARNS = {region: f"arn:aws:kms:{region}:{ACCOUNT}:key/mrk-0123456789abcdef0123456789abcdef" for region in (EAST, WEST)}
KEYS = f"encryption: {{existing: ['{ARNS[EAST]}', '{ARNS[WEST]}']}}\n"


def session(lines: str, account: Account) -> Session:
    """A run for the small topology with more lines in its spec."""
    document = load_document(SMALL.read_text(encoding="utf-8") + lines, "small.yaml")
    return session_of(compile_document(document, lint=False), account)


def told(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.rule.code, finding.message) for finding in findings]


def with_keys(policies: Mapping[str, Json], **state: str) -> Session:
    """A run in an account whose keys have these policies and, in their description, this state."""
    account = Account()
    account.says["kms:DescribeKey"] = lambda region, given: {"KeyMetadata": {"KeyState": "Enabled", **state}}
    account.says["kms:GetKeyPolicy"] = lambda region, given: {"Policy": json.dumps(policies[region])}
    return session(KEYS, account)


def enough() -> dict[str, Json]:
    """The policies that `--explain key-policy` prints."""
    return key_policies(session(KEYS, Account()).topology, ACCOUNT)


def test_the_printed_policy_is_enough_in_each_region() -> None:
    run = with_keys(enough())
    assert [*existing.keys(run, EAST), *existing.keys(run, WEST)] == []


@pytest.mark.parametrize("sid", ["AccountUsesKeyThroughServices", "AlarmsPublishToEncryptedTopics", "LogGroupsEncrypt"])
def test_a_policy_that_lacks_a_statement_says_which(sid: str) -> None:
    policies = copy.deepcopy(enough())
    statements = policies[WEST]["Statement"]
    policies[WEST]["Statement"] = [item for item in statements if item["Sid"] != sid]
    run = with_keys(policies)
    assert list(existing.keys(run, EAST)) == []
    (finding,) = existing.keys(run, WEST)
    assert (finding.rule.code, finding.at) == ("DR841", ("encryption", "existing", 1))
    assert f"what `{sid}` says: kms:" in finding.message


def test_a_policy_for_the_logs_of_another_region_is_not_enough() -> None:
    policies = {EAST: enough()[WEST], WEST: enough()[WEST]}
    messages = [finding.message for finding in existing.keys(with_keys(policies), EAST)]
    assert any("`LogGroupsEncrypt`" in message for message in messages)


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({"KeyState": "PendingDeletion"}, "is in the state PendingDeletion"),
        ({"KeyManager": "AWS"}, "is managed by AWS"),
        ({"KeySpec": "RSA_2048"}, "is a key of the kind RSA_2048"),
    ],
)
def test_a_key_that_cannot_be_used(state: dict[str, str], says: str) -> None:
    (finding,) = existing.keys(with_keys(enough(), **state), EAST)
    assert finding.rule.code == "DR840"
    assert says in finding.message


def test_a_key_that_is_not_there_and_one_that_may_not_be_read() -> None:
    account = Account()
    run = session(KEYS, account)
    account.refuse("kms:DescribeKey", "NotFoundException", region=EAST)
    account.refuse("kms:DescribeKey", "NotFoundException")
    assert told(list(existing.keys(run, EAST))) == [("DR840", "there is no such key in us-east-1")]
    account.refuse("kms:DescribeKey", "AccessDeniedException", "not you")
    assert told(list(existing.keys(run, EAST))) == [
        ("DR828", f"not checked: whether the key `{ARNS[EAST]}` can be used: not you")
    ]
    account.says["kms:DescribeKey"] = lambda region, given: {"KeyMetadata": {}}
    account.refuse("kms:GetKeyPolicy", "AccessDeniedException", "not you")
    assert told(list(existing.keys(run, EAST))) == [
        ("DR828", f"not checked: the policy of the key `{ARNS[EAST]}`: not you")
    ]


def test_the_boundary_is_looked_up_where_the_credentials_belong() -> None:
    account = Account()
    run = session("iam: {permissions_boundary: platform/limit}\n", account)
    arn = f"arn:aws:iam::{ACCOUNT}:policy/platform/limit"
    account.says["iam:GetPolicy"] = lambda region, given: {"Policy": {"Arn": given["PolicyArn"]}}
    assert list(existing.boundary(run)) == []
    assert account.made("iam:GetPolicy") == [(EAST, {"PolicyArn": arn})]
    account.refuse("iam:GetPolicy", "NoSuchEntity")
    assert told(list(existing.boundary(run))) == [("DR839", f"the account {ACCOUNT} has no policy `{arn}`")]
    account.refuse("iam:GetPolicy", "AccessDenied", "not you")
    assert told(list(existing.boundary(run))) == [
        ("DR828", "not checked: whether the policy `platform/limit` exists: not you")
    ]
    account.refuse("iam:GetPolicy", "Throttling")
    with pytest.raises(CloudError):
        list(existing.boundary(run))


def test_a_boundary_of_another_account() -> None:
    other = "arn:aws:iam::999999999999:policy/limit"
    run = session(f"iam: {{permissions_boundary: '{other}'}}\n", Account())
    assert told(list(existing.boundary(run))) == [("DR839", f"`{other}` is no policy of the account {ACCOUNT}")]


TEAM = "210987654321"
TOPICS = {region: f"arn:aws:sns:{region}:{ACCOUNT}:alerts" for region in (EAST, WEST)}
DESTINATIONS = {region: f"arn:aws:logs:{region}:{ACCOUNT}:destination:central" for region in (EAST, WEST)}
RECEIVERS = f"alerts: {{existing: {[*TOPICS.values()]}}}\nlogs: {{existing: {[*DESTINATIONS.values()]}}}\n"
BY_SNS = {
    "Statement": {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["SNS:Publish", "SNS:Subscribe"],
        "Resource": "*",
        "Condition": {"StringEquals": {"AWS:SourceOwner": ACCOUNT}},
    }
}
"""What SNS makes by itself, for a topic of the same account."""


def with_topic(policy: Json, key: str = "", key_policy: Json = None, lines: str = RECEIVERS) -> Session:
    """A run in an account whose topics have this policy and are under this key."""
    account = Account()
    attributes = {"Policy": json.dumps(policy), **({"KmsMasterKeyId": key} if key else {})}
    account.says["sns:GetTopicAttributes"] = lambda region, given: {"Attributes": attributes}
    account.says["kms:DescribeKey"] = lambda region, given: {"KeyMetadata": {"Arn": ARNS[region]}}
    account.says["kms:GetKeyPolicy"] = lambda region, given: {"Policy": json.dumps(key_policy)}
    return session(lines, account)


def printed_for_topics() -> Json:
    """What `--explain topic-policy` prints for one region."""
    return topic_policies(session(RECEIVERS, Account()).topology, ACCOUNT)[EAST]


def test_the_printed_policies_are_enough_for_a_topic_and_its_key() -> None:
    printed = printed_for_topics()
    run = with_topic(printed["topic"], "alias/team", printed["key"])
    assert list(existing_receivers.topics(run, EAST)) == []
    assert run.api.made("kms:GetKeyPolicy") == [(EAST, {"KeyId": ARNS[EAST], "PolicyName": "default"})]  # type: ignore[attr-defined]


def test_the_policy_that_sns_makes_is_enough_within_one_account_only() -> None:
    assert list(existing_receivers.topics(with_topic(BY_SNS), EAST)) == []
    elsewhere = copy.deepcopy(BY_SNS)
    elsewhere["Statement"]["Condition"] = {"StringEquals": {"AWS:SourceOwner": TEAM}}
    (finding,) = existing_receivers.topics(with_topic(elsewhere), WEST)
    assert (finding.rule.code, finding.at) == ("DR856", ("alerts", "existing", 1))
    assert "what `AlarmsPublish` says: sns:Publish" in finding.message


def test_a_policy_for_the_alarms_of_this_system_alone_is_enough() -> None:
    narrow = copy.deepcopy(printed_for_topics()["topic"])
    source = f"arn:aws:cloudwatch:{EAST}:{ACCOUNT}:alarm:alarm-*-prod-a1"
    narrow["Statement"][0]["Condition"]["ArnLike"] = {"aws:SourceArn": source}
    assert list(existing_receivers.topics(with_topic(narrow), EAST)) == []
    narrow["Statement"][0]["Condition"]["ArnLike"] = {"aws:SourceArn": source.replace(EAST, "eu-west-1")}
    assert told(list(existing_receivers.topics(with_topic(narrow), EAST)))[0][0] == "DR856"


@pytest.mark.parametrize(
    ("key", "policy", "code", "says"),
    [
        ("alias/aws/sns", None, "DR855", "under `alias/aws/sns`, which alarms cannot use"),
        (f"arn:aws:kms:{EAST}:{ACCOUNT}:alias/aws/sns", None, "DR855", "which alarms cannot use"),
        ("1234", {"Statement": []}, "DR856", "topic's key does not allow what `AlarmsPublishToEncryptedTopics` says"),
    ],
)
def test_a_topic_under_a_key_that_alarms_cannot_use(key: str, policy: Json, code: str, says: str) -> None:
    (finding,) = existing_receivers.topics(with_topic(BY_SNS, key, policy), EAST)
    assert (finding.rule.code, finding.at) == (code, ("alerts", "existing", 0))
    assert says in finding.message


def test_a_topic_that_is_not_there_and_one_that_may_not_be_read() -> None:
    run = with_topic(BY_SNS, "1234", {})
    account: Any = run.api
    account.refuse("kms:DescribeKey", "AccessDeniedException", "not you")
    assert told(list(existing_receivers.topics(run, EAST))) == [
        ("DR828", "not checked: the policy of the key `1234` of a topic in us-east-1: not you")
    ]
    account.refuse("sns:GetTopicAttributes", "NotFound")
    assert told(list(existing_receivers.topics(run, EAST))) == [("DR855", "there is no such topic in us-east-1")]
    account.refuse("sns:GetTopicAttributes", "AuthorizationError", "not you")
    assert told(list(existing_receivers.topics(run, EAST))) == [
        ("DR828", f"not checked: whether alarms can report to the topic `{TOPICS[EAST]}`: not you")
    ]
    account.refuse("sns:GetTopicAttributes", "Throttling")
    with pytest.raises(CloudError):
        list(existing_receivers.topics(run, EAST))


def with_destination(policy: Json, name: str = "central") -> Session:
    account = Account()
    found = {"destinationName": name, "accessPolicy": json.dumps(policy)}
    account.says["logs:DescribeDestinations"] = lambda region, given: {"destinations": [found]}
    return session(RECEIVERS, account)


def test_a_log_destination_and_its_policy() -> None:
    enough = log_policies(session(RECEIVERS, Account()).topology, ACCOUNT)[EAST]
    assert list(existing_receivers.destinations(with_destination(enough), EAST)) == []
    of_organisation = {
        "Statement": {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "logs:PutSubscriptionFilter",
            "Resource": DESTINATIONS[EAST],
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
        }
    }
    assert list(existing_receivers.destinations(with_destination(of_organisation), EAST)) == []
    others = json.loads(json.dumps(enough).replace(ACCOUNT, TEAM))
    (finding,) = existing_receivers.destinations(with_destination(others), WEST)
    assert (finding.rule.code, finding.at) == ("DR856", ("logs", "existing", 1))
    assert "what `AccountSubscribes` says: logs:PutSubscriptionFilter" in finding.message


def test_a_log_destination_that_is_not_there_or_that_only_others_can_read() -> None:
    run = with_destination({}, "central-too")
    assert told(list(existing_receivers.destinations(run, EAST))) == [
        ("DR855", "there is no such log destination in us-east-1")
    ]
    account = Account()
    foreign = session(RECEIVERS.replace(f"{ACCOUNT}:destination", f"{TEAM}:destination"), account)
    ((code, message),) = told(list(existing_receivers.destinations(foreign, EAST)))
    assert (code, account.made("logs:DescribeDestinations")) == ("DR828", [])
    assert message.endswith(f"only the account {TEAM} can read it")
    account.refuse("logs:DescribeDestinations", "AccessDeniedException", "not you")
    assert told(list(existing_receivers.destinations(session(RECEIVERS, account), EAST)))[0][0] == "DR828"


CENTRAL = SMALL.parents[2] / "examples" / "central-account" / "specs" / "central-account.yaml"
VPC = "vpc-0a1b2c3d4e5f60001"
SUBNETS = {"subnet-0a1b2c3d4e5f60011": "use1-az1", "subnet-0a1b2c3d4e5f60012": "use1-az2"}


def networked(subnets: list[dict[str, Json]], services: tuple[str, ...]) -> Session:
    """A run of the example in front of a network with these subnets and endpoints."""
    account = Account()
    endpoints = [{"ServiceName": f"com.amazonaws.{EAST}.{name}", "State": "available"} for name in services]
    account.says["ec2:DescribeSubnets"] = lambda region, given: {"Subnets": subnets}
    account.says["ec2:DescribeVpcEndpoints"] = lambda region, given: {"VpcEndpoints": endpoints}
    return session_of(compile_spec(CENTRAL, "central-account.yaml", lint=False), account)


def subnet(id_: str, **other: Json) -> dict[str, Json]:
    return {
        "SubnetId": id_, "VpcId": VPC, "AvailabilityZoneId": SUBNETS[id_], "AvailableIpAddressCount": 4000, **other,
    }  # fmt: skip


ALL = ("s3", "dynamodb", "sts")


def test_a_network_that_is_as_the_spec_says() -> None:
    assert list(existing_networks.check(networked([subnet(id_) for id_ in SUBNETS], ALL), EAST)) == []


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"VpcId": "vpc-00000000"}, f"is in `vpc-00000000`, not in `{VPC}`"),
        ({"AvailabilityZoneId": "use1-az4"}, "is in the zone `use1-az4`, not in `use1-az1`"),
        ({"AvailableIpAddressCount": 1}, "has 1 free addresses; the functions need "),
    ],
)
def test_a_subnet_that_is_another_than_the_spec_says(other: dict[str, Json], says: str) -> None:
    first, second = SUBNETS
    (finding,) = existing_networks.check(networked([subnet(first, **other), subnet(second)], ALL), EAST)
    assert (finding.rule.code, finding.at) == ("DR849", ("network", "existing", 0, "subnets", 0, "id"))
    assert says in finding.message


def test_a_subnet_that_does_not_exist_and_an_endpoint_that_does_not() -> None:
    first, _ = SUBNETS
    found = told(list(existing_networks.check(networked([subnet(first)], ("s3", "sts")), EAST)))
    assert found == [
        ("DR849", "`subnet-0a1b2c3d4e5f60012` does not exist in the region"),
        ("DR850", f"`{VPC}` has no endpoint of `dynamodb`"),
    ]


def test_a_network_that_may_not_be_read() -> None:
    run = networked([], ())
    assert isinstance(run.api, Account)
    run.api.refuse("ec2:DescribeSubnets", "UnauthorizedOperation", "not you")
    assert told(list(existing_networks.check(run, EAST))) == [
        ("DR828", f"not checked: the network `{VPC}` in us-east-1: not you")
    ]


REST = CENTRAL.parents[2] / "rest-sigv4a" / "specs" / "rest-sigv4a.yaml"


def with_rest(role: str | None) -> tuple[Session, Account]:
    account = Account()
    account.says["apigateway:GetAccount"] = lambda region, given: {"cloudwatchRoleArn": role} if role else {}
    return session_of(compile_spec(REST, "rest-sigv4a.yaml", lint=False), account), account


def test_a_rest_api_needs_a_role_for_its_log_that_the_account_has_set() -> None:
    run, _ = with_rest(f"arn:aws:iam::{ACCOUNT}:role/api-gateway-logs")
    assert list(account_settings.rest_logs(run, EAST)) == []
    run, account = with_rest(None)
    (finding,) = account_settings.rest_logs(run, WEST)
    assert (finding.rule.code, finding.message) == ("DR858", "API Gateway has no role for logs in us-west-2")
    assert finding.at == ResourceId("secondary.us-west-2", "RestStage")
    assert "aws apigateway update-account --region us-west-2" in str(finding.help)
    assert {name for name, _, _ in account.calls} == {"apigateway:GetAccount"}, "nothing is changed"
    account.refuse("apigateway:GetAccount", "AccessDeniedException", "not you")
    assert told(list(account_settings.rest_logs(run, EAST))) == [
        ("DR828", "not checked: whether API Gateway has a role for logs in us-east-1: not you")
    ]


@pytest.mark.parametrize(
    ("regional", "exists", "found"),
    [(599, False, False), (600, False, True), (600, True, False)],
    ids=["room for one", "no room", "it is there already"],
)
def test_an_account_has_room_for_so_many_rest_apis(regional: int, exists: bool, found: bool) -> None:
    """Counted over all pages; APIs for the edge or a VPC have a number of their own."""
    run, account = with_rest("role")
    kinds = [*["REGIONAL"] * regional, *["EDGE"] * 50]
    items = [{"endpointConfiguration": {"types": [kind]}} for kind in kinds]
    pages: dict[str, dict[str, Any]] = {"": {"items": items[:500], "position": "500"}, "500": {"items": items[500:]}}
    account.says["apigateway:GetRestApis"] = lambda region, given: pages[given.get("position", "")]
    if exists:
        there = Resource("RestApi", "a1b2c3", "AWS::ApiGateway::RestApi", "CREATE_COMPLETE")
        run.resources[run.topology.primary] = (there,)
    findings = list(account_settings.rest_apis(run, EAST))
    assert [(finding.rule.code, finding.at) for finding in findings] == (
        [("DR862", ResourceId("primary.us-east-1", "RestApi"))] if found else []
    )
    assert bool(account.calls) != exists, "nothing is asked where nothing is made"


def test_an_http_api_needs_no_role_for_its_log() -> None:
    account = Account()
    assert list(account_settings.rest_logs(session("", account), EAST)) == []
    assert account.calls == []
