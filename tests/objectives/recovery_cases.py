"""Specs that change recovery time, recovery point and latency, and what must be found in them."""

from __future__ import annotations

from fractions import Fraction

from tests.objectives.cases import (
    BUCKET,
    EAST,
    NO_ACCEPT,
    WEST,
    Case,
    bucket,
    duration,
    found,
    function,
    granted,
    instead,
    quotas,
    routed,
    third,
)

CHECK = "{interval: 10s, failures: 3}"
ELSE = 60 + 300 + 20 + Fraction(1, 2)
"""Seconds beside detection at worst: status, clients, the ramp, a cold start."""


def rto(written: str) -> tuple[str, str]:
    return "rto: 15m", f"rto: ⟨1⟩{written}"


def check(interval: int, failures: int) -> tuple[str, str]:
    return CHECK, f"{{interval: {interval}s, failures: {failures}}}"


_SLOW_START = (("cold_start: 500ms", "cold_start: 5s"), ("latency: 1s", "latency: 6s"))

TIME = (
    Case("just in time", (rto("428500ms"),), verdicts={"rto": "documented"}, values={"rto": 428.5}),
    Case("half a second late", (rto("428s"),),
         (found("DR321", 1, 48 + ELSE, "48 + 60 + 300 + 20 + 0.5 = 428.5 s", 428,
                "change `failures` from 3 to 2, which saves 16 s (0.5 s are needed)"),),
         verdicts={"rto": "missed"}),
    Case("nine seconds after seven minutes", (rto("429s"),)),
    Case("30 s x 3 in 489 s", (rto("489s"), check(30, 3)), values={"rto.detection": 108}),
    Case("30 s x 3 in 488 s", (rto("488s"), check(30, 3)),
         (found("DR321", 1, 108 + ELSE, "108 + 60 + 300 + 20 + 0.5 = 488.5 s",
                "change `interval` from 30s to 10s, which saves 60 s (0.5 s are needed)"),)),
    Case("30 s x 10 in 15 minutes", (check(30, 10),), values={"rto": 740.5}),
    Case("30 s x 10 in 12 minutes", (rto("12m"), check(30, 10)),
         (found("DR321", 1, 10 * 36 + ELSE,
                "change `interval` from 30s to 10s, which saves 200 s (20.5 s are needed)"),)),
    Case("30 s x 10 in 9 minutes", (rto("9m"), check(30, 10)),
         (found("DR321", 1, 10 * 36 + ELSE,
                "`interval` from 30s to 10s and `failures` from 10 to 9, which saves 216 s (200.5 s are needed)"),)),
    Case("30 s x 10 in 5 minutes", (rto("5m"), check(30, 10)),
         (found("DR321", 1, 10 * 36 + ELSE, "360 + 60 + 300 + 20 + 0.5 = 740.5 s", 300,
                "the fastest still needs 396.5 s in total", "at least 397s"),)),
    Case("10 s x 10 in 8 minutes", (rto("8m"), check(10, 10)),
         (found("DR321", 1, 160 + ELSE, "change `failures` from 10 to 6, which saves 64 s (60.5 s are needed)"),)),
    Case("one failure in 397 s", (rto("397s"), check(10, 1)), values={"rto.detection": 16}),
    Case("one failure in 396 s", (rto("396s"), check(10, 1)),
         (found("DR321", 1, 16 + ELSE, "no health check is fast enough"),)),
    Case("three minutes", (rto("3m"),),
         (found("DR321", 1, 48 + ELSE, 180, "no health check is fast enough"),)),
    Case("a day", (rto("1d"),), verdicts={"rto": "documented"}),
    Case("five seconds to start, in time", (rto("433s"), *_SLOW_START),
         values={"rto": 48 + 60 + 300 + 20 + 5}),
    Case("five seconds to start, late", (rto("432s"), *_SLOW_START),
         (found("DR321", 1, 48 + 60 + 300 + 20 + 5),)),
    Case("a small function that starts slowly decides",
         (rto("477s"), function("report", "1ms", "cold_start: 60s", "share: 0.01")),
         (found("DR321", 1, "48 + 60 + 300 + 10 + 60 = 478 s"),)),
    Case("two thousand environments take two steps", (duration("166ms"),), values={"rto.ramp": 20}),
    Case("one more takes three", (duration("167ms"),), values={"rto.ramp": 30}),
    Case("sixty steps",
         (rto("15m"), duration("5s"), ("latency: 1s", "latency: 10s"),
          quotas("lambda_concurrency: 70000", "api_requests: 20000/s", "log_requests: 60000/s")),
         (found("DR321", 1, 48 + 60 + 300 + 600 + Fraction(1, 2),
                "shorten the runs of the function that takes 600 s to scale up"),)),
)  # fmt: skip


def rpo(written: str) -> tuple[str, str]:
    return "rpo: 5m", f"rpo: ⟨1⟩{written}"


_DUAL = bucket("⟨2⟩name: documents", "objects: 0.01", "object_size: 100KB", "write: dual-write")
_DUAL_ACCEPT = (BUCKET, _DUAL[1] + "    on_peer_failure: accept\n")
_ONE = bucket("⟨2⟩name: documents", "objects: 0.01", "object_size: 100KB")
_THIRD = third("us-east-2")
_ZERO = (rpo("0s"), _DUAL, NO_ACCEPT)
"""Nothing may be lost, and documents are written to both regions."""


def _items(*lines: str) -> tuple[str, str]:
    """Further members of the table."""
    return "reads: 1\n", "reads: 1\n" + "".join(f"    {line}\n" for line in lines)


_SLOWER = ("latency: 1s", "latency: 2s")
_TABLE = ("  - name: transactions\n    key", "  - ⟨3⟩name: transactions\n    key")
_NO_BUCKET = ("buckets:\n" + BUCKET, "")

POINT = (
    Case("nobody accepted that documents are watched", (NO_ACCEPT, _ONE, rpo("5m")),
         (found("DR325", 2, 300, "S3 promises 15 minutes", "rpo-documents-watched", "dual-write"),),
         verdicts={"rpo.documents": "watched, not promised", "rpo.transactions": "documented"}),
    Case("within a quarter of an hour S3 promises it", (NO_ACCEPT, rpo("15m")), verdicts={"rpo.documents": "promised"}),
    Case("within 900 s too", (NO_ACCEPT, rpo("900s")), verdicts={"rpo.documents": "promised"}),
    Case("not within 899 s", (NO_ACCEPT, _ONE, rpo("899s")), (found("DR325", 2, 899),)),
    Case("14 minutes, accepted", (rpo("14m"),), verdicts={"rpo.documents": "watched, not promised"}),
    Case("a quarter of an hour, but more than S3 promises anything for",
         (rpo("15m"), bucket("⟨2⟩name: documents", "objects: 0.01", "object_size: ⟨3⟩1221KB"), NO_ACCEPT),
         (found("DR313", 3, 1_000_243_200), found("DR325", 2, 900, "transfers more data than the rate")),
         verdicts={"rpo.documents": "watched, not promised"}),
    Case("written to both regions", (NO_ACCEPT, _DUAL),
         verdicts={"rpo.documents": "promised"}, values={"latency": 900}),
    Case("written to both, and accepted from one", (NO_ACCEPT, _DUAL_ACCEPT, rpo("5m")),
         (found("DR325", 2, 300, "accepted and replicated later"),),
         verdicts={"rpo.documents": "watched, not promised"}),
    Case("five seconds", (rpo("5s"),), verdicts={"rpo.transactions": "documented"}),
    Case("less than five seconds", (rpo("4999ms"), _TABLE), (found("DR323", 3, 5, Fraction(4999, 1000)),),
         verdicts={"rpo.transactions": "missed"}),
    Case("one second", (rpo("1s"), _TABLE), (found("DR323", 3, "up to 5 s", "1 s are allowed", "rpo: 0s"),)),
    Case("a day may be lost", (NO_ACCEPT, rpo("1d")),
         verdicts={"rpo.documents": "promised", "rpo.transactions": "documented"}),
    Case("nothing lost, two regions", (rpo("0s"), _ONE, NO_ACCEPT),
         (found("DR324", 1, "exactly 3 regions, not 2"), found("DR323", 2, "up to 900 s", "0 s are allowed")),
         verdicts={"rpo.transactions": "missed", "rpo.documents": "missed"}),
    Case("nothing lost, two regions, both written", (*_ZERO, _SLOWER),
         (found("DR324", 1, "exactly 3 regions, not 2"),)),
    Case("nothing lost, three of one set", (*_ZERO, _THIRD, _SLOWER),
         verdicts={"rpo.transactions": "documented", "rpo.documents": "promised"},
         values={"rpo.transactions": 0, "latency": 590 + 310 + 70 + 70}),
    Case("nothing lost, but too slow", (*_ZERO, _THIRD, ("latency: 1s", "latency: ⟨3⟩1s")),
         (found("DR322", 3, "30 + 40 + 500 + 20 + 310 + 70 + 70 = 1,040 ms", "1040ms"),)),
    Case("eventual reads do not ask a second region",
         (*_ZERO, _THIRD, _items("consistency: eventual")),
         values={"latency": 590 + 310 + 70}),
    Case("nothing lost, three of two sets", (*_ZERO, third("eu-west-1"), _SLOWER),
         (found("DR324", 1, "all regions from one set", "us-east-1, us-east-2, us-west-2"),)),
    Case("nothing lost, three of no set", (*_ZERO, third("ca-central-1"), _SLOWER),
         (found("DR324", 1, "all regions from one set"),)),
    Case("nothing lost, four regions",
         (*_ZERO, (WEST, third("us-east-2")[1] + third("us-west-1")[1][len(WEST):]), _SLOWER),
         (found("DR324", 1, "exactly 3 regions, not 4", "all regions from one set"),)),
    Case("nothing lost, items that expire", (*_ZERO, _THIRD, _SLOWER, _items("ttl: expires")),
         (found("DR324", 1, "no expiry time on `transactions`"),)),
    Case("nothing lost, items in transactions", (*_ZERO, _THIRD, _SLOWER, _items("transactions: true")),
         (found("DR324", 1, "no transactions on items of `transactions`"),)),
    Case("nothing lost, everything in the way",
         (rpo("0s"), _ONE, NO_ACCEPT, _items("ttl: expires", "transactions: true")),
         (found("DR324", 1, "exactly 3 regions, not 2", "no expiry time", "no transactions"), found("DR323", 2, 900))),
    Case("nothing lost, a bucket that is replicated", (rpo("0s"), _ONE, NO_ACCEPT, _THIRD),
         (found("DR323", 2, 900, "on_peer_failure: refuse"),), verdicts={"rpo.documents": "missed"}),
    Case("nothing lost, a bucket that may be late", (rpo("0s"), _DUAL_ACCEPT, NO_ACCEPT, _THIRD, _SLOWER),
         (found("DR323", 2, 900),), verdicts={"rpo.documents": "missed"}),
    Case("nothing lost, no bucket", (rpo("0s"), _NO_BUCKET, NO_ACCEPT, _THIRD),
         verdicts={"rpo.transactions": "documented"}, values={"latency": 580 + 140}),
    Case("nothing lost in Europe",
         (rpo("0s"), _NO_BUCKET, NO_ACCEPT, instead(EAST, "eu-west-1"),
          (WEST, instead(WEST, "eu-central-1")[1] + third("eu-west-3")[1][len(WEST):]))),
)  # fmt: skip


def latency(written: str) -> tuple[str, str]:
    return "latency: 1s", f"latency: ⟨1⟩{written}"


LATENCY = (
    Case("590 ms", (latency("590ms"),), verdicts={"latency": "documented"}),
    Case("589 ms", (latency("589ms"),),
         (found("DR322", 1, "30 + 40 + 500 + 20 = 590 ms", 589, "raise `latency` to 590ms"),),
         verdicts={"latency": "missed"}),
    Case("a tenth of a second", (latency("100ms"),), (found("DR322", 1, 590, 100),)),
    Case("a slow start", (("latency: 1s", "latency: ⟨1⟩1s"), ("cold_start: 500ms", "cold_start: 950ms")),
         (found("DR322", 1, 30 + 40 + 950 + 20, "1040ms"),)),
    Case("a slow start that just fits", (("cold_start: 500ms", "cold_start: 910ms"),), values={"latency": 1000}),
    Case("no bucket, one key less", (latency("580ms"), _NO_BUCKET, NO_ACCEPT)),
    Case("no bucket, 579 ms", (latency("579ms"), _NO_BUCKET, NO_ACCEPT), (found("DR322", 1, 580),)),
    Case("written to both regions in 900 ms", (latency("900ms"), _DUAL, NO_ACCEPT),
         values={"latency": 590 + 100 + 3 * 70}),
    Case("written to both regions in 899 ms", (latency("899ms"), _DUAL, NO_ACCEPT), (found("DR322", 1, 900),)),
    Case("the slower of two functions decides",
         (latency("1s"), function("report", "600ms", "share: 0.1"), routed("report")),
         (found("DR322", 1, 30 + 600 + 500 + 20, "functions[1]"),)),
    Case("a function nobody waits for does not", (function("report", "600ms", "share: 0.1"),), values={"latency": 590}),
    Case("the one that writes to both regions decides, though it is shorter",
         (latency("899ms"), _DUAL, NO_ACCEPT, function("report", "60ms", "share: 0.1", "buckets: []"),
          routed("report")),
         (found("DR322", 1, 900, "functions[0]"),)),
)  # fmt: skip

SHAPE = (
    Case("a throughput without a unit", (("throughput: 10000/s", "throughput: ⟨1⟩10000"),),
         (found("DR204", 1, "no unit"),)),
    Case("a recovery time like a clock", (("rto: 15m", "rto: ⟨1⟩15:00"),), (found("DR204", 1, "clock"),)),
    Case("no time to recover", (("rto: 15m", "rto: ⟨1⟩0s"),), (found("DR205", 1, "more than zero"),)),
    Case("an interval of 20 s", ((CHECK, "{interval: ⟨1⟩20s, failures: 3}"),),
         (found("DR205", 1, "every `10s` or every `30s`"),)),
    Case("eleven failures", ((CHECK, "{interval: 10s, failures: ⟨1⟩11}"),), (found("DR205", 1, "10"),)),
    Case("items of nothing", (("item_size: 1KB", "item_size: ⟨1⟩0KB"),), (found("DR205", 1, "more than zero"),)),
    Case("a quota of nothing", (granted("table_writes: ⟨1⟩0/s"),), (found("DR205", 1, "more than zero"),)),
)  # fmt: skip

CASES = (*TIME, *POINT, *LATENCY, *SHAPE)
