"""AWS Backup in an account: a setting that others own, and vaults that AWS does not delete. Only reads.

Reports DR379 and DR627, and DR828 for what may not be read.
"""

from __future__ import annotations

from collections.abc import Iterator

from compiler.deploy.cloud import CloudError, Resource, unread
from compiler.deploy.session import Session
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.services import backup

_ABSENT = ("ResourceNotFound", "AccessDenied")
"""AWS may say either of a vault that does not exist."""


def settings(session: Session, region: str) -> Iterator[Finding]:
    """Advanced backup of tables that is off in a region that backs tables up. Raises `CloudError`.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/advanced-ddb-backup.html (read 2026-11-26)
    """
    backing = {stack.region for stack in session.topology.backing_up}
    if region not in backing or not backup.tables(session.topology):
        return
    try:
        told = session.api.call("backup", region, "DescribeRegionSettings", {})
    except CloudError as error:
        yield unread(error, f"the settings of AWS Backup in {region}")
        return
    if told.get("ResourceTypeManagementPreference", {}).get("DynamoDB") is False:
        message = f"advanced backup of DynamoDB is off in {region}: backups of tables are not copied, nor moved to cold"
        help_text = (
            "ask who owns the account to turn it on: `aws backup update-region-settings --region "
            f"{region} --resource-type-management-preference DynamoDB=true`"
        )
        yield Finding(Code.DR379, f"{message} storage", ("backup",), help=help_text)


def held(session: Session, region: str, vaults: tuple[Resource, ...]) -> Iterator[Finding]:
    """Vaults that hold backups, and so keep their stack from being deleted. Raises `CloudError`."""
    for vault in vaults:
        try:
            told = session.api.call("backup", region, "DescribeBackupVault", {"BackupVaultName": vault.physical})
        except CloudError as error:
            if any(word in error.code for word in _ABSENT) or error.missing:
                continue
            raise
        if count := int(told.get("NumberOfRecoveryPoints", 0)):
            message = f"`{vault.physical}` in {region} holds {count:,} backups, and AWS deletes only an empty vault"
            help_text = (
                "wait until they expire; or remove the lock with `aws backup delete-backup-vault-lock-configuration "
                f"--region {region} --backup-vault-name {vault.physical}`, delete the backups, and run --destroy again"
            )
            yield Finding(Code.DR627, message, ("deployment", "on_delete"), help=help_text)
