"""The computation as the manifest carries it: terms, values, units, grades, sources, outcomes.

Each fact stands once, in `facts`; terms and demands name the facts they rest on by id.
"""

from __future__ import annotations

from typing import Any

from compiler.aws.facts.model import Fact, Grade, QuotaCode
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
        "facts": {name: _fact(fact) for name, fact in computation.facts.items()},
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
