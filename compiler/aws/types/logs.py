"""Resource types of Amazon CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from compiler.aws.facts import logs
from compiler.aws.types import apigateway, kms, route53
from compiler.aws.types.record import (
    Holding,
    Lookup,
    Name,
    Prerequisite,
    Properties,
    ResourceType,
    members_needed,
    tried_out,
)
from compiler.aws.types.update_rules import Data, Update, figure, lowered, update_rule
from compiler.aws.values import number

DESTINATION = "AWS::Logs::Destination"
LOG_GROUP = "AWS::Logs::LogGroup"
LOG_STREAM = "AWS::Logs::LogStream"
METRIC_FILTER = "AWS::Logs::MetricFilter"
RESOURCE_POLICY = "AWS::Logs::ResourcePolicy"
SUBSCRIPTION_FILTER = "AWS::Logs::SubscriptionFilter"

_GROUP = "arn:{partition}:logs:{region}:{account}:log-group:{name}"
_DESTINATION = "arn:{partition}:logs:{region}:{account}:destination:{name}"
_API = "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/"
_ENCRYPTION = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"

_ARN, _GROUP_ARN = "DestinationArn", "CloudWatchLogsLogGroupArn"
_ELASTICACHE = "LogDeliveryConfigurations.DestinationDetails.CloudWatchLogsDetails.LogGroup"

VENDED: Final[Mapping[str, str]] = MappingProxyType(
    {
        apigateway.STAGE: f"AccessLogSettings.{_ARN}",
        "AWS::ApiGateway::Deployment": f"StageDescription.AccessLogSetting.{_ARN}",
        "AWS::ApiGateway::Stage": f"AccessLogSetting.{_ARN}",
        "AWS::Cognito::LogDeliveryConfiguration": "LogConfigurations.CloudWatchLogsConfiguration.LogGroupArn",
        "AWS::EC2::VerifiedAccessInstance": "LoggingConfigurations.CloudWatchLogs.LogGroup",
        "AWS::ElastiCache::CacheCluster": _ELASTICACHE,
        "AWS::ElastiCache::ReplicationGroup": _ELASTICACHE,
        "AWS::KafkaConnect::Connector": "LogDelivery.WorkerLogDelivery.CloudWatchLogs.LogGroup",
        "AWS::MSK::Cluster": "LoggingInfo.BrokerLogs.CloudWatchLogs.LogGroup",
        "AWS::NetworkFirewall::LoggingConfiguration":
            "LoggingConfiguration.LogDestinationConfigs.LogDestination.logGroup",
        "AWS::Pipes::Pipe": "LogConfiguration.CloudwatchLogsLogDestination.LogGroupArn",
        "AWS::Route53Resolver::ResolverQueryLoggingConfig": _ARN,
        "AWS::StepFunctions::StateMachine": "LoggingConfiguration.Destinations.CloudWatchLogsLogGroup.LogGroupArn",
        "AWS::StorageGateway::NFSFileShare": "AuditDestinationARN",
        "AWS::StorageGateway::SMBFileShare": "AuditDestinationARN",
        "AWS::VpcLattice::AccessLogSubscription": _ARN,
    }
)  # fmt: skip
"""Types that write to a log group through a resource policy to which their service adds it, and the property that
names the group. A flow log of a VPC and a delivery stream write with a role. AWS WAF takes other names only.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html (read 2026-11-26)"""

QUERY_LOGS: Final[Mapping[str, str]] = MappingProxyType(
    {route53.HOSTED_ZONE: f"QueryLoggingConfig.{_GROUP_ARN}", "AWS::Route53::QueryLoggingConfig": _GROUP_ARN}
)
"""The same for query logs of Route 53, for which AWS changes no policy:
https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateQueryLoggingConfig.html (read 2026-11-26)"""


def _destination(properties: Properties) -> Iterator[Prerequisite]:
    # Creating it sends a test message through the role to the target. Together with a new role that fails, and in a
    # later run it works: https://github.com/aws/aws-cdk/issues/11154 (read 2026-11-26).
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CreateDestination.html (read 2026-11-22)
    yield Prerequisite(properties.get("TargetArn"), "the stream it delivers to")
    yield from tried_out((properties.get("RoleArn"), "the role it delivers with"))


def _subscription(properties: Properties) -> Iterator[Prerequisite]:
    yield Prerequisite(properties.get("LogGroupName"), "its log group", kinds=(LOG_GROUP,))
    yield Prerequisite(properties.get("DestinationArn"), "the destination it delivers to")
    yield from tried_out((properties.get("RoleArn"), "the role it delivers with"))


@update_rule("its retention becomes shorter", _API + "API_PutRetentionPolicy.html", data=Data.LOST)
def _forget(update: Update) -> Iterator[str]:
    old, new = update.both("RetentionInDays")
    if lowered(old, new) or (old is None and number(new) is not None):
        yield f"log events that are older than {figure(new)} days are deleted, usually within 72 hours"


@update_rule(
    "its log class changes", _API + "API_CreateLogGroup.html",
    remedy="create a log group of the other class with another name",
)  # fmt: skip
def _class(update: Update) -> Iterator[str]:
    old, new = (value or "STANDARD" for value in update.both("LogGroupClass"))
    if old != new:
        yield "the class of a log group is fixed when it is created"


@update_rule("its key changes", _ENCRYPTION)
def _group_key(update: Update) -> Iterator[str]:
    if update.changed("KmsKeyId"):
        yield "events that are already stored stay encrypted with the old key, which must be kept"


TYPES = (
    ResourceType(
        DESTINATION,
        name=Name(
            "DestinationName",
            logs.DESTINATION_NAME_CHARACTERS,
            Lookup(
                "logs",
                "DescribeDestinations",
                {"DestinationNamePrefix": "{name}"},
                (("destinations", "destinationName"),),
            ),
        ),
        holds=None,
        ref="{name}",
        arn=_DESTINATION,
        attributes=MappingProxyType({"Arn": _DESTINATION}),
        policies=("DestinationPolicy",),
        needs=_destination,
    ),
    ResourceType(
        LOG_GROUP,
        name=Name(
            "LogGroupName",
            logs.GROUP_NAME_CHARACTERS,
            Lookup("logs", "DescribeLogGroups", {"logGroupNamePrefix": "{name}"}, (("logGroups", "logGroupName"),)),
        ),
        holds=Holding("the logs kept so far", Data.LOST),
        ref="{name}",
        arn=_GROUP,
        attributes=MappingProxyType({"Arn": _GROUP + ":*"}),
        dimension=("AWS/Logs", "LogGroupName"),
        needs=members_needed(("KmsKeyId", "its key"), kinds=(kms.ALIAS,)),
        updates=(_forget, _class, _group_key),
    ),
    # The names of streams and filters are unique below their log group. They may have up to 512 characters, of which
    # only the environment and its suffix vary:
    # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html
    # (read 2026-11-26)
    ResourceType(
        LOG_STREAM,
        name=Name("LogStreamName", None, None),
        holds=None,  # what it holds belongs to its log group
        identity=("LogGroupName", "LogStreamName"),
        ref="{name}",
    ),
    ResourceType(
        METRIC_FILTER,
        name=Name("FilterName", None, None),
        holds=None,
        identity=("LogGroupName", "FilterName"),
    ),
    ResourceType(RESOURCE_POLICY, name=None, holds=None, identity=("PolicyName",), policies=("PolicyDocument",)),
    ResourceType(
        SUBSCRIPTION_FILTER,
        name=Name("FilterName", None, None),
        holds=None,
        identity=("LogGroupName", "FilterName"),
        ref="{name}",
        needs=_subscription,
        left="it continues to deliver, and counts towards the filter limit of its log group",
    ),
)
