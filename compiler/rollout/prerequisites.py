"""What AWS demands to be there when a resource is created or changed, type by type.

A reference makes CloudFormation wait within a stack; what is named by a computed ARN, or lies in another stack, it
does not wait for. So every demand is read from the plain values, whatever way they came.

Sources: the pages of the resource types in the CloudFormation Template Reference, the guides named beside a demand
(all read 2026-11-22).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from compiler.aws.values import Json, dig, listed, members, text
from compiler.diagnostics.model import Rule
from compiler.diagnostics.rules import Code
from compiler.rollout.state import ANYWHERE, Resource

KEYS = ("AWS::KMS::Alias",)
GROUPS = ("AWS::Logs::LogGroup",)
BUCKETS = ("AWS::S3::Bucket",)
FUNCTIONS = ("AWS::Lambda::Function",)
ALARMS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
DOMAINS = ("AWS::ApiGatewayV2::DomainName",)

_CHILD = re.compile(r"(?:ALARM|OK|INSUFFICIENT_DATA)\(\s*[\"']?([^\"')]+)")


class Prerequisite(NamedTuple):
    """A value that speaks of what must be there first; `says` completes "needs … first".

    `kinds` are the types a bare name may belong to, `region` where it is looked up (the resource's own where
    empty). `earlier` demands it from an earlier operation, because somebody has to act in between. `acts` says
    that a role is tried out at once, so that policies attached to it must be effective by then. `versioned` says
    that a bucket's versioning must be on.
    """

    value: Json
    says: str
    rule: Rule = Code.DR610
    kinds: tuple[str, ...] = ()
    region: str = ""
    earlier: bool = False
    acts: bool = False
    versioned: bool = False


def _key(value: Json) -> Prerequisite:
    return Prerequisite(value, "its key", kinds=KEYS)


def _table(resource: Resource) -> Iterator[Prerequisite]:
    for replica in resource.list("Replicas"):
        region = text(members(replica).get("Region"))
        value = dig(replica, "SSESpecification", "KMSMasterKeyId")
        yield Prerequisite(value, f"the key of the replica in {region}", kinds=KEYS, region=region)


def _bucket(resource: Resource) -> Iterator[Prerequisite]:
    for rule in resource.list("BucketEncryption", "ServerSideEncryptionConfiguration"):
        yield _key(dig(rule, "ServerSideEncryptionByDefault", "KMSMasterKeyID"))
    yield Prerequisite(
        resource.get("LoggingConfiguration", "DestinationBucketName"), "its access-log bucket", kinds=BUCKETS
    )
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-requirements.html
    yield Prerequisite(resource.get("ReplicationConfiguration", "Role"), "its replication role", Code.DR611)
    for rule in resource.list("ReplicationConfiguration", "Rules"):
        target = dig(rule, "Destination", "Bucket")
        yield Prerequisite(target, "the bucket it replicates to", Code.DR611, versioned=True)
        replica_key = dig(rule, "Destination", "EncryptionConfiguration", "ReplicaKmsKeyID")
        yield Prerequisite(replica_key, "the key of its replicas", Code.DR611, kinds=KEYS)


def _function(resource: Resource) -> Iterator[Prerequisite]:
    yield _key(resource.get("KmsKeyArn"))
    # Lambda tries the role's rights on network interfaces when a function joins a VPC.
    yield Prerequisite(resource.get("Role"), "its role", acts="VpcConfig" in resource.properties)
    yield Prerequisite(resource.get("LoggingConfig", "LogGroup"), "its log group", kinds=GROUPS)
    for value in resource.list("VpcConfig", "SubnetIds"):
        yield Prerequisite(value, "its subnet")
    yield Prerequisite(resource.get("DeadLetterConfig", "TargetArn"), "its dead-letter queue")


def _delivery(resource: Resource) -> Iterator[Prerequisite]:
    source = members(resource.get("KinesisStreamSourceConfiguration"))
    yield Prerequisite(source.get("KinesisStreamARN"), "the stream it reads")
    yield Prerequisite(source.get("RoleARN"), "the role it reads with", acts=True)
    for member in ("ExtendedS3DestinationConfiguration", "S3DestinationConfiguration"):
        target = members(resource.get(member))
        yield Prerequisite(target.get("BucketARN"), "the bucket it writes to")
        yield Prerequisite(target.get("RoleARN"), "the role it writes with", acts=True)
        yield _key(dig(target, "EncryptionConfiguration", "KMSEncryptionConfig", "AWSKMSKeyARN"))
        yield Prerequisite(dig(target, "CloudWatchLoggingOptions", "LogGroupName"), "its log group", kinds=GROUPS)


def _destination(resource: Resource) -> Iterator[Prerequisite]:
    # Creating it sends a test message through the role to the target.
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CreateDestination.html
    yield Prerequisite(resource.get("TargetArn"), "the stream it delivers to")
    yield Prerequisite(resource.get("RoleArn"), "the role it delivers with", acts=True)


def _subscription(resource: Resource) -> Iterator[Prerequisite]:
    yield Prerequisite(resource.get("LogGroupName"), "its log group", kinds=GROUPS)
    yield Prerequisite(resource.get("DestinationArn"), "the destination it delivers to")
    yield Prerequisite(resource.get("RoleArn"), "the role it delivers with", acts=True)


def _certificate(resource: Resource) -> Iterator[Prerequisite]:
    # Between making the zone and asking for the certificate somebody enters the zone's name servers at its parent;
    # without that the certificate is never issued and the stack hangs.
    for option in resource.list("DomainValidationOptions"):
        value = members(option).get("HostedZoneId")
        yield Prerequisite(value, "its hosted zone, delegated", Code.DR612, earlier=True)


def _domain(resource: Resource) -> Iterator[Prerequisite]:
    for configuration in resource.list("DomainNameConfigurations"):
        yield Prerequisite(members(configuration).get("CertificateArn"), "its certificate")


def _check(resource: Resource) -> Iterator[Prerequisite]:
    config = members(resource.get("HealthCheckConfig"))
    # A new check counts as healthy until it has data, so it may not come before what it asks.
    # https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html
    yield Prerequisite(
        config.get("FullyQualifiedDomainName"), "the domain name it asks", kinds=DOMAINS, region=ANYWHERE
    )
    alarm = members(config.get("AlarmIdentifier"))
    region = text(alarm.get("Region"))
    yield Prerequisite(alarm.get("Name"), "the alarm it follows", kinds=ALARMS, region=region)
    for child in listed(config.get("ChildHealthChecks")):
        yield Prerequisite(child, "the health check it sums up")


def _record(resource: Resource) -> Iterator[Prerequisite]:
    yield Prerequisite(resource.get("HostedZoneId"), "its hosted zone")
    yield Prerequisite(resource.get("AliasTarget", "DNSName"), "the domain name it leads to")
    yield Prerequisite(resource.get("HealthCheckId"), "the health check that decides about it")


def _composite(resource: Resource) -> Iterator[Prerequisite]:
    for child in _CHILD.findall(resource.text("AlarmRule")):
        yield Prerequisite(child.strip(), "the alarm it sums up", kinds=ALARMS)


def _peering(resource: Resource) -> Iterator[Prerequisite]:
    for member, says in (("VpcId", "its VPC"), ("PeerVpcId", "the VPC it leads to")):
        yield Prerequisite(resource.get(member), says)


def _members(*wanted: tuple[str, str], kinds: tuple[str, ...] = ()) -> Callable[[Resource], Iterator[Prerequisite]]:
    """Demands that are one property each: its dotted path, and the words that complete "needs … first"."""

    def needs(resource: Resource) -> Iterator[Prerequisite]:
        for path, says in wanted:
            for value in resource.list(*path.split(".")):
                yield Prerequisite(value, says, kinds=kinds)

    return needs


DEMANDS: Mapping[str, Callable[[Resource], Iterator[Prerequisite]]] = MappingProxyType(
    {
        "AWS::ApiGatewayV2::ApiMapping": _members(("ApiId", "its API"), ("DomainName", "its domain name")),
        "AWS::ApiGatewayV2::DomainName": _domain,
        "AWS::ApiGatewayV2::Integration": _members(("ApiId", "its API"), ("IntegrationUri", "the function it calls")),
        "AWS::ApiGatewayV2::Route": _members(("ApiId", "its API"), ("Target", "its integration")),
        "AWS::ApiGatewayV2::Stage": _members(("AccessLogSettings.DestinationArn", "its log group")),
        "AWS::CertificateManager::Certificate": _certificate,
        "AWS::CloudWatch::CompositeAlarm": _composite,
        "AWS::DynamoDB::GlobalTable": _table,
        "AWS::EC2::FlowLog": _members(
            ("LogGroupName", "its log group"), ("DeliverLogsPermissionArn", "its role"), kinds=GROUPS
        ),
        "AWS::EC2::Route": _members(
            ("VpcPeeringConnectionId", "the peering it leads through, accepted"), ("RouteTableId", "its route table")
        ),
        "AWS::EC2::VPCPeeringConnection": _members(("VpcId", "its VPC"), ("PeerVpcId", "the VPC it leads to")),
        "AWS::KMS::Alias": _members(("TargetKeyId", "its key")),
        "AWS::Kinesis::Stream": _members(("StreamEncryption.KeyId", "its key"), kinds=KEYS),
        "AWS::KinesisFirehose::DeliveryStream": _delivery,
        "AWS::Lambda::Function": _function,
        "AWS::Lambda::Permission": _members(("FunctionName", "its function"), kinds=FUNCTIONS),
        "AWS::Logs::Destination": _destination,
        "AWS::Logs::LogGroup": _members(("KmsKeyId", "its key"), kinds=KEYS),
        "AWS::Logs::SubscriptionFilter": _subscription,
        "AWS::Route53::HealthCheck": _check,
        "AWS::Route53::RecordSet": _record,
        "AWS::S3::Bucket": _bucket,
        "AWS::S3::BucketPolicy": _members(("Bucket", "its bucket"), kinds=BUCKETS),
        "AWS::SNS::Subscription": _members(("TopicArn", "its topic")),
        "AWS::SNS::Topic": _members(("KmsMasterKeyId", "its key"), kinds=KEYS),
        "AWS::SNS::TopicPolicy": _members(("Topics", "its topic")),
    }
)


def needs(resource: Resource) -> Iterator[Prerequisite]:
    """Everything that must be there before a resource."""
    demand = DEMANDS.get(resource.type)
    if demand:
        yield from (need for need in demand(resource) if isinstance(need.value, str) and need.value)
