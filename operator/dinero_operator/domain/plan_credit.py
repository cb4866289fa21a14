"""The plan for what is to be credited (krediteres) of a booked invoice, and paid back.

Exactly once, by the same means as the invoice: the credit note has a Guid of ours, counted from those in the books, so that
a second creation is refused and the first one adopted; booking names the version whose amounts were compared; the refund is
a negative payment on a version of the invoice that was read no later than the list of payments in which it was missing.
One credit note is finished, refund and all, before the next one is begun.
"""

from __future__ import annotations

from collections.abc import Sequence

from dinero_operator.domain import money
from dinero_operator.domain.choices import Credits, Payment
from dinero_operator.domain.credit_document import compare_credit, credit_draft, next_reference, refund_draft
from dinero_operator.domain.document import (
    payment_draft,
)
from dinero_operator.domain.eligibility import Obstacle
from dinero_operator.domain.holds import HoldReason
from dinero_operator.domain.identity import (
    contact_guid,
    creditnote_guid,
    payment_reference,
    refund_reference,
)
from dinero_operator.domain.observation import (
    ContactView,
    CreditView,
    InvoiceView,
    Look,
    Observed,
    PaymentsView,
)
from dinero_operator.domain.order import Order
from dinero_operator.domain.policy import Policy
from dinero_operator.domain.steps import (
    BookCredit,
    CreateCredit,
    Done,
    FindCredits,
    Outcome,
    Plan,
    ReadCredit,
    ReadInvoice,
    ReadPayments,
    RegisterPayment,
    RegisterRefund,
    RestoreContact,
)


def plan_credit(
    order: Order, observed: Observed, invoice: InvoiceView, policy: Policy, *, worth: int, held: Obstacle
) -> Plan | None:
    """Return the next action for an order that is worth ``worth`` øre now, and whose invoice is booked.

    ``held`` is what is said where the shop does not want credit notes to be made. ``None``: nothing was or is to be
    credited.
    """
    if isinstance(observed.credits, Look):
        return FindCredits(order.order_id)
    if invoice.total is None:
        return ReadInvoice(invoice.guid)
    notes = observed.credits
    unread = next((note for note in notes if note.booked and note.total is None), None)
    if unread is not None:
        return ReadCredit(unread.guid)
    booked = [note for note in notes if note.booked]
    draft = next((note for note in notes if not note.booked), None)
    owed = invoice.total - _total(booked) - worth
    if owed <= 0:
        end = _end(invoice, booked, draft, worth=worth)
        if end is not None or not booked:
            return end
    elif policy.credits is Credits.HOLD or order.placed_at.date() < policy.start_from:
        return held
    # Whoever else credits or pays in these books: the invoice's version first, then what has settled it.
    if invoice.timestamp is None:
        return ReadInvoice(invoice.guid)
    payments = observed.payments
    if isinstance(payments, Look):
        return ReadPayments(invoice.guid)
    settled: Plan | None = _seek(order, observed, invoice, payments, policy, booked=booked, draft=draft)
    settled = settled or _settlement(order, invoice, payments, booked, policy, worth=worth)
    if settled is None and owed == 0:
        settled = _rest(order, invoice, payments, policy)
    return settled or _credit(
        order, observed, invoice, policy, booked=booked, draft=draft, owed=owed, worth=worth
    )


def _end(
    invoice: InvoiceView, booked: Sequence[CreditView], draft: CreditView | None, *, worth: int
) -> Done | Obstacle | None:
    """Where nothing more is to be credited: how that ends, as far as the payments need not be looked at."""
    assert invoice.total is not None
    left = invoice.total - _total(booked)
    if left < worth:
        return Obstacle(
            HoldReason.CHANGED_AFTER_BOOKING,
            f"{money.text(left)} are booked for the order, which is now {money.text(worth)}",
        )
    if draft is not None and not draft.deleted:
        return Obstacle(
            HoldReason.BOOKS_DIFFER, "The draft of a credit note is there, and the order asks for none"
        )
    return Done(Outcome.CREDITED) if booked and invoice.settled else None


def _seek(
    order: Order,
    observed: Observed,
    invoice: InvoiceView,
    payments: PaymentsView,
    policy: Policy,
    *,
    booked: Sequence[CreditView],
    draft: CreditView | None,
) -> ReadCredit | None:
    """What settles an invoice may be a credit note of ours that another process has just made: look before a person does."""
    if not _settled_by_others(invoice, payments, booked):
        return None
    if draft is None and not observed.no_more_credits:
        return ReadCredit(creditnote_guid(policy.organisation, next_reference(order, booked)))
    is_unread = draft is not None and draft.timestamp is None and not draft.deleted
    return ReadCredit(draft.guid) if draft is not None and is_unread else None


def _settlement(
    order: Order,
    invoice: InvoiceView,
    payments: PaymentsView,
    booked: Sequence[CreditView],
    policy: Policy,
    *,
    worth: int,
) -> Plan | None:
    """What settles the invoice must be payments on accounts and our credit notes; what was paid too much goes back."""
    assert invoice.total is not None
    by_others = _settled_by_others(invoice, payments, booked)
    if by_others:
        if payments.remaining == 0 and by_others + _total(booked) == invoice.total - worth:
            return Done(Outcome.CREDITED)  # by hand, and the refund too
        return Obstacle(
            HoldReason.CREDIT_NEEDED,
            f"{money.text(by_others)} of the invoice were settled by hand, by a credit note or otherwise",
        )
    if payments.remaining >= 0:
        return None
    if not booked:
        return Obstacle(
            HoldReason.PAYMENT_DIFFERS, f"{money.text(-payments.remaining)} were paid too much on the invoice"
        )
    return _refund(order, invoice, payments, booked, policy)


def _settled_by_others(invoice: InvoiceView, payments: PaymentsView, booked: Sequence[CreditView]) -> int:
    """Øre that neither payments on accounts nor our credit notes explain."""
    assert invoice.total is not None
    on_accounts = sum(entry.amount for entry in payments.entries if entry.account is not None)
    return invoice.total - payments.remaining - on_accounts - _total(booked)


def _refund(
    order: Order, invoice: InvoiceView, payments: PaymentsView, booked: Sequence[CreditView], policy: Policy
) -> Plan:
    last = booked[-1]
    assert last.total is not None
    assert invoice.timestamp is not None
    reference = refund_reference(last.reference)
    ours = {payment_reference(order.order_id), *(refund_reference(note.reference) for note in booked)}
    references = [entry.reference.lower() for entry in payments.entries if entry.account is not None]
    is_plain = set(references) <= ours and reference not in references
    if not is_plain or -payments.remaining > last.total:
        return Obstacle(
            HoldReason.PAYMENT_DIFFERS,
            f"{money.text(-payments.remaining)} are to be paid back, and the payments of the invoice are not only ours",
        )
    if policy.credits is Credits.HOLD:
        return Obstacle(
            HoldReason.CREDIT_NEEDED, f"The refund of {money.text(-payments.remaining)} is not registered"
        )
    refund = refund_draft(order, policy, last, payments.remaining)
    return RegisterRefund(invoice.guid, invoice.timestamp, refund)


def _rest(order: Order, invoice: InvoiceView, payments: PaymentsView, policy: Policy) -> Plan:
    """An invoice that was credited in part: what is left is paid like any other."""
    if payments.remaining == 0 or (policy.payment is Payment.WHEN_PAID and not order.paid):
        return Done(Outcome.CREDITED)
    if payments.ours or payments.remaining != order.total:
        return Obstacle(
            HoldReason.PAYMENT_DIFFERS,
            f"{money.text(payments.remaining)} remain to be paid on the invoice, the order is "
            f"{money.text(order.total)}",
        )
    assert invoice.timestamp is not None
    return RegisterPayment(invoice.guid, invoice.timestamp, payment_draft(order, policy))


def _credit(
    order: Order,
    observed: Observed,
    invoice: InvoiceView,
    policy: Policy,
    *,
    booked: Sequence[CreditView],
    draft: CreditView | None,
    owed: int,
    worth: int,
) -> Plan:
    if draft is not None and draft.deleted:
        return Obstacle(
            HoldReason.DRAFT_DELETED, "The draft of the order's credit note was deleted in Dinero"
        )
    contact = observed.contact
    if isinstance(contact, ContactView) and contact.deleted and contact.guid == invoice.contact:
        if contact.guid != _own_contact(order, policy):
            return Obstacle(
                HoldReason.DOCUMENT_REJECTED, "The contact of the order's invoice was deleted in Dinero"
            )
        return RestoreContact(contact.guid)
    if draft is None:
        for note in booked:
            if note.timestamp is None:
                return ReadCredit(note.guid)
        credit = credit_draft(order, invoice, policy, booked=booked, owed=owed, worth=worth)
        return credit if isinstance(credit, Obstacle) else CreateCredit(credit)
    if draft.timestamp is None:
        return ReadCredit(draft.guid)
    difference = compare_credit(invoice, draft, owed)
    return difference or BookCredit(draft.guid, draft.timestamp, owed)


def _own_contact(order: Order, policy: Policy) -> object:
    try:
        return contact_guid(policy.organisation, order.email)
    except ValueError:
        return None


def _total(notes: Sequence[CreditView]) -> int:
    return sum(note.total or 0 for note in notes)
