"""CloudWatch Logs: groups under the key, and a copy of each region's logs in the other region."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from compiler.aws.facts import logs as facts
from tests.helpers import Topology, each_odd_spec, listed, odd, shipped, statements
from tests.services.placement import placed
from tests.services.test_dynamodb import alarms
from tests.world import ACCOUNT

GROUPS = ("Logs::LogGroup", "Logs::SubscriptionFilter")
PATH = ("Logs::Destination", "Kinesis::Stream", "KinesisFirehose::DeliveryStream", "Logs::LogStream")
SHIPPED = {
    "ApiLogs", "ApiLogsSubscription", "FlowLogGroup", "LogDeliveryGroup", "FunctionTransactionProcessorLogs",
    "FunctionTransactionProcessorLogsSubscription", "FunctionHealthLogs", "FunctionHealthLogsSubscription",
    "HealthApiLogs", "HealthApiLogsSubscription",
}  # fmt: skip
LATCH = {"FunctionLatchLogs", "FunctionLatchLogsSubscription"}
WAY = {"LogDestination", "LogStream", "LogDelivery", "LogDeliveryStream"}


@pytest.mark.parametrize(
    ("topology", "types", "expected"),
    [
        (shipped, GROUPS, SHIPPED),
        (shipped, PATH, WAY),
        (lambda: odd("three-regions"), PATH, WAY),
    ],
    ids=["groups", "the way to the other region", "the same with a replica"],
)
def test_placement(topology: Callable[[], Topology], types: tuple[str, ...], expected: set[str]) -> None:
    latch = LATCH if expected is SHIPPED else set()
    assert placed(topology, types) == {"primary": expected, "secondary": expected | latch}


@pytest.mark.parametrize("name", each_odd_spec())
def test_groups_are_kept_for_a_time_the_service_offers(name: str) -> None:
    for group in odd(name).all("Logs::LogGroup"):
        assert group.properties["RetentionInDays"] in facts.RETENTION_DAYS.value
        assert group.properties.get("LogGroupClass", "STANDARD") == "STANDARD", "others cannot be subscribed to"
    assert {group.properties["RetentionInDays"] for group in shipped().all("Logs::LogGroup")} == {90}


@pytest.mark.parametrize("name", each_odd_spec())
def test_the_destination_is_here_and_its_stream_in_the_other_region(name: str) -> None:
    """A filter delivers within its own region only; what stands behind a destination may lie elsewhere."""
    topology = odd(name)
    primary, secondary = topology.serving
    for here, there in ((primary, secondary), (secondary, primary)):
        destination = here.one("Logs::Destination")
        assert destination.properties["TargetArn"] == there.one("Kinesis::Stream").arn
        assert destination.properties["RoleArn"] == here.resources["LogDestinationRole"].arn
        for subscription in here.of("Logs::SubscriptionFilter"):
            assert subscription.properties["DestinationArn"] == destination.arn
            # A role is refused where the filter leads to a destination.
            assert "RoleArn" not in subscription.properties
            # By log stream, the few streams of an API would fill one shard each.
            assert subscription.properties["Distribution"] == "Random"
            assert subscription.properties["FilterPattern"] == ""


@pytest.mark.parametrize("name", each_odd_spec())
def test_the_destinations_policy_names_the_account_by_its_number(name: str) -> None:
    """The service refuses an ARN there, and takes the policy as text."""
    for stack in odd(name).serving:
        destination = stack.one("Logs::Destination").properties
        (statement,) = json.loads(destination["DestinationPolicy"])["Statement"]
        assert statement["Principal"] == {"AWS": ACCOUNT}
        assert statement["Action"] == "logs:PutSubscriptionFilter"
        named = f"arn:aws:logs:{stack.region}:{ACCOUNT}:destination:{destination['DestinationName']}"
        assert statement["Resource"] == named


@pytest.mark.parametrize("name", each_odd_spec())
def test_logs_of_functions_and_api_are_copied_and_those_of_the_way_itself_are_not(name: str) -> None:
    for stack in odd(name).serving:
        copied = {s.properties["LogGroupName"] for s in stack.of("Logs::SubscriptionFilter")}
        wanted = {stack.resources[f"{f.id}Logs"].ref for f in stack.of("Lambda::Function")}
        assert copied == wanted | {stack.resources["ApiLogs"].ref, stack.resources["HealthApiLogs"].ref}
        assert stack.resources["LogDeliveryGroup"].ref not in copied
        for group in copied:
            assert [s.properties["LogGroupName"] for s in stack.of("Logs::SubscriptionFilter")].count(group) <= 2


def test_the_destinations_role_may_put_records_and_use_the_streams_key() -> None:
    """A test message is sent when the destination is made: the role's policy has to be there by then."""
    primary, secondary = shipped().serving
    for here, there in ((primary, secondary), (secondary, primary)):
        role = here.resources["LogDestinationRole"].properties
        (trust,) = statements(role["AssumeRolePolicyDocument"])
        assert trust["Principal"] == {"Service": "logs.amazonaws.com"}
        assert trust["Condition"]["ArnLike"] == {"aws:SourceArn": f"arn:aws:logs:{here.region}:{ACCOUNT}:*"}
        by_sid = {item["Sid"]: item for item in statements(role["Policies"][0]["PolicyDocument"])}
        assert by_sid["PutRecords"]["Resource"] == there.one("Kinesis::Stream").arn
        assert by_sid["UseKeyOfStream"]["Action"] == "kms:GenerateDataKey"
        assert by_sid["UseKeyOfStream"]["Resource"] == there.one("KMS::Key").arn


def test_the_archive_reads_the_stream_and_writes_the_bucket_of_its_own_region() -> None:
    for stack in shipped().serving:
        delivery = stack.one("KinesisFirehose::DeliveryStream").properties
        role = stack.resources["LogArchiveRole"]
        assert delivery["KinesisStreamSourceConfiguration"] == {
            "KinesisStreamARN": stack.one("Kinesis::Stream").arn,
            "RoleARN": role.arn,
        }
        target = delivery["ExtendedS3DestinationConfiguration"]
        assert target["BucketARN"] == stack.resources["LogArchive"].arn
        assert target["RoleARN"] == role.arn
        logging = target["CloudWatchLoggingOptions"]
        assert logging["LogGroupName"] == stack.resources["LogDeliveryGroup"].ref
        assert logging["LogStreamName"] == stack.resources["LogDeliveryStream"].ref
        by_sid = {item["Sid"]: item for item in statements(role.properties["Policies"][0]["PolicyDocument"])}
        assert by_sid["ReadStream"]["Resource"] == stack.one("Kinesis::Stream").arn
        bucket = stack.resources["LogArchive"].properties["BucketName"]
        # Aborting an upload is a right on objects, not on the bucket.
        assert "s3:AbortMultipartUpload" in by_sid["WriteObjects"]["Action"]
        assert by_sid["WriteObjects"]["Resource"] == f"arn:aws:s3:::{bucket}/*"
        assert {"kms:Decrypt", "kms:GenerateDataKey"} == set(listed(by_sid["UseKey"]["Action"]))


@pytest.mark.parametrize("name", each_odd_spec())
def test_the_destination_waits_for_the_stream_of_the_other_region(name: str) -> None:
    topology = odd(name)
    for stack in topology.serving:
        peer = topology.secondary if stack is topology.primary else topology.primary
        for before, wave in zip(topology.waves, topology.waves[1:], strict=False):
            if stack.name in wave and wave[stack.name].of("Logs::Destination"):
                assert before[peer.name].of("Kinesis::Stream")


def test_a_copy_that_lags_or_fails_is_noticed() -> None:
    for stack in shipped().serving:
        stream = [{"Name": "StreamName", "Value": stack.one("Kinesis::Stream").ref}]
        (behind,) = alarms(stack, "GetRecords.IteratorAgeMilliseconds")
        (refused,) = alarms(stack, "WriteProvisionedThroughputExceeded")
        assert behind["Dimensions"] == refused["Dimensions"] == stream
        (stale,) = alarms(stack, "DeliveryToS3.DataFreshness")
        delivery = stack.one("KinesisFirehose::DeliveryStream").ref
        assert stale["Dimensions"] == [{"Name": "DeliveryStreamName", "Value": delivery}]


def test_a_stream_that_receives_nothing_raises_an_alarm_in_the_region_that_keeps_the_copies() -> None:
    """Route 53 calls the API of each region all the time, so its access log never rests."""
    for stack in shipped().serving:
        p = stack.resources["AlarmLogStreamSilent"].properties
        assert (p["Namespace"], p["MetricName"], p["Statistic"]) == ("AWS/Kinesis", "IncomingRecords", "Sum")
        assert p["Dimensions"] == [{"Name": "StreamName", "Value": stack.one("Kinesis::Stream").ref}]
        assert (p["ComparisonOperator"], p["Threshold"], p["TreatMissingData"]) == ("LessThanThreshold", 1, "breaching")
