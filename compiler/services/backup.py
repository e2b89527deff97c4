"""AWS Backup: a locked vault and a plan in each serving region, for what replication would spread: a bad write.

The replicas of all regions hold the same data, so a region backs up its own and depends on no other one. A selection
holds one table or bucket: AWS cannot change a selection, and one for all of them would be replaced with each new entry,
while the old one, retained, backed up everything a second time.
https://docs.aws.amazon.com/aws-backup/latest/devguide/whatisbackup.html (read 2026-11-26)
"""

from __future__ import annotations

from collections.abc import Iterator

from compiler.diagnostics.model import Route
from compiler.ir import policies
from compiler.ir.elements import (
    Block,
    Element,
    Gate,
    Json,
    OptionalRef,
    Output,
    Ref,
    StackId,
    Text,
    join,
    later,
    pascal,
)
from compiler.ir.names import arn, physical
from compiler.ir.template import View
from compiler.services import dynamodb, iam, kms, s3
from compiler.services.base import Alarm, Metric, Query
from compiler.spec.backup import Backup, BackupRule, Every
from compiler.spec.data import Table
from compiler.support.frozen import frozen
from compiler.topology.model import Topology

_AT: Route = ("backup",)
_ROLE = "backup"
VAULT_ENTRY = "backup-vault"
"""How the name of each vault begins."""
_SCHEDULES = {
    Every.HOUR: "cron({minute} * * * ? *)",
    Every.DAY: "cron({minute} {hour} * * ? *)",
    Every.WEEK: "cron({minute} {hour} ? * SUN *)",
    Every.MONTH: "cron({minute} {hour} 1 * ? *)",
}
"""https://docs.aws.amazon.com/aws-backup/latest/devguide/plan-options-and-configuration.html (read 2026-11-26)"""
_HOUR = 3600
_LONGEST_WATCH = Every.DAY.seconds
"""An alarm looks back for seven days, which is no more than a week: backups that are made less often than every day are
missed by nobody for longer. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html"""


class VaultView(View, partial="backup/vault.json.j2"):
    id: str
    name: Json
    key_arn: Ref
    least_days: int
    most_days: int
    policy: Json
    reasons: Json
    tags: Json


@frozen
class CopyView:
    """A vault that backups are copied to; one of the other region has a gate until it is there."""

    gate: Gate | None
    vault_arn: Text | str


@frozen
class RuleView:
    """One rule of a plan."""

    name: str
    schedule: str
    lifecycle: Json


class PlanView(View, partial="backup/plan.json.j2"):
    id: str
    name: Json
    vault: Ref
    rules: tuple[RuleView, ...]
    copies: tuple[CopyView, ...]
    start_minutes: int
    complete_minutes: int
    tags: Json


class SelectionView(View, partial="backup/selection.json.j2"):
    """A role is tried out when a selection is made: it must have been there before this operation."""

    id: str
    plan_id: Ref
    name: Json
    role_arn: Ref
    resource_arn: Json


def vault(stack: StackId) -> Ref:
    """The vault of a stack; its `Ref` is its name."""
    return Ref(stack, "BackupVault")


def _vault_name() -> Text:
    return physical(VAULT_ENTRY)


def _vault_arn(stack: StackId) -> Text:
    """ARN of a vault, from its name."""
    return arn("backup", stack.region, join("backup-vault:", _vault_name()))


def tables(topology: Topology) -> tuple[Table, ...]:
    """The tables that are backed up."""
    asked = topology.spec.backup
    return tuple(t for t in topology.spec.tables if asked and (asked.tables is None or t.name in asked.tables))


def declare(topology: Topology) -> Iterator[Element]:
    asked = topology.spec.backup
    if asked is None:
        return
    # A vault in each serving region: copies of the other one arrive there, and roles may be exchanged.
    for stack in topology.serving:
        yield _vault(topology, asked, stack)
        says = f"ARN of the vault with the backups in {stack.region}."
        yield Output(stack, "BackupVaultArn", vault(stack).att("BackupVaultArn"), says, _AT)
    for stack in topology.backing_up:
        yield _plan(topology, asked, stack)
        role = Ref(stack, "BackupRole")
        yield iam.role(
            topology, role, _ROLE, f"Backs up tables and buckets in {stack.region}.",
            iam.assumed_by("backup"), _rights(topology, asked, stack), _AT,
        )  # fmt: skip
        yield from _selections(topology, stack, role)


def _vault(topology: Topology, asked: Backup, stack: StackId) -> Block:
    least, most = lock(asked)
    others = kms.backup_accounts(topology)
    back = policies.statement(
        "CopiesComeBack",
        ("backup:CopyIntoBackupVault",),
        "*",
        principal=kms.roots(others),
        reason="in the policy of a vault `*` means this vault",
    )
    view = VaultView(
        id=vault(stack).resource,
        name=_vault_name(),
        key_arn=kms.key_arn(stack),
        least_days=least,
        most_days=most,
        policy=policies.document((back,)) if others else None,
        reasons=policies.reasons((back,)) if others else {},
        tags=topology.tags(stack),
    )
    return Block(stack, view, _AT)


def lock(asked: Backup) -> tuple[int, int]:
    """Days that a backup must and may be kept, as the lock of each vault says."""
    kept = [rule.retention for rule in asked.rules]
    shortest, longest = asked.lock.shortest or min(kept), asked.lock.longest or max(kept)
    return int(shortest.days), int(longest.days)


def _plan(topology: Topology, asked: Backup, stack: StackId) -> Block:
    view = PlanView(
        id=_plan_ref(stack).resource,
        name=physical("backup-plan"),
        vault=vault(stack),
        rules=tuple(map(_rule, asked.rules)),
        copies=tuple(_copies(topology, asked, stack)),
        start_minutes=int(asked.start_within.seconds / 60),
        complete_minutes=int(asked.complete_within.seconds / 60),
        tags=topology.tags(stack),
    )
    return Block(stack, view, _AT)


def _plan_ref(stack: StackId) -> Ref:
    return Ref(stack, "BackupPlan")


def _rule(rule: BackupRule) -> RuleView:
    lifecycle: dict[str, Json] = {"DeleteAfterDays": int(rule.retention.days)}
    if rule.cold_after:
        lifecycle["MoveToColdStorageAfterDays"] = int(rule.cold_after.days)
    hour, minute = (int(part) for part in rule.at.split(":"))
    return RuleView(rule.name, _SCHEDULES[rule.every].format(hour=hour, minute=minute), lifecycle)


def _copies(topology: Topology, asked: Backup, stack: StackId) -> Iterator[CopyView]:
    """Where each backup is copied to: the other region, then vaults that exist."""
    for peer in copied_to(topology, asked, stack):
        yield CopyView(Gate((vault(peer),)), _vault_arn(peer))
    for known in asked.copy_to:
        yield CopyView(None, known)


def copied_to(topology: Topology, asked: Backup, stack: StackId) -> tuple[StackId, ...]:
    return (topology.peer(stack),) if asked.regions.copies else ()


def _selections(topology: Topology, stack: StackId, role: Ref) -> Iterator[Block]:
    def selection(id_: str, entry: str, resource: Json, at: Route) -> Block:
        view = SelectionView(f"Backup{id_}", _plan_ref(stack), entry, later(role.att("Arn")), resource)
        return Block(stack, view, at)

    spec = topology.spec
    for table in tables(topology):
        at: Route = ("tables", spec.tables.index(table))
        yield selection(dynamodb.table_id(table), f"table-{table.name}", dynamodb.table_arn(table, stack), at)
    for entry in s3.backed_up(topology):
        at = ("buckets", spec.buckets.index(entry))
        ref = s3.bucket_ref(entry, stack)
        yield selection(ref.resource, f"bucket-{entry.name}", ref.att("Arn"), at)


def _rights(topology: Topology, asked: Backup, stack: StackId) -> Iterator[policies.Statement]:
    """What AWS's own policies for backups allow, narrowed to the tables, buckets, keys and vaults of the topology.

    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForBackup.html,
    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForS3Backup.html
    (read 2026-11-26)
    """
    yield from _table_rights(topology, stack)
    yield from _bucket_rights(topology, stack)
    yield policies.statement(
        "LookAround",
        ("cloudwatch:GetMetricData", "events:ListRules", "tag:GetResources"),
        "*",
        reason="these actions take no resource",
    )
    peers = copied_to(topology, asked, stack)
    vaults = (_vault_arn(stack), *map(_vault_arn, peers), *asked.copy_to)
    yield policies.statement("UseVaults", ("backup:CopyIntoBackupVault", "backup:DescribeBackupVault"), vaults)
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


def _table_rights(topology: Topology, stack: StackId) -> Iterator[policies.Statement]:
    backed = tables(topology)
    if not backed:
        return
    held = tuple(dynamodb.table_arn(table, stack) for table in backed)
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


def _bucket_rights(topology: Topology, stack: StackId) -> Iterator[policies.Statement]:
    backed = s3.backed_up(topology)
    if not backed:
        return
    held = tuple(s3.bucket_arn(entry, stack) for entry in backed)
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


def alarms(topology: Topology) -> Iterator[Alarm]:
    """Backups and copies that fail, and backups that nobody makes any more.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/cloudwatch.html (read 2026-11-26)
    """
    asked = topology.spec.backup
    for stack in topology.backing_up:
        yield _failing(stack, "BackupsFailed", "backups-failed", "Backups in {} fail, or do not begin in time.",
                       ("NumberOfBackupJobsFailed", "NumberOfBackupJobsExpired"))  # fmt: skip
        if asked and (asked.regions.copies or asked.copy_to):
            yield _failing(stack, "BackupCopiesFailed", "backup-copies-failed", "Copies of backups in {} fail.",
                           ("NumberOfCopyJobsFailed",))  # fmt: skip
        often = min((rule.every for rule in asked.rules), key=lambda every: every.seconds) if asked else Every.MONTH
        if often.seconds <= _LONGEST_WATCH:
            hours = 2 * often.seconds // _HOUR
            yield Alarm(
                stack,
                "BackupsMissing",
                "backups-missing",
                f"No backup was completed in {stack.region} for {hours} hours. It is raised until the first one.",
                _AT,
                threshold=1,
                comparison="LessThanThreshold",
                metric=_metric("NumberOfBackupJobsCompleted", _HOUR),
                periods=hours,
                datapoints=hours,
                missing="breaching",
            )


def _metric(name: str, period: int) -> Metric:
    return Metric("AWS/Backup", name, {"BackupVaultName": _vault_name()}, "Sum", period)


def _failing(stack: StackId, id_: str, entry: str, says: str, names: tuple[str, ...]) -> Alarm:
    queries = [Query(f"m{n}", _metric(name, _HOUR)) for n, name in enumerate(names)]
    filled = " + ".join(f"FILL(m{n}, 0)" for n, _ in enumerate(names))
    return Alarm(
        stack, id_, entry, says.format(stack.region), _AT, threshold=0,
        queries=(*queries, Query("failed", expression=filled, returned=True)), periods=1, datapoints=1,
    )  # fmt: skip
