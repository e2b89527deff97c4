"""The computation as the manifest carries it: terms, values, units, grades, sources, outcomes.

Each fact stands once, in `facts`; terms and demands name the facts they rest on by id.
"""

from __future__ import annotations

from typing import Any

from compiler.aws.facts.model import Fact, QuotaCode
from compiler.objectives.model import Computation, Demand, Objective, Provision, Term, number


def record(computation: Computation) -> dict[str, Any]:
    """The JSON value of a computation."""
    return {
        "objectives": [_objective(objective) for objective in computation.objectives],
        "provided": [_provision(provision) for provision in computation.provided],
        "demands": [_demand(demand) for demand in computation.demands],
        "facts": {name: _fact(fact) for name, fact in computation.facts.items()},
    }


def _objective(objective: Objective) -> dict[str, Any]:
    return {
        "id": objective.id,
        "title": objective.title,
        "asked": number(objective.asked),
        "unit": objective.unit,
        "typical": number(objective.typical),
        "worst": number(objective.worst),
        "verdict": str(objective.outcome),
        "why": objective.why,
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
        "grade": str(term.grade) if term.facts else "stated in the spec",
        "facts": [fact.id for fact in (*term.facts, *term.usual)],
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
