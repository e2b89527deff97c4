"""Keys that exist: every region uses its own, and the topology makes none."""

from __future__ import annotations

import json

import pytest

from compiler.pipeline import Compiled
from compiler.services.existing_keys import key_policies
from tests.rules.changes import Bodies, judged, resources, variant

ACCOUNT = "123456789012"
EAST = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/mrk-0123456789abcdef0123456789abcdef"
WEST = f"arn:aws:kms:us-west-2:{ACCOUNT}:key/mrk-0123456789abcdef0123456789abcdef"
OTHER = f"arn:aws:kms:us-west-2:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"


def using(east: str, west: str) -> Compiled:
    """The shipped topology with keys that exist."""
    keys = ("  alias: alias/transaction-encryption\n  rotation: 365d\n", f"  existing: ['{east}', '{west}']\n")
    return variant(keys)


def nothing(bodies: Bodies) -> None:
    """No change."""


@pytest.mark.parametrize("west", [WEST, OTHER], ids=["one id", "two ids"])
def test_every_resource_uses_the_key_of_its_region(west: str) -> None:
    made = using(EAST, west)
    assert judged(nothing, made) == []
    for template in made.templates:
        body = template.body
        assert not [kind for kind in ("KMS::Key", "KMS::Alias") if resources(body, kind)]
        assert not [name for name in body.get("Parameters", {}) if "KeyArn" in name or "KeyId" in name]
        here, there = (EAST, west) if template.stack.region == "us-east-1" else (west, EAST)
        assert all(group["Properties"]["KmsKeyId"] == here for group in resources(body, "Logs::LogGroup"))
        for bucket in resources(body, "S3::Bucket"):
            replication = json.dumps(bucket["Properties"].get("ReplicationConfiguration", ""))
            assert here not in replication
            assert there in replication or '"ReplicaKmsKeyID"' not in replication


def test_a_replica_has_the_id_of_its_own_key() -> None:
    (primary,) = (template for template in using(EAST, OTHER).templates if template.stack.kind == "primary")
    (table,) = (
        item for item in resources(primary.body, "DynamoDB::GlobalTable") if len(item["Properties"]["Replicas"]) > 1
    )
    keys = {item["Region"]: item["SSESpecification"]["KMSMasterKeyId"] for item in table["Properties"]["Replicas"]}
    assert keys == {"us-east-1": EAST.rpartition("/")[2], "us-west-2": OTHER.rpartition("/")[2]}


def test_fewer_waves_wait_for_keys() -> None:
    assert len(using(EAST, WEST).deployment.waves) <= len(variant().deployment.waves)


def test_the_policy_of_a_key_names_the_services_of_its_region_and_nobody_who_administers_it() -> None:
    found = key_policies(using(EAST, WEST).topology, ACCOUNT)
    assert set(found) == {"us-east-1", "us-west-2"}
    for region, other in (("us-east-1", "us-west-2"), ("us-west-2", "us-east-1")):
        text = json.dumps(found[region])
        assert f"logs.{region}.amazonaws.com" in text
        assert other not in text
        assert "kms:PutKeyPolicy" not in text
        assert "AWS::" not in text


def test_what_differs_beyond_the_key_of_a_region_is_still_found() -> None:
    def swapped(bodies: Bodies) -> None:
        bodies["secondary"]["Resources"]["FlowLogGroup"]["Properties"]["KmsKeyId"] = EAST

    assert {item.rule.code for item in judged(swapped, using(EAST, OTHER))} >= {"DR452"}
