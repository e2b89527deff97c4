"""Physical names at the longest parameter values: none is longer than AWS allows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from compiler.aws.attributes import shape
from compiler.aws.facts import (
    cloudformation,
    cloudwatch,
    dynamodb,
    firehose,
    iam,
    kinesis,
    kms,
    lambda_,
    logs,
    s3,
    sns,
)
from compiler.aws.facts.model import Fact
from compiler.aws.intrinsics import Resolver
from compiler.aws.values import ResourceId, dig, listed, marked, members, text
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding
from compiler.ir.names import ENVIRONMENT, ENVIRONMENT_MAX, SUFFIX, SUFFIX_MAX
from compiler.rollout.state import Resource, State
from compiler.rules.check import reports
from compiler.rules.deployed import Deployed
from compiler.rules.s3 import BUCKET

LIMITS: Mapping[str, Fact[int]] = MappingProxyType(
    {
        "AWS::CloudWatch::Alarm": cloudwatch.ALARM_NAME_CHARACTERS,
        "AWS::CloudWatch::CompositeAlarm": cloudwatch.ALARM_NAME_CHARACTERS,
        "AWS::DynamoDB::GlobalTable": dynamodb.TABLE_NAME_CHARACTERS,
        "AWS::DynamoDB::Table": dynamodb.TABLE_NAME_CHARACTERS,
        "AWS::IAM::ManagedPolicy": iam.POLICY_NAME_CHARACTERS,
        "AWS::IAM::Role": iam.ROLE_NAME_CHARACTERS,
        "AWS::KMS::Alias": kms.ALIAS_CHARACTERS,
        "AWS::Kinesis::Stream": kinesis.NAME_CHARACTERS,
        "AWS::KinesisFirehose::DeliveryStream": firehose.NAME_CHARACTERS,
        "AWS::Lambda::Function": lambda_.NAME_CHARACTERS,
        "AWS::Logs::Destination": logs.DESTINATION_NAME_CHARACTERS,
        "AWS::Logs::LogGroup": logs.GROUP_NAME_CHARACTERS,
        "AWS::S3::Bucket": s3.NAME_CHARACTERS,
        "AWS::SNS::Topic": sns.TOPIC_NAME_CHARACTERS,
    }
)
"""Types and the most characters their names may have; the property that holds a name is in `attributes`."""

_FILL = "x"


@reports(Code.DR401, Code.DR402)
def lengths(deployed: Deployed) -> Iterator[Finding]:
    """Names, policies' names and exports, each with the longest environment and suffix that the parameters take."""
    longest = {ENVIRONMENT.name: _FILL * ENVIRONMENT_MAX, SUFFIX.name: _FILL * SUFFIX_MAX}
    for state in deployed.states.values():
        before = state.resolver
        given = {**before.parameters, **{key: value for key, value in longest.items() if key in before.parameters}}
        yield from _names(state, Resolver(state.template, before.account, given, before.imports))


def _names(state: State, resolver: Resolver) -> Iterator[Finding]:
    for resource in state.resources.values():
        limit = LIMITS.get(resource.type)
        name = resolver.name(resource.id)
        if limit is None or marked(name):
            continue
        if resource.type == BUCKET:
            for fault in bucket_name(resource, name):
                yield Finding(Code.DR402, f"the name {fault}", resource.owner)
        elif len(name) > limit.value:
            yield _too_long(resource.owner, shape(resource.type).name or "name", name, limit.value)
        yield from _policy_names(resource, resolver)
    most = cloudformation.EXPORT_NAME_CHARACTERS.value
    for output in state.outputs:
        exported = resolver.resolved(dig(state.template.body["Outputs"][output], "Export", "Name"))[0]
        for written in listed(exported):
            if len(text(written)) > most:
                yield _too_long(ResourceId(state.template.stack.name, output), "export", text(written), most)


def bucket_name(bucket: Resource, name: str) -> Iterator[str]:
    """What is wrong with a bucket's name; completes "the name …"."""
    low, high = s3.NAME_CHARACTERS_MIN.value, s3.NAME_CHARACTERS.value
    if marked(name):
        return
    if not low <= len(name) <= high:
        yield f"`{name}` has {len(name)} characters; S3 takes {low} to {high}"
    if not re.fullmatch(s3.NAME_PATTERN.value, name):
        yield f"`{name}` has characters, or an order of them, that S3 does not take"
    for prefix in s3.FORBIDDEN_PREFIXES.value:
        if name.startswith(prefix):
            yield f"`{name}` begins with `{prefix}`, which S3 keeps to itself"
    ours = bucket.get("BucketNamespace") == "account-regional"
    for suffix in (*s3.FORBIDDEN_SUFFIXES.value, *(() if ours else (s3.NAMESPACE_SUFFIX.value,))):
        if name.endswith(suffix):
            yield f"`{name}` ends with `{suffix}`, which S3 keeps to itself"
    if "." in name and bucket.get("AccelerateConfiguration", "AccelerationStatus") == "Enabled":
        yield f"`{name}` has dots, with which Transfer Acceleration does not work"


def _policy_names(resource: Resource, resolver: Resolver) -> Iterator[Finding]:
    """Names of the policies that stand in a role."""
    most = iam.POLICY_NAME_CHARACTERS.value
    written = dig(resource.body, "Properties", "Policies") if resource.type == "AWS::IAM::Role" else None
    for policy in listed(written):
        name = text(resolver.resolved(members(policy).get("PolicyName"))[0])
        if len(name) > most:
            yield _too_long(resource.owner, "PolicyName", name, most)


def _too_long(owner: ResourceId, what: str, name: str, limit: int) -> Finding:
    message = (
        f"the {what} of `{owner.id}` would have {len(name)} characters, {limit} are allowed: `{name}` with the "
        "longest environment and suffix"
    )
    return Finding(Code.DR401, message, owner)
