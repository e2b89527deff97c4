"""AWS Backup: plans, vaults and their locks. Source: the AWS Backup Developer Guide and API Reference."""

from __future__ import annotations

from typing import Final

from compiler.aws.facts.model import Fact, Grade, Source

_GUIDE = "https://docs.aws.amazon.com/aws-backup/latest/devguide/"
_REFERENCE = "https://docs.aws.amazon.com/aws-backup/latest/APIReference/"
_RULE = Source("AWS Backup API Reference: BackupRuleInput", _REFERENCE + "API_BackupRuleInput.html")
_LOCK = Source(
    "AWS Backup API Reference: PutBackupVaultLockConfiguration",
    _REFERENCE + "API_PutBackupVaultLockConfiguration.html",
)
_QUOTAS = Source("AWS Backup Developer Guide: Quotas", _GUIDE + "aws-backup-limits.html")
_VAULT = Source(
    "AWS CloudFormation Template Reference: AWS::Backup::BackupVault",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-backup-backupvault.html",
)
_TODAY = "2026-11-26"

START_MINUTES_MIN: Final = Fact(
    "backup.start_minutes_min", 60, "minutes", Grade.DOCUMENTED,
    "A backup job is given 60 minutes at least to begin.", _RULE, read=_TODAY,
)  # fmt: skip
RETENTION_DAYS_MAX: Final = Fact(
    "backup.retention_days_max", 36_500, "days", Grade.DOCUMENTED,
    "A backup is kept for at most 36,500 days.", _LOCK, read=_TODAY,
)  # fmt: skip
COLD_DAYS_MIN: Final = Fact(
    "backup.cold_days_min", 90, "days", Grade.DOCUMENTED,
    "A backup that has moved to cold storage stays there for at least 90 days.", _RULE, read=_TODAY,
)  # fmt: skip
PLAN_RULES: Final = Fact(
    "backup.plan_rules", 10, "rules of a plan", Grade.DOCUMENTED,
    "A backup plan has at most 10 rules.", _QUOTAS, read=_TODAY,
)  # fmt: skip
RULE_COPIES: Final = Fact(
    "backup.rule_copies", 5, "copies of a rule", Grade.DOCUMENTED,
    "A rule of a plan copies its backups to at most 5 vaults.", _QUOTAS, read=_TODAY,
)  # fmt: skip
VAULT_NAME_CHARACTERS: Final = Fact(
    "backup.vault_name_characters", 50, "characters", Grade.DOCUMENTED,
    "The name of a vault has at most 50 characters.", _VAULT, read=_TODAY,
)  # fmt: skip
PLAN_SELECTIONS: Final = Fact(
    "backup.plan_selections", 100, "assignments of resources per plan", Grade.DOCUMENTED,
    "A plan has at most 100 assignments of resources, and this cannot be raised.", _QUOTAS, read="2026-11-27",
)  # fmt: skip
