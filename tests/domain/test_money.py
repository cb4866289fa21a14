from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dinero_operator.domain import money

amounts = st.integers(-money.MAX_ORE, money.MAX_ORE)


@pytest.mark.parametrize(
    ("kroner", "ore"),
    [
        (Decimal("249.00"), 249_00),
        (Decimal(249), 249_00),
        (Decimal("0.01"), 1),
        (Decimal("-0.01"), -1),
        (Decimal("1E+3"), 1000_00),
        (Decimal("33.3300000000000000000000000000000000"), 33_33),
        (249, 249_00),
        (" 249.50 ", 249_50),
        ("0", 0),
        (Decimal("-0.00"), 0),
        (Decimal(10**11), money.MAX_ORE),
    ],
)
def test_kroner_become_ore(kroner: Decimal | int | str, ore: int) -> None:
    assert money.ore(kroner) == ore


@pytest.mark.parametrize(
    "value",
    [
        "", "abc", "1,50", "NaN", "sNaN", "Infinity", True, False,
        Decimal("NaN"), Decimal("-Infinity"),
        Decimal("100000000000.01"), 10**11 + 1,
        Decimal("9E+999999"), Decimal("-9E+999999"),
    ],
)  # fmt: skip
def test_what_is_no_amount_is_refused(value: Decimal | int | str) -> None:
    with pytest.raises(ValueError, match="is no amount"):
        money.ore(value)


@pytest.mark.parametrize(
    "value",
    ["0.001", "249.995", Decimal("1E-999999"), Decimal("1.0000000000000000000000000000000001")],
)
def test_what_is_finer_than_an_ore_is_never_rounded_in_silence(value: Decimal | str) -> None:
    with pytest.raises(ValueError, match="finer"):
        money.ore(value)


@given(amounts)
def test_there_and_back_is_exact(amount: int) -> None:
    kroner = money.kroner(amount)
    assert kroner.as_tuple().exponent == -2
    assert money.ore(kroner) == amount
    assert money.ore(str(kroner)) == amount
    assert money.text(amount) == f"{kroner} DKK"


def test_text_is_for_people() -> None:
    assert money.text(1234567) == "12345.67 DKK"
    assert money.text(-5) == "-0.05 DKK"
    assert money.text(0, "EUR") == "0.00 EUR"


@pytest.mark.parametrize(
    ("quantity", "unit_price", "amount"),
    [
        ("3", 33_33, 99_99),
        ("0.5", 1, 1),
        ("0.5", -1, -1),
        ("0.5", 3, 2),
        ("0.333", 100_00, 33_30),
        ("1.005", 100, 101),
        ("2.5", 199_95, 499_88),
        ("0", 100, 0),
        ("-2", 100, -200),
    ],
)
def test_quantity_times_price_is_rounded_half_up(quantity: str, unit_price: int, amount: int) -> None:
    assert money.times(Decimal(quantity), unit_price) == amount


@given(st.integers(0, 10**6), amounts)
def test_whole_quantities_are_never_rounded(quantity: int, unit_price: int) -> None:
    assert money.times(Decimal(quantity), unit_price) == quantity * unit_price
