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
_ALIAS = Source(
    "Amazon Route 53 Developer Guide: Choosing between alias and non-alias records",
    _GUIDE + "resource-record-sets-choosing-alias-non-alias.html",
)
_TTL = Source(
    "Amazon Route 53 Developer Guide: Values that are common for all routing policies",
    _GUIDE + "resource-record-sets-values-shared.html",
)
_MONITORING = Source(
    "Amazon Route 53 Developer Guide: Monitoring health checks with CloudWatch",
    _GUIDE + "monitoring-health-checks.html",
)

INTERVALS_SECONDS: Final = Fact(
    "route53.intervals_seconds",
    (10, 30),
    "seconds",
    Grade.DOCUMENTED,
    "A health check runs every 10 or every 30 seconds, counted from the last response to the next request.",
    _HEALTH,
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
PATH_CHARACTERS: Final = Fact(
    "route53.path_characters",
    255,
    "characters",
    Grade.DOCUMENTED,
    "The path that a health check asks for has at most 255 characters.",
    _CHECK,
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
HEALTHY_PERCENT: Final = Fact(
    "route53.healthy_percent",
    18,
    "percent of checkers",
    Grade.DOCUMENTED,
    "An endpoint counts as healthy while more than 18 percent of the checkers report it healthy.",
    _HEALTH,
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
REGION_RECORD_SECONDS: Final = Fact(
    "route53.region_record_seconds",
    10,
    "seconds",
    Grade.ASSUMED,
    "Whoever asks for the text record that names the answering region is taken to see a change within its lifetime, "
    "ten seconds.",
    _TTL,
    verified=False,
    read="2026-11-26",
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
METRICS_REGION: Final = Fact(
    "route53.metrics_region",
    "us-east-1",
    "region",
    Grade.DOCUMENTED,
    "The metrics of health checks exist in us-east-1 only.",
    _MONITORING,
)
