"""Every recorded resource type, and the look-up of a type by its name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from compiler.aws.schemas import FALLBACK, schema
from compiler.aws.types import (
    acm,
    apigateway,
    backup,
    cloudwatch,
    dynamodb,
    ec2,
    iam,
    kinesis,
    kms,
    lambda_,
    logs,
    others,
    route53,
    s3,
    sns,
)
from compiler.aws.types.record import Name, ResourceType

MODULES = (
    acm, apigateway, backup, cloudwatch, dynamodb, ec2, iam, kinesis, kms, lambda_, logs, others,
    route53, s3, sns,
)  # fmt: skip

RECORDS: Mapping[str, ResourceType] = MappingProxyType(
    dict(sorted((record.type, record) for module in MODULES for record in module.TYPES))
)
"""The records by the names of their types, in alphabetical order."""


def of(kind: str) -> ResourceType:
    """What is known of a type; of one without a record, what its schema says."""
    found = RECORDS.get(kind)
    if found is None and kind.startswith("Custom::"):
        found = RECORDS[others.CUSTOM_RESOURCE]
    return found or _from_schema(kind)


@cache
def _from_schema(kind: str) -> ResourceType:
    """A record of a type that only a user's partial brings, from the schema that cfn-lint bundles.

    Its identity is the primary identifier, and its name the only member of that. Where AWS computes a part of the
    identifier, or where there is no schema, nothing is known of the names.
    """
    found = schema(kind, FALLBACK)
    if found is None or found.computed.intersection(found.identifier):
        return ResourceType(kind, name=None, holds=None)
    members = tuple(place[0] for place in found.identifier if len(place) == 1)
    if len(members) != len(found.identifier):
        return ResourceType(kind, name=None, holds=None)
    name = Name(members[0], None, None) if len(members) == 1 and found.identifier[0] in found.created else None
    return ResourceType(kind, name=name, holds=None, identity=members)
