"""Resource types of Resilience Hub, of CloudFormation itself, and those that only partials of users bring.

Of the last, what is known beyond their schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from compiler.aws.facts import sqs
from compiler.aws.types.record import Holding, Lookup, Name, Needs, ResourceType, tried_out
from compiler.aws.types.update_rules import Data, Update, update_rule
from compiler.aws.values import dig

DB_CLUSTER = "AWS::RDS::DBCluster"
DB_INSTANCE = "AWS::RDS::DBInstance"
FILE_SYSTEM = "AWS::EFS::FileSystem"
GATEWAY_ACCOUNT = "AWS::ApiGateway::Account"
QUEUE = "AWS::SQS::Queue"
QUEUE_POLICY = "AWS::SQS::QueuePolicy"
RULE = "AWS::Events::Rule"
SCHEDULE = "AWS::Scheduler::Schedule"
SECRET = "AWS::SecretsManager::Secret"  # noqa: S105  the name of a type
STATE_MACHINE = "AWS::StepFunctions::StateMachine"
_QUEUE = "arn:{partition}:sqs:{region}:{account}:{name}"
_RULE = "arn:{partition}:events:{region}:{account}:rule/{name}"


def _role_at(*path: str) -> Needs:
    """A role that AWS tries out while it creates the resource."""
    return lambda properties: tried_out((dig(properties, *path), "the role it acts with"))


_PARTIALS = (
    # https://github.com/aws-cloudformation/rain/issues/163 (read 2026-11-26)
    ResourceType(GATEWAY_ACCOUNT, name=None, holds=None, needs=_role_at("CloudWatchRoleArn")),
    # https://github.com/pulumi/pulumi-aws/issues/2411 (read 2026-11-26)
    ResourceType(
        "AWS::AppRunner::Service",
        name=None,
        holds=None,
        needs=_role_at("SourceConfiguration", "AuthenticationConfiguration", "AccessRoleArn"),
    ),
    # https://github.com/hashicorp/terraform-provider-aws/issues/33367 (read 2026-11-26)
    ResourceType(
        "AWS::SES::ConfigurationSetEventDestination",
        name=None,
        holds=None,
        needs=_role_at("EventDestination", "KinesisFirehoseDestination", "IAMRoleARN"),
    ),
    # https://github.com/aws/aws-sdk-js-v3/issues/6494 (read 2026-11-26)
    ResourceType(
        SCHEDULE,
        name=Name("Name", None, None),  # unique below its group
        holds=None,
        needs=_role_at("Target", "RoleArn"),
    ),
    ResourceType(DB_CLUSTER, name=Name("DBClusterIdentifier", None, None), holds=Holding("the data", Data.LOST)),
    ResourceType(DB_INSTANCE, name=Name("DBInstanceIdentifier", None, None), holds=Holding("the data", Data.LOST)),
    ResourceType(FILE_SYSTEM, name=None, holds=Holding("the files", Data.LOST)),
    ResourceType(
        RULE,
        name=Name("Name", None, None),  # unique below its event bus
        holds=None,
        identity=("EventBusName", "Name"),
        ref="{name}",
        arn=_RULE,
        attributes=MappingProxyType({"Arn": _RULE}),
    ),
    ResourceType(SECRET, name=Name("Name", None, None), holds=Holding("the secret", Data.LOST)),
    ResourceType(
        QUEUE,
        name=Name("QueueName", sqs.QUEUE_NAME_CHARACTERS, Lookup("sqs", "GetQueueUrl", {"QueueName": "{name}"})),
        holds=Holding("the messages that have not been processed yet", Data.LOST),
        ref="https://sqs.{region}.amazonaws.com/{account}/{name}",
        arn=_QUEUE,
        attributes=MappingProxyType({"Arn": _QUEUE, "QueueName": "{name}"}),
    ),
    ResourceType(QUEUE_POLICY, name=None, holds=None, policies=("PolicyDocument",)),
)


APP = "AWS::ResilienceHub::App"
RESILIENCY_POLICY = "AWS::ResilienceHub::ResiliencyPolicy"

_RESILIENCE_HUB = (
    # The API knows both by ARNs that AWS chooses, so that no call tells whether a name is taken.
    ResourceType(APP, name=None, holds=None, identity=("Name",)),
    ResourceType(RESILIENCY_POLICY, name=None, holds=None, identity=("PolicyName",)),
)


CUSTOM_RESOURCE = "AWS::CloudFormation::CustomResource"
STACK = "AWS::CloudFormation::Stack"
_REFERENCE = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
    "aws-resource-cloudformation-customresource.html"
)


@update_rule(
    "its service token changes", _REFERENCE, remedy="keep the token, or create a resource with another logical id"
)
def _token(update: Update) -> Iterator[str]:
    if update.changed("ServiceToken"):
        yield "the service token of a custom resource cannot be changed"


_CUSTOM = (ResourceType(CUSTOM_RESOURCE, name=None, holds=None, updates=(_token,)),)
"""`Custom::…` is a custom resource too."""

TYPES = (*_PARTIALS, *_RESILIENCE_HUB, *_CUSTOM)
