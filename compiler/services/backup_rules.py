"""The section `backup`: whether it names what there is, and times and vaults that AWS Backup takes."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws import regions
from compiler.aws.facts import backup as facts
from compiler.aws.types.backup import PLAN, SELECTION, VAULT
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Route, Rule, Severity
from compiler.findings.finding import Finding
from compiler.services import backup, s3
from compiler.services.base import unknown_entries
from compiler.spec.backup import Backup
from compiler.topology.model import Topology

_AT: Route = ("backup",)
_TYPES = (PLAN, SELECTION, VAULT)

DR369 = Rule(
    "DR369",
    "backup-nothing",
    says="the section `backup` backs up nothing",
    why="The vaults would stay empty, and nobody would notice before a backup is needed.",
    fix="name tables or buckets of the spec, or remove the section `backup`",
)
DR370 = Rule(
    "DR370",
    "backup-cold",
    says="backups would be deleted before cold storage lets them go",
    why="A backup that has moved to cold storage stays there for 90 days at least. AWS rejects a rule that deletes it "
    "earlier.",
    fix="raise `retention`, or let the backups move to cold storage earlier",
    source="https://docs.aws.amazon.com/aws-backup/latest/APIReference/API_BackupRuleInput.html",
)
DR371 = Rule(
    "DR371",
    "backup-vault",
    says="backups cannot be copied to a vault",
    why="AWS copies within one partition, and from one vault to another one.",
    fix="write the ARN of another vault of the partition, or remove it",
    source="https://docs.aws.amazon.com/aws-backup/latest/devguide/create-cross-account-backup.html",
)
DR372 = Rule(
    "DR372",
    "backup-lock",
    says="a rule keeps backups for a time that the lock of the vaults does not allow",
    why="A locked vault takes no backup that is kept for less or more than its lock says. The job fails.",
    fix="change the retention of the rule, or `shortest` and `longest` of `lock`",
    source="https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html",
)
DR373 = Rule(
    "DR373",
    "backup-gap",
    says="a backup is deleted before the next one is made",
    why="Between the two there is nothing that could be restored.",
    fix="raise `retention`, or make backups more often",
    severity=Severity.WARNING,
)
DR374 = Rule(
    "DR374",
    "backup-deleted",
    says="AWS cannot delete this system while it has backups",
    why="With `on_delete: delete` the vaults go with their stacks. AWS deletes no vault that holds a backup, and the "
    "lock keeps each of them for its time.",
    fix="remove the section `backup` or `on_delete: delete`, or accept the finding with a reason",
    source="https://docs.aws.amazon.com/aws-backup/latest/devguide/deleting-a-vault.html",
    severity=Severity.WARNING,
)


def rules(topology: Topology) -> Iterator[Finding]:
    """What is wrong with the section; reports DR306, DR307 and DR369 to DR374."""
    asked = topology.spec.backup
    if asked is None:
        return
    yield from _names(topology, asked)
    yield from _places(topology, asked)
    yield from _times(asked)
    if not topology.spec.deployment.retains:
        message = "`on_delete: delete` cannot delete the vaults while they hold backups"
        related = ((("deployment", "on_delete"), "to be deleted"),)
        yield Finding(DR374, message, _AT, related=related, key=True)


def _names(topology: Topology, asked: Backup) -> Iterator[Finding]:
    yield from (unknown := tuple(unknown_entries(topology.spec, asked, _AT)))
    if not (unknown or backup.tables(topology) or s3.backed_up(topology)):
        yield Finding(DR369, "there is no table and no bucket to back up", _AT, key=True)


def _places(topology: Topology, asked: Backup) -> Iterator[Finding]:
    for stack in topology.serving:
        lacking = [kind for kind in regions.lacking(stack.region) if kind in _TYPES]
        if lacking:
            related = ((("regions", topology.position(stack), "region"), "this region"),)
            message = f"`{stack.region}` has no {', '.join(lacking)}"
            yield Finding(Code.DR306, message, _AT, help="remove the section `backup`", related=related, key=True)
    naming = topology.spec.naming
    own = [
        f"arn:{topology.partition}:backup:{stack.region}:{topology.spec.account}:backup-vault:"
        f"{backup.VAULT_ENTRY}-{naming.environment}-{naming.suffix}"
        for stack in topology.serving
    ]
    for number, known in enumerate(asked.copy_to):
        at: Route = (*_AT, "copy_to", number)
        partition = known.split(":")[1]
        if partition != topology.partition:
            message = f"the vault is in the partition `{partition}`; the regions are in `{topology.partition}`"
            yield Finding(DR371, message, at)
        elif known in own:
            message = "the vault is the one of this topology"
            yield Finding(DR371, message, at, help="write `regions: each-copied`, and remove it here")


def _times(asked: Backup) -> Iterator[Finding]:
    cold = facts.COLD_DAYS_MIN.value
    for number, rule in enumerate(asked.rules):
        at: Route = (*_AT, "rules", number)
        if rule.cold_after and rule.retention.days < rule.cold_after.days + cold:
            least = int(rule.cold_after.days) + cold
            message = f"backups move after {rule.cold_after} and stay {cold} days, but are kept for {rule.retention}"
            yield Finding(DR370, message, (*at, "retention"), help=f"write `{least}d` or more, or lower `cold_after`")
        for field, wrong, word in (
            ("shortest", asked.lock.shortest and rule.retention < asked.lock.shortest, "less"),
            ("longest", asked.lock.longest and rule.retention > asked.lock.longest, "more"),
        ):
            if wrong:
                bound = getattr(asked.lock, field)
                message = f"`{rule.name}` keeps backups for {rule.retention}, {word} than the lock takes: {bound}"
                yield Finding(DR372, message, (*at, "retention"), related=(((*_AT, "lock", field), "the lock"),))
        if rule.retention.seconds < rule.every.seconds:
            message = f"`{rule.name}` makes a backup every {rule.every} and keeps it for {rule.retention}"
            yield Finding(DR373, message, (*at, "retention"))
