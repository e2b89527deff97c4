"""KMS: request quotas, rotation, deletion and aliases. Source: the KMS Developer Guide."""

from __future__ import annotations

from typing import Final

from compiler.aws.facts.model import Fact, Grade, QuotaCode, Source

_REQUESTS = Source(
    "AWS Key Management Service Developer Guide: Request quotas",
    "https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html",
)
_KEY = Source(
    "AWS CloudFormation Template Reference: AWS::KMS::Key",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html",
)
_ALIAS = Source(
    "AWS Key Management Service API Reference: CreateAlias",
    "https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html",
)
_CONSOLE = Source(
    "Service Quotas console: Cryptographic operations (symmetric) request rate",
    "https://console.aws.amazon.com/servicequotas/home/services/kms/quotas/L-6E3AF000",
)

REQUESTS: Final = Fact(
    "kms.requests",
    10_000,
    "requests/s per account and region",
    Grade.DOCUMENTED,
    "Symmetric keys of an account together serve 10,000 requests a second in most regions by default.",
    _REQUESTS,
)
LARGE_REGION_REQUESTS: Final = Fact(
    "kms.large_region_requests",
    20_000,
    "requests/s per account and region",
    Grade.DOCUMENTED,
    "In six larger regions symmetric keys of an account together serve 20,000 requests a second by default.",
    _REQUESTS,
)
LARGE_REGIONS: Final = Fact(
    "kms.large_regions",
    ("ap-northeast-1", "ap-southeast-1", "ap-southeast-2", "eu-central-1", "eu-west-2", "us-east-2"),
    "regions",
    Grade.DOCUMENTED,
    "These regions have the middle request quota.",
    _REQUESTS,
)
LARGEST_REGION_REQUESTS: Final = Fact(
    "kms.largest_region_requests",
    100_000,
    "requests/s per account and region",
    Grade.DOCUMENTED,
    "In the three largest regions symmetric keys of an account together serve 100,000 requests a second by default.",
    _REQUESTS,
)
LARGEST_REGIONS: Final = Fact(
    "kms.largest_regions",
    ("eu-west-1", "us-east-1", "us-west-2"),
    "regions",
    Grade.DOCUMENTED,
    "These regions have the highest request quota.",
    _REQUESTS,
)
REQUESTS_QUOTA: Final = Fact(
    "kms.requests_quota",
    QuotaCode("kms", "L-6E3AF000", "Cryptographic operations (symmetric) request rate"),
    "Service Quotas code",
    Grade.DOCUMENTED,
    "The request rate of symmetric keys is raised through this quota.",
    _CONSOLE,
)
ROTATION_DAYS_MIN: Final = Fact(
    "kms.rotation_days_min",
    90,
    "days",
    Grade.DOCUMENTED,
    "A key is rotated every 90 days at the most often.",
    _KEY,
)
ROTATION_DAYS_MAX: Final = Fact(
    "kms.rotation_days_max",
    2_560,
    "days",
    Grade.DOCUMENTED,
    "A key is rotated every 2,560 days at the least often.",
    _KEY,
)
DELETION_DAYS_MIN: Final = Fact(
    "kms.deletion_days_min",
    7,
    "days",
    Grade.DOCUMENTED,
    "A key waits at least seven days for its deletion.",
    _KEY,
)
DELETION_DAYS_MAX: Final = Fact(
    "kms.deletion_days_max",
    30,
    "days",
    Grade.DOCUMENTED,
    "A key waits at most 30 days for its deletion.",
    _KEY,
)
ALIAS_CHARACTERS: Final = Fact(
    "kms.alias_characters",
    256,
    "characters",
    Grade.DOCUMENTED,
    "An alias has at most 256 characters, its beginning `alias/` included.",
    _ALIAS,
)
REQUEST_MILLISECONDS: Final = Fact(
    "kms.request_milliseconds",
    10,
    "milliseconds per request",
    Grade.ASSUMED,
    "A request for a data key is taken to last ten milliseconds.",
    _REQUESTS,
    verified=False,
)
