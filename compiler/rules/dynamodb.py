"""DynamoDB: global tables that AWS creates, and that protect the data."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws import regions
from compiler.aws.facts import dynamodb as facts
from compiler.aws.types.dynamodb import GLOBAL_TABLE
from compiler.aws.types.kms import ALIAS
from compiler.aws.types.replicas import replica_regions
from compiler.aws.values import Json, dig, listed, members, text
from compiler.diagnostics.model import Rule
from compiler.findings.finding import Finding
from compiler.rollout.state import Resource
from compiler.rules.deployed import DOCS, Deployed, reports

DR420 = Rule(
    "DR420",
    "table-replicas",
    says="the replicas of a global table do not match the regions of the topology",
    why="DynamoDB rejects a global table without a replica in its own region. A region without a replica has no "
    "data when it takes over.",
    fix="give the table one replica in each region of the topology, including its own region",
    source=DOCS + "AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html",
    traps=(3,),
)


@reports(DR420)
def replicas(deployed: Deployed) -> Iterator[Finding]:
    """One replica in each region of the topology, including the region of the stack, and none elsewhere."""
    regional = [stack.region for stack in deployed.topology.regional]
    for table in deployed.of(GLOBAL_TABLE):
        found = replica_regions(table.properties)
        listing = ", ".join(found) or "none"
        if table.region not in found:
            message = (
                f"`{table.id}` has no replica in {table.region}, the region of its own stack; its replicas are: "
                f"{listing}"
            )
            yield Finding(DR420, message, table.owner)
        for region in sorted({region for region in found if found.count(region) > 1}):
            yield Finding(DR420, f"`{table.id}` lists the replica in {region} {found.count(region)} times", table.owner)
        for region in sorted(set(found) - set(regional)):
            guess = regions.near(region) if not regions.known(region) else None
            message = f"`{table.id}` has a replica in `{region}`, where this topology has no stack"
            yield Finding(DR420, message, table.owner, help=f"did you mean `{guess}`?" if guess else None)
        if deployed.route(table)[:1] == ("tables",):
            held = {*found, *replica_regions(table.properties, "GlobalTableWitnesses"), table.region}
            for region in [region for region in regional if region not in held]:
                message = f"`{table.id}` has no replica in {region}: that region would not have its data"
                yield Finding(DR420, message, table.owner)


DR421 = Rule(
    "DR421",
    "table-stream",
    says="a table with several replicas does not have the stream that replication needs",
    why="DynamoDB does not create the table.",
    fix="write `StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}`",
    source=DOCS + "AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html",
    traps=(5,),
)


@reports(DR421)
def stream(deployed: Deployed) -> Iterator[Finding]:
    """A table with several replicas has a stream with new and old images."""
    for table in deployed.of(GLOBAL_TABLE):
        count = len(table.list("Replicas"))
        if count < 2 or table.get("MultiRegionConsistency") == "STRONG":
            continue
        view = table.get("StreamSpecification", "StreamViewType")
        if view != "NEW_AND_OLD_IMAGES":
            what = f"the stream view `{view}`" if view else "no stream"
            message = f"`{table.id}` has {count} replicas and {what}; replication needs `NEW_AND_OLD_IMAGES`"
            yield Finding(DR421, message, table.owner)


DR422 = Rule(
    "DR422",
    "table-keys",
    says="a replica of a table does not use a customer managed key of its own region",
    why="All replicas must use the same kind of key, and a key works only in its own region. DynamoDB does not "
    "create the table.",
    fix="set a key of the replica's region in the `SSESpecification` of each replica",
    source=DOCS + "amazondynamodb/latest/developerguide/globaltables-security.html",
    traps=(4,),
)


@reports(DR422)
def keys(deployed: Deployed) -> Iterator[Finding]:
    """Each replica has a key in its own region."""
    for table in deployed.of(GLOBAL_TABLE):
        if table.get("SSESpecification", "SSEEnabled") is not True:
            yield Finding(DR422, f"`{table.id}` is not encrypted with a customer managed key", table.owner)
            continue
        if table.get("SSESpecification", "SSEType") != "KMS":
            yield Finding(DR422, f"`{table.id}` needs `SSEType: KMS`, because its replicas have KMS keys", table.owner)
        for replica in table.list("Replicas"):
            region = text(members(replica).get("Region"))
            value = dig(replica, "SSESpecification", "KMSMasterKeyId")
            if not value:
                message = f"the replica of `{table.id}` in {region} has no key; every replica needs one"
                yield Finding(DR422, message, table.owner)
                continue
            where = deployed.region(value, (ALIAS,), region)
            if where and where != region:
                message = f"the replica of `{table.id}` in {region} uses a key in {where}"
                yield Finding(DR422, message, table.owner)


DR423 = Rule(
    "DR423",
    "table-attributes",
    says="the keys of a table do not match its attribute definitions",
    why="DynamoDB rejects a key without a definition, and a definition that no key uses.",
    fix="define exactly the attributes that are keys of the table or of an index",
    source=DOCS + "AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html",
)


@reports(DR423)
def attributes(deployed: Deployed) -> Iterator[Finding]:
    """Exactly the key attributes are defined."""
    for table in deployed.of(GLOBAL_TABLE):
        defined = {text(members(item).get("AttributeName")) for item in table.list("AttributeDefinitions")}
        used: dict[str, str] = {}
        for where, schema in schemas(table):
            for item in listed(schema):
                used.setdefault(text(members(item).get("AttributeName")), where)
        for name in sorted(set(used) - defined):
            message = f"`{name}` is a key of {used[name]} but is not in `AttributeDefinitions`"
            yield Finding(DR423, message, table.owner)
        for name in sorted(defined - set(used)):
            message = f"`{name}` is defined for `{table.id}` but is no key of the table or its indexes"
            yield Finding(DR423, message, table.owner)


def schemas(table: Resource) -> Iterator[tuple[str, Json]]:
    """The key schema of the table and of each index, with the name of its owner."""
    yield f"`{table.id}`", table.get("KeySchema")
    for member in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        for index in table.list(member):
            yield f"the index `{members(index).get('IndexName')}`", members(index).get("KeySchema")


DR424 = Rule(
    "DR424",
    "table-protection",
    says="a replica of a table is not protected, or the table does not use on-demand billing",
    why="DynamoDB does not copy point-in-time recovery and deletion protection to other replicas. The default "
    "billing mode is provisioned.",
    fix="set point-in-time recovery and deletion protection on every replica, and `BillingMode: PAY_PER_REQUEST`",
    source=DOCS + "amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html",
)


@reports(DR424)
def protection(deployed: Deployed) -> Iterator[Finding]:
    """On-demand billing, and recovery and deletion protection on each replica, because DynamoDB does not copy them."""
    for table in deployed.of(GLOBAL_TABLE):
        billing = table.get("BillingMode")
        if billing != "PAY_PER_REQUEST":
            message = f"`{table.id}` has the billing mode `{billing or 'PROVISIONED (the default)'}`"
            yield Finding(DR424, message, table.owner, help="write `BillingMode: PAY_PER_REQUEST`")
        for replica in table.list("Replicas"):
            region = text(members(replica).get("Region"))
            if dig(replica, "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled") is not True:
                message = f"the replica of `{table.id}` in {region} has no point-in-time recovery"
                yield Finding(DR424, message, table.owner)
            kept = deployed.topology.spec.deployment.retains
            if kept and members(replica).get("DeletionProtectionEnabled") is not True:
                message = f"the replica of `{table.id}` in {region} has no deletion protection"
                yield Finding(DR424, message, table.owner)


DR427 = Rule(
    "DR427",
    "table-strong",
    says="a table does not meet the conditions for strong consistency between regions",
    why="DynamoDB does not create the table.",
    fix="use three regions of one region set, and no time to live and no local secondary indexes",
    source=DOCS + "amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html",
)


@reports(DR427)
def strong(deployed: Deployed) -> Iterator[Finding]:
    """DynamoDB checks the conditions of strong consistency when it creates the table."""
    for table in deployed.of(GLOBAL_TABLE):
        if table.get("MultiRegionConsistency") != "STRONG":
            continue
        found = replica_regions(table.properties)
        witnesses = replica_regions(table.properties, "GlobalTableWitnesses")
        every = (*found, *witnesses)
        wanted = facts.STRONG_REGIONS.value
        lacking: list[str] = []
        if len(every) != wanted or len(witnesses) > facts.STRONG_WITNESSES_MAX.value:
            lacking.append(
                f"it has {len(found)} replicas and {len(witnesses)} witnesses, but it needs {wanted} regions"
            )
        if every and not set(every) <= set(regions.strong_consistency_set(every[0])):
            lacking.append(f"{', '.join(every)} are not in one region set")
        if table.get("TimeToLiveSpecification", "Enabled") is True:
            lacking.append("it has a time to live")
        if table.get("LocalSecondaryIndexes"):
            lacking.append("it has local secondary indexes")
        for reason in lacking:
            yield Finding(DR427, f"`{table.id}` cannot be strongly consistent between regions: {reason}", table.owner)
