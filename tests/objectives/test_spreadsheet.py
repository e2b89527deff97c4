"""Every figure of the capacity and objective model, worked out again as one would on a spreadsheet.

Nothing here calls the compiler's own arithmetic: constants and formulas are written out once more on purpose, and
compared with the manifest of the compiled spec and of changed copies of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil

import pytest

from tests.helpers import topology_of
from tests.objectives.bench import Change, compiled, judge, manifest, shipped_text
from tests.objectives.cases import quotas

KB = 1024
HEADROOM = Fraction(6, 5)
EAST, WEST = "us-east-1", "us-west-2"
GENEROUS = quotas(
    "lambda_concurrency: 50000",
    "api_requests: 200000/s",
    "table_writes: 400000/s",
    "table_reads: 400000/s",
    "log_requests: 50000/s",
)


SIGN = 10 if "auth: iam" in shipped_text() else 0
"""Clients that sign wait for the record that names the region."""


def median_phase() -> float:
    """The median of Beta(14, 3), by adding up its density in small steps: 1,680 x^13 (1 - x)^2."""
    steps, total = 20_000, 0.0
    for step in range(steps):
        x = (step + 0.5) / steps
        total += 1680 * x**13 * (1 - x) ** 2 / steps
        if total >= 0.5:
            return (step + 1) / steps
    raise AssertionError("the density adds up to one")


@dataclass(frozen=True)
class Inputs:
    """The cells that a person fills in; the defaults are the shipped spec's."""

    tps: int = 10_000
    duration_ms: int = 40
    cold_start_ms: int = 500
    item_bytes: int = 1 * KB
    writes: Fraction = Fraction(1)
    reads: Fraction = Fraction(1)
    eventual: bool = False
    objects: Fraction = Fraction(1, 100)
    object_bytes: int = 100 * KB
    prefixes: int = 1
    interval_s: int = 10
    failures: int = 3


@dataclass(frozen=True)
class Sheet:
    """The computed cells; numbers of AWS stand where a reviewer would write them: in the formula."""

    given: Inputs

    # Lambda
    @property
    def busy(self) -> Fraction:
        return Fraction(self.given.tps * self.given.duration_ms, 1000)

    @property
    def by_rate(self) -> Fraction:
        return Fraction(self.given.tps, 10)

    @property
    def concurrency(self) -> Fraction:
        return max(self.busy, self.by_rate)

    @property
    def reservation(self) -> int:
        return max(100, ceil(self.concurrency * HEADROOM))

    @property
    def account_concurrency(self) -> int:
        # For the functions that Route 53 calls, and what Lambda keeps back.
        return self.reservation + 2 * 100 + 100

    @property
    def ramp_s(self) -> int:
        return 10 * (ceil(self.reservation / 1000) - 1)

    @property
    def ramp_typical_s(self) -> Fraction:
        return max(Fraction(0), Fraction(self.reservation - 1000, 100))

    # API Gateway
    @property
    def api_requests(self) -> Fraction:
        # Of clients, of people who ask for health, and of 16 checkers at four routes.
        return self.given.tps * HEADROOM + 10 + 4 * 64

    @property
    def throttle(self) -> int:
        return ceil(self.given.tps * HEADROOM)

    # DynamoDB
    @property
    def write_units(self) -> Fraction:
        return self.given.tps * self.given.writes * ceil(self.given.item_bytes / 1024)

    @property
    def read_units(self) -> Fraction:
        share = Fraction(1, 2) if self.given.eventual else 1
        return self.given.tps * self.given.reads * ceil(self.given.item_bytes / 4096) * share

    @property
    def partitions(self) -> int:
        return max(1, ceil(self.write_units / 1000), ceil(self.read_units / 3000))

    # S3: one copy in the other region
    @property
    def objects_s(self) -> Fraction:
        return self.given.tps * self.given.objects

    @property
    def object_writes(self) -> Fraction:
        return self.objects_s * (1 + 1)

    @property
    def object_reads(self) -> Fraction:
        return self.objects_s * 5

    @property
    def replication_bits(self) -> Fraction:
        return self.objects_s * self.given.object_bytes * 8

    # KMS: objects under bucket keys, table keys every five minutes, and the environments of one step of the ramp,
    # each of which reads its variables and asks for the table's key
    @property
    def key_requests(self) -> Fraction:
        objects = self.objects_s * (1 + 2) * Fraction(1, 100)
        cached = Fraction(self.reservation, 300)
        starting = Fraction(min(self.reservation, 1000), 10) * 2
        return objects + cached + starting

    # CloudWatch Logs
    @property
    def log_calls(self) -> int:
        return ceil(self.concurrency)

    @property
    def log_records(self) -> Fraction:
        # A call a second of each environment delivers lines, and there are no more records than lines.
        return min(Fraction(self.given.tps), Fraction(ceil(self.concurrency)))

    @property
    def shards(self) -> int:
        # In a failure each run logs. Lines shrink to two fifths; each record adds 500 bytes. A shard takes a million
        # bytes and a thousand records.
        sent = self.given.tps * (1024 + 512) * Fraction(2, 5) + self.log_records * 500
        return ceil(max(sent / 1_000_000, self.log_records / 1000) * HEADROOM)

    # Recovery time, for 97 % of clients
    @property
    def detection_s(self) -> int:
        return self.given.failures * (self.given.interval_s + 4 + 2)

    @property
    def detection_typical_s(self) -> float:
        """No connection within 4 s; half of the time the 14th of 16 checkers has asked in 0.8364 of an interval."""
        failures, interval = self.given.failures, self.given.interval_s
        return (failures - 1) * (interval + 4) + median_phase() * interval + 4

    @property
    def moved_s(self) -> float:
        """Seconds until 3 % of users at large are left: 10 % are after 60 s, and the curve falls by 0.594."""
        times = (0.10 / 0.03) ** (1 / 0.594)
        return ceil(10 * 60 * float(times)) / 10

    @property
    def rto_typical(self) -> float:
        half_moved = ceil(10 * 60 * 0.5 / 0.9) / 10
        cold = self.given.cold_start_ms / 1000
        return self.detection_typical_s + 60 + half_moved + SIGN + float(self.ramp_typical_s) + cold

    @property
    def rto_worst(self) -> float:
        return self.detection_s + 60 + self.moved_s + SIGN + self.ramp_s + self.given.cold_start_ms / 1000

    # Latency, in milliseconds: the API, the run, a cold start, a key for the table and one for the bucket
    @property
    def latency_worst(self) -> int:
        return 30 + self.given.duration_ms + self.given.cold_start_ms + 2 * 10


SHIPPED = Sheet(Inputs())
VARIANTS: list[tuple[str, Inputs, tuple[Change, ...]]] = [
    ("shipped", Inputs(), ()),
    ("100 ms", Inputs(duration_ms=100), (("duration: 40ms", "duration: 100ms"),)),
    ("200 ms", Inputs(duration_ms=200), (("duration: 40ms", "duration: 200ms"),)),
    ("300 ms", Inputs(duration_ms=300), (("duration: 40ms", "duration: 300ms"),)),
    ("4 KB items", Inputs(item_bytes=4 * KB), (("item_size: 1KB", "item_size: 4KB"),)),
    (
        "items of 4,097 bytes, read eventually",
        Inputs(item_bytes=4097, reads=Fraction(3), writes=Fraction(3, 4), eventual=True),
        (
            ("item_size: 1KB", "item_size: 4097B"),
            ("writes: 1\n    reads: 1", "writes: 0.75\n    reads: 3\n    consistency: eventual"),
        ),
    ),
    (
        "a document every tenth transaction",
        Inputs(objects=Fraction(1, 10), prefixes=2),
        (("objects: 0.01", "objects: 0.1\n    prefixes: 2"),),
    ),
    ("30 s x 3", Inputs(interval_s=30), (("interval: 10s", "interval: 30s"),)),
    (
        "10 s x 2, slow start",
        Inputs(failures=2, cold_start_ms=900),
        (("failures: 3", "failures: 2"), ("500ms", "900ms")),
    ),
    (
        "small",
        Inputs(tps=7, duration_ms=90),
        (("throughput: 10000/s", "throughput: 7/s"), ("duration: 40ms", "duration: 90ms")),
    ),
    ("large", Inputs(tps=30_000), (("throughput: 10000/s", "throughput: 30000/s"),)),
]


def _number(value: Fraction | int) -> float:
    return round(float(value), 6)


@pytest.mark.parametrize(("given", "changes"), [pytest.param(g, c, id=name) for name, g, c in VARIANTS])
def test_the_manifest_says_what_the_sheet_says(given: Inputs, changes: tuple[Change, ...]) -> None:
    sheet = Sheet(given)
    told = manifest(*(*changes, GENEROUS) if changes else ())
    assert told.provided("function.transaction-processor.reserved") == sheet.reservation
    assert told.provided("api.throttle") == sheet.throttle
    assert told.provided("table.transactions.warm-writes") == max(4000, ceil(sheet.write_units))
    assert told.provided("table.transactions.warm-reads") == max(12_000, ceil(sheet.read_units))
    assert told.provided("table.transactions.partitions") == sheet.partitions
    assert told.provided("logs.shards") == sheet.shards
    for region in (EAST, WEST):
        needed: dict[str, Fraction | int] = {
            "lambda.concurrency": sheet.account_concurrency,
            "lambda.requests": given.tps,
            "api.requests": sheet.api_requests,
            "table.transactions.writes": sheet.write_units,
            "table.transactions.reads": sheet.read_units,
            "bucket.documents.writes": sheet.object_writes,
            "bucket.documents.reads": sheet.object_reads,
            "replication": sheet.replication_bits,
            "kms.requests": sheet.key_requests,
            "logs.requests": sheet.log_calls,
            # No endpoint, an interface of the functions for each 65,000 connections, ten of each environment, and one
            # more.
            "network.addresses": ceil(sheet.log_calls * 10 / 65_000) + 1,
        }
        demands = [demand for demand in told.objectives["demands"] if demand["region"] == region]
        assert {d["id"]: d["needed"] for d in demands} == {id_: _number(value) for id_, value in needed.items()}
        allowed = {d["id"]: d["allowed"] for d in demands}
        assert allowed["bucket.documents.writes"] == 3500 * given.prefixes
        assert allowed["bucket.documents.reads"] == 5500 * given.prefixes
        assert allowed["replication"] == 1_000_000_000
        assert allowed["kms.requests"] == 100_000
        assert allowed["network.addresses"] == 2**16 // 8 - 5
    rto = told.objective("rto")
    assert rto["typical"] == pytest.approx(sheet.rto_typical, abs=0.01)
    assert rto["worst"] == pytest.approx(sheet.rto_worst)
    latency = told.objective("latency")
    assert (latency["typical"], latency["worst"]) == (30 + given.duration_ms, sheet.latency_worst)


def test_the_manifest_of_a_judged_spec_is_that_of_the_compiled_one() -> None:
    assert judge(shipped_text()).objectives == manifest().objectives


# --- the model's own figures, in numbers -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("duration_ms", "concurrency", "reservation", "account", "ramp_s"),
    [
        (40, 1000, 1200, 1500, 10),  # the tenfold rule decides: 400 would run, 1,000 are needed to admit them
        (100, 1000, 1200, 1500, 10),
        (200, 2000, 2400, 2700, 20),
        (300, 3000, 3600, 3900, 30),
    ],
)
def test_concurrency(duration_ms: int, concurrency: int, reservation: int, account: int, ramp_s: int) -> None:
    sheet = Sheet(replace(SHIPPED.given, duration_ms=duration_ms))
    assert sheet.concurrency == concurrency
    told = manifest(*_duration(duration_ms))
    assert told.provided("function.transaction-processor.reserved") == sheet.reservation == reservation
    assert told.demand("lambda.concurrency", WEST)["needed"] == sheet.account_concurrency == account
    assert told.term("rto.ramp")["worst"] == sheet.ramp_s == ramp_s
    # The ramp of the bare need: nothing for 1,000, which are there at once, 20 s for 3,000.
    assert 10 * (ceil(sheet.concurrency / 1000) - 1) == {1000: 0, 2000: 10, 3000: 20}[concurrency]


def _duration(duration_ms: int) -> tuple[Change, ...]:
    return (("duration: 40ms", f"duration: {duration_ms}ms"), GENEROUS) if duration_ms != 40 else ()


def test_the_tenfold_rule() -> None:
    """A reservation of 100 admits 1,000 requests a second however fast the code; 10,000 need 1,000 environments."""
    assert 100 * 10 == 1_000
    fast = judge(shipped_text().replace("duration: 40ms", "duration: 1ms"))
    assert fast.provided("function.transaction-processor.reserved") == 1200 >= 10_000 / 10
    # With the default of 1,000, of which 100 stay unreserved, nothing that serves 10,000 can be reserved.
    assert 1200 > 1000 - 100
    floor = judge(shipped_text().replace("throughput: 10000/s", "throughput: 800/s"))
    assert floor.provided("function.transaction-processor.reserved") == 100 == max(100, ceil(80 * 1.2))


def test_templates_carry_the_sheet() -> None:
    for given, changes in ((SHIPPED.given, ()), (replace(SHIPPED.given, duration_ms=300), _duration(300))):
        sheet = Sheet(given)
        topology = topology_of(compiled(*changes).bundle.files)
        for stack in topology.serving:
            assert (
                stack.resources["FunctionTransactionProcessor"].properties["ReservedConcurrentExecutions"]
                == sheet.reservation
            )
            routes = stack.resources["ApiStage"].properties["DefaultRouteSettings"]
            assert routes["ThrottlingRateLimit"] == sheet.throttle
            assert stack.one("Kinesis::Stream").properties["ShardCount"] == sheet.shards
        table = topology.primary.one("DynamoDB::GlobalTable").properties
        assert table["WarmThroughput"] == {"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 10_000}


def test_the_api_has_no_room_at_its_default() -> None:
    assert SHIPPED.api_requests == 12_266 > 10_000
    assert manifest().demand("api.requests", EAST)["allowed"] == 20_000


def test_tables() -> None:
    """A table serves 4,000 writes and 12,000 reads when new; the quota of 40,000 carries items of up to 4 KB."""
    assert SHIPPED.write_units == 10_000 > 4_000
    assert SHIPPED.read_units == 10_000 < 12_000
    assert SHIPPED.partitions == 10
    four, five = (Sheet(replace(SHIPPED.given, item_bytes=size * KB)) for size in (4, 5))
    assert four.write_units == 40_000
    assert five.write_units == 50_000 > 40_000
    codes = {
        size: {d.rule.code for d in judge(shipped_text().replace("item_size: 1KB", f"item_size: {size}KB")).left}
        for size in (4, 5)
    }
    assert codes == {4: set(), 5: {"DR311"}}


def test_one_prefix_does_not_carry_a_document_per_transaction() -> None:
    """10,000 objects a second: 2 writes each take 6 prefixes, and the 5 reads of replication take 10."""
    all_ = Sheet(replace(SHIPPED.given, objects=Fraction(1)))
    assert all_.object_writes == 20_000
    assert ceil(all_.object_writes / 3500) == 6
    assert ceil(all_.object_reads / 5500) == 10
    text = shipped_text().replace("objects: 0.01", "objects: 1").replace("object_size: 100KB", "object_size: 1KB")
    enough = judge(text.replace("objects: 1\n", "objects: 1\n    prefixes: 10\n"))
    short = judge(text.replace("objects: 1\n", "objects: 1\n    prefixes: 9\n"))
    assert [d.rule.code for d in enough.left] == []
    assert [d.rule.code for d in short.left] == ["DR312"]


def test_replication_of_1250_objects_of_100_kb() -> None:
    """1 Gbps carries 1,250 objects of 100,000 bytes a second; a KB here has 1,024 bytes, so it is 1,220 of 100 KB."""
    assert Fraction(1_000_000_000, 8 * 100_000) == 1250
    assert 1_000_000_000 // (8 * 100 * KB) == 1220
    verdicts = {}
    for size, objects in (("100000B", 1250), ("100000B", 1251), ("100KB", 1220), ("100KB", 1221)):
        text = shipped_text().replace("object_size: 100KB", f"object_size: {size}")
        left = judge(text.replace("objects: 0.01", f"objects: {objects / 10_000}")).left
        verdicts[size, objects] = sorted({d.rule.code for d in left})
    # At this rate one prefix is no longer enough either.
    assert verdicts == {
        ("100000B", 1250): ["DR312"],
        ("100000B", 1251): ["DR312", "DR313"],
        ("100KB", 1220): ["DR312"],
        ("100KB", 1221): ["DR312", "DR313"],
    }


def test_keys() -> None:
    """Without bucket keys a document per transaction would take 30,000 requests a second, with them 300."""
    all_ = Sheet(replace(SHIPPED.given, objects=Fraction(1)))
    assert all_.objects_s * 3 == 30_000 < 100_000
    assert all_.key_requests - SHIPPED.key_requests == 300 - 3
    assert SHIPPED.key_requests == 3 + 4 + 200


def test_logs() -> None:
    assert SHIPPED.log_calls == 1000 < 5000
    assert Sheet(replace(SHIPPED.given, duration_ms=501)).log_calls == 5010 > 5000


@pytest.mark.parametrize(
    ("interval_s", "detection", "typical", "worst"),
    [(10, 48, 136.26, 574), (30, 108, 192.99, 634)],
)
def test_recovery_time(interval_s: int, detection: int, typical: float, worst: float) -> None:
    """Two to four minutes as a rule, ten at worst for 97 % of clients, of the fifteen asked for."""
    sheet = Sheet(replace(SHIPPED.given, interval_s=interval_s))
    assert sheet.detection_s == detection
    told = manifest(*((("interval: 10s", "interval: 30s"), GENEROUS) if interval_s == 30 else ()))
    assert told.term("rto.detection")["worst"] == detection
    assert told.term("rto.dns")["worst"] == sheet.moved_s == 455.5
    rto = told.objective("rto")
    assert (rto["asked"], rto["share"]) == (15 * 60, 97)
    assert rto["typical"] == pytest.approx(sheet.rto_typical, abs=0.01) == pytest.approx(typical + SIGN, abs=0.01)
    assert rto["worst"] == pytest.approx(sheet.rto_worst) == worst + SIGN
    assert 2 * 60 <= rto["typical"] <= 4 * 60
    assert 9 * 60 <= rto["worst"] <= 11 * 60
    assert rto["verdict"] == "assumed"


def test_recovery_points() -> None:
    told = manifest()
    points = {o["id"]: (o["asked"], o["typical"], o["worst"], o["verdict"]) for o in told.objectives["objectives"]}
    # 23:48 to 02:32 on 2025-10-20.
    assert points["rpo.transactions"] == (300, 1, ((24 - 23 + 2) * 60 - 48 + 32) * 60, "watched, not promised")
    assert points["rpo.documents"] == (300, 10, 15 * 60, "watched, not promised")
    assert points["rpo.logs"] == (300, 180, 180, "watched, not promised")
    terms = {t["id"]: t["grade"] for o in told.objectives["objectives"] for t in o["terms"]}
    assert terms["rpo.documents"] == "promise"
    assert terms["rpo.transactions"] == "measured"
    assert terms["rto.detection"] == terms["rto.ramp"] == "documented"
    assert terms["rto.cold"] == "stated in the spec"
    assert terms["rto.status"] == terms["rto.dns"] == "assumed"


def test_every_figure_names_its_source() -> None:
    told = manifest()
    named = {fact for o in told.objectives["objectives"] for t in o["terms"] for fact in t["facts"]}
    named |= {fact for c in told.objectives["failback"] for t in c["terms"] for fact in t["facts"]}
    named |= {fact for d in told.objectives["demands"] for fact in d["facts"]}
    named |= {fact for p in told.objectives["provided"] for fact in p["facts"]}
    named |= {fact for g in told.objectives["growth"] for fact in g["facts"]}
    assert named == set(told.objectives["facts"])
    for fact in told.objectives["facts"].values():
        assert fact["source"].count("https://") == 1
        assert fact["unit"]
        assert fact["read"] in ("2026-11-22", "2026-11-26")
