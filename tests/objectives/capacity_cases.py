"""Specs that change throughput, durations, items, objects and quotas, and what must be found in them."""

from __future__ import annotations

from fractions import Fraction

from tests.objectives.cases import (
    AT_TPS,
    EAST,
    KB,
    NO_QUOTAS,
    SLOW_UPLOADS,
    WEST,
    Case,
    bucket,
    duration,
    found,
    function,
    granted,
    instead,
    n,
    quotas,
    region,
    third,
    tps,
)

BOTH = "us-east-1 and us-west-2 each need"
RESERVED = "function.transaction-processor.reserved"
BESIDE = 10 + 4 * 64
"""What throttles let through beside clients: people who ask for health, and four routes for 16 checkers."""
REQUESTS = 10_000 * Fraction(12, 10) + BESIDE
"""Of clients with a fifth on top, of people and of Route 53."""
OTHERS = 2 * 100 + 100
"""Environments for the two functions that Route 53 calls, and those that Lambda keeps back."""

CONCURRENCY = (
    Case(
        "no quotas", (NO_QUOTAS, AT_TPS),
        (
            found("DR311", 1, BOTH, 10_000 * 12 // 100 + OTHERS, "lambda/L-B99A9384", "--desired-value 1500 ",
                  "AWS's default: 1,000", "lambda_concurrency: 1500"),
            found("DR311", 1, BOTH, REQUESTS, "apigateway/L-8A5B8E43", "--desired-value 12266 ",
                  "AWS's default: 10,000", "api_requests: 12266/s"),
        ),
    ),
    Case("defaults carry 5,833", (NO_QUOTAS, tps("5833/s")), values={RESERVED: 700}),
    Case("and no more", (NO_QUOTAS, tps("5834/s")), (found("DR311", 1, 701 + OTHERS, "AWS's default: 1,000"),)),
    Case("8,000 at default", (NO_QUOTAS, tps("8000/s")), (found("DR311", 1, 960 + OTHERS),)),
    Case("8,111: the API just serves", (NO_QUOTAS, tps("8111/s")), (found("DR311", 1, 974 + OTHERS),)),
    Case(
        "8,112: nor does the API", (NO_QUOTAS, tps("8112/s")),
        (found("DR311", 1, 974 + OTHERS), found("DR311", 1, Fraction(8112 * 12, 10) + BESIDE, "10,000.4")),
    ),
    Case(
        "20,000 at default: one wish for a quota", (NO_QUOTAS, tps("20000/s")),
        (
            found("DR311", 1, 2400 + OTHERS, "--desired-value 2700 "),
            found("DR311", 1, Fraction(24_000) + BESIDE, "--desired-value 24266 "),
        ),
    ),
    Case("concurrency one short", (quotas("lambda_concurrency: ⟨1⟩1499", "api_requests: 20000/s"),),
         (found("DR311", 1, 1200 + OTHERS, "granted: 1,499"),)),
    Case("concurrency just granted", (quotas("lambda_concurrency: 1500", "api_requests: 20000/s"),)),
    Case("only the API's quota", (quotas("api_requests: 20000/s"), AT_TPS),
         (found("DR311", 1, 1500, "default: 1,000"),)),
    Case("only Lambda's quota", (quotas("lambda_concurrency: 5000"), AT_TPS),
         (found("DR311", 1, REQUESTS, "default: 10,000"),)),
    Case("API's rate just short", (quotas("lambda_concurrency: 5000", "api_requests: ⟨1⟩12265/s"),),
         (found("DR311", 1, REQUESTS, "granted: 12,265"),)),
    Case("API's rate just granted", (quotas("lambda_concurrency: 5000", "api_requests: 12266/s"),)),
    Case("API's rate by the minute", (quotas("lambda_concurrency: 5000", f"api_requests: {12_266 * 60}/m"),)),
    Case("API's rate short by the minute",
         (quotas("lambda_concurrency: 5000", f"api_requests: ⟨1⟩{12_000 * 60}/m"),),
         (found("DR311", 1, REQUESTS, "granted: 12,000"),)),
    Case("16,445 within 20,000", (tps("16445/s"),), values={"api.throttle": 19_734}),
    Case("16,446 without", (tps("16446/s"), quotas("lambda_concurrency: 5000", "api_requests: ⟨2⟩20000/s")),
         (found("DR311", 2, Fraction(16_446 * 12, 10) + BESIDE, "20,001.2"),)),
    Case("40,000: tables and logs still do",
         (tps("40000/s"), quotas("lambda_concurrency: 5100", "api_requests: ⟨2⟩20000/s")),
         (found("DR311", 2, Fraction(48_000) + BESIDE),),
         values={RESERVED: 4800, "table.transactions.partitions": 40}),
    Case(
        "41,000: everything is short",
        (tps("41000/s"), quotas("lambda_concurrency: ⟨2⟩5000", "api_requests: ⟨3⟩20000/s")),
        (
            found("DR311", 2, 4920 + OTHERS, "granted: 5,000"),
            found("DR311", 3, Fraction(49_200) + BESIDE),
            found("DR311", 1, 41_000, "write units/s", "dynamodb/L-AB614373", "default: 40,000"),
            found("DR311", 1, 41_000, "read units/s", "dynamodb/L-CF0CBE56", "default: 40,000"),
        ),
    ),
    Case("throughput by the minute", (tps("600000/m"),), values={RESERVED: 1200}),
    Case("throughput by the hour", (tps("36000000/h"),), values={RESERVED: 1200}),
    Case("one transaction a second", (tps("1/s"), NO_QUOTAS),
         values={RESERVED: 100, "api.throttle": 2, "logs.shards": 1}),
    Case("seven a minute", (tps("7/m"), NO_QUOTAS), values={"api.throttle": 1}),
    Case("833 within the least reservation", (tps("833/s"),), values={RESERVED: 100}),
    Case("834 above it", (tps("834/s"),), values={RESERVED: 101}),
    Case("runs of 1 ms", (duration("1ms"),), values={RESERVED: 1200}),
    Case("runs of 100 ms", (duration("100ms"),),
         values={RESERVED: 1200}),
    Case("runs of 101 ms", (duration("101ms"),),
         values={RESERVED: 1212}),
    Case("runs of 300 ms", (duration("300ms"),),
         values={RESERVED: 3600, "rto.ramp": 30, "latency": 850}),
    Case("runs of 391 ms", (duration("391ms"),),
         values={RESERVED: 4692}),
    Case("runs of 392 ms", (duration("392ms"),
                            quotas("lambda_concurrency: ⟨1⟩5000", "api_requests: 20000/s")),
         (found("DR311", 1, 4704 + OTHERS),)),
    Case(
        "runs of 600 ms",
        (
            AT_TPS, duration("600ms"), ("latency: 1s", "latency: ⟨3⟩1s"),
            quotas("lambda_concurrency: ⟨2⟩5000", "api_requests: 20000/s"),
        ),
        (
            found("DR311", 2, 7200 + OTHERS),
            found("DR311", 1, 6000, "calls/s", "logs/L-7E1FAE88", "log_requests: 6000/s"),
            found("DR322", 3, 30 + 600 + 500 + 20),
        ),
    ),
    Case("two runs a transaction", (("duration: 40ms", "duration: 40ms\n    share: 2"),
                                    quotas("lambda_concurrency: 5000", "api_requests: ⟨1⟩20000/s")),
         (found("DR311", 1, Fraction(24_000) + BESIDE),), values={RESERVED: 2400}),
    Case("half a run", (("duration: 40ms", "duration: 40ms\n    share: 0.5"),),
         values={RESERVED: 600, "api.throttle": 6000}),
    Case("a second function", (function("audit", "200ms"),),
         values={"function.audit.reserved": 2400, "lambda.concurrency": 1200 + 2400 + OTHERS}),
    Case("a second function too many", (function("audit", "400ms"),
                                        quotas("lambda_concurrency: ⟨1⟩5000", "api_requests: 20000/s")),
         (found("DR311", 1, "1,200 + 4,800 + 200 + 100", 6300),)),
    Case("log calls just granted", (granted("log_requests: 1000/s"),)),
    Case("log calls short", (granted("log_requests: ⟨1⟩999/s"),), (found("DR311", 1, 1000, "granted: 999"),)),
)  # fmt: skip

_ENOUGH = "{lambda_concurrency: 1500, api_requests: 12266/s}"

REGIONS = (
    Case("the standby has less concurrency", (region(WEST, quotas="{lambda_concurrency: ⟨1⟩1000}"),),
         (found("DR311", 1, "us-west-2 needs", 1500, "granted: 1,000", "--region us-west-2"),)),
    Case("the standby has a lower rate", (region(WEST, quotas="{api_requests: ⟨1⟩10000/s}"),),
         (found("DR311", 1, "us-west-2 needs", REQUESTS, "granted: 10,000"),)),
    Case("the primary has less concurrency", (region(EAST, quotas="{lambda_concurrency: ⟨1⟩1499}"),),
         (found("DR311", 1, "us-east-1 needs", 1500),)),
    Case("raised in the primary alone", (region(EAST, quotas="{lambda_concurrency: 5000}"),
                                         quotas("lambda_concurrency: ⟨1⟩1000", "api_requests: 20000/s")),
         (found("DR311", 1, "us-west-2 needs", 1500, "granted: 1,000"),)),
    Case("raised in the primary alone, nothing said of the standby",
         (NO_QUOTAS, AT_TPS, region(EAST, quotas="{lambda_concurrency: 5000, api_requests: 20000/s}")),
         (found("DR311", 1, "us-west-2 needs", 1500), found("DR311", 1, "us-west-2 needs", REQUESTS))),
    Case("both raised, region by region", (NO_QUOTAS, region(EAST, quotas=_ENOUGH), region(WEST, quotas=_ENOUGH))),
    Case("an override of one field keeps the others", (region(WEST, quotas="{table_writes: 10000/s}"),)),
    Case("one write short in the standby", (region(WEST, quotas="{table_writes: ⟨1⟩9999/s}"),),
         (found("DR311", 1, "us-west-2 needs", 10_000, "granted: 9,999", "quota of the account for global tables"),)),
    Case("one read short in the standby", (region(WEST, quotas="{table_reads: ⟨1⟩9999/s}"),),
         (found("DR311", 1, "us-west-2 needs", 10_000),)),
    Case("a replica takes every write", (third("us-east-2", quotas="{table_writes: ⟨1⟩9000/s}"),),
         (found("DR311", 1, "us-east-2 needs", 10_000, "granted: 9,000"),)),
    Case("a replica needs no concurrency", (third("us-east-2", quotas="{lambda_concurrency: 1, api_requests: 1/s}"),)),
    Case("a small region at default", (NO_QUOTAS, tps("1861/s"), instead(WEST, "eu-south-1"),
                                       SLOW_UPLOADS),
         values={"api.requests": 2499.2}),
    Case("a small region just short", (NO_QUOTAS, tps("1862/s"), instead(WEST, "eu-south-1"),
                                       SLOW_UPLOADS),
         (found("DR311", 1, "eu-south-1 needs", Fraction(1862 * 12, 10) + BESIDE, "AWS's default: 2,500"),)),
    Case("a small region as primary", (NO_QUOTAS, tps("2100/s"), instead(EAST, "eu-south-1"),
                                       SLOW_UPLOADS),
         (found("DR311", 1, "eu-south-1 needs", Fraction(2100 * 12, 10) + BESIDE),)),
    Case("a small region, raised", (instead(WEST, "eu-south-1"),
                                    SLOW_UPLOADS)),
    Case("a small region, override too low",
         ((WEST, region(instead(WEST, "eu-south-1")[1], quotas="{api_requests: ⟨1⟩2500/s}")[1]), SLOW_UPLOADS),
         (found("DR311", 1, "eu-south-1 needs", REQUESTS, "granted: 2,500"),)),
)  # fmt: skip

_MANY = bucket("name: documents", "objects: 1000", "object_size: 1B", "prefixes: 2000")
_KEYS = 1_000_000 * 3 // 100 + Fraction(120, 300) + 12 * 2

KEYS = (
    Case("a million objects a second in the largest regions", (tps("1000/s"), _MANY)),
    Case("the same where KMS serves 20,000", (tps("1000/s"), _MANY, instead(WEST, "eu-central-1")),
         (found("DR311", 1, "eu-central-1 needs", _KEYS, "AWS's default: 20,000", "kms/L-6E3AF000"),)),
    Case("the same where KMS serves 10,000", (tps("1000/s"), _MANY, instead(WEST, "ca-central-1")),
         (found("DR311", 1, "ca-central-1 needs", _KEYS, "AWS's default: 10,000"),)),
    Case("the same, raised", (granted("kms_requests: 31000/s"), tps("1000/s"), _MANY,
                              instead(WEST, "ca-central-1"))),
    Case("a replica's keys are asked by what arrives", (tps("1000/s"), _MANY, third("ca-central-1")),
         (found("DR311", 1, "ca-central-1 needs", 1_000_000 * 2 // 100, "AWS's default: 10,000"),)),
    Case("and come from both regions where both are written",
         (tps("1000/s"), (_MANY[0], _MANY[1] + "    write: dual-write\n"), third("us-east-2")),
         (found("DR311", 1, "us-east-2 needs", 1_000_000 * 4 // 100, "AWS's default: 20,000"),)),
    Case("keys just granted", (granted("kms_requests: 207/s"),)),
    Case("keys short", (granted("kms_requests: ⟨1⟩206/s"),), (found("DR311", 1, 3 + 4 + 200, "granted: 206"),)),
)  # fmt: skip

INDEX = "    indexes:\n      - {name: by-account, key: {partition: account}"
ROW = "    item_size: 1KB\n    writes: 1\n    reads: 1\n"


def _table(size: str, writes: str, reads: str, *lines: str) -> tuple[str, str]:
    further = "".join(f"{line}\n" for line in lines)
    return ROW, f"    item_size: {size}\n    writes: {writes}\n    reads: {reads}\n{further}"


_SECOND = (
    "buckets:\n",
    "  - {name: audit, key: {partition: id}, item_size: 5KB, writes: 1, reads: 0}\n\nbuckets:\n",
)
TABLES = (
    Case("items of 4 KB", (_table("4KB", "1", "1"),), values={"table.transactions.warm-writes": 40_000}),
    Case("items of 5 KB", (_table("5KB", "1", "1"), AT_TPS),
         (found("DR311", 1, BOTH, "10,000/s x 1 x 5 units", 50_000, "--desired-value 50000 "),)),
    Case("items a byte larger than 4 KB", (_table("4097B", "1", "1"), AT_TPS), (found("DR311", 1, 10_000 * 5),),
         values={"table.transactions.reads": 20_000}),
    Case("items of one byte", (_table("1B", "1", "1"),), values={"table.transactions.writes": 10_000}),
    Case("four writes", (_table("1KB", "4", "1"),), values={"table.transactions.partitions": 40}),
    Case("a little more", (_table("1KB", "4.1", "1"), AT_TPS), (found("DR311", 1, 41_000, "x 4.1 x"),)),
    Case("no writes", (_table("1KB", "0", "1"),),
         values={"table.transactions.writes": 0, "table.transactions.warm-writes": 4000,
                 "table.transactions.partitions": 4}),
    Case("one write in a thousand", (_table("1KB", "0.001", "1"),), values={"table.transactions.writes": 10}),
    Case("four strong reads", (_table("1KB", "1", "4"),), values={"table.transactions.warm-reads": 40_000}),
    Case("four and a half", (_table("1KB", "1", "4.5"), AT_TPS), (found("DR311", 1, 45_000, "read units/s"),)),
    Case("eight eventual reads", (_table("1KB", "1", "8", "    consistency: eventual"),),
         values={"table.transactions.reads": 40_000}),
    Case("eight strong reads", (_table("1KB", "1", "8", "    consistency: strong"), AT_TPS),
         (found("DR311", 1, 80_000),)),
    Case("too many eventual reads", (_table("1KB", "1", "8.2", "    consistency: eventual"), AT_TPS),
         (found("DR311", 1, "10,000/s x 8.2 x 0.5 units", 41_000),)),
    Case("eventual reads of 5 KB", (_table("5KB", "0.5", "4", "    consistency: eventual"),),
         values={"table.transactions.reads": 40_000, "table.transactions.writes": 25_000}),
    Case("items of 8 KB", (_table("8KB", "1", "1"), AT_TPS), (found("DR311", 1, 80_000),)),
    Case("every second transaction writes 8 KB", (_table("8KB", "0.5", "1"),),
         values={"table.transactions.writes": 40_000}),
    Case("writes in transactions", (_table("2KB", "1", "1", "    transactions: true"),),
         values={"table.transactions.writes": 10_000 * 2 * 2}),
    Case("too many in transactions", (_table("3KB", "1", "1", "    transactions: true"), AT_TPS),
         (found("DR311", 1, "10,000/s x 1 x 6 units", 60_000),)),
    Case("an index", (_table("1KB", "1", "1", INDEX + "}"),),
         values={"table.transactions.by-account.writes": 10_000, "table.transactions.by-account.warm-reads": 12_000}),
    Case("an index written five times", (_table("1KB", "1", "1", INDEX + ", writes: 5}"), AT_TPS),
         (found("DR311", 1, 50_000, "the index by-account of transactions"),),
         values={"table.transactions.writes": 10_000}),
    Case("an index read eight times", (_table("1KB", "1", "1", INDEX + ", reads: 8}"),),
         values={"table.transactions.by-account.reads": 40_000}),
    Case("an index read nine times", (_table("1KB", "1", "1", INDEX + ", reads: 9}"), AT_TPS),
         (found("DR311", 1, 45_000, "read request units of the index by-account"),)),
    Case("an index of a table in transactions is written once",
         (_table("2KB", "1", "1", "    transactions: true", INDEX + "}"),),
         values={"table.transactions.by-account.writes": 20_000}),
    Case("table and index short of one quota", (_table("5KB", "1", "1", INDEX + ", writes: 2}"), AT_TPS),
         (found("DR311", 1, 100_000, "--desired-value 100000 "),)),
    Case("writes just granted", (_table("5KB", "1", "1"), granted("table_writes: 50000/s"))),
    Case("writes short of what is granted", (_table("5KB", "1", "1"), granted("table_writes: ⟨1⟩49999/s")),
         (found("DR311", 1, 50_000, "granted: 49,999"),)),
    Case("reads just granted", (_table("1KB", "1", "8"), granted("table_reads: 80000/s"))),
    Case("less granted than the default", (granted("table_reads: ⟨1⟩9999/s"),), (found("DR311", 1, 10_000),)),
    Case("a second table", (_SECOND, AT_TPS), (found("DR311", 1, 50_000, "the table audit"),)),
    Case("a second table, raised", (_SECOND, granted("table_writes: 50000/s"))),
)  # fmt: skip

_ENTRY = "⟨1⟩name: documents"
_TWO = bucket("name: documents", "objects: 0.01", "object_size: ⟨1⟩700KB")
_RECEIPTS = _TWO[1] + "  - ⟨2⟩name: receipts\n    objects: 0.01\n    object_size: 650KB\n"

BUCKETS = (
    Case("1,100 objects a second", (bucket("name: documents", "objects: 0.11", "object_size: 100KB"),),
         values={"bucket.documents.reads": 5500}),
    Case("one more", (bucket(_ENTRY, "objects: 0.1101", "object_size: 100KB"),),
         (found("DR312", 1, BOTH, 1101 * 5, "AWS serves: 5,500", "prefixes: 2"),)),
    Case("a document every transaction", (bucket(_ENTRY, "objects: 1", "object_size: 1KB"),),
         (found("DR312", 1, 20_000, "writes/s", "prefixes: 6"), found("DR312", 1, 50_000, "reads/s", "prefixes: 10"))),
    Case("over ten prefixes", (bucket("name: documents", "objects: 1", "object_size: 1KB", "prefixes: 10"),)),
    Case("over nine", (bucket("name: documents", "objects: 1", "object_size: 1KB", "prefixes: ⟨1⟩9"),),
         (found("DR312", 1, 50_000, 9 * 5500, "prefixes: 10"),)),
    Case("over five", (bucket("name: documents", "objects: 1", "object_size: 1KB", "prefixes: ⟨1⟩5"),),
         (found("DR312", 1, 20_000, 5 * 3500), found("DR312", 1, 50_000, 5 * 5500))),
    Case("no objects", (bucket("name: documents", "objects: 0", "object_size: 100KB"),),
         values={"replication": 0, "bucket.documents.writes": 0}),
    Case("objects of 1,220 KB", (bucket("name: documents", "objects: 0.01", "object_size: 1220KB"),),
         values={"replication": 100 * 1220 * KB * 8}),
    Case("objects of 1,221 KB", (bucket("name: documents", "objects: 0.01", "object_size: ⟨1⟩1221KB"),),
         (found("DR313", 1, BOTH, 100 * 1221 * KB * 8, 1_000_000_000, "replication-void"),)),
    Case("the same, accepted", (bucket("name: documents", "objects: 0.01", "object_size: 1221KB"),
                                ("accept:\n", "accept:\n  - {finding: replication-void, reason: agreed}\n"))),
    Case("too many requests and too much to replicate", (bucket(_ENTRY, "objects: 1", "object_size: ⟨2⟩100KB"),),
         (found("DR312", 1, 20_000), found("DR312", 1, 50_000), found("DR313", 2, 10_000 * 100 * KB * 8))),
    Case("two buckets share the transfer rate", ((_TWO[0], _RECEIPTS),),
         (found("DR313", 1, f"(100 objects/s x 700KB + 100 objects/s x 650KB) x 8 bits = {n(100 * 1350 * KB * 8)}"),)),
    Case("dual-write writes three times",
         (bucket("name: documents", "objects: 0.11", "object_size: 1KB", "write: dual-write"),),
         verdicts={"rpo.documents": "by construction"}, values={"bucket.documents.writes": 3300}),
    Case("too often",
         (bucket("name: documents", "objects: 0.22", "object_size: 1KB", "write: dual-write", "prefixes: ⟨1⟩1"),),
         (found("DR312", 1, 2200 * 3, "prefixes: 2"), found("DR312", 1, 2200 * 5, "prefixes: 2"))),
    Case("copies to two regions",
         (third("us-east-2"), bucket("name: documents", "objects: 0.055", "object_size: 100KB")),
         values={"bucket.documents.reads": 5500, "bucket.documents.writes": 550 * 3}),
    Case("too many copies", (third("us-east-2"), bucket(_ENTRY, "objects: 0.056", "object_size: 100KB")),
         (found("DR312", 1, 560 * 10),)),
)  # fmt: skip

CASES = (*CONCURRENCY, *REGIONS, *KEYS, *TABLES, *BUCKETS)
