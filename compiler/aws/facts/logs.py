"""CloudWatch Logs: retention, ingestion and subscriptions. Source: the CloudWatch Logs User Guide."""

from __future__ import annotations

from typing import Final

from compiler.aws.facts.model import Fact, Grade, QuotaCode, Source

_GUIDE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/"
_LIMITS = Source("Amazon CloudWatch Logs User Guide: Quotas", _GUIDE + "cloudwatch_limits_cwl.html")
_SUBSCRIPTIONS = Source(
    "Amazon CloudWatch Logs User Guide: Real-time processing with subscriptions", _GUIDE + "Subscriptions.html"
)
_GROUP = Source(
    "AWS CloudFormation Template Reference: AWS::Logs::LogGroup",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html",
)
_DESTINATION = Source(
    "Amazon CloudWatch Logs API Reference: PutDestination",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDestination.html",
)
_VENDED = Source(
    "Amazon CloudWatch Logs User Guide: Logs sent to CloudWatch Logs", _GUIDE + "AWS-logs-infrastructure-CWL.html"
)
_QUERY_LOG = Source(
    "Amazon Route 53 API Reference: CreateQueryLoggingConfig",
    "https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateQueryLoggingConfig.html",
)
_RESOURCE_POLICY = Source(
    "Amazon CloudWatch Logs API Reference: PutResourcePolicy",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html",
)
_ENDPOINTS = Source(
    "AWS General Reference: Amazon CloudWatch Logs endpoints and quotas",
    "https://docs.aws.amazon.com/general/latest/gr/cwl_region.html",
)

RETENTION_DAYS: Final = Fact(
    "logs.retention_days",
    (
        1,
        3,
        5,
        7,
        14,
        30,
        60,
        90,
        120,
        150,
        180,
        365,
        400,
        545,
        731,
        1096,
        1827,
        2192,
        2557,
        2922,
        3288,
        3653,
    ),
    "days",
    Grade.DOCUMENTED,
    "A log group keeps its events for one of these numbers of days, or for ever.",
    _GROUP,
)
PUT_RATE: Final = Fact(
    "logs.put_rate",
    5_000,
    "PutLogEvents calls/s per account and region",
    Grade.DOCUMENTED,
    "An account may write log events 5,000 times a second in a region unless the quota is raised.",
    _LIMITS,
)
PUT_RATE_QUOTA: Final = Fact(
    "logs.put_rate_quota",
    QuotaCode("logs", "L-7E1FAE88", "PutLogEvents throttle limit in transactions per second"),
    "Service Quotas code",
    Grade.DOCUMENTED,
    "The rate of writing log events is raised through this quota.",
    _ENDPOINTS,
)
FILTERS_PER_GROUP: Final = Fact(
    "logs.filters_per_group",
    2,
    "subscription filters per log group",
    Grade.DOCUMENTED,
    "A log group may have two subscription filters, and this cannot be raised.",
    _SUBSCRIPTIONS,
)
DELIVERY_SECONDS: Final = Fact(
    "logs.delivery_seconds",
    180,
    "seconds",
    Grade.TYPICAL,
    "A subscription usually delivers within three minutes, at least once.",
    _SUBSCRIPTIONS,
)
RETRY_HOURS: Final = Fact(
    "logs.retry_hours",
    24,
    "hours",
    Grade.DOCUMENTED,
    "A failing delivery is tried again for up to 24 hours.",
    _SUBSCRIPTIONS,
)
VENDED_PREFIX: Final = Fact(
    "logs.vended_prefix",
    "/aws/vendedlogs/",
    "beginning of a name",
    Grade.DOCUMENTED,
    "A service that delivers logs adds each log group to a resource policy of the account. Groups with this prefix "
    "need no entry of their own.",
    _VENDED,
)
DELIVERY_PRINCIPAL: Final = Fact(
    "logs.delivery_principal",
    "delivery.logs.amazonaws.com",
    "service principal",
    Grade.DOCUMENTED,
    "Services that deliver logs do it as this principal, which the resource policy names.",
    _VENDED,
)
QUERY_LOG_PREFIX: Final = Fact(
    "logs.query_log_prefix",
    "/aws/route53/",
    "beginning of a name",
    Grade.DOCUMENTED,
    "Route 53 adds nothing to a resource policy. AWS recommends one prefix for the log groups of query logs, so that "
    "one policy covers them all.",
    _QUERY_LOG,
)
RESOURCE_POLICIES: Final = Fact(
    "logs.resource_policies",
    10,
    "policies per account and region",
    Grade.DOCUMENTED,
    "CloudWatch Logs keeps at most ten resource policies of the account in a region, and one more for each log group.",
    _RESOURCE_POLICY,
)
RESOURCE_POLICY_CHARACTERS: Final = Fact(
    "logs.resource_policy_characters",
    (5_120, 51_200),
    "characters",
    Grade.DOCUMENTED,
    "A resource policy of the account could have 5,120 characters, and the API allows 51,200 now. Close to the limit "
    "AWS replaces the names of log groups by the prefix `/aws/vendedlogs/`.",
    _RESOURCE_POLICY,
)
DELIVERY_POLICY: Final = Fact(
    "logs.delivery_policy",
    "AWSLogDeliveryWrite",
    "beginning of a name",
    Grade.DOCUMENTED,
    "The name of the policy that AWS makes for delivered logs begins like this.",
    _VENDED,
)
GROUP_NAME_CHARACTERS: Final = Fact(
    "logs.group_name_characters",
    512,
    "characters",
    Grade.DOCUMENTED,
    "The name of a log group has at most 512 characters.",
    _GROUP,
)
DESTINATION_NAME_CHARACTERS: Final = Fact(
    "logs.destination_name_characters",
    512,
    "characters",
    Grade.DOCUMENTED,
    "The name of a destination has at most 512 characters.",
    _DESTINATION,
)
CALLS_PER_ENVIRONMENT: Final = Fact(
    "logs.calls_per_environment",
    1,
    "calls/s per busy execution environment",
    Grade.ASSUMED,
    "Lambda gathers the lines of an environment before it writes them; this is taken as one call a second.",
    _LIMITS,
    verified=False,
)
COMPRESSION: Final = Fact(
    "logs.compression",
    2.5,
    "bytes of log lines per byte sent",
    Grade.ASSUMED,
    "A subscription sends lines compressed by gzip. Lines of the shipped function and of an access log shrink to less "
    "than two fifths: measured by a test, on records as CloudWatch Logs forms them.",
    _SUBSCRIPTIONS,
    verified=False,
    read="2026-11-26",
)
RECORD_BYTES: Final = Fact(
    "logs.record_bytes",
    500,
    "bytes per record",
    Grade.ASSUMED,
    "A record of a subscription also names its group, stream and filter, and the first line in it hardly shrinks: "
    "measured by a test. So a record of one line is larger than the line.",
    _SUBSCRIPTIONS,
    verified=False,
    read="2026-11-26",
)
