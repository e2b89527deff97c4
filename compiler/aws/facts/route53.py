"""Route 53: health checks, failover and DNS times. Source: the Route 53 Developer Guide."""

from __future__ import annotations

from typing import Final

from compiler.aws.facts.model import Fact, Grade, Source

_GUIDE = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/"
_HEALTH = Source(
    "Amazon Route 53 Developer Guide: How Route 53 determines whether a health check is healthy",
    _GUIDE + "dns-failover-determining-health-of-endpoints.html",
)
_VALUES = Source(
    "Amazon Route 53 Developer Guide: Values that you specify for health checks",
    _GUIDE + "health-checks-creating-values.html",
)
_CHECK = Source(
    "AWS CloudFormation Template Reference: AWS::Route53::HealthCheck HealthCheckConfig",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
    "aws-properties-route53-healthcheck-healthcheckconfig.html",
)
_LIMITS = Source("Amazon Route 53 Developer Guide: Quotas", _GUIDE + "DNSLimitations.html")
_API = Source("Amazon Route 53 Developer Guide: Routing traffic to API Gateway", _GUIDE + "routing-to-api-gateway.html")
_ALIAS = Source(
    "Amazon Route 53 Developer Guide: Choosing between alias and non-alias records",
    _GUIDE + "resource-record-sets-choosing-alias-non-alias.html",
)
_MONITORING = Source(
    "Amazon Route 53 Developer Guide: Monitoring health checks with CloudWatch",
    _GUIDE + "monitoring-health-checks.html",
)
_RECOVERY = Source("Amazon Route 53 Developer Guide: Accelerated recovery", _GUIDE + "accelerated-recovery.html")
_ANNOUNCEMENT = Source(
    "AWS Networking & Content Delivery Blog: Announcing Amazon Route 53 Accelerated Recovery",
    "https://aws.amazon.com/blogs/networking-and-content-delivery/"
    "announcing-amazon-route-53-accelerated-recovery-for-managing-public-dns-records",
)
_RECORD = Source(
    "Amazon Route 53 API Reference: ResourceRecordSet",
    "https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html",
)

INTERVALS_SECONDS: Final = Fact(
    "route53.intervals_seconds",
    (10, 30),
    "seconds",
    Grade.DOCUMENTED,
    "A health check runs every 10 or every 30 seconds, counted from the last response to the next request.",
    _HEALTH,
)
FAILURES_MIN: Final = Fact(
    "route53.failures_min",
    1,
    "failed checks in a row",
    Grade.DOCUMENTED,
    "The failure threshold of a health check is at least 1.",
    _CHECK,
)
FAILURES_MAX: Final = Fact(
    "route53.failures_max",
    10,
    "failed checks in a row",
    Grade.DOCUMENTED,
    "The failure threshold of a health check is at most 10.",
    _CHECK,
)
FAILURES_DEFAULT: Final = Fact(
    "route53.failures_default",
    3,
    "failed checks in a row",
    Grade.DOCUMENTED,
    "The failure threshold of a health check is 3 unless another is set.",
    _VALUES,
)
CONNECT_SECONDS: Final = Fact(
    "route53.connect_seconds",
    4,
    "seconds",
    Grade.DOCUMENTED,
    "A checker must be able to connect over HTTP or HTTPS within four seconds.",
    _HEALTH,
)
ANSWER_SECONDS: Final = Fact(
    "route53.answer_seconds",
    2,
    "seconds",
    Grade.DOCUMENTED,
    "After connecting, a checker must get a 2xx or 3xx answer within two seconds.",
    _HEALTH,
)
MATCH_SECONDS: Final = Fact(
    "route53.match_seconds",
    2,
    "seconds",
    Grade.DOCUMENTED,
    "A check that matches a text must have read the body within two further seconds.",
    _HEALTH,
)
MATCH_BYTES: Final = Fact(
    "route53.match_bytes",
    5_120,
    "bytes",
    Grade.DOCUMENTED,
    "A check that matches a text looks at the first 5,120 bytes of the body.",
    _HEALTH,
)
MATCH_CHARACTERS: Final = Fact(
    "route53.match_characters",
    255,
    "characters",
    Grade.DOCUMENTED,
    "The text that a health check looks for has at most 255 characters.",
    _CHECK,
)
PATH_CHARACTERS: Final = Fact(
    "route53.path_characters",
    255,
    "characters",
    Grade.DOCUMENTED,
    "The path that a health check asks for has at most 255 characters.",
    _CHECK,
)
HEALTHY_PERCENT: Final = Fact(
    "route53.healthy_percent",
    18,
    "percent of checkers",
    Grade.DOCUMENTED,
    "An endpoint is healthy while more than 18 % of the checkers say so.",
    _HEALTH,
)
CHECKERS: Final = Fact(
    "route53.checkers",
    16,
    "checkers per health check",
    Grade.ASSUMED,
    "An endpoint sees about one request every two seconds at a 30-second interval, so about 16 checkers.",
    _VALUES,
    verified=False,
)
CHECKER_REGIONS: Final = Fact(
    "route53.checker_regions",
    (
        "ap-northeast-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "eu-west-1",
        "sa-east-1",
        "us-east-1",
        "us-west-1",
        "us-west-2",
    ),
    "regions",
    Grade.DOCUMENTED,
    "Checkers sit in these eight regions.",
    _CHECK,
)
CHECKER_REGIONS_MIN: Final = Fact(
    "route53.checker_regions_min",
    3,
    "regions",
    Grade.DOCUMENTED,
    "A health check that names its checker regions names at least three.",
    _CHECK,
)
CHILD_CHECKS: Final = Fact(
    "route53.child_checks",
    255,
    "child health checks",
    Grade.DOCUMENTED,
    "A calculated health check watches at most 255 others.",
    _LIMITS,
)
CHANGE_SECONDS: Final = Fact(
    "route53.change_seconds",
    60,
    "seconds",
    Grade.DOCUMENTED,
    "A changed record is on all name servers within about 60 seconds.",
    _API,
)
STATUS_SECONDS: Final = Fact(
    "route53.status_seconds",
    60,
    "seconds",
    Grade.ASSUMED,
    "The name servers are taken to know of a changed health status within 60 seconds.",
    _HEALTH,
    verified=False,
)
API_ALIAS_SECONDS: Final = Fact(
    "route53.api_alias_seconds",
    60,
    "seconds",
    Grade.ASSUMED,
    "An alias of an API Gateway domain is taken to be cached for 60 seconds, the target's own time to live.",
    _ALIAS,
    verified=False,
)
CLIENT_CACHE_SECONDS: Final = Fact(
    "route53.client_cache_seconds",
    300,
    "seconds",
    Grade.ASSUMED,
    "Resolvers, runtimes and kept-alive connections of clients are allowed five minutes to follow a new address.",
    _ALIAS,
    verified=False,
)
HEALTH_CHECKS: Final = Fact(
    "route53.health_checks",
    200,
    "health checks per account",
    Grade.DOCUMENTED,
    "An account may have 200 health checks unless the quota is raised.",
    _LIMITS,
)
HOSTED_ZONES: Final = Fact(
    "route53.hosted_zones",
    500,
    "hosted zones per account",
    Grade.DOCUMENTED,
    "An account may have 500 hosted zones unless the quota is raised.",
    _LIMITS,
)
RECORDS_PER_ZONE: Final = Fact(
    "route53.records_per_zone",
    10_000,
    "records per hosted zone",
    Grade.DOCUMENTED,
    "A hosted zone may have 10,000 records unless the quota is raised.",
    _LIMITS,
)
SET_IDENTIFIER_CHARACTERS: Final = Fact(
    "route53.set_identifier_characters",
    128,
    "characters",
    Grade.DOCUMENTED,
    "The identifier that tells the records of a failover pair apart has at most 128 characters.",
    _RECORD,
)
METRICS_REGION: Final = Fact(
    "route53.metrics_region",
    "us-east-1",
    "region",
    Grade.DOCUMENTED,
    "The metrics of health checks exist in us-east-1 only.",
    _MONITORING,
)
ACCELERATED_RECOVERY_MINUTES: Final = Fact(
    "route53.accelerated_recovery_minutes",
    60,
    "minutes",
    Grade.DOCUMENTED,
    "Accelerated recovery aims to let records be changed again within about 60 minutes of an outage.",
    _RECOVERY,
)
DNS_AVAILABILITY: Final = Fact(
    "route53.dns_availability",
    100.0,
    "percent of a month",
    Grade.PROMISE,
    "Answering DNS queries is promised for 100 % of the time; changing records is not.",
    _ANNOUNCEMENT,
)
