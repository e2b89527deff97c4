"""The closed forms behind the recovery time, against simulations, published figures and other exponents."""

from __future__ import annotations

from fractions import Fraction
from math import log
from random import Random
from statistics import quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.aws.facts import dns_clients
from compiler.objectives.clients import EXPONENT, Class, largest_share, moved, stale, time_until
from compiler.objectives.detection import NO_ANSWER, NO_CONNECTION, REFUSED, deciding, detection, phase
from compiler.spec.objectives import Resolver
from tests.tiers import examples

AT_LARGE = (Class(Fraction(1), Resolver.EXTENDS),)


# --- detection -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fails_after", "median", "high", "bound"),
    [(REFUSED, 28.4, 29.7, 30), (NO_CONNECTION, 40.4, 41.7, 42), (NO_ANSWER, 46.4, 47.7, 48)],
)
def test_three_failures_in_intervals_of_ten_seconds(fails_after: int, median: float, high: float, bound: int) -> None:
    found = detection(Fraction(10), 3, fails_after)
    assert float(found.typical) == pytest.approx(median, abs=0.05)
    assert float(found.high) == pytest.approx(high, abs=0.05)
    assert found.worst == bound == 3 * (10 + fails_after)


def test_sixteen_checkers_that_begin_whenever_they_like() -> None:
    """Checkers begin at random moments and count failures one by one; unhealthy once 18 % or less are healthy."""
    random, interval, failures = Random(10), 10.0, 3

    def once() -> float:
        reports = []
        for _ in range(16):
            asked = random.uniform(0, interval)
            for _ in range(failures - 1):
                asked += NO_CONNECTION + interval
            reports.append(asked + NO_CONNECTION)
        healthy = 16
        for moment in sorted(reports):
            healthy -= 1
            if healthy / 16 <= 0.18:
                return moment
        raise AssertionError("all of them report")

    cuts = quantiles((once() for _ in range(20_000)), n=100)
    closed = detection(Fraction(10), 3, NO_CONNECTION)
    assert cuts[49] == pytest.approx(float(closed.typical), abs=0.05)
    assert cuts[98] == pytest.approx(float(closed.high), abs=0.05)


def test_the_number_of_checkers_is_an_assumption_that_hardly_matters() -> None:
    """Of 12 the tenth decides; the bound needs no number at all."""
    assert (deciding(16), deciding(12)) == (14, 10)
    for checkers in range(12, 17):
        assert float(phase(Fraction(1, 2), checkers)) == pytest.approx(0.81, abs=0.03)
        assert phase(Fraction(99, 100), checkers) < 1


# --- letting go ------------------------------------------------------------------------------------------------------


def test_the_curve_goes_through_both_measured_points() -> None:
    early, late = dns_clients.STALE_EARLY_SECONDS.value, dns_clients.STALE_LATE_SECONDS.value
    at_early, at_late = dns_clients.STALE_EARLY_PERCENT.value, dns_clients.STALE_LATE_PERCENT.value
    assert float(EXPONENT) == pytest.approx(log(at_early / at_late) / log(late / early), abs=0.0005)
    assert stale(Fraction(early)) == Fraction(at_early, 100)
    assert float(stale(Fraction(late))) == pytest.approx(at_late / 100, abs=0.0001)


@pytest.mark.parametrize(("seconds", "percent"), [(0, 100), (30, 55), (300, 3.8), (428, 3.1), (600, 2.5), (3600, 0.9)])
def test_the_share_that_is_left(seconds: int, percent: float) -> None:
    assert float(100 * stale(Fraction(seconds))) == pytest.approx(percent, abs=0.06)


@pytest.mark.parametrize("tenths", range(4, 10))
def test_other_exponents(tenths: int) -> None:
    """Two points make no law. With 0.4 users take twice as long as a whole objective of 15 minutes, with 0.9 four."""
    exponent = Fraction(tenths, 10)
    until = time_until(Fraction(97, 100), AT_LARGE, exponent)
    assert until is not None
    assert float(until) == pytest.approx(60 * (0.10 / 0.03) ** (10 / tenths), rel=0.001)
    assert float(until) == pytest.approx({4: 1217, 5: 666.7, 6: 446.3, 7: 335.1, 8: 270.2, 9: 228.6}[tenths], rel=0.01)
    within = time_until(Fraction(97, 100), AT_LARGE)
    assert within is not None
    assert (until > within) == (exponent < EXPONENT)


@given(st.integers(0, 100_000), st.integers(0, 100_000), st.sampled_from(Resolver), st.integers(0, 4000))
@examples(100)
def test_nobody_goes_back(one: int, other: int, resolver: Resolver, connection: int) -> None:
    groups = (Class(Fraction(1, 3), resolver, Fraction(connection)), Class(Fraction(2, 3), Resolver.EXTENDS))
    sooner, later = sorted((Fraction(one, 7), Fraction(other, 7)))
    assert 0 <= moved(groups, sooner) <= moved(groups, later) <= 1


@given(st.integers(1, 999))
@examples(60)
def test_the_time_is_the_least_that_is_enough(thousandths: int) -> None:
    share = Fraction(thousandths, 1000)
    until = time_until(share, AT_LARGE)
    assert until is not None
    assert moved(AT_LARGE, until) >= share > moved(AT_LARGE, until - Fraction(1, 10))
    assert largest_share(until, AT_LARGE) >= share


def test_classes_add_up() -> None:
    groups = (
        Class(Fraction(1, 2), Resolver.FOLLOWS),
        Class(Fraction(1, 4), Resolver.FOLLOWS, Fraction(300)),
        Class(Fraction(1, 20), Resolver.NEVER),
        Class(Fraction(1, 5), Resolver.EXTENDS),
    )
    for seconds, by_hand in (
        (60, 0.5 + 0 + 0 + 0.2 * 0.9),
        (330, 0.5 + 0.25 * 30 / 60 + 0 + 0.2 * (1 - 0.1 * (330 / 60) ** -0.594)),
        (900, 0.5 + 0.25 + 0 + 0.2 * (1 - 0.1 * 15**-0.594)),
    ):
        assert float(moved(groups, Fraction(seconds))) == pytest.approx(by_hand, abs=1e-5)
    assert time_until(Fraction(95, 100), groups) is None
