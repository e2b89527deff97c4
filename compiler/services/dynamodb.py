"""DynamoDB: global tables, each owned by the primary stack, with a replica in every region.

Every replica names its own region's key, since kinds of keys cannot be mixed; a replica's recovery and deletion
protection are never copied from another. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/
V2globaltables_HowItWorks.html (read 2026-11-22)

A replica is protected against deletion in the operation after the one that creates it, so that a rollback leaves no
table and no name behind. That costs the primary stack one parameter for each table, and one parameter and one output
for each other region: 50 tables in three regions come to 52 parameters and two outputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from hashlib import sha256

from compiler.aws import regions
from compiler.aws.facts import dynamodb as facts
from compiler.aws.facts import prices
from compiler.aws.facts.model import figure
from compiler.diagnostics.codes import Code
from compiler.diagnostics.model import Route
from compiler.findings.finding import Finding
from compiler.ir.elements import Block, Element, Gate, If, Json, OptionalRef, Output, Ref, StackId, Text, join, pascal
from compiler.ir.names import arn, physical
from compiler.ir.template import View
from compiler.objectives.costs import Cost, Growth, over_after, storage, transferred, used
from compiler.objectives.model import (
    ROUND_TRIP,
    Demand,
    Objective,
    Outcome,
    Provision,
    Remains,
    Term,
    granted,
    kept,
    round_trip,
)
from compiler.services import kms
from compiler.services.base import (
    UNHEALTHY,
    Alarm,
    Metric,
    Query,
    by_origin,
    namespace,
    once_there,
    rings_within,
    too_short,
)
from compiler.spec.compute import Function
from compiler.spec.data import AttributeType, Consistency, Index, Projection, Table
from compiler.support.frozen import frozen
from compiler.topology.capacity import Throughput, fraction
from compiler.topology.model import Topology

_TYPES = {AttributeType.STRING: "S", AttributeType.NUMBER: "N", AttributeType.BINARY: "B"}
_SHORT = 80  # not a figure: a bound of ours
_MAX_INDEXES = 20
_BILLED = "DynamoDB"
_REMEDY = "raise `rpo`, or set `rpo: 0s` with three regions of one set"
_OPERATIONS = ("GetItem", "PutItem", "Query", "UpdateItem")
_WRITES = ("DeleteItem", "PutItem", "TransactWriteItems", "UpdateItem")
_STALLED_MINUTES = 5
HEARTBEAT_AGE = "PeerHeartbeatAge"
"""Metric of a region: seconds since the last write of the other region that has arrived here."""
_BEATS_MINUTES = 3


@frozen
class IndexView:
    """One global secondary index."""

    name: str
    key: Json
    projection: str
    reads: int
    writes: int


@frozen
class ReplicaView:
    """The table in one region; `key_id` rather than an ARN, because that is what DynamoDB reports back."""

    gate: Gate | None
    region: str
    key_id: Ref | OptionalRef
    protected: If | bool
    tags: Json


class TableView(View, partial="dynamodb/table.json.j2"):
    id: str
    name: Json
    attributes: Json
    key: Json
    indexes: tuple[IndexView, ...]
    ttl: str | None
    reads: int
    writes: int
    backup_days: int
    strong: bool
    replicas: tuple[ReplicaView, ...]


def table_id(table: Table) -> str:
    """Logical id of a table, the same wherever the table is."""
    return f"Table{pascal(table.name)}"


def table_name(table: Table) -> Text:
    """Name of a table, the same in every region."""
    return physical("table", table.name)


def table_arn(table: Table, stack: StackId) -> Text:
    """ARN of the table in one region, from its name; attributes of the resource speak of the owning region only."""
    return arn("dynamodb", stack.region, join("table/", table_name(table)))


def declare(topology: Topology) -> Iterator[Element]:
    """The global tables, and what each region adds to its replica."""
    for position, table in enumerate(topology.spec.tables):
        at = ("tables", position)
        capacity = topology.capacity.tables[table.name]
        view = TableView(
            id=table_id(table),
            name=table_name(table),
            attributes=tuple(_attributes(table)),
            key=_key(table.key.partition, table.key.sort),
            indexes=tuple(_index(topology, table, index) for index in table.indexes),
            ttl=table.expires,
            reads=capacity.reads,
            writes=capacity.writes,
            backup_days=int(table.backup.days),
            strong=topology.strong,
            replicas=tuple(_replica(topology, table, stack) for stack in topology.regional),
        )
        derived_from = (f"table.{table.name}.writes", f"table.{table.name}.reads")
        yield Block(topology.primary, view, at, derived_from=derived_from)
        for stack in topology.regional:
            says = f"Name of the table {table.name}; the same in every region."
            yield Output(stack, f"{view.id}Name", table_name(table), says, at)
            says = f"ARN of the table {table.name} in {stack.region}."
            known = _made(topology, table) if stack == topology.primary else table_arn(table, stack)
            yield Output(stack, f"{view.id}Arn", known, says, at)
        if not topology.strong:
            stream = Ref(topology.primary, view.id, "StreamArn")
            says = f"ARN of the change stream of the table {table.name} in {topology.primary.region}."
            yield Output(topology.primary, f"{view.id}StreamArn", stream, says, at)
    for home in dict.fromkeys(topology.home(topology.primary, table) for table in topology.spec.tables):
        for stack in topology.others(topology.primary) if topology.spec.deployment.retains else ():
            says = f"Id of the key of {stack.region}, once the tables have a replica there."
            yield Output(home, _joined(topology, home, stack).output, kms.key(stack), says, ("tables",))


def _made(topology: Topology, table: Table) -> Ref:
    """Known once the table is there."""
    return Ref(topology.primary, table_id(table), "Arn")


def _joined(topology: Topology, home: StackId, stack: StackId) -> Ref:
    """Known once the stack `home` was given the key of another region: all of its tables then have replicas there.

    Its name holds the region, since a role may move to a region that has no replica yet. What it hangs on is always
    there, and does not change with the order of tables in the spec.
    """
    made = kms.existing(topology, topology.primary) is None
    if home.part:
        known = Ref(home, UNHEALTHY)
    else:
        known = kms.key(home) if made else Ref(home, table_id(topology.spec.tables[0]))
    return known.att(f"Joined{pascal(stack.region)}")


def _replica(topology: Topology, table: Table, stack: StackId) -> ReplicaView:
    """The table in one region.

    It is made together with those that serve. A further one joins when its key is there: were the whole table to wait
    for that key, a running table would leave its stack when a region is added. Strong consistency fixes the regions.
    """
    key, tags = kms.key(stack), topology.tag_list(stack)
    home = topology.home(topology.primary, table)
    joined = () if stack == topology.primary else (_joined(topology, home, stack),)
    protected = once_there(topology, _made(topology, table), *joined)
    if stack.serves or topology.strong:
        return ReplicaView(None, stack.region, key, protected, tags)
    return ReplicaView(Gate((key,)), stack.region, OptionalRef(key), protected, tags)


def _attributes(table: Table) -> Iterator[dict[str, str]]:
    keys = [table.key, *(index.key for index in table.indexes)]
    used = dict.fromkeys(name for key in keys for name in (key.partition, key.sort) if name)
    for name in used:
        kind = _TYPES[table.types.get(name, AttributeType.STRING)]
        yield {"AttributeName": name, "AttributeType": kind}


def _key(partition: str, sort: str | None) -> Json:
    schema = [{"AttributeName": partition, "KeyType": "HASH"}]
    if sort:
        schema.append({"AttributeName": sort, "KeyType": "RANGE"})
    return tuple(schema)


def _index(topology: Topology, table: Table, index: Index) -> IndexView:
    capacity = topology.capacity.indexes[table.name, index.name]
    projection = "ALL" if index.projection is Projection.ALL else "KEYS_ONLY"
    return IndexView(index.name, _key(index.key.partition, index.key.sort), projection, capacity.reads, capacity.writes)


def alarms(topology: Topology) -> Iterator[Alarm]:
    """Throttling and errors in every region, replication lag in the source region (unlike S3).

    Alarms on DynamoDB keep their state while no data arrives, so sums are filled with zeros.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html (read 2026-11-22)
    """
    for position, table in enumerate(topology.spec.tables):
        at = ("tables", position)
        for stack in topology.regional:
            for index in (None, *table.indexes):
                for kind in ("Read", "Write"):
                    yield _throttled(stack, table, index, kind, at)
            yield _failing(stack, table, at)
        for source in () if topology.strong else topology.serving:
            # Strongly consistent tables have no such metric: nothing is ever behind.
            for destination in topology.others(source):
                yield from _lagging(topology, source, destination, table, at)
                yield _stalled(topology, source, destination, table, at)
        if table == topology.heartbeat_table and not topology.strong:
            for stack in topology.serving:
                yield _heartbeat(topology, stack, table, at)


def _throttled(stack: StackId, table: Table, index: Index | None, kind: str, at: tuple[str | int, ...]) -> Alarm:
    dimensions: dict[str, Json] = {"TableName": table_name(table)}
    if index:
        dimensions["GlobalSecondaryIndexName"] = index.name
    name = _short(index.name) if index else ""
    what = f"{table.name}, index {index.name}" if index else table.name
    metric = Metric("AWS/DynamoDB", f"{kind}ThrottleEvents", dimensions, "Sum")
    return Alarm(
        stack,
        f"{table_id(table)}{f'Index{pascal(name)}' if index else ''}{kind}sThrottled",
        # Names hold no double hyphen, so that an index cannot be taken for part of its table's name.
        f"table-{table.name}{f'--{name}' if index else ''}-{kind.lower()}s-throttled",
        f"{kind}s of {what} are throttled in {stack.region}: uneven keys, or not enough warm throughput.",
        at,
        threshold=0,
        queries=(Query("throttled", metric), Query("filled", expression="FILL(throttled, 0)", returned=True)),
        unhealthy=kind == "Write" and index is None,
    )


def _short(name: str) -> str:
    """The name of an index for names of alarms, which have no room for 255 characters."""
    return name if len(name) <= _SHORT else f"{name[: _SHORT - 9]}-{sha256(name.encode()).hexdigest()[:8]}"


def _failing(stack: StackId, table: Table, at: tuple[str | int, ...]) -> Alarm:
    # Without the dimension Operation this metric has no data at all.
    queries = [
        Query(
            f"m{n}",
            Metric("AWS/DynamoDB", "SystemErrors", {"TableName": table_name(table), "Operation": operation}, "Sum"),
        )
        for n, operation in enumerate(_OPERATIONS)
    ]
    total = " + ".join(f"FILL(m{n}, 0)" for n in range(len(_OPERATIONS)))
    return Alarm(
        stack,
        f"{table_id(table)}Failing",
        f"table-{table.name}-failing",
        f"DynamoDB returns server errors for {table.name} in {stack.region}.",
        at,
        threshold=0,
        queries=(*queries, Query("total", expression=total, returned=True)),
        unhealthy=True,
    )


def _lagging(
    topology: Topology, source: StackId, destination: StackId, table: Table, at: tuple[str | int, ...]
) -> Iterator[Alarm]:
    rpo = topology.spec.objectives.rpo
    dimensions = {"TableName": table_name(table), "ReceivingRegion": destination.region}
    # Below what is usual even a fifth of a tight objective would ring all day.
    usual = 2 * 1000 * Fraction(facts.REPLICATION_SLOW_SECONDS.value).limit_denominator()
    slow = max(rpo.milliseconds / 5, min(rpo.milliseconds, usual))
    for word, limit, statistic, periods, says in (
        ("Slow", slow, "Average", 3, "a fifth of the recovery point objective"),
        ("Late", rpo.milliseconds, "Maximum", 1, "the recovery point objective"),
    ):
        yield Alarm(
            source,
            f"{table_id(table)}{word}To{pascal(destination.region)}",
            f"table-{table.name}-to-{destination.region}-{word.lower()}",
            f"Writes to {table.name} reach {destination.region} later than {says} ({rpo}).",
            at,
            threshold=float(limit),
            metric=Metric("AWS/DynamoDB", "ReplicationLatency", dimensions, statistic),
            periods=periods,
            datapoints=periods,
            missing="ignore",
            derived_from=(f"rpo.{table.name}",),
        )


def _stalled(
    topology: Topology, source: StackId, destination: StackId, table: Table, at: tuple[str | int, ...]
) -> Alarm:
    """Replication that has stopped: its latency falls to zero, or there is none.

    The latency of an item is published when the item arrives, so what never arrives publishes nothing. Where nobody is
    known to write, silence counts only in minutes with writes of clients: replicated writes are no requests.
    Gaps are filled, since alarms on DynamoDB may ignore them whatever `TreatMissingData` says.
    https://docs.aws.amazon.com/prescriptive-guidance/latest/dynamodb-global-tables/checklist.html (read 2026-11-26)
    """
    name = table_name(table)
    latency = Metric("AWS/DynamoDB", "ReplicationLatency",
                     {"TableName": name, "ReceivingRegion": destination.region}, "Maximum")  # fmt: skip
    known = table == topology.heartbeat_table
    says = "Nothing written to" if known else "Clients write, but nothing written to"
    queries = [Query("latency", latency)]
    if known:
        judged = "IF(FILL(latency, 0) > 0, 0, 1)"
    else:
        for n, operation in enumerate(_WRITES):
            dimensions = {"TableName": name, "Operation": operation}
            metric = Metric("AWS/DynamoDB", "SuccessfulRequestLatency", dimensions, "SampleCount")
            queries.append(Query(f"w{n}", metric, shown=False))
        written = " + ".join(f"FILL(w{n}, 0)" for n in range(len(_WRITES)))
        judged = f"IF(({written}) > 0 AND FILL(latency, 0) <= 0, 1, 0)"
    return Alarm(
        source,
        f"{table_id(table)}StalledTo{pascal(destination.region)}",
        f"table-{table.name}-to-{destination.region}-stalled",
        f"{says} {table.name} in {source.region} has arrived in {destination.region} for {_STALLED_MINUTES} minutes: "
        "replication has stopped.",
        at,
        threshold=0,
        queries=(*queries, Query("stalled", expression=judged, returned=True)),
        periods=_STALLED_MINUTES,
        datapoints=_STALLED_MINUTES,
        missing="breaching" if known else "notBreaching",
        derived_from=(f"rpo.{table.name}",),
    )


def _heartbeat(topology: Topology, stack: StackId, table: Table, at: tuple[str | int, ...]) -> Alarm:
    """The age of the other region's heartbeat as this region sees it: the recovery point, from the side that survives.

    The limit is half of the objective, so that the alarm is raised before the objective is lost.
    """
    rpo = topology.spec.objectives.rpo
    return Alarm(
        stack,
        f"{table_id(table)}HeartbeatOf{pascal(topology.peer(stack).region)}",
        f"table-{table.name}-heartbeat-of-{topology.peer(stack).region}",
        f"The newest heartbeat from {topology.peer(stack).region} in {table.name} is older than half of the recovery "
        f"point objective ({rpo}), or this region does not measure it: replication has stopped, or a health check does "
        "not run.",
        at,
        threshold=float(rpo.seconds / 2),
        metric=Metric(namespace(topology), HEARTBEAT_AGE, {}, "Maximum"),
        periods=_BEATS_MINUTES,
        datapoints=_BEATS_MINUTES,
        missing="breaching",
        derived_from=(f"rpo.{table.name}",),
    )


def rules(topology: Topology) -> Iterator[Finding]:
    """Keys, types, indexes and expiry of the tables; reports DR336 and DR407."""
    for position, table in enumerate(topology.spec.tables):
        at = ("tables", position)
        yield from _key_rules(table, at)
        yield from too_short(topology, table, at)
        keys = {name for k in (table.key, *(i.key for i in table.indexes)) for name in (k.partition, k.sort) if name}
        for name in table.types:
            if name not in keys:
                message = f"`{name}` has a type but is not a key of `{table.name}` or of its indexes"
                yield Finding(
                    Code.DR407, message, (*at, "types", name), key=True, help="only key attributes have types"
                )
        yield from _expiry_rules(table, keys, at)
        if len(table.indexes) > _MAX_INDEXES:
            message = f"`{table.name}` has {len(table.indexes)} indexes; a table may have at most {_MAX_INDEXES}"
            yield Finding(Code.DR407, message, (*at, "indexes"))


def _expiry_rules(table: Table, keys: set[str], at: tuple[str | int, ...]) -> Iterator[Finding]:
    """The attribute with the expiry time may be a key of an index, and is a number.

    DynamoDB expires no item whose attribute is of another type.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html (read 2026-11-26)
    """
    expires, where = table.expires, (*at, "ttl" if table.ttl else "retention")
    if expires is None:
        return
    if expires in (table.key.partition, table.key.sort):
        message = f"`{expires}` is a key of the table and cannot hold the expiry time"
        hint = "choose an attribute that is not a key of the table"
        yield Finding(Code.DR407, message, where, help=hint if table.ttl else "name another attribute in `ttl`")
    elif expires in keys and table.types.get(expires) is not AttributeType.NUMBER:
        message = f"`{expires}` holds the expiry time, which is a number, but as the key of an index it is a text"
        yield Finding(Code.DR407, message, where, help=f"add `types: {{{expires}: number}}`")


def _key_rules(table: Table, at: tuple[str | int, ...]) -> Iterator[Finding]:
    keys = [(table.key, (*at, "key")), *((i.key, (*at, "indexes", n, "key")) for n, i in enumerate(table.indexes))]
    for key, where in keys:
        if key.partition == key.sort:
            message = f"`{key.sort}` is both the partition key and the sort key"
            yield Finding(Code.DR407, message, (*where, "sort"), help="choose another attribute")


def demands(topology: Topology, stack: StackId) -> Iterator[Demand]:
    """Units of each table and of each of its indexes, which have the quota for themselves.

    A write costs the same units in every region that it is replicated to.
    """
    for table in topology.spec.tables:
        yield from _units(topology, stack, f"table.{table.name}", f"the table {table.name}",
                          topology.capacity.tables[table.name])  # fmt: skip
        for index in table.indexes:
            yield from _units(topology, stack, f"table.{table.name}.{index.name}",
                              f"the index {index.name} of {table.name}",
                              topology.capacity.indexes[table.name, index.name])  # fmt: skip


def _units(topology: Topology, stack: StackId, id_: str, what: str, capacity: Throughput) -> Iterator[Demand]:
    for kind, needed, formula, default, fact, code in (
        ("write", capacity.need_writes, capacity.formula_writes, facts.TABLE_WRITES,
         facts.WRITE_UNIT_BYTES, facts.TABLE_WRITES_QUOTA),
        ("read", capacity.need_reads, capacity.formula_reads, facts.TABLE_READS,
         facts.READ_UNIT_BYTES, facts.TABLE_READS_QUOTA),
    ):  # fmt: skip
        quota, route = granted(topology, stack, f"table_{kind}s")
        yield Demand(
            id=f"{id_}.{kind}s",
            says=f"{kind} request units of {what}",
            formula=formula,
            region=stack.region,
            needed=needed,
            allowed=quota if quota is not None else Fraction(default.value),
            unit=f"{kind} units/s",
            granted=quota is not None,
            facts=(default, fact),
            route=route,
            quota=code,
            field=f"table_{kind}s: {{}}/s",
            remedy="the separate quota of the account for global tables must not be lower",
        )


def provisions(topology: Topology) -> Iterator[Provision]:
    """Warm throughput, and the partitions that keys must spread over; the same in every region."""
    for table in topology.spec.tables:
        yield from _warm(f"table.{table.name}", f"the table {table.name}", topology.capacity.tables[table.name])
        for index in table.indexes:
            yield from _warm(f"table.{table.name}.{index.name}", f"the index {index.name} of {table.name}",
                             topology.capacity.indexes[table.name, index.name])  # fmt: skip


def _warm(id_: str, what: str, units: Throughput) -> Iterator[Provision]:
    for kind, value, formula, least in (
        ("write", units.writes, units.formula_writes, facts.INITIAL_WRITES),
        ("read", units.reads, units.formula_reads, facts.INITIAL_READS),
    ):
        yield Provision(
            f"{id_}.warm-{kind}s", f"{kind} units that {what} serves at once", f"max({figure(least.value)}, {formula})",
            value, f"{kind} units/s", (least,),
        )  # fmt: skip
    limits = facts.PARTITION_WRITES, facts.PARTITION_READS
    needs = (units.need_writes, units.need_reads)
    parts = (f"{figure(need)} / {figure(limit.value)}" for need, limit in zip(needs, limits, strict=True))
    yield Provision(
        f"{id_}.partitions", f"partitions over which the keys of {what} must spread evenly",
        f"max({', '.join(parts)})", units.partitions, "partitions", limits,
    )  # fmt: skip


def recovery(topology: Topology) -> Iterator[Objective]:
    """The recovery point of each table."""
    watching = by_origin(alarms(topology))
    for position, table in enumerate(topology.spec.tables):
        yield _recovery(topology, table, ("tables", position), watching.get(f"rpo.{table.name}", ()))


def _recovery(topology: Topology, table: Table, at: Route, watching: Iterable[Alarm]) -> Objective:
    """Watched, never promised: nothing bounds replication. Nothing is lost where tables are strongly consistent."""
    id_, title = f"rpo.{table.name}", f"Recovery point of table {table.name}"
    asked = topology.spec.objectives.rpo.seconds
    if topology.strong:
        says = "a write is answered when a second region has stored it"
        term = Term(id_, says, "0 s", Fraction(0), Fraction(0), "s", (facts.STRONG_REGIONS,), (at,), constructed=True)
        lacks = tuple(_missing_for_zero(topology))
        outcome = Outcome.MISSED if lacks else kept((term,), asked)
        why = "with multi-region strong consistency, no answered write is lost"
        why += ", but it is not possible here" if lacks else ""
        return Objective(id_, title, asked, "s", (term,), outcome, why, at, _REMEDY, lacks)
    usual = Fraction(facts.REPLICATION_TYPICAL_SECONDS.value).limit_denominator()
    slow = Fraction(facts.REPLICATION_SLOW_SECONDS.value).limit_denominator()
    minutes = facts.INCIDENT_LAG_MINUTES.value
    calm = slow > asked
    worst = slow if calm else Fraction(minutes * 60)
    formula = f"{usual} s, rarely {slow} s; {minutes} x 60 s when us-east-1 failed on 2025-10-20"
    term = Term(
        id_, "DynamoDB replicates a write to the other regions", formula, usual, worst, "s",
        (facts.REPLICATION_SLOW_SECONDS if calm else facts.INCIDENT_LAG_MINUTES,), (at,),
        (facts.REPLICATION_TYPICAL_SECONDS, facts.REPLICATION_SLOW_SECONDS),
    )  # fmt: skip
    why = (
        f"AWS promises no time, and in the failure of a region replication lags: {minutes} minutes on 2025-10-20; "
        "alarms watch ReplicationLatency; late writes arrive when the region is back, unless the other region has "
        "written the same item in the meantime"
    )
    within = rings_within(watching, asked, 1000)
    outcome = Outcome.MISSED if calm else Outcome.WATCHED
    return Objective(id_, title, asked, "s", (term,), outcome, why, at, _REMEDY, alarm_within=within)


def _missing_for_zero(topology: Topology) -> Iterator[tuple[Route, str]]:
    """What stands in the way of losing nothing in tables: the conditions of strong consistency."""
    spec = topology.spec
    names = [region.region for region in spec.regions]
    wanted = facts.STRONG_REGIONS.value
    if len(names) != wanted:
        yield ("regions",), f"exactly {wanted} regions, not {len(names)}"
    sets = {regions.strong_consistency_set(name) for name in names}
    if len(sets) > 1 or () in sets:
        offered = " or ".join("{" + ", ".join(group) + "}" for group in facts.STRONG_REGION_SETS.value)
        yield ("regions",), f"all regions from one set: {offered}"
    for position, table in enumerate(spec.tables):
        if table.expires:
            field = "ttl" if table.ttl else "retention"
            yield ("tables", position, field), f"no expiry time on `{table.name}`"
        if table.transactions:
            yield ("tables", position, "transactions"), f"no transactions on items of `{table.name}`"


def latency(topology: Topology, function: Function) -> Iterator[Term]:
    """Calls to other regions that a transaction over strongly consistent tables waits for."""
    low, high = round_trip()
    used = {table.name for table in topology.tables_of(function)} if topology.strong else set()
    for position, table in enumerate(topology.spec.tables):
        if table.name not in used:
            continue
        reads = table.reads and table.consistency is Consistency.STRONG
        for id_, happens, says in (
            (table.name, table.writes, f"a second region confirms a write to {table.name}"),
            (f"{table.name}.read", reads, f"a strong read of {table.name} asks a second region"),
        ):
            if happens:
                yield Term(
                    f"latency.{id_}", says, f"1 round trip of {low} to {high} ms", low, high, "ms", ROUND_TRIP,
                    (("tables", position),),
                )  # fmt: skip


def remains(topology: Topology) -> Iterator[Remains]:
    """Point-in-time recovery, to the second."""
    lag = facts.RECOVERY_LAG_MINUTES
    for position, table in enumerate(topology.spec.tables):
        yield Remains(
            f"table.{table.name}.recovery", f"point-in-time recovery of the table {table.name}, in every region",
            Fraction(1), table.backup.seconds, Fraction(lag.value * 60), (lag,), ("tables", position, "backup"),
        )  # fmt: skip


def growth(topology: Topology) -> Iterator[Growth]:
    """Items and entries of indexes that stay, the same in every region; each write is counted as a new item."""
    extra = facts.ITEM_OVERHEAD_BYTES.value + facts.REPLICA_OVERHEAD_BYTES.value
    rate = topology.spec.objectives.throughput.per_second
    for position, table in enumerate(topology.spec.tables):
        writes = [fraction(table.writes), *(fraction(index.writes) for index in table.indexes)]
        each = " + ".join(figure(part) for part in writes)
        yield Growth(
            f"table.{table.name}", f"items of {table.name}{' with its indexes' if table.indexes else ''}",
            f"{figure(rate)}/s x {each if len(writes) == 1 else f'({each})'} x ({table.item_size} + {extra}B)",
            rate * sum(writes) * (table.item_size.bytes + extra),
            table.retention.seconds if table.retention else None,
            (facts.ITEM_OVERHEAD_BYTES, facts.REPLICA_OVERHEAD_BYTES), ("tables", position),
        )  # fmt: skip


def costs(topology: Topology) -> Iterator[Cost]:
    """Writes and storage in every region, reads and the way to the other regions in the one that serves.

    A write is billed in each region at the price of a plain one, and so is an update of an index. An item that expires
    is deleted without charge in one region, and with a replicated write in each other one.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/global-tables-billing.html (read 2026-11-26)
    """
    stored = {each.route: each for each in growth(topology)}
    for position, table in enumerate(topology.spec.tables):
        capacity = topology.capacity.tables[table.name]
        indexes = [topology.capacity.indexes[table.name, index.name] for index in table.indexes]
        id_, name, items = f"table.{table.name}", table.name, stored["tables", position]
        for stack in topology.regional:
            region = stack.region
            yield used(f"{id_}.writes", _BILLED, region, f"writes to {name}", capacity.formula_writes,
                       prices.TABLE_WRITES, capacity.need_writes)  # fmt: skip
            for index, units in zip(table.indexes, indexes, strict=True):
                says = f"updates of the index {index.name} of {name}"
                yield used(f"{id_}.{index.name}.writes", _BILLED, region, says, units.formula_writes,
                           prices.TABLE_WRITES, units.need_writes)  # fmt: skip
            if stack != topology.primary:
                yield _expiring(table, capacity, region)
            yield storage(f"{id_}.storage", _BILLED, region, f"items of {name}", items, prices.TABLE_STORAGE)
            yield storage(f"{id_}.recovery", _BILLED, region, f"point-in-time recovery of {name}", items,
                       prices.TABLE_RECOVERY)  # fmt: skip
        region = topology.primary.region
        yield used(f"{id_}.reads", _BILLED, region, f"reads of {name}", capacity.formula_reads,
                   prices.TABLE_READS, capacity.need_reads)  # fmt: skip
        for index, units in zip(table.indexes, indexes, strict=True):
            yield used(f"{id_}.{index.name}.reads", _BILLED, region, f"reads of the index {index.name} of {name}",
                       units.formula_reads, prices.TABLE_READS, units.need_reads)  # fmt: skip
        yield from _replicated(topology, table)


def _expiring(table: Table, capacity: Throughput, region: str) -> Cost:
    """Deletions of items whose time is over, as another region replicates them; the first come after the retention."""
    line = used(f"table.{table.name}.expiry", _BILLED, region, f"items of {table.name} that expire",
                capacity.formula_writes, prices.TABLE_WRITES, capacity.need_writes)  # fmt: skip
    return over_after(line, table.retention.seconds if table.retention else None)


def _replicated(topology: Topology, table: Table) -> Iterator[Cost]:
    """Bytes of the items that leave for other regions."""
    rate = topology.spec.objectives.throughput.per_second * fraction(table.writes)
    others = len(topology.others(topology.primary))
    yield transferred(
        f"table.{table.name}.transfer", topology.primary.region, f"replication of {table.name} to other regions",
        f"{others} x {figure(rate)}/s x {table.item_size}", rate * table.item_size.bytes * others,
    )  # fmt: skip
