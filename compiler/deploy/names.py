"""Physical names in a template, computed as far as parameters and pseudo-parameters tell them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = Any
_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")

NAMED: Mapping[str, str] = {
    "AWS::ApiGatewayV2::DomainName": "DomainName",
    "AWS::DynamoDB::GlobalTable": "TableName",
    "AWS::IAM::Role": "RoleName",
    "AWS::KMS::Alias": "AliasName",
    "AWS::Kinesis::Stream": "Name",
    "AWS::KinesisFirehose::DeliveryStream": "DeliveryStreamName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
}
"""Types whose name we choose and whose creation fails where it is taken, with the property that holds it."""


@dataclass(frozen=True, slots=True)
class Named:
    """A resource of a template and the physical name it will have."""

    id: str
    type: str
    name: str


def named(template: Mapping[str, Json], known: Mapping[str, str]) -> Iterator[Named]:
    """The named resources that will exist once every gate is open.

    `known` are values of parameters and pseudo-parameters; a parameter that is missing there counts as filled.
    """
    conditions = template.get("Conditions", {})
    for id_, body in template.get("Resources", {}).items():
        if body["Type"] not in NAMED:
            continue
        condition = body.get("Condition")
        if condition and not _holds(conditions[condition], conditions, known):
            continue
        name = text(body.get("Properties", {}).get(NAMED[body["Type"]]), known)
        if name:
            yield Named(id_, body["Type"], name)


def text(value: Json, known: Mapping[str, str]) -> str | None:
    """A text with its variables filled in; None where one is not known."""
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        return None
    if "Ref" in value:
        return known.get(value["Ref"])
    if isinstance(value.get("Fn::Sub"), str):
        parts: list[str] = []
        end = 0
        for match in _VARIABLE.finditer(value["Fn::Sub"]):
            escaped, name = match.groups()
            if not escaped and name not in known:
                return None
            parts += (value["Fn::Sub"][end : match.start()], f"${{{name}}}" if escaped else known[name])
            end = match.end()
        return "".join((*parts, value["Fn::Sub"][end:]))
    return None


def _holds(body: Json, conditions: Mapping[str, Json], known: Mapping[str, str]) -> bool:
    function, argument = next(iter(body.items()))
    match function:
        case "Condition":
            return _holds(conditions[argument], conditions, known)
        case "Fn::Not":
            return not _holds(argument[0], conditions, known)
        case "Fn::And":
            return all(_holds(each, conditions, known) for each in argument)
        case "Fn::Or":
            return any(_holds(each, conditions, known) for each in argument)
        case "Fn::Equals":
            left, right = (text(side, known) for side in argument)
            # A value that comes later is not empty, and equals nothing that is written down.
            return left is not None and left == right
    return True
