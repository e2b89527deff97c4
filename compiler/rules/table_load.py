"""DynamoDB: throughput of tables, and partition keys that carry it."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.facts import dynamodb as facts
from compiler.aws.types.dynamodb import GLOBAL_TABLE
from compiler.aws.values import Json, dig, listed, members, number, text
from compiler.diagnostics.model import Rule, Severity
from compiler.findings.finding import Finding
from compiler.rollout.state import Resource
from compiler.rules.deployed import DOCS, Deployed, reports
from compiler.rules.dynamodb import schemas

# Attributes with few values, or values that grow with time: all writes of a moment go to one partition.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-uniform-load.html (read 2026-11-22)
_FEW = frozenset(
    ("date", "day", "hour", "minute", "month", "year", "week", "status", "state", "type", "kind", "tenant", "region",
     "country", "currency", "flag", "version", "counter", "sequence", "category", "priority")
)  # fmt: skip


DR425 = Rule(
    "DR425",
    "table-warmth",
    says="the warm throughput or the maximum throughput of a table is too low",
    why="Warm throughput cannot be lower than that of a new table. A maximum throughput below it rejects requests "
    "that the table could serve.",
    fix="set warm throughput to at least the value of a new table, and do not set a maximum throughput",
    source=DOCS + "amazondynamodb/latest/developerguide/warm-throughput.html",
    traps=(8,),
)


@reports(DR425)
def warmth(deployed: Deployed) -> Iterator[Finding]:
    """Warm throughput is at least that of a new table, and the maximum throughput is not below it."""
    for table in deployed.of(GLOBAL_TABLE):
        for what, settings in _warm(table):
            for member, least, ceiling in (
                ("ReadUnitsPerSecond", facts.INITIAL_READS.value, None),
                ("WriteUnitsPerSecond", facts.INITIAL_WRITES.value, "MaxWriteRequestUnits"),
            ):
                asked = number(dig(settings, "WarmThroughput", member))
                if asked is not None and asked < least:
                    message = (
                        f"{what} asks for a warm throughput of {asked:,.0f} {member}; "
                        f"a new table has {least:,}, and it cannot be lowered"
                    )
                    yield Finding(DR425, message, table.owner)
                most = number(dig(settings, "WriteOnDemandThroughputSettings", ceiling)) if ceiling else None
                if most is not None and most < (asked or least):
                    message = (
                        f"{what} rejects writes above {most:,.0f}/s but has a warm throughput of "
                        f"{asked or least:,.0f}/s"
                    )
                    yield Finding(DR425, message, table.owner)


def _warm(table: Resource) -> Iterator[tuple[str, Json]]:
    yield f"`{table.id}`", table.properties
    for index in table.list("GlobalSecondaryIndexes"):
        yield f"the index `{members(index).get('IndexName')}` of `{table.id}`", index


DR426 = Rule(
    "DR426",
    "hot-key",
    says="a partition key seems to have only a few values",
    why="One partition accepts 1,000 writes per second, whatever the quota of the table is.",
    fix="choose a key with many evenly used values, such as the transaction id",
    source=DOCS + "amazondynamodb/latest/developerguide/bp-partition-key-uniform-load.html",
    severity=Severity.WARNING,
    traps=(47,),
)


@reports(DR426)
def hot_key(deployed: Deployed) -> Iterator[Finding]:
    """A key with few values sends all writes to one partition, whatever the quota of the table is."""
    limit = facts.PARTITION_WRITES.value
    for table in deployed.of(GLOBAL_TABLE):
        for (where, schema), (_, settings) in zip(schemas(table), _warm(table), strict=False):
            first = members(next(iter(listed(schema)), None))
            name = text(first.get("AttributeName"))
            words = set(name.lower().replace("-", "_").replace(".", "_").split("_"))
            writes = _writes(deployed, table, settings)
            if words & _FEW and "id" not in words and writes > limit:
                message = (
                    f"{where} has the partition key `{name}`, which seems to have few values, and receives "
                    f"{writes:,.0f} "
                    f"write units/s; one key value accepts {limit:,}"
                )
                yield Finding(DR426, message, table.owner)


def _writes(deployed: Deployed, table: Resource, settings: Json) -> float:
    """Write units per second: what the spec asks for, or else the warm throughput if it exceeds that of a new table."""
    spec, route = deployed.topology.spec, deployed.route(table)
    if len(route) == 2 and route[0] == "tables" and isinstance(route[1], int):
        entry, capacity = spec.tables[route[1]], deployed.topology.capacity
        index = capacity.indexes.get((entry.name, text(members(settings).get("IndexName"))))
        return float((index or capacity.tables[entry.name]).need_writes)
    asked = number(dig(settings, "WarmThroughput", "WriteUnitsPerSecond")) or 0
    return asked if asked > facts.INITIAL_WRITES.value else 0
