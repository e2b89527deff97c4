"""When Route 53 notices: the closed form of its rule over independent checkers.

Each of the checkers begins at a random moment of the interval. It reports a failure after `failures` failed requests
in a row; the interval runs from one answer to the next request. The endpoint is unhealthy once at most 18 % of the
checkers report it healthy, so of 16 the 14th to report decides:

    T = (failures - 1) x (interval + d) + B x interval + d,   B ~ Beta(14, 3)

d is the time that a failing request takes: nothing where the connection is refused, 4 s where none is made, 6 s where
no answer comes after it. B is at most 1, so T is at most `failures x (interval + d)`. All times are in seconds.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from math import comb

from compiler.aws.facts import route53
from compiler.support.frozen import frozen

REFUSED = 0
"""Seconds that a request takes to fail where the endpoint refuses it, or answers with an error, at once."""
NO_CONNECTION = route53.CONNECT_SECONDS.value
NO_ANSWER = route53.CONNECT_SECONDS.value + route53.ANSWER_SECONDS.value
_PLACES = 10**4


@frozen
class Detection:
    """Seconds from the failure until Route 53 counts the endpoint as unhealthy: median, 99th percentile, bound."""

    typical: Fraction
    high: Fraction
    worst: Fraction


def detection(interval: Fraction, failures: int, fails_after: int = NO_ANSWER) -> Detection:
    """When Route 53 notices, where each request fails after so many seconds."""
    before = (failures - 1) * (interval + fails_after) + fails_after
    half, high = phase(Fraction(1, 2)), phase(Fraction(99, 100))
    return Detection(before + half * interval, before + high * interval, before + interval)


def deciding(checkers: int) -> int:
    """Which checker's report, counted in the order of their coming, makes the endpoint unhealthy."""
    return checkers - checkers * route53.HEALTHY_PERCENT.value // 100


@cache
def phase(share: Fraction, checkers: int = route53.CHECKERS.value) -> Fraction:
    """The quantile of B: the share of an interval within which the deciding checker asks, to four places, upwards.

    B is at most x exactly where at least `deciding` of the checkers are; so its distribution is a binomial sum.
    """
    rank = deciding(checkers)
    low, high = 0, _PLACES
    while low < high:
        middle = (low + high) // 2
        x = Fraction(middle, _PLACES)
        below = sum(comb(checkers, n) * x**n * (1 - x) ** (checkers - n) for n in range(rank, checkers + 1))
        low, high = (low, middle) if below >= share else (middle + 1, high)
    return Fraction(low, _PLACES)
