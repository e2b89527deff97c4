"""Every line of the requirements, word for word: where it is met, what asserts it, and what must break the assertion.

`docs/requirements.md` is made from this table, `tests/test_requirements.py` runs it on the committed templates and
on a fresh compile, and once more on templates spoilt by each of the row's breaks.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass

from tests.helpers import Topology
from tests.requirements import data, form, security, serving, watching
from tests.requirements.breaks import (
    Break,
    lacking,
    manifest,
    saying,
    section_lacking,
    top,
    wildcard_action,
    without,
    without_alarm,
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the requirements."""

    section: str
    text: str
    where: str
    check: Callable[[Topology], None]
    breaks: tuple[Break, ...]

    @property
    def how(self) -> str:
        """What the assertion does, in one sentence."""
        return " ".join((inspect.getdoc(self.check) or "").split("\n\n")[0].split())


_EAST, _WEST = "primary", "secondary"
_TABLE = "primary: `TableTransactions`"
_BUCKETS = "primary and secondary: `BucketDocuments`, `BucketDocumentsReplicationRole`"
_FUNCTION = "primary and secondary: `FunctionTransactionProcessor`"
_KEYS = "every stack: `Key`, `KeyAlias`; primary and secondary: `KeySharedAlias`"
_RECORDS = "global: `FailoverPrimaryA`, `FailoverPrimaryAAAA`, `FailoverSecondaryA`, `FailoverSecondaryAAAA`"
_CHECKS = "global: `HealthCheckPrimary`, `HealthCheckSecondary`, `HealthCheckHeld`, `HealthCheckPrimaryFree`"
_TOPICS = "every stack: `AlertTopic`, `AlertTopicPolicy`"
_LOGS = "primary and secondary: `LogDestination`, `LogStream`, `LogDelivery`, and a subscription of each log group"
_CROSS = "primary and secondary: `CrossRegionRole`"
_ALL = "every resource of every template"
_NETWORK = "primary and secondary: `Vpc`, `PrivateSubnet1` to 3, `PrivateRoutes`, `PeerRoute`; primary: `Peering`"

_no_table = without("DynamoDB::GlobalTable")
_slow_check = saying("Route53::HealthCheck", "Properties.HealthCheckConfig.FailureThreshold", 60)
_other_region = manifest("the primary in another region", lambda m: _move(m, "primary", "us-east-2"))
_no_secondary = manifest("the secondary in another region", lambda m: _move(m, "secondary", "us-west-1"))


def _move(described: dict[str, list[dict[str, str]]], kind: str, region: str) -> None:
    for stack in described["stacks"]:
        if stack["kind"] == kind:
            stack["region"] = region


_BUILD = "What we need to build"
_DATA = "1. Data Layer - Global Replication"
_DNS = "2. DNS Failover and Routing"
_COMPUTE = "3. Compute Layer for Processing Requests"
_SECURITY = "4. Encryption and Security"
_MONITORING = "5. Monitoring and Alerting"
_OUTPUTS = "6. Stack Outputs and Configuration"
_TECHNICAL = "Technical Requirements"
_CONSTRAINTS = "Constraints and Requirements"
_DEPLOYMENT = "Deployment Requirements"
_SUCCESS = "Success Criteria"
_DELIVER = "What to deliver"

ROWS: tuple[Row, ...] = (
    Row(
        _BUILD,
        "Create a multi-region disaster recovery infrastructure using CloudFormation with JSON for a transaction "
        "processing system spanning us-east-1 as primary and us-west-2 as secondary.",
        "`templates/dr-topology/`: one template for each region, one for DNS, and the manifest",
        serving.regions,
        (_other_region, _no_secondary),
    ),
    Row(
        _DATA,
        "Configure DynamoDB Global Tables with on-demand billing mode",
        _TABLE,
        data.global_tables,
        (_no_table, lacking("DynamoDB::GlobalTable", "Properties.BillingMode")),
    ),
    Row(
        _DATA,
        "Enable point-in-time recovery for all DynamoDB tables",
        f"{_TABLE}, in each replica",
        data.point_in_time_recovery,
        (
            lacking("DynamoDB::GlobalTable", "Properties.Replicas.*.PointInTimeRecoverySpecification"),
            saying(
                "DynamoDB::GlobalTable",
                "Properties.Replicas.*.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled",
                False,
            ),
        ),
    ),
    Row(
        _DATA,
        "Set up S3 buckets in both regions with cross-region replication enabled",
        _BUCKETS,
        data.replicated_buckets,
        (
            without("S3::Bucket", _WEST, "BucketDocuments"),
            lacking("S3::Bucket", "Properties.ReplicationConfiguration", _EAST),
            saying("S3::Bucket", "Properties.ReplicationConfiguration.Rules.*.Status", "Disabled", _WEST),
        ),
    ),
    Row(
        _DATA,
        "Enable versioning on all S3 buckets",
        "primary and secondary: `BucketDocuments`, `LogArchive`, `AccessLogs`",
        data.versioned_buckets,
        (lacking("S3::Bucket", "Properties.VersioningConfiguration"), without("S3::Bucket")),
    ),
    Row(
        _DATA,
        "Configure S3 Transfer Acceleration for cross-region replication",
        "primary and secondary: `BucketDocuments`. Acceleration serves clients' uploads; S3 moves replicas over its "
        "own network, and no setting of it involves acceleration. Replication Time Control holds replication to its "
        "time",
        data.accelerated_buckets,
        (lacking("S3::Bucket", "Properties.AccelerateConfiguration", _EAST),),
    ),
    Row(
        _DNS,
        "Implement Route 53 hosted zone with failover routing policy",
        f"global: `HostedZone`; {_RECORDS}",
        serving.failover_zone,
        (without("Route53::HostedZone"), lacking("Route53::RecordSet", "Properties.Failover")),
    ),
    Row(
        _DNS,
        "Configure health checks monitoring both regions continuously",
        _CHECKS,
        serving.health_checks,
        (
            without("Route53::HealthCheck", "", "HealthCheckSecondary"),
            saying("ApiGatewayV2::Route", "Properties.AuthorizationType", "AWS_IAM"),
        ),
    ),
    Row(
        _DNS,
        "Set up DNS records pointing to primary region with automatic failover to secondary",
        _RECORDS,
        serving.automatic_failover,
        (without("Route53::RecordSet"), lacking("Route53::RecordSet", "Properties.HealthCheckId")),
    ),
    Row(
        _COMPUTE,
        "Create Lambda functions in both regions for transaction processing",
        _FUNCTION,
        serving.functions_in_both,
        (without("Lambda::Function", _WEST), without("Lambda::Permission", _WEST)),
    ),
    Row(
        _COMPUTE,
        "Configure environment variables for region-specific configuration",
        _FUNCTION,
        serving.regional_variables,
        (
            lacking("Lambda::Function", "Properties.Environment"),
            saying("Lambda::Function", "Properties.Environment.Variables.REGION_ROLE", "primary", _WEST),
        ),
    ),
    Row(
        _COMPUTE,
        "Set reserved concurrency of at least 100 for Lambda functions",
        f"{_FUNCTION}, through the parameter `reservedConcurrencyTransactionProcessor`",
        serving.reserved_concurrency,
        (
            lacking("Lambda::Function", "Properties.ReservedConcurrentExecutions"),
            saying("Lambda::Function", "Properties.ReservedConcurrentExecutions", 99),
        ),
    ),
    Row(
        _COMPUTE,
        "Deploy identical code to both regions for consistency",
        f"{_FUNCTION}: one parameter names the archive in both; dr-deploy gives its digest and compares what runs",
        serving.identical_code,
        (saying("Lambda::Function", "Properties.Code.S3Key", {"Ref": "codeKeyOther"}, _WEST),),
    ),
    Row(
        _SECURITY,
        "Configure KMS customer managed keys in each region",
        _KEYS,
        security.keys,
        (without("KMS::Key", _WEST), lacking("KMS::Key", "Properties.EnableKeyRotation")),
    ),
    Row(
        _SECURITY,
        "Create KMS alias 'alias/transaction-encryption' in both regions",
        "primary and secondary: `KeySharedAlias`",
        security.alias,
        (without("KMS::Alias", _WEST, "KeySharedAlias"),),
    ),
    Row(
        _SECURITY,
        "Implement IAM roles with cross-region assume role permissions",
        _CROSS,
        security.cross_region_roles,
        (
            without("IAM::Role", _WEST, "CrossRegionRole"),
            lacking("IAM::Role", "Properties.AssumeRolePolicyDocument.Statement.*.Condition"),
        ),
    ),
    Row(
        _SECURITY,
        "Ensure all data encrypted at rest using KMS CMKs",
        "every bucket, topic, log group, stream, delivery, function and replica. `AccessLogs` alone is under S3's own "
        "keys: server access logs are not delivered into a bucket under a KMS key. The code bucket, which dr-deploy "
        "makes outside the stacks, is too: what repairs a key must not need it (see below)",
        security.encrypted,
        (
            lacking("S3::Bucket", "Properties.BucketEncryption"),
            lacking("Logs::LogGroup", "Properties.KmsKeyId"),
            lacking("DynamoDB::GlobalTable", "Properties.Replicas.*.SSESpecification"),
            saying("SNS::Topic", "Properties.KmsMasterKeyId", "alias/aws/sns"),
        ),
    ),
    Row(
        _MONITORING,
        "Set up CloudWatch alarms for DynamoDB throttling in both regions",
        "primary and secondary: `AlarmTableTransactionsReadsThrottled`, `AlarmTableTransactionsWritesThrottled`",
        watching.throttle_alarms,
        (without_alarm("WriteThrottleEvents", _WEST), without_alarm("ReadThrottleEvents", _EAST)),
    ),
    Row(
        _MONITORING,
        "Configure alarms for S3 replication lag monitoring",
        "secondary: `AlarmBucketDocumentsLagFromUsEast1`, `AlarmBucketDocumentsBacklogFromUsEast1`; "
        "primary: `AlarmBucketDocumentsFailedToUsWest2`, and the same the other way",
        watching.replication_alarms,
        (without_alarm("ReplicationLatency"), without_alarm("OperationsFailedReplication", _EAST)),
    ),
    Row(
        _MONITORING,
        "Create alarms for Lambda error rates and invocation failures",
        "primary and secondary: `AlarmFunctionTransactionProcessorErrors`, "
        "`AlarmFunctionTransactionProcessorThrottles`, "
        "`AlarmFunctionTransactionProcessorSlow`, `AlarmFunctionTransactionProcessorNearReservation`",
        watching.function_alarms,
        (without_alarm("Errors", _EAST), without_alarm("Throttles", _WEST)),
    ),
    Row(
        _MONITORING,
        "Configure CloudWatch Logs with cross-region log group subscriptions",
        _LOGS,
        watching.log_subscriptions,
        (
            without("Logs::SubscriptionFilter", _EAST, "ApiLogs"),
            saying("Logs::Destination", "Properties.TargetArn", {"Fn::GetAtt": ["LogStream", "Arn"]}),
        ),
    ),
    Row(
        _MONITORING,
        "Create SNS topics in both regions for operational alerts",
        _TOPICS,
        watching.topics,
        (without("SNS::Topic", _WEST), without("SNS::TopicPolicy", _EAST)),
    ),
    Row(
        _MONITORING,
        "Ensure CloudWatch alarms trigger SNS notifications for failover events",
        "global: `AlarmPrimaryUnhealthy`, `AlarmSecondaryUnhealthy`; secondary: `AlarmTrafficTakenOver`; "
        "primary and secondary: `RegionUnhealthy`",
        watching.failover_alarms,
        (
            without_alarm("HealthCheckStatus"),
            lacking("CloudWatch::Alarm", "Properties.AlarmActions"),
            without("CloudWatch::Alarm", _WEST, "AlarmTrafficTakenOver"),
        ),
    ),
    Row(
        _OUTPUTS,
        "Add stack outputs for primary region endpoints",
        "primary: outputs `Endpoint`, `ApiId`, `FailoverTarget`",
        form.primary_endpoints,
        (section_lacking("Outputs", "Endpoint", "", _EAST),),
    ),
    Row(
        _OUTPUTS,
        "Add stack outputs for secondary region endpoints",
        "secondary: outputs `Endpoint`, `ApiId`, `FailoverTarget`",
        form.secondary_endpoints,
        (section_lacking("Outputs", "Endpoint", "", _WEST),),
    ),
    Row(
        _OUTPUTS,
        "Export resource ARNs and identifiers for cross-stack references",
        "every output of every template",
        form.exports,
        (
            section_lacking("Outputs", "KeyArn", "Export"),
            section_lacking("Outputs", "TableTransactionsArn", "", _WEST),
        ),
    ),
    Row(
        _TECHNICAL,
        "All infrastructure defined using CloudFormation with JSON",
        "`templates/dr-topology/`",
        form.valid_json,
        (top("AWSTemplateFormatVersion", None), saying("SNS::Topic", "Type", "Custom::Topic")),
    ),
    Row(
        _TECHNICAL,
        "Use **DynamoDB** for global transaction data replication",
        _TABLE,
        data.global_tables,
        (_no_table, lacking("DynamoDB::GlobalTable", "Properties.StreamSpecification")),
    ),
    Row(
        _TECHNICAL,
        "Use **S3** with cross-region replication for document storage",
        _BUCKETS,
        data.replicated_buckets,
        (lacking("S3::Bucket", "Properties.ReplicationConfiguration", _WEST),),
    ),
    Row(
        _TECHNICAL,
        "Use **Route 53** for DNS failover routing",
        f"{_CHECKS}; {_RECORDS}",
        serving.automatic_failover,
        (without("Route53::HealthCheck"), saying("Route53::RecordSet", "Properties.Failover", "PRIMARY")),
    ),
    Row(
        _TECHNICAL,
        "Use **Lambda** for transaction processing in both regions",
        _FUNCTION,
        serving.functions_in_both,
        (without("Lambda::Function", _EAST),),
    ),
    Row(
        _TECHNICAL,
        "Use **KMS** for encryption key management in each region",
        _KEYS,
        security.keys_and_aliases,
        (without("KMS::Key", _EAST), without("KMS::Alias", _EAST)),
    ),
    Row(
        _TECHNICAL,
        "Use **CloudWatch** for monitoring and log aggregation",
        f"alarms of every stack; {_LOGS}",
        watching.log_subscriptions,
        (without("Logs::SubscriptionFilter", _WEST), without("KinesisFirehose::DeliveryStream", _WEST)),
    ),
    Row(
        _TECHNICAL,
        "Use **SNS** for alerting and notifications",
        _TOPICS,
        watching.alarm_actions,
        (without("SNS::Topic", "global"), lacking("CloudWatch::Alarm", "Properties.OKActions")),
    ),
    Row(
        _TECHNICAL,
        "Use **IAM** for cross-region access control",
        _CROSS,
        security.cross_region_roles,
        (without("IAM::Role", _EAST, "CrossRegionRole"),),
    ),
    Row(
        _TECHNICAL,
        "Include environmentSuffix parameter in all resource names for uniqueness",
        _ALL,
        form.suffix_everywhere,
        (
            saying("CloudWatch::Alarm", "Properties.AlarmName", {"Fn::Sub": "alarm-x-${environment}"}),
            saying("IAM::Role", "Properties.Policies.*.PolicyName", "inline"),
            lacking("EC2::VPC", "Properties.Tags"),
        ),
    ),
    Row(
        _TECHNICAL,
        "Follow naming convention: resource-type-environment-suffix",
        _ALL,
        form.naming_convention,
        (
            saying("SNS::Topic", "Properties.TopicName", {"Fn::Sub": "${environment}-topic-${environmentSuffix}"}),
            saying("S3::Bucket", "Properties.BucketName", {"Fn::Sub": "bucket-${environmentSuffix}-${environment}"}),
        ),
    ),
    Row(
        _TECHNICAL,
        "Primary region: us-east-1",
        "`templates/dr-topology/primary.us-east-1.json`",
        serving.primary_region,
        (_other_region,),
    ),
    Row(
        _TECHNICAL,
        "Secondary region: us-west-2",
        "`templates/dr-topology/secondary.us-west-2.json`",
        serving.secondary_region,
        (_no_secondary,),
    ),
    Row(
        _CONSTRAINTS,
        "RTO must be under 15 minutes",
        f"{_CHECKS}; {_RECORDS}; `objectives` of the manifest, term by term with sources",
        serving.recovery_time,
        (
            _slow_check,
            manifest(
                "an objective of an hour",
                lambda m: next(i for i in m["objectives"]["objectives"] if i["id"] == "rto").update(asked=3600),
            ),
        ),
    ),
    Row(
        _CONSTRAINTS,
        "RPO must be under 5 minutes",
        f"{_TABLE}, `AlarmTableTransactionsLateToUsWest2`; secondary: `AlarmBucketDocumentsLagFromUsEast1`. S3 "
        "promises replication within 15 minutes and no less: for documents five minutes are watched, which the spec "
        "accepts with its reason; `write: dual-write` on a bucket proves it instead",
        serving.recovery_point,
        (without_alarm("ReplicationLatency", _EAST), saying("CloudWatch::Alarm", "Properties.Threshold", 900)),
    ),
    Row(
        _CONSTRAINTS,
        "All data must be encrypted at rest using AWS KMS CMKs",
        "every bucket, topic, log group, stream, delivery, function and replica. The exceptions are `AccessLogs` and "
        "the code bucket (see below)",
        security.encrypted,
        (
            lacking("Kinesis::Stream", "Properties.StreamEncryption"),
            lacking("Lambda::Function", "Properties.KmsKeyArn"),
            lacking(
                "KinesisFirehose::DeliveryStream",
                "Properties.ExtendedS3DestinationConfiguration.EncryptionConfiguration",
            ),
        ),
    ),
    Row(
        _CONSTRAINTS,
        "Route 53 health checks must monitor both regions continuously",
        _CHECKS,
        serving.health_checks,
        (
            without("Route53::HealthCheck", "", "HealthCheckPrimary"),
            saying("Route53::HealthCheck", "Properties.HealthCheckConfig.RequestInterval", 30),
        ),
    ),
    Row(
        _CONSTRAINTS,
        "DynamoDB global tables must have point-in-time recovery enabled",
        f"{_TABLE}, in each replica",
        data.point_in_time_recovery,
        (lacking("DynamoDB::GlobalTable", "Properties.Replicas.*.PointInTimeRecoverySpecification"),),
    ),
    Row(
        _CONSTRAINTS,
        "Lambda functions must use reserved concurrency of at least 100",
        f"{_FUNCTION}, through the parameter `reservedConcurrencyTransactionProcessor`",
        serving.reserved_concurrency,
        (
            lacking("Lambda::Function", "Properties.ReservedConcurrentExecutions"),
            section_lacking("Parameters", "reservedConcurrencyTransactionProcessor", "", _WEST),
        ),
    ),
    Row(
        _CONSTRAINTS,
        "Cross-region replication must use S3 Transfer Acceleration",
        "primary and secondary: `BucketDocuments`. Acceleration is on; that it does not touch replication is S3's "
        "doing",
        data.accelerated_buckets,
        (lacking("S3::Bucket", "Properties.AccelerateConfiguration", _WEST),),
    ),
    Row(
        _CONSTRAINTS,
        "CloudWatch alarms must trigger SNS notifications for any failover events",
        "global: `AlarmPrimaryUnhealthy`, `AlarmSecondaryUnhealthy`; secondary: `AlarmTrafficTakenOver`",
        watching.failover_alarms,
        (without("CloudWatch::CompositeAlarm", _EAST), saying("CloudWatch::Alarm", "Properties.ActionsEnabled", False)),
    ),
    Row(
        _CONSTRAINTS,
        "VPCs in both regions required with private subnets and VPC peering connection",
        _NETWORK,
        serving.networks,
        (
            without("EC2::VPCPeeringConnection"),
            without("EC2::Route", _WEST),
            saying("EC2::Subnet", "Properties.MapPublicIpOnLaunch", True),
        ),
    ),
    Row(
        _CONSTRAINTS,
        "Support 10,000 TPS with sub-second latency requirements",
        "reservations, `ApiStage`, `TableTransactions`, `AlarmApiSlow`; `objectives` of the manifest",
        serving.throughput,
        (
            saying("Lambda::Function", "Properties.ReservedConcurrentExecutions", 100),
            lacking("DynamoDB::GlobalTable", "Properties.WarmThroughput"),
            saying("ApiGatewayV2::Stage", "Properties.DefaultRouteSettings.ThrottlingRateLimit", 5000, _WEST),
        ),
    ),
    Row(
        _DEPLOYMENT,
        "Include environmentSuffix parameter in all infrastructure names for environment isolation",
        _ALL,
        form.suffix_everywhere,
        (
            saying("Lambda::Function", "Properties.FunctionName", "function-x"),
            saying("Logs::LogStream", "Properties.LogStreamName", "archive"),
        ),
    ),
    Row(
        _DEPLOYMENT,
        "Set DeletionPolicy to Retain for all infrastructure to prevent accidental data loss during stack deletion",
        f"{_ALL}: `DeletionPolicy` and, since a replaced resource is deleted too, `UpdateReplacePolicy`",
        form.retained,
        (lacking("S3::BucketPolicy", "DeletionPolicy", _WEST), saying("KMS::Key", "UpdateReplacePolicy", "Delete")),
    ),
    Row(
        _DEPLOYMENT,
        "Template must be valid JSON format with proper structure",
        "every template",
        form.valid_json,
        (lacking("SNS::Topic", "Type"), top("Comment", "not a section", "global")),
    ),
    Row(
        _DEPLOYMENT,
        "Must support multi-region deployment (primary and secondary stacks)",
        "`waves` and `stacks` of the manifest",
        form.multi_region,
        (
            manifest("no wave for what the secondary still needs", lambda m: m["waves"].pop()),
            manifest("no stack for DNS", lambda m: m["stacks"].pop(0)),
        ),
    ),
    Row(
        _DEPLOYMENT,
        "Include comprehensive parameter definitions for customization",
        "`Parameters` of every template",
        form.parameters,
        (
            section_lacking("Parameters", "environmentSuffix"),
            section_lacking("Parameters", "*", "Description"),
            section_lacking("Parameters", "environment", "AllowedPattern"),
        ),
    ),
    Row(
        _DEPLOYMENT,
        "All Lambda functions must specify runtime, handler, and code locations",
        _FUNCTION,
        serving.complete_functions,
        (
            lacking("Lambda::Function", "Properties.Runtime"),
            lacking("Lambda::Function", "Properties.Handler"),
            lacking("Lambda::Function", "Properties.Code"),
        ),
    ),
    Row(
        _DEPLOYMENT,
        "IAM roles must grant specific permissions needed for each service",
        "every role and policy",
        security.specific_permissions,
        (wildcard_action(), lacking("IAM::Role", "Metadata.Wildcards")),
    ),
    Row(
        _DEPLOYMENT,
        "KMS keys must have appropriate key policies for service access",
        "every stack: `Key`",
        security.key_policies,
        (
            saying("KMS::Key", "Properties.KeyPolicy.Statement.*.Principal", "*"),
            saying("KMS::Key", "Properties.KeyPolicy.Statement", []),
        ),
    ),
    Row(
        _SUCCESS,
        "**Functionality**: Complete disaster recovery solution with automated failover between regions",
        f"{_CHECKS}; {_RECORDS}",
        serving.automatic_failover,
        (
            lacking("Route53::RecordSet", "Properties.HealthCheckId"),
            without("Route53::RecordSet", "", "FailoverSecondary"),
        ),
    ),
    Row(
        _SUCCESS,
        "**Performance**: RTO under 15 minutes, RPO under 5 minutes, support 10,000 TPS",
        "`objectives` of the manifest, and what they are computed from",
        serving.performance,
        (_slow_check, saying("Lambda::Function", "Properties.ReservedConcurrentExecutions", 100)),
    ),
    Row(
        _SUCCESS,
        "**Reliability**: Automatic health check monitoring and DNS failover without manual intervention",
        f"{_CHECKS}; {_RECORDS}",
        serving.automatic_failover,
        (without("Route53::HealthCheck", "", "HealthCheckPrimary"),),
    ),
    Row(
        _SUCCESS,
        "**Security**: Data encrypted at rest with KMS, IAM roles with appropriate cross-region access",
        f"{_KEYS}; {_CROSS}",
        security.security,
        (lacking("Logs::LogGroup", "Properties.KmsKeyId", _EAST), without("IAM::Role", _WEST, "CrossRegionRole")),
    ),
    Row(
        _SUCCESS,
        "**Naming Convention**: All resources include environmentSuffix for environment isolation",
        _ALL,
        form.suffix_everywhere,
        (saying("DynamoDB::GlobalTable", "Properties.TableName", {"Fn::Sub": "table-transactions-${environment}"}),),
    ),
    Row(
        _SUCCESS,
        "**Monitoring**: Comprehensive CloudWatch alarms and SNS notifications for all failure scenarios",
        "alarms of every stack",
        watching.comprehensive,
        (without_alarm("5xx", _WEST), without_alarm("DaysToExpiry"), without_alarm("HealthCheckStatus")),
    ),
    Row(
        _SUCCESS,
        "**Code Quality**: Valid JSON CloudFormation template, well-structured, properly documented",
        "every template",
        form.quality,
        (top("Description", None), section_lacking("Outputs", "*", "Description"), lacking("*", "Metadata")),
    ),
    Row(
        _DELIVER,
        "Complete CloudFormation JSON template for multi-region disaster recovery infrastructure",
        "`templates/dr-topology/`",
        form.multi_region,
        (manifest("no stack for DNS", lambda m: m["stacks"].pop(0)),),
    ),
    Row(
        _DELIVER,
        "DynamoDB Global Tables configuration with point-in-time recovery",
        _TABLE,
        data.data_layer,
        (_no_table, lacking("DynamoDB::GlobalTable", "Properties.Replicas.*.PointInTimeRecoverySpecification")),
    ),
    Row(
        _DELIVER,
        "S3 buckets with cross-region replication and versioning",
        _BUCKETS,
        data.data_layer,
        (
            lacking("S3::Bucket", "Properties.VersioningConfiguration", _EAST),
            lacking("S3::Bucket", "Properties.ReplicationConfiguration", _EAST),
        ),
    ),
    Row(
        _DELIVER,
        "Route 53 hosted zone with failover routing and health checks",
        f"global: `HostedZone`; {_CHECKS}; {_RECORDS}",
        serving.automatic_failover,
        (without("Route53::HostedZone"), without("Route53::HealthCheck")),
    ),
    Row(
        _DELIVER,
        "Lambda functions for transaction processing in both regions",
        _FUNCTION,
        serving.functions_in_both,
        (without("Lambda::Function"),),
    ),
    Row(
        _DELIVER,
        "KMS encryption keys with proper aliases and policies",
        _KEYS,
        security.keys_and_aliases,
        (without("KMS::Alias"), saying("KMS::Key", "Properties.KeyPolicy.Statement", [])),
    ),
    Row(
        _DELIVER,
        "CloudWatch alarms for throttling, replication lag, and errors",
        "alarms of primary and secondary",
        watching.alarms_of_data,
        (without_alarm("WriteThrottleEvents"), without_alarm("ReplicationLatency"), without_alarm("Errors")),
    ),
    Row(
        _DELIVER,
        "SNS topics for operational alerts in both regions",
        _TOPICS,
        watching.topics,
        (without("SNS::Topic"), lacking("SNS::Topic", "Properties.KmsMasterKeyId")),
    ),
    Row(
        _DELIVER,
        "IAM roles with cross-region assume role permissions",
        _CROSS,
        security.cross_region_roles,
        (without("IAM::Role", "", "CrossRegionRole"),),
    ),
    Row(
        _DELIVER,
        "CloudWatch Logs configuration with cross-region subscriptions",
        _LOGS,
        watching.log_subscriptions,
        (without("Logs::SubscriptionFilter"), without("Logs::Destination", _WEST)),
    ),
    Row(
        _DELIVER,
        "Stack outputs for primary and secondary region endpoints",
        "primary and secondary: outputs `Endpoint`, `ApiId`, `FailoverTarget`; global: `ServiceUrl`",
        form.both_endpoints,
        (section_lacking("Outputs", "Endpoint", "", _WEST), section_lacking("Outputs", "ServiceUrl")),
    ),
    Row(
        _DELIVER,
        "Parameters for environmentSuffix and region-specific configuration",
        "`Parameters` of every template",
        form.regional_parameters,
        (section_lacking("Parameters", "environmentSuffix"), section_lacking("Parameters", "codeBucket", "", _WEST)),
    ),
    Row(
        _DELIVER,
        "Comprehensive resource naming following conventions",
        _ALL,
        form.naming_convention,
        (saying("IAM::Role", "Properties.RoleName", {"Fn::Sub": "Role-${environment}-${environmentSuffix}"}),),
    ),
    Row(
        _DELIVER,
        "Documentation within the template using descriptions",
        "every template, parameter and output; `Metadata.Spec` of every resource",
        form.documented,
        (
            section_lacking("Parameters", "*", "Description"),
            top("Description", None),
            lacking("S3::Bucket", "Metadata"),
        ),
    ),
)
