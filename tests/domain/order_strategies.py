"""Any order, any choice of the shop, any state of the books."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from books_model import BookContact, BookPayment, BooksModel
from hypothesis import strategies as st

from builders import (
    BUYER,
    COLLECTIVE,
    DEPOSIT_ACCOUNT,
    DOMESTIC,
    ORGANISATION,
    STRANGER,
    TODAY,
    a_line,
    an_order,
)
from dinero_operator.domain.choices import (
    Booking,
    DiscountLines,
    Duplicates,
    LateOrders,
    Payment,
    Trigger,
    WithoutEmail,
)
from dinero_operator.domain.destination import Destination
from dinero_operator.domain.document import invoice_draft
from dinero_operator.domain.identity import contact_guid, email_key, payment_reference
from dinero_operator.domain.money import times
from dinero_operator.domain.observation import InvoiceStatus
from dinero_operator.domain.order import Order, OrderLine, OrderStatus
from dinero_operator.domain.policy import Policy, SalesAccounts
from dinero_operator.domain.vat import vat_within

EMAIL = "Anne@Example.com"
prices = st.one_of(st.integers(0, 500_00), st.sampled_from([1, 99, 33_33, 199_95, 249_00, 9_999_99]))
quantities = st.one_of(
    st.integers(1, 12).map(Decimal),
    st.sampled_from(["0.5", "1.25", "0.333", "2.5", "100"]).map(Decimal),
)
lines = st.builds(a_line, unit_price=prices, quantity=quantities)
statuses = st.sampled_from([OrderStatus.SENT, OrderStatus.SENT, OrderStatus.NEW])
moments = st.datetimes(
    datetime.fromisoformat("2026-02-25T00:00"), datetime.fromisoformat("2026-03-25T00:00")
).map(lambda time: time.replace(microsecond=0))


@st.composite
def orders(draw: st.DrawFn, *, plain: bool = False) -> Order:
    """Any order whose sums are right; unless ``plain``, now and then one whose sums or customer are wrong."""
    goods: list[OrderLine] = draw(st.lists(lines, min_size=1, max_size=4))
    shipping = draw(st.sampled_from([0, 0, 39_00, 49_95, 1]))
    before = sum(times(line.quantity, line.unit_price) for line in goods) + shipping
    discount = draw(st.one_of(st.just(0), st.integers(0, before), st.just(before)))
    total = before - discount
    placed = draw(moments)
    order = an_order(
        lines=tuple(goods),
        shipping=shipping,
        discount=discount,
        voucher_code=draw(st.sampled_from(["", "SPRING", "GIFT-1"])) if discount else "",
        total=total,
        vat=draw(st.sampled_from([None, vat_within(total), vat_within(total) + 1])),
        status=draw(statuses if plain else st.one_of(statuses, st.sampled_from(OrderStatus))),
        paid=draw(st.sampled_from([True, True, True, False])),
        email=EMAIL,
        placed_at=placed,
        modified_at=draw(st.none() | st.just(placed + timedelta(days=draw(st.integers(0, 40))))),
        paid_at=draw(st.none() | moments),
        sent_at=draw(st.none() | moments),
    )
    if plain or draw(st.booleans()):
        return order
    return replace(
        order,
        total=total + draw(st.sampled_from([0] * 8 + [1, -1])),
        email=draw(st.sampled_from([EMAIL] * 6 + ["", "  ", "not an address"])),
        delivery=replace(BUYER, country=draw(st.sampled_from(["DK"] * 7 + ["", "DE", "NO", "GL"]))),
        currency=draw(st.sampled_from([""] * 6 + ["DKK", "EUR"])),
    )


@st.composite
def policies(draw: st.DrawFn, *, plain: bool = False) -> Policy:
    """Any choices; ``plain``: only those that hold no plain order."""
    policy = Policy(
        organisation=ORGANISATION,
        trigger=draw(st.sampled_from(Trigger)),
        deposit_account=DEPOSIT_ACCOUNT,
        start_from=date(2026, 2, 1),
        today=TODAY,
        sales={Destination.DOMESTIC: DOMESTIC},
        booking=draw(st.sampled_from(Booking)),
        payment=draw(st.sampled_from(Payment)),
        discount=draw(st.sampled_from(DiscountLines)),
        late_orders=draw(st.sampled_from([LateOrders.OWN_DATE, LateOrders.TODAY])),
    )
    if plain or draw(st.booleans()):
        return policy
    return replace(
        policy,
        start_from=draw(st.sampled_from([date(2026, 2, 1), date(2026, 3, 10)])),
        late_orders=draw(st.sampled_from(LateOrders)),
        without_email=draw(st.sampled_from(WithoutEmail)),
        collective_contact=draw(st.sampled_from([None, COLLECTIVE])),
        gift_card_pattern=draw(st.sampled_from([None, re.compile("^GIFT-")])),
        duplicates=draw(st.sampled_from(Duplicates)),
        skip=draw(st.sampled_from([frozenset()] * 5 + [frozenset({4_711_001})])),
        sales=draw(
            st.sampled_from(
                [
                    {Destination.DOMESTIC: DOMESTIC},
                    {},
                    {Destination.DOMESTIC: DOMESTIC, Destination.EXPORT: SalesAccounts(1255, 1300)},
                ]
            )
        ),
    )


CONTACTS = ("none", "ours", "ours deleted", "stranger's", "stranger's deleted", "ours and stranger's")
INVOICES = (
    "none",
    "draft",
    "draft edited",
    "draft on another contact",
    "draft deleted",
    "booked",
    "booked otherwise",
    "booked, paid by us",
    "booked, paid by hand",
    "booked, paid partly by hand",
    "booked, paid twice",
)


def some_books(order: Order, policy: Policy, contacts: str, invoice: str) -> BooksModel:
    """The books in a named state. An order that has no contact or account of its own has its invoice on others."""
    books = BooksModel(contacts=[BookContact(COLLECTIVE, "")])
    try:
        ours, email = contact_guid(policy.organisation, order.email), email_key(order.email)
    except ValueError:
        ours, email = STRANGER, ""
    if "stranger's" in contacts:
        books.contacts.append(BookContact(STRANGER, email, deleted=contacts == "stranger's deleted"))
    if "ours" in contacts:
        books.contacts.append(BookContact(ours, email, deleted=contacts == "ours deleted"))
    if invoice != "none":
        is_ours = "ours" in contacts or not contacts.startswith("stranger's")
        draft = invoice_draft(order, policy, DOMESTIC, ours if is_ours else STRANGER)
        books.put(books.as_dinero_computes(draft))
        _change(books, order, invoice)
        books.writes.clear()
    return books


def _change(books: BooksModel, order: Order, how: str) -> None:
    invoice = books.the_invoice()
    if how in ("draft edited", "booked otherwise"):
        invoice.total += 100_00
        invoice.lines_total += 100_00
    if how == "draft on another contact":
        invoice.contact = COLLECTIVE
    invoice.deleted = how == "draft deleted"
    if how.startswith("booked"):
        invoice.status = InvoiceStatus.BOOKED
        books.changed()
    payments = {
        "booked, paid by us": [BookPayment(payment_reference(order.order_id), order.total)],
        "booked, paid by hand": [BookPayment(None, order.total)],
        "booked, paid partly by hand": [BookPayment(None, order.total // 2 + 1)],
        "booked, paid twice": [BookPayment(payment_reference(order.order_id), order.total)] * 2,
    }.get(how, [])
    for payment in payments:
        invoice.payments.append(payment)
        books.changed()
