"""What a topology costs a month, line by line, and how much data it keeps. Exact fractions; dollars at list prices.

A line says what is billed in one region: idle, with no client at all; in the first month at the stated throughput, day
and night; and in the twelfth such month. Where AWS's price falls with the quantity, the lines of a region and a price
share its tiers in their order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from compiler.aws.facts import prices
from compiler.aws.facts.model import Fact, figure
from compiler.aws.facts.prices import Price
from compiler.diagnostics.model import Route
from compiler.support.frozen import frozen

MONTH_SECONDS = prices.MONTH_HOURS.value * 3600
GIGABYTE = 1024**3
"""Bytes in a GB, as DynamoDB, S3 and CloudWatch Logs count them."""
YEAR = 12
"""Months after which data and costs are shown a second time."""


@frozen
class Growth:
    """Data that clients add to one region for as long as the throughput lasts.

    `rate` is in bytes a second. `lifetime` is how long they stay, in seconds; None: for ever.
    """

    id: str
    says: str
    formula: str
    rate: Fraction
    lifetime: Fraction | None
    facts: tuple[Fact[Any], ...]
    route: Route

    def seconds(self, months: int) -> Fraction:
        """How much of so many months is still there at their end."""
        passed = Fraction(months * MONTH_SECONDS)
        return passed if self.lifetime is None else min(passed, self.lifetime)

    def stored(self, months: int) -> Fraction:
        """GB at the end of so many months."""
        return self.rate * self.seconds(months) / GIGABYTE


@frozen
class Cost:
    """One line of the bill: units a month when idle, in the first month and in the twelfth, and the price of a unit."""

    id: str
    service: str
    region: str
    says: str
    formula: str
    """How `load` is computed."""
    price: Fact[Price]
    idle: Fraction
    load: Fraction
    year: Fraction


def standing(id_: str, service: str, region: str, says: str, formula: str, price: Fact[Price], units: int) -> Cost:
    """What costs the same whether or not a client comes."""
    same = Fraction(units)
    return Cost(id_, service, region, says, formula, price, same, same, same)


def used(
    id_: str,
    service: str,
    region: str,
    says: str,
    formula: str,
    price: Fact[Price],
    rate: Fraction,
    *,
    idle: Fraction = Fraction(0),
) -> Cost:
    """What `rate` units a second come to; `idle` of them are there without clients."""
    month, still = rate * MONTH_SECONDS, idle * MONTH_SECONDS
    return Cost(id_, service, region, says, f"{formula} x {figure(MONTH_SECONDS)} s", price, still, month, month)


def moved(id_: str, service: str, region: str, says: str, formula: str, price: Fact[Price], rate: Fraction) -> Cost:
    """GB of `rate` bytes a second."""
    return used(id_, service, region, says, f"{formula} / GB", price, rate / GIGABYTE)


def transferred(id_: str, region: str, says: str, formula: str, rate: Fraction) -> Cost:
    """GB that leave a region for another one, at `rate` bytes a second."""
    return moved(id_, "Data transfer", region, says, formula, prices.TRANSFER, rate)


def storage(id_: str, service: str, region: str, says: str, growth: Growth, price: Fact[Price]) -> Cost:
    """What is stored of some data at the end of a month."""
    formula = f"{growth.formula} x {figure(growth.seconds(1))} s / GB"
    return Cost(id_, service, region, says, formula, price, Fraction(0), growth.stored(1), growth.stored(YEAR))


def over_after(cost: Cost, lifetime: Fraction | None) -> Cost:
    """A line that begins once data has been kept for its lifetime, and never where it is kept for ever."""
    begins = None if lifetime is None else lifetime / MONTH_SECONDS
    first, twelfth = (begins is not None and begins < month for month in (1, YEAR))
    return replace(cost, load=cost.load if first else Fraction(0), year=cost.year if twelfth else Fraction(0))


@frozen
class Amounts:
    """Dollars a month: idle, in the first month at the throughput, and in the twelfth."""

    idle: Fraction
    load: Fraction
    year: Fraction

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(self.idle + other.idle, self.load + other.load, self.year + other.year)


NOTHING = Amounts(Fraction(0), Fraction(0), Fraction(0))


@frozen
class Bill:
    """All lines with their amounts, in the order of the services."""

    throughput: str
    lines: tuple[tuple[Cost, Amounts], ...]

    @property
    def total(self) -> Amounts:
        return total(amounts for _, amounts in self.lines)

    @property
    def facts(self) -> dict[str, Fact[Any]]:
        """The prices of the lines, by id."""
        found = {cost.price.id: cost.price for cost, _ in self.lines}
        return {name: found[name] for name in sorted(found)}


LEFT_OUT = (
    "free tiers, discounts, savings plans, taxes and support",
    "data transfer to clients and Transfer Acceleration",
    "flow logs, S3 access logs and their storage, and detailed metrics of routes",
    "DNS queries, notifications, deployments, and warm throughput above what a new table has",
    "functions, requests and data of partials of your own, and reads of objects",
    "prices of other regions than us-east-1, which may be higher",
)
"""What no line is for."""


def total(amounts: Iterable[Amounts]) -> Amounts:
    """The sum of some amounts."""
    return sum(amounts, NOTHING)


def bill(throughput: str, costs: Iterable[Cost]) -> Bill:
    """The lines with their amounts; those of one price and region share the tiers of a month."""
    before: dict[tuple[str, str], list[Fraction]] = {}
    lines = []
    for cost in costs:
        if not (cost.idle or cost.load or cost.year):
            continue
        so_far = before.setdefault((cost.price.id, cost.region), [Fraction(0)] * 3)
        amounts = []
        for position, units in enumerate((cost.idle, cost.load, cost.year)):
            start, end = so_far[position], so_far[position] + units
            amounts.append(cost.price.value.of(end) - cost.price.value.of(start))
            so_far[position] = end
        lines.append((cost, Amounts(*amounts)))
    return Bill(throughput, tuple(lines))
