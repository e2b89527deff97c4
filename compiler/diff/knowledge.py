"""What the resource schemas do not say: everything known of a type, what it holds, and what is left behind.

Every resource has the policies `Retain`: one that leaves its stack, and the old one of a replacement, stay as they
are. They cost, they go on doing what they do, and their names stay taken.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-updatereplacepolicy.html
(read 2026-11-22)
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from compiler.diff.change import Data
from compiler.diff.known import Known
from compiler.diff.known_network import network
from compiler.diff.known_stores import stores
from compiler.diff.known_tables import tables
from compiler.support.frozen import frozen

_UG = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"

KNOWN: tuple[Known, ...] = (*tables.known, *stores.known, *network.known)
"""Everything known of updates, in the order of the documentation."""

_CUSTOM = "AWS::CloudFormation::CustomResource"


def of(kind: str) -> tuple[Known, ...]:
    """What is known of updates of a type."""
    kind = _CUSTOM if kind.startswith("Custom::") else kind
    return tuple(known for known in KNOWN if known.type == kind)


@frozen
class Holding:
    """What resources of a type hold: `what` completes "… starts without", `data` says how losing it counts."""

    what: str
    data: Data


HOLDS: Mapping[str, Holding] = MappingProxyType(
    {
        "AWS::DynamoDB::GlobalTable": Holding("the items", Data.LOST),
        "AWS::DynamoDB::Table": Holding("the items", Data.LOST),
        "AWS::KMS::Key": Holding("the right to read what the old key encrypted", Data.NONE),
        "AWS::KMS::ReplicaKey": Holding("the right to read what the old key encrypted", Data.NONE),
        "AWS::Kinesis::Stream": Holding("the records that nobody has read yet", Data.LOST),
        "AWS::Logs::LogGroup": Holding("the logs kept so far", Data.LOST),
        "AWS::Route53::HostedZone": Holding("the delegation", Data.NONE),
        "AWS::S3::Bucket": Holding("the objects", Data.LOST),
        # What users' own partials may add.
        "AWS::EC2::Volume": Holding("the files", Data.LOST),
        "AWS::EFS::FileSystem": Holding("the files", Data.LOST),
        "AWS::RDS::DBCluster": Holding("the data", Data.LOST),
        "AWS::RDS::DBInstance": Holding("the data", Data.LOST),
        "AWS::SecretsManager::Secret": Holding("the secret", Data.LOST),
        "AWS::SQS::Queue": Holding("the messages that nobody has handled yet", Data.LOST),
    }
)
"""Types that hold something of their own; losing a key or a zone loses no data as long as the old one is kept."""

REPLACED: Mapping[str, str] = MappingProxyType(
    {
        "AWS::CertificateManager::Certificate": "issued anew; the stack waits until DNS has validated it",
        "AWS::EC2::VPC": "everything in it is made anew, in the new VPC",
        "AWS::KMS::Key": "what the old key encrypted can be read only as long as the old key is kept",
        "AWS::Lambda::Function": "whoever calls the old name or ARN goes on reaching the old code",
        "AWS::Lambda::Permission": "the old permission stays in force until somebody takes it away",
        "AWS::Route53::HealthCheck": "a new check counts as healthy until it has results; the old one goes on asking",
        "AWS::Route53::HostedZone": "the new zone has other name servers: clients find nothing until the parent domain "
        "names them",
        "AWS::SNS::Subscription": "the new address is told once it has confirmed; the old one goes on being told",
        "AWS::SNS::Topic": "addresses subscribed by hand stay with the old topic",
    }
)
"""What a replacement means beyond there being a new resource, by type."""

LEFT: Mapping[str, str] = MappingProxyType(
    {
        "AWS::ApiGatewayV2::Route": "it goes on answering",
        "AWS::CloudWatch::Alarm": "it goes on watching and telling",
        "AWS::CloudWatch::CompositeAlarm": "it goes on watching and telling",
        "AWS::DynamoDB::GlobalTable": "every replica stays, with its items",
        "AWS::EC2::Route": "it goes on leading where it led",
        "AWS::EC2::VPCEndpoint": "it goes on being charged for",
        "AWS::EC2::VPCPeeringConnection": "it goes on connecting the networks",
        "AWS::IAM::Role": "it keeps its rights",
        "AWS::KMS::Key": "it can still be used; delete it only once nothing is encrypted with it",
        "AWS::Kinesis::Stream": "it goes on being charged for",
        "AWS::Lambda::Function": "it can still be called, and its reservation still counts against the account",
        "AWS::Lambda::Permission": "it stays in force",
        "AWS::Logs::SubscriptionFilter": "it goes on delivering, and counts towards the filters of its log group",
        "AWS::Route53::HealthCheck": "it goes on asking the endpoint",
        "AWS::Route53::RecordSet": "it goes on answering clients",
        "AWS::S3::Bucket": "it keeps its objects",
        "AWS::SNS::Subscription": "its address goes on being told",
    }
)
"""What a resource goes on doing after it has left its stack, by type."""

NAMED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "AWS::EC2::Route": ("RouteTableId", "DestinationCidrBlock"),
        "AWS::EC2::SecurityGroup": ("VpcId", "GroupName"),
        "AWS::EC2::VPCPeeringConnection": ("VpcId", "PeerVpcId", "PeerRegion"),
        "AWS::Events::Rule": ("EventBusName", "Name"),
        "AWS::ResilienceHub::App": ("Name",),
        "AWS::ResilienceHub::ResiliencyPolicy": ("PolicyName",),
        "AWS::SNS::Topic": ("TopicName",),
        "AWS::SQS::Queue": ("QueueName",),
    }
)
"""Properties that nothing else of the type may share, where the schema's identifier is one that AWS chooses.

https://docs.aws.amazon.com/vpc/latest/userguide/creating-security-groups.html,
https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html and the API reference of each service's create
operation (read 2026-11-22)"""

SETTLED: Mapping[str, frozenset[tuple[str, ...]]] = MappingProxyType(
    {
        "AWS::DynamoDB::GlobalTable": frozenset({("KeySchema",), ("LocalSecondaryIndexes",)}),
        "AWS::EC2::VPC": frozenset({("InstanceTenancy",)}),
    }
)
"""Properties that a schema calls create-only under conditions, where what is known above states the condition."""

CUSTOM_NAME = _UG + "aws-properties-name.html"
EXPORTS = _UG + "using-cfn-stack-exports.html"
UPDATE_BEHAVIOURS = _UG + "using-cfn-updating-stacks-update-behaviors.html"
RETAIN = _UG + "aws-attribute-deletionpolicy.html"
ALARM_CHECKS = (
    "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-updating-cloudwatch-alarm-settings.html"
)
SUBNETS = "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html"
