"""The recovery point of each store: what AWS promises, what it documents, and what can only be watched."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from compiler.aws.facts import dynamodb, logs, s3
from compiler.diagnostics.model import Route
from compiler.objectives.model import Objective, Term, Verdict
from compiler.objectives.storage import replication_rate
from compiler.spec.data import Bucket, BucketWrite, OnPeerFailure, Table
from compiler.topology.model import Topology

_UNIT = "s"
_NOTHING = Fraction(0)


def recovery_points(topology: Topology) -> tuple[Objective, ...]:
    """One objective per table and bucket, and one for the copies of logs, which no objective binds."""
    found = [_table(topology, table, ("tables", n)) for n, table in enumerate(topology.spec.tables)]
    found += [_bucket(topology, bucket, ("buckets", n)) for n, bucket in enumerate(topology.spec.buckets)]
    found.append(_logs(topology))
    return tuple(found)


def _asked(topology: Topology) -> Fraction:
    return topology.spec.objectives.rpo.seconds


def _table(topology: Topology, table: Table, at: Route) -> Objective:
    if topology.strong:
        says = "a write is answered once a second region has it"
        term = Term(f"rpo.{table.name}", says, "0 s", _NOTHING, _NOTHING, _UNIT, (dynamodb.STRONG_REGIONS,), (at,))
        lacking = any(missing_for_zero(topology))
        verdict = Verdict.MISSED if lacking else Verdict.DOCUMENTED
        why = "multi-region strong consistency loses no answered write"
        why += ", but cannot be had here" if lacking else ""
        return Objective(f"rpo.{table.name}", f"Recovery point of table {table.name}", _asked(topology), _UNIT, (term,),
                         verdict, why, at)  # fmt: skip
    usual = Fraction(dynamodb.REPLICATION_TYPICAL_SECONDS.value).limit_denominator()
    slow = Fraction(dynamodb.REPLICATION_SLOW_SECONDS.value).limit_denominator()
    term = Term(
        f"rpo.{table.name}", "DynamoDB replicates a write to the other regions", f"{usual} s, seldom {slow} s",
        usual, slow, _UNIT, (dynamodb.REPLICATION_SLOW_SECONDS,), (at,), (dynamodb.REPLICATION_TYPICAL_SECONDS,),
    )  # fmt: skip
    verdict = Verdict.DOCUMENTED if slow <= _asked(topology) else Verdict.MISSED
    why = (
        "AWS documents the delay but promises none: alarms watch ReplicationLatency; what is late arrives once the "
        "region is back, unless the other region has written the same item since"
    )
    return Objective(f"rpo.{table.name}", f"Recovery point of table {table.name}", _asked(topology), _UNIT, (term,),
                     verdict, why, at)  # fmt: skip


def _bucket(topology: Topology, bucket: Bucket, at: Route) -> Objective:
    title = f"Recovery point of bucket {bucket.name}"
    asked = _asked(topology)
    dual = bucket.write is BucketWrite.DUAL
    if dual and bucket.on_peer_failure is OnPeerFailure.REFUSE:
        says = "a document is answered once both regions have it"
        term = Term(f"rpo.{bucket.name}", says, "0 s", _NOTHING, _NOTHING, _UNIT, (), ((*at, "write"),))
        why = (
            "the function writes both regions before it answers, and refuses when it cannot; what clients upload past "
            "the function is only replicated"
        )
        return Objective(f"rpo.{bucket.name}", title, asked, _UNIT, (term,), Verdict.PROMISED, why, at)
    promise = Fraction(s3.RTC_MINUTES.value * 60)
    usual = Fraction(s3.REPLICATION_TYPICAL_SECONDS.value).limit_denominator()
    term = Term(
        f"rpo.{bucket.name}", f"S3 replicates {s3.RTC_PERCENT.value} % of new objects",
        f"{s3.RTC_MINUTES.value} x 60 s", usual, promise, _UNIT,
        (s3.RTC_MINUTES, s3.RTC_PERCENT), (at,), (s3.REPLICATION_TYPICAL_SECONDS,),
    )  # fmt: skip
    void = replication_rate(topology) > s3.RTC_BITS_PER_SECOND.value
    if promise <= asked and not void:
        why = f"Replication Time Control promises it for {s3.RTC_PERCENT.value} % of the objects, deletions left out"
        return Objective(f"rpo.{bucket.name}", title, asked, _UNIT, (term,), Verdict.PROMISED, why, at)
    verdict = Verdict.WATCHED if asked > 0 else Verdict.MISSED
    why = (
        f"S3 promises {s3.RTC_MINUTES.value} minutes and no less: an alarm tells when objects are later than asked for"
    )
    if void:
        why = (
            "replication carries more than the transfer rate up to which S3 promises anything: an alarm tells when "
            "objects are later than asked for"
        )
    if dual:
        why += "; while the other region cannot be written, documents are accepted and follow by replication"
    return Objective(f"rpo.{bucket.name}", title, asked, _UNIT, (term,), verdict, why, at)


def _logs(topology: Topology) -> Objective:
    seconds = Fraction(logs.DELIVERY_SECONDS.value)
    term = Term("rpo.logs", "Logs delivers events to the other region", f"{seconds} s", seconds, seconds, _UNIT,
                (logs.DELIVERY_SECONDS, logs.RETRY_HOURS), (("logs",),))  # fmt: skip
    why = "copies of logs are for those who investigate; no transaction depends on them"
    return Objective("rpo.logs", "Recovery point of logs", _asked(topology), _UNIT, (term,), Verdict.WATCHED, why,
                     ("logs",))  # fmt: skip


def missing_for_zero(topology: Topology) -> Iterator[tuple[Route, str]]:
    """What stands in the way of losing nothing in tables: the conditions of strong consistency."""
    from compiler.aws import regions

    spec = topology.spec
    names = [region.region for region in spec.regions]
    wanted = dynamodb.STRONG_REGIONS.value
    if len(names) != wanted:
        yield ("regions",), f"exactly {wanted} regions, not {len(names)}"
    sets = {regions.strong_consistency_set(name) for name in names}
    if len(sets) > 1 or () in sets:
        offered = " or ".join("{" + ", ".join(group) + "}" for group in dynamodb.STRONG_REGION_SETS.value)
        yield ("regions",), f"all regions of one set: {offered}"
    for position, table in enumerate(spec.tables):
        if table.ttl:
            yield ("tables", position, "ttl"), f"no expiry time on `{table.name}`"
        if table.transactions:
            yield ("tables", position, "transactions"), f"no transactions over items of `{table.name}`"
