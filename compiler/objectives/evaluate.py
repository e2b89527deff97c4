"""Evaluates the objectives: what the spec asks for and cannot have.

Reports DR311 to DR313, DR321 to DR325, DR331 to DR333.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from compiler.aws.facts.model import QuotaCode, figure
from compiler.diagnostics.codes import Code
from compiler.findings.finding import Finding
from compiler.objectives.clients import NEVER
from compiler.objectives.model import ClientClass, Computation, Demand, Objective, Outcome
from compiler.objectives.remedies import remedy
from compiler.spec.units import Duration
from compiler.topology.model import Topology


def evaluate(topology: Topology, computation: Computation) -> Iterator[Finding]:
    """What cannot be kept, each at the line that asks for it, with the arithmetic."""
    for group in _short(computation.demands):
        yield _too_little(group)
    yield from _clients(topology, computation.clients)
    if computation.recovery_time.outcome is Outcome.MISSED:
        yield _rto(topology, computation.recovery_time)
    if computation.latency.outcome is Outcome.MISSED:
        yield _latency(topology, computation.latency)
    yield from _rpo(computation)


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
    if demand.voids:
        id_ = f"{demand.id}-void"
        return Finding(Code.DR313, message, demand.route, "above this, AWS promises nothing", demand.remedy, id=id_)
    if demand.quota is None:
        return Finding(Code.DR312, message, demand.route, help=demand.remedy)
    label = "granted" if demand.granted else "needed here; `quotas` does not say that AWS has granted more"
    return Finding(Code.DR311, message, demand.route, label, _raise(demand, regions), id=f"quota-{demand.id}")


def _raise(demand: Demand, regions: list[str]) -> str:
    """How the quota is asked for, and how the spec says that it was granted."""
    code = demand.quota.value if demand.quota else None
    written = demand.field.format(demand.wanted)
    if not isinstance(code, QuotaCode):
        return f"request {demand.wanted:,} and write `{written}` under `quotas`"
    more = f"; {demand.remedy}" if demand.remedy else ""
    return f"{requested(code, demand.wanted, regions)}{more}; when AWS has granted it, write `{written}` under `quotas`"


def requested(code: QuotaCode, wanted: int, regions: Sequence[str]) -> str:
    """How a quota is asked for in some regions."""
    again = "".join(f", and again with `--region {region}`" for region in regions[1:])
    return (
        f"request the quota `{code.name}` ({code}) with `aws service-quotas request-service-quota-increase "
        f"--service-code {code.service} --quota-code {code.code} --desired-value {wanted} --region {regions[0]}`{again}"
    )


def _sum(objective: Objective) -> str:
    parts = " + ".join(figure(term.worst) for term in objective.terms)
    return f"{parts} = {figure(objective.worst)} {objective.unit}"


def _rto(topology: Topology, objective: Objective) -> Finding:
    share = f"{figure(100 * (objective.share or 0))} % of clients"
    if any(term.worst >= NEVER for term in objective.terms):
        message = f"{share} are to be served again, but more of them than that leaves never ask for a new address"
    else:
        message = (
            f"recovery takes up to {figure(objective.worst)} s for {share}, but the objective is "
            f"{figure(objective.asked)} s: {_sum(objective)}"
        )
    related = tuple(
        (term.routes[0], f"{term.says}: {term.formula} = {figure(term.worst)} s")
        for term in objective.terms
        if term.routes and term.routes[0] != objective.route
    )
    fixed = ", ".join(f"{term.says} {figure(term.worst)} s" for term in objective.terms if not term.routes)
    help_text = f"{remedy(topology, objective)}. You cannot change: {fixed}"
    return Finding(Code.DR321, message, objective.route, "required here", help_text, related)


def _latency(topology: Topology, objective: Objective) -> Finding:
    position = next(int(route[1]) for term in objective.terms for route in term.routes if route[0] == "functions")
    message = (
        f"a transaction takes up to {figure(objective.worst)} ms, but the objective is "
        f"{figure(objective.asked)} ms: {_sum(objective)}"
    )
    related = tuple(
        (term.routes[0], f"{term.says}: {figure(term.worst)} ms") for term in objective.terms if term.routes
    )
    least = Duration(objective.worst / 1000)
    help_text = (
        f"shorten `functions[{position}]` ({topology.spec.functions[position].name}), or raise `latency` to {least}"
    )
    return Finding(Code.DR322, message, objective.route, "required here", help_text, related)


def _rpo(computation: Computation) -> Iterator[Finding]:
    asked = ("objectives", "rpo")
    missing = tuple(dict.fromkeys(lack for objective in computation.recovery_points for lack in objective.lacks))
    if missing:
        wanted = "; ".join(says for _, says in missing)
        related = tuple((route, f"needs {says}") for route, says in missing)
        message = f"a recovery point of 0 s needs strong consistency between regions, which needs {wanted}"
        yield Finding(Code.DR324, message, asked, "required here", "meet these conditions, or raise `rpo`", related)
    for objective in computation.recovery_points:
        name = objective.id.removeprefix("rpo.")
        related = ((asked, "required here"),)
        if objective.outcome is Outcome.MISSED and not objective.lacks:
            message = (
                f"{objective.title}: up to {figure(objective.worst)} s may be lost, but only "
                f"{figure(objective.asked)} s are allowed; {objective.why}"
            )
            yield Finding(Code.DR323, message, objective.route, help=objective.remedy, related=related)
        elif objective.outcome is Outcome.WATCHED and objective.binding and not objective.alarm_within:
            message = (
                f"{objective.title}: no alarm rings before {figure(objective.asked)} s are lost, and AWS does not "
                f"promise them; {objective.why}"
            )
            help_text = (
                f"{objective.remedy}; or accept the finding under `accept:` with `finding: rpo-{name}-watched` "
                "and a reason"
            )
            yield Finding(Code.DR331, message, objective.route, help=help_text, related=related,
                          id=f"rpo-{name}-watched")  # fmt: skip
    yield from _watched(computation)


def _watched(computation: Computation) -> Iterator[Finding]:
    """One note for everything that is watched in time."""
    watched = [
        objective
        for objective in computation.recovery_points
        if objective.outcome is Outcome.WATCHED and objective.binding and objective.alarm_within
    ]
    if watched:
        names = " and ".join(objective.title.removeprefix("Recovery point of ") for objective in watched)
        seconds = figure(watched[0].asked)
        message = f"for {names}, alarms ring before {seconds} s are lost, but AWS does not promise them"
        related = tuple((objective.route, objective.why) for objective in watched)
        yield Finding(Code.DR325, message, ("objectives", "rpo"), related=related, id="rpo-watched")


def _clients(topology: Topology, classes: tuple[ClientClass, ...]) -> Iterator[Finding]:
    """Shares that are more than everybody, and classes that stay behind."""
    together = sum((each.part for each in classes), Fraction(0))
    if together > 1:
        message = f"the classes of clients are {figure(100 * together)} % of all clients together"
        yield Finding(Code.DR332, message, ("clients",))
    rto = topology.spec.objectives.rto
    for each in classes:
        if each.outcome is not Outcome.MISSED:
            continue
        part = f"`{each.who}`, {figure(100 * each.part)} % of the clients,"
        if each.worst is None:
            message = f"{part} never move to the other region: {each.why}"
        else:
            message = (
                f"{part} need up to {figure(each.worst)} s, but the objective is {figure(rto.within.seconds)} s; "
                f"{each.why}"
            )
        help_text = (
            "let them resolve the name anew (for Java `networkaddress.cache.ttl`) and limit the age of connections; or "
            f"accept the finding under `accept:` with `finding: client-{each.who}-stays` and a reason"
        )
        related = ((("objectives", "rto"), "required here"),)
        yield Finding(Code.DR333, message, each.route, help=help_text, related=related, id=f"client-{each.who}-stays")
