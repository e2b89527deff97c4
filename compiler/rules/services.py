"""What services do on their own: a role that the service can assume, with the rights that its work takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from compiler.aws.types.backup import SELECTION, VAULT
from compiler.aws.types.ec2 import FLOW_LOG
from compiler.aws.types.kinesis import DELIVERY_STREAM, STREAM
from compiler.aws.types.kms import KEYS
from compiler.aws.types.lambda_ import FUNCTION
from compiler.aws.types.logs import DESTINATION, LOG_GROUP
from compiler.aws.types.s3 import BUCKET
from compiler.aws.types.sns import TOPIC
from compiler.aws.values import Json, arn, dig, members, text
from compiler.diagnostics.model import Rule
from compiler.findings.finding import Finding
from compiler.rollout.state import Resource
from compiler.rules.deployed import DOCS, Deployed, reports
from compiler.rules.policy import allows, granted, key_behind, statements
from compiler.rules.s3 import encryption

DR898 = Rule(
    "DR898",
    "service-rights",
    says="a service cannot do what a resource needs",
    why="AWS rejects the resource, or it is created and does nothing.",
    fix="let the service assume the role, and allow the action in the policy of the role",
    source=DOCS + "firehose/latest/dev/controlling-access.html",
)


class Need(NamedTuple):
    """An action that a role needs on a resource; on a key, through a service."""

    action: str
    on: str
    shown: str
    through: str = ""


_ROLES = (
    (FUNCTION, ("Role",), "lambda.amazonaws.com"),
    (BUCKET, ("ReplicationConfiguration", "Role"), "s3.amazonaws.com"),
    (DESTINATION, ("RoleArn",), "logs.amazonaws.com"),
    (FLOW_LOG, ("DeliverLogsPermissionArn",), "vpc-flow-logs.amazonaws.com"),
    (DELIVERY_STREAM, ("KinesisStreamSourceConfiguration", "RoleARN"), "firehose.amazonaws.com"),
    (DELIVERY_STREAM, ("ExtendedS3DestinationConfiguration", "RoleARN"), "firehose.amazonaws.com"),
    (SELECTION, ("BackupSelection", "IamRoleArn"), "backup.amazonaws.com"),
)
"""Where a type names a role, and the service that assumes it."""


@reports(DR898)
def roles(deployed: Deployed) -> Iterator[Finding]:
    """A service can assume the role that a resource names, and the role has the rights that the work takes."""
    for kind, path, service in _ROLES:
        for user in deployed.of(kind):
            role = deployed.owner(user.get(*path))
            # Of roles with one name, that of the other region may be found; that is another fault.
            if role is None or role.stack != user.stack:
                continue
            related = ((user.owner, "needs this role"),)
            trust = statements(role.get("AssumeRolePolicyDocument"))
            context = {"aws:SourceArn": user.arn} if user.arn else {}
            if not allows(trust, "sts:AssumeRole", principal=("Service", service), context=context):
                message = f"`{service}` cannot assume `{role.id}` for `{user.id}` in {user.region}"
                yield Finding(DR898, message, role.owner, related=related)
            rights = granted(deployed, role)
            for need in _needs(deployed, user, path[0]):
                via = {"kms:ViaService": f"{need.through}.amazonaws.com"} if need.through else {}
                if need.on and not allows(rights, need.action, need.on, context=via):
                    message = f"`{role.id}` does not allow `{need.action}` on {need.shown}, which `{user.id}` needs"
                    yield Finding(DR898, message, role.owner, related=related)


def _needs(deployed: Deployed, user: Resource, member: str) -> Iterator[Need]:
    """The rights that a service needs for a resource; what replication and functions need, other rules say."""
    if user.type == DESTINATION:
        yield from _stream(deployed, user.get("TargetArn"), ("kinesis:PutRecord",), "kms:GenerateDataKey")
    elif user.type == FLOW_LOG:
        group = deployed.owner(user.get("LogGroupName"), (LOG_GROUP,), user.region)
        for action in ("logs:CreateLogStream", "logs:PutLogEvents") if group else ():
            yield Need(action, f"{group.arn}:log-stream:x" if group else "", f"`{group.id}`" if group else "")
    elif user.type == SELECTION:
        yield from _backed_up(user)
    elif member == "KinesisStreamSourceConfiguration":
        reads = tuple(f"kinesis:{verb}" for verb in ("DescribeStream", "GetRecords", "GetShardIterator", "ListShards"))
        yield from _stream(deployed, user.get(member, "KinesisStreamARN"), reads, "kms:Decrypt")
    elif user.type == DELIVERY_STREAM:
        yield from _archive(deployed, user, members(user.get(member)))


def _backed_up(selection: Resource) -> Iterator[Need]:
    """What AWS Backup reads for each table and bucket that a selection names."""
    yield Need("tag:GetResources", "*", "what it selects")
    for value in selection.list("BackupSelection", "Resources"):
        found = arn(value)
        if found is not None and found.service == "dynamodb":
            yield Need("dynamodb:StartAwsBackupJob", text(value), f"`{value}`")
        elif found is not None and found.service == "s3":
            yield Need("s3:GetBucketVersioning", text(value), f"`{value}`")
            yield Need("s3:GetObjectVersion", f"{value}/x", f"the objects of `{value}`")


def _stream(deployed: Deployed, value: Json, actions: tuple[str, ...], with_key: str) -> Iterator[Need]:
    stream = deployed.owner(value)
    if stream is None or stream.type != STREAM:
        return
    for action in actions:
        yield Need(action, stream.arn, f"`{stream.id}` in {stream.region}")
    key = key_behind(deployed, stream.get("StreamEncryption", "KeyId"), stream.region)
    if key is not None:
        yield Need(with_key, key.arn, f"the key of `{stream.id}` in {stream.region}", f"kinesis.{stream.region}")


def _archive(deployed: Deployed, user: Resource, target: Mapping[str, Json]) -> Iterator[Need]:
    bucket = deployed.owner(target.get("BucketARN"))
    if bucket is not None:
        for verb in ("GetBucketLocation", "ListBucket", "ListBucketMultipartUploads"):
            yield Need(f"s3:{verb}", bucket.arn, f"`{bucket.id}`")
        for verb in ("AbortMultipartUpload", "GetObject", "PutObject"):
            yield Need(f"s3:{verb}", f"{bucket.arn}/x", f"the objects of `{bucket.id}`")
    key = key_behind(
        deployed, dig(target, "EncryptionConfiguration", "KMSEncryptionConfig", "AWSKMSKeyARN"), user.region
    )
    for action in ("kms:Decrypt", "kms:GenerateDataKey") if key else ():
        yield Need(action, key.arn if key else "", "the key of its objects", f"s3.{user.region}")
    options = members(target.get("CloudWatchLoggingOptions"))
    group = deployed.owner(options.get("LogGroupName"), (LOG_GROUP,), user.region)
    if group is not None and options.get("Enabled") is True:
        yield Need("logs:PutLogEvents", f"{group.arn}:log-stream:x", f"`{group.id}`")


DR899 = Rule(
    "DR899",
    "key-use",
    says="the policy of a key does not let the account use or manage it",
    why="AWS rejects a key that nobody can manage. Without the right to use it, nobody can write or read the data "
    "that is encrypted with it.",
    fix="allow the account root in the key policy, through the service that the message names",
    source=DOCS + "kms/latest/developerguide/key-policy-default.html",
)

_KEYED = ((TOPIC, "sns"), (STREAM, "kinesis"), (BUCKET, "s3"), (VAULT, "backup"))
"""Types whose data a service encrypts with the rights of whoever writes, and the service."""


@reports(DR899)
def keys(deployed: Deployed) -> Iterator[Finding]:
    """The policy of a key lets the account manage it, and use it through each service that encrypts with it."""
    for key in deployed.of(*KEYS):
        if not _account_may(deployed, key, "kms:PutKeyPolicy", {}):
            message = f"`{key.id}` does not allow the account to use `kms:PutKeyPolicy`: nobody could manage the key"
            yield Finding(DR899, message, key.owner)
    for kind, service in _KEYED:
        for user in deployed.of(kind):
            used = key_behind(deployed, _key_of(user), user.region)
            context = {"kms:ViaService": f"{service}.{user.region}.amazonaws.com"}
            for action in ("kms:Decrypt", "kms:GenerateDataKey") if used else ():
                if used is not None and not _account_may(deployed, used, action, context):
                    message = f"the key of `{user.id}` does not allow the account to use `{action}` through {service}"
                    yield Finding(DR899, message, used.owner, related=((user.owner, "is encrypted with this key"),))


def _key_of(user: Resource) -> Json:
    """The key that a resource names for its data."""
    if user.type == BUCKET:
        return dig(encryption(user), "ServerSideEncryptionByDefault", "KMSMasterKeyID")
    if user.type == VAULT:
        return user.get("EncryptionKeyArn")
    return user.get("KmsMasterKeyId") or user.get("StreamEncryption", "KeyId")


def _account_may(deployed: Deployed, key: Resource, action: str, context: Mapping[str, str]) -> bool:
    """Whether a key lets the account do something; without a policy of its own it does."""
    account = deployed.states[key.stack].resolver.account
    root = ("AWS", f"arn:{account.partition}:iam::{account.id}:root")
    held = statements(key.get("KeyPolicy"))
    return not key.get("KeyPolicy") or allows(held, action, principal=root, context=context)
