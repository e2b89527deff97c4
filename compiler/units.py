"""Quantities with their units: durations, rates, sizes, percentages.

A spec never holds a bare number where a unit could be mistaken, and no bare number crosses a stage of the
compiler. Every type here is exact (integers or fractions), so that `15m` and `900s` are the same value and no
result depends on how a figure was written.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import total_ordering
from typing import Any, ClassVar, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

_NUMBER = r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?"
_CLOCK = re.compile(r"[0-9]+(?::[0-9]{2})+")
_DIGITS = re.compile(r"[0-9]+(?:\.[0-9]+)?")


@total_ordering
class Quantity:
    """An exact amount in the base unit of its kind; subclasses name the kind and the units it may be written in."""

    KIND: ClassVar[str]
    UNITS: ClassVar[dict[str, Fraction]]
    SEPARATOR: ClassVar[str] = ""
    EXAMPLES: ClassVar[tuple[str, ...]]
    __slots__ = ("amount",)
    amount: Fraction

    def __init__(self, amount: Fraction | int) -> None:
        object.__setattr__(self, "amount", Fraction(amount))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    @classmethod
    def pattern(cls) -> str:
        """The regular expression of a well-written value, as the editor schema states it."""
        units = "|".join(re.escape(unit) for unit in cls.UNITS)
        return f"^{_NUMBER}{re.escape(cls.SEPARATOR)}(?:{units})$"

    @classmethod
    def parse(cls, value: object) -> Self:
        """The quantity that a text of the spec states; raises `PydanticCustomError` with a pointed message."""
        if isinstance(value, cls):
            return value
        examples = ", ".join(f"`{example}`" for example in cls.EXAMPLES)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise PydanticCustomError("unit_type", "a {kind} is a number with a unit, such as {examples}",
                                      {"kind": cls.KIND, "examples": examples})  # fmt: skip
        text = str(value)
        if _CLOCK.fullmatch(text):
            raise PydanticCustomError(
                "unit_clock",
                "`{text}` looks like a clock time, which YAML readers take for hours, minutes or plain numbers; "
                "write a {kind} with a unit, such as {examples}",
                {"text": text, "kind": cls.KIND, "examples": examples},
            )
        if _DIGITS.fullmatch(text):
            some = ", ".join(f"`{text}{cls.SEPARATOR}{unit}`" for unit in list(cls.UNITS)[:3])
            raise PydanticCustomError("unit_missing", "`{text}` has no unit; write {some}",
                                      {"text": text, "some": some})  # fmt: skip
        match = re.fullmatch(f"({_NUMBER}){re.escape(cls.SEPARATOR)}([A-Za-z%]+)", text)
        if match is None or match[2] not in cls.UNITS:
            raise PydanticCustomError(
                "unit_unknown",
                "`{text}` is not a {kind}; write a number and one of the units {units}, such as {examples}",
                {"text": text, "kind": cls.KIND, "units": ", ".join(cls.UNITS), "examples": examples},
            )
        return cls(Fraction(match[1]) * cls.UNITS[match[2]])

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.to_string_ser_schema(), ref=None
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        # Editors show these sentences instead of the pattern and the type.
        says = f"A {cls.KIND} is a number with a unit, such as {' or '.join(cls.EXAMPLES[:2])}."
        return {
            "type": "string",
            "pattern": cls.pattern(),
            "patternErrorMessage": says,
            "errorMessage": says,
            "examples": list(cls.EXAMPLES),
        }

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.amount == self.amount

    def __lt__(self, other: Self) -> bool:
        return self.amount < other.amount

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.amount))

    def __str__(self) -> str:
        """The shortest exact spelling: the largest unit in which the amount is a whole number."""
        for unit, factor in sorted(self.UNITS.items(), key=lambda item: (-item[1], item[0])):
            if self.amount and (self.amount / factor).denominator == 1:
                return f"{self.amount / factor}{self.SEPARATOR}{unit}"
        unit, factor = min(self.UNITS.items(), key=lambda item: item[1])
        return f"{float(self.amount / factor):g}{self.SEPARATOR}{unit}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self})"


class Duration(Quantity):
    """A span of time; the base unit is the second."""

    KIND = "duration"
    UNITS = {  # noqa: RUF012 - declared as ClassVar by the base class
        "ms": Fraction(1, 1000),
        "s": Fraction(1),
        "m": Fraction(60),
        "h": Fraction(3600),
        "d": Fraction(86400),
    }
    EXAMPLES = ("15m", "30s", "40ms", "90d")
    __slots__ = ()

    @property
    def seconds(self) -> Fraction:
        return self.amount

    @property
    def milliseconds(self) -> Fraction:
        return self.amount * 1000

    @property
    def days(self) -> Fraction:
        return self.amount / 86400


class Rate(Quantity):
    """Events per time; the base unit is one per second."""

    KIND = "rate"
    SEPARATOR = "/"
    UNITS = {"s": Fraction(1), "m": Fraction(1, 60), "h": Fraction(1, 3600)}  # noqa: RUF012
    EXAMPLES = ("10000/s", "600/m")
    __slots__ = ()

    @property
    def per_second(self) -> Fraction:
        return self.amount


class Size(Quantity):
    """An amount of data in bytes; KB, MB and GB are powers of 1,024, as DynamoDB, S3 and Lambda count them."""

    KIND = "size"
    UNITS = {  # noqa: RUF012
        "KB": Fraction(1024),
        "MB": Fraction(1024**2),
        "GB": Fraction(1024**3),
        "TB": Fraction(1024**4),
        "B": Fraction(1),
    }
    EXAMPLES = ("1KB", "100KB", "1024MB")
    __slots__ = ()

    @property
    def bytes(self) -> Fraction:
        return self.amount

    @property
    def kilobytes(self) -> Fraction:
        return self.amount / 1024

    @property
    def megabytes(self) -> Fraction:
        return self.amount / 1024**2


class Percent(Quantity):
    """A share of a whole; the base unit is one hundredth."""

    KIND = "percentage"
    UNITS = {"%": Fraction(1)}  # noqa: RUF012
    EXAMPLES = ("1%", "0.5%")
    __slots__ = ()

    @property
    def percent(self) -> Fraction:
        return self.amount
