"""Resource types of AWS Backup."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from compiler.aws.facts import backup
from compiler.aws.types import kms
from compiler.aws.types.record import (
    Holding,
    Lookup,
    Name,
    Prerequisite,
    Properties,
    ResourceType,
    members_needed,
    tried_out,
)
from compiler.aws.types.update_rules import Data, Update, figure, lowered, update_rule
from compiler.aws.values import dig, listed

PLAN = "AWS::Backup::BackupPlan"
SELECTION = "AWS::Backup::BackupSelection"
VAULT = "AWS::Backup::BackupVault"

_ARN = "arn:{partition}:backup:{region}:{account}:backup-vault:{name}"
_PLAN_ARN = "arn:{partition}:backup:{region}:{account}:backup-plan:{id}"
_LOCK = "https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html"
_LIFECYCLE = "https://docs.aws.amazon.com/aws-backup/latest/devguide/editing-a-backup.html"


@update_rule("its lock becomes weaker", _LOCK)
def _unlocked(update: Update) -> Iterator[str]:
    old, new = update.both("LockConfiguration", "MinRetentionDays")
    if old is not None and new is None:
        yield "backups can be deleted by hand from now on"
    elif lowered(old, new):
        yield f"new backups may be deleted after {figure(new)} days, by hand too"


@update_rule("its lock becomes one for good", _LOCK)
def _compliance(update: Update) -> Iterator[str]:
    old, new = update.both("LockConfiguration", "ChangeableForDays")
    if old is None and new is not None:
        yield f"after {figure(new)} days nobody can undo the lock or delete a backup, not even AWS"


@update_rule("its rules make fewer backups or keep them for less", _LIFECYCLE)
def _kept(update: Update) -> Iterator[str]:
    olds, news = (
        {str(dig(rule, "RuleName")): rule for rule in listed(value)}
        for value in update.both("BackupPlan", "BackupPlanRule")
    )
    for name, rule in olds.items():
        if name not in news:
            yield f"the rule `{name}` makes no more backups; those that are there stay for their time"
        elif lowered(*(dig(each, "Lifecycle", "DeleteAfterDays") for each in (rule, news[name]))):
            yield f"new backups of the rule `{name}` are kept for less; those that are there stay for their time"


def _plan_needs(properties: Properties) -> Iterator[Prerequisite]:
    for rule in listed(dig(properties, "BackupPlan", "BackupPlanRule")):
        yield Prerequisite(dig(rule, "TargetBackupVault"), "its vault", kinds=(VAULT,))
        for copy in listed(dig(rule, "CopyActions")):
            yield Prerequisite(dig(copy, "DestinationBackupVaultArn"), "the vault that it copies to", kinds=(VAULT,))


def _selection_needs(properties: Properties) -> Iterator[Prerequisite]:
    yield Prerequisite(properties.get("BackupPlanId"), "its plan")
    # https://github.com/hashicorp/terraform-provider-aws/issues/9297 (read 2026-11-26)
    yield from tried_out((dig(properties, "BackupSelection", "IamRoleArn"), "the role it backs up with"))


TYPES = (
    ResourceType(
        PLAN,
        name=None,  # plans of an account may share a name
        holds=None,
        arn=_PLAN_ARN,
        attributes=MappingProxyType({"BackupPlanArn": _PLAN_ARN, "BackupPlanId": "{id}", "VersionId": "{id}"}),
        needs=_plan_needs,
        left="it goes on making backups",
        updates=(_kept,),
    ),
    ResourceType(
        SELECTION,
        name=None,  # AWS tells selections apart by an id of its own
        holds=None,
        needs=_selection_needs,
        replaced="the old selection stays with its plan, and what both name is backed up twice",
        left="what it names is still backed up",
    ),
    ResourceType(
        VAULT,
        name=Name(
            "BackupVaultName",
            backup.VAULT_NAME_CHARACTERS,
            Lookup("backup", "ListBackupVaults", {"MaxResults": 1000}, (("BackupVaultList", "BackupVaultName"),)),
        ),
        holds=Holding("the backups", Data.LOST),
        ref="{name}",
        arn=_ARN,
        attributes=MappingProxyType({"BackupVaultArn": _ARN, "BackupVaultName": "{name}"}),
        dimension=("AWS/Backup", "BackupVaultName"),
        policies=("AccessPolicy",),
        needs=members_needed(("EncryptionKeyArn", "its key"), kinds=(kms.ALIAS,)),
        replaced="AWS deletes no vault that holds a backup",
        left="its backups stay for their time, and cost money",
        updates=(_unlocked, _compliance),
    ),
)
