"""Figures as people read them, in messages, formulas and reports."""

from __future__ import annotations

from fractions import Fraction


def figure(value: Fraction | int) -> str:
    """A figure for people: thousands apart, at most three places."""
    exact = Fraction(value)
    if exact.denominator == 1:
        return f"{int(exact):,}"
    return f"{float(exact):,.3f}".rstrip("0").rstrip(".")
