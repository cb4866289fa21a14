from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dinero_operator.shoporama import values

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
NOON = datetime.fromisoformat("2025-03-04 12:00:00")


@pytest.mark.parametrize("value", [7, "7", " 7 ", "007"])
def test_an_id_is_a_number_or_digits(value: Any) -> None:
    assert values.identity(value) == 7


@pytest.mark.parametrize(
    "value", [0, -1, True, None, "", "x7", "7.0", Decimal(7), [7], "٧", 10**30, "9" * 5000]
)
def test_what_is_no_id_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^is no id$"):
        values.identity(value)


@pytest.mark.parametrize(
    ("value", "ore"),
    [
        (264, 26400),
        (Decimal("159.95"), 15995),
        ("159.95", 15995),
        ("-12", -1200),
        (Decimal("159.94999999999999"), 15995),
        (Decimal("1E+2"), 10000),
        (0, 0),
    ],
)
def test_kroner_become_ore(value: Any, ore: int) -> None:
    assert values.amount(value) == ore


@pytest.mark.parametrize(
    "value",
    [
        Decimal("1.005"),
        "1.234,50",
        "1e3",
        "",
        "NaN",
        True,
        None,
        [],
        {},
        Decimal("9E+999999"),
        10**400,
        "1" * 40,
    ],
)
def test_what_is_no_amount_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^is (no amount|finer than an øre)$"):
        values.amount(value)


def test_vat_is_rounded_half_up() -> None:
    assert values.rounded_amount(Decimal("71.785")) == 7179
    assert values.rounded_amount(Decimal("-71.785")) == -7179


@pytest.mark.parametrize("value", [2, "2", Decimal("2.0")])
def test_a_quantity(value: Any) -> None:
    assert values.quantity(value) == 2


@pytest.mark.parametrize("value", [None, "", "two", 10**8, Decimal("0.1234567"), False])
def test_what_is_no_quantity_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^is no quantity$"):
        values.quantity(value)


@pytest.mark.parametrize(
    "value",
    [
        "2025-03-04 12:00:00",
        "2025-03-04T12:00:00",
        "2025-03-04 12:00",
        "2025-03-04 12:00:00.987654",
        "2025-03-04T11:00:00Z",
        "2025-03-04T12:00:00+01:00",
        "2025-03-04T06:00:00-0500",
        1741086000,
        "1741086000",
    ],
)
def test_times_are_the_shops_wall_time(value: Any) -> None:
    assert values.moment(value, COPENHAGEN) == NOON


def test_a_date_alone_is_its_beginning() -> None:
    assert values.moment("2025-03-04", COPENHAGEN) == datetime.fromisoformat("2025-03-04 00:00:00")


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "  ",
        0,
        "0",
        "0000-00-00 00:00:00",
        "0000-00-00",
        "0000-00-00T00:00:00",
        "-0001-11-30 00:00:00",
    ],
)
def test_no_time(value: Any) -> None:
    assert values.moment(value, COPENHAGEN) is None


@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        "2025-02-30 00:00:00",
        "2025-03-04 25:00:00",
        "0001-01-01 00:00:00",
        "9999-12-31T23:59:59-12:00",
        1,
        1741086000000,
        "20250304",
        True,
        [],
        Decimal("1741086000.5"),
    ],
)
def test_what_is_no_time_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^is no time$"):
        values.moment(value, COPENHAGEN)


@pytest.mark.parametrize("value", [1, "1", True, "true", Decimal(1)])
def test_paid_as_a_flag(value: Any) -> None:
    assert values.paid(value, COPENHAGEN) == (True, None)


@pytest.mark.parametrize("value", [0, "0", False, None, "", "0000-00-00 00:00:00", "false"])
def test_not_paid(value: Any) -> None:
    assert values.paid(value, COPENHAGEN) == (False, None)


@pytest.mark.parametrize("value", ["2025-03-04 12:00:00", 1741086000])
def test_paid_as_a_time(value: Any) -> None:
    assert values.paid(value, COPENHAGEN) == (True, NOON)


@pytest.mark.parametrize("value", ["partly", 2, [], {"paid": 1}, Decimal("0.5")])
def test_an_unknown_word_is_not_taken_for_paid(value: Any) -> None:
    with pytest.raises(ValueError, match="neither a flag nor a time"):
        values.paid(value, COPENHAGEN)


def test_text_is_trimmed_and_bounded() -> None:
    assert values.text("  Åse\n ") == "Åse"
    assert values.text("x" * 10**6) == "x" * 500
    assert values.text(8000) == "8000"
    assert values.text("a\x00b\ud800c") == "a b c"
    assert [values.text(value) for value in (None, True, [], {}, 10**5000)] == [""] * 5


@given(value=st.text())
def test_any_text_can_be_sent(value: str) -> None:
    assert len(values.text(value).encode()) <= 2000
