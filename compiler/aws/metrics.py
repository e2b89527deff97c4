"""Which metrics AWS publishes, with which dimensions, and where.

Metrics that are not listed are not judged: AWS adds some every year. Sources, all read 2026-11-22:
- DynamoDB: amazondynamodb/latest/developerguide/metrics-dimensions.html
- Lambda: lambda/latest/dg/monitoring-metrics-types.html and monitoring-concurrency.html
- API Gateway: apigateway/latest/developerguide/http-api-metrics.html and api-gateway-metrics-and-dimensions.html
- S3: AmazonS3/latest/userguide/metrics-dimensions.html and repl-metrics.html
- Route 53: Route53/latest/DeveloperGuide/monitoring-health-checks.html
- Kinesis: streams/latest/dev/monitoring-with-cloudwatch.html
- Firehose: firehose/latest/dev/monitoring-with-cloudwatch-metrics.html
- SNS: sns/latest/dg/sns-monitoring-using-cloudwatch.html
- Backup: aws-backup/latest/devguide/cloudwatch.html (2026-11-26)
- ACM: acm/latest/userguide/cloudwatch-metrics.html
- Logs: AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html
each below https://docs.aws.amazon.com/.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from compiler.aws.facts import route53
from compiler.aws.types import registry

Sets = tuple[frozenset[str], ...]
"""Combinations of dimensions that a metric is published with."""


def _sets(*combinations: str) -> Sets:
    return tuple(frozenset(names.split()) for names in combinations)


_TABLE = _sets("TableName")
_TABLE_OR_INDEX = _sets("TableName", "TableName GlobalSecondaryIndexName")
_OPERATION = _sets("TableName Operation")
_ACCOUNT = _sets("")
_FUNCTION = _sets("FunctionName", "FunctionName Resource", "FunctionName Resource ExecutedVersion", "")
_HTTP = _sets("ApiId", "ApiId Stage", "ApiId Method Resource Stage")
_REST = _sets("ApiName", "ApiName Stage", "ApiName Method Resource Stage")
_REPLICATION = _sets("SourceBucket DestinationBucket RuleId")
_REQUESTS = _sets("BucketName FilterId")
_CHECK = _sets("HealthCheckId", "HealthCheckId Region")
_STREAM = _sets("StreamName", "StreamName ShardId")
_GROUP = _sets("LogGroupName", "LogGroupName DestinationType FilterName", "")

_DYNAMODB: dict[str, Sets] = {
    **dict.fromkeys(
        ("ReadThrottleEvents", "WriteThrottleEvents", "ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits",
         "ReadKeyRangeThroughputThrottleEvents", "WriteKeyRangeThroughputThrottleEvents",
         "ReadAccountLimitThrottleEvents", "WriteAccountLimitThrottleEvents", "ReadMaxOnDemandThroughputThrottleEvents",
         "WriteMaxOnDemandThroughputThrottleEvents", "ReadProvisionedThroughputThrottleEvents",
         "WriteProvisionedThroughputThrottleEvents"),
        _TABLE_OR_INDEX,
    ),
    **dict.fromkeys(("ThrottledRequests", "SystemErrors"), _OPERATION),
    "SuccessfulRequestLatency": _sets("TableName Operation", "TableName Operation StreamLabel"),
    "ReplicationLatency": _sets("TableName ReceivingRegion"),
    "UserErrors": _ACCOUNT,
    **dict.fromkeys(("ConditionalCheckFailedRequests", "TimeToLiveDeletedItemCount", "TransactionConflict"), _TABLE),
}  # fmt: skip
_LAMBDA: dict[str, Sets] = {
    **dict.fromkeys(
        ("Invocations", "Errors", "Throttles", "Duration", "ConcurrentExecutions", "DeadLetterErrors",
         "AsyncEventsReceived", "AsyncEventAge", "AsyncEventsDropped", "DestinationDeliveryFailures"),
        _FUNCTION,
    ),
    **dict.fromkeys(("ClaimedAccountConcurrency", "UnreservedConcurrentExecutions"), _ACCOUNT),
}  # fmt: skip
_API: dict[str, Sets] = {
    **dict.fromkeys(("4xx", "5xx", "DataProcessed"), _HTTP),
    **dict.fromkeys(("Count", "IntegrationLatency", "Latency"), (*_HTTP, *_REST)),
    **dict.fromkeys(("4XXError", "5XXError", "CacheHitCount", "CacheMissCount"), _REST),
}
_S3: dict[str, Sets] = {
    **dict.fromkeys(
        ("ReplicationLatency", "BytesPendingReplication", "OperationsPendingReplication",
         "OperationsFailedReplication"),
        _REPLICATION,
    ),
    **dict.fromkeys(("BucketSizeBytes", "NumberOfObjects"), _sets("BucketName StorageType")),
    **dict.fromkeys(
        ("AllRequests", "GetRequests", "PutRequests", "DeleteRequests", "4xxErrors", "5xxErrors", "FirstByteLatency",
         "TotalRequestLatency", "BytesDownloaded", "BytesUploaded"),
        _REQUESTS,
    ),
}  # fmt: skip
_SNS = ("NumberOfMessagesPublished", "NumberOfNotificationsDelivered", "NumberOfNotificationsFailed", "PublishSize")

METRICS: Mapping[str, Mapping[str, Sets]] = MappingProxyType(
    {
        "AWS/ApiGateway": _API,
        "AWS/Backup": dict.fromkeys(
            ("NumberOfBackupJobsAborted", "NumberOfBackupJobsCompleted", "NumberOfBackupJobsCreated",
             "NumberOfBackupJobsExpired", "NumberOfBackupJobsFailed", "NumberOfBackupJobsPending",
             "NumberOfBackupJobsRunning", "NumberOfCopyJobsCompleted", "NumberOfCopyJobsCreated",
             "NumberOfCopyJobsFailed", "NumberOfCopyJobsRunning", "NumberOfRestoreJobsCompleted",
             "NumberOfRestoreJobsFailed"),
            _sets("BackupVaultName", "BackupVaultName ResourceType", "ResourceType", ""),
        ),
        "AWS/CertificateManager": {"DaysToExpiry": _sets("CertificateArn")},
        "AWS/DynamoDB": _DYNAMODB,
        "AWS/Firehose": dict.fromkeys(
            ("DeliveryToS3.DataFreshness", "DeliveryToS3.Success", "DeliveryToS3.Records", "DeliveryToS3.Bytes",
             "IncomingRecords", "IncomingBytes", "ThrottledRecords", "DataReadFromKinesisStream.Records"),
            _sets("DeliveryStreamName"),
        ),
        "AWS/Kinesis": dict.fromkeys(
            ("GetRecords.IteratorAgeMilliseconds", "WriteProvisionedThroughputExceeded",
             "ReadProvisionedThroughputExceeded", "IncomingBytes", "IncomingRecords", "PutRecord.Success",
             "PutRecords.Success", "GetRecords.Success"),
            _STREAM,
        ),
        "AWS/Lambda": _LAMBDA,
        "AWS/Logs": dict.fromkeys(
            ("IncomingBytes", "IncomingLogEvents", "ForwardedBytes", "ForwardedLogEvents", "DeliveryErrors",
             "DeliveryThrottling"),
            _GROUP,
        ),
        "AWS/Route53": {
            **dict.fromkeys(
                ("HealthCheckStatus", "HealthCheckPercentageHealthy", "ConnectionTime", "TimeToFirstByte",
                 "SSLHandshakeTime", "ChildHealthCheckHealthyCount"),
                _CHECK,
            ),
            "DNSQueries": _sets("HostedZoneId"),
        },
        "AWS/S3": _S3,
        "AWS/SNS": dict.fromkeys(_SNS, _sets("TopicName", "TopicName PhoneNumber", "")),
    }
)  # fmt: skip

ONLY_IN: Mapping[str, str] = MappingProxyType({"AWS/Route53": route53.METRICS_REGION.value})
"""Namespaces whose metrics exist in one region only."""

AT_DESTINATION = frozenset(("ReplicationLatency", "BytesPendingReplication", "OperationsPendingReplication"))
"""Metrics of S3 replication that are published in the destination's region; failures are in the source's."""


def named(namespace: str) -> Mapping[str, tuple[str, ...]]:
    """Dimensions of a namespace that name a resource, and the types it may be."""
    found: dict[str, tuple[str, ...]] = {}
    for record in registry.RECORDS.values():
        if record.dimension and record.dimension[0] == namespace:
            found[record.dimension[1]] = (*found.get(record.dimension[1], ()), record.type)
    return found


KEPT = ("ThrottleEvents", "ThrottledRequests", "SystemErrors", "UserErrors")
"""Ends of the names of DynamoDB's metrics that have data only while something is wrong."""
