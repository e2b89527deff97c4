"""S3: access logs and encryption."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from compiler.aws.types.s3 import BUCKET, BUCKET_POLICY
from compiler.aws.values import Json, dig, listed, members, text
from compiler.diagnostics.model import Rule
from compiler.findings.finding import Finding
from compiler.rollout.state import Resource
from compiler.rules.deployed import DOCS, Deployed, reports
from compiler.rules.policy import allows, statements


def replication_rules(bucket: Resource) -> list[Mapping[str, Json]]:
    """A bucket's replication rules."""
    return [members(rule) for rule in bucket.list("ReplicationConfiguration", "Rules")]


def encryption(bucket: Resource) -> Mapping[str, Json]:
    """The default encryption of a bucket: the first rule."""
    first = next(iter(bucket.list("BucketEncryption", "ServerSideEncryptionConfiguration")), None)
    return members(first)


DR434 = Rule(
    "DR434",
    "access-logs",
    says="S3 cannot deliver access logs to the log bucket",
    why="The log bucket must be in the same region, be encrypted with S3 managed keys, and allow S3 to write to it.",
    fix="use a log bucket in the same region with `AES256` and a policy that allows `logging.s3.amazonaws.com`",
    source=DOCS + "AmazonS3/latest/userguide/enable-server-access-logging.html",
    traps=(43,),
)


@reports(DR434)
def log_bucket(deployed: Deployed) -> Iterator[Finding]:
    """The log bucket is in the same region, is encrypted with S3 managed keys, and allows S3 to write."""
    for bucket in deployed.of(BUCKET):
        name = bucket.get("LoggingConfiguration", "DestinationBucketName")
        target = deployed.owner(name, (BUCKET,)) if name else None
        if target is None:
            continue
        related = ((target.owner, "the bucket for access logs"),)
        if target.region != bucket.region:
            message = (
                f"`{bucket.id}` in {bucket.region} sends access logs to `{target.id}` in {target.region}; both must "
                "be in one region"
            )
            yield Finding(DR434, message, bucket.owner, related=related)
        algorithm = text(dig(encryption(target), "ServerSideEncryptionByDefault", "SSEAlgorithm"))
        if algorithm.startswith("aws:kms"):
            message = f"`{target.id}` is encrypted with `{algorithm}`: access logs of `{bucket.id}` would not arrive"
            yield Finding(
                DR434,
                message,
                target.owner,
                related=((bucket.owner, "sends its access logs there"),),
                help="use `AES256`",
            )
        held = (item for policy in deployed.within(target.stack, BUCKET_POLICY)
                if deployed.owner(policy.get("Bucket"), (BUCKET,)) is target
                for item in statements(policy.get("PolicyDocument")))  # fmt: skip
        if not allows(held, "s3:PutObject", f"{target.arn}/x", principal=("Service", "logging.s3.amazonaws.com")):
            message = f"the policy of `{target.id}` does not allow `logging.s3.amazonaws.com` to write access logs"
            yield Finding(DR434, message, target.owner, related=((bucket.owner, "sends its access logs there"),))


DR449 = Rule(
    "DR449",
    "unencrypted",
    says="a resource that stores data is not encrypted with a customer managed key",
    why="All data at rest must be encrypted with the keys of the topology.",
    fix="name the key of the region",
)


@reports(DR449)
def unencrypted(deployed: Deployed) -> Iterator[Finding]:
    """Buckets without a customer managed key; buckets for access logs cannot have one."""
    logs = {text(bucket.get("LoggingConfiguration", "DestinationBucketName")) for bucket in deployed.of(BUCKET)}
    for bucket in deployed.of(BUCKET):
        algorithm = text(dig(encryption(bucket), "ServerSideEncryptionByDefault", "SSEAlgorithm"))
        named = dig(encryption(bucket), "ServerSideEncryptionByDefault", "KMSMasterKeyID")
        if bucket.name not in logs and not (algorithm.startswith("aws:kms") and listed(named)):
            message = f"`{bucket.id}` has no customer managed key"
            yield Finding(DR449, message, bucket.owner)
