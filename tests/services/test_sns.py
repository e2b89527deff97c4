"""SNS: a topic in every stack, under the key, that alarms may publish to."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.helpers import SHIPPED, Topology, each_odd_spec, odd, shipped, statements
from tests.services.placement import placed
from tests.services.test_dynamodb import alarms
from tests.waves_oracle import deploy
from tests.world import ACCOUNT

TYPES = ("SNS::Topic", "SNS::TopicPolicy", "SNS::Subscription")
TOPIC = {"AlertTopic", "AlertTopicPolicy"}


@pytest.mark.parametrize(
    ("topology", "expected"),
    [
        (shipped, dict.fromkeys(("global", "primary", "secondary"), TOPIC)),
        (lambda: odd("three-regions"), dict.fromkeys(("global", "primary", "secondary", "replica"), TOPIC)),
        (
            lambda: odd("europe"),
            dict.fromkeys(("global", "primary", "secondary"), TOPIC | {"AlertSubscription"}),
        ),
    ],
    ids=["two regions", "three regions", "with an address"],
)
def test_placement(topology: Callable[[], Topology], expected: dict[str, set[str]]) -> None:
    assert placed(topology, TYPES) == expected


@pytest.mark.parametrize("name", each_odd_spec())
def test_topics_are_under_a_key_that_alarms_may_use(name: str) -> None:
    """A topic under AWS's own key cannot be published to by an alarm: it fires and nobody is told."""
    for stack in odd(name).stacks.values():
        assert stack.one("SNS::Topic").properties["KmsMasterKeyId"] == stack.one("KMS::Key").arn
        key = statements(stack.one("KMS::Key").properties["KeyPolicy"])
        assert {"Service": "cloudwatch.amazonaws.com"} in [item["Principal"] for item in key]


@pytest.mark.parametrize("name", each_odd_spec())
def test_a_policy_of_its_own_lets_the_alarms_in(name: str) -> None:
    """It replaces the default one."""
    for stack in odd(name).stacks.values():
        policy = stack.one("SNS::TopicPolicy").properties
        topic = stack.one("SNS::Topic").ref
        assert policy["Topics"] == [topic]
        by_sid = {item["Sid"]: item for item in statements(policy["PolicyDocument"])}
        alarm = by_sid["AlarmsPublish"]
        assert alarm["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
        assert (alarm["Effect"], alarm["Action"], alarm["Resource"]) == ("Allow", "sns:Publish", topic)
        assert alarm["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
        assert by_sid["OnlyEncryptedTransport"]["Effect"] == "Deny"


def test_names_tell_the_global_topic_from_that_of_the_same_region() -> None:
    topology = shipped()
    assert topology.global_.region == topology.primary.region
    names = {topology.global_.one("SNS::Topic").properties["TopicName"]}
    names |= {topology.primary.one("SNS::Topic").properties["TopicName"]}
    assert names == {"topic-alerts-global-prod-a1", "topic-alerts-prod-a1"}


def test_an_address_can_be_given_at_deployment() -> None:
    topology = shipped()
    final = deploy(topology.manifest, topology.templates, {"alertEmail": "oncall@example.com"})[-1]
    for stack in final.values():
        subscription = stack.one("SNS::Subscription").properties
        assert subscription["Protocol"] == "email"
        assert subscription["Endpoint"] == "oncall@example.com"
        assert subscription["TopicArn"] == stack.one("SNS::Topic").ref
    assert "email: null" in SHIPPED.read_text(encoding="utf-8")


def test_alerts_that_nobody_gets_are_noticed() -> None:
    for stack in shipped().stacks.values():
        (p,) = alarms(stack, "NumberOfNotificationsFailed")
        topic = f"<{stack.name}/AlertTopic.TopicName>"
        assert p["Dimensions"] == [{"Name": "TopicName", "Value": topic}]
