"""When clients move: how many of them still use the old address some time after Route 53 answers with the new one.

Clients of a resolver that keeps to the lifetime of the record have moved when it ends; until then the rest of the
lifetime is spread evenly. Of users at large some keep the answer for longer:

    S(t) = 0.10 x (t / 60 s)^-0.594   for t > 60 s, and 1 - 0.90 x t / 60 s before

The curve goes through two measured points, 10 % after 60 s and 2 % after 900 s (LANMAN 2014), so its exponent is no
measurement, and beyond 900 s it is drawn on. A connection that is kept alive resolves nothing: its client may ask only
when the connection is at its full age, and the curve begins there. All times are in seconds.

Everything is computed with whole numbers, so that each machine gives the same figures.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import cache

from compiler.aws.facts import dns_clients, route53
from compiler.spec.objectives import Client, Resolver
from compiler.support.frozen import frozen

EXPONENT = Fraction(str(dns_clients.STALE_EXPONENT.value))
LIFETIME = Fraction(route53.API_ALIAS_SECONDS.value)
STALE = (
    dns_clients.STALE_EARLY_SECONDS, dns_clients.STALE_EARLY_PERCENT, dns_clients.STALE_LATE_SECONDS,
    dns_clients.STALE_LATE_PERCENT, dns_clients.STALE_EXPONENT, route53.API_ALIAS_SECONDS,
)  # fmt: skip
"""The facts behind the time that clients take to move."""
NEVER = Fraction(10**7)
"""Seconds, some 115 days, after which nobody waits any longer: who has not moved by then counts as never moving."""
_EARLY = Fraction(dns_clients.STALE_EARLY_PERCENT.value, 100)
_PARTS = 10**6
_TENTHS = 10


@frozen
class Class:
    """Clients that behave alike: their part of all clients, their resolver, and seconds that a connection is kept."""

    part: Fraction
    resolver: Resolver
    connection: Fraction = Fraction(0)


def classes(clients: Iterable[Client]) -> tuple[Class, ...]:
    """The classes of a spec, and as the last one everybody whom it does not name: users at large."""
    named = tuple(of_class(client, client.share.percent / 100) for client in clients)
    rest = 1 - sum((one.part for one in named), Fraction(0))
    return (*named, Class(rest, Resolver.EXTENDS)) if rest > 0 else named


def of_class(client: Client, part: Fraction = Fraction(1)) -> Class:
    """One class of the spec, as so large a part of the clients that are looked at."""
    return Class(part, client.resolver, client.connection.seconds if client.connection else Fraction(0))


def stale(seconds: Fraction, exponent: Fraction = EXPONENT) -> Fraction:
    """The share of users at large that still use the old answer, in whole millionths, rounded up."""
    if seconds <= LIFETIME:
        return 1 - (1 - _EARLY) * seconds / LIFETIME
    return _tail(seconds, exponent)


@cache
def _tail(seconds: Fraction, exponent: Fraction) -> Fraction:
    # parts/10^6 >= early x (seconds/lifetime)^-(p/q) says the same as the comparison of whole numbers below.
    p, q = exponent.numerator, exponent.denominator
    ratio = seconds / LIFETIME
    left, right = ratio.numerator**p * _EARLY.denominator**q, ratio.denominator**p * (_EARLY.numerator * _PARTS) ** q
    parts = max(1, int(_PARTS * float(_EARLY) * float(ratio) ** -float(exponent)))
    while parts**q * left >= right:
        parts -= 1
    while parts**q * left < right:
        parts += 1
    return Fraction(parts, _PARTS)


def moved(groups: Iterable[Class], seconds: Fraction, exponent: Fraction = EXPONENT) -> Fraction:
    """The share of all clients that use the new address after so many seconds."""
    return sum((group.part * (1 - _left(group, seconds, exponent)) for group in groups), Fraction(0))


def _left(group: Class, seconds: Fraction, exponent: Fraction) -> Fraction:
    since = seconds - group.connection
    if group.resolver is Resolver.NEVER or since <= 0:
        return Fraction(1)
    if group.resolver is Resolver.FOLLOWS:
        return max(Fraction(0), 1 - since / LIFETIME)
    return stale(since, exponent)


@cache
def time_until(share: Fraction, groups: tuple[Class, ...], exponent: Fraction = EXPONENT) -> Fraction | None:
    """Seconds, in tenths and rounded up, until this share of all clients has moved; None where it never does."""
    low, high = 0, int(NEVER) * _TENTHS
    if moved(groups, NEVER, exponent) < share:
        return None
    while low < high:
        middle = (low + high) // 2
        if moved(groups, Fraction(middle, _TENTHS), exponent) >= share:
            high = middle
        else:
            low = middle + 1
    return Fraction(low, _TENTHS)


def largest_share(seconds: Fraction, groups: Iterable[Class]) -> Fraction:
    """The largest share of all clients that has moved after so many seconds, in tenths of a percent, rounded down."""
    return Fraction(int(moved(groups, seconds) * 1000), 1000) if seconds > 0 else Fraction(0)
