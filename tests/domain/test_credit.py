"""Which lines a credit note has."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dinero_operator.domain.credit import reduction, whole_lines, without_negatives
from dinero_operator.domain.document import InvoiceLine


def line(text: str, quantity: int, unit_price: int, account: int = 1000) -> InvoiceLine:
    return InvoiceLine(text, Decimal(quantity), unit_price, account)


CUPS, BOWL, FREIGHT, DISCOUNT = (
    line("Kop", 3, 33_33),
    line("Skål", 1, 150_00),
    line("Fragt", 1, 49_00, 1350),
    line("Rabat", 1, -24_99),
)


@pytest.mark.parametrize(
    ("after", "credited"),
    [
        ((BOWL, FREIGHT), (CUPS,)),
        ((line("Kop", 1, 33_33), BOWL, FREIGHT), (line("Kop", 2, 33_33),)),
        ((CUPS, line("Skål", 1, 120_00), FREIGHT), (line("Skål", 1, 30_00),)),
        ((CUPS, BOWL, line("Fragt", 1, 29_00, 1350)), (line("Fragt", 1, 20_00, 1350),)),
        ((CUPS, BOWL, FREIGHT), ()),
        # Another account in the shop's choices since then: the invoice's own one counts.
        ((CUPS, BOWL, line("Fragt", 1, 29_00, 1000)), (line("Fragt", 1, 20_00, 1350),)),
        ((CUPS, BOWL, FREIGHT, line("Rabat", 1, -10_00)), (line("Rabat", 1, 10_00),)),
    ],
)
def test_what_is_less_is_credited(after: tuple[InvoiceLine, ...], credited: tuple[InvoiceLine, ...]) -> None:
    assert reduction((CUPS, BOWL, FREIGHT), after) == credited


@pytest.mark.parametrize(
    "after",
    [
        (CUPS, FREIGHT, line("Fad", 1, 10_00)),
        (line("Kop", 4, 33_33), FREIGHT),
        (CUPS, line("Skål", 1, 160_00)),
    ],
)
def test_what_was_exchanged_or_grew_is_no_reduction(after: tuple[InvoiceLine, ...]) -> None:
    assert reduction((CUPS, BOWL, FREIGHT), after) is None


def test_lines_of_one_text_on_two_accounts_cannot_be_told_apart() -> None:
    before = (line("Fragt", 1, 10_00), line("Fragt", 1, 49_00, 1350))
    assert reduction(before, (line("Fragt", 1, 10_00),)) is None


def test_a_discount_shrinks_with_its_goods_and_leaves_no_negative_line() -> None:
    found = reduction((CUPS, BOWL, DISCOUNT), (BOWL, line("Rabat", 1, -15_00)))
    assert found == (CUPS, line("Rabat", 1, -9_99))
    assert without_negatives(found) == (line("Kop", 3, 30_00),)


def test_negative_lines_that_nothing_can_bear() -> None:
    assert without_negatives((line("Kop", 1, 5_00), DISCOUNT)) is None


def test_the_whole_is_what_earlier_credit_notes_have_left() -> None:
    first = (line("Kop", 1, 33_33),)
    assert whole_lines((CUPS, FREIGHT), ()) == (CUPS, FREIGHT)
    assert whole_lines((CUPS, FREIGHT), (first, (FREIGHT,))) == (line("Kop", 2, 33_33),)
    assert whole_lines((CUPS,), ((BOWL,),)) is None


LINES = st.lists(
    st.builds(line, st.sampled_from(("Kop", "Skål", "Fragt")), st.integers(1, 5), st.integers(1, 500_00)),
    max_size=5,
)


@given(LINES, LINES)
def test_a_reduction_is_the_difference_to_the_ore(
    before: list[InvoiceLine], after: list[InvoiceLine]
) -> None:
    found = reduction(before, after)
    if found is not None:
        owed = sum(each.amount for each in before) - sum(each.amount for each in after)
        assert sum(each.amount for each in found) == owed
        assert owed >= 0
        assert all(each.amount > 0 for each in found)
