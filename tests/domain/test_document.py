"""The lines of an invoice: what the customer saw, summing to the order's total to the øre."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from order_strategies import orders

from builders import DOMESTIC, GOODS_ACCOUNT, SHIPPING_ACCOUNT, STRANGER, a_line, a_policy, an_order
from dinero_operator.domain.choices import DiscountLines
from dinero_operator.domain.document import InvoiceLine, invoice_draft, invoice_lines, payment_draft
from dinero_operator.domain.identity import invoice_guid
from dinero_operator.domain.order import Order, Party

OWN, SPREAD = DiscountLines.OWN_LINE, DiscountLines.SPREAD


def lines_of(order: Order, discount: DiscountLines = OWN) -> tuple[InvoiceLine, ...]:
    return invoice_lines(order, DOMESTIC, discount)


def spread(order: Order) -> list[tuple[Decimal, int, str]]:
    return [(line.quantity, line.unit_price, line.comments) for line in lines_of(order, SPREAD)]


def test_goods_then_shipping_on_their_accounts() -> None:
    order = an_order(
        lines=(a_line(199_95, 2, "Kop", attributes=(("Farve", "blå"), ("Størrelse", "L"))),), shipping=49_00
    )
    assert lines_of(order) == (
        InvoiceLine("Kop", Decimal(2), 199_95, GOODS_ACCOUNT, "Farve: blå\nStørrelse: L"),
        InvoiceLine("Fragt", Decimal(1), 49_00, SHIPPING_ACCOUNT),
    )


def test_three_times_a_third_keeps_quantity_and_unit_price() -> None:
    (line,) = lines_of(an_order(lines=(a_line(33_33, 3),), shipping=0))
    assert (line.quantity, line.unit_price, line.amount) == (3, 33_33, 99_99)


@pytest.mark.parametrize(
    ("quantity", "amount"), [("0.5", 16_67), ("1.25", 41_66), ("0.333", 11_10), ("-1", -33_33)]
)
def test_quantities_with_fractions_are_rounded_half_up_once_a_line(quantity: str, amount: int) -> None:
    (line,) = lines_of(an_order(lines=(a_line(33_33, quantity),), shipping=0))
    assert line.quantity == Decimal(quantity)
    assert line.amount == amount


def test_no_shipping_makes_no_line() -> None:
    assert [line.description for line in lines_of(an_order(shipping=0))] == ["Kop"]


def test_goods_without_a_name_still_have_a_text() -> None:
    assert lines_of(an_order(lines=(a_line(name=""),)))[0].description == "Vare"


def test_a_discount_on_a_line_of_its_own_names_the_voucher() -> None:
    order = an_order(discount=50_00)
    assert lines_of(order)[-1] == InvoiceLine("Rabat", Decimal(1), -50_00, GOODS_ACCOUNT)
    assert lines_of(replace(order, voucher_code="SPRING"))[-1].description == "Rabat (SPRING)"


def test_a_spread_discount_goes_by_largest_remainder() -> None:
    # 10.00 kr over 100, 100 and 100 kr: 3.34, 3.33, 3.33; the first of equals bears the odd øre.
    order = an_order(lines=(a_line(100_00), a_line(100_00), a_line(100_00)), shipping=49_00, discount=10_00)
    assert spread(order) == [(1, 96_66, ""), (1, 96_67, ""), (1, 96_67, ""), (1, 49_00, "")]


def test_the_largest_remainder_wins_not_the_first_line() -> None:
    # 1.00 kr over 1 and 2 kr: 33.3 and 66.7 øre.
    order = an_order(lines=(a_line(1_00), a_line(2_00)), shipping=0, discount=1_00)
    assert [price for _, price, _ in spread(order)] == [67, 1_33]


def test_a_spread_discount_keeps_pieces_where_it_can_be_divided() -> None:
    order = an_order(lines=(a_line(100_00, 4),), shipping=0, discount=40_00)
    assert spread(order) == [(4, 90_00, "")]


def test_a_spread_discount_that_cannot_be_divided_makes_one_piece_that_says_its_count() -> None:
    goods = a_line(33_33, 3, attributes=(("Farve", "blå"),))
    order = an_order(lines=(goods, a_line(10_00, "2.50")), shipping=0, discount=10_00)
    assert spread(order) == [(1, 91_99, "3 stk.\nFarve: blå"), (Decimal("2.50"), 9_20, "")]


@pytest.mark.parametrize(
    ("quantity", "count"), [("1.50", "1.5 stk."), ("300", "300 stk."), ("3E+2", "300 stk.")]
)
def test_the_count_is_written_as_people_write_it(quantity: str, count: str) -> None:
    order = an_order(lines=(a_line(10_00, quantity),), shipping=0, discount=1_00)
    ((pieces, price, comments),) = spread(order)
    assert (pieces, price, comments) == (1, order.total, count)


@pytest.mark.parametrize("discount", DiscountLines)
def test_a_discount_of_everything_comes_to_nothing(discount: DiscountLines) -> None:
    order = an_order(lines=(a_line(33_33, 3), a_line(10_00)), shipping=0, discount=109_99)
    assert order.total == 0
    assert sum(line.amount for line in lines_of(order, discount)) == 0
    if discount is SPREAD:
        assert [line.unit_price for line in lines_of(order, discount)] == [0, 0]


def test_what_the_goods_cannot_bear_comes_off_the_shipping() -> None:
    order = an_order(lines=(a_line(100_00),), shipping=49_00, discount=120_00)
    assert spread(order) == [(1, 0, ""), (1, 29_00, "")]
    assert lines_of(order, SPREAD)[1].account == SHIPPING_ACCOUNT


def test_shipping_that_the_discount_pays_makes_no_line() -> None:
    order = an_order(lines=(a_line(100_00),), shipping=49_00, discount=149_00)
    assert spread(order) == [(1, 0, "")]


def test_a_discount_on_goods_that_cost_nothing_comes_off_the_shipping() -> None:
    order = an_order(lines=(a_line(0, 2),), shipping=49_00, discount=9_00)
    assert spread(order) == [(2, 0, ""), (1, 40_00, "")]


def test_lines_that_are_negative_already_bear_no_discount() -> None:
    order = an_order(lines=(a_line(100_00), a_line(-20_00)), shipping=0, discount=10_00)
    assert [price for _, price, _ in spread(order)] == [90_00, -20_00]


@given(orders(plain=True))
def test_the_lines_always_come_to_the_total(order: Order) -> None:
    for discount in DiscountLines:
        assert sum(line.amount for line in lines_of(order, discount)) == order.total


@given(orders(plain=True))
def test_a_spread_discount_leaves_no_negative_line_and_no_line_out(order: Order) -> None:
    spread_lines = lines_of(order, SPREAD)
    assert all(line.amount >= 0 for line in spread_lines)
    assert len(spread_lines) in (len(order.lines), len(order.lines) + 1)
    for line in spread_lines:
        assert line.amount == line.quantity * line.unit_price or line.unit_price in {
            goods.unit_price for goods in order.lines
        }, "a discounted line must need no rounding of its own"


@given(orders(plain=True))
def test_a_spread_discount_is_in_proportion_within_an_ore(order: Order) -> None:
    amounts = [line.amount for line in lines_of(replace(order, discount=0, total=0))[: len(order.lines)]]
    base = sum(amounts)
    if base == 0 or order.discount > base:
        return
    for amount, line in zip(amounts, lines_of(order, SPREAD), strict=False):
        fair = Decimal(order.discount) * amount / base
        assert abs((amount - line.amount) - fair) < 1


def test_the_invoice_bears_our_ids_and_the_shops_figures() -> None:
    order = an_order(billing=Party(name="Anne Hansen", company="Kopper ApS", zipcode="8000", city="Aarhus C"))
    draft = invoice_draft(order, a_policy(), DOMESTIC, STRANGER)
    assert draft.guid == invoice_guid(a_policy().organisation, order.order_id)
    assert draft.contact == STRANGER
    assert draft.reference == "shoporama:4711001"
    assert draft.comment == "Ordre 1001"
    assert draft.address == "Kopper ApS\nAnne Hansen\n8000 Aarhus C"
    assert (draft.currency, draft.total, draft.vat, draft.prepaid) == ("DKK", 249_00, 49_80, True)


def test_the_payment_is_the_whole_total_on_the_chosen_account() -> None:
    payment = payment_draft(an_order(), a_policy(deposit_account=55_999))
    assert (payment.account, payment.amount) == (55_999, 249_00)
    assert payment.reference == "shoporama:4711001:payment"
    assert payment.description == "Shoporama ordre 1001"
