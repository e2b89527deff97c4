"""S3: replication, request rates, bucket names and acceleration. Source: the S3 User Guide."""

from __future__ import annotations

from typing import Final

from compiler.aws.facts.model import Fact, Grade, QuotaCode, Source

_GUIDE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/"
_TIME_CONTROL = Source(
    "Amazon S3 User Guide: Meeting compliance requirements with S3 Replication Time Control",
    _GUIDE + "replication-time-control.html",
)
_NAMES = Source("Amazon S3 User Guide: General purpose bucket naming rules", _GUIDE + "bucketnamingrules.html")
_NAMESPACES = Source("Amazon S3 User Guide: Bucket namespaces", _GUIDE + "gpbucketnamespaces.html")
_ACCELERATION = Source("Amazon S3 User Guide: Transfer Acceleration", _GUIDE + "transfer-acceleration.html")
_BUCKET_KEY = Source("Amazon S3 User Guide: Reducing the cost of SSE-KMS", _GUIDE + "bucket-key.html")
_BUCKETS = Source(
    "Amazon S3 User Guide: General purpose bucket quotas, limitations, and restrictions",
    _GUIDE + "BucketRestrictions.html",
)
_ENDPOINTS = Source(
    "AWS General Reference: Amazon S3 endpoints and quotas",
    "https://docs.aws.amazon.com/general/latest/gr/s3.html",
)

RTC_MINUTES: Final = Fact(
    "s3.rtc_minutes",
    15,
    "minutes",
    Grade.PROMISE,
    "Replication Time Control aims at 15 minutes, and no other value can be asked for.",
    _TIME_CONTROL,
)
RTC_PERCENT: Final = Fact(
    "s3.rtc_percent",
    99.9,
    "percent of objects in a month",
    Grade.PROMISE,
    "Replication Time Control promises its time for 99.9 % of the objects; delete markers do not count.",
    _TIME_CONTROL,
)
RTC_BITS_PER_SECOND: Final = Fact(
    "s3.rtc_bits_per_second",
    1_000_000_000,
    "bits/s per account and region",
    Grade.DOCUMENTED,
    "Replication Time Control promises nothing while replication carries more than 1 Gbps, the default quota.",
    _TIME_CONTROL,
)
RTC_TRANSFER_QUOTA: Final[Fact[QuotaCode | None]] = Fact(
    "s3.rtc_transfer_quota",
    None,
    "Service Quotas code",
    Grade.ASSUMED,
    "The transfer rate of replication can be raised through Service Quotas, under a code that no source states.",
    _ENDPOINTS,
    verified=False,
)
REPLICATION_TYPICAL_SECONDS: Final = Fact(
    "s3.replication_typical_seconds",
    10.0,
    "seconds",
    Grade.ASSUMED,
    "Most objects are replicated within seconds under Replication Time Control; this is taken as ten.",
    _TIME_CONTROL,
    verified=False,
)
WRITES_PER_PREFIX: Final = Fact(
    "s3.writes_per_prefix",
    3_500,
    "writes/s per prefix",
    Grade.DOCUMENTED,
    "A prefix takes at least 3,500 PUT, COPY, POST and DELETE requests a second, those of replication included.",
    _TIME_CONTROL,
)
READS_PER_PREFIX: Final = Fact(
    "s3.reads_per_prefix",
    5_500,
    "reads/s per prefix",
    Grade.DOCUMENTED,
    "A prefix takes at least 5,500 GET and HEAD requests a second, those of replication included.",
    _TIME_CONTROL,
)
REPLICATION_SOURCE_READS: Final = Fact(
    "s3.replication_source_reads",
    5,
    "reads per object at the source",
    Grade.DOCUMENTED,
    "Replicating an object takes up to five GET and HEAD requests at the source.",
    _TIME_CONTROL,
)
REPLICATION_SOURCE_WRITES: Final = Fact(
    "s3.replication_source_writes",
    1,
    "writes per object at the source",
    Grade.DOCUMENTED,
    "Replicating an object takes one PUT request at the source.",
    _TIME_CONTROL,
)
KMS_REQUESTS_PER_REPLICA: Final = Fact(
    "s3.kms_requests_per_replica",
    2,
    "KMS requests per replicated object",
    Grade.DOCUMENTED,
    "Without bucket keys each replicated object costs about two KMS requests.",
    _TIME_CONTROL,
)
KMS_REQUESTS_PER_OBJECT: Final = Fact(
    "s3.kms_requests_per_object",
    1,
    "KMS requests per S3 request",
    Grade.ASSUMED,
    "Without bucket keys each read or write of an object is taken to cost one KMS request.",
    _BUCKET_KEY,
    verified=False,
)
BUCKET_KEY_SAVING_PERCENT: Final = Fact(
    "s3.bucket_key_saving_percent",
    99,
    "percent of KMS requests",
    Grade.DOCUMENTED,
    "Bucket keys cut the requests to KMS by up to 99 %.",
    _BUCKET_KEY,
)
NAME_CHARACTERS_MIN: Final = Fact(
    "s3.name_characters_min",
    3,
    "characters",
    Grade.DOCUMENTED,
    "A bucket name has at least 3 characters.",
    _NAMES,
)
NAME_CHARACTERS: Final = Fact(
    "s3.name_characters",
    63,
    "characters",
    Grade.DOCUMENTED,
    "A bucket name has at most 63 characters.",
    _NAMES,
)
NAME_PATTERN: Final = Fact(
    "s3.name_pattern",
    r"^(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]*[a-z0-9]$",
    "regular expression",
    Grade.DOCUMENTED,
    "A bucket name is lower-case letters, digits, dots and hyphens between letters or digits, "
    "without two dots in a row and not in the form of an IP address.",
    _NAMES,
)
FORBIDDEN_PREFIXES: Final = Fact(
    "s3.forbidden_prefixes",
    ("xn--", "sthree-", "amzn-s3-demo-"),
    "prefixes of bucket names",
    Grade.DOCUMENTED,
    "S3 keeps these beginnings of bucket names to itself.",
    _NAMES,
)
FORBIDDEN_SUFFIXES: Final = Fact(
    "s3.forbidden_suffixes",
    ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"),
    "suffixes of bucket names",
    Grade.DOCUMENTED,
    "S3 keeps these ends of bucket names to itself.",
    _NAMES,
)
NAMESPACE_SUFFIX: Final = Fact(
    "s3.namespace_suffix",
    "-an",
    "suffix of bucket names",
    Grade.DOCUMENTED,
    "A bucket name that ends like this is refused outside the account-regional namespace.",
    _NAMESPACES,
)
ACCELERATION_DELAY_MINUTES: Final = Fact(
    "s3.acceleration_delay_minutes",
    20,
    "minutes",
    Grade.DOCUMENTED,
    "It takes up to 20 minutes until Transfer Acceleration speeds a bucket up.",
    _ACCELERATION,
)
ACCELERATION_REGIONS: Final = Fact(
    "s3.acceleration_regions",
    (
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1",
        "eu-central-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    ),
    "regions",
    Grade.DOCUMENTED,
    "Transfer Acceleration works for buckets in these regions only.",
    _ACCELERATION,
)
PUT_MILLISECONDS: Final = Fact(
    "s3.put_milliseconds",
    100,
    "milliseconds per object below 512 KB",
    Grade.ASSUMED,
    "A write of a small object is taken to last 100 milliseconds; AWS speaks of a median of tens of milliseconds.",
    Source(
        "Best Practices Design Patterns: Optimizing Amazon S3 Performance: Timeouts and Retries",
        "https://docs.aws.amazon.com/whitepapers/latest/s3-optimizing-performance-best-practices/"
        "timeouts-and-retries-for-latency-sensitive-applications.html",
    ),
    verified=False,
)
BUCKETS: Final = Fact(
    "s3.buckets",
    10_000,
    "buckets per account",
    Grade.DOCUMENTED,
    "An account has at most 10,000 buckets, those of all regions together, unless the quota is raised.",
    _BUCKETS,
    read="2026-11-27",
)
BUCKETS_QUOTA: Final = Fact(
    "s3.buckets_quota",
    QuotaCode("s3", "L-DC2B2D3D", "General purpose buckets"),
    "Service Quotas code",
    Grade.DOCUMENTED,
    "The number of buckets is raised through this quota, in us-east-1.",
    _BUCKETS,
    read="2026-11-27",
)
