"""AWS Backup: locks that can be undone, plans that fit their vault, and selections of what is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from compiler.aws.types.backup import PLAN, SELECTION, VAULT
from compiler.aws.types.dynamodb import TABLES
from compiler.aws.types.s3 import BUCKET
from compiler.aws.values import Json, arn, dig, listed, marked, members, number, text
from compiler.diagnostics.model import Rule
from compiler.findings.finding import Finding
from compiler.rollout.state import Resource
from compiler.rules.deployed import DOCS, Deployed, named, reports

DR518 = Rule(
    "DR518",
    "vault-for-good",
    says="the lock of a vault can never be undone",
    why="With `ChangeableForDays` the lock is in compliance mode. After these days nobody can change it or delete a "
    "backup before its time, not even AWS. A mistake in the retention costs money for as long as it says.",
    fix="remove `ChangeableForDays`; if a regulation demands it, accept the finding with the reason",
    source=DOCS + "aws-backup/latest/devguide/vault-lock.html",
    acceptable=True,
    traps=(76,),
)


@reports(DR518)
def locks(deployed: Deployed) -> Iterator[Finding]:
    """Locks of vaults are in governance mode."""
    for vault in deployed.of(VAULT):
        days = vault.get("LockConfiguration", "ChangeableForDays")
        if days is not None:
            message = f"`{vault.id}` has `ChangeableForDays: {days}`: after {days} days nobody can undo its lock"
            yield Finding(DR518, message, vault.owner, id=named("vault-for-good", vault))


DR519 = Rule(
    "DR519",
    "plan-lock",
    says="a plan keeps backups for a time that the lock of their vault does not allow",
    why="Every backup of the rule fails, and so does every copy to such a vault.",
    fix="change the retention of the rule, or the lock of the vault",
    source=DOCS + "aws-backup/latest/APIReference/API_PutBackupVaultLockConfiguration.html",
    traps=(77,),
)


@reports(DR519)
def plans(deployed: Deployed) -> Iterator[Finding]:
    """The retention of each rule is within the lock of its vault, and of the vaults of the topology it copies to."""
    for plan in deployed.of(PLAN):
        for rule in map(members, plan.list("BackupPlan", "BackupPlanRule")):
            targets = [(deployed.owner(rule.get("TargetBackupVault"), (VAULT,), plan.region), rule)]
            targets += [(deployed.owner(copy.get("DestinationBackupVaultArn"), (VAULT,)), copy)
                        for copy in map(members, listed(rule.get("CopyActions")))]  # fmt: skip
            for vault, lifecycle in targets:
                if vault is not None and (says := _refused(vault, lifecycle)):
                    message = f"the rule `{rule.get('RuleName')}` of `{plan.id}` {says}"
                    related = ((vault.owner, "the vault"),)
                    yield Finding(DR519, message, plan.owner, related=related)


def _refused(vault: Resource, holder: Mapping[str, Json]) -> str:
    """Why a vault takes no backup of a rule or copy; empty where it does."""
    least, most = (number(vault.get("LockConfiguration", f"{end}RetentionDays")) for end in ("Min", "Max"))
    kept = number(dig(holder, "Lifecycle", "DeleteAfterDays"))
    if kept is None:
        return f"keeps backups for ever, but `{vault.id}` takes at most {most:,.0f} days" if most is not None else ""
    if least is not None and kept < least:
        return f"keeps backups for {kept:,.0f} days, but `{vault.id}` takes at least {least:,.0f}"
    if most is not None and kept > most:
        return f"keeps backups for {kept:,.0f} days, but `{vault.id}` takes at most {most:,.0f}"
    return ""


DR520 = Rule(
    "DR520",
    "selection",
    says="a selection of backups does not name tables and buckets of its region",
    why="What is selected by tags or patterns changes when somebody changes a tag, and no reviewer sees it. What is "
    "not in the region is never backed up, and no job fails.",
    fix="name the ARN of each table and bucket; if more is intended, accept the finding with a reason",
    source=DOCS + "aws-backup/latest/devguide/assigning-resources.html",
    acceptable=True,
    traps=(78,),
)

_HELD: Mapping[str, tuple[str, ...]] = MappingProxyType({"dynamodb": TABLES, "s3": (BUCKET,)})
"""Services whose resources a topology has, with their types."""


@reports(DR520)
def selections(deployed: Deployed) -> Iterator[Finding]:
    """Selections name what is in their region, one by one; each bucket has versions, without which none is made."""
    for selection in deployed.of(SELECTION):
        for what in dict.fromkeys(_loose(deployed, selection)):
            yield Finding(DR520, f"`{selection.id}` {what}", selection.owner, id=named("selection", selection))


def _loose(deployed: Deployed, selection: Resource) -> Iterator[str]:
    body = members(selection.get("BackupSelection"))
    for member in ("ListOfTags", "Conditions", "NotResources"):
        if body.get(member):
            yield f"selects by `{member}`"
    for value in map(text, listed(body.get("Resources"))):
        found = arn(value)
        if "*" in value:
            yield f"selects by the pattern `{value}`"
        elif found is not None and found.service in _HELD:
            held = deployed.owner(value, _HELD[found.service])
            if held is None:
                yield f"selects `{value}`, which is not of the topology"
            elif found.service == "s3" and held.get("VersioningConfiguration", "Status") != "Enabled":
                yield f"selects `{held.id}`, which has no versions"
            elif (found.region or held.region) != selection.region and not marked(value):
                yield f"selects `{value}`, which is in {found.region or held.region}, not in {selection.region}"
