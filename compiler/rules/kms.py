"""KMS: keys that their users can use, and stores without one."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.values import Json, arn, dig, marked, text
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding
from compiler.rollout.state import Resource
from compiler.rules import s3
from compiler.rules.deployed import Deployed
from compiler.rules.policy import allows, key_behind, statements

KEY = "AWS::KMS::Key"
TOPIC = "AWS::SNS::Topic"
GROUP = "AWS::Logs::LogGroup"
_PRINCIPALS = (("AWS::KMS::Key", "KeyPolicy"), ("AWS::KMS::ReplicaKey", "KeyPolicy"),
               ("AWS::IAM::Role", "AssumeRolePolicyDocument"))  # fmt: skip


def topics(world: Deployed) -> Iterator[Finding]:
    """Alarms can tell an encrypted topic only if its key lets CloudWatch use it."""
    told = {text(value) for kind in ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
            for alarm in world.of(kind) for value in _actions(alarm)}  # fmt: skip
    for topic in world.of(TOPIC):
        value = topic.get("KmsMasterKeyId")
        if not value or topic.arn not in told:
            continue
        if text(value).endswith("alias/aws/sns"):
            message = f"`{topic.id}` is under `alias/aws/sns`, which alarms may not use: nobody would be told"
            yield Finding(Code.DR450, message, topic.owner)
            continue
        key = key_behind(world, value, topic.region)
        for action in ("kms:Decrypt", "kms:GenerateDataKey"):
            held = statements(key.get("KeyPolicy")) if key else ()
            if key and not allows(held, action, principal=("Service", "cloudwatch.amazonaws.com")):
                message = (
                    f"the key of `{topic.id}` does not let `cloudwatch.amazonaws.com` `{action}`: nobody would be told"
                )
                yield Finding(Code.DR450, message, key.owner, related=((topic.owner, "alarms report here"),))


def _actions(alarm: Resource) -> list[Json]:
    return [*alarm.list("AlarmActions"), *alarm.list("OKActions"), *alarm.list("InsufficientDataActions")]


def log_groups(world: Deployed) -> Iterator[Finding]:
    """The Logs service of the key's region must be allowed to use it, or the group is refused."""
    for group in world.of(GROUP):
        value = group.get("KmsKeyId")
        key = key_behind(world, value, group.region) if value else None
        region = world.region(value) if value else None
        if region and region != group.region:
            message = f"`{group.id}` in {group.region} is under a key of {region}"
            yield Finding(Code.DR452, message, group.owner, related=((key.owner, "the key"),) if key else ())
            continue
        if key is None:
            continue
        service = f"logs.{group.region}.amazonaws.com"
        context = {"kms:EncryptionContext:aws:logs:arn": group.arn}
        for action in ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"):
            held = statements(key.get("KeyPolicy"))
            if not allows(held, action, principal=("Service", service), context=context):
                message = f"the key of `{group.id}` does not let `{service}` `{action}` for it: the group is refused"
                yield Finding(Code.DR452, message, key.owner, related=((group.owner, "under this key"),))
                break


def grants(world: Deployed) -> Iterator[Finding]:
    """Lambda and DynamoDB make grants with the rights of whoever deploys, whom the key must let in."""
    for function in world.of("AWS::Lambda::Function"):
        yield from _grant(world, function, function.get("KmsKeyArn"), function.region, "lambda")
    for table in world.of("AWS::DynamoDB::GlobalTable"):
        for replica in table.list("Replicas"):
            region = text(dig(replica, "Region"))
            yield from _grant(world, table, dig(replica, "SSESpecification", "KMSMasterKeyId"), region, "dynamodb")


def _grant(world: Deployed, user: Resource, value: Json, region: str, service: str) -> Iterator[Finding]:
    key = key_behind(world, value, region) if value else None
    if key is None:
        return
    account = world.states[user.stack].resolver.account
    root = ("AWS", f"arn:{account.partition}:iam::{account.id}:root")
    context = {"kms:ViaService": f"{service}.{region}.amazonaws.com"}
    for action in ("kms:CreateGrant", "kms:Encrypt", "kms:DescribeKey"):
        if not allows(statements(key.get("KeyPolicy")), action, principal=root, context=context):
            message = f"`{user.id}` is created with a grant, and its key lets nobody of the account `{action}`"
            yield Finding(
                Code.DR453, message, key.owner, related=((user.owner, f"needs `{action}` when it is created"),)
            )
            return


def principals(world: Deployed) -> Iterator[Finding]:
    """Policies that name a role or user fail while that does not exist, or is not yet visible."""
    for kind, member in _PRINCIPALS:
        for resource in world.of(kind):
            for statement in statements(resource.get(member)):
                for value in statement.principals.get("AWS", ()):
                    named = arn(value)
                    if (named and named.resource.startswith(("role/", "user/"))) or marked(value):
                        message = (
                            f"the policy of `{resource.id}` names `{value}`, which has to be there and visible first"
                        )
                        owner = world.owner(value)
                        related = ((owner.owner, "named in the policy"),) if owner else ()
                        yield Finding(Code.DR454, message, resource.owner, related=related)


def unencrypted(world: Deployed) -> Iterator[Finding]:
    """Stores, topics, groups and streams that no customer managed key protects, or one of another region."""
    yield from s3.unencrypted(world)
    for kind, path in (
        (TOPIC, ("KmsMasterKeyId",)),
        (GROUP, ("KmsKeyId",)),
        ("AWS::Kinesis::Stream", ("StreamEncryption", "KeyId")),
        ("AWS::Lambda::Function", ("KmsKeyArn",)),
        ("AWS::SQS::Queue", ("KmsMasterKeyId",)),
    ):
        for resource in world.of(kind):
            if not resource.get(*path):
                message = f"`{resource.id}` has no customer managed key (`{'.'.join(path)}`)"
                yield Finding(Code.DR449, message, resource.owner)
