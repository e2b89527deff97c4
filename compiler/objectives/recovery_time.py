"""The recovery time: from the loss of the primary region to answers from the secondary, term by term.

It is for a share of clients, since some keep an old address for as long as they like.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import ceil

from compiler.aws.facts import lambda_, route53
from compiler.aws.facts.model import figure
from compiler.diagnostics.model import Route
from compiler.objectives import clients
from compiler.objectives.detection import NO_CONNECTION, detection
from compiler.objectives.model import ClientClass, Objective, Outcome, Term, kept
from compiler.spec.compute import ApiKind, Auth
from compiler.spec.objectives import Client, Resolver
from compiler.topology.model import Topology

_UNIT = "s"
_CHECK: Route = ("dns", "health_check")
_HALF = Fraction(1, 2)
_GREY = (
    "Grey failures have no term: nothing moves by itself while more than 18 % of the checkers get an answer within "
    "2 s, as from a region that is only slow, or that has lost what the health path does not touch."
)


def recovery_time(topology: Topology) -> Objective:
    """The RTO budget, with the outcome of its worst case for the share of clients that the spec names."""
    asked = topology.spec.objectives.rto
    share = asked.share.percent / 100
    groups = clients.classes(topology.spec.clients)
    terms = (*until_published(topology), until_moved(share, groups), *_sign(topology), *_ramp(topology))
    why = (
        "AWS promises the answers of its DNS servers; it does not promise when they change or when clients ask anew, "
        "and only a drill shows the whole"
    )
    route: Route = ("objectives", "rto")
    title, within = "Recovery time", asked.within.seconds
    return Objective("rto", title, within, _UNIT, terms, kept(terms, within), why, route, share=share, outside=(_GREY,))


def client_classes(topology: Topology) -> Iterator[ClientClass]:
    """The recovery time of each class of clients, for the same share of it."""
    asked = topology.spec.objectives.rto
    for position, client in enumerate(topology.spec.clients):
        part, route = client.share.percent / 100, ("clients", position)
        share = Fraction(1) if client.resolver is Resolver.FOLLOWS else asked.share.percent / 100
        group = clients.of_class(client)
        if clients.time_until(share, (group,)) is None:
            why = "they keep the old address until they are started again"
            yield ClientClass(client.who, part, share, (), Outcome.MISSED, why, route)
            continue
        terms = (*until_published(topology), until_moved(share, (group,)), *_sign(topology), *_ramp(topology))
        outcome = kept(terms, asked.within.seconds)
        yield ClientClass(client.who, part, share, terms, outcome, _behaviour(client), route)


def _behaviour(client: Client) -> str:
    says = {
        Resolver.FOLLOWS: "their resolver keeps to the lifetime of the record",
        Resolver.EXTENDS: "they resolve names as users at large do",
        Resolver.NEVER: "they resolve a name once",
    }[client.resolver]
    return says + (f"; they keep a connection for up to {client.connection}" if client.connection else "")


def until_published(topology: Topology) -> Iterator[Term]:
    """Until Route 53 answers with the new address."""
    check = topology.spec.dns.health_check
    interval = check.interval.seconds
    noticed = detection(interval, check.failures)
    yield Term(
        "rto.detection",
        f"Route 53 detects the failure: {check.failures} failed checks in a row, 99 of 100 times within "
        f"{figure(noticed.high)} s",
        f"{check.failures} x ({interval} s + {route53.CONNECT_SECONDS.value} s + {route53.ANSWER_SECONDS.value} s)",
        detection(interval, check.failures, NO_CONNECTION).typical,
        noticed.worst,
        _UNIT,
        (route53.CONNECT_SECONDS, route53.ANSWER_SECONDS, route53.INTERVALS_SECONDS, route53.HEALTHY_PERCENT),
        ((*_CHECK, "interval"), (*_CHECK, "failures")),
        (route53.CHECKERS,),
    )
    status = Fraction(route53.STATUS_SECONDS.value)
    yield Term("rto.status", "the new state reaches the name servers of Route 53", f"{status} s", status, status, _UNIT,
               (route53.STATUS_SECONDS,))  # fmt: skip


def until_moved(share: Fraction, groups: tuple[clients.Class, ...]) -> Term:
    """Until this share of the clients has moved; typically until half of them have."""
    percent = f"{figure(100 * share)} %"
    until = clients.time_until(share, groups)
    usual = clients.time_until(min(share, _HALF), groups)
    if until is None:
        formula = f"never: {figure(100 * clients.largest_share(clients.NEVER, groups))} % of them at most"
    elif len(groups) == 1 and groups[0].resolver is Resolver.FOLLOWS:
        formula = f"{percent} of {clients.LIFETIME} s" + _kept_open(groups[0])
    elif len(groups) == 1 and 1 - share < Fraction(1, 10):
        power = f"{clients.LIFETIME} s x (10 % / {figure(100 - 100 * share)} %)^(1 / {figure(clients.EXPONENT)})"
        formula = power + _kept_open(groups[0])
    else:
        formula = f"the least time after which {percent} of all classes together have moved"
    worst = clients.NEVER if until is None else until
    return Term(
        "rto.dns", f"{percent} of clients stop using the old address; typically half of them", formula,
        min(usual or worst, worst), worst, _UNIT, clients.STALE, (("objectives", "rto"),),
    )  # fmt: skip


def _kept_open(group: clients.Class) -> str:
    return f" + {figure(group.connection)} s" if group.connection else ""


def _sign(topology: Topology) -> Iterator[Term]:
    """Clients that sign their requests for a region are refused once, ask which region answers, and sign anew.

    A REST API takes a signature that is valid in both regions, so nobody signs again.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html (read 2026-11-26)
    """
    api = topology.spec.api
    signed = tuple(n for n, route in enumerate(api.routes) if route.auth is Auth.IAM and api.kind is ApiKind.HTTP)
    if signed:
        seconds = Fraction(route53.REGION_RECORD_SECONDS.value)
        yield Term(
            "rto.sign", "signed requests get 403; clients resolve the record that names the region, and sign again",
            f"{seconds} s", seconds, seconds, _UNIT,
            (route53.REGION_RECORD_SECONDS,), (("api", "routes", signed[0], "auth"),),
        )  # fmt: skip


def _ramp(topology: Topology) -> Iterator[Term]:
    """Functions start environments side by side, a first number at once; tables and APIs are warm already."""
    step, seconds = lambda_.RAMP_CONCURRENCY.value, lambda_.RAMP_SECONDS.value
    ramps = [
        (position, function, ceil(topology.capacity.functions[function.name].reserved / step) - 1)
        for position, function in topology.functions()
    ]
    position, slowest, steps = max(ramps, key=lambda ramp: (ramp[2] * seconds + ramp[1].cold_start.seconds, -ramp[0]))
    most = topology.capacity.functions[slowest.name].reserved
    refilled = Fraction(max(0, most - step) * seconds, step)
    yield Term(
        "rto.ramp",
        f"{slowest.name} grows to {most:,} environments: {step:,} at once, then {step:,} every {seconds} s",
        f"{steps} x {seconds} s",
        refilled,
        Fraction(steps * seconds),
        _UNIT,
        (lambda_.RAMP_CONCURRENCY, lambda_.RAMP_SECONDS),
        (("functions", position, "duration"),),
    )
    cold = slowest.cold_start.seconds
    yield Term("rto.cold", f"the last environment of {slowest.name} starts", str(slowest.cold_start), cold, cold, _UNIT,
               (), (("functions", position, "cold_start"),))  # fmt: skip
