"""The latency of one transaction: typically warm, at worst in a new environment with no key cached."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from compiler.aws.facts import vpc
from compiler.objectives.model import Objective, Outcome, Term
from compiler.topology.model import Topology

ROUND_TRIP = (vpc.ROUND_TRIP_LOW_MILLISECONDS, vpc.ROUND_TRIP_HIGH_MILLISECONDS)
"""The facts behind a call to another region."""


def round_trip() -> tuple[Fraction, Fraction]:
    """Milliseconds that a call to another region takes, at least and at most."""
    low, high = (Fraction(fact.value).limit_denominator() for fact in ROUND_TRIP)
    return low, high


def latency(topology: Topology, terms: Mapping[int, tuple[Term, ...]]) -> Objective:
    """The latency budget of the function behind the API whose transactions take longest at worst.

    `terms` are those of each function behind the API, by its position in the spec; times are in milliseconds.
    """
    slowest = max(terms, key=lambda position: (sum(term.worst for term in terms[position]), -position))
    asked = topology.spec.objectives.latency.milliseconds
    worst = sum((term.worst for term in terms[slowest]), Fraction(0))
    outcome = Outcome.DOCUMENTED if worst <= asked else Outcome.MISSED
    why = (
        "a run counts with the measured mean duration and cold start of the spec; an alarm watches the 99th percentile "
        "that clients see"
    )
    title, route = "Latency of a transaction", ("objectives", "latency")
    return Objective("latency", title, asked, "ms", terms[slowest], outcome, why, route)
