"""The parts of docs/objectives.md that are computed: tables, outcomes of changed specs, and what refusals look like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import cache
from typing import Any

from compiler import planning
from compiler.aws import facts
from compiler.aws.facts.model import Fact, figure
from compiler.diagnostics.model import RejectedError
from compiler.objectives import clients
from compiler.objectives import detection as detecting
from compiler.objectives.model import Computation, Objective, Term
from compiler.objectives.record import grade
from compiler.reporting.text import render
from tests.helpers import SHIPPED
from tests.helpers import compiled as compiled_file
from tests.objectives.bench import SHOWN, Change, changed, compiled, judge, shipped_text
from tests.objectives.cases import BUCKET, FOR_EVER, NO_ACCEPT, NO_QUOTAS, WEST, region, third

_DUAL: Change = (BUCKET, BUCKET + "    write: dual-write\n")

REFUSED: dict[str, tuple[Change, ...]] = {
    "A health check that is too slow for its objective": (
        ("{interval: 10s, failures: 3}", "{interval: 30s, failures: 10}"),
        ("rto: 15m", "rto: 5m"),
    ),
    "A throughput that the account's quotas do not carry": (NO_QUOTAS,),
}
"""Changed copies of the shipped spec that do not compile, by what is wrong with them."""

CHANGES: tuple[tuple[str, tuple[Change, ...]], ...] = (
    ("nothing", ()),
    ("`interval: 30s`", (("interval: 10s", "interval: 30s"),)),
    ("`interval: 30s, failures: 10`", (("interval: 10s, failures: 3", "interval: 30s, failures: 10"),)),
    ("`rto: 7m`", (("rto: 15m", "rto: 7m"),)),
    ("`rpo: 15m`", (("rpo: 5m", "rpo: 15m"),)),
    ("`rpo: 3m`", (("rpo: 5m", "rpo: 3m"),)),
    ("`rto: {within: 15m, share: 99%}`", (("rto: 15m", "rto: {within: 15m, share: 99%}"),)),
    ("the acceptance left out", (NO_ACCEPT,)),
    ("`write: dual-write`", (_DUAL,)),
    ("`write: dual-write`, `latency: 800ms`", (_DUAL, ("latency: 1s", "latency: 800ms"))),
    ("`rpo: 4s`", (("rpo: 5m", "rpo: 4s"),)),
    ("`rpo: 0s`", (("rpo: 5m", "rpo: 0s"), NO_ACCEPT)),
    (
        "`rpo: 0s`, no `retention` of the table, `write: dual-write`, `latency: 1100ms`, us-east-2 as third region",
        (("rpo: 5m", "rpo: 0s"), FOR_EVER, NO_ACCEPT, _DUAL, ("latency: 1s", "latency: 1100ms"), third("us-east-2")),
    ),
    ("`duration: 300ms`", (("duration: 40ms", "duration: 300ms"),)),
    ("`duration: 600ms`", (("duration: 40ms", "duration: 600ms"),)),
    ("`throughput: 20000/s`", (("throughput: 10000/s", "throughput: 20000/s"),)),
    ("`item_size: 5KB`", (("item_size: 1KB", "item_size: 5KB"),)),
    ("`objects: 1`", (("objects: 0.01", "objects: 1"),)),
    ("in us-west-2 only `lambda_concurrency: 1000`", (region(WEST, quotas="{lambda_concurrency: 1000}"),)),
)


def source(fact: Fact[Any]) -> str:
    link = f"[{fact.source.title}]({fact.source.url})"
    return link if fact.verified else f"none states it; nearest: {link}"


def value(fact: Fact[Any]) -> str:
    if isinstance(fact.value, tuple):
        return ", ".join(str(part) for part in fact.value)
    return figure(Fraction(str(fact.value)))


def quoted(id_: str) -> str:
    """A figure of AWS for a sentence."""
    return value(facts.get(id_))


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, right: int = 0) -> str:
    """A Markdown table; the first columns but one are figures, set to the right, where `right` says how many."""
    bars = ["---:" if 0 < column <= right else "---" for column in range(len(header))]
    lines = [header, bars, *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


@cache
def shipped() -> Computation:
    return planning.objectives(compiled_file(SHIPPED).topology)


def _seconds(objective: Objective, amount: Fraction) -> str:
    return f"{figure(amount)} {objective.unit}"


def verdicts() -> str:
    rows = [
        (o.title, _seconds(o, o.asked), _seconds(o, o.typical), _seconds(o, o.worst), str(o.outcome))
        for o in shipped().objectives
    ]
    return table(("objective", "allowed", "typical", "worst case", "verdict"), rows, right=3)


def terms(*names: str) -> str:
    """The terms of some objectives with the standing and the sources of each."""
    found = [o for o in shipped().objectives if o.id in names or o.id.split(".")[0] in names]
    rows = [row for objective in found for row in _rows(objective)]
    return table(("term", "typical", "at worst", "formula", "standing", "source"), rows, right=2)


def _rows(objective: Objective) -> Iterator[Sequence[str]]:
    for term in objective.terms:
        yield (
            term.says, _seconds(objective, term.typical), _seconds(objective, term.worst), term.formula,
            grade(term), _sources(term),
        )  # fmt: skip
    if len(objective.terms) > 1:
        sums = (objective.typical, objective.worst)
        yield ("**together**", *(f"**{_seconds(objective, amount)}**" for amount in sums), "", "", "")


def _sources(term: Term) -> str:
    links = dict.fromkeys(source(fact) for fact in (*term.facts, *term.usual))
    return ", ".join(links) or "the author's measurement"


def shares() -> dict[str, str]:
    """The worked example: what each share of clients takes, and the largest that the shipped objective can keep."""
    objective = shipped().recovery_time
    dns = next(term for term in objective.terms if term.id == "rto.dns")
    rest = objective.worst - dns.worst
    everybody = clients.classes(())
    rows = []
    for percent in (50, 90, 95, 97, 98, 99):
        until = clients.time_until(Fraction(percent, 100), everybody) or clients.NEVER
        kept = "yes" if rest + until <= objective.asked else "no"
        rows.append((f"{percent} %", f"{figure(until)} s", f"{figure(rest + until)} s", kept))
    header = ("share of clients", "until they have moved", "recovery time", "within 15 minutes")
    largest = clients.largest_share(objective.asked - rest, everybody)
    return {
        "shares": table(header, rows, right=2),
        "rest": figure(rest),
        "budget": figure(objective.asked - rest),
        "largest": figure(100 * largest),
    }


_CLASSES = (
    "clients:\n"
    "  - {who: branches, share: 60%, resolver: follows-ttl}\n"
    "  - {who: partners, share: 30%, resolver: extends, connection: 5m}\n"
    "  - {who: old-java, share: 1%, resolver: never}\n"
)


def classes() -> str:
    """The recovery time of each class of the example, and of all clients together."""
    told = judge(changed([("alerts:\n", f"{_CLASSES}alerts:\n")])).objectives
    rows = []
    for each in told["clients"]:
        share = f"{each['share']} % of {each['who']}"
        worst = "never" if each["worst"] is None else f"{figure(Fraction(str(each['worst'])))} s"
        rows.append((share, f"{each['part']} %", worst, each["verdict"], each["why"]))
    rto = next(o for o in told["objectives"] if o["id"] == "rto")
    worst = f"{figure(Fraction(str(rto['worst'])))} s"
    rows.append((f"{rto['share']} % of all clients together", "100 %", worst, rto["verdict"], ""))
    return table(("who", "part of all clients", "recovery time at worst", "verdict", "why"), rows, right=2)


def detections() -> str:
    """The closed form for each way in which a check can fail."""
    rows = []
    for words, seconds in (
        ("the connection is refused, or an error comes at once", detecting.REFUSED),
        ("no connection is made", detecting.NO_CONNECTION),
        ("no answer comes", detecting.NO_ANSWER),
    ):
        found = detecting.detection(Fraction(10), 3, seconds)
        rows.append((words, *(f"{figure(value)} s" for value in (seconds, found.typical, found.high, found.worst))))
    header = ("what the checker meets", "d", "half of the time", "99 of 100 times", "at worst")
    return table(header, rows, right=4)


def failback() -> str:
    """Both courses of a manual failback of the shipped spec."""
    rows = []
    spec = shipped_text()
    for course in judge(spec.replace("failback: automatic", "failback: manual")).objectives["failback"]:
        rows += [
            (term["says"], f"{term['typical']} s", f"{term['worst']} s", term["formula"], term["grade"])
            for term in course["terms"]
        ]
        rows.append((f"**{course['title']}**", f"**{course['typical']} s**", f"**{course['worst']} s**", "", ""))
    return table(("term", "typical", "at worst", "formula", "standing"), rows, right=2)


def provided() -> str:
    rows = [(p.says, figure(p.value), p.unit, p.formula) for p in shipped().provided]
    return table(("what", "provided", "unit", "formula"), rows, right=1)


def demands() -> str:
    region_ = shipped().demands[0].region
    rows = []
    for demand in shipped().demands:
        if demand.region == region_:
            allowed = f"{figure(demand.allowed)} ({'granted' if demand.granted else 'default'})"
            rows.append((demand.says, figure(demand.needed), allowed, demand.unit, demand.formula))
    return table(("what", "needed", "allowed", "unit", "formula"), rows, right=2)


def outcomes() -> str:
    """What each change of the shipped spec leads to."""
    rows = []
    for words, changes in CHANGES:
        judged = judge(changed(changes))
        told = {o["id"]: o for o in judged.objectives["objectives"]}
        refused = "; ".join(f"{d.rule.code}: {d.message}" for d in judged.left)
        sums = [f"{figure(Fraction(str(told[name]['worst'])))} {told[name]['unit']}" for name in ("rto", "latency")]
        rows.append(
            (words, sums[0], sums[1], told["rpo.transactions"]["verdict"], told["rpo.documents"]["verdict"],
             refused or "compiles")
        )  # fmt: skip
    header = ("what is changed", "recovery", "latency", "recovery point of the table", "of the documents", "outcome")
    return table(header, rows, right=2)


@cache
def refusal(name: str) -> str:
    """What dr-compile says of a spec in `REFUSED`, from a compile of it."""
    try:
        compiled(*REFUSED[name])
    except RejectedError as error:
        return render(error.diagnostics, {SHOWN: changed(REFUSED[name])}).rstrip("\n")
    raise AssertionError(f"{name}: it compiles")


def figures() -> str:
    """Every figure that the computation rests on."""
    rows = [
        (f"`{name}`", value(fact), fact.unit, str(fact.grade), f"{source(fact)}, read {fact.read}", fact.says)
        for name, fact in shipped().facts.items()
    ]
    return table(("figure", "value", "unit", "standing", "source", "says"), rows, right=1)
