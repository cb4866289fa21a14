"""What becomes of single orders, step by step: the paths that people will ask about."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from books_model import BookContact, BookPayment, BooksModel
from operator_model import OperatorModel
from order_strategies import some_books

from builders import COLLECTIVE, STRANGER, a_line, a_policy, an_order
from dinero_operator.domain.choices import Booking, Payment, Trigger, WithoutEmail
from dinero_operator.domain.document import PaymentDraft
from dinero_operator.domain.eligibility import Obstacle
from dinero_operator.domain.identity import contact_guid, invoice_guid
from dinero_operator.domain.observation import (
    ContactView,
    InvoiceStatus,
    InvoiceView,
    Look,
    Observed,
    PaymentsView,
)
from dinero_operator.domain.order import Order, OrderStatus
from dinero_operator.domain.plan import (
    BookInvoice,
    CreateContact,
    CreateInvoice,
    Done,
    FindContact,
    FindInvoice,
    Outcome,
    ReadInvoice,
    ReadPayments,
    RegisterPayment,
    RestoreContact,
    plan,
)
from dinero_operator.domain.policy import Policy

ORDER = an_order()
POLICY = a_policy()
GUID = invoice_guid(POLICY.organisation, ORDER.order_id)
OURS = contact_guid(POLICY.organisation, ORDER.email)
ON_SENT = a_policy(booking=Booking.ON_SENT)
MANUAL = a_policy(booking=Booking.MANUAL)


def run(
    books: BooksModel, order: Order = ORDER, policy: Policy = POLICY
) -> tuple[list[type], Done | Obstacle]:
    """The kinds of all steps from the list of invoices on, and the end."""
    operator = OperatorModel(order, policy, books, Observed(invoice=books.find_invoice()))
    end = operator.settle()
    return [type(step) for step in operator.steps[:-1]], end


def the_books(contacts: str = "none", invoice: str = "none", order: Order = ORDER) -> BooksModel:
    return some_books(order, POLICY, contacts, invoice)


def test_a_new_order_takes_six_steps_of_which_four_write() -> None:
    books = the_books()
    steps, end = run(books)
    assert steps == [FindContact, CreateContact, CreateInvoice, ReadInvoice, BookInvoice, RegisterPayment]
    assert books.writes == ["contact", "invoice", "booking", "payment"]
    assert end == Done(Outcome.PAID)


def test_nobody_looks_at_the_books_for_an_order_that_is_not_due() -> None:
    assert plan(replace(ORDER, paid=False), Observed(), POLICY) == Done(Outcome.PENDING)


def test_the_first_look_is_for_our_invoice_and_the_second_for_the_customer() -> None:
    assert plan(ORDER, Observed(), POLICY) == FindInvoice(GUID)
    assert plan(ORDER, Observed(invoice=Look.ABSENT), POLICY) == FindContact("anne@example.com", OURS)


@pytest.mark.parametrize(
    ("contacts", "step", "contact"),
    [
        ("stranger's", None, STRANGER),
        ("ours", None, OURS),
        ("ours and stranger's", None, OURS),
        ("ours deleted", RestoreContact, OURS),
        ("stranger's deleted", CreateContact, OURS),
        ("none", CreateContact, OURS),
    ],
)
def test_which_contact_the_invoice_is_made_out_to(contacts: str, step: type | None, contact: object) -> None:
    books = the_books(contacts)
    steps, end = run(books)
    assert [kind for kind in steps if kind in (RestoreContact, CreateContact)] == ([step] if step else [])
    assert books.the_invoice().contact == contact
    assert end == Done(Outcome.PAID)


def test_orders_without_an_email_go_to_the_collective_contact_and_nobody_is_looked_for() -> None:
    policy = a_policy(without_email=WithoutEmail.COLLECTIVE, collective_contact=COLLECTIVE)
    order = replace(ORDER, email="")
    books = the_books(order=order)
    steps, end = run(books, order, policy)
    assert steps == [CreateInvoice, ReadInvoice, BookInvoice, RegisterPayment]
    assert (books.the_invoice().contact, end) == (COLLECTIVE, Done(Outcome.PAID))
    assert run(books, order, policy) == ([], Done(Outcome.PAID))


def test_a_draft_on_our_contact_is_booked_although_a_person_has_since_made_another() -> None:
    books = the_books("stranger's deleted", "draft")
    books.the_invoice().contact = OURS
    books.contacts = [BookContact(STRANGER, "anne@example.com")]
    assert run(books)[1] == Done(Outcome.PAID)


def test_a_draft_found_in_the_list_is_read_and_booked() -> None:
    steps, end = run(the_books("ours", "draft"))
    assert steps == [ReadInvoice, FindContact, BookInvoice, RegisterPayment]
    assert end == Done(Outcome.PAID)


def test_a_draft_whose_contact_is_gone_altogether_is_compared_with_ours() -> None:
    steps, end = run(the_books("none", "draft"))
    assert FindContact in steps
    assert CreateContact not in steps
    assert end == Done(Outcome.PAID)


def test_on_sent_makes_a_draft_when_paid_and_books_when_sent() -> None:
    books = the_books()
    paid = replace(ORDER, status=OrderStatus.NEW)
    assert run(books, paid, ON_SENT)[1] == Done(Outcome.DRAFTED)
    assert books.writes == ["contact", "invoice"]
    assert run(books, ORDER, ON_SENT)[1] == Done(Outcome.PAID)
    assert books.writes == ["contact", "invoice", "booking", "payment"]


def test_on_sent_with_trigger_sent_is_on_transfer() -> None:
    policy = replace(ON_SENT, trigger=Trigger.SENT)
    assert run(the_books(), replace(ORDER, paid=False), policy)[1] == Done(Outcome.BOOKED)


def test_manual_leaves_a_draft_and_pays_once_a_person_has_booked_it() -> None:
    books = the_books()
    assert run(books, policy=MANUAL)[1] == Done(Outcome.DRAFTED)
    books.the_invoice().status = InvoiceStatus.BOOKED
    books.changed()
    steps, end = run(books, policy=MANUAL)
    assert steps == [ReadInvoice, ReadPayments, RegisterPayment]
    assert end == Done(Outcome.PAID)
    assert "booking" not in books.writes


@pytest.mark.parametrize(
    ("payment", "paid", "outcome"),
    [
        (Payment.WHEN_PAID, True, Outcome.PAID),
        (Payment.WHEN_PAID, False, Outcome.BOOKED),
        (Payment.ALWAYS, True, Outcome.PAID),
        (Payment.ALWAYS, False, Outcome.PAID),
    ],
)
def test_when_the_payment_is_registered(payment: Payment, paid: bool, outcome: Outcome) -> None:
    policy = a_policy(trigger=Trigger.SENT, payment=payment)
    assert run(the_books(), replace(ORDER, paid=paid), policy)[1] == Done(outcome)


def booked(**changes: Any) -> InvoiceView:
    view = InvoiceView(
        guid=GUID, status=InvoiceStatus.BOOKED, reference="shoporama:4711001", total=249_00, timestamp="v2"
    )
    return replace(view, **changes)


def test_the_version_is_read_before_the_payments_and_both_before_the_payment() -> None:
    listed = Observed(invoice=booked(timestamp=None))
    assert plan(ORDER, listed, POLICY) == ReadInvoice(GUID)
    read = Observed(invoice=booked())
    assert plan(ORDER, read, POLICY) == ReadPayments(GUID)
    known = replace(read, payments=PaymentsView(ours=(), remaining=249_00))
    payment = PaymentDraft(
        POLICY.deposit_account, 249_00, date(2026, 3, 10), "Shoporama ordre 1001", "shoporama:4711001:payment"
    )
    assert plan(ORDER, known, POLICY) == RegisterPayment(GUID, "v2", payment)


def test_payments_without_a_version_before_them_are_worth_nothing() -> None:
    stale = Observed(invoice=booked(timestamp=None), payments=PaymentsView(ours=(), remaining=249_00))
    assert plan(ORDER, stale, POLICY) == ReadInvoice(GUID)


def test_our_own_bookings_version_needs_no_reading() -> None:
    assert isinstance(plan(ORDER, Observed(invoice=booked(fresh=True)), POLICY), RegisterPayment)


@pytest.mark.parametrize(
    "payments", [PaymentsView((249_00,), 0), PaymentsView((), 0), PaymentsView((249_00,), 1)]
)
def test_what_is_paid_is_not_paid_again(payments: PaymentsView) -> None:
    assert plan(ORDER, Observed(invoice=booked(), payments=payments), POLICY) == Done(Outcome.PAID)


def test_somebody_pays_between_our_two_reads() -> None:
    books = the_books("ours", "booked")
    operator = OperatorModel(ORDER, POLICY, books, Observed(invoice=books.find_invoice()))
    assert operator.step() is None  # the version
    assert operator.step() is None  # the payments: none
    books.the_invoice().payments.append(BookPayment(None, 249_00))
    books.changed()
    assert operator.step() is None  # refused: the version is outdated
    assert operator.settle() == Done(Outcome.PAID)
    assert books.writes == []


def test_nothing_to_invoice_is_skipped_without_a_look() -> None:
    assert plan(an_order(discount=249_00), Observed(), POLICY) == Done(Outcome.SKIPPED)


@pytest.mark.parametrize(
    ("invoice", "outcome"),
    [("draft", Outcome.DRAFTED), ("draft deleted", Outcome.SKIPPED), ("booked", Outcome.PAID)],
)
def test_an_invoice_of_nothing_is_neither_booked_nor_paid(invoice: str, outcome: Outcome) -> None:
    order = an_order(discount=249_00)
    books = the_books("ours", invoice, order)
    assert run(books, order)[1] == Done(outcome)
    assert books.writes == []


def test_done_by_hand_is_skipped_whatever_the_books_say() -> None:
    policy = a_policy(skip=frozenset({ORDER.order_id}))
    for order in (ORDER, replace(ORDER, paid=False), replace(ORDER, status=OrderStatus.CANCELLED)):
        for invoice in ("none", "draft deleted", "booked", "booked otherwise"):
            assert run(the_books("ours", invoice), order, policy) == ([], Done(Outcome.SKIPPED))


def test_an_order_from_before_the_start_is_left_alone_also_with_a_document() -> None:
    policy = a_policy(start_from=date(2026, 3, 11))
    assert run(the_books("ours", "booked"), policy=policy) == ([], Done(Outcome.NEVER))


def test_a_cancelled_order_without_a_document_is_nobodys_business() -> None:
    order = an_order(status=OrderStatus.CANCELLED, lines=(a_line(),))
    assert run(the_books(), order) == ([], Done(Outcome.NEVER))
    assert run(the_books("ours", "draft deleted"), order) == ([], Done(Outcome.NEVER))


def test_a_found_contact_is_used_as_it_is() -> None:
    found = Observed(invoice=Look.ABSENT, contact=ContactView(STRANGER))
    step = plan(ORDER, found, POLICY)
    assert isinstance(step, CreateInvoice)
    assert step.invoice.contact == STRANGER
