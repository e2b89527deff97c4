"""Backups, deployed into an emulator: vaults, plans and selections, a second run, and the way to the end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.deploy.site import ROOT, Site

SMALL = ROOT / "tests" / "deploy" / "small.yaml"
BACKUP = "backup:\n  rules: [{name: daily, every: day, retention: 35d}]\n  regions: each-copied\n"
VAULT = "backup-vault-prod-a1"
REGIONS = ("us-east-1", "us-west-2")


def with_backups(site_of: Callable[[Path], Site], *more: tuple[str, str]) -> Site:
    site = site_of(SMALL)
    site.edit(("functions:\n", f"{BACKUP}functions:\n"), *more)
    site.compile()
    return site


@pytest.mark.slow
def test_each_region_keeps_its_own_backups_and_copies_them(site_of: Callable[[Path], Site]) -> None:
    site = with_backups(site_of)

    first, second = site.deploy(), site.deploy()

    assert first.code == 0, first
    assert "nothing had to be changed" in second.out
    for region, other in (REGIONS, REGIONS[::-1]):
        backup = site.gateway.client("backup", region)
        assert [vault["BackupVaultName"] for vault in backup.list_backup_vaults()["BackupVaultList"]] == [VAULT]
        (plan,) = backup.list_backup_plans()["BackupPlansList"]
        (rule,) = backup.get_backup_plan(BackupPlanId=plan["BackupPlanId"])["BackupPlan"]["Rules"]
        (copy,) = rule["CopyActions"]
        assert copy["DestinationBackupVaultArn"] == f"arn:aws:backup:{other}:000000000000:backup-vault:{VAULT}"
        (held,) = backup.list_backup_selections(BackupPlanId=plan["BackupPlanId"])["BackupSelectionsList"]
        found = backup.get_backup_selection(BackupPlanId=plan["BackupPlanId"], SelectionId=held["SelectionId"])
        table = f"arn:aws:dynamodb:{region}:000000000000:table/table-orders-prod-a1"
        assert found["BackupSelection"]["Resources"] == [table]


@pytest.mark.slow
@pytest.mark.parametrize("held", [True, False], ids=["one backup", "empty vaults"])
def test_a_system_is_deleted_only_without_backups(site_of: Callable[[Path], Site], held: bool) -> None:
    accepted = "deployment: {on_delete: delete}\naccept:\n  - {finding: data-deleted, reason: for a test}\n"
    site = with_backups(site_of, ("dns:", f"{accepted}dns:"))
    assert site.deploy().code == 0
    backup = site.gateway.client("backup", REGIONS[0])
    if held:
        table = f"arn:aws:dynamodb:{REGIONS[0]}:000000000000:table/table-orders-prod-a1"
        role = "arn:aws:iam::000000000000:role/role-backup-prod-a1-us-east-1"
        backup.start_backup_job(BackupVaultName=VAULT, ResourceArn=table, IamRoleArn=role)

    done = site.run(*site.arguments("--destroy", "--confirm", "small-prod-a1"))

    left = [vault["BackupVaultName"] for vault in backup.list_backup_vaults()["BackupVaultList"]]
    if held:
        assert (done.code, done.codes) == (1, ["DR627"]), done
        assert f"`{VAULT}` in us-east-1 holds 1 backups" in done.err
        assert (left, site.stack("primary.us-east-1")["StackStatus"]) == ([VAULT], "UPDATE_COMPLETE")
    else:
        assert (done.code, left) == (0, []), done
