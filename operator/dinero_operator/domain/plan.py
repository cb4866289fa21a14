"""The plan: from what is owed and what the books show, the one next action, or the end of the matter.

``plan`` is pure. The engine calls it, acts, looks at the books again and calls it again; a crash anywhere in between costs
a second look and nothing else, because every action is safe to repeat or detectably done:

* contact and invoice are created with a Guid of ours, so that a second creation is refused and the first one adopted;
* booking names the version (timestamp) of the draft whose amounts were compared;
* a payment names a version that was read no later than the list of payments in which ours was missing, so that it is
  refused when anybody has paid in between.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from dinero_operator.domain import money
from dinero_operator.domain.choices import Booking, Duplicates, Payment, Trigger
from dinero_operator.domain.comparison import compare_booked, compare_draft
from dinero_operator.domain.document import (
    contact_draft,
    invoice_draft,
    is_shipped,
    payment_draft,
)
from dinero_operator.domain.eligibility import (
    Obstacle,
    Standing,
    accounts_of,
    doubt_about_nothing,
    obstacle,
    standing,
)
from dinero_operator.domain.holds import HoldReason
from dinero_operator.domain.identity import contact_guid, email_key, invoice_guid
from dinero_operator.domain.observation import ContactView, InvoiceStatus, InvoiceView, Look, Observed
from dinero_operator.domain.order import Order, OrderStatus
from dinero_operator.domain.plan_credit import plan_credit
from dinero_operator.domain.policy import Policy
from dinero_operator.domain.steps import (
    BookCredit,
    BookInvoice,
    CreateContact,
    CreateCredit,
    CreateInvoice,
    CreditWrite,
    Done,
    FindContact,
    FindCredits,
    FindInvoice,
    Observation,
    Outcome,
    Plan,
    ReadCredit,
    ReadInvoice,
    ReadPayments,
    RegisterPayment,
    RegisterRefund,
    RestoreContact,
    Write,
)

__all__ = [
    "BookCredit",
    "BookInvoice",
    "CreateContact",
    "CreateCredit",
    "CreateInvoice",
    "CreditWrite",
    "Done",
    "FindContact",
    "FindCredits",
    "FindInvoice",
    "Observation",
    "Outcome",
    "Plan",
    "ReadCredit",
    "ReadInvoice",
    "ReadPayments",
    "RegisterPayment",
    "RegisterRefund",
    "RestoreContact",
    "Write",
    "plan",
]


def plan(order: Order, observed: Observed, policy: Policy) -> Plan:
    """Return the one next action for an order, the reason why it is held, or how it ended."""
    where = standing(order, policy)
    if isinstance(where, Obstacle):
        return where
    if where in (Standing.SKIPPED, Standing.NEVER, Standing.PENDING):
        return _undue(order, where, observed, policy)
    if not isinstance(observed.invoice, InvoiceView):
        return _create(order, observed, policy)
    if observed.invoice.deleted:
        if order.total == 0:
            return Done(Outcome.SKIPPED)
        return Obstacle(HoldReason.DRAFT_DELETED, "The draft of the order was deleted in Dinero")
    if observed.invoice.status is InvoiceStatus.DRAFT:
        return _book(order, observed, observed.invoice, policy)
    return _pay(order, observed, observed.invoice, policy)


def _undue(order: Order, where: Standing, observed: Observed, policy: Policy) -> Plan:
    """An order that is not due must not have a document, unless it was due once."""
    invoice = observed.invoice
    if where is not Standing.SKIPPED and isinstance(invoice, InvoiceView) and not invoice.deleted:
        if order.status is OrderStatus.CANCELLED:
            held = Obstacle(
                HoldReason.CREDIT_NEEDED,
                f"The order was cancelled after its invoice was {_state_of(invoice)}",
            )
            if invoice.status is InvoiceStatus.DRAFT:
                return held
            credit = plan_credit(order, observed, invoice, policy, worth=0, held=held)
            return credit or Done(Outcome(where.value))
        if where is Standing.PENDING:
            return Obstacle(
                HoldReason.CHANGED_AFTER_BOOKING
                if invoice.status is InvoiceStatus.BOOKED
                else HoldReason.BOOKS_DIFFER,
                f"The order's trigger was taken back after its invoice was {_state_of(invoice)}",
            )
    return Done(Outcome(where.value))


def _state_of(invoice: InvoiceView) -> str:
    return "booked" if invoice.status is InvoiceStatus.BOOKED else "drafted"


def _create(order: Order, observed: Observed, policy: Policy) -> Plan:
    if order.total == 0:
        return doubt_about_nothing(order, policy) or Done(Outcome.SKIPPED)
    found = obstacle(order, policy)
    if found is not None:
        return found
    if observed.invoice is Look.UNKNOWN:
        return FindInvoice(invoice_guid(policy.organisation, order.order_id))
    if _is_collective(order, policy):
        assert policy.collective_contact is not None
        return _create_invoice(order, policy, policy.collective_contact)
    match observed.contact:
        case Look.UNKNOWN:
            return _find_contact(order, policy)
        case Look.ABSENT:
            return CreateContact(contact_draft(order, policy))
        case ContactView(guid, deleted=True):
            return RestoreContact(guid)
        case ContactView(guid):
            if observed.duplicate and policy.duplicates is Duplicates.HOLD:
                return Obstacle(
                    HoldReason.POSSIBLE_DUPLICATE,
                    "An invoice that this operator did not make has the same contact, total and date as the order",
                )
            return _create_invoice(order, policy, guid)


def _create_invoice(order: Order, policy: Policy, contact: UUID) -> CreateInvoice:
    accounts = accounts_of(order, policy)
    assert accounts is not None, "obstacle() holds orders without accounts"
    return CreateInvoice(invoice_draft(order, policy, accounts, contact))


def _find_contact(order: Order, policy: Policy) -> FindContact:
    return FindContact(email_key(order.email), contact_guid(policy.organisation, order.email))


def _is_collective(order: Order, policy: Policy) -> bool:
    return not order.email.strip() and policy.collective_contact is not None


def _book(order: Order, observed: Observed, invoice: InvoiceView, policy: Policy) -> Plan:
    found = obstacle(order, policy, is_drafted=True)
    if found is not None:
        return found
    due = _is_booking_due(order, policy)
    # A list shows no version to book, and no lines that would tell why a total differs.
    is_unread = invoice.timestamp is None
    if invoice.total is None or invoice.vat is None or (is_unread and (due or invoice.total != order.total)):
        return ReadInvoice(invoice.guid)
    if _is_collective(order, policy):
        contact = policy.collective_contact
    elif observed.contact is Look.UNKNOWN:
        return _find_contact(order, policy)
    elif isinstance(observed.contact, ContactView):
        contact = observed.contact.guid
    else:
        contact = contact_guid(policy.organisation, order.email)
    accounts = accounts_of(order, policy)
    assert accounts is not None, "obstacle() holds orders without accounts"
    assert contact is not None
    expected = invoice_draft(order, policy, accounts, contact)
    if not _is_collective(order, policy) and invoice.contact == contact_guid(
        policy.organisation, order.email
    ):
        # Ours by Guid is right too, also when a person has made another contact with this address since.
        expected = replace(expected, contact=invoice.contact)
    difference = compare_draft(expected, invoice)
    if difference is not None:
        return difference
    if not due:
        return Done(Outcome.DRAFTED)
    assert invoice.timestamp is not None
    if isinstance(observed.contact, ContactView) and observed.contact.deleted:
        return RestoreContact(observed.contact.guid)
    return BookInvoice(invoice.guid, invoice.timestamp)


def _is_booking_due(order: Order, policy: Policy) -> bool:
    if order.total == 0:
        return False
    match policy.booking:
        case Booking.ON_TRANSFER:
            return True
        case Booking.ON_SENT:
            # With trigger Sent, an order that got here was sent.
            return policy.trigger is Trigger.SENT or is_shipped(order)
        case Booking.MANUAL:
            return False


def _pay(order: Order, observed: Observed, invoice: InvoiceView, policy: Policy) -> Plan:
    credit = _difference(order, observed, invoice, policy)
    if credit is not None:
        return credit
    if invoice.settled or order.total == 0:
        return Done(Outcome.PAID)
    if policy.payment is Payment.WHEN_PAID and not order.paid:
        return Done(Outcome.BOOKED)
    payment = payment_draft(order, policy)
    if invoice.timestamp is None:
        return ReadInvoice(invoice.guid)
    if not invoice.fresh:
        if not isinstance(observed.payments, Look):
            payments = observed.payments
            if payments.ours or payments.remaining == 0:
                return _paid_already(order, payments.ours)
            if payments.remaining != order.total:
                return Obstacle(
                    HoldReason.PAYMENT_DIFFERS,
                    f"{money.text(payments.remaining)} remain to be paid on the invoice, the order is "
                    f"{money.text(order.total)}",
                )
        else:
            return ReadPayments(invoice.guid)
    return RegisterPayment(invoice.guid, invoice.timestamp, payment)


def _difference(order: Order, observed: Observed, invoice: InvoiceView, policy: Policy) -> Plan | None:
    """What a booked invoice and its order disagree about: an amount that shrank can be credited."""
    difference = compare_booked(order, invoice)
    is_reduced = (
        difference is not None
        and difference.reason is HoldReason.CHANGED_AFTER_BOOKING
        and invoice.total is not None
        and invoice.total > order.total
    )
    is_credited = isinstance(observed.credits, tuple) and bool(observed.credits)
    if not is_reduced and (difference is not None or not is_credited):
        return difference
    held = difference or Obstacle(HoldReason.CREDIT_NEEDED, "The order was credited in part")
    return plan_credit(order, observed, invoice, policy, worth=order.total, held=held) or difference


def _paid_already(order: Order, ours: tuple[int, ...]) -> Plan:
    """Settled by us, or by hand. Two payments with our reference cannot come from us, and are loudly held."""
    if len(ours) > 1 or (ours and ours[0] != order.total):
        return Obstacle(
            HoldReason.PAYMENT_DIFFERS,
            f"{len(ours)} payments of {money.text(sum(ours))} bear the order's reference, the order is "
            f"{money.text(order.total)}",
        )
    return Done(Outcome.PAID)
