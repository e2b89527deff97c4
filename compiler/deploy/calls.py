"""The calls that dr-deploy itself makes of AWS, and the IAM actions that a call needs."""

from __future__ import annotations

from collections.abc import Mapping

CALLS: Mapping[str, tuple[str, ...]] = {
    "apigateway": ("GetAccount", "GetRestApis"),
    "backup": ("DescribeGlobalSettings", "DescribeRegionSettings"),
    "cloudformation": (
        "CreateChangeSet", "DeleteChangeSet", "DeleteStack", "DescribeChangeSet", "DescribeEvents",
        "DescribeStackEvents", "DescribeStacks", "ExecuteChangeSet", "GetTemplate", "ListStackResources", "ListStacks",
        "UpdateTerminationProtection",
    ),
    "cloudwatch": ("DescribeAlarms", "GetMetricStatistics"),
    "dynamodb": ("GetItem", "UpdateItem"),
    "ec2": (
        "DescribeAvailabilityZones", "DescribeRegions", "DescribeSubnets", "DescribeVpcEndpointServices",
        "DescribeVpcEndpoints", "DescribeVpcs",
    ),
    "iam": ("GetPolicy", "ListAccountAliases"),
    "kms": ("DescribeKey", "GetKeyPolicy"),
    "lambda": ("GetFunctionConfiguration",),
    "logs": ("DescribeDestinations", "DescribeResourcePolicies"),
    "route53": ("GetHostedZone", "ListHostedZonesByName"),
    "s3": (
        "CreateBucket", "GetBucketEncryption", "GetBucketPolicy", "GetBucketVersioning", "GetObject",
        "GetPublicAccessBlock", "HeadBucket", "HeadObject", "ListObjectVersions", "PutBucketEncryption",
        "PutBucketPolicy", "PutBucketVersioning", "PutObject", "PutPublicAccessBlock",
    ),
    "service-quotas": ("GetAWSDefaultServiceQuota", "GetServiceQuota"),
    "sns": ("GetTopicAttributes",),
    "sts": ("GetCallerIdentity",),
}  # fmt: skip
"""The calls of dr-deploy itself, by service. Tests refuse one that is neither here nor in `DESTROYS`."""

DESTROYS: Mapping[str, tuple[str, ...]] = {
    "backup": ("DescribeBackupVault",),
    "route53": ("ChangeResourceRecordSets", "ListResourceRecordSets"),
    "s3": ("DeleteBucket", "DeleteObjects"),
}
"""Calls of `--destroy` besides. They are allowed only where the spec wants everything deleted in the end."""

_PREFIXES = {"service-quotas": "servicequotas", "apigatewayv2": "apigateway"}
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html (read 2026-11-26)
_OTHERWISE = {
    "apigateway:GetAccount": ("apigateway:GET",),
    "apigateway:GetRestApis": ("apigateway:GET",),
    "apigatewayv2:GetDomainName": ("apigateway:GET",),
    "cloudformation:CreateChangeSet": ("cloudformation:CreateChangeSet", "cloudformation:TagResource"),
    "s3:GetBucketEncryption": ("s3:GetEncryptionConfiguration",),
    "s3:GetObject": ("s3:GetObject", "s3:GetObjectVersion"),
    "s3:DeleteObjects": ("s3:DeleteObject", "s3:DeleteObjectVersion"),
    "s3:GetPublicAccessBlock": ("s3:GetBucketPublicAccessBlock",),
    "s3:HeadBucket": ("s3:ListBucket",),
    "s3:HeadObject": ("s3:GetObject", "s3:GetObjectVersion"),
    "s3:ListObjectVersions": ("s3:ListBucketVersions",),
    "s3:PutBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "s3:PutPublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
}
"""Calls whose action has another name, or that need several."""


def of_call(service: str, operation: str) -> tuple[str, ...]:
    """The actions that a call of an API needs."""
    usual = (f"{_PREFIXES.get(service, service)}:{operation}",)
    return _OTHERWISE.get(f"{service}:{operation}", usual)
