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
from compiler.ir.elements import Block, Element, Gate, Json, Output, Ref, StackId, Text, join, later
from compiler.ir.names import arn, physical
from compiler.ir.template import View
from compiler.services import backup_rights, dynamodb, iam, kms, s3
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


def vault_name() -> Text:
    """Name of the vault, the same in every region."""
    return physical(VAULT_ENTRY)


def _vault_arn(stack: StackId) -> Text:
    """ARN of a vault, from its name."""
    return arn("backup", stack.region, join("backup-vault:", vault_name()))


def tables(topology: Topology) -> tuple[Table, ...]:
    """The tables that are backed up."""
    asked = topology.spec.backup
    return tuple(t for t in topology.spec.tables if asked and (asked.tables is None or t.name in asked.tables))


def declare(topology: Topology) -> Iterator[Element]:
    """Vaults in both serving regions; plans, selections and a role where backups are made."""
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
        name=vault_name(),
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
    """The stacks whose vaults get copies of the backups of a stack."""
    return (topology.peer(stack),) if asked.regions.copies else ()


def _rights(topology: Topology, asked: Backup, stack: StackId) -> Iterator[policies.Statement]:
    peers = copied_to(topology, asked, stack)
    vaults: tuple[Text | str, ...] = (_vault_arn(stack), *map(_vault_arn, peers), *asked.copy_to)
    return backup_rights.statements(stack, tables(topology), s3.backed_up(topology), vaults, peers)


def _selections(topology: Topology, stack: StackId, role: Ref) -> Iterator[Block]:
    def selection(id_: str, entry: str, resource: Json, at: Route) -> Block:
        view = SelectionView(f"Backup{id_}", _plan_ref(stack), entry, later(role.att("Arn")), resource)
        return Block(stack, view, at)

    for table in tables(topology):
        at = topology.place("tables", table)
        yield selection(dynamodb.table_id(table), f"table-{table.name}", dynamodb.table_arn(table, stack), at)
    for entry in s3.backed_up(topology):
        at = topology.place("buckets", entry)
        ref = s3.bucket_ref(entry, stack)
        yield selection(ref.resource, f"bucket-{entry.name}", ref.att("Arn"), at)
