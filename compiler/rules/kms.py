"""KMS: keys and the services and resources that use them."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.types import registry
from compiler.aws.types.cloudwatch import ALARMS
from compiler.aws.types.dynamodb import GLOBAL_TABLE
from compiler.aws.types.iam import ROLE
from compiler.aws.types.kinesis import STREAM
from compiler.aws.types.kms import KEYS
from compiler.aws.types.lambda_ import FUNCTION
from compiler.aws.types.logs import LOG_GROUP
from compiler.aws.types.others import QUEUE
from compiler.aws.types.sns import TOPIC
from compiler.aws.values import Json, arn, dig, marked, text
from compiler.diagnostics.model import Rule
from compiler.findings.finding import Finding
from compiler.rollout.state import Resource
from compiler.rules.deployed import DOCS, Deployed, reports
from compiler.rules.policy import allows, key_behind, statements
from compiler.rules.s3 import DR449

DR450 = Rule(
    "DR450",
    "topic-key",
    says="alarms cannot use the encryption key of their topic",
    why="An alarm goes off, but nobody receives a message.",
    fix="encrypt the topic with a key whose policy allows `cloudwatch.amazonaws.com` to use it",
    source=DOCS + "sns/latest/dg/sns-key-management.html",
    traps=(17,),
)


@reports(DR450)
def topics(deployed: Deployed) -> Iterator[Finding]:
    """An alarm can send to an encrypted topic only if the key policy allows CloudWatch."""
    told = {text(value) for kind in ALARMS
            for alarm in deployed.of(kind) for value in _actions(alarm)}  # fmt: skip
    for topic in deployed.of(TOPIC):
        value = topic.get("KmsMasterKeyId")
        if not value or topic.arn not in told:
            continue
        if text(value).endswith("alias/aws/sns"):
            message = (
                f"`{topic.id}` is encrypted with `alias/aws/sns`, which CloudWatch cannot use: alarms notify nobody"
            )
            yield Finding(DR450, message, topic.owner)
            continue
        key = key_behind(deployed, value, topic.region)
        for action in ("kms:Decrypt", "kms:GenerateDataKey"):
            held = statements(key.get("KeyPolicy")) if key else ()
            if key and not allows(held, action, principal=("Service", "cloudwatch.amazonaws.com")):
                message = (
                    f"the key of `{topic.id}` does not allow `cloudwatch.amazonaws.com` to use `{action}`: alarms "
                    "notify nobody"
                )
                yield Finding(DR450, message, key.owner, related=((topic.owner, "alarms send to this topic"),))


def _actions(alarm: Resource) -> list[Json]:
    return [*alarm.list("AlarmActions"), *alarm.list("OKActions"), *alarm.list("InsufficientDataActions")]


DR452 = Rule(
    "DR452",
    "log-key",
    says="CloudWatch Logs cannot use the encryption key of a log group",
    why="CloudWatch Logs does not create the log group.",
    fix="allow `logs.<region>.amazonaws.com` with the region of the log group in the key policy",
    source=DOCS + "AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
    traps=(19,),
)


@reports(DR452)
def log_groups(deployed: Deployed) -> Iterator[Finding]:
    """CloudWatch Logs creates a log group only if the key policy allows the service of that region."""
    for group in deployed.of(LOG_GROUP):
        value = group.get("KmsKeyId")
        key = key_behind(deployed, value, group.region) if value else None
        region = deployed.region(value) if value else None
        if region and region != group.region:
            message = f"`{group.id}` in {group.region} uses a key in {region}"
            yield Finding(DR452, message, group.owner, related=((key.owner, "the key"),) if key else ())
            continue
        if key is None:
            continue
        service = f"logs.{group.region}.amazonaws.com"
        context = {"kms:EncryptionContext:aws:logs:arn": group.arn}
        for action in ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"):
            held = statements(key.get("KeyPolicy"))
            if not allows(held, action, principal=("Service", service), context=context):
                message = (
                    f"the key of `{group.id}` does not allow `{service}` to use `{action}` for it: the log group "
                    "cannot be created"
                )
                yield Finding(DR452, message, key.owner, related=((group.owner, "uses this key"),))
                break


DR453 = Rule(
    "DR453",
    "key-grant",
    says="a key policy does not allow the account to create a grant that a resource needs",
    why="Lambda and DynamoDB create a grant on the key with the permissions of the principal that deploys.",
    fix="allow `kms:CreateGrant` for the account root in the key policy, limited by `kms:ViaService`",
    source=DOCS + "lambda/latest/dg/configuration-envvars-encryption.html",
    traps=(20,),
)


@reports(DR453)
def grants(deployed: Deployed) -> Iterator[Finding]:
    """Lambda and DynamoDB create grants with the permissions of the principal that deploys; the key must allow that."""
    for function in deployed.of(FUNCTION):
        yield from _grant(deployed, function, function.get("KmsKeyArn"), function.region, "lambda")
    for table in deployed.of(GLOBAL_TABLE):
        for replica in table.list("Replicas"):
            region = text(dig(replica, "Region"))
            yield from _grant(deployed, table, dig(replica, "SSESpecification", "KMSMasterKeyId"), region, "dynamodb")


def _grant(deployed: Deployed, user: Resource, value: Json, region: str, service: str) -> Iterator[Finding]:
    key = key_behind(deployed, value, region) if value else None
    if key is None:
        return
    account = deployed.states[user.stack].resolver.account
    root = ("AWS", f"arn:{account.partition}:iam::{account.id}:root")
    context = {"kms:ViaService": f"{service}.{region}.amazonaws.com"}
    for action in ("kms:CreateGrant", "kms:Encrypt", "kms:DescribeKey"):
        if not allows(statements(key.get("KeyPolicy")), action, principal=root, context=context):
            message = (
                f"`{user.id}` needs a grant on its key, but the key policy does not allow the account to use `{action}`"
            )
            yield Finding(DR453, message, key.owner, related=((user.owner, f"needs `{action}` when it is created"),))
            return


DR454 = Rule(
    "DR454",
    "named-principal",
    says="a key policy or a trust policy names a role or a user",
    why="AWS rejects the policy if the role or user does not exist or is not visible yet.",
    fix="name the account root as principal, and limit it with a condition on `aws:PrincipalArn`",
    source=DOCS + "kms/latest/APIReference/API_CreateKey.html",
    traps=(22,),
)


@reports(DR454)
def principals(deployed: Deployed) -> Iterator[Finding]:
    """A policy that names a role or user fails if it does not exist or is not visible yet."""
    for resource in deployed.of(*KEYS, ROLE):
        for member in registry.of(resource.type).policies:
            for statement in statements(resource.get(member)):
                for value in statement.principals.get("AWS", ()):
                    named = arn(value)
                    if (named and named.resource.startswith(("role/", "user/"))) or marked(value):
                        message = (
                            f"the policy of `{resource.id}` names `{value}`, which must exist and be visible first"
                        )
                        owner = deployed.owner(value)
                        related = ((owner.owner, "named in the policy"),) if owner else ()
                        yield Finding(DR454, message, resource.owner, related=related)


@reports(DR449)
def unencrypted(deployed: Deployed) -> Iterator[Finding]:
    """Topics, log groups, streams, functions and queues without a customer managed key."""
    for kind, path in (
        (TOPIC, ("KmsMasterKeyId",)),
        (LOG_GROUP, ("KmsKeyId",)),
        (STREAM, ("StreamEncryption", "KeyId")),
        (FUNCTION, ("KmsKeyArn",)),
        (QUEUE, ("KmsMasterKeyId",)),
    ):
        for resource in deployed.of(kind):
            if not resource.get(*path):
                message = f"`{resource.id}` has no customer managed key (`{'.'.join(path)}`)"
                yield Finding(DR449, message, resource.owner)
