"""KMS: a key in every stack, who may use it, and everything that is stored under it."""

from __future__ import annotations

import pytest

from tests.helpers import Topology, each_odd_spec, listed, odd, shipped, statements
from tests.services.placement import placed
from tests.waves_oracle import deploy
from tests.world import ACCOUNT, Resource

TYPES = ("KMS::Key", "KMS::Alias")
GLOBAL = {"Key", "KeyAlias"}
REGIONAL = {"Key", "KeyAlias", "KeySharedAlias"}
ALIAS = "alias/transaction-encryption"


@pytest.mark.parametrize(
    ("topology", "expected"),
    [
        (shipped, {"global": GLOBAL, "primary": REGIONAL, "secondary": REGIONAL}),
        (
            lambda: odd("three-regions"),
            {"global": GLOBAL, "primary": REGIONAL, "secondary": REGIONAL, "replica": REGIONAL},
        ),
    ],
    ids=["two regions", "three regions"],
)
def test_placement(topology: object, expected: dict[str, set[str]]) -> None:
    assert placed(topology, TYPES) == expected


def _statement(key: Resource, sid: str) -> dict[str, object]:
    (found,) = (item for item in statements(key.properties["KeyPolicy"]) if item["Sid"] == sid)
    return found


def test_rotates_and_can_be_brought_back() -> None:
    for key in shipped().all("KMS::Key"):
        assert key.properties["EnableKeyRotation"] is True
        assert key.properties["RotationPeriodInDays"] == 365
        assert key.properties["PendingWindowInDays"] == 30


def test_both_aliases_lead_to_the_key_of_their_own_region() -> None:
    for stack in shipped().regional:
        names = {alias.properties["AliasName"]: alias.properties["TargetKeyId"] for alias in stack.of("KMS::Alias")}
        key = stack.one("KMS::Key").ref
        assert names == {ALIAS: key, f"{ALIAS}-prod-a1": key}


def test_a_second_environment_leaves_the_shared_alias_alone() -> None:
    topology = shipped()
    final = deploy(topology.manifest, topology.templates, {"createSharedAlias": "false"})[-1]
    for stack in final.values():
        assert ALIAS not in [alias.properties["AliasName"] for alias in stack.of("KMS::Alias")]
        assert len(stack.of("KMS::Alias")) == 1


@pytest.mark.parametrize("name", ["three-regions", "west-first", "europe"])
def test_logs_of_the_keys_own_region_may_use_it(name: str) -> None:
    """Logs of another region cannot: a log group under the key would fail to be created."""
    for stack in odd(name).stacks.values():
        logs = _statement(stack.one("KMS::Key"), "LogGroupsEncrypt")
        assert logs["Principal"] == {"Service": f"logs.{stack.region}.amazonaws.com"}
        context = {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{stack.region}:{ACCOUNT}:*"}
        assert logs["Condition"] == {"ArnLike": context}
        assert {"kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"} <= set(listed(logs["Action"]))


def test_alarms_may_publish_to_topics_under_the_key() -> None:
    for key in shipped().all("KMS::Key"):
        alarms = _statement(key, "AlarmsPublishToEncryptedTopics")
        assert alarms["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
        assert {"kms:Decrypt", "kms:GenerateDataKey"} <= set(listed(alarms["Action"]))
        assert alarms["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_the_account_uses_the_key_through_services_of_its_region_and_dynamodb_through_any() -> None:
    for stack in odd("three-regions").stacks.values():
        condition = _statement(stack.one("KMS::Key"), "AccountUsesKeyThroughServices")["Condition"]
        assert isinstance(condition, dict)
        through = set(condition["StringLike"]["kms:ViaService"])
        assert "dynamodb.*.amazonaws.com" in through
        for service in ("s3", "lambda", "sns", "kinesis", "firehose"):
            assert f"{service}.{stack.region}.amazonaws.com" in through
        assert all(name.startswith("dynamodb.") or f".{stack.region}." in name for name in through)


def test_policies_name_no_role_and_keep_the_key_manageable() -> None:
    """A key policy that names a role not there yet fails; one that bars the account can never be mended."""
    for key in shipped().all("KMS::Key"):
        found = statements(key.properties["KeyPolicy"])
        for item in found:
            assert item["Action"], "a statement without actions is silently ineffective"
            assert item["Resource"] == "*"
            assert ":role/" not in str(item["Principal"])
            assert "kms:*" not in listed(item["Action"])
        admin = _statement(key, "AccountAdministersKey")
        assert admin["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        assert {"kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:EnableKeyRotation"} <= set(listed(admin["Action"]))
        assert not {"kms:Decrypt", "kms:Encrypt"} & set(listed(admin["Action"]))


KEYED = {
    "Logs::LogGroup": lambda p: p["KmsKeyId"],
    "SNS::Topic": lambda p: p["KmsMasterKeyId"],
    "Kinesis::Stream": lambda p: p["StreamEncryption"]["KeyId"],
    "Lambda::Function": lambda p: p["KmsKeyArn"],
    "KinesisFirehose::DeliveryStream": lambda p: p["ExtendedS3DestinationConfiguration"]["EncryptionConfiguration"][
        "KMSEncryptionConfig"
    ]["AWSKMSKeyARN"],
    "S3::Bucket": lambda p: p["BucketEncryption"]["ServerSideEncryptionConfiguration"][0][
        "ServerSideEncryptionByDefault"
    ].get("KMSMasterKeyID"),
}
"""Where each type that stores something says which key it is under."""


def _stores(topology: Topology) -> list[Resource]:
    return [resource for resource in topology.resources() if resource.type.removeprefix("AWS::") in KEYED]


@pytest.mark.parametrize("name", each_odd_spec())
def test_everything_stored_is_under_its_own_stacks_key(name: str) -> None:
    topology = odd(name)
    stores = _stores(topology)
    assert len(stores) > 10
    for store in stores:
        key = topology.stacks[store.stack].one("KMS::Key")
        found = KEYED[store.type.removeprefix("AWS::")](store.properties)
        if store.id == "AccessLogs":
            # Server access logs do not arrive in a bucket under a KMS key.
            assert found is None
        else:
            assert found == key.arn, store.id


@pytest.mark.parametrize("name", each_odd_spec())
def test_every_replica_of_a_table_names_the_key_of_its_own_region(name: str) -> None:
    topology = odd(name)
    keys = {stack.region: stack.one("KMS::Key").ref for stack in topology.regional}
    for table in topology.primary.of("DynamoDB::GlobalTable"):
        assert table.properties["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}
        found = {r["Region"]: r["SSESpecification"]["KMSMasterKeyId"] for r in table.properties["Replicas"]}
        assert found == keys
