"""Data that has an end: what a table or a bucket takes in leaves it again, in every region, as the spec says."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.aws.facts.model import figure
from compiler.aws.types.dynamodb import TABLES
from compiler.aws.types.s3 import BUCKET
from compiler.aws.values import ResourceId, members
from compiler.diagnostics.model import Route, Rule, Severity
from compiler.findings.finding import Finding
from compiler.objectives.costs import YEAR, Growth
from compiler.rollout.state import Resource
from compiler.rules.deployed import DOCS, Deployed, reports
from compiler.services import GROWTH, latch
from compiler.spec.data import Bucket, Table

_BY_HAND = (
    "strongly consistent tables have no expiry: accept the finding, and say what deletes old items or why they are kept"
)
_SECTIONS = ("tables", "buckets")

DR334 = Rule(
    "DR334",
    "grows-for-ever",
    says="data is kept for ever, and each month of operation costs more than the month before",
    why="At a constant throughput, storage becomes the largest item of the bill within months. Nobody notices it in a "
    "test, and deleting billions of items later is a project.",
    fix="write `retention`, or accept the finding with the reason why the data is kept",
    source=DOCS + "amazondynamodb/latest/developerguide/TTL.html",
    severity=Severity.WARNING,
)


@reports(DR334)
def endless(deployed: Deployed) -> Iterator[Finding]:
    """Tables without a time to live, and buckets without expiry, once for all regions."""
    known = {growth.route: growth for growths in GROWTH for growth in growths(deployed.topology)}
    note = latch.table(deployed.topology)
    one_item = ResourceId(note.stack.name, note.resource)
    seen: set[Route | str] = set()
    for resource in deployed.of(*TABLES, BUCKET):
        route = deployed.route(resource)
        key = route if route[:1] in {(section,) for section in _SECTIONS} else resource.id
        if _ends(resource) or resource.owner == one_item or key in seen:
            continue
        seen.add(key)
        growth = known.get(route)
        if growth is None:
            id_ = f"{resource.id}-grows"
            yield Finding(DR334, f"`{resource.id}` keeps what it stores for ever", resource.owner, id=id_)
        elif growth.rate and not _asks(entry := _entry(deployed, route)):
            message = f"`{entry.name}` keeps everything for ever: {_size(growth)} in each region after {YEAR} months"
            strong = deployed.topology.strong and isinstance(entry, Table)
            yield Finding(DR334, message, resource.owner, help=_BY_HAND if strong else None,
                          id=f"{str(route[0])[:-1]}-{entry.name}-grows")  # fmt: skip


def _asks(entry: Table | Bucket) -> bool:
    """Whether the spec asks for an end, which `as_asked` looks for."""
    return bool(entry.expires if isinstance(entry, Table) else entry.retention)


def _size(growth: Growth) -> str:
    """What is stored after a year at the throughput, and how that is computed."""
    gigabytes = growth.stored(YEAR)
    amount = f"{figure(round(gigabytes / 1024))} TB" if gigabytes >= 10 * 1024 else f"{figure(round(gigabytes, 1))} GB"
    return f"{growth.formula} is {amount}"


def _entry(deployed: Deployed, route: Route) -> Table | Bucket:
    section, position = route[:2]
    entries: tuple[Table | Bucket, ...] = getattr(deployed.topology.spec, str(section))
    return entries[int(position)]


def _expiring(table: Resource) -> str:
    """The attribute by which a table's items expire; empty where they do not."""
    enabled = table.get("TimeToLiveSpecification", "Enabled") is True
    return table.text("TimeToLiveSpecification", "AttributeName") if enabled else ""


def _expiry_days(bucket: Resource) -> list[object]:
    """Days after which the rules for all of a bucket's objects expire them."""
    rules = (members(rule) for rule in bucket.list("LifecycleConfiguration", "Rules"))
    narrow = ("Prefix", "TagFilters", "ObjectSizeGreaterThan", "ObjectSizeLessThan")
    return [
        rule["ExpirationInDays"]
        for rule in rules
        if rule.get("Status") == "Enabled" and rule.get("ExpirationInDays") and not any(rule.get(k) for k in narrow)
    ]


def _ends(resource: Resource) -> bool:
    return bool(_expiry_days(resource) if resource.type == BUCKET else _expiring(resource))


DR337 = Rule(
    "DR337",
    "retention-without-effect",
    says="a table or bucket does not let data expire as the spec says",
    why="DynamoDB deletes items only if time to live is enabled on the attribute that the code writes. S3 "
    "does not replicate the deletions of a lifecycle rule, so each region needs its own rule.",
    fix="enable the time to live on the attribute of the spec, or add the expiry to the bucket in each region",
    source=DOCS + "AmazonS3/latest/userguide/delete-marker-replication.html",
    traps=(65,),
)


@reports(DR337)
def as_asked(deployed: Deployed) -> Iterator[Finding]:
    """Tables expire by the attribute of the spec, and buckets after its retention, in each region."""
    for table in deployed.of(*TABLES):
        route = deployed.route(table)
        entry = _entry(deployed, route) if route[:1] == ("tables",) else None
        if isinstance(entry, Table) and entry.expires and _expiring(table) != entry.expires:
            found = _expiring(table)
            other = f"items expire by `{found}`" if found else "no item expires"
            message = f"`{table.id}` should let items expire by `{entry.expires}`, but {other}"
            yield Finding(DR337, message, table.owner)
    for bucket in deployed.of(BUCKET):
        route = deployed.route(bucket)
        entry = _entry(deployed, route) if route[:1] == ("buckets",) and len(route) > 1 else None
        if isinstance(entry, Bucket) and entry.retention and entry.retention.days not in _expiry_days(bucket):
            message = f"`{bucket.id}` in {bucket.region} should let objects expire after {entry.retention}"
            yield Finding(DR337, message, bucket.owner)
