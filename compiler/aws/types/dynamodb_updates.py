"""What updates of a global table of DynamoDB do, beyond what its schema says."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.facts import dynamodb
from compiler.aws.types.replicas import replica_regions
from compiler.aws.types.update_rules import Action, Data, Update, figure, lowered, update_rule
from compiler.aws.values import dig, listed, text

_TABLE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html"
_REPLICA = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
    "aws-properties-dynamodb-globaltable-replicaspecification.html"
)
_INDEX = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
    "aws-properties-dynamodb-globaltable-globalsecondaryindex.html"
)
_WARM = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html"
_API = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html"
_TTL = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html"
_TERRAFORM = "https://github.com/hashicorp/terraform-provider-aws/pull/29102"
_CDK_TTL = "https://github.com/aws/aws-cdk/issues/13106"
_OLD_TABLE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-dynamodb-table.html"


def _gone(update: Update) -> list[str]:
    return [region for region in replica_regions(update.old) if region not in replica_regions(update.new)]


def _come(update: Update) -> list[str]:
    return [region for region in replica_regions(update.new) if region not in replica_regions(update.old)]


@update_rule("a replica is removed", _TABLE, data=Data.STANDBY)
def _removed_replica(update: Update) -> Iterator[str]:
    for region in _gone(update):
        yield f"DynamoDB deletes the replica in {region} with its copy of the data; `Retain` does not keep it"


@update_rule(
    "the replica in the stack's own region is removed", _TABLE, data=Data.LOST,
    remedy="keep a replica there, or move the table to another stack with a resource import",
)  # fmt: skip
def _own_replica(update: Update) -> Iterator[str]:
    if update.region in _gone(update):
        yield f"the replica in {update.region}, the region of the stack, cannot be removed"


@update_rule(
    "a replica is removed while its deletion protection is on", _REPLICA,
    remedy="if the copy may be deleted, disable the deletion protection of that replica in its region, then deploy",
)  # fmt: skip
def _protected(update: Update) -> Iterator[str]:
    for name, before, after in update.entries("Replicas", "Region"):
        if before and after is None and before.get("DeletionProtectionEnabled") is True:
            yield f"the replica in {name} has deletion protection"


@update_rule(
    "more than one replica is added or removed", _TABLE,
    remedy="deploy after each step: change one replica, compile and deploy, then change the next",
)  # fmt: skip
def _many_replicas(update: Update) -> Iterator[str]:
    changes = [*(f"-{region}" for region in _gone(update)), *(f"+{region}" for region in _come(update))]
    allowed = dynamodb.REPLICA_CHANGES_PER_UPDATE.value
    if len(changes) > allowed:
        yield f"{len(changes)} replicas change ({', '.join(changes)}), but one update may change only {allowed}"


@update_rule("a replica is added", _TABLE)
def _added_replica(update: Update) -> Iterator[str]:
    for region in _come(update):
        yield (
            f"DynamoDB copies the whole table to {region}, which takes minutes to hours; AWS recommends not to "
            "change anything else in the same update"
        )


@update_rule(
    "the key of a replica changes", _TERRAFORM, action=Action.INTERRUPTED, data=Data.STANDBY, certain=False,
)  # fmt: skip
def _replica_key(update: Update) -> Iterator[str]:
    for region in _rekeyed(update):
        if region != update.region:
            yield (
                f"DynamoDB does not re-encrypt a replica: the one in {region} must be deleted and created again "
                "with the other key; until then the region has no copy"
            )


@update_rule(
    "the key of the replica in the stack's own region changes", _TERRAFORM, certain=False,
    remedy="restore a backup to a new table with the new key, and move to it",
)  # fmt: skip
def _own_key(update: Update) -> Iterator[str]:
    if update.region in _rekeyed(update):
        yield f"a replica must be created again to get another key, but the one in {update.region} cannot be removed"


def _rekeyed(update: Update) -> list[str]:
    path = ("SSESpecification", "KMSMasterKeyId")
    return [
        name for name, before, after in update.entries("Replicas", "Region")
        if before and after and dig(before, *path) != dig(after, *path)
    ]  # fmt: skip


@update_rule(
    "the point-in-time recovery of a replica covers a shorter period", _REPLICA,
)  # fmt: skip
def _recovery(update: Update) -> Iterator[str]:
    path = ("PointInTimeRecoverySpecification", "RecoveryPeriodInDays")
    shorter = [
        (name, dig(after, *path)) for name, before, after in update.entries("Replicas", "Region")
        if lowered(dig(before, *path), dig(after, *path))
    ]  # fmt: skip
    if shorter:
        regions = ", ".join(name for name, _ in shorter)
        yield f"data from more than {figure(shorter[0][1])} days ago can no longer be restored ({regions})"


@update_rule(
    "the warm throughput of the table or of an index is lowered", _WARM,
    remedy="keep the higher value: it is paid once and has no further cost",
)  # fmt: skip
def _cooled(update: Update) -> Iterator[str]:
    places = [("the table", *update.both("WarmThroughput"))]
    for name, before, after in update.entries("GlobalSecondaryIndexes", "IndexName"):
        if before and after:
            places.append((f"index `{name}`", before.get("WarmThroughput"), after.get("WarmThroughput")))
    for place, old, new in places:
        for member, what in (("ReadUnitsPerSecond", "reads"), ("WriteUnitsPerSecond", "writes")):
            if lowered(dig(old, member), dig(new, member)):
                was, is_ = figure(dig(old, member)), figure(dig(new, member))
                yield f"warm throughput can only grow: {what} of {place} would fall from {was} to {is_} per second"


@update_rule(
    "more than one index is added or removed", _TABLE,
    remedy="deploy after each step: change one index, compile and deploy, then change the next",
)  # fmt: skip
def _many_indexes(update: Update) -> Iterator[str]:
    changes = [
        f"{'-' if after is None else '+'}{name}"
        for name, before, after in update.entries("GlobalSecondaryIndexes", "IndexName")
        if before is None or after is None
    ]  # fmt: skip
    allowed = dynamodb.INDEX_CHANGES_PER_UPDATE.value
    if len(changes) > allowed:
        yield f"{len(changes)} indexes change ({', '.join(changes)}), but one update may change only {allowed}"


@update_rule("an index is added", _TABLE)
def _added_index(update: Update) -> Iterator[str]:
    for name, before, _ in update.entries("GlobalSecondaryIndexes", "IndexName"):
        if before is None:
            yield f"index `{name}` is filled after the deployment has ended; queries wait until it is active"


@update_rule("an index is removed", _INDEX)
def _removed_index(update: Update) -> Iterator[str]:
    for name, _, after in update.entries("GlobalSecondaryIndexes", "IndexName"):
        if after is None:
            yield f"queries through index `{name}` fail as soon as it is removed"


@update_rule(
    "the key or projection of an index changes under the same name", _INDEX,
    remedy="add the new index under another name, deploy, move the queries, then remove the old one",
)  # fmt: skip
def _other_index(update: Update) -> Iterator[str]:
    for name, before, after in update.entries("GlobalSecondaryIndexes", "IndexName"):
        if before and after:
            for member, what in (("KeySchema", "key"), ("Projection", "projection")):
                if before.get(member) != after.get(member):
                    yield f"the {what} of index `{name}` cannot be changed"


@update_rule("its key changes", _TABLE, action=Action.REPLACED)
def _other_table(update: Update) -> Iterator[str]:
    if update.changed("KeySchema"):
        yield "a table's key is fixed when it is created"


@update_rule("its local secondary indexes change", _TABLE, action=Action.REPLACED)
def _local_indexes(update: Update) -> Iterator[str]:
    if update.changed("LocalSecondaryIndexes"):
        yield "local secondary indexes are fixed when a table is created"


@update_rule("the type of an attribute of the table's key changes", _OLD_TABLE, action=Action.REPLACED)
def _key_type(update: Update) -> Iterator[str]:
    key = {text(dig(part, "AttributeName")) for part in listed(update.new.get("KeySchema"))}
    for name in _retyped(update):
        if name in key:
            yield f"the key attribute `{name}` has another type: a table's key is fixed when it is created"


@update_rule(
    "the type of an attribute of an index's key changes", _INDEX,
    remedy="add a new index on an attribute of the other type, deploy, move the queries, then remove the old one",
)  # fmt: skip
def _index_type(update: Update) -> Iterator[str]:
    key = {text(dig(part, "AttributeName")) for part in listed(update.new.get("KeySchema"))}
    for name in _retyped(update):
        if name not in key:
            yield f"the index key attribute `{name}` has another type, and the key of an index cannot be changed"


def _retyped(update: Update) -> list[str]:
    return [
        name for name, before, after in update.entries("AttributeDefinitions", "AttributeName")
        if before and after and before.get("AttributeType") != after.get("AttributeType")
    ]  # fmt: skip


@update_rule(
    "the stream's settings change while there is more than one replica", _TABLE,
    remedy="remove replicas first, one per deployment, until one is left; or do not change the stream",
)  # fmt: skip
def _stream(update: Update) -> Iterator[str]:
    if update.changed("StreamSpecification") and len(replica_regions(update.old)) > 1:
        yield "replication uses the stream; its settings can change only while there is one replica"


@update_rule(
    "the consistency between regions changes", _API,
    remedy="create a new table with that consistency and another name, and copy the items",
)  # fmt: skip
def _consistency(update: Update) -> Iterator[str]:
    old, new = (value or "EVENTUAL" for value in update.both("MultiRegionConsistency"))
    if old != new and replica_regions(update.old):
        yield "consistency between regions is fixed when the first replica of an empty table is created"


@update_rule(
    "the TTL attribute changes", _TTL,
    remedy="remove `ttl`, deploy, wait an hour, then name the new attribute",
)  # fmt: skip
def _other_expiry(update: Update) -> Iterator[str]:
    old, new = (dig(value, "AttributeName") for value in update.both("TimeToLiveSpecification"))
    if old and new and old != new:
        yield f"TTL on `{old}` must be disabled first, and DynamoDB accepts one TTL change per hour"


@update_rule("TTL is enabled", _TTL)
def _expiry(update: Update) -> Iterator[str]:
    old, new = update.both("TimeToLiveSpecification")
    if not old and new:
        yield f"items whose `{dig(new, 'AttributeName')}` is in the past are deleted, in every region"


@update_rule("TTL is disabled", _CDK_TTL, certain=False)
def _no_expiry(update: Update) -> Iterator[str]:
    old, new = update.both("TimeToLiveSpecification")
    if old and not new:
        yield (
            f"expiry by `{dig(old, 'AttributeName')}` has been seen to go on where the property is only left out: "
            "look at the table, and switch it off there if need be"
        )


UPDATES = (
    _removed_replica,
    _own_replica,
    _protected,
    _many_replicas,
    _added_replica,
    _replica_key,
    _own_key,
    _recovery,
    _cooled,
    _many_indexes,
    _added_index,
    _removed_index,
    _other_index,
    _other_table,
    _local_indexes,
    _key_type,
    _index_type,
    _stream,
    _consistency,
    _other_expiry,
    _expiry,
    _no_expiry,
)
