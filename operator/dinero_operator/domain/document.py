"""From an order to the documents in the books: contact, invoice and payment, as they should be.

Prices are gross (``ShowLinesInclVat``), because those are the ones that the customer saw; the revenue account's VAT code
takes the VAT out of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from dinero_operator.domain.choices import DiscountLines, LateOrders, Trigger
from dinero_operator.domain.destination import Destination, destination_of
from dinero_operator.domain.exemption import buyers_number, comment_on, title_of
from dinero_operator.domain.identity import (
    contact_guid,
    email_key,
    invoice_guid,
    invoice_reference,
    payment_reference,
)
from dinero_operator.domain.money import times
from dinero_operator.domain.order import Order, OrderStatus, Party
from dinero_operator.domain.policy import LEDGER_CURRENCY, Policy, SalesAccounts
from dinero_operator.domain.registration import ean_number
from dinero_operator.domain.vat import RATES

SHIPPING_TEXT = "Fragt"
DISCOUNT_TEXT = "Rabat"
GOODS_TEXT = "Vare"
PAYMENT_TEXT = "Shoporama ordre {number}"
INVOICE_COMMENT = "Ordre {number}"


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """A line of the invoice. ``unit_price`` is øre, VAT included."""

    description: str
    quantity: Decimal
    unit_price: int
    account: int
    comments: str = ""

    @property
    def amount(self) -> int:
        """Øre of the whole line, VAT included."""
        return times(self.quantity, self.unit_price)


@dataclass(frozen=True, slots=True)
class InvoiceDraft:
    """The invoice as it should be. ``vat`` is the øre that the shop says are in ``total``, where it says so.

    ``vat_rate`` is the rate of its destination class, and ``title`` the document's heading, which tells the class.
    """

    guid: UUID
    contact: UUID
    reference: str
    date: date
    currency: str
    comment: str
    address: str
    prepaid: bool
    lines: tuple[InvoiceLine, ...]
    total: int
    vat: int | None
    vat_rate: Decimal
    title: str


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """The contact as we make it where the books have none with this e-mail address."""

    guid: UUID
    name: str
    email: str
    street: str
    zipcode: str
    city: str
    country: str
    phone: str
    person: bool
    attention: str = ""
    vat_number: str = ""
    ean: str = ""

    @property
    def email_key(self) -> str:
        """The normalised address, by which contacts are found."""
        return email_key(self.email)


@dataclass(frozen=True, slots=True)
class PaymentDraft:
    """The payment as it should be: what the customer has paid, on the deposit account (beholdning)."""

    account: int
    amount: int
    date: date
    description: str
    reference: str


def contact_draft(order: Order, policy: Policy) -> ContactDraft:
    """The contact of an order's customer. Raises ``ValueError`` where the order has no e-mail address."""
    buyer = order.billing
    vat_number, ean = buyers_number(order), ean_number(order.ean)
    person = not (buyer.company or vat_number or ean)
    return ContactDraft(
        guid=contact_guid(policy.organisation, order.email),
        name=buyer.company or buyer.name or order.email.strip(),
        email=order.email.strip(),
        street=buyer.address,
        zipcode=buyer.zipcode,
        city=buyer.city,
        country=buyer.country or order.delivery.country,
        phone=order.phone,
        person=person,
        attention=buyer.name if buyer.company else "",
        vat_number=vat_number,
        ean=ean,
    )


def invoice_lines(order: Order, accounts: SalesAccounts, discount: DiscountLines) -> tuple[InvoiceLine, ...]:
    """Goods, shipping and discount as lines, in that order. Their sum is the order's, by construction."""
    goods = [
        InvoiceLine(
            description=line.name or GOODS_TEXT,
            quantity=line.quantity,
            unit_price=line.unit_price,
            account=accounts.goods,
            comments="\n".join(f"{name}: {value}" for name, value in line.attributes),
        )
        for line in order.lines
    ]
    shipping = order.shipping
    if order.discount and discount is DiscountLines.SPREAD:
        goods, rest = spread_discount(goods, order.discount)
        shipping -= rest
    lines = goods
    if shipping:
        lines = [*lines, InvoiceLine(SHIPPING_TEXT, Decimal(1), shipping, accounts.shipping)]
    if order.discount and discount is DiscountLines.OWN_LINE:
        text = f"{DISCOUNT_TEXT} ({order.voucher_code})" if order.voucher_code else DISCOUNT_TEXT
        lines = [*lines, InvoiceLine(text, Decimal(1), -order.discount, accounts.goods)]
    return tuple(lines)


def invoice_draft(order: Order, policy: Policy, accounts: SalesAccounts, contact: UUID) -> InvoiceDraft:
    """The invoice of an order, on a contact that exists."""
    destination = destination_of(order) or Destination.DOMESTIC
    return InvoiceDraft(
        guid=invoice_guid(policy.organisation, order.order_id),
        contact=contact,
        reference=invoice_reference(order.order_id),
        date=voucher_date(order, policy),
        currency=LEDGER_CURRENCY,
        comment=comment_on(order, destination, INVOICE_COMMENT.format(number=order.number)),
        address=postal_address(order.billing),
        prepaid=order.paid,
        lines=invoice_lines(order, accounts, policy.discount),
        total=order.total,
        vat=order.vat,
        vat_rate=RATES[destination],
        title=title_of(destination),
    )


def payment_draft(order: Order, policy: Policy) -> PaymentDraft:
    """The payment of an order: the whole total, on the day that it was paid as far as the shop tells."""
    return PaymentDraft(
        account=policy.deposit_account,
        amount=order.total,
        date=_within(order, order.paid_at.date() if order.paid_at else None, policy.today),
        description=PAYMENT_TEXT.format(number=order.number),
        reference=payment_reference(order.order_id),
    )


def trigger_date(order: Order, policy: Policy) -> date:
    """The day of the trigger in the shop's zone: its own time where it can be read, else the modification's, else today.

    It never lies outside the days between the order and its last modification.
    """
    moment = order.paid_at if policy.trigger is Trigger.PAID else order.sent_at
    return _within(order, moment.date() if moment else None, policy.today)


def voucher_date(order: Order, policy: Policy) -> date:
    """The date of the invoice (bilagsdato): the trigger's day, or today where the shop wants that for late orders."""
    day = trigger_date(order, policy)
    return policy.today if policy.late_orders is LateOrders.TODAY and is_late(order, policy) else day


def is_late(order: Order, policy: Policy) -> bool:
    """Say whether the trigger's day lies in an earlier month than today's."""
    day = trigger_date(order, policy)
    return (day.year, day.month) < (policy.today.year, policy.today.month)


def is_shipped(order: Order) -> bool:
    """Say whether the shop has sent the order."""
    return order.status is OrderStatus.SENT


def _within(order: Order, day: date | None, today: date) -> date:
    placed = order.placed_at.date()
    last = max(placed, order.modified_at.date() if order.modified_at else today)
    return max(placed, min(day or last, last))


def postal_address(party: Party) -> str:
    """Name and address as they are printed."""
    rows = (party.company, party.name, party.address, f"{party.zipcode} {party.city}".strip())
    return "\n".join(row for row in rows if row)


def spread_discount(goods: list[InvoiceLine], discount: int) -> tuple[list[InvoiceLine], int]:
    """Take a discount off the goods' lines in proportion, by largest remainder, so that the sum is exact to the øre.

    No line becomes negative: the øre that the goods cannot bear are given back, to be taken off the shipping. A line whose
    discounted amount is no whole number of øre a piece becomes one piece with its count in the comments.
    """
    amounts = [line.amount for line in goods]
    base = sum(amount for amount in amounts if amount > 0)
    if base <= 0:
        return goods, discount
    taken = min(discount, base)
    exact = [taken * amount if amount > 0 else 0 for amount in amounts]
    shares = [share // base for share in exact]
    by_remainder = sorted(range(len(goods)), key=lambda index: (-(exact[index] % base), index))
    for index in by_remainder[: taken - sum(shares)]:
        shares[index] += 1
    spread = [
        _with_amount(line, amount - share) if share else line
        for line, amount, share in zip(goods, amounts, shares, strict=True)
    ]
    return spread, discount - taken


def _with_amount(line: InvoiceLine, amount: int) -> InvoiceLine:
    unit_price, rest = divmod(Decimal(amount), line.quantity)
    if not rest and unit_price == unit_price.to_integral_value():
        return InvoiceLine(line.description, line.quantity, int(unit_price), line.account, line.comments)
    count = f"{line.quantity.normalize():f} stk."
    comments = f"{count}\n{line.comments}" if line.comments else count
    return InvoiceLine(line.description, Decimal(1), amount, line.account, comments)
