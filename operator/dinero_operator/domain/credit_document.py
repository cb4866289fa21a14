"""From an order and its booked invoice to the credit note and the refund, as they should be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from dinero_operator.domain import money
from dinero_operator.domain.choices import DiscountLines, LateOrders
from dinero_operator.domain.credit import (
    CREDIT_COMMENT,
    REFUND_TEXT,
    CreditDraft,
    reduction,
    whole_lines,
    without_negatives,
)
from dinero_operator.domain.document import InvoiceLine, PaymentDraft, invoice_lines, postal_address
from dinero_operator.domain.eligibility import Obstacle, accounts_of
from dinero_operator.domain.holds import HoldReason
from dinero_operator.domain.identity import credit_of, credit_reference, creditnote_guid, refund_reference
from dinero_operator.domain.observation import CreditView, InvoiceView
from dinero_operator.domain.order import Order
from dinero_operator.domain.policy import LEDGER_CURRENCY, Policy


def credit_draft(
    order: Order,
    invoice: InvoiceView,
    policy: Policy,
    *,
    booked: Sequence[CreditView],
    owed: int,
    worth: int,
) -> CreditDraft | Obstacle:
    """The credit note of ``owed`` øre, for an order that is worth ``worth``; or why none can be made."""
    day = credit_date(order, policy)
    if policy.late_orders is LateOrders.HOLD and (day.year, day.month) < (
        policy.today.year,
        policy.today.month,
    ):
        return Obstacle(HoldReason.LATE_ORDER, "The order was changed in an earlier month")
    lines = _lines(order, invoice, policy, booked, worth=worth)
    if not lines or sum(line.amount for line in lines) != owed or invoice.contact is None:
        return Obstacle(
            HoldReason.CREDIT_NEEDED,
            f"{money.text(owed)} are to be credited, but it cannot be told of which lines of the invoice",
        )
    reference = next_reference(order, booked)
    return CreditDraft(
        guid=creditnote_guid(policy.organisation, reference),
        invoice=invoice.guid,
        contact=invoice.contact,
        reference=reference,
        date=day,
        currency=invoice.currency or LEDGER_CURRENCY,
        comment=CREDIT_COMMENT.format(number=order.number),
        address=postal_address(order.billing),
        lines=lines,
        total=owed,
    )


def _lines(
    order: Order, invoice: InvoiceView, policy: Policy, booked: Sequence[CreditView], *, worth: int
) -> tuple[InvoiceLine, ...] | None:
    if invoice.lines is None or any(note.lines is None for note in booked):
        return None
    left = whole_lines(invoice.lines, [note.lines for note in booked if note.lines is not None])
    if left is None:
        return None
    if worth:
        accounts = accounts_of(order, policy)
        if accounts is None:
            return None
        left = reduction(left, invoice_lines(order, accounts, policy.discount))
    is_mirror = not worth and not booked
    if left is None or (is_mirror and policy.discount is DiscountLines.OWN_LINE):
        # The whole of an invoice whose discount line Dinero took: line for line, so that its VAT goes back to the øre.
        return left
    return without_negatives(left)


def refund_draft(order: Order, policy: Policy, note: CreditView, amount: int) -> PaymentDraft:
    """What is paid back with a credit note: ``amount`` is negative."""
    return PaymentDraft(
        account=policy.deposit_account,
        amount=amount,
        date=credit_date(order, policy),
        description=REFUND_TEXT.format(number=order.number),
        reference=refund_reference(note.reference),
    )


def compare_credit(invoice: InvoiceView, note: CreditView, owed: int) -> Obstacle | None:
    """Compare the draft with what is to be credited, before it is booked. VAT may differ by one øre a line."""
    for name, ours, theirs in (
        ("contact", invoice.contact, note.contact),
        ("currency", invoice.currency, note.currency),
        ("invoice", invoice.guid, note.invoice),
    ):
        if ours != theirs:
            return Obstacle(
                HoldReason.BOOKS_DIFFER, f"The draft of the credit note in Dinero has another {name}"
            )
    if note.total != owed:
        shown = money.text(note.total) if note.total is not None else "an unknown amount"
        return Obstacle(
            HoldReason.BOOKS_DIFFER,
            f"The draft of the credit note comes to {shown}; {money.text(owed)} are to be credited",
        )
    vat = _share(invoice, owed)
    if note.vat is None or vat is None or abs(note.vat - vat) > len(note.lines or ()):
        return Obstacle(
            HoldReason.VAT_DIFFERS,
            "The draft of the credit note has another share of VAT (moms) than its invoice",
        )
    return None


def _share(invoice: InvoiceView, amount: int) -> int | None:
    """Øre of VAT within an amount of an invoice."""
    if invoice.vat is None or not invoice.total:
        return None
    return int((Decimal(amount * invoice.vat) / invoice.total).to_integral_value(rounding=ROUND_HALF_UP))


def next_reference(order: Order, booked: Sequence[CreditView]) -> str:
    """The reference of the credit note after those that are booked."""
    numbers = [known[1] for note in booked if (known := credit_of(note.reference)) is not None]
    return credit_reference(order.order_id, max(numbers, default=0) + 1)


def credit_date(order: Order, policy: Policy) -> date:
    """The date of a credit note and its refund: the day of the order's last change, today at the latest."""
    placed = order.placed_at.date()
    day = order.modified_at.date() if order.modified_at else policy.today
    day = max(placed, min(day, policy.today))
    is_late = (day.year, day.month) < (policy.today.year, policy.today.month)
    return policy.today if is_late and policy.late_orders is LateOrders.TODAY else day
