"""CloudFormation: sizes and counts a template may have. Source: the CloudFormation User Guide."""

from __future__ import annotations

from typing import Final

from compiler.aws.facts.model import Fact, Grade, Source

_QUOTAS = Source(
    "AWS CloudFormation User Guide: Understand CloudFormation quotas",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html",
)
_EXPORTS = Source(
    "AWS CloudFormation User Guide: Get exported outputs from a deployed stack",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html",
)
_TRIGGERS = Source(
    "AWS CloudFormation API Reference: RollbackConfiguration",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_RollbackConfiguration.html",
)

RESOURCES_PER_TEMPLATE: Final = Fact(
    "cloudformation.resources_per_template",
    500,
    "resources per template",
    Grade.DOCUMENTED,
    "A template may declare at most 500 resources.",
    _QUOTAS,
)
PARAMETERS_PER_TEMPLATE: Final = Fact(
    "cloudformation.parameters_per_template",
    200,
    "parameters per template",
    Grade.DOCUMENTED,
    "A template may declare at most 200 parameters.",
    _QUOTAS,
)
OUTPUTS_PER_TEMPLATE: Final = Fact(
    "cloudformation.outputs_per_template",
    200,
    "outputs per template",
    Grade.DOCUMENTED,
    "A template may declare at most 200 outputs.",
    _QUOTAS,
)
INLINE_TEMPLATE_BYTES: Final = Fact(
    "cloudformation.inline_template_bytes",
    51_200,
    "bytes",
    Grade.DOCUMENTED,
    "A template sent inside the request may have at most 51,200 bytes; a larger one must be read from S3.",
    _QUOTAS,
)
STORED_TEMPLATE_BYTES: Final = Fact(
    "cloudformation.stored_template_bytes",
    1_000_000,
    "bytes",
    Grade.DOCUMENTED,
    "A template read from S3 may have at most 1 MB, counted here as 1,000,000 bytes to stay on the safe side.",
    _QUOTAS,
)
EXPORT_NAME_CHARACTERS: Final = Fact(
    "cloudformation.export_name_characters",
    255,
    "characters",
    Grade.ASSUMED,
    "The name of an export is taken to have at most 255 characters.",
    _EXPORTS,
    verified=False,
)
MONITORING_MINUTES: Final = Fact(
    "cloudformation.monitoring_minutes",
    180,
    "minutes",
    Grade.DOCUMENTED,
    "CloudFormation watches the rollback triggers of an operation for at most 180 minutes after it.",
    _TRIGGERS,
)
ROLLBACK_TRIGGERS: Final = Fact(
    "cloudformation.rollback_triggers",
    5,
    "alarms per operation",
    Grade.DOCUMENTED,
    "An operation on a stack has at most 5 rollback triggers, which are alarms that take it back.",
    _TRIGGERS,
    read="2026-11-27",
)
