"""Quantities: what may be written, what it means, and what is said of anything else."""

from __future__ import annotations

import copy
import pickle
import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from compiler.spec.units import Duration, Percent, Quantity, Rate, Size

KINDS: tuple[type[Quantity], ...] = (Duration, Rate, Size, Percent)

MEANT = [
    (Duration, "15m", 900),
    (Duration, "900s", 900),
    (Duration, "0.25h", 900),
    (Duration, "40ms", Fraction(1, 25)),
    (Duration, "90d", 7776000),
    (Duration, "0s", 0),
    (Rate, "10000/s", 10000),
    (Rate, "600/m", 10),
    (Rate, "1/h", Fraction(1, 3600)),
    (Size, "1KB", 1024),
    (Size, "1024MB", 1024**3),
    (Size, "0.5GB", 2**29),
    (Size, "2TB", 2 * 1024**4),
    (Size, "7B", 7),
    (Percent, "0.5%", Fraction(1, 2)),
]


@pytest.mark.parametrize(("kind", "text", "amount"), MEANT)
def test_what_is_written_is_what_is_meant(kind: type[Quantity], text: str, amount: Fraction | int) -> None:
    assert kind.parse(text).amount == amount


@pytest.mark.parametrize("kind", KINDS)
def test_examples_are_well_written(kind: type[Quantity]) -> None:
    for example in kind.EXAMPLES:
        assert re.fullmatch(kind.pattern(), example)
        assert kind.parse(kind.parse(example)) == kind.parse(example)


@pytest.mark.parametrize("kind", KINDS)
def test_what_people_write_for_a_unit_means_one_that_exists(kind: type[Quantity]) -> None:
    assert set(kind.SPELLINGS.values()) <= set(kind.UNITS)
    assert all(word == word.lower() and word not in kind.UNITS for word in kind.SPELLINGS)


REFUSED = [
    (Duration, "15", "unit_missing", "`15ms`, `15s`, `15m`, `15h`, `15d`"),
    (Duration, 15, "unit_missing", "`15ms`, `15s`, `15m`, `15h`, `15d`"),
    (Duration, 1.5, "unit_missing", "`1.5ms`, `1.5s`, `1.5m`, `1.5h`, `1.5d`"),
    (Duration, 15.0, "unit_missing", "`15ms`, `15s`, `15m`, `15h`, `15d`"),
    (Duration, 1e22, "unit_missing", "`15m`, `30s`, `40ms`, `90d`"),
    (Duration, "1_000", "unit_missing", "`1000ms`, `1000s`, `1000m`, `1000h`, `1000d`"),
    (Rate, "10,000", "unit_missing", "`10000/s`, `10000/m`, `10000/h`"),
    (Percent, "5", "unit_missing", "`5%`"),
    (Duration, "15:00", "unit_clock", None),
    (Duration, "1:15:00", "unit_clock", None),
    (Duration, "0:30.5", "unit_clock", None),
    (Duration, "-5m", "unit_sign", None),
    (Duration, -5, "unit_sign", None),
    (Duration, "15 m", "unit_unknown", "`15m`"),
    (Duration, "1,5h", "unit_unknown", "`1.5h`"),
    (Duration, "0,5h", "unit_unknown", "`0.5h`"),
    (Duration, ".5h", "unit_unknown", "`0.5h`"),
    (Duration, "2 weeks", "unit_unknown", "`14d`"),
    (Duration, "1y", "unit_unknown", "`365d`"),
    (Duration, "18 months", "unit_unknown", "`548d`"),
    (Duration, "PT1H30M", "unit_unknown", "`90m`"),
    (Duration, "P1DT12H", "unit_unknown", "`36h`"),
    (Duration, "PT", "unit_unknown", None),
    (Duration, "400µs", "unit_unknown", "`0.4ms`"),
    (Duration, "<= 15m", "unit_unknown", "`15m`"),
    (Duration, "15m.", "unit_unknown", "`15m`"),
    (Duration, "1e99s", "unit_unknown", None),
    (Rate, "10k/s", "unit_unknown", "`10000/s`"),
    (Rate, "1.5k/s", "unit_unknown", "`1500/s`"),
    (Rate, "1 000/s", "unit_unknown", "`1000/s`"),
    (Rate, "1'000/s", "unit_unknown", "`1000/s`"),
    (Rate, "1e3/s", "unit_unknown", "`1000/s`"),
    (Rate, "500 transactions per second", "unit_unknown", "`500/s`"),
    (Rate, "864000/d", "unit_unknown", "`10/s`"),
    (Size, "128 megabytes", "unit_unknown", "`128MB`"),
    (Size, "0,5GB", "unit_unknown", "`0.5GB`"),
    (Size, "1PB", "unit_unknown", "`1024TB`"),
    (Percent, "0,5%", "unit_unknown", "`0.5%`"),
    (Duration, "15 minutes", "unit_unknown", "`15m`"),
    (Duration, "15M", "unit_unknown", "`15m`"),
    (Duration, "+15m", "unit_unknown", "`15m`"),
    (Duration, "1_000ms", "unit_unknown", "`1000ms`"),
    (Duration, "1h30m", "unit_unknown", "`90m`"),
    (Duration, "PT15M", "unit_unknown", "`15m`"),
    (Duration, "m", "unit_unknown", None),
    (Duration, "", "unit_unknown", None),
    (Duration, "015m", "unit_unknown", "`15m`"),
    (Duration, "1e3s", "unit_unknown", "`1000s`"),
    (Duration, "١٥m", "unit_unknown", None),
    (Duration, "15m\n", "unit_unknown", "`15m`"),
    (Rate, "10 tps", "unit_unknown", "`10/s`"),
    (Rate, "10 per second", "unit_unknown", "`10/s`"),
    (Rate, "10s", "unit_unknown", "`10/s`"),
    (Rate, "10000/d", "unit_unknown", None),
    (Size, "1kb", "unit_unknown", "`1KB`"),
    (Size, "1 KiB", "unit_unknown", "`1KB`"),
    (Size, "1Mi", "unit_unknown", "`1MB`"),
    (Percent, "5 percent", "unit_unknown", "`5%`"),
    (Duration, "9999999999999s", "unit_digits", None),
    (Duration, "0.0000000001s", "unit_digits", None),
    (Duration, "9" * 5000 + "s", "unit_digits", None),
    (Duration, True, "unit_type", None),
    (Duration, None, "unit_type", None),
    (Duration, ("15m",), "unit_type", None),
    (Duration, Size(1), "unit_type", None),
]


@pytest.mark.parametrize(("kind", "value", "error", "meant"), REFUSED)
def test_what_is_refused_and_what_was_meant(kind: type[Quantity], value: object, error: str, meant: str | None) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        kind.parse(value)
    context = caught.value.context or {}
    assert caught.value.type == error
    assert context.get("meant") == meant
    assert "{" not in caught.value.message(), "a part of the message is not filled in"
    assert len(caught.value.message()) < 200
    for suggestion in re.findall("`([^`]*)`", meant or ""):
        kind.parse(suggestion)


@st.composite
def written(draw: st.DrawFn, kind: type[Quantity]) -> str:
    whole = draw(st.integers(0, 10**12 - 1))
    decimals = draw(st.one_of(st.just(""), st.integers(0, 10**9 - 1).map(lambda n: f".{n:09}")))
    return f"{whole}{decimals}{kind.SEPARATOR}{draw(st.sampled_from(list(kind.UNITS)))}"


@given(st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(st.just(kind), written(kind))))
def test_whatever_the_pattern_allows_is_read(pair: tuple[type[Quantity], str]) -> None:
    kind, text = pair
    assert re.fullmatch(kind.pattern(), text)
    assert kind.parse(text).amount >= 0


@given(st.sampled_from(KINDS), st.text(max_size=20))
def test_the_pattern_and_the_reader_agree(kind: type[Quantity], text: str) -> None:
    try:
        kind.parse(text)
    except PydanticCustomError:
        assert not re.fullmatch(kind.pattern(), text)
    else:
        assert re.fullmatch(kind.pattern(), text)


@given(
    st.sampled_from(KINDS).flatmap(
        lambda kind: st.tuples(st.just(kind), st.integers(0, 10**11), st.sampled_from(list(kind.UNITS)))
    )
)
def test_what_is_shown_is_the_same_amount(case: tuple[type[Quantity], int, str]) -> None:
    """Messages and descriptions show the shortest spelling; it means exactly what was written."""
    kind, number, unit = case
    quantity = kind.parse(f"{number}{kind.SEPARATOR}{unit}")
    assert kind.parse(str(quantity)) == quantity
    assert len(str(quantity)) <= len(f"{number}{kind.SEPARATOR}{unit}") + 2


SHOWN = [
    (Duration(900), "15m"),
    (Duration(90), "90s"),
    (Duration(86400), "1d"),
    (Duration(0), "0ms"),
    (Duration(Fraction(1, 3)), "333.333333333ms"),
    (Duration(Fraction(-1, 2)), "-500ms"),
    (Duration(Fraction(1, 10000)), "0.1ms"),
    (Rate(Fraction(1, 60)), "1/m"),
    (Rate(10000), "10000/s"),
    (Size(1536), "1536B"),
    (Size(1024**3), "1GB"),
    (Percent(Fraction(1, 2)), "0.5%"),
]


@pytest.mark.parametrize(("quantity", "text"), SHOWN)
def test_the_shortest_spelling(quantity: Quantity, text: str) -> None:
    assert str(quantity) == text
    assert repr(quantity) == f"{type(quantity).__name__}({text})"


def test_a_quantity_is_a_value() -> None:
    quarter = Duration.parse("15m")
    assert quarter == Duration.parse("900s")
    assert hash(quarter) == hash(Duration.parse("900s"))
    assert quarter != Size(900)
    assert Duration(1) < quarter <= Duration(900) < Duration(901)
    assert Duration(901) > quarter >= Duration(900) > Duration(1)
    assert max(Duration(1), quarter, Duration(2)) is quarter
    assert pickle.loads(pickle.dumps(quarter)) == copy.deepcopy(quarter) == quarter  # noqa: S301
    with pytest.raises(AttributeError, match="immutable"):
        quarter.amount = Fraction(1)
    with pytest.raises(TypeError):
        assert Duration(1) < Size(2)  # type: ignore[operator]


def test_views_of_an_amount() -> None:
    assert Duration.parse("1.5s").milliseconds == 1500
    assert Duration.parse("36h").days == Fraction(3, 2)
    assert Rate.parse("90/m").per_second == Fraction(3, 2)
    assert Size.parse("1MB").bytes == 1024**2
    assert Size.parse("1MB").megabytes == 1
    assert Percent.parse("2.5%").percent == Fraction(5, 2)
