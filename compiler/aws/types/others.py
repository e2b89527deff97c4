"""Resource types that only partials of users bring, as far as anything is known of them beyond their schema."""

from __future__ import annotations

from types import MappingProxyType

from compiler.aws.types.record import Holding, Name, ResourceType
from compiler.aws.types.update_rules import Data

DB_CLUSTER = "AWS::RDS::DBCluster"
DB_INSTANCE = "AWS::RDS::DBInstance"
FILE_SYSTEM = "AWS::EFS::FileSystem"
RULE = "AWS::Events::Rule"
SCHEDULE = "AWS::Scheduler::Schedule"
SECRET = "AWS::SecretsManager::Secret"  # noqa: S105  the name of a type
STATE_MACHINE = "AWS::StepFunctions::StateMachine"
_RULE = "arn:{partition}:events:{region}:{account}:rule/{name}"

TYPES = (
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
)
