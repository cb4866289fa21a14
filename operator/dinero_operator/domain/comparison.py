"""Does a document in the books say what the order says? Contact, currency, total, VAT and reference; never layout."""

from __future__ import annotations

from dinero_operator.domain import money
from dinero_operator.domain.document import InvoiceDraft
from dinero_operator.domain.eligibility import Obstacle
from dinero_operator.domain.holds import HoldReason
from dinero_operator.domain.identity import invoice_reference
from dinero_operator.domain.observation import InvoiceView
from dinero_operator.domain.order import Order
from dinero_operator.domain.policy import LEDGER_CURRENCY
from dinero_operator.domain.vat import vat_within


def compare_draft(expected: InvoiceDraft, found: InvoiceView) -> Obstacle | None:
    """Compare the draft in the books with the one that the order asks for, before it is booked.

    The total that Dinero computed must be the order's to the øre; its VAT may differ by one øre for each line with an
    amount, since Dinero rounds line by line and the shop may round on the sum.
    """
    for name, ours, theirs in (
        ("contact", expected.contact, found.contact),
        ("currency", expected.currency, found.currency),
        ("reference", expected.reference, found.reference),
    ):
        if ours != theirs:
            return Obstacle(HoldReason.BOOKS_DIFFER, f"The draft in Dinero has another {name} than the order")
    if found.total != expected.total:
        # Lines that come to the order's total show that nobody edited them: then it is the computation that differs.
        edited = found.lines_total is not None and found.lines_total != expected.total
        return Obstacle(
            HoldReason.BOOKS_DIFFER if edited else HoldReason.TOTALS_DIFFER,
            f"The draft in Dinero comes to {_amount(found.total)}, the order to {money.text(expected.total)}",
        )
    return _compare_vat(expected, found)


def compare_booked(order: Order, found: InvoiceView) -> Obstacle | None:
    """Compare a booked invoice with the order: a difference can only be corrected by a credit note."""
    if found.reference is not None and found.reference.lower() != invoice_reference(order.order_id):
        return Obstacle(HoldReason.BOOKS_DIFFER, "The booked invoice has another reference than the order")
    if found.currency is not None and found.currency != LEDGER_CURRENCY:
        return Obstacle(HoldReason.BOOKS_DIFFER, "The booked invoice has another currency than the order")
    if found.total is not None and found.total != order.total:
        return Obstacle(
            HoldReason.CHANGED_AFTER_BOOKING,
            f"The booked invoice is {money.text(found.total)}, the order is now {money.text(order.total)}",
        )
    return None


def _compare_vat(expected: InvoiceDraft, found: InvoiceView) -> Obstacle | None:
    """The VAT must be the shop's own, and the one that the destination class asks for."""
    tolerance = sum(1 for line in expected.lines if line.amount)
    due = vat_within(expected.total, expected.vat_rate)
    checks = [(due, "its destination asks for", tolerance)]
    if expected.vat is not None:
        # The shop has rounded too, so that what agrees with it may be further from the class.
        checks = [(expected.vat, "the order", tolerance), (due, "its destination asks for", 2 * tolerance)]
    for vat, whose, leeway in checks:
        if found.vat is None or abs(found.vat - vat) > leeway:
            return Obstacle(
                HoldReason.VAT_DIFFERS,
                f"The draft in Dinero has {_amount(found.vat)} of VAT (moms), {whose} {money.text(vat)}",
            )
    return None


def _amount(amount: int | None) -> str:
    return "an unknown amount" if amount is None else money.text(amount)
