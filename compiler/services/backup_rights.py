"""The role of AWS Backup: what it may do with the tables, buckets, keys and vaults of a topology."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compiler.ir import policies
from compiler.ir.elements import Gate, Json, OptionalRef, StackId, Text, join, pascal
from compiler.ir.names import arn
from compiler.services import dynamodb, kms, s3
from compiler.spec.data import Bucket, Table


def statements(
    stack: StackId,
    tables: Sequence[Table],
    buckets: Sequence[Bucket],
    vaults: Sequence[Text | str],
    peers: Sequence[StackId],
) -> Iterator[policies.Statement]:
    """What AWS's own policies for backups allow, narrowed to the tables, buckets, keys and vaults of the topology.

    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForBackup.html,
    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForS3Backup.html
    (read 2026-11-26)

    `vaults` are the ARNs of the vault of the stack and of all that backups are copied to; `peers` are the stacks of
    those whose key is ours.
    """
    yield from _table_rights(tables, stack)
    yield from _bucket_rights(buckets, stack)
    yield policies.statement(
        "LookAround",
        ("cloudwatch:GetMetricData", "events:ListRules", "tag:GetResources"),
        "*",
        reason="these actions take no resource",
    )
    yield policies.statement("UseVaults", ("backup:CopyIntoBackupVault", "backup:DescribeBackupVault"), tuple(vaults))
    points = arn("backup", stack.region, "recovery-point:*")
    yield policies.statement(
        "TagAndCopyBackups", ("backup:CopyFromBackupVault", "backup:TagResource"), points,
        reason="AWS chooses the names of backups",
    )  # fmt: skip
    yield policies.statement("UseKey", ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"), kms.key_arn(stack))
    granted: dict[str, Json] = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    yield policies.statement("GrantKey", ("kms:CreateGrant",), kms.key_arn(stack), condition=granted)
    for peer in peers:
        known = Gate((kms.key_arn(peer),))
        yield policies.statement(
            f"UseKey{pascal(peer.region)}", ("kms:DescribeKey", "kms:GenerateDataKey"), OptionalRef(kms.key_arn(peer)),
            gate=known,
        )  # fmt: skip
        yield policies.statement(
            f"GrantKey{pascal(peer.region)}", ("kms:CreateGrant",), OptionalRef(kms.key_arn(peer)), condition=granted,
            gate=known,
        )  # fmt: skip


def _table_rights(tables: Sequence[Table], stack: StackId) -> Iterator[policies.Statement]:
    if not tables:
        return
    held = tuple(dynamodb.table_arn(table, stack) for table in tables)
    yield policies.statement(
        "BackUpTables",
        ("dynamodb:CreateBackup", "dynamodb:DescribeTable", "dynamodb:ListTagsOfResource",
         "dynamodb:StartAwsBackupJob"),
        held,
    )  # fmt: skip
    yield policies.statement(
        "KeepBackupsOfTables",
        ("dynamodb:DeleteBackup", "dynamodb:DescribeBackup"),
        tuple(join(one, "/backup/*") for one in held),
        reason="`*` stands for the backups of one table",
    )


def _bucket_rights(buckets: Sequence[Bucket], stack: StackId) -> Iterator[policies.Statement]:
    if not buckets:
        return
    held = tuple(s3.bucket_arn(entry, stack) for entry in buckets)
    yield policies.statement(
        "BackUpBuckets",
        ("s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketNotification", "s3:GetBucketTagging",
         "s3:GetBucketVersioning", "s3:GetInventoryConfiguration", "s3:ListBucket", "s3:ListBucketVersions",
         "s3:PutBucketNotification", "s3:PutInventoryConfiguration"),
        held,
    )  # fmt: skip
    yield policies.statement(
        "ReadObjects",
        ("s3:GetObject", "s3:GetObjectAcl", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:GetObjectVersionAcl",
         "s3:GetObjectVersionTagging"),
        tuple(join(one, "/*") for one in held),
        reason="`*` stands for the objects of one bucket",
    )  # fmt: skip
    yield policies.statement(
        "FollowChangesOfBuckets",
        ("events:DeleteRule", "events:DescribeRule", "events:DisableRule", "events:EnableRule",
         "events:ListTargetsByRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets"),
        arn("events", stack.region, "rule/AwsBackupManagedRule*"),
        reason="AWS Backup numbers the rules by which it follows the changes of buckets",
    )  # fmt: skip
