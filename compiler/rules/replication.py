"""S3 replication: configurations that S3 accepts and that work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from compiler.aws.facts import s3 as facts
from compiler.aws.types.s3 import BUCKET
from compiler.aws.values import Json, dig, members, text
from compiler.diagnostics.model import Rule
from compiler.findings.finding import Finding
from compiler.rollout.order import versioned
from compiler.rollout.state import Resource
from compiler.rules.deployed import DOCS, Deployed, reports
from compiler.rules.policy import Statement, allows, granted, key_behind
from compiler.rules.s3 import encryption, replication_rules

_CONTEXT = "kms:EncryptionContext:aws:s3:arn"


_SOURCE = ("s3:GetReplicationConfiguration", "s3:ListBucket")


_VERSIONS = ("s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl")


def _destinations(deployed: Deployed, bucket: Resource) -> Iterator[tuple[Mapping[str, Json], str, Resource | None]]:
    """Rule, ARN and bucket of every destination."""
    for rule in replication_rules(bucket):
        arn = text(dig(rule, "Destination", "Bucket"))
        yield rule, arn, deployed.owner(arn)


DR430 = Rule(
    "DR430",
    "replication-ends",
    says="the source or the destination of a bucket's replication is not suitable",
    why="S3 rejects the configuration, or objects never arrive.",
    fix="replicate between two buckets with versioning, in two regions of the topology",
    source=DOCS + "AmazonS3/latest/userguide/replication-requirements.html",
    acceptable=True,
    traps=(9,),
)


@reports(DR430)
def destinations(deployed: Deployed) -> Iterator[Finding]:
    """The source and the destination exist, are in different regions, and have versioning."""
    for bucket in deployed.of(BUCKET):
        if replication_rules(bucket) and not versioned(bucket):
            message = f"`{bucket.id}` replicates but has no versioning; S3 rejects the configuration"
            yield Finding(DR430, message, bucket.owner)
        for rule, arn, target in _destinations(deployed, bucket):
            related = ((target.owner, "the destination"),) if target else ()
            name = rule.get("Id")
            if target is None:
                message = (
                    f"the rule `{name}` of `{bucket.id}` replicates to `{arn}`, which no stack of this topology creates"
                )
                yield Finding(DR430, message, bucket.owner)
            elif target.region == bucket.region:
                message = f"the rule `{name}` of `{bucket.id}` replicates within {bucket.region}"
                yield Finding(DR430, message, bucket.owner, related=related)
            elif not versioned(target):
                message = f"the rule `{name}` of `{bucket.id}` replicates to `{target.id}`, which has no versioning"
                yield Finding(DR430, message, bucket.owner, related=related)


DR431 = Rule(
    "DR431",
    "replication-keys",
    says="S3 cannot encrypt replicated objects at the destination",
    why="S3 accepts the configuration. The replication of every object then fails, and S3 reports no error.",
    fix="name a key of the destination region; allow the role to decrypt at the source and to encrypt at the "
    "destination",
    source=DOCS + "AmazonS3/latest/userguide/replication-config-for-kms-objects.html",
    traps=(10,),
)


@reports(DR431)
def replica_keys(deployed: Deployed) -> Iterator[Finding]:
    """S3 replicates an encrypted object only with a key of the destination and permissions on both keys."""
    for bucket in deployed.of(BUCKET):
        if dig(encryption(bucket), "ServerSideEncryptionByDefault", "SSEAlgorithm") == "AES256":
            continue
        role = deployed.owner(bucket.get("ReplicationConfiguration", "Role"))
        rights = granted(deployed, role) if role else None
        for rule, _, target in _destinations(deployed, bucket):
            yield from _replica_key(deployed, bucket, rule, target)
            if target is not None and rights is not None and role is not None:
                for missing in _missing(deployed, bucket, rule, target, rights):
                    what = f"the role of the rule `{rule.get('Id')}` of `{bucket.id}`"
                    message = (
                        f"{what} does not have {missing}; the replication of objects would fail without an error "
                        "message"
                    )
                    yield Finding(
                        DR431, message, role.owner, related=((bucket.owner, "uses this role for its replication"),)
                    )


def _replica_key(
    deployed: Deployed, bucket: Resource, rule: Mapping[str, Json], target: Resource | None
) -> Iterator[Finding]:
    what = f"the rule `{rule.get('Id')}` of `{bucket.id}`"
    if dig(rule, "SourceSelectionCriteria", "SseKmsEncryptedObjects", "Status") != "Enabled":
        message = f"{what} does not replicate objects that are encrypted with KMS keys, and all objects are"
        yield Finding(DR431, message, bucket.owner, help="enable `SourceSelectionCriteria.SseKmsEncryptedObjects`")
    value = dig(rule, "Destination", "EncryptionConfiguration", "ReplicaKmsKeyID")
    if not value:
        yield Finding(DR431, f"{what} has no key for its replicas (`ReplicaKmsKeyID`)", bucket.owner)
    elif target is not None:
        region = deployed.region(value)
        if region != target.region:
            where = f"in {region}" if region else "that is not a key ARN"
            message = f"{what} encrypts replicas in {target.region} with a key {where}: `{value}`"
            yield Finding(DR431, message, bucket.owner, related=((target.owner, "the destination"),))


def _missing(
    deployed: Deployed, bucket: Resource, rule: Mapping[str, Json], target: Resource, rights: tuple[Statement, ...]
) -> Iterator[str]:
    """Permissions that replication needs and the role does not have, apart from conditions on the context."""
    for action in _SOURCE:
        if not allows(rights, action, bucket.arn):
            yield f"`{action}` on `{bucket.id}`"
    for action in _VERSIONS:
        if not allows(rights, action, f"{bucket.arn}/x"):
            yield f"`{action}` on the objects of `{bucket.id}`"
    deletes = dig(rule, "DeleteMarkerReplication", "Status") == "Enabled"
    for action in ("s3:ReplicateObject", *(("s3:ReplicateDelete",) if deletes else ())):
        if not allows(rights, action, f"{target.arn}/x"):
            yield f"`{action}` on the objects of `{target.id}` in {target.region}"
    for end, value, actions in _key_rights(bucket, rule, target):
        for action in actions:
            context = {"kms:ViaService": f"s3.{end.region}.amazonaws.com"}
            if value and not allows(rights, action, _arn(deployed, value, end.region), context=context):
                yield f"`{action}` on the key of `{end.id}` in {end.region} through S3 there"


def _key_rights(
    bucket: Resource, rule: Mapping[str, Json], target: Resource
) -> Iterator[tuple[Resource, Json, tuple[str, ...]]]:
    """Source and destination with their keys and the actions needed; with bucket keys, replicas are decrypted too."""
    own = dig(encryption(bucket), "ServerSideEncryptionByDefault", "KMSMasterKeyID")
    yield bucket, own, ("kms:Decrypt",)
    replica = dig(rule, "Destination", "EncryptionConfiguration", "ReplicaKmsKeyID")
    again = ("kms:Decrypt",) if encryption(target).get("BucketKeyEnabled") is True else ()
    yield target, replica, ("kms:Encrypt", *again)


def _arn(deployed: Deployed, value: Json, region: str) -> str:
    key = key_behind(deployed, value, region)
    return key.arn if key else text(value)


DR432 = Rule(
    "DR432",
    "replication-context",
    says="a condition on KMS permissions names objects, but the bucket uses S3 Bucket Keys",
    why="With S3 Bucket Keys the encryption context is the ARN of the bucket. The condition is never true, and "
    "objects are not replicated. S3 reports no error.",
    fix="use the ARN of the bucket in the condition, without `/*`",
    source=DOCS + "AmazonS3/latest/userguide/replication-config-for-kms-objects.html",
    traps=(11,),
)


@reports(DR432)
def context(deployed: Deployed) -> Iterator[Finding]:
    """With bucket keys, the encryption context is the ARN of the bucket, so a condition on objects is never true."""
    for bucket in deployed.of(BUCKET):
        role = deployed.owner(bucket.get("ReplicationConfiguration", "Role"))
        if role is None:
            continue
        rights = granted(deployed, role)
        for rule, _, target in _destinations(deployed, bucket):
            for end, value, actions in _key_rights(bucket, rule, target) if target else ():
                if encryption(end).get("BucketKeyEnabled") is not True or not value:
                    continue
                key = _arn(deployed, value, end.region)
                via = {"kms:ViaService": f"s3.{end.region}.amazonaws.com"}
                for action in actions:
                    if allows(rights, action, key, context=via) and not allows(
                        rights, action, key, context={**via, _CONTEXT: end.arn}
                    ):
                        message = (
                            f"`{role.id}` can use `{action}` only with the context of an object; `{end.id}` in "
                            f"{end.region} "
                            f"uses bucket keys, whose context is `{end.arn}`"
                        )
                        yield Finding(DR432, message, role.owner, related=((end.owner, "uses bucket keys"),))


DR433 = Rule(
    "DR433",
    "replication-rule",
    says="a replication rule is incomplete or inconsistent",
    why="S3 rejects the rule, or it replicates less than intended.",
    fix="change the rule as the message says",
    source=DOCS + "AmazonS3/latest/userguide/replication-time-control.html",
    traps=(12,),
)


@reports(DR433)
def rule_form(deployed: Deployed) -> Iterator[Finding]:
    """A rule has all elements that belong together, and asks for the only replication time that S3 offers."""
    minutes = facts.RTC_MINUTES.value
    for bucket in deployed.of(BUCKET):
        for rule, _, target in _destinations(deployed, bucket):
            for fault in (*_parts(rule), *_time(rule, minutes)):
                yield Finding(DR433, f"the rule `{rule.get('Id')}` of `{bucket.id}` {fault}", bucket.owner)
            back = target is not None and any(
                deployed.owner(text(dig(item, "Destination", "Bucket"))) is bucket for item in replication_rules(target)
            )
            if back and dig(rule, "SourceSelectionCriteria", "ReplicaModifications", "Status") != "Enabled":
                message = f"the rule `{rule.get('Id')}` of `{bucket.id}` does not replicate changes made to replicas"
                yield Finding(DR433, message, bucket.owner, help="enable `ReplicaModifications` in both directions")


def _parts(rule: Mapping[str, Json]) -> Iterator[str]:
    if not rule.get("Id"):
        yield "has no `Id`, which its metrics need as a dimension"
    if "Filter" not in rule:
        return
    for member in ("DeleteMarkerReplication", "Priority"):
        if member not in rule:
            yield f"has a `Filter` but no `{member}`"
    if "Prefix" in rule:
        yield "has both `Filter` and `Prefix`"
    tagged = "TagFilter" in members(rule["Filter"]) or "And" in members(rule["Filter"])
    if tagged and dig(rule, "DeleteMarkerReplication", "Status") == "Enabled":
        yield "filters by tags, so S3 cannot replicate delete markers"


def _time(rule: Mapping[str, Json], minutes: int) -> Iterator[str]:
    time = dig(rule, "Destination", "ReplicationTime", "Time", "Minutes")
    threshold = dig(rule, "Destination", "Metrics", "EventThreshold", "Minutes")
    asked = dig(rule, "Destination", "ReplicationTime", "Status") == "Enabled"
    if asked and time != minutes:
        yield f"asks for replication within {time} minutes; S3 offers only {minutes}"
    if asked and (dig(rule, "Destination", "Metrics", "Status") != "Enabled" or threshold != minutes):
        yield f"has a replication time but no metrics with a threshold of {minutes} minutes"
