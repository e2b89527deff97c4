"""AWS Backup in an account: settings that others own, and vaults that AWS does not delete. Only reads.

Reports DR379, DR627 and DR859, and DR828 for what may not be read.
"""

from __future__ import annotations

from collections.abc import Iterator

from compiler.deploy.cloud import CloudError, Resource, unchecked, unread
from compiler.deploy.session import Session
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.services import backup

_NO_MEMBER = "InvalidRequestException"
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


def organization(session: Session, region: str) -> Iterator[Finding]:
    """Copies for a vault of another account, where the organization does not allow them. Raises `CloudError`.

    The setting is the same in every region, so it is read in the first one that backs up. An account that is in no
    organization, or that may not know the setting, gets an error.
    https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeGlobalSettings.html (read 2026-11-27)
    """
    asked, backing = session.topology.spec.backup, session.topology.backing_up
    if asked is None or not backing or backing[0].region != region:
        return
    away = [number for number, vault in enumerate(asked.copy_to) if vault.split(":")[4] != session.account]
    if not away:
        return
    what = "whether the organization allows backups across accounts"
    try:
        told = session.api.call("backup", region, "DescribeGlobalSettings", {})
    except CloudError as error:
        yield unchecked(f"{what}: {error.message}") if error.code == _NO_MEMBER else unread(error, what)
        return
    if told.get("GlobalSettings", {}).get("isCrossAccountBackupEnabled") == "false":
        message = "the organization does not allow backups across accounts: this vault gets no copies"
        yield from (Finding(Code.DR859, message, ("backup", "copy_to", number)) for number in away)


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
