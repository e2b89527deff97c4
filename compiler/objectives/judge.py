"""Puts the objectives together and says what the spec promises and cannot keep.

Reports DR311 to DR314, DR321 to DR324.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from compiler.aws.facts import s3
from compiler.aws.facts.model import QuotaCode
from compiler.diagnostics.rules import Code
from compiler.findings.finding import Finding
from compiler.objectives.latency import latency, slowest
from compiler.objectives.model import Computation, Demand, Objective, Verdict
from compiler.objectives.provided import provided
from compiler.objectives.recovery_point import missing_for_zero, recovery_points
from compiler.objectives.recovery_time import recovery_time, remedy
from compiler.objectives.throughput import demands
from compiler.spec.units import Duration
from compiler.support.numbers import figure
from compiler.topology.model import Topology


def compute(topology: Topology) -> Computation:
    """Everything the objectives of a spec come to."""
    return Computation(
        demands(topology), latency(topology), recovery_time(topology), recovery_points(topology), provided(topology)
    )


def judge(topology: Topology, computation: Computation) -> Iterator[Finding]:
    """What cannot be kept, each at the line that asks for it, with the arithmetic."""
    for group in _short(computation.demands):
        yield _too_little(group)
    if computation.recovery_time.verdict is Verdict.MISSED:
        yield _rto(topology, computation.recovery_time)
    if computation.latency.verdict is Verdict.MISSED:
        yield _latency(topology, computation.latency)
    yield from _rpo(topology, computation)


def _short(demands: tuple[Demand, ...]) -> Iterator[tuple[Demand, ...]]:
    """What is too little: one demand in one or several regions, less what a larger wish for a quota brings along."""
    wanted: dict[tuple[str, object], Demand] = {}
    for demand in demands:
        if demand.short:
            known = wanted.setdefault((demand.region, demand.quota or demand.id), demand)
            if demand.wanted > known.wanted:
                wanted[demand.region, demand.quota or demand.id] = demand
    groups: dict[object, list[Demand]] = {}
    for demand in wanted.values():
        alike = (demand.id, demand.route, demand.needed, demand.allowed, demand.granted)
        groups.setdefault(alike, []).append(demand)
    yield from (tuple(group) for group in groups.values())


def _too_little(group: tuple[Demand, ...]) -> Finding:
    demand = group[0]
    regions = [each.region for each in group]
    where = " and ".join(regions)
    needs = "needs" if len(group) == 1 else "each need"
    limit = "granted" if demand.granted else "AWS's default" if demand.quota else "AWS serves"
    message = (
        f"{where} {needs} {demand.formula} = {figure(demand.needed)} {demand.unit} ({demand.says}); "
        f"{limit}: {figure(demand.allowed)}"
    )
    if demand.id == "replication":
        help_text = (
            f"above this rate the {s3.RTC_MINUTES.value} minutes are void: write fewer or smaller objects, or accept "
            "it under `accept:` with `finding: replication-void` and a reason"
        )
        return Finding(Code.DR313, message, demand.route, "void above this", help_text, id="replication-void")
    if demand.quota is None:
        return Finding(Code.DR312, message, demand.route, help=_spread(demand))
    label = "granted" if demand.granted else "asked for here; `quotas` does not say that more was granted"
    return Finding(Code.DR311, message, demand.route, label, _raise(demand, regions), id=f"quota-{demand.id}")


def _raise(demand: Demand, regions: list[str]) -> str:
    """How the quota is asked for, and how the spec says that it was granted."""
    code = demand.quota.value if demand.quota else None
    written = demand.field.format(demand.wanted)
    if not isinstance(code, QuotaCode):
        return f"ask for {demand.wanted:,} and write `{written}` under `quotas`"
    again = "".join(f", and again with `--region {region}`" for region in regions[1:])
    if demand.id.startswith("table."):
        again += "; the account's separate quota of global tables must not be lower"
    return (
        f"ask for the quota `{code.name}` ({code}) with `aws service-quotas request-service-quota-increase "
        f"--service-code {code.service} --quota-code {code.code} --desired-value {demand.wanted} --region {regions[0]}`"
        f"{again}; once granted, write `{written}` under `quotas`"
    )


def _spread(demand: Demand) -> str:
    """The least number of prefixes; the allowance of a demand is that of as many as the spec has."""
    per_prefix = s3.WRITES_PER_PREFIX if demand.id.endswith(".writes") else s3.READS_PER_PREFIX
    prefixes = ceil(demand.needed / per_prefix.value)
    return f"spread the keys evenly and say so with `prefixes: {prefixes}`, or write fewer objects per transaction"


def _sum(objective: Objective) -> str:
    parts = " + ".join(figure(term.worst) for term in objective.terms)
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
    least = Duration(objective.worst / 1000)
    help_text = f"shorten `functions[{position}]` ({function.name}), or raise `latency` to {least}"
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
