"""Money never rounds: what goes in comes out, and what does not fit is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.kernel.money import Money

CENTS = st.integers(-(10**17), 10**17)


@given(CENTS)
def test_what_is_printed_is_read_back(cents: int) -> None:
    assert Money.from_decimal(str(Money(cents))) == Money(cents)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15))
def test_every_decimal_is_exact_or_refused(amount: Decimal) -> None:
    try:
        money = Money.from_decimal(amount)
    except ValueError:
        assert amount.as_integer_ratio()[1] not in {1, 2, 4, 5, 10, 20, 25, 50, 100}
    else:
        assert Decimal(money.cents).as_integer_ratio()[0] * amount.as_integer_ratio()[1] == (
            100 * amount.as_integer_ratio()[0]
        )


@given(CENTS, CENTS, st.integers(-1000, 1000))
def test_arithmetic_is_that_of_integers(one: int, other: int, count: int) -> None:
    assert Money(one) + Money(other) == Money(one + other)
    assert Money(one) - Money(other) == Money(one + -other)
    assert -Money(one) == Money(-one)
    assert Money(one) * count == Money(one * count)
    assert (Money(one) < Money(other)) is (one < other)


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("0", 0),
        ("12.34", 1234),
        ("-0.05", -5),
        ("7", 700),
        ("1.5", 150),
        ("1.500000", 150),
        ("1" + "." + "0" * 60, 100),
    ],
)
def test_amounts(text: str, cents: int) -> None:
    assert Money.from_decimal(text) == Money(cents)


@pytest.mark.parametrize("text", ["0.005", "1.234", "1." + "0" * 31 + "1", "1e-3", "1e-999999"])
def test_parts_of_a_cent_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="at most two decimals"):
        Money.from_decimal(text)


@pytest.mark.parametrize("text", ["", "ten", "nan", "sNaN", "inf", "-inf", "1e9999999", "1e25", "1,5", "$5"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount of money"):
        Money.from_decimal(text)


def test_a_float_is_refused_because_it_is_not_what_it_prints() -> None:
    with pytest.raises(ValueError, match="not an amount of money"):
        Money.from_decimal(0.1)  # type: ignore[arg-type]


@pytest.mark.parametrize(("cents", "text"), [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (-1234, "-12.34"), (100, "1.00")])
def test_printed_as_units_and_cents(cents: int, text: str) -> None:
    assert str(Money(cents)) == text
