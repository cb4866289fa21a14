"""A bookkeeper who makes no mistakes: books and status as they must be, for tests that then spoil them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from dinero_operator.sandbox.dinero import Books, Contact, Invoice, Line, Unknowns
from dinero_operator.sandbox.dinero.models import Totals
from dinero_operator.sandbox.dinero.totals import calculate
from dinero_operator.sandbox.expected import End, Expected, expected
from dinero_operator.sandbox.shoporama import ShoporamaSimulator, SimOrder, demo_orders
from dinero_operator.sandbox.verify import Case

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
SPEC: dict[str, Any] = {
    "shop": {"timeZone": "Europe/Copenhagen"},
    "trigger": "Paid",
    "booking": "OnTransfer",
    "payment": "WhenPaid",
    "account": 55100,
    "startFrom": "2026-03-01",
    "sales": {"domestic": {"goods": 1000, "shipping": 1350}},
    "vouchers": {"giftCardPattern": "^GAVEKORT-"},
}


def placed(orders: list[SimOrder]) -> list[SimOrder]:
    shop = ShoporamaSimulator(now=lambda: NOW).add_shop("shop")
    return [shop.place(order) for order in orders]


def honest(count: int = 60, **spec: Any) -> Case:
    """Demo orders, and books and status that agree with them."""
    return keep_books(demo_orders(seed=3, count=count, now=NOW), **spec)


def keep_books(orders: list[SimOrder], **spec: Any) -> Case:
    chosen = SPEC | spec
    books = Books(1, "Eksempel ApS", now=lambda: NOW, unknowns=Unknowns())
    due = [expected(order, chosen) for order in orders]
    for each in due:
        if each.end.invoiced:
            _invoice(books, each)
    return Case(tuple(orders), chosen, _status(due), books)


def _invoice(books: Books, due: Expected) -> None:
    order = due.order
    email = (order.email or "").strip().lower()
    contact = next((each for each in books.contacts.values() if each.email == email), None)
    if contact is None:
        contact = books.add_contact_by_hand(order.billing.name, email=email)
    invoice = Invoice(
        guid=f"invoice-{order.order_id}",
        date=date(2026, 3, 10),
        due_date=date(2026, 3, 10) + timedelta(days=8),
        lines=_lines(order),
        totals=Totals(),
        contact_guid=contact.guid,
        show_lines_incl_vat=True,
        external_reference=f"shoporama:{order.order_id}",
    )
    calculate(invoice)
    books.add_document(invoice)
    if due.end is End.DRAFTED:
        return
    books.book(invoice)
    if due.end is End.PAID:
        pay(books, invoice)


def pay(books: Books, invoice: Invoice, **changes: Any) -> None:
    given = {
        "amount": invoice.totals.gross,
        "deposit_account": 55100,
        "external_reference": f"{invoice.external_reference}:payment",
    }
    books.pay(invoice, **(given | changes))


def _lines(order: SimOrder) -> list[Line]:
    rows = [(line.name, Decimal(line.amount), line.unit_price, 1000) for line in order.lines]
    if order.shipping_price:
        rows.append(("Fragt", Decimal(1), order.shipping_price, 1350))
    if order.voucher_discount_amount:
        rows.append(("Rabat", Decimal(1), -order.voucher_discount_amount, 1000))
    return [
        Line(
            description=name,
            quantity=amount,
            base_amount=Decimal(price) / 100,
            account_number=account,
            vat_code="U25",
            vat_rate=Decimal("0.25"),
        )
        for name, amount, price, account in rows
    ]


def _status(due: list[Expected]) -> dict[str, Any]:
    ends = Counter(each.end for each in due)
    return {
        "orders": {
            "booked": ends[End.BOOKED] + ends[End.PAID],
            "drafted": ends[End.DRAFTED],
            "credited": 0,
            "held": ends[End.HELD],
            "pending": ends[End.PENDING],
        },
        "held": [
            {
                "orderId": str(each.order.order_id),
                "orderNumber": str(each.order.webshop_order_id),
                "reason": min(each.reasons),
                "message": "…",
                "since": "2026-03-10T12:00:00Z",
            }
            for each in due
            if each.end is End.HELD
        ],
    }


def first(case: Case, end: End) -> tuple[SimOrder, Invoice]:
    """The first order with this end, and its invoice."""
    order = next(each.order for each in case.expected() if each.end is end)
    return order, case.books.invoices[f"invoice-{order.order_id}"]


def stranger() -> Contact:
    return Contact(guid="stranger", name="En anden", email="en.anden@example.com")


def with_status(case: Case, **changes: Any) -> Case:
    return replace(case, status={**case.status, **changes})
