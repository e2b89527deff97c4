"""The computation as the manifest carries it: terms, values, units, grades, sources, outcomes.

Each fact stands once, in `facts`; terms and demands name the facts they rest on by id.
"""

from __future__ import annotations

from typing import Any

from compiler.aws.facts import prices
from compiler.aws.facts.model import Fact, Grade, QuotaCode
from compiler.objectives.costs import LEFT_OUT, YEAR, Amounts, Bill, Cost, Growth
from compiler.objectives.model import (
    ClientClass,
    Computation,
    Course,
    Demand,
    Objective,
    Outcome,
    Provision,
    Term,
    number,
)


def record(computation: Computation) -> dict[str, Any]:
    """The JSON value of a computation."""
    return {
        "objectives": [_objective(objective) for objective in computation.objectives],
        "provided": [_provision(provision) for provision in computation.provided],
        "demands": [_demand(demand) for demand in computation.demands],
        **({"clients": [_client(each) for each in computation.clients]} if computation.clients else {}),
        **({"failback": [_course(each) for each in computation.failback]} if computation.failback else {}),
        "growth": [_growth(each) for each in computation.growth],
        "facts": {name: _fact(fact) for name, fact in computation.facts.items()},
    }


def explained(computation: Computation) -> dict[str, Any]:
    """The JSON value of `--explain objectives`: also what is left after a bad write, in seconds."""
    held = {fact.id: _fact(fact) for each in computation.remains for fact in each.facts}
    made = record(computation)
    remains = [
        {"id": each.id, "says": each.says, "step": number(each.step), "kept": number(each.kept),
         "latest": number(each.latest), "facts": [fact.id for fact in each.facts]}
        for each in computation.remains
    ]  # fmt: skip
    facts: dict[str, Any] = dict(sorted((made["facts"] | held).items()))
    return {**made, "remains": remains, "facts": facts}


def costs(bill: Bill, computation: Computation) -> dict[str, Any]:
    """The JSON value of `--explain costs`: dollars and quantities a month, data that is kept, and the prices."""
    return {
        "currency": "USD",
        "region": prices.REGION.value,
        "throughput": bill.throughput,
        "total": _amounts(bill.total),
        "lines": [_cost(cost, amounts) for cost, amounts in bill.lines],
        "growth": [_growth(each) for each in computation.growth],
        "left_out": list(LEFT_OUT),
        "facts": {name: {**_fact(fact), "value": str(fact.value)} for name, fact in bill.facts.items()},
    }


def _amounts(amounts: Amounts) -> dict[str, float]:
    return {"idle": number(amounts.idle), "month_1": number(amounts.load), "month_12": number(amounts.year)}


def _cost(cost: Cost, amounts: Amounts) -> dict[str, Any]:
    return {
        "id": cost.id,
        "service": cost.service,
        "region": cost.region,
        "says": cost.says,
        "formula": cost.formula,
        "unit": cost.price.unit,
        "units": _amounts(Amounts(cost.idle, cost.load, cost.year)),
        "dollars": _amounts(amounts),
        "price": cost.price.id,
    }


def _objective(objective: Objective) -> dict[str, Any]:
    return {
        "id": objective.id,
        "title": objective.title,
        "asked": number(objective.asked),
        **({"share": number(objective.share * 100)} if objective.share is not None else {}),
        "unit": objective.unit,
        "typical": number(objective.typical),
        "worst": number(objective.worst),
        "verdict": str(objective.outcome),
        "why": objective.why,
        **({"outside": list(objective.outside)} if objective.outside else {}),
        "terms": [_term(term) for term in objective.terms],
    }


def _term(term: Term) -> dict[str, Any]:
    return {
        "id": term.id,
        "says": term.says,
        "formula": term.formula,
        "typical": number(term.typical),
        "worst": number(term.worst),
        "unit": term.unit,
        "grade": grade(term),
        "facts": [fact.id for fact in (*term.facts, *term.usual)],
    }


def grade(term: Term) -> str:
    """How far a term may be relied on, in the words of the facts behind it."""
    return str(Grade.PROMISE if term.standing is Outcome.CREDIT else term.standing)


def _client(each: ClientClass) -> dict[str, Any]:
    """A class of clients; `worst` is null where it never moves."""
    return {
        "who": each.who,
        "part": number(each.part * 100),
        "share": number(each.share * 100),
        "worst": None if each.worst is None else number(each.worst),
        "verdict": str(each.outcome),
        "why": each.why,
        "terms": [_term(term) for term in each.terms],
    }


def _course(course: Course) -> dict[str, Any]:
    return {
        "id": course.id,
        "title": course.title,
        "typical": number(course.typical),
        "worst": number(course.worst),
        "terms": [_term(term) for term in course.terms],
    }


def _provision(provision: Provision) -> dict[str, Any]:
    return {
        "id": provision.id,
        "says": provision.says,
        "formula": provision.formula,
        "value": provision.value,
        "unit": provision.unit,
        "facts": [fact.id for fact in provision.facts],
    }


def _growth(growth: Growth) -> dict[str, Any]:
    """GB in each region that keeps these data; `days` is null where they are kept for ever."""
    return {
        "id": growth.id,
        "says": growth.says,
        "formula": growth.formula,
        "days": None if growth.lifetime is None else number(growth.lifetime / 86400),
        "month": number(growth.stored(1)),
        "year": number(growth.stored(YEAR)),
        "unit": "GB",
        "facts": [fact.id for fact in growth.facts],
    }


def _demand(demand: Demand) -> dict[str, Any]:
    quota = demand.quota.value if demand.quota else None
    return {
        "id": demand.id,
        "region": demand.region,
        "says": demand.says,
        "formula": demand.formula,
        "needed": number(demand.needed),
        "allowed": number(demand.allowed),
        "unit": demand.unit,
        "granted": demand.granted,
        **({"quota": str(quota)} if isinstance(quota, QuotaCode) else {}),
        "facts": [fact.id for fact in demand.facts],
    }


def _fact(fact: Fact[Any]) -> dict[str, Any]:
    value = list(fact.value) if isinstance(fact.value, tuple) else fact.value
    return {"value": value, "unit": fact.unit, "grade": str(fact.grade), "source": str(fact.source),
            "read": fact.read}  # fmt: skip
