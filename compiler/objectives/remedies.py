"""What would keep a recovery time that is missed: a faster health check, a smaller share of clients, or more time."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import ceil

from compiler.aws.facts import route53
from compiler.aws.facts.model import figure
from compiler.objectives import clients
from compiler.objectives.detection import detection
from compiler.objectives.model import Objective
from compiler.spec.units import Duration, Percent
from compiler.topology.model import Topology


def remedy(topology: Topology, objective: Objective) -> str:
    """The smallest change of the health check that is enough, where there is one; then share and time."""
    return "; ".join((*_check(topology, objective), _share_or_time(topology, objective)))


def _check(topology: Topology, objective: Objective) -> Iterator[str]:
    """The interval first, which costs no certainty, then the number of failures."""
    check = topology.spec.dns.health_check
    over = objective.worst - objective.asked
    now = detection(check.interval.seconds, check.failures).worst
    fastest = Fraction(min(route53.INTERVALS_SECONDS.value))
    changes: list[str] = []
    if check.interval.seconds > fastest:
        changes.append(f"`interval` from {check.interval} to {Duration(fastest)}")
        saved = now - detection(fastest, check.failures).worst
        if saved >= over:
            yield f"change {changes[0]}, which saves {figure(saved)} s ({figure(over)} s are needed)"
            return
    for failures in range(check.failures - 1, 0, -1):
        saved = now - detection(fastest, failures).worst
        if saved >= over:
            changes.append(f"`failures` from {check.failures} to {failures}")
            yield f"change {' and '.join(changes)}, which saves {figure(saved)} s ({figure(over)} s are needed)"
            return
    least = objective.worst - now + detection(fastest, 1).worst
    if least < clients.NEVER:
        yield f"no health check is fast enough: the fastest still needs {figure(least)} s in total"
    ramp = next(term for term in objective.terms if term.id == "rto.ramp")
    if ramp.worst and least - ramp.worst <= objective.asked:
        yield f"shorten the runs of the function that takes {figure(ramp.worst)} s to scale up"


def _share_or_time(topology: Topology, objective: Objective) -> str:
    dns = next(term for term in objective.terms if term.id == "rto.dns")
    share = clients.largest_share(
        objective.asked - (objective.worst - dns.worst), clients.classes(topology.spec.clients)
    )
    held = f"`share: {Percent(100 * share)}` is the largest share that can be kept within {Duration(objective.asked)}"
    if dns.worst >= clients.NEVER:
        return f"{held}; no `rto` is long enough" if share else "no share of clients can be kept"
    longer = f"raise `rto` to at least {ceil(objective.worst)}s"
    return f"{held}, or {longer}" if share else longer
