"""SNS: a topic in every stack, under the key, that alarms may publish to."""

from __future__ import annotations

import pytest

from tests.helpers import Topology, each_odd_spec, odd, shipped, statements, topology_of
from tests.rules.changes import variant
from tests.services.placement import placed
from tests.services.test_dynamodb import alarms
from tests.world import ACCOUNT, Stack

TOPICS = {"AlertTopic", "AlertTopicPolicy", "AlertFallbackTopic", "AlertFallbackTopicPolicy"}
EDIT = "    - {kind: email, to: oncall@example.com}\n"


def subscribed(*entries: str) -> Topology:
    """The shipped topology with other subscriptions."""
    return topology_of(variant((EDIT, "".join(f"    - {entry}\n" for entry in entries))).bundle.files)


def endpoints(stack: Stack, topic: str) -> set[tuple[str, str]]:
    """Protocol and endpoint of the subscriptions of one topic."""
    ref = stack.resources[topic].ref
    found = [item.properties for item in stack.of("SNS::Subscription") if item.properties["TopicArn"] == ref]
    return {(p["Protocol"], p["Endpoint"]) for p in found}


@pytest.mark.parametrize("name", ["three-regions", "minimal"])
def test_every_stack_has_its_topics(name: str) -> None:
    topology = odd(name)
    kinds = {about["kind"] for about in topology.manifest["stacks"]}
    assert placed(lambda: topology, ("SNS::Topic", "SNS::TopicPolicy")) == dict.fromkeys(kinds, TOPICS)


@pytest.mark.parametrize("name", each_odd_spec())
def test_topics_are_under_a_key_that_alarms_may_use(name: str) -> None:
    """A topic under AWS's own key cannot be published to by an alarm: it fires and nobody is told."""
    for stack in odd(name).stacks.values():
        for topic in stack.of("SNS::Topic"):
            assert topic.properties["KmsMasterKeyId"] == stack.one("KMS::Key").arn
        key = statements(stack.one("KMS::Key").properties["KeyPolicy"])
        assert {"Service": "cloudwatch.amazonaws.com"} in [item["Principal"] for item in key]


@pytest.mark.parametrize("name", each_odd_spec())
def test_a_policy_of_its_own_lets_the_alarms_in(name: str) -> None:
    """It replaces the default one."""
    for stack in odd(name).stacks.values():
        assert len(stack.of("SNS::TopicPolicy")) == len(stack.of("SNS::Topic"))
        for item in stack.of("SNS::TopicPolicy"):
            policy = item.properties
            topic = stack.resources[item.id.removesuffix("Policy")].ref
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
    names = {stack.resources["AlertTopic"].properties["TopicName"] for stack in (topology.global_, topology.primary)}
    assert names == {"topic-alerts-global-prod-a1", "topic-alerts-prod-a1"}


def test_people_and_servers_are_told_by_every_region() -> None:
    topology = subscribed("{kind: email, to: a@example.com}", '{kind: https, to: "https://events.example.com/x"}')
    for stack in topology.stacks.values():
        wanted = {("email", "a@example.com"), ("https", "https://events.example.com/x")}
        assert endpoints(stack, "AlertTopic") == wanted


def test_a_queue_or_function_is_told_by_its_own_region() -> None:
    """An alarm that needs the other region does not arrive when it is needed."""
    arns = [f"arn:aws:sqs:{region}:012345678901:alerts" for region in ("us-east-1", "us-west-2")]
    topology = subscribed(*(f'{{kind: sqs, to: "{arn}"}}' for arn in arns))
    for stack in topology.stacks.values():
        assert endpoints(stack, "AlertTopic") == {("sqs", arn) for arn in arns if stack.region in arn}


def test_a_topic_that_cannot_deliver_is_told_of_by_another_one() -> None:
    mail = ("email", "a@example.com")
    both = subscribed('{kind: https, to: "https://events.example.com/x"}', "{kind: email, to: a@example.com}")
    for stack in both.stacks.values():
        (p,) = alarms(stack, "NumberOfNotificationsFailed")
        assert p["Dimensions"] == [{"Name": "TopicName", "Value": f"<{stack.name}/AlertTopic.TopicName>"}]
        assert p["AlarmActions"] == p["OKActions"] == [stack.resources["AlertFallbackTopic"].ref]
        assert endpoints(stack, "AlertFallbackTopic") == {mail}, "mail needs nothing of ours to be up"
    for stack in subscribed('{kind: https, to: "https://events.example.com/x"}').stacks.values():
        assert endpoints(stack, "AlertFallbackTopic") == {("https", "https://events.example.com/x")}
