"""What we know of changes to buckets, log groups, streams and keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from compiler.aws.facts import kinesis
from compiler.aws.values import dig, listed, number
from compiler.diff.change import Action, Data, Json
from compiler.diff.known import Register, Update, figure, lowered

BUCKET = "AWS::S3::Bucket"
GROUP = "AWS::Logs::LogGroup"
STREAM = "AWS::Kinesis::Stream"
KEY = "AWS::KMS::Key"
_CFN = "https://docs.aws.amazon.com/AWSCloudFormation/latest/"
_LIFECYCLE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html"
_REPLICATION = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-what-is-isnot-replicated.html"
_ENCRYPTION = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-bucket-encryption.html"
_ACCELERATION = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/transfer-acceleration.html"
_RETENTION = "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"
_CLASS = "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html"
_STREAM_AGE = "https://docs.aws.amazon.com/streams/latest/dev/kinesis-extended-retention.html"
_KEY = _CFN + "TemplateReference/aws-resource-kms-key.html"

stores = Register()


@stores.says(BUCKET, "objects or old versions expire sooner", _LIFECYCLE, data=Data.LOST)
def _expire(update: Update) -> Iterator[str]:
    olds, news = ({rule.get("Id"): rule for rule in _rules(value)} for value in (update.old, update.new))
    for name, rule in news.items():
        before = olds.get(name, {})
        for path, what in ((("ExpirationInDays",), "objects"), (_NONCURRENT, "overwritten and deleted versions")):
            old, new = dig(before, *path), dig(rule, *path)
            if lowered(old, new) or (old is None and number(new) is not None):
                yield f"{what} that are older than {figure(new)} days are deleted, for good"


_NONCURRENT = ("NoncurrentVersionExpiration", "NoncurrentDays")


def _rules(properties: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    rules = listed(dig(properties, "LifecycleConfiguration", "Rules"))
    return [rule for rule in rules if isinstance(rule, dict) and rule.get("Status") == "Enabled"]


@stores.says(BUCKET, "objects are no longer replicated to a bucket", _REPLICATION)
def _unreplicated(update: Update) -> Iterator[str]:
    olds, news = ({*_destinations(value)} for value in (update.old, update.new))
    for destination in sorted(olds - news):
        yield f"what is written from now on does not reach {destination}; what is there stays and grows old"


@stores.says(BUCKET, "objects are replicated to another bucket", _REPLICATION)
def _replicated(update: Update) -> Iterator[str]:
    olds, news = ({*_destinations(value)} for value in (update.old, update.new))
    for destination in sorted(news - olds):
        yield f"{destination} receives what is written from now on; what is there already needs a batch replication"


def _destinations(properties: Mapping[str, Json]) -> Iterator[str]:
    for rule in listed(dig(properties, "ReplicationConfiguration", "Rules")):
        destination = dig(rule, "Destination", "Bucket")
        if isinstance(destination, str) and dig(rule, "Status") != "Disabled":
            yield destination.rsplit(":", 1)[-1]


@stores.says(BUCKET, "its encryption changes", _ENCRYPTION)
def _encryption(update: Update) -> Iterator[str]:
    if update.changed("BucketEncryption"):
        yield "objects stored so far stay under the key they were written with, which they go on needing"


@stores.says(BUCKET, "its versioning is suspended", _CFN + "TemplateReference/aws-resource-s3-bucket.html",
             remedy="keep versions while the bucket is replicated")  # fmt: skip
def _unversioned(update: Update) -> Iterator[str]:
    old, new = (dig(value, "Status") for value in update.both("VersioningConfiguration"))
    if old == "Enabled" and new != "Enabled" and list(_destinations(update.new)):
        yield "a bucket that is replicated keeps versions"


@stores.says(BUCKET, "Transfer Acceleration goes", _ACCELERATION)
def _slower(update: Update) -> Iterator[str]:
    old, new = (dig(value, "AccelerationStatus") for value in update.both("AccelerateConfiguration"))
    if old == "Enabled" and new != "Enabled":
        yield "clients that upload through the accelerated endpoint are refused"


@stores.says(GROUP, "its retention becomes shorter", _RETENTION, data=Data.LOST)
def _forget(update: Update) -> Iterator[str]:
    old, new = update.both("RetentionInDays")
    if lowered(old, new) or (old is None and number(new) is not None):
        yield f"log events that are older than {figure(new)} days are deleted, usually within 72 hours"


@stores.says(GROUP, "its class changes", _CLASS, remedy="make a log group of the other class under another name")
def _class(update: Update) -> Iterator[str]:
    old, new = (value or "STANDARD" for value in update.both("LogGroupClass"))
    if old != new:
        yield "the class of a log group is fixed when it is created"


@stores.says(
    GROUP, "its key changes", "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"
)
def _group_key(update: Update) -> Iterator[str]:
    if update.changed("KmsKeyId"):
        yield "events stored so far stay under the key they were written with, which they go on needing"


@stores.says(STREAM, "it keeps records for a shorter time", _STREAM_AGE, data=Data.LOST)
def _drop(update: Update) -> Iterator[str]:
    old, new = update.both("RetentionPeriodHours")
    if lowered(old, new):
        yield f"records that are older than {figure(new)} hours can no longer be read"


@stores.says(STREAM, "its shards more than double, or fall below half", kinesis.RESHARDING_FACTOR.source.url,
             remedy="deploy in steps: at most twice, or half, the shards at a time")  # fmt: skip
def _too_far(update: Update) -> Iterator[str]:
    old, new = (number(value) for value in update.both("ShardCount"))
    factor = kinesis.RESHARDING_FACTOR.value
    if old and new and (new > old * factor or new * factor < old):
        yield f"from {figure(old)} to {figure(new)} shards is further than one update goes"


@stores.says(STREAM, "its shards change in number", kinesis.RESHARDING_FACTOR.source.url)
def _reshard(update: Update) -> Iterator[str]:
    old, new = (number(value) for value in update.both("ShardCount"))
    if old and new and old != new:
        yield "shards are split or merged, which takes minutes; writers and readers go on meanwhile"


@stores.says(KEY, "its kind, use or reach over regions changes", _KEY,
             remedy="add a second key of the other kind, and move to it")  # fmt: skip
def _other_key(update: Update) -> Iterator[str]:
    defaults = (("KeySpec", "SYMMETRIC_DEFAULT"), ("KeyUsage", "ENCRYPT_DECRYPT"), ("MultiRegion", False))
    for member, default in defaults:
        old, new = (default if value is None else value for value in update.both(member))
        if old != new:
            yield f"`{member}` is fixed when a key is created"


@stores.says(KEY, "it is switched off", _KEY, action=Action.INTERRUPTED)
def _disabled(update: Update) -> Iterator[str]:
    old, new = update.both("Enabled")
    if old is not False and new is False:
        yield "nothing that the key encrypts can be read or written while it is off"


@stores.says(KEY, "its policy changes", "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html")
def _policy(update: Update) -> Iterator[str]:
    if update.changed("KeyPolicy"):
        if update.new.get("BypassPolicyLockoutSafetyCheck") is True:
            yield "the check against locking everybody out is switched off: a wrong policy cannot be mended by anybody"
        else:
            yield "AWS refuses a policy that would lock its own administrators out"
