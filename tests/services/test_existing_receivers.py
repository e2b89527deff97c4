"""Topics and log destinations that exist: alarms and logs go there, and the topology makes nothing behind them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from compiler.pipeline import Compiled, compile_document
from compiler.reading.document import load_document
from compiler.services.existing_keys import key_policies
from compiler.services.existing_receivers import log_policies, topic_policies
from tests.rules.changes import Bodies, judged, resources, variant

SMALL = Path(__file__).parents[1] / "deploy" / "small.yaml"
ACCOUNT, TEAM = "123456789012", "210987654321"
EAST, WEST = "us-east-1", "us-west-2"
SUBSCRIBED = "  subscriptions:\n    - {kind: email, to: oncall@example.com}\n"
TOPICS = {EAST: f"arn:aws:sns:{EAST}:{TEAM}:alerts-east", WEST: f"arn:aws:sns:{WEST}:{TEAM}:west-alerts"}
DESTINATIONS = {
    EAST: f"arn:aws:logs:{EAST}:{TEAM}:destination:payments",
    WEST: f"arn:aws:logs:{WEST}:{TEAM}:destination:banking",
}
TO_TOPICS = (SUBSCRIBED, f"  existing: {json.dumps([*TOPICS.values()])}\n")
TO_DESTINATIONS = ("logs:\n", f"logs:\n  existing: {json.dumps([*DESTINATIONS.values()])}\n")
ARCHIVE = ("Logs::Destination", "Kinesis::Stream", "KinesisFirehose::DeliveryStream")
SNS = ("SNS::Topic", "SNS::TopicPolicy", "SNS::Subscription")


def nothing(bodies: Bodies) -> None:
    """No change."""


def alarms(body: Any) -> list[Any]:
    return [*resources(body, "CloudWatch::Alarm"), *resources(body, "CloudWatch::CompositeAlarm")]


@pytest.mark.parametrize("one_name", [True, False], ids=["one name", "two names"])
def test_every_alarm_reports_to_the_topic_of_its_region(one_name: bool) -> None:
    arns = {region: arn.replace("west-alerts", "alerts-east") if one_name else arn for region, arn in TOPICS.items()}
    made = variant((SUBSCRIBED, f"  existing: {json.dumps([*arns.values()])}\n"))
    assert judged(nothing, made) == []
    for template in made.templates:
        assert not [
            kind for kind in ("Topic", "TopicPolicy", "Subscription") if resources(template.body, f"SNS::{kind}")
        ]
        told = {action for alarm in alarms(template.body) for action in alarm["Properties"]["AlarmActions"]}
        assert told == {arns[template.stack.region]}
        assert template.body["Outputs"]["AlertTopicArn"]["Value"] == arns[template.stack.region]


def test_a_spec_takes_back_what_its_base_says_by_writing_the_default() -> None:
    assert judged(nothing, variant((SUBSCRIBED, f"{TO_TOPICS[1]}  subscriptions: []\n"))) == []


def test_nothing_watches_a_topic_of_others() -> None:
    for template in variant(TO_TOPICS).templates:
        metrics = {str(alarm["Properties"].get("Namespace")) for alarm in alarms(template.body)}
        assert metrics
        assert "AWS/SNS" not in metrics


def test_every_log_group_is_copied_to_the_destination_of_its_region() -> None:
    made, before = variant(TO_DESTINATIONS), variant()
    assert judged(nothing, made) == []
    for template, usual in zip(made.templates, before.templates, strict=True):
        assert not [kind for kind in ARCHIVE if resources(template.body, kind)]
        filters = [item["Properties"] for item in resources(template.body, "Logs::SubscriptionFilter")]
        assert len(filters) == len(resources(usual.body, "Logs::SubscriptionFilter"))
        for item in filters:
            assert item["DestinationArn"] == DESTINATIONS[template.stack.region]
            assert "RoleArn" not in item, "CloudWatch Logs refuses a role with a destination"
            assert "Distribution" not in item, "a delivery stream has no shards"
        names = {*template.body["Resources"], *template.body.get("Parameters", {})}
        assert not [name for name in names if "LogStream" in name or "LogArchive" in name or "LogDestination" in name]


def test_without_buckets_no_region_keeps_access_logs() -> None:
    text = SMALL.read_text(encoding="utf-8") + f"logs: {{existing: {json.dumps([*DESTINATIONS.values()])}}}\n"
    for template in compile_document(load_document(text, SMALL.name), lint=False).templates:
        assert resources(template.body, "S3::Bucket") == []


def test_an_archive_of_others_is_no_cost_and_no_promise_of_ours() -> None:
    from compiler import planning

    made, before = variant(TO_DESTINATIONS), variant()
    for compiled, ours in ((before, True), (made, False)):
        assert ("rpo.logs" in {item.id for item in compiled.computation.objectives}) is ours
        assert ("Kinesis" in {cost.service for cost, _ in planning.bill(compiled.topology).lines}) is ours


def both() -> Compiled:
    return variant(TO_TOPICS, TO_DESTINATIONS)


def test_the_policy_of_a_topic_lets_the_alarms_of_this_account_and_region_in_and_nobody_else() -> None:
    found = topic_policies(both().topology, ACCOUNT)
    assert set(found) == {EAST, WEST}
    for region, other in ((EAST, WEST), (WEST, EAST)):
        (statement,) = found[region]["topic"]["Statement"]
        assert (statement["Action"], statement["Resource"]) == ("sns:Publish", TOPICS[region])
        assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
        assert statement["Condition"] == {
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
            "ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:{region}:{ACCOUNT}:alarm:*"},
        }
        assert "kms:GenerateDataKey" in json.dumps(found[region]["key"])
        assert other not in json.dumps(found[region])


def test_the_policy_of_a_destination_names_the_account_by_its_id() -> None:
    found = log_policies(both().topology, ACCOUNT)
    for region, arn in DESTINATIONS.items():
        (statement,) = found[region]["Statement"]
        assert statement["Principal"] == {"AWS": ACCOUNT}
        assert (statement["Action"], statement["Resource"]) == ("logs:PutSubscriptionFilter", arn)


def test_a_key_of_others_need_not_let_alarms_in_where_no_topic_is_under_it() -> None:
    assert "cloudwatch.amazonaws.com" in json.dumps(key_policies(variant().topology, ACCOUNT))
    assert "cloudwatch.amazonaws.com" not in json.dumps(key_policies(both().topology, ACCOUNT))


def test_what_differs_beyond_the_topic_of_a_region_is_still_found() -> None:
    def swapped(bodies: Bodies) -> None:
        (first, *_) = alarms(bodies["secondary"])
        first["Properties"]["AlarmActions"] = [TOPICS[EAST]]

    assert judged(swapped, both()) != []
