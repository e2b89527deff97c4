"""Names that a deployment is about to take: free, or ours already. Reports DR824 and DR828."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from compiler.aws.values import ResourceId
from compiler.deploy import names, review
from compiler.deploy.cloud import CloudError
from compiler.deploy.errors import unchecked
from compiler.deploy.session import Session
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding
from compiler.rollout.deployment import Stack

Json = Any


def needed(session: Session) -> Iterator[tuple[Stack, names.Named, str]]:
    """Names that this deployment is about to take: those of resources that their stack does not have yet."""
    for stack in session.selected:
        there = {resource.id for resource in session.resources.get(stack.id, ())}
        known = {
            **{
                name: str(body.get("Default", ""))
                for name, body in stack.template.body.get("Parameters", {}).items()
                if name not in stack.wiring
            },
            **{name: value for name, value in session.parameters.items() if name not in stack.wiring},
            "AWS::AccountId": session.account,
            "AWS::Region": stack.region,
            "AWS::Partition": session.topology.partition,
        }
        for named in names.named(stack.template.body, known):
            if named.id not in there:
                for region in _regions_of(stack, named):
                    yield stack, named, region


def _regions_of(stack: Stack, named: names.Named) -> Iterable[str]:
    """A table's name has to be free in every region that gets a replica."""
    if named.type != "AWS::DynamoDB::GlobalTable":
        return (stack.region,)
    replicas = stack.bodies[named.id]["Properties"]["Replicas"]
    return tuple(review.regions(replicas)) or (stack.region,)


def name_available(session: Session, stack: Stack, named: names.Named, region: str) -> list[Finding]:
    """A finding where a name is taken, or cannot be looked up; none where it is free. Raises `CloudError`."""
    service, operation, parameters = _lookup(session, named, region)
    try:
        answer = session.api.call(service, region, operation, parameters)
    except CloudError as error:
        if error.missing:
            return [unchecked(f"whether names of {service} are free in {region}: the API is not there")]
        if error.code in ("404", "NotFound", "NoSuchEntity") or "NotFound" in error.code:
            return []
        if error.code in ("403", "301") and named.type == "AWS::S3::Bucket":
            return [_taken(stack, named, region, "another account has it")]
        if error.code.startswith(("AccessDenied", "UnauthorizedOperation")):
            return [unchecked(f"whether `{named.name}` is free in {region}: {error.message}")]
        raise
    if named.type == "AWS::Logs::LogGroup" and not _has_group(answer, named.name):
        return []
    return [_taken(stack, named, region, "it exists and belongs to no stack of this topology")]


def _has_group(answer: Mapping[str, Json], name: str) -> bool:
    return any(group.get("logGroupName") == name for group in answer.get("logGroups", []))


def _lookup(session: Session, named: names.Named, region: str) -> tuple[str, str, dict[str, Json]]:
    name = named.name
    topic = f"arn:{session.topology.partition}:sns:{region}:{session.account}:{name}"
    asked: dict[str, tuple[str, str, dict[str, Json]]] = {
        "AWS::ApiGatewayV2::DomainName": ("apigatewayv2", "GetDomainName", {"DomainName": name}),
        "AWS::DynamoDB::GlobalTable": ("dynamodb", "DescribeTable", {"TableName": name}),
        "AWS::IAM::Role": ("iam", "GetRole", {"RoleName": name}),
        "AWS::KMS::Alias": ("kms", "DescribeKey", {"KeyId": name}),
        "AWS::Kinesis::Stream": ("kinesis", "DescribeStreamSummary", {"StreamName": name}),
        "AWS::KinesisFirehose::DeliveryStream": ("firehose", "DescribeDeliveryStream", {"DeliveryStreamName": name}),
        "AWS::Lambda::Function": ("lambda", "GetFunctionConfiguration", {"FunctionName": name}),
        "AWS::Logs::LogGroup": ("logs", "DescribeLogGroups", {"logGroupNamePrefix": name}),
        "AWS::S3::Bucket": ("s3", "HeadBucket", {"Bucket": name}),
        "AWS::SNS::Topic": ("sns", "GetTopicAttributes", {"TopicArn": topic}),
    }
    return asked[named.type]


def _taken(stack: Stack, named: names.Named, region: str, why: str) -> Finding:
    message = f"the name `{named.name}` of {named.type} is taken in {region}: {why}"
    return Finding(Code.DR824, message, ResourceId(stack.key, named.id))
