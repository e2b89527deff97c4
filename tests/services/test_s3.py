"""S3: buckets in every region, replicated from each serving region to all others, closed to everybody else."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

import pytest

from compiler.aws.metric_math import evaluate
from compiler.ir.elements import pascal
from tests.helpers import Topology, each_odd_spec, listed, odd, shipped, statements
from tests.services.placement import placed
from tests.services.test_dynamodb import alarms
from tests.world import Resource, Stack

TYPES = ("S3::Bucket", "S3::BucketPolicy")
OWN = {"AccessLogs", "AccessLogsPolicy", "LogArchive", "LogArchivePolicy"}


def _entry(name: str) -> set[str]:
    return {f"Bucket{name}", f"Bucket{name}Policy"}


@pytest.mark.parametrize(
    ("topology", "expected"),
    [
        (shipped, {"primary": OWN | _entry("Documents"), "secondary": OWN | _entry("Documents")}),
        (
            lambda: odd("three-regions"),
            {
                "primary": OWN | _entry("Invoices"),
                "secondary": OWN | _entry("Invoices"),
                "replica": _entry("Invoices") | {"AccessLogs", "AccessLogsPolicy"},
            },
        ),
        (lambda: odd("no-bucket"), {"primary": OWN, "secondary": OWN}),
        (lambda: odd("strong"), {"primary": OWN, "secondary": OWN}),
    ],
    ids=["two regions", "three regions", "no bucket", "no bucket, three regions"],
)
def test_placement(topology: Callable[[], Topology], expected: dict[str, set[str]]) -> None:
    assert placed(topology, TYPES) == expected


def entries(topology: Topology) -> list[Resource]:
    """Buckets that the spec asked for."""
    return [bucket for bucket in topology.all("S3::Bucket") if bucket.id.startswith("Bucket")]


@pytest.mark.parametrize("name", each_odd_spec())
def test_every_bucket_is_versioned_closed_and_owned(name: str) -> None:
    for bucket in odd(name).all("S3::Bucket"):
        p = bucket.properties
        assert p["VersioningConfiguration"] == {"Status": "Enabled"}
        assert p["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        assert "AccessControl" not in p
        block = p["PublicAccessBlockConfiguration"]
        assert set(block.values()) == {True}
        assert len(block) == 4


@pytest.mark.parametrize("name", each_odd_spec())
def test_every_bucket_takes_encrypted_transport_only(name: str) -> None:
    topology = odd(name)
    policies = {policy.properties["Bucket"]: policy for policy in topology.all("S3::BucketPolicy")}
    for bucket in topology.all("S3::Bucket"):
        found = statements(policies[bucket.ref].properties["PolicyDocument"])
        (refusal,) = (item for item in found if item["Effect"] == "Deny")
        assert refusal["Principal"] == "*"
        assert refusal["Action"] == "s3:*"
        assert refusal["Resource"] == [bucket.arn, f"{bucket.arn}/*"]
        assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_access_logs_arrive_in_a_bucket_of_the_same_region_under_s3s_own_key() -> None:
    for stack in odd("three-regions").regional:
        target = stack.resources["AccessLogs"]
        (rule,) = target.properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        assert "ReplicationConfiguration" not in target.properties
        assert "LoggingConfiguration" not in target.properties
        for bucket in stack.of("S3::Bucket"):
            if bucket is not target:
                assert bucket.properties["LoggingConfiguration"]["DestinationBucketName"] == target.ref
        delivery = statements(stack.resources["AccessLogsPolicy"].properties["PolicyDocument"])[1]
        assert delivery["Principal"] == {"Service": "logging.s3.amazonaws.com"}
        assert delivery["Action"] == "s3:PutObject"
        assert delivery["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}
        pattern = delivery["Condition"]["ArnLike"]["aws:SourceArn"]
        for bucket in stack.of("S3::Bucket"):
            assert fnmatchcase(f"arn:aws:s3:::{bucket.properties['BucketName']}", pattern)
        assert not fnmatchcase("arn:aws:s3:::bucket-of-another-system", pattern)
        assert delivery["Resource"] == f"arn:aws:s3:::{target.properties['BucketName']}/*"


def _others(topology: Topology, stack: Stack) -> list[Stack]:
    return [other for other in topology.regional if other.region != stack.region]


@pytest.mark.parametrize("name", each_odd_spec())
def test_serving_regions_replicate_to_all_others_and_replicas_to_nobody(name: str) -> None:
    topology = odd(name)
    for bucket in entries(topology):
        stack = topology.stacks[bucket.stack]
        if stack not in topology.serving:
            assert "ReplicationConfiguration" not in bucket.properties
            continue
        configuration = bucket.properties["ReplicationConfiguration"]
        assert configuration["Role"] == stack.resources[f"{bucket.id}ReplicationRole"].arn
        rules = configuration["Rules"]
        expected = {
            other.region: (
                f"arn:aws:s3:::{other.resources[bucket.id].properties['BucketName']}",
                other.one("KMS::Key").arn,
            )
            for other in _others(topology, stack)
        }
        found = {
            rule["Id"].removeprefix(f"{stack.region}-to-"): (
                rule["Destination"]["Bucket"],
                rule["Destination"]["EncryptionConfiguration"]["ReplicaKmsKeyID"],
            )
            for rule in rules
        }
        assert found == expected
        assert sorted(rule["Priority"] for rule in rules) == list(range(1, len(rules) + 1))


@pytest.mark.parametrize("name", each_odd_spec())
def test_rules_have_what_the_service_wants_together(name: str) -> None:
    """A filter with delete markers and priority; replication time with metrics, both 15 minutes; KMS objects too."""
    topology = odd(name)
    for bucket in entries(topology):
        for rule in bucket.properties.get("ReplicationConfiguration", {}).get("Rules", []):
            assert rule["Status"] == "Enabled"
            assert rule["Filter"] == {"Prefix": ""}
            assert rule["DeleteMarkerReplication"] == {"Status": "Enabled"}
            assert rule["SourceSelectionCriteria"] == {
                "SseKmsEncryptedObjects": {"Status": "Enabled"},
                "ReplicaModifications": {"Status": "Enabled"},
            }
            minutes = {"Minutes": 15}
            assert rule["Destination"]["ReplicationTime"] == {"Status": "Enabled", "Time": minutes}
            assert rule["Destination"]["Metrics"] == {"Status": "Enabled", "EventThreshold": minutes}


def test_rule_ids_are_literal() -> None:
    """An id that S3 makes up is told to nobody, and is a dimension of the metrics."""
    for file, template in odd("three-regions").templates.items():
        for key, body in template["Resources"].items():
            if body["Type"] == "AWS::S3::Bucket" and "ReplicationConfiguration" in body["Properties"]:
                condition, configuration, otherwise = body["Properties"]["ReplicationConfiguration"]["Fn::If"]
                assert condition in template["Conditions"], (file, key)
                assert otherwise == {"Ref": "AWS::NoValue"}
                rules = [rule["Fn::If"][1] for rule in configuration["Rules"]]
                assert all(isinstance(rule["Id"], str) for rule in rules)
                assert len({rule["Id"] for rule in rules}) == len(rules) == 2


def test_a_bucket_is_replicated_to_each_destination_once_that_is_known() -> None:
    topology = odd("three-regions")
    stages = [wave["secondary.us-west-2"].resources for wave in topology.waves] + [
        topology.stacks["secondary.us-west-2"].resources
    ]
    told = []
    for resources in stages:
        role = resources["BucketInvoicesReplicationRole"].properties
        keys = [s["Sid"] for s in role["Policies"][0]["PolicyDocument"]["Statement"] if "Encrypt" in s["Sid"]]
        configuration = resources["BucketInvoices"].properties.get("ReplicationConfiguration", {"Rules": []})
        rules = [rule["Id"] for rule in configuration["Rules"]]
        assert [f"EncryptReplica{pascal(rule.rpartition('-to-')[2])}" for rule in rules] == keys
        told.append(rules)
    east, third = "us-west-2-to-us-east-1", "us-west-2-to-us-east-2"
    assert told[0] == []
    assert [third] in told, "it does not wait for the one that comes later"
    assert told[-1] == [east, third]


def _condition(item: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = item["Condition"]["StringLike"]
    return found


@pytest.mark.parametrize("name", ["three-regions", "europe"])
def test_the_role_may_do_what_replication_of_encrypted_objects_takes(name: str) -> None:
    """With bucket keys the encryption context is the bucket, and the destination key must decrypt as well."""
    topology = odd(name)
    for bucket in entries(topology):
        stack = topology.stacks[bucket.stack]
        if stack not in topology.serving:
            continue
        role = stack.resources[f"{bucket.id}ReplicationRole"].properties
        (trust,) = statements(role["AssumeRolePolicyDocument"])
        assert trust["Principal"] == {"Service": "s3.amazonaws.com"}
        assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
        own = f"arn:aws:s3:::{bucket.properties['BucketName']}"
        found = {item["Sid"]: item for item in statements(role["Policies"][0]["PolicyDocument"])}
        assert set(listed(found["ReadConfiguration"]["Action"])) == {"s3:GetReplicationConfiguration", "s3:ListBucket"}
        assert found["ReadConfiguration"]["Resource"] == own
        assert "s3:GetObjectVersionForReplication" in found["ReadVersions"]["Action"]
        assert found["ReadVersions"]["Resource"] == f"{own}/*"
        assert {"s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"} == set(found["WriteReplicas"]["Action"])
        others = _others(topology, stack)
        buckets = {o.region: f"arn:aws:s3:::{o.resources[bucket.id].properties['BucketName']}" for o in others}
        assert listed(found["WriteReplicas"]["Resource"]) == [f"{buckets[o.region]}/*" for o in others]
        source = found["DecryptSource"]
        assert (source["Action"], source["Resource"]) == ("kms:Decrypt", stack.one("KMS::Key").arn)
        assert _condition(source)["kms:ViaService"] == f"s3.{stack.region}.amazonaws.com"
        assert _condition(source)["kms:EncryptionContext:aws:s3:arn"] == own
        targets = {item["Resource"]: item for sid, item in found.items() if sid.startswith("EncryptReplica")}
        assert set(targets) == {other.one("KMS::Key").arn for other in others}
        for other in others:
            target = targets[other.one("KMS::Key").arn]
            assert {"kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"} == set(target["Action"])
            assert _condition(target)["kms:ViaService"] == f"s3.{other.region}.amazonaws.com"
            assert _condition(target)["kms:EncryptionContext:aws:s3:arn"] == buckets[other.region]


def test_transfer_acceleration_is_on_where_it_was_asked_for() -> None:
    for bucket in entries(shipped()):
        assert bucket.properties["AccelerateConfiguration"] == {"AccelerationStatus": "Enabled"}
        assert "." not in bucket.properties["BucketName"]
    on = {b.id for b in entries(odd("two-buckets")) if "AccelerateConfiguration" in b.properties}
    assert on == {"BucketUploads"}
    assert not [b for b in entries(odd("no-acceleration")) if "AccelerateConfiguration" in b.properties]


@pytest.mark.parametrize("name", each_odd_spec())
def test_lag_is_watched_in_the_destination_and_failures_in_the_source(name: str) -> None:
    topology = odd(name)
    wanted: dict[str, set[tuple[str, str, str, str]]] = {stack.name: set() for stack in topology.regional}
    for bucket in entries(topology):
        source = topology.stacks[bucket.stack]
        for destination in _others(topology, source) if source in topology.serving else []:
            target = destination.resources[bucket.id].properties["BucketName"]
            rest = (bucket.properties["BucketName"], target, f"{source.region}-to-{destination.region}")
            wanted[destination.name].add(("ReplicationLatency", *rest))
            wanted[destination.name].add(("OperationsPendingReplication", *rest))
            wanted[source.name].add(("OperationsFailedReplication", *rest))
    for stack in topology.regional:
        found = set()
        for metric in ("ReplicationLatency", "OperationsPendingReplication", "OperationsFailedReplication"):
            for p in alarms(stack, metric):
                if p.get("Namespace") == "AWS/S3":
                    d = {item["Name"]: item["Value"] for item in p["Dimensions"]}
                    assert set(d) == {"SourceBucket", "DestinationBucket", "RuleId"}
                    assert p["TreatMissingData"] == "ignore"
                    assert p["Statistic"] == ("Sum" if metric == "OperationsFailedReplication" else "Maximum")
                    found.add((metric, d["SourceBucket"], d["DestinationBucket"], d["RuleId"]))
        assert found == wanted[stack.name]


def test_lag_is_too_long_when_the_recovery_point_is() -> None:
    for stack in shipped().serving:
        (lag,) = (p for p in alarms(stack, "ReplicationLatency") if p.get("Namespace") == "AWS/S3")
        assert lag["Threshold"] == 240, "a period before the objective"


def test_objects_that_wait_while_none_arrives_raise_an_alarm() -> None:
    """Pending operations are published while replication does not happen, the latency is not; idle is no fault."""
    primary, secondary = shipped().serving
    for alarm in (secondary.resources["AlarmBucketDocumentsStalledFromUsEast1"],
                  primary.resources["AlarmBucketDocumentsStalledFromUsWest2"]):  # fmt: skip
        (judged,) = (q["Expression"] for q in alarm.properties["Metrics"] if q["ReturnData"])
        assert evaluate(judged, {"pending": 3.0, "latency": None}) == 1
        assert evaluate(judged, {"pending": 3.0, "latency": 0.0}) == 1
        assert evaluate(judged, {"pending": 3.0, "latency": 12.0}) == 0
        assert evaluate(judged, {"pending": 0.0, "latency": None}) == 0
        assert evaluate(judged, {"pending": None, "latency": None}) is None
        assert alarm.properties["TreatMissingData"] == "notBreaching"


def test_old_versions_and_broken_uploads_do_not_pile_up() -> None:
    buckets = {bucket.id: bucket.properties for bucket in odd("two-buckets").primary.of("S3::Bucket")}
    (rule,) = buckets["BucketThumbnails"]["LifecycleConfiguration"]["Rules"]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert "ExpirationInDays" not in rule
    assert rule["ExpiredObjectDeleteMarker"] is True
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    (rule,) = buckets["LogArchive"]["LifecycleConfiguration"]["Rules"]
    assert rule["ExpirationInDays"] == 365


def test_objects_expire_in_every_region_by_a_rule_of_its_own() -> None:
    """S3 does not replicate what a lifecycle rule deletes, and takes the markers away where a rule has days."""
    for stack in shipped().serving:
        (rule,) = stack.resources["BucketDocuments"].properties["LifecycleConfiguration"]["Rules"]
        assert rule["ExpirationInDays"] == 3650
        assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 365}
        assert "ExpiredObjectDeleteMarker" not in rule


def test_a_function_that_writes_both_regions_is_told_where_and_may() -> None:
    topology = odd("dual-write")
    primary, secondary = topology.serving
    for here, there in ((primary, secondary), (secondary, primary)):
        variables = here.resources["FunctionDeed"].properties["Environment"]["Variables"]
        assert '"mode": "dual-write"' in variables["BUCKETS"]
        assert f"<{there.name}/EndpointS3Peer.DnsEntries>" in variables["BUCKETS"]
        role = there.resources["CrossRegionRole"].properties
        objects = [s for s in statements(role["Policies"][0]["PolicyDocument"]) if s["Sid"] == "UseObjects"]
        target = there.resources["BucketDeeds"].properties["BucketName"]
        assert [listed(item["Resource"]) for item in objects] == [[f"arn:aws:s3:::{target}/*"]]
    early = topology.waves[0]["secondary.us-west-2"].resources["FunctionDeed"].properties["Environment"]["Variables"]
    assert "<primary" not in early["BUCKETS"]
