"""Keys, what lies under them, and who may do what."""

from __future__ import annotations

from typing import Any

from tests.helpers import Topology, listed, statements
from tests.world import Resource, Stack

ALIAS = "alias/transaction-encryption"
PLAIN = {"AccessLogs"}
"""Buckets for server access logs: S3 delivers none into a bucket under a KMS key."""


def keys(topology: Topology) -> None:
    """Every stack has a customer managed key of its own, rotated yearly, manageable by the account."""
    for stack in topology.stacks.values():
        key = stack.one("KMS::Key").properties
        assert key.get("EnableKeyRotation") is True
        assert key["RotationPeriodInDays"] <= 365
        principals = [item["Principal"] for item in statements(key["KeyPolicy"])]
        assert {"AWS": "arn:aws:iam::123456789012:root"} in principals


def alias(topology: Topology) -> None:
    """`alias/transaction-encryption`, so spelled, leads to the region's own key in both regions."""
    for stack in topology.regional:
        found = {a.properties["AliasName"]: a.properties["TargetKeyId"] for a in stack.of("KMS::Alias")}
        assert found.get(ALIAS) == stack.one("KMS::Key").ref


def keys_and_aliases(topology: Topology) -> None:
    """Keys with rotation, both aliases in each region, and policies for the services that use them."""
    keys(topology)
    alias(topology)
    key_policies(topology)


def key_policies(topology: Topology) -> None:
    """Each key lets in alarms, its own region's log groups, and the account through the services that store data;
    nobody else.
    """
    for stack in topology.stacks.values():
        found = statements(stack.one("KMS::Key").properties["KeyPolicy"])
        assert all(isinstance(item["Principal"], dict) for item in found), "anybody may use the key"
        services = {host for item in found for host in listed(item["Principal"].get("Service", []))}
        assert services == {"cloudwatch.amazonaws.com", f"logs.{stack.region}.amazonaws.com"}
        through = {
            name
            for item in found
            for name in listed(item.get("Condition", {}).get("StringLike", {}).get("kms:ViaService", []))
        }
        wanted = {
            f"{service}.{stack.region}.amazonaws.com" for service in ("s3", "lambda", "sns", "kinesis", "firehose")
        }
        assert wanted | {"dynamodb.*.amazonaws.com"} <= through
        for item in found:
            assert "kms:*" not in listed(item["Action"])


def _under(resource: Resource) -> Any:
    """The key a store is under; None for what is not a store."""
    p = resource.properties
    match resource.type.removeprefix("AWS::"):
        case "Logs::LogGroup":
            return p.get("KmsKeyId", "")
        case "SNS::Topic":
            return p.get("KmsMasterKeyId", "")
        case "Kinesis::Stream":
            return p.get("StreamEncryption", {}).get("KeyId", "")
        case "Lambda::Function":
            return p.get("KmsKeyArn", "")
        case "KinesisFirehose::DeliveryStream":
            target = p["ExtendedS3DestinationConfiguration"].get("EncryptionConfiguration", {})
            return target.get("KMSEncryptionConfig", {}).get("AWSKMSKeyARN", "")
        case "S3::Bucket":
            (rule,) = p.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [{}])
            return rule.get("ServerSideEncryptionByDefault", {}).get("KMSMasterKeyID", "")
    return None


def encrypted(topology: Topology) -> None:
    """Every bucket, topic, log group, stream, delivery, function and table replica is under the key of its own
    region; only the bucket for S3's own access logs, which takes no other, is under S3's.
    """
    assert topology.primary.of("DynamoDB::GlobalTable"), "there is no table"
    by_region = {stack.region: stack.one("KMS::Key") for stack in topology.regional}
    for table in topology.primary.of("DynamoDB::GlobalTable"):
        assert table.properties.get("SSESpecification") == {"SSEEnabled": True, "SSEType": "KMS"}
        for replica in table.properties["Replicas"]:
            assert replica.get("SSESpecification", {}).get("KMSMasterKeyId") == by_region[replica["Region"]].ref
    for resource in topology.resources():
        under = _under(resource)
        if under is None:
            continue
        if resource.id in PLAIN:
            (rule,) = resource.properties.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [{}])
            assert rule.get("ServerSideEncryptionByDefault"), f"{resource.stack} {resource.id}"
            assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
        else:
            assert under == topology.stacks[resource.stack].one("KMS::Key").arn, f"{resource.stack} {resource.id}"


def cross_region_roles(topology: Topology) -> None:
    """Each region has a role that the other region's functions, and nobody else, may assume, and do so."""
    primary, secondary = topology.serving
    for here, there in ((primary, secondary), (secondary, primary)):
        role = _role(here, "CrossRegionRole")
        (trust,) = statements(role.properties["AssumeRolePolicyDocument"])
        assert trust["Action"] == "sts:AssumeRole"
        callers = listed(trust.get("Condition", {}).get("ArnEquals", {}).get("aws:PrincipalArn", []))
        # The functions that Route 53 calls have the role of one of these, or cross nowhere.
        functions = [f for f in there.of("Lambda::Function") if f.id not in ("FunctionHealth", "FunctionLatch")]
        names = [there.resources[f"{f.id}Role"].properties["RoleName"] for f in functions]
        assert sorted(callers) == sorted(f"arn:aws:iam::123456789012:role/{name}" for name in names)
        arn = f"arn:aws:iam::123456789012:role/{role.properties['RoleName']}"
        for function in functions:
            document = there.resources[f"{function.id}Role"].properties["Policies"][0]["PolicyDocument"]
            assert arn in [
                r for s in statements(document) if s["Action"] == "sts:AssumeRole" for r in listed(s["Resource"])
            ]


def _role(stack: Stack, id_: str) -> Resource:
    assert id_ in stack.resources, f"{stack.name} has no {id_}"
    return stack.resources[id_]


def documents(resource: Resource) -> list[dict[str, Any]]:
    """Every policy document of a resource."""
    p = resource.properties
    found = [p[name] for name in ("AssumeRolePolicyDocument", "PolicyDocument", "KeyPolicy") if name in p]
    return [*found, *(policy["PolicyDocument"] for policy in p.get("Policies", []))]


def specific_permissions(topology: Topology) -> None:
    """Roles list single actions; a statement of any policy with a wildcard in its resource has its reason in
    `Metadata.Wildcards`.
    """
    roles = topology.all("IAM::Role")
    assert roles, "there is no role"
    for role in roles:
        for document in documents(role):
            for item in statements(document):
                assert not any("*" in action for action in listed(item["Action"])), f"{role.id} {item['Sid']}"
    for resource in topology.resources():
        reasons = resource.body.get("Metadata", {}).get("Wildcards", {})
        for document in documents(resource):
            for item in statements(document):
                members = [*listed(item.get("Resource", [])), *listed(item["Action"])]
                if any("*" in member for member in members):
                    assert reasons.get(item["Sid"]), f"{resource.stack} {resource.id} {item['Sid']} says no reason"


def security(topology: Topology) -> None:
    """Everything under customer managed keys, roles that name single actions, and roles that cross regions."""
    encrypted(topology)
    specific_permissions(topology)
    cross_region_roles(topology)
