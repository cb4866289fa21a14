"""The verification sees every kind of difference between orders, books and status; and none where there is none."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from honest_books import NOW, SPEC, first, honest, keep_books, pay, stranger, with_status

from dinero_operator.sandbox.dinero import Books
from dinero_operator.sandbox.expected import End
from dinero_operator.sandbox.shoporama import demo_orders
from dinero_operator.sandbox.verify import Case, differences, owed

Spoil = Callable[[Case], Case | None]


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"trigger": "Sent"},
        {"booking": "OnSent"},
        {"booking": "Manual"},
        {"payment": "Always", "trigger": "Sent"},
        {"vouchers": {}},
        {"startFrom": "2026-03-08"},
    ],
)
def test_honest_books_show_no_difference(spec: dict[str, Any]) -> None:
    case = honest(**spec)
    assert differences(case) == []
    assert owed(case) == []


def delete_payment(case: Case) -> None:
    _, invoice = first(case, End.PAID)
    case.books.delete_payment_by_hand(invoice.guid, invoice.payments[0].guid)


def pay_twice(case: Case) -> None:
    pay(case.books, first(case, End.PAID)[1])


def pay_what_is_unpaid(case: Case) -> None:
    pay(case.books, first(case, End.BOOKED)[1])


def replace_payment(**changes: Any) -> Spoil:
    def spoil(case: Case) -> None:
        _, invoice = first(case, End.PAID)
        case.books.delete_payment_by_hand(invoice.guid, invoice.payments[0].guid)
        pay(case.books, invoice, **changes)

    return spoil


def change_amount(case: Case) -> None:
    _, invoice = first(case, End.PAID)
    invoice.totals = replace(invoice.totals, net=invoice.totals.net + 1)


def change_vat(case: Case) -> None:
    _, invoice = first(case, End.PAID)
    totals = invoice.totals
    invoice.totals = replace(totals, net=totals.net - 500, vat=totals.vat + 500)


def change_revenue_account(case: Case) -> None:
    _, invoice = first(case, End.PAID)
    invoice.lines[0].account_number = 1050


def change_currency(case: Case) -> None:
    first(case, End.PAID)[1].currency = "EUR"


def change_date(case: Case) -> None:
    first(case, End.PAID)[1].date = date(2026, 2, 1)


def change_reference(case: Case) -> None:
    first(case, End.PAID)[1].external_reference = None


def duplicate_invoice(case: Case) -> None:
    _, invoice = first(case, End.PAID)
    again = deepcopy(invoice)
    again.guid, again.number, again.payments = "again", None, []
    case.books.add_document(again)
    case.books.book(again)


def invoice_of_nobody(case: Case) -> None:
    _, invoice = first(case, End.PAID)
    assert invoice.contact_guid
    case.books.add_invoice_by_hand(invoice.contact_guid, amount=next(iter(invoice.lines)).base_amount)


def invoice_of_a_held_order(case: Case) -> None:
    order = next(each.order for each in case.expected() if each.end is End.HELD)
    _, invoice = first(case, End.PAID)
    assert invoice.contact_guid
    case.books.add_invoice_by_hand(
        invoice.contact_guid, invoice.lines[0].base_amount, external_reference=f"shoporama:{order.order_id}"
    )


def credit_note(case: Case) -> None:
    case.books.generate_credit_note(first(case, End.PAID)[1])


def book_a_draft(case: Case) -> None:
    case.books.book(first(case, End.DRAFTED)[1])


def unbook(case: Case) -> None:
    first(case, End.BOOKED)[1].number = None


def delete_invoice(case: Case) -> None:
    first(case, End.DRAFTED)[1].deleted_at = NOW


def second_contact(case: Case) -> None:
    order, _ = first(case, End.PAID)
    assert order.email
    case.books.add_contact_by_hand("Den samme", email=order.email.upper())


def contact_of_nobody(case: Case) -> None:
    case.books.add_contact(stranger())


def wrong_contact(case: Case) -> None:
    (_, one), (_, other) = first(case, End.PAID), first(case, End.BOOKED)
    one.contact_guid = other.contact_guid


def delete_contact(case: Case) -> None:
    _, invoice = first(case, End.PAID)
    assert invoice.contact_guid
    case.books.delete_contact(invoice.contact_guid)


def unbalance(case: Case) -> None:
    books: Books = case.books
    books.entries[0] = replace(books.entries[0], amount=books.entries[0].amount + 1)


def lose_an_entry_pair(case: Case) -> None:
    _, invoice = first(case, End.PAID)
    case.books.entries[:] = [entry for entry in case.books.entries if entry.voucher_guid != invoice.guid]


def remove_hold(case: Case) -> Case:
    return with_status(case, held=case.status["held"][1:])


def add_hold(case: Case) -> Case:
    order, _ = first(case, End.PAID)
    hold = {
        "orderId": str(order.order_id),
        "orderNumber": str(order.webshop_order_id),
        "reason": "OutcomeUnknown",
    }
    return with_status(case, held=[*case.status["held"], hold])


def other_reason(case: Case) -> Case:
    held = [{**hold, "reason": "OutcomeUnknown"} for hold in case.status["held"][:1]]
    return with_status(case, held=[*held, *case.status["held"][1:]])


def hold_twice(case: Case) -> Case:
    return with_status(case, held=[*case.status["held"], case.status["held"][0]])


def miscount(name: str) -> Spoil:
    def spoil(case: Case) -> Case:
        orders = {**case.status["orders"]}
        orders[name] += 1
        return with_status(case, orders=orders)

    return spoil


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (delete_payment, "must have 1 payment, and has none"),
        (delete_payment, "of its invoice remain"),
        (delete_payment, "Account 55100 holds"),
        (pay_twice, "must have 1 payment, and has 2"),
        (pay_what_is_unpaid, "must have no payment, and has 1"),
        (replace_payment(amount=100), "has a payment of 1.00 DKK"),
        (replace_payment(deposit_account=55000), "has its payment on account 55000, not on 55100"),
        (replace_payment(external_reference=None), "has a payment with the reference None"),
        (change_amount, "but its invoice to"),
        (change_vat, "more than an øre a line"),
        (change_revenue_account, "on revenue account 1050, where 0.00 DKK belong"),
        (change_currency, "but its invoice in EUR"),
        (change_date, "voucher date outside the days"),
        (change_reference, "must have one invoice, and has none"),
        (change_reference, "(without a reference) belongs to no order"),
        (duplicate_invoice, "must have one invoice, and has 2"),
        (invoice_of_nobody, "(without a reference) belongs to no order"),
        (invoice_of_a_held_order, "belongs to no order that is owed one"),
        (credit_note, "There is a credit note of"),
        (book_a_draft, "must be drafted, but its invoice is booked"),
        (unbook, "must be booked, but its invoice is a draft"),
        (delete_invoice, "must have one invoice, and has none"),
        (second_contact, "must be one contact, and is 2"),
        (contact_of_nobody, "Contacts without any order that is invoiced: 1"),
        (wrong_contact, "to a contact with another e-mail address"),
        (delete_contact, "has an invoice without a contact"),
        (unbalance, "does not balance: debit less credit is 0.01 DKK"),
        (lose_an_entry_pair, "Account 55100 holds"),
        (remove_hold, "must be held"),
        (add_hold, "is held (OutcomeUnknown), and must not be"),
        (other_reason, "is held as OutcomeUnknown; it must be"),
        (hold_twice, "stands in status.held 2 times"),
        *(
            (miscount(name), f"status.orders.{name} is")
            for name in ("booked", "drafted", "credited", "held", "pending")
        ),
    ],
)
def test_each_kind_of_difference_is_told(spoil: Spoil, sentence: str) -> None:
    # Booking OnSent with payments when paid has every end among its orders but BOOKED; that comes from trigger Sent.
    both = (honest(booking="OnSent"), honest(trigger="Sent"))
    found: list[str] = []
    for case in both:
        try:
            spoiled = spoil(case) or case
        except StopIteration:
            continue
        found += differences(spoiled)
    assert any(sentence in line for line in found), found


def test_an_order_more_or_changed_in_the_shop_is_a_difference_too() -> None:
    case = honest()
    order, _ = first(case, End.PAID)
    dearer = replace(order, stated_total=order.total_price)
    assert differences(replace(case, orders=(*case.orders, replace(dearer, order_id=9_999_999))))
    others = tuple(each for each in case.orders if each is not order)
    assert differences(replace(case, orders=others))


def test_more_holds_than_the_status_lists_are_counted_only() -> None:
    orders = [replace(order, email=None) for order in demo_orders(seed=3, count=120, now=NOW)]
    case = keep_books(orders)
    assert case.status["orders"]["held"] > 50
    shown = with_status(case, held=case.status["held"][:50])
    assert differences(shown) == []


def test_what_is_still_owed_is_named_with_its_hold() -> None:
    case = honest()
    order, invoice = first(case, End.PAID)
    case.books.delete_payment_by_hand(invoice.guid, invoice.payments[0].guid)
    assert owed(case) == [f"Order {order.webshop_order_id} is to be paid"]
    assert owed(add_hold(case)) == [
        f"Order {order.webshop_order_id} is to be paid, but is held: OutcomeUnknown"
    ]
    assert len(owed(keep_books([]))) == 0
    assert any("is to be held" in line for line in owed(with_status(case, held=[])))


def test_orders_before_the_start_are_left_alone() -> None:
    early = keep_books(demo_orders(seed=3, count=40, now=NOW), startFrom="2026-03-09")
    assert {each.end for each in early.expected()} >= {End.NOTHING, End.PAID}
    assert differences(replace(early, spec={**SPEC})) != []
