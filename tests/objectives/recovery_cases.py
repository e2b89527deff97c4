"""Specs that change recovery time, recovery point and latency, and what must be found in them."""

from __future__ import annotations

from fractions import Fraction

from tests.objectives.bench import shipped_text
from tests.objectives.cases import (
    ACCEPT,
    BUCKET,
    EAST,
    FOR_EVER,
    NO_ACCEPT,
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
    routed,
    third,
)

CHECK = "{interval: 10s, failures: 3}"
MOVED = Fraction("455.5")
"""Seconds until 97 % of users at large have moved: 60 x (10 / 3)^(1 / 0.594), in tenths and rounded up."""
SIGN = 10 if "auth: iam" in shipped_text() else 0
"""Seconds until clients that sign their requests know for which region, where the shipped spec has such."""
ELSE = 60 + MOVED + SIGN + 10 + Fraction(1, 2)
"""Seconds beside detection at worst: status, clients, signatures, the ramp, a cold start."""
WORST = 48 + ELSE


def rto(written: str | Fraction, share: str = "") -> tuple[str, str]:
    if isinstance(written, Fraction):
        written = f"{int(written * 1000)}ms"
    return "rto: 15m", f"rto: ⟨1⟩{{within: {written}, share: {share}}}" if share else f"rto: ⟨1⟩{written}"


def check(interval: int, failures: int) -> tuple[str, str]:
    return CHECK, f"{{interval: {interval}s, failures: {failures}}}"


def added(*parts: int | Fraction | str) -> str:
    """A sum as messages write it, without the term that the spec does not have."""
    terms = [Fraction(part) for part in parts]
    return f"{' + '.join(n(term) for term in terms)} = {n(sum(terms))} s"


def clients(*entries: str) -> tuple[str, str]:
    return "alerts:\n", "clients:\n" + "".join(f"  - {entry}\n" for entry in entries) + "alerts:\n"


_SIGNED = (SIGN,) if SIGN else ()
_SLOW_START = (("cold_start: 500ms", "cold_start: 5s"), ("latency: 1s", "latency: 6s"))

TIME = (
    Case("just in time", (rto(WORST),), verdicts={"rto": "assumed"}, values={"rto": float(WORST)}),
    Case("half a second late", (rto(WORST - Fraction(1, 2)),),
         (found("DR321", 1, added(48, 60, MOVED, *_SIGNED, 10, "0.5"), "for 97 % of clients", WORST,
                "`failures` from 3 to 2, which saves 16 s (0.5 s are needed)", "`share: 96.9%` is the largest share"),),
         verdicts={"rto": "missed"}),
    Case("half a second to spare", (rto(WORST + Fraction(1, 2)),)),
    Case("30 s x 3 in time", (rto(WORST + 60), check(30, 3)), values={"rto.detection": 108}),
    Case("30 s x 3, half a second late", (rto(WORST + 60 - Fraction(1, 2)), check(30, 3)),
         (found("DR321", 1, added(108, 60, MOVED, *_SIGNED, 10, "0.5"),
                "`interval` from 30s to 10s, which saves 60 s (0.5 s are needed)"),)),
    Case("30 s x 10 in 15 minutes", (check(30, 10),), values={"rto": float(360 + ELSE)}),
    Case("30 s x 10 in 12 minutes", (rto("12m"), check(30, 10)),
         (found("DR321", 1, 360 + ELSE, "`interval` from 30s to 10s, which saves 200 s",
                f"({n(360 + ELSE - 720)} s are needed)"),)),
    Case("30 s x 10 in 10 minutes", (rto("10m"), check(30, 10)),
         (found("DR321", 1, 360 + ELSE,
                "`interval` from 30s to 10s and `failures` from 10 to 4, which saves 296 s"),)),
    Case("30 s x 10 in 5 minutes", (rto("5m"), check(30, 10)),
         (found("DR321", 1, added(360, 60, MOVED, *_SIGNED, 10, "0.5"), 300,
                f"the fastest still needs {n(16 + ELSE)} s in total", f"at least {int(360 + ELSE)}s"),)),
    Case("10 s x 10 in 10 minutes", (rto("10m"), check(10, 10)),
         (found("DR321", 1, 160 + ELSE, "`failures` from 10 to 4, which saves 96 s"),)),
    Case("one failure in time", (rto(16 + ELSE), check(10, 1)), values={"rto.detection": 16}),
    Case("one failure, a second late", (rto(15 + ELSE), check(10, 1)),
         (found("DR321", 1, 16 + ELSE, "no health check is fast enough"),)),
    Case("three minutes", (rto("3m"),),
         (found("DR321", 1, WORST, 180, "no health check is fast enough", "is the largest share"),)),
    Case("a day", (rto("1d"),), verdicts={"rto": "assumed"}),
    Case("five seconds to start, in time", (rto(WORST + Fraction(9, 2)), *_SLOW_START),
         values={"rto": float(WORST + Fraction(9, 2))}),
    Case("five seconds to start, late", (rto(WORST + 4), *_SLOW_START), (found("DR321", 1, WORST + Fraction(9, 2)),)),
    Case("a small function that starts slowly decides",
         (rto("9m"), function("report", "1ms", "cold_start: 60s", "share: 0.01")),
         (found("DR321", 1, added(48, 60, MOVED, *_SIGNED, 0, 60)),)),
    Case("a thousand environments are there at once", (duration("83ms"), ("throughput: 10000/s", "throughput: 8000/s")),
         values={"rto.ramp": 0}),
    Case("two thousand environments take one step", (duration("166ms"),), values={"rto.ramp": 10}),
    Case("one more takes two", (duration("167ms"),), values={"rto.ramp": 20}),
    Case("sixty thousand environments",
         (rto("15m"), duration("5s"), ("latency: 1s", "latency: 10s"),
          quotas("lambda_concurrency: 70000", "api_requests: 20000/s", "log_requests: 60000/s")),
         (found("DR321", 1, WORST + 580,
                "shorten the runs of the function that takes 590 s to scale up"),)),
)  # fmt: skip

SHARE = (
    Case("95 % move sooner", (rto("15m", "95%"),), values={"rto.dns": 192.8}),
    Case("half of them within the lifetime", (rto("15m", "50%"),), values={"rto.dns": 33.4}),
    Case("97.8 % still do in 15 minutes", (rto("15m", "97.8%"),)),
    Case("97.9 % do not", (rto("15m", "97.9%"),),
         (found("DR321", 1, "for 97.9 % of clients", "`share: 97.8%` is the largest share that can be kept within 15m",
                "raise `rto` to at least"),)),
    Case("98 % take what was measured", (rto("20m", "98%"),), values={"rto.dns": 901.3}),
    Case("99.999 % never do", (rto("1d", "99.999%"),),
         (found("DR321", 1, "never ask for a new address", "no `rto` is long enough"),)),
    Case("everybody is no share", (("rto: 15m", "rto: {within: 15m, share: ⟨1⟩100%}"),),
         (found("DR205", 1, "some clients always keep an old address"),)),
    Case("nobody is no share", (("rto: 15m", "rto: {within: 15m, share: ⟨1⟩0%}"),),
         (found("DR205", 1, "more than 0%"),)),
    Case("a share without its unit", (("rto: 15m", "rto: {within: 15m, share: ⟨1⟩97}"),),
         (found("DR204", 1, "no unit"),)),
    Case("a share without a time", (("rto: 15m", "⟨1⟩rto: {share: 97%}"),), (found("DR202", 1, "within"),)),
    Case("all clients follow the record", (clients("{who: partners, share: 100%, resolver: follows-ttl}"),),
         values={"rto.dns": 58.2}),
    Case("and keep connections for five minutes",
         (clients("{who: partners, share: 100%, resolver: follows-ttl, connection: 5m}"),), values={"rto.dns": 358.2}),
    Case("half of them follow it", (clients("{who: partners, share: 50%, resolver: follows-ttl}"),),
         values={"rto.dns": 141.8}),
    Case("two in a hundred never move",
         (rto("15m"), clients("⟨3⟩{who: old-java, share: 2%, resolver: never}"),),
         (found("DR321", 1, "`share: 95.8%`"), found("DR333", 3, "`old-java`, 2 % of the clients,", "never move",
                                                     "client-old-java-stays"))),
    Case("one in a hundred, known and accepted",
         (rto("30m"), clients("{who: old-java, share: 1%, resolver: never}"),
          (ACCEPT, ACCEPT + "  - finding: client-old-java-stays\n    reason: They are started again at night.\n")),
         values={"rto.dns": 886.2}),
    Case("ten in a hundred never move", (rto("15m"), clients("⟨3⟩{who: old-java, share: 10%, resolver: never}"),),
         (found("DR321", 1, "never ask for a new address", "`share: 88"), found("DR333", 3, "10 %"))),
    Case("connections that are kept for an hour",
         (rto("15m"), clients("⟨3⟩{who: batch, share: 1%, connection: 1h}"),),
         (found("DR321", 1, "`share: 96.8%`"), found("DR333", 3, "`batch`", 900, "for up to 1h"))),
    Case("more clients than there are",
         (("alerts:\n", "clients:\n  ⟨2⟩- {who: a, share: 60%}\n  - {who: b, share: 41%}\nalerts:\n"),),
         (found("DR332", 2, "101 %"),)),
    Case("two classes of one name", (clients("{who: a, share: 10%}", "{who: ⟨3⟩a, share: 1%}"),),
         (found("DR209", 3, "`a` occurs twice"),)),
)  # fmt: skip


def rpo(written: str) -> tuple[str, str]:
    return "rpo: 5m", f"rpo: ⟨1⟩{written}"


_DUAL = bucket("⟨2⟩name: documents", "objects: 0.01", "object_size: 100KB", "write: dual-write")
_DUAL_ACCEPT = (BUCKET, _DUAL[1] + "    on_peer_failure: accept\n")
_ONE = bucket("⟨2⟩name: documents", "objects: 0.01", "object_size: 100KB")
_THIRD = third("us-east-2")
_ZERO = (rpo("0s"), FOR_EVER, _DUAL, NO_ACCEPT)
"""Nothing may be lost, and documents are written to both regions."""


def _items(*lines: str) -> tuple[str, str]:
    """Further members of the table."""
    return "reads: 1\n", "reads: 1\n" + "".join(f"    {line}\n" for line in lines)


_SLOWER = ("latency: 1s", "latency: 2s")
_TABLE = ("  - name: transactions\n    key", "  - ⟨3⟩name: transactions\n    key")
_NO_BUCKET = ("buckets:\n" + BUCKET, "")

_TABLE_NOTE = found("DR325", 1, "for table transactions, alarms ring")

POINT = (
    Case("nobody accepted that documents are watched", (NO_ACCEPT, _ONE, rpo("5m")),
         (found("DR325", 1, 300, "for table transactions and bucket documents, alarms ring before 300 s are lost"),),
         verdicts={"rpo.documents": "watched, not promised", "rpo.transactions": "watched, not promised"},
         values={"rpo.transactions": 164 * 60, "rpo.documents": 900}),
    Case("within a quarter of an hour S3 owes a credit", (NO_ACCEPT, rpo("15m")), (_TABLE_NOTE,),
         verdicts={"rpo.documents": "credit"}),
    Case("within 900 s too", (NO_ACCEPT, rpo("900s")), (_TABLE_NOTE,), verdicts={"rpo.documents": "credit"}),
    Case("not within 899 s", (NO_ACCEPT, _ONE, rpo("899s")), (found("DR325", 1, 899, "bucket documents"),)),
    Case("225 s are the least within which both alarms ring", (NO_ACCEPT, rpo("225s")), (found("DR325", 1, 225),)),
    Case("224 s are too short for three periods of the table's alarm", (NO_ACCEPT, _TABLE, rpo("224s")),
         (found("DR325", 1, "for bucket documents", 224),
          found("DR331", 3, "no alarm rings before 224 s are lost", "rpo-transactions-watched", "rpo: 0s"))),
    Case("a minute is too short for both", (NO_ACCEPT, _TABLE, _ONE, rpo("60s")),
         (found("DR331", 3, "rpo-transactions-watched"), found("DR331", 2, "rpo-documents-watched", "dual-write"))),
    Case("14 minutes, accepted", (rpo("14m"),), verdicts={"rpo.documents": "watched, not promised"}),
    Case("a quarter of an hour, but more than S3 promises anything for",
         (rpo("15m"), bucket("⟨2⟩name: documents", "objects: 0.01", "object_size: ⟨3⟩1221KB"), NO_ACCEPT),
         (found("DR313", 3, 1_000_243_200), found("DR325", 1, 900, "bucket documents")),
         verdicts={"rpo.documents": "watched, not promised"}),
    Case("written to both regions", (NO_ACCEPT, _DUAL, rpo("5m")), (_TABLE_NOTE,),
         verdicts={"rpo.documents": "by construction"}, values={"latency": 900}),
    Case("written to both, and accepted from one", (NO_ACCEPT, _DUAL_ACCEPT, rpo("5m")),
         (found("DR325", 1, 300, "and bucket documents"),),
         verdicts={"rpo.documents": "watched, not promised"}),
    Case("five seconds", (rpo("5s"), _TABLE, _NO_BUCKET, NO_ACCEPT), (found("DR331", 3, 5),),
         verdicts={"rpo.transactions": "watched, not promised"}),
    Case("less than five seconds", (rpo("4999ms"), _TABLE, _NO_BUCKET, NO_ACCEPT),
         (found("DR323", 3, 5, Fraction(4999, 1000)),),
         verdicts={"rpo.transactions": "missed"}),
    Case("one second", (rpo("1s"), _TABLE, _NO_BUCKET, NO_ACCEPT),
         (found("DR323", 3, "up to 5 s", "1 s are allowed", "rpo: 0s"),)),
    Case("a day may be lost", (NO_ACCEPT, rpo("1d")), (_TABLE_NOTE,),
         verdicts={"rpo.documents": "credit", "rpo.transactions": "watched, not promised"}),
    Case("nothing lost, two regions", (rpo("0s"), _ONE, NO_ACCEPT),
         (found("DR324", 1, "exactly 3 regions, not 2"), found("DR323", 2, "up to 900 s", "0 s are allowed")),
         verdicts={"rpo.transactions": "missed", "rpo.documents": "missed"}),
    Case("nothing lost, two regions, both written", (*_ZERO, _SLOWER),
         (found("DR324", 1, "exactly 3 regions, not 2"),)),
    Case("nothing lost, three of one set", (*_ZERO, _THIRD, _SLOWER),
         verdicts={"rpo.transactions": "by construction", "rpo.documents": "by construction"},
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
    Case("nothing lost, items that are kept for a time", (*_ZERO, _THIRD, _SLOWER, _items("retention: 90d")),
         (found("DR324", 1, "no expiry time on `transactions`"),)),
    Case("nothing lost, items in transactions", (*_ZERO, _THIRD, _SLOWER, _items("transactions: true")),
         (found("DR324", 1, "no transactions on items of `transactions`"),)),
    Case("nothing lost, everything in the way",
         (rpo("0s"), _ONE, NO_ACCEPT, _items("ttl: expires", "transactions: true")),
         (found("DR324", 1, "exactly 3 regions, not 2", "no expiry time", "no transactions"), found("DR323", 2, 900))),
    Case("nothing lost, a bucket that is replicated", (rpo("0s"), FOR_EVER, _ONE, NO_ACCEPT, _THIRD),
         (found("DR323", 2, 900, "on_peer_failure: refuse"),), verdicts={"rpo.documents": "missed"}),
    Case("nothing lost, a bucket that may be late", (rpo("0s"), FOR_EVER, _DUAL_ACCEPT, NO_ACCEPT, _THIRD, _SLOWER),
         (found("DR323", 2, 900),), verdicts={"rpo.documents": "missed"}),
    Case("nothing lost, no bucket", (rpo("0s"), FOR_EVER, _NO_BUCKET, NO_ACCEPT, _THIRD),
         verdicts={"rpo.transactions": "by construction"}, values={"latency": 580 + 140}),
    Case("nothing lost in Europe",
         (rpo("0s"), FOR_EVER, _NO_BUCKET, NO_ACCEPT, instead(EAST, "eu-west-1"),
          (WEST, instead(WEST, "eu-central-1")[1] + third("eu-west-3")[1][len(WEST):]))),
)  # fmt: skip


def latency(written: str) -> tuple[str, str]:
    return "latency: 1s", f"latency: ⟨1⟩{written}"


LATENCY = (
    Case("590 ms", (latency("590ms"),), verdicts={"latency": "assumed"}),
    Case("589 ms", (latency("589ms"),),
         (found("DR322", 1, "30 + 40 + 500 + 20 = 590 ms", 589, "raise `latency` to 590ms"),),
         verdicts={"latency": "missed"}),
    Case("a tenth of a second", (latency("100ms"),), (found("DR322", 1, 590, 100),)),
    Case("a slow start", (("latency: 1s", "latency: ⟨1⟩1s"), ("cold_start: 500ms", "cold_start: 950ms")),
         (found("DR322", 1, 30 + 40 + 950 + 20, "1040ms"),)),
    Case("a slow start that just fits", (("cold_start: 500ms", "cold_start: 910ms"),), values={"latency": 1000}),
    Case("no bucket, one key less", (latency("580ms"), _NO_BUCKET)),
    Case("no bucket, 579 ms", (latency("579ms"), _NO_BUCKET), (found("DR322", 1, 580),)),
    Case("written to both regions in 900 ms", (latency("900ms"), _DUAL),
         values={"latency": 590 + 100 + 3 * 70}),
    Case("written to both regions in 899 ms", (latency("899ms"), _DUAL), (found("DR322", 1, 900),)),
    Case("the slower of two functions decides",
         (latency("1s"), function("report", "600ms", "share: 0.1"), routed("report")),
         (found("DR322", 1, 30 + 600 + 500 + 20, "functions[1]"),)),
    Case("a function nobody waits for does not", (function("report", "600ms", "share: 0.1"),), values={"latency": 590}),
    Case("the one that writes to both regions decides, though it is shorter",
         (latency("899ms"), _DUAL, function("report", "60ms", "share: 0.1", "buckets: []"),
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

CASES = (*TIME, *SHARE, *POINT, *LATENCY, *SHAPE)
