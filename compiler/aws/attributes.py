"""What `Ref` and `Fn::GetAtt` of each resource type give, as far as it can be computed from names.

Forms are filled with `partition`, `region`, `account`, `name` (the physical name, or a mark where AWS chooses one)
and `id` (a mark). Types and attributes that are not listed give a mark. Source: the section "Return values" of
each type in the CloudFormation Template Reference; ARNs as in the Service Authorization Reference, "Resource types
defined by" each service (both read 2026-11-22).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from compiler.support.frozen import frozen


@frozen
class Shape:
    """How values of a type look.

    `name` is the property that holds the physical name; `ref` what `Ref` gives; `attributes` what attributes give;
    `arn` the ARN, also where it is no attribute.
    """

    name: str | None = None
    ref: str = "{id}"
    arn: str | None = None
    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def _named(name: str, arn: str, *, ref: str = "{name}", **attributes: str) -> Shape:
    return Shape(name, ref, arn, MappingProxyType({"Arn": arn, **attributes}))


_ALARM = "arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}"
_TOPIC = "arn:{partition}:sns:{region}:{account}:{name}"
_KEY = "arn:{partition}:kms:{region}:{account}:key/{id}"
_TABLE = "arn:{partition}:dynamodb:{region}:{account}:table/{name}"
_CERTIFICATE = "arn:{partition}:acm:{region}:{account}:certificate/{id}"
_GROUP = "arn:{partition}:logs:{region}:{account}:log-group:{name}"
_DOMAIN = {
    "RegionalDomainName": "d-{id}.execute-api.{region}.amazonaws.com",
    "DomainNameArn": "arn:{partition}:apigateway:{region}::/domainnames/{name}",
}

SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        "AWS::ApiGatewayV2::Api": Shape(
            attributes=MappingProxyType({"ApiEndpoint": "https://{id}.execute-api.{region}.amazonaws.com"})
        ),
        "AWS::ApiGatewayV2::DomainName": Shape("DomainName", "{name}", None, MappingProxyType(_DOMAIN)),
        "AWS::ApiGatewayV2::Stage": Shape("StageName", "{name}"),
        "AWS::CertificateManager::Certificate": Shape(None, _CERTIFICATE, _CERTIFICATE),
        "AWS::CloudWatch::Alarm": _named("AlarmName", _ALARM),
        "AWS::CloudWatch::CompositeAlarm": _named("AlarmName", _ALARM),
        "AWS::CloudWatch::Dashboard": Shape("DashboardName", "{name}"),
        "AWS::DynamoDB::GlobalTable": _named("TableName", _TABLE, StreamArn=_TABLE + "/stream/{id}"),
        "AWS::DynamoDB::Table": _named("TableName", _TABLE, StreamArn=_TABLE + "/stream/{id}"),
        "AWS::EC2::SecurityGroup": Shape(attributes=MappingProxyType({"GroupId": "{id}", "Id": "{id}"})),
        "AWS::EC2::VPC": Shape(attributes=MappingProxyType({"VpcId": "{id}"})),
        "AWS::Events::Rule": _named("Name", "arn:{partition}:events:{region}:{account}:rule/{name}"),
        "AWS::IAM::InstanceProfile": _named(
            "InstanceProfileName", "arn:{partition}:iam::{account}:instance-profile{path}{name}"
        ),
        "AWS::IAM::ManagedPolicy": Shape(
            "ManagedPolicyName",
            "arn:{partition}:iam::{account}:policy{path}{name}",
            "arn:{partition}:iam::{account}:policy{path}{name}",
        ),
        "AWS::IAM::Role": _named("RoleName", "arn:{partition}:iam::{account}:role{path}{name}", RoleId="{id}"),
        "AWS::KMS::Alias": Shape("AliasName", "{name}", "arn:{partition}:kms:{region}:{account}:{name}"),
        "AWS::KMS::Key": Shape(None, "{id}", _KEY, MappingProxyType({"Arn": _KEY, "KeyId": "{id}"})),
        "AWS::KMS::ReplicaKey": Shape(None, "{id}", _KEY, MappingProxyType({"Arn": _KEY, "KeyId": "{id}"})),
        "AWS::Kinesis::Stream": _named("Name", "arn:{partition}:kinesis:{region}:{account}:stream/{name}"),
        "AWS::KinesisFirehose::DeliveryStream": _named(
            "DeliveryStreamName", "arn:{partition}:firehose:{region}:{account}:deliverystream/{name}"
        ),
        "AWS::Lambda::Function": _named("FunctionName", "arn:{partition}:lambda:{region}:{account}:function:{name}"),
        "AWS::Logs::Destination": _named(
            "DestinationName", "arn:{partition}:logs:{region}:{account}:destination:{name}"
        ),
        "AWS::Logs::LogGroup": Shape("LogGroupName", "{name}", _GROUP, MappingProxyType({"Arn": _GROUP + ":*"})),
        "AWS::Logs::LogStream": Shape("LogStreamName", "{name}"),
        "AWS::Logs::SubscriptionFilter": Shape("FilterName", "{name}"),
        "AWS::Route53::RecordSet": Shape("Name", "{name}"),
        "AWS::S3::Bucket": _named(
            "BucketName",
            "arn:{partition}:s3:::{name}",
            DomainName="{name}.s3.amazonaws.com",
            RegionalDomainName="{name}.s3.{region}.amazonaws.com",
        ),
        "AWS::SNS::Topic": Shape(
            "TopicName", _TOPIC, _TOPIC, MappingProxyType({"TopicName": "{name}", "TopicArn": _TOPIC})
        ),
        "AWS::SQS::Queue": Shape(
            "QueueName",
            "https://sqs.{region}.amazonaws.com/{account}/{name}",
            "arn:{partition}:sqs:{region}:{account}:{name}",
            MappingProxyType({"Arn": "arn:{partition}:sqs:{region}:{account}:{name}", "QueueName": "{name}"}),
        ),
    }
)

ACCOUNT_WIDE = frozenset(
    {
        "AWS::CloudWatch::Dashboard",
        "AWS::IAM::Group",
        "AWS::IAM::InstanceProfile",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Role",
        "AWS::IAM::User",
        "AWS::S3::Bucket",
    }
)
"""Types whose names are unique in all regions together: https://docs.aws.amazon.com/IAM/latest/UserGuide/
reference_iam-quotas.html, https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html and
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html (read 2026-11-22)"""

UNKNOWN_SHAPE = Shape()


def shape(kind: str) -> Shape:
    """How values of a resource type look; a mark for everything where the type is not listed."""
    return SHAPES.get(kind, UNKNOWN_SHAPE)
