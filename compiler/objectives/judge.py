"""Puts the objectives together and says what the spec promises and cannot keep.

Reports DR311 to DR314, DR321 to DR324.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from compiler.codes import Code
from compiler.facts import s3
from compiler.facts.model import QuotaCode
from compiler.findings import Finding
from compiler.objectives.latency import latency, slowest
from compiler.objectives.model import Computation, Demand, Objective, Verdict
from compiler.objectives.recovery_point import missing_for_zero, recovery_points
from compiler.objectives.recovery_time import recovery_time, remedy
from compiler.objectives.throughput import demands
from compiler.topology import Topology


def compute(topology: Topology) -> Computation:
    """Everything the objectives of a spec come to."""
    return Computation(demands(topology), latency(topology), recovery_time(topology), recovery_points(topology))


def judge(topology: Topology, computation: Computation) -> Iterator[Finding]:
    """What cannot be kept, each at the line that asks for it, with the arithmetic."""
    for demand in computation.demands:
        if demand.short:
            yield _short(demand)
    if computation.recovery_time.verdict is Verdict.MISSED:
        yield _rto(topology, computation.recovery_time)
    if computation.latency.verdict is Verdict.MISSED:
        yield _latency(topology, computation.latency)
    yield from _rpo(topology, computation)


def figure(value: Fraction) -> str:
    """A figure for people: thousands apart, at most three places."""
    return f"{int(value):,}" if value.denominator == 1 else f"{float(value):,.3f}".rstrip("0").rstrip(".")


def _short(demand: Demand) -> Finding:
    where = "granted" if demand.granted else "AWS's default"
    message = (
        f"{demand.region} needs {figure(demand.needed)} {demand.unit} ({demand.formula}) for {demand.says}; "
        f"{where}: {figure(demand.allowed)}"
    )
    if demand.id.endswith(".replication"):
        bucket = demand.id.split(".")[1]
        help_text = f"above this rate the {s3.RTC_MINUTES.value} minutes are void: write fewer or smaller objects"
        return Finding(Code.DR313, message, demand.route, "void above this", help_text, id=f"replication-{bucket}-void")
    if demand.quota is None:
        return Finding(Code.DR312, message, demand.route, help=_spread(demand))
    code = demand.quota.value
    asked = -(-demand.needed.numerator // demand.needed.denominator)
    command = ""
    if isinstance(code, QuotaCode):
        command = (
            f"; ask for it with `aws service-quotas request-service-quota-increase --region {demand.region} "
            f"--service-code {code.service} --quota-code {code.code} --desired-value {asked}`"
        )
    label = "granted" if demand.granted else "asked for here; `quotas` does not say that more was granted"
    help_text = f"raise the quota {code} to {asked:,} in {demand.region} and write it under `quotas`{command}"
    return Finding(Code.DR311, message, demand.route, label, help_text, id=f"quota-{demand.id}-{demand.region}")


def _spread(demand: Demand) -> str:
    each = demand.allowed
    needed = -(-demand.needed.numerator * each.denominator // (demand.needed.denominator * each.numerator))
    return f"spread the keys over {needed} times as many prefixes, or write fewer objects per transaction"


def _sum(objective: Objective) -> str:
    parts = " + ".join(f"{figure(term.worst)}" for term in objective.terms)
    return f"{parts} = {figure(objective.worst)} {objective.unit}"


def _rto(topology: Topology, objective: Objective) -> Finding:
    message = (
        f"recovery takes up to {figure(objective.worst)} s, more than the {figure(objective.asked)} s "
        f"asked for: {_sum(objective)}"
    )
    related = tuple(
        (term.routes[0], f"{term.says}: {term.formula} = {figure(term.worst)} s")
        for term in objective.terms
        if term.routes
    )
    fixed = ", ".join(f"{term.says} {figure(term.worst)} s" for term in objective.terms if not term.routes)
    help_text = f"{remedy(topology, objective).says}. Not in your hands: {fixed}"
    return Finding(Code.DR321, message, objective.route, "asked for here", help_text, related)


def _latency(topology: Topology, objective: Objective) -> Finding:
    position, function = slowest(topology)
    message = (
        f"a transaction takes up to {figure(objective.worst)} ms, more than the {figure(objective.asked)} ms "
        f"asked for: {_sum(objective)}"
    )
    related = tuple(
        (term.routes[0], f"{term.says}: {figure(term.worst)} ms") for term in objective.terms if term.routes
    )
    help_text = f"shorten `functions[{position}]` ({function.name}), or raise `latency` to {figure(objective.worst)}ms"
    return Finding(Code.DR322, message, objective.route, "asked for here", help_text, related)


def _rpo(topology: Topology, computation: Computation) -> Iterator[Finding]:
    asked = ("objectives", "rpo")
    zero = topology.spec.objectives.rpo.amount == 0
    missing = tuple(missing_for_zero(topology)) if zero and topology.spec.tables else ()
    if missing:
        wanted = "; ".join(says for _, says in missing)
        related = tuple((route, f"needs {says}") for route, says in missing)
        message = f"a recovery point of 0 s needs strong consistency between regions, which needs {wanted}"
        yield Finding(Code.DR324, message, asked, "asked for here", "meet the conditions, or raise `rpo`", related)
    for objective in computation.recovery_points:
        name = objective.id.removeprefix("rpo.")
        related = ((asked, "asked for here"),)
        if objective.verdict is Verdict.MISSED and not (missing and objective.route[0] == "tables"):
            message = (
                f"{objective.title}: up to {figure(objective.worst)} s may be lost, {figure(objective.asked)} s "
                f"are allowed; {objective.why}"
            )
            help_text = _options(objective)
            yield Finding(Code.DR323, message, objective.route, help=help_text, related=related)
        elif objective.verdict is Verdict.WATCHED and objective.id != "rpo.logs":
            message = f"{objective.title}: {figure(objective.asked)} s are watched, not promised; {objective.why}"
            help_text = (
                f"{_options(objective)}; or accept it under `accept:` with `finding: rpo-{name}-watched` and a reason"
            )
            yield Finding(Code.DR325, message, objective.route, help=help_text, related=related,
                          id=f"rpo-{name}-watched")  # fmt: skip


def _options(objective: Objective) -> str:
    if objective.route[0] == "buckets":
        return (
            "write to both regions from the function (`write: dual-write`, `on_peer_failure: refuse`), or keep the "
            "record of truth in a table and make objects anew from it"
        )
    return "raise `rpo`, or ask for `rpo: 0s` with three regions of one set"
