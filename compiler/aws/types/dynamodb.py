"""Resource types of Amazon DynamoDB."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from compiler.aws.facts import dynamodb
from compiler.aws.types import dynamodb_updates, kms
from compiler.aws.types.record import Holding, Lookup, Name, Prerequisite, Properties, ResourceType
from compiler.aws.types.replicas import replica_regions
from compiler.aws.types.update_rules import Data
from compiler.aws.values import dig, listed, members, text

GLOBAL_TABLE = "AWS::DynamoDB::GlobalTable"
TABLE = "AWS::DynamoDB::Table"
TABLES = (GLOBAL_TABLE, TABLE)

_ARN = "arn:{partition}:dynamodb:{region}:{account}:table/{name}"
_ATTRIBUTES = MappingProxyType({"Arn": _ARN, "StreamArn": _ARN + "/stream/{id}"})
_NAME = Name("TableName", dynamodb.TABLE_NAME_CHARACTERS, Lookup("dynamodb", "DescribeTable", {"TableName": "{name}"}))
_ITEMS = Holding("the items", Data.LOST)
_DIMENSION = ("AWS/DynamoDB", "TableName")


def _keys(properties: Properties) -> Iterator[Prerequisite]:
    for replica in listed(properties.get("Replicas")):
        region = text(members(replica).get("Region"))
        value = dig(replica, "SSESpecification", "KMSMasterKeyId")
        yield Prerequisite(value, f"the key of the replica in {region}", kinds=(kms.ALIAS,), region=region)


TYPES = (
    ResourceType(
        GLOBAL_TABLE,
        name=_NAME,
        holds=_ITEMS,
        further_regions=replica_regions,
        ref="{name}",
        arn=_ARN,
        attributes=_ATTRIBUTES,
        dimension=_DIMENSION,
        needs=_keys,
        left="every replica stays, with its items",
        settled=frozenset({("KeySchema",), ("LocalSecondaryIndexes",)}),
        updates=dynamodb_updates.UPDATES,
    ),
    ResourceType(
        TABLE,
        name=_NAME,
        holds=_ITEMS,
        shares_names_with=GLOBAL_TABLE,
        ref="{name}",
        arn=_ARN,
        attributes=_ATTRIBUTES,
        dimension=_DIMENSION,
    ),
)
