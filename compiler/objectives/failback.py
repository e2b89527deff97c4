"""How long a manual failback takes: until the standby holds its clients, and until it lets them go again.

The latch is in the standby. It looks at the record that names the answering region, and a health check of Route 53
asks it. Reports nothing: no objective of a spec limits these times.
"""

from __future__ import annotations

from fractions import Fraction

from compiler.aws.facts import route53
from compiler.objectives import clients
from compiler.objectives.detection import REFUSED, detection
from compiler.objectives.model import Course, Term
from compiler.objectives.recovery_time import until_moved, until_published
from compiler.spec.compute import Failback
from compiler.topology.model import Topology

CHECK_SECONDS = min(route53.INTERVALS_SECONDS.value)
"""Between two requests of one checker to the latch, whatever `dns.health_check.interval` is.

Another interval makes a new health check. A new inverted check counts as unhealthy, and would move all clients.
"""
LOOK_SECONDS = 5
"""How often an environment of the latch looks at the record and at its table, at most."""
SEEN_LIFETIMES = 3
"""For so many lifetimes of the record it must have named the standby before the latch holds."""


def failback(topology: Topology) -> tuple[Course, ...]:
    """Both courses, in seconds; none where the failback is automatic."""
    if topology.spec.dns.failback is not Failback.MANUAL:
        return ()
    lifetime = route53.REGION_RECORD_SECONDS.value
    long = Fraction(SEEN_LIFETIMES * lifetime)
    record = Term(
        "failback.record", "the record names the standby, and has done so for long enough",
        f"{lifetime} s + {SEEN_LIFETIMES} x {lifetime} s", long, lifetime + long, "s",
        (route53.REGION_RECORD_SECONDS,), (("dns", "failback"),),
    )  # fmt: skip
    spec = topology.spec
    moved = until_moved(spec.objectives.rto.share.percent / 100, clients.classes(spec.clients))
    return (
        Course("failback.held", "From the loss of the primary region until the standby holds its clients",
               (*until_published(topology), record, *_noticed(topology))),
        Course("failback.released", "From the release of an operator until clients are back in the primary region",
               (*_noticed(topology), moved)),
    )  # fmt: skip


def _noticed(topology: Topology) -> tuple[Term, Term]:
    """Until Route 53 has noticed the answer of the latch, and its name servers know of it."""
    check = topology.spec.dns.health_check
    connect, answer = route53.CONNECT_SECONDS, route53.ANSWER_SECONDS
    status = Fraction(route53.STATUS_SECONDS.value)
    return (
        Term(
            "failback.check", f"the latch looks, and Route 53 sees its answer: {check.failures} checks in a row",
            f"{LOOK_SECONDS} s + {check.failures} x ({CHECK_SECONDS} s + {connect.value} s + {answer.value} s)",
            Fraction(LOOK_SECONDS, 2) + detection(Fraction(CHECK_SECONDS), check.failures, REFUSED).typical,
            LOOK_SECONDS + detection(Fraction(CHECK_SECONDS), check.failures).worst, "s",
            (connect, answer, route53.INTERVALS_SECONDS), usual=(route53.CHECKERS,),
        ),
        Term(
            "failback.status", "the new state reaches the name servers of Route 53", f"{status} s", status, status,
            "s", (route53.STATUS_SECONDS,),
        ),
    )  # fmt: skip
