"""Tables and buckets: replicated, recoverable, versioned."""

from __future__ import annotations

from typing import Any

from tests.helpers import Topology
from tests.world import Resource, Stack


def tables(topology: Topology) -> list[Resource]:
    found = topology.primary.of("DynamoDB::GlobalTable")
    assert found, "there is no global table"
    return found


def global_tables(topology: Topology) -> None:
    """Every table is a global table with a replica in each region, a stream to replicate from, billed on demand."""
    regions = sorted(stack.region for stack in topology.regional)
    assert topology.all("DynamoDB::Table") == [], "a plain table is not replicated"
    for table in tables(topology):
        p = table.properties
        assert p.get("BillingMode") == "PAY_PER_REQUEST"
        assert sorted(replica["Region"] for replica in p.get("Replicas", [])) == regions
        assert p.get("StreamSpecification", {}).get("StreamViewType") == "NEW_AND_OLD_IMAGES"


def point_in_time_recovery(topology: Topology) -> None:
    """Every replica of every table names point-in-time recovery, since none copies it from another."""
    for table in tables(topology):
        for replica in table.properties["Replicas"]:
            recovery = replica.get("PointInTimeRecoverySpecification", {})
            assert recovery.get("PointInTimeRecoveryEnabled") is True, replica["Region"]


def data_buckets(stack: Stack) -> list[Resource]:
    """Buckets of a stack that hold data of the spec's, not logs."""
    found = [bucket for bucket in stack.of("S3::Bucket") if bucket.id.startswith("Bucket")]
    assert found, f"{stack.name} has no bucket for documents"
    return found


def _rules(bucket: Resource) -> list[dict[str, Any]]:
    return list(bucket.properties.get("ReplicationConfiguration", {}).get("Rules", []))


def replicated_buckets(topology: Topology) -> None:
    """Each serving region's bucket has an enabled rule to the bucket of every other region, encrypted objects too."""
    for stack in topology.serving:
        for bucket in data_buckets(stack):
            role = bucket.properties.get("ReplicationConfiguration", {}).get("Role", "")
            assert role.startswith(f"<{stack.name}/"), f"{bucket.id} of {stack.name} is not replicated"
            targets = {rule["Destination"]["Bucket"]: rule for rule in _rules(bucket) if rule["Status"] == "Enabled"}
            for other in topology.regional:
                if other is not stack:
                    assert bucket.id in other.resources, f"{other.name} has no {bucket.id}"
                    name = other.resources[bucket.id].properties["BucketName"]
                    rule = targets.get(f"arn:aws:s3:::{name}")
                    assert rule, f"{bucket.id} of {stack.name} does not lead to {other.region}"
                    key = rule["Destination"]["EncryptionConfiguration"]["ReplicaKmsKeyID"]
                    assert key == other.one("KMS::Key").arn
                    assert rule["SourceSelectionCriteria"]["SseKmsEncryptedObjects"]["Status"] == "Enabled"


def versioned_buckets(topology: Topology) -> None:
    """Every bucket of every stack, those for logs included, has versioning enabled."""
    found = topology.all("S3::Bucket")
    assert found, "there is no bucket"
    for bucket in found:
        assert bucket.properties.get("VersioningConfiguration") == {"Status": "Enabled"}, bucket.id


def accelerated_buckets(topology: Topology) -> None:
    """Every replicated bucket has Transfer Acceleration enabled, and a name without dots as it demands."""
    replicated_buckets(topology)
    for stack in topology.serving:
        for bucket in data_buckets(stack):
            assert bucket.properties.get("AccelerateConfiguration") == {"AccelerationStatus": "Enabled"}
            assert "." not in bucket.properties["BucketName"]


def data_layer(topology: Topology) -> None:
    """Global tables on demand with recovery; buckets versioned and replicated both ways."""
    global_tables(topology)
    point_in_time_recovery(topology)
    versioned_buckets(topology)
    replicated_buckets(topology)
