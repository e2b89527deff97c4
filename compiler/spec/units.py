"""Quantities with their units: durations, rates, sizes, percentages.

A spec never holds a bare number where a unit could be mistaken, and no bare number crosses a stage of the
compiler. Every type here is exact (integers or fractions), so that `15m` and `900s` are the same value and no
result depends on how a figure was written.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler

# Twelve digits hold every quantity of a topology (a terabyte in bytes has thirteen, and is written `1TB`), and no
# arithmetic on them can overflow a float.
_NUMBER = r"(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,9})?"
_CLOCK = re.compile(r"[0-9]+(?::[0-9]{1,2})+(?:\.[0-9]+)?")
_DIGITS = re.compile(r"[+-]?[0-9][0-9_,]*(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?")
_WRITTEN = r"(?:[0-9][0-9_,' ]*(?:\.[0-9]+)?|\.[0-9]+)(?:[eE]\+?[0-9]{1,2})?"
"""A number as people write it: with separators, with an exponent, without the zero before the point."""
_ALMOST = re.compile(rf"\+?({_WRITTEN}) *([kM])?(?:(?: *[a-z]+)? *(?:/|\bp?er ) *(?:an? )?)? *([A-Za-zµμ%]+)")
_ISO = re.compile(r"P(?:([0-9]+)W)?(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)S)?)?")
"""A duration of ISO 8601."""
_ISO_UNITS = (604_800, 86_400, 3600, 60, 1)
_AROUND = "<>=~≤≥≈ \t\n.;,"
"""What people write around a quantity."""
_MANY = re.compile(r"[0-9]{13,}|\.[0-9]{10,}")
_SHOWN = 40


class Quantity:
    """An exact amount in the base unit of its kind; subclasses name the kind and the units it may be written in."""

    KIND: ClassVar[str]
    UNITS: ClassVar[dict[str, Fraction]]
    SEPARATOR: ClassVar[str] = ""
    EXAMPLES: ClassVar[tuple[str, ...]]
    SPELLINGS: ClassVar[dict[str, str]] = {}
    """What people write for a unit, in lower case, and the unit they mean."""
    OTHERS: ClassVar[dict[str, Fraction]] = {}
    """Units that the spec does not have, in lower case: a value in one of them can be said in another unit."""
    __slots__ = ("amount",)
    amount: Fraction

    def __init__(self, amount: Fraction | int) -> None:
        object.__setattr__(self, "amount", Fraction(amount))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __reduce__(self) -> tuple[type[Self], tuple[Fraction]]:
        return type(self), (self.amount,)

    @classmethod
    def pattern(cls) -> str:
        """The regular expression of a well-written value, as the editor schema states it."""
        units = "|".join(re.escape(unit) for unit in cls.UNITS)
        return f"^{_NUMBER}{re.escape(cls.SEPARATOR)}(?:{units})$"

    @classmethod
    def parse(cls, value: object) -> Self:
        """The quantity that a text of the spec states; raises `PydanticCustomError` with a pointed message.

        Types of the error: `unit_type`, `unit_clock`, `unit_missing`, `unit_sign`, `unit_digits`, `unit_unknown`.
        """
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            match = re.fullmatch(f"({_NUMBER}){re.escape(cls.SEPARATOR)}([A-Za-z%]+)", value)
            if match is not None and match[2] in cls.UNITS:
                return cls(Fraction(match[1]) * cls.UNITS[match[2]])
        raise cls._refused(value)

    @classmethod
    def _refused(cls, value: object) -> PydanticCustomError:
        """Why `value` is no quantity of this kind; `examples`, or `meant`, are what could be written instead."""
        examples = ", ".join(f"`{example}`" for example in cls.EXAMPLES)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            context: dict[str, str] = {"kind": cls.KIND, "examples": examples}
            return PydanticCustomError("unit_type", "a {kind} is a number with a unit", context)
        text = str(value)
        shown = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
        units = ", ".join(f"`{cls.SEPARATOR}{unit}`" for unit in cls.UNITS)
        context = {"text": shown, "kind": cls.KIND, "examples": examples, "units": units}
        if _CLOCK.fullmatch(text):
            return PydanticCustomError(
                "unit_clock",
                "`{text}` looks like a clock time; YAML parsers read it as hours, as minutes or as a number",
                context,
            )
        if text.startswith("-"):
            return PydanticCustomError("unit_sign", "`{text}` is negative; a {kind} cannot be negative", context)
        if _DIGITS.fullmatch(text) and len(text) <= _SHOWN:
            written = (f"{number}{cls.SEPARATOR}{unit}" for number in cls._numbers(text) for unit in cls.UNITS)
            some = [one for one in written if re.fullmatch(cls.pattern(), one)] or cls.EXAMPLES
            context["meant"] = ", ".join(f"`{one}`" for one in some)
            return PydanticCustomError("unit_missing", "`{text}` has no unit", context)
        if _MANY.search(text):
            return PydanticCustomError(
                "unit_digits",
                "`{text}` has too many digits: a {kind} may have 12 before and 9 after the decimal point",
                context,
            )
        meant = cls._meant(text)
        if meant is not None:
            context["meant"] = f"`{meant}`"
        return PydanticCustomError(
            "unit_unknown", "`{text}` is not a {kind}: write a number followed by one of {units}", context
        )

    @classmethod
    def _numbers(cls, text: str) -> tuple[str, ...]:
        """What a number without a unit may be in each unit."""
        return (_plain(text),)

    @classmethod
    def _meant(cls, text: str) -> str | None:
        """The right spelling of what `text` most likely means, such as `15m` for `15 min` and `90m` for `1h30m`."""
        if len(text) > _SHOWN:
            return None
        parts = re.findall(f"({_NUMBER})([A-Za-z]+)", text.replace(" ", ""))
        if len(parts) > 1 and "".join(map("".join, parts)) == text.replace(" ", "") and not cls.SEPARATOR:
            units = [unit if unit in cls.UNITS else cls.SPELLINGS.get(unit.lower(), "") for _, unit in parts]
            if all(units):
                least = min(units, key=lambda unit: cls.UNITS[unit])
                amount = sum(Fraction(number) * cls.UNITS[unit] for (number, _), unit in zip(parts, units, strict=True))
                return f"{_decimal(amount / cls.UNITS[least])}{least}"
        if iso := cls._of_iso(text):
            return iso
        almost = _ALMOST.fullmatch(text.lstrip(_AROUND[:-3]).rstrip(_AROUND))
        number = _plain(almost[1]) if almost else ""
        if almost is None or not number.strip("."):
            return None
        prefix = almost[2] or ""
        word = (almost[3] if cls.SEPARATOR else prefix + almost[3]).lower()
        unit = next((unit for unit in cls.UNITS if unit.lower() == word), cls.SPELLINGS.get(word))
        thousands = {"k": 1000, "M": 1_000_000}.get(prefix, 1) if cls.SEPARATOR else 1
        written = f"{number}{cls.SEPARATOR}{unit}"
        if unit and thousands == 1 and re.fullmatch(cls.pattern(), written):
            return written
        factor = cls.UNITS[unit] if unit else cls.OTHERS.get(word)
        amount = Fraction(number) * thousands * factor if factor else Fraction(0)
        if not amount:
            return None
        day = cls.UNITS.get("d")
        near = str(cls(round(amount / day) * day if day and amount > day else amount))
        exact = re.fullmatch(cls.pattern(), near) and (day or cls.parse(near).amount == amount)
        return near if exact else None

    @classmethod
    def _of_iso(cls, text: str) -> str | None:
        """A duration of ISO 8601 such as `PT15M`, in one unit."""
        found = _ISO.fullmatch(text) if "d" in cls.UNITS else None
        amounts = (
            [int(part or 0) * seconds for part, seconds in zip(found.groups(), _ISO_UNITS, strict=True)]
            if found
            else []
        )
        return str(cls(sum(amounts))) if sum(amounts) else None

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.to_string_ser_schema(), ref=None
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "pattern": cls.pattern(), "examples": list(cls.EXAMPLES)}

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.amount == self.amount

    # A rate is never less than a size: comparing them is a mistake of ours, not a fact.

    def __lt__(self, other: Self) -> bool:
        return self.amount < other.amount if type(other) is type(self) else NotImplemented

    def __le__(self, other: Self) -> bool:
        return self.amount <= other.amount if type(other) is type(self) else NotImplemented

    def __gt__(self, other: Self) -> bool:
        return self.amount > other.amount if type(other) is type(self) else NotImplemented

    def __ge__(self, other: Self) -> bool:
        return self.amount >= other.amount if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.amount))

    def __str__(self) -> str:
        """The shortest exact spelling: the largest unit in which the amount is a whole number."""
        for unit, factor in sorted(self.UNITS.items(), key=lambda item: (-item[1], item[0])):
            if self.amount and (self.amount / factor).denominator == 1:
                return f"{self.amount / factor}{self.SEPARATOR}{unit}"
        unit, factor = min(self.UNITS.items(), key=lambda item: item[1])
        return f"{_decimal(self.amount / factor)}{self.SEPARATOR}{unit}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self})"


def _plain(number: str) -> str:
    """A number in digits and at most one point: without a plus, separators, and decimals that say nothing.

    A comma with three digits behind it separates thousands, any other one decimals.
    """
    digits = re.sub(r"[_' ]|,(?=[0-9]{3}(?![0-9]))", "", number.lstrip("+")).replace(",", ".")
    if re.fullmatch(r"(?=.*[eE])[0-9]*\.?[0-9]*[eE]\+?[0-9]{1,3}", digits):
        digits = _decimal(Fraction(digits))
    digits = f"0{digits}" if digits.startswith(".") else digits
    return re.sub(r"\.0*$", "", digits) if digits.count(".") < 2 else ""


def _decimal(number: Fraction) -> str:
    """A fraction in decimals: exact where that takes at most nine, else the nearest."""
    nano = round(number * 10**9)
    whole, rest = divmod(abs(nano), 10**9)
    decimals = f"{rest:09}".rstrip("0")
    return f"{'-' if nano < 0 else ''}{whole}{'.' if decimals else ''}{decimals}"


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
    SPELLINGS = {  # noqa: RUF012
        "msec": "ms", "millis": "ms", "milliseconds": "ms", "sec": "s", "secs": "s", "second": "s", "seconds": "s",
        "min": "m", "mins": "m", "minute": "m", "minutes": "m", "hr": "h", "hrs": "h", "hour": "h", "hours": "h",
        "mn": "m", "day": "d", "days": "d",
    }  # fmt: skip
    OTHERS = {  # noqa: RUF012
        **dict.fromkeys(("ns", "nanoseconds"), Fraction(1, 10**9)),
        **dict.fromkeys(("us", "µs", "μs", "usec", "microseconds"), Fraction(1, 10**6)),
        **dict.fromkeys(("w", "wk", "week", "weeks"), Fraction(7 * 86400)),
        **dict.fromkeys(("mo", "month", "months"), Fraction(365 * 86400, 12)),
        **dict.fromkeys(("y", "yr", "yrs", "year", "years"), Fraction(365 * 86400)),
    }
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
    SPELLINGS = {  # noqa: RUF012
        "tps": "s", "rps": "s", "qps": "s", "sec": "s", "second": "s", "seconds": "s",
        "tpm": "m", "rpm": "m", "min": "m", "minute": "m", "hr": "h", "hour": "h",
    }  # fmt: skip
    OTHERS = dict.fromkeys(("d", "day"), Fraction(1, 86400))
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
    SPELLINGS = {  # noqa: RUF012
        "k": "KB", "kib": "KB", "ki": "KB", "m": "MB", "mib": "MB", "mi": "MB", "g": "GB", "gib": "GB", "gi": "GB",
        "tib": "TB", "ti": "TB", "t": "TB", "byte": "B", "bytes": "B", "kilobytes": "KB", "megabytes": "MB",
        "gigabytes": "GB", "terabytes": "TB",
    }  # fmt: skip
    OTHERS = dict.fromkeys(("pb", "pib", "petabytes"), Fraction(1024**5))
    __slots__ = ()

    @property
    def bytes(self) -> Fraction:
        return self.amount

    @property
    def megabytes(self) -> Fraction:
        return self.amount / 1024**2


class Percent(Quantity):
    """A share of a whole; the base unit is one hundredth."""

    KIND = "percentage"
    UNITS = {"%": Fraction(1)}  # noqa: RUF012
    EXAMPLES = ("1%", "0.5%")
    SPELLINGS = {"percent": "%", "pct": "%"}  # noqa: RUF012
    __slots__ = ()

    @classmethod
    def _numbers(cls, text: str) -> tuple[str, ...]:
        """A number up to one may be a share of one, or the percentage itself."""
        plain = _plain(text)
        return (_decimal(100 * Fraction(plain)), plain) if Fraction(plain) <= 1 else (plain,)

    @property
    def percent(self) -> Fraction:
        return self.amount
