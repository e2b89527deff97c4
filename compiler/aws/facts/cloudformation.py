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
_CHANGE_SET = Source(
    "AWS CloudFormation API Reference: CreateChangeSet",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html",
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
MAPPINGS_PER_TEMPLATE: Final = Fact(
    "cloudformation.mappings_per_template",
    200,
    "mappings per template",
    Grade.DOCUMENTED,
    "A template may declare at most 200 mappings.",
    _QUOTAS,
)
ATTRIBUTES_PER_MAPPING: Final = Fact(
    "cloudformation.attributes_per_mapping",
    200,
    "attributes per mapping",
    Grade.DOCUMENTED,
    "One mapping may hold at most 200 attributes.",
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
DESCRIPTION_BYTES: Final = Fact(
    "cloudformation.description_bytes",
    1_024,
    "bytes",
    Grade.DOCUMENTED,
    "The description of a template may have at most 1,024 bytes.",
    _QUOTAS,
)
PARAMETER_VALUE_BYTES: Final = Fact(
    "cloudformation.parameter_value_bytes",
    4_096,
    "bytes",
    Grade.DOCUMENTED,
    "The value of a parameter may have at most 4,096 bytes.",
    _QUOTAS,
)
LOGICAL_ID_CHARACTERS: Final = Fact(
    "cloudformation.logical_id_characters",
    255,
    "characters",
    Grade.DOCUMENTED,
    "The logical id of a resource may have at most 255 characters.",
    _QUOTAS,
)
PARAMETER_NAME_CHARACTERS: Final = Fact(
    "cloudformation.parameter_name_characters",
    255,
    "characters",
    Grade.DOCUMENTED,
    "The name of a parameter may have at most 255 characters.",
    _QUOTAS,
)
OUTPUT_NAME_CHARACTERS: Final = Fact(
    "cloudformation.output_name_characters",
    255,
    "characters",
    Grade.DOCUMENTED,
    "The name of an output may have at most 255 characters.",
    _QUOTAS,
)
MAPPING_NAME_CHARACTERS: Final = Fact(
    "cloudformation.mapping_name_characters",
    255,
    "characters",
    Grade.DOCUMENTED,
    "The name of a mapping may have at most 255 characters.",
    _QUOTAS,
)
STACK_NAME_CHARACTERS: Final = Fact(
    "cloudformation.stack_name_characters",
    128,
    "characters",
    Grade.DOCUMENTED,
    "The name of a stack may have at most 128 characters.",
    _QUOTAS,
)
CHANGE_SET_NAME_CHARACTERS: Final = Fact(
    "cloudformation.change_set_name_characters",
    128,
    "characters",
    Grade.DOCUMENTED,
    "The name of a change set may have at most 128 characters.",
    _CHANGE_SET,
)
CHANGE_SET_NAME_PATTERN: Final = Fact(
    "cloudformation.change_set_name_pattern",
    r"^[a-zA-Z][-a-zA-Z0-9]*$",
    "regular expression",
    Grade.DOCUMENTED,
    "The name of a change set starts with a letter and goes on with letters, digits and hyphens.",
    _CHANGE_SET,
)
STACK_TAGS: Final = Fact(
    "cloudformation.stack_tags",
    50,
    "tags per stack",
    Grade.DOCUMENTED,
    "A stack operation takes at most 50 tags.",
    _CHANGE_SET,
)
TAG_KEY_CHARACTERS: Final = Fact(
    "cloudformation.tag_key_characters",
    128,
    "characters",
    Grade.DOCUMENTED,
    "The key of a stack tag may have at most 128 characters.",
    _CHANGE_SET,
)
TAG_VALUE_CHARACTERS: Final = Fact(
    "cloudformation.tag_value_characters",
    256,
    "characters",
    Grade.DOCUMENTED,
    "The value of a stack tag may have at most 256 characters.",
    _CHANGE_SET,
)
STACKS_PER_REGION: Final = Fact(
    "cloudformation.stacks_per_region",
    2_000,
    "stacks per account and region",
    Grade.DOCUMENTED,
    "An account may have 2,000 stacks in a region unless the quota is raised.",
    _QUOTAS,
)
DYNAMIC_REFERENCES_PER_TEMPLATE: Final = Fact(
    "cloudformation.dynamic_references_per_template",
    60,
    "dynamic references per template",
    Grade.DOCUMENTED,
    "A template may hold at most 60 dynamic references.",
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
