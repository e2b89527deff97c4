"""Resource types of Amazon S3."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from compiler.aws.facts import s3
from compiler.aws.types import kms
from compiler.aws.types.record import Holding, Lookup, Name, Prerequisite, Properties, ResourceType, members_needed
from compiler.aws.types.update_rules import Data, Update, figure, lowered, update_rule
from compiler.aws.values import Json, dig, listed, number
from compiler.diagnostics.codes import Code

BUCKET = "AWS::S3::Bucket"
BUCKET_POLICY = "AWS::S3::BucketPolicy"

_ARN = "arn:{partition}:s3:::{name}"
_GUIDE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/"
_REPLICATION = _GUIDE + "replication-what-is-isnot-replicated.html"
_REFERENCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html"
_NONCURRENT = ("NoncurrentVersionExpiration", "NoncurrentDays")


def _needs(properties: Properties) -> Iterator[Prerequisite]:
    for rule in listed(dig(properties, "BucketEncryption", "ServerSideEncryptionConfiguration")):
        key = dig(rule, "ServerSideEncryptionByDefault", "KMSMasterKeyID")
        yield Prerequisite(key, "its key", kinds=(kms.ALIAS,))
    target = dig(properties, "LoggingConfiguration", "DestinationBucketName")
    yield Prerequisite(target, "its access-log bucket", kinds=(BUCKET,))
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-requirements.html (read 2026-11-22)
    role = dig(properties, "ReplicationConfiguration", "Role")
    yield Prerequisite(role, "its replication role", Code.DR611)
    for rule in listed(dig(properties, "ReplicationConfiguration", "Rules")):
        target = dig(rule, "Destination", "Bucket")
        yield Prerequisite(target, "the bucket that it replicates to", Code.DR611, versioned=True)
        key = dig(rule, "Destination", "EncryptionConfiguration", "ReplicaKmsKeyID")
        yield Prerequisite(key, "the key of its replicas", Code.DR611, kinds=(kms.ALIAS,))


@update_rule("objects or old versions expire sooner", _GUIDE + "intro-lifecycle-rules.html", data=Data.LOST)
def _expire(update: Update) -> Iterator[str]:
    olds, news = ({rule.get("Id"): rule for rule in _rules(value)} for value in (update.old, update.new))
    for name, rule in news.items():
        before = olds.get(name, {})
        for path, what in ((("ExpirationInDays",), "objects"), (_NONCURRENT, "overwritten and deleted versions")):
            old, new = dig(before, *path), dig(rule, *path)
            if lowered(old, new) or (old is None and number(new) is not None):
                yield f"{what} that are older than {figure(new)} days are deleted permanently"


def _rules(properties: Properties) -> list[Mapping[str, Json]]:
    rules = listed(dig(properties, "LifecycleConfiguration", "Rules"))
    return [rule for rule in rules if isinstance(rule, dict) and rule.get("Status") == "Enabled"]


@update_rule("objects are no longer replicated to a bucket", _REPLICATION)
def _unreplicated(update: Update) -> Iterator[str]:
    olds, news = ({*_destinations(value)} for value in (update.old, update.new))
    for destination in sorted(olds - news):
        yield f"new objects do not reach {destination}; the objects that are there stay"


@update_rule("objects are replicated to another bucket", _REPLICATION)
def _replicated(update: Update) -> Iterator[str]:
    olds, news = ({*_destinations(value)} for value in (update.old, update.new))
    for destination in sorted(news - olds):
        yield f"{destination} receives new objects; existing objects need S3 Batch Replication"


def _destinations(properties: Properties) -> Iterator[str]:
    for rule in listed(dig(properties, "ReplicationConfiguration", "Rules")):
        destination = dig(rule, "Destination", "Bucket")
        if isinstance(destination, str) and dig(rule, "Status") != "Disabled":
            yield destination.rsplit(":", 1)[-1]


@update_rule("its encryption changes", _GUIDE + "default-bucket-encryption.html")
def _encryption(update: Update) -> Iterator[str]:
    if update.changed("BucketEncryption"):
        yield "objects that are already stored stay encrypted with the old key, which must be kept"


@update_rule("its versioning is suspended", _REFERENCE, remedy="keep versioning on while the bucket is replicated")
def _unversioned(update: Update) -> Iterator[str]:
    old, new = (dig(value, "Status") for value in update.both("VersioningConfiguration"))
    if old == "Enabled" and new != "Enabled" and list(_destinations(update.new)):
        yield "a bucket that is replicated needs versioning"


@update_rule("Transfer Acceleration is disabled", _GUIDE + "transfer-acceleration.html")
def _slower(update: Update) -> Iterator[str]:
    old, new = (dig(value, "AccelerationStatus") for value in update.both("AccelerateConfiguration"))
    if old == "Enabled" and new != "Enabled":
        yield "uploads through the accelerated endpoint fail"


TYPES = (
    ResourceType(
        BUCKET,
        name=Name("BucketName", s3.NAME_CHARACTERS, Lookup("s3", "HeadBucket", {"Bucket": "{name}"})),
        holds=Holding("the objects", Data.LOST),
        account_wide=True,
        ref="{name}",
        arn=_ARN,
        attributes=MappingProxyType(
            {
                "Arn": _ARN,
                "DomainName": "{name}.s3.amazonaws.com",
                "RegionalDomainName": "{name}.s3.{region}.amazonaws.com",
            }
        ),
        needs=_needs,
        left="it keeps its objects",
        updates=(_expire, _unreplicated, _replicated, _encryption, _unversioned, _slower),
    ),
    ResourceType(
        BUCKET_POLICY,
        name=None,
        holds=None,
        identity=("Bucket",),
        policies=("PolicyDocument",),
        needs=members_needed(("Bucket", "its bucket"), kinds=(BUCKET,)),
    ),
)
