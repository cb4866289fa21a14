"""Whatever the order, the shop's choices and the state of the books: once and only once, to the øre, and then quiet."""

from dataclasses import replace

from books_model import BooksModel
from hypothesis import event, given, settings
from hypothesis import strategies as st
from operator_model import End, OperatorModel
from order_strategies import CONTACTS, INVOICES, orders, policies, some_books

from dinero_operator.domain.choices import Booking, Payment, Trigger, WithoutEmail
from dinero_operator.domain.document import invoice_lines
from dinero_operator.domain.eligibility import Obstacle
from dinero_operator.domain.holds import HoldReason
from dinero_operator.domain.identity import payment_reference
from dinero_operator.domain.observation import InvoiceStatus, Observed
from dinero_operator.domain.order import Order, OrderStatus
from dinero_operator.domain.plan import Done, Outcome
from dinero_operator.domain.policy import Policy
from dinero_operator.domain.vat import vat_within

ONCE = ("invoice", "booking", "payment")


def settle(order: Order, policy: Policy, books: BooksModel, observed: Observed | None = None) -> End:
    return OperatorModel(order, policy, books, observed or Observed()).settle()


def starting(books: BooksModel, knows: bool) -> Observed:
    """What the operator knows at the start: nothing, or what the list of invoices shows."""
    return Observed(invoice=books.find_invoice()) if knows else Observed()


@settings(max_examples=250)
@given(orders(), policies(), st.sampled_from(CONTACTS), st.sampled_from(INVOICES), st.data())
def test_it_ends_and_then_is_quiet(
    order: Order, policy: Policy, contacts: str, invoice: str, data: st.DataObject
) -> None:
    books = some_books(order, policy, contacts, invoice)
    books.has_duplicate = data.draw(st.booleans(), label="another invoice looks like the order")
    knows = data.draw(st.booleans(), label="starts from the list of invoices")
    first = settle(order, policy, books, starting(books, knows))
    event(first.reason if isinstance(first, Obstacle) else first.outcome)
    for write in ONCE:
        assert books.writes.count(write) <= 1
    assert first in {Done(outcome) for outcome in Outcome} or isinstance(first, Obstacle)

    done = list(books.writes)
    again = settle(order, policy, books, starting(books, knows))
    assert books.writes == done, "a second run wrote"
    assert again == first, "a second run came to another end"


@settings(max_examples=250)
@given(orders(), policies(), st.sampled_from(CONTACTS), st.sampled_from(INVOICES))
def test_what_is_written_agrees_with_the_order_to_the_ore(
    order: Order, policy: Policy, contacts: str, invoice: str
) -> None:
    books = some_books(order, policy, contacts, invoice)
    end = settle(order, policy, books)
    if "booking" in books.writes:
        booked = books.the_invoice()
        assert booked.status is InvoiceStatus.BOOKED
        assert booked.total == order.total
        assert abs(booked.vat - (order.vat if order.vat is not None else vat_within(order.total))) <= 6
    if "payment" in books.writes:
        payments = books.the_invoice().payments
        assert [payment.amount for payment in payments] == [order.total]
        assert payments[0].reference == payment_reference(order.order_id)
        assert books.the_invoice().remaining == 0
        assert end == Done(Outcome.PAID)


def is_not_to_be_written(order: Order, policy: Policy) -> bool:
    """The contract's words once more, written without the code under test."""
    reached = order.paid if policy.trigger is Trigger.PAID else order.status is OrderStatus.SENT
    return (
        not reached
        or order.status in (OrderStatus.CANCELLED, OrderStatus.UNKNOWN)
        or order.placed_at.date() < policy.start_from
        or order.order_id in policy.skip
        or order.total <= 0
    )


def is_held_before_creation(order: Order, policy: Policy) -> bool:
    has_email = "@" in order.email
    has_collective = (
        policy.without_email is WithoutEmail.COLLECTIVE
        and policy.collective_contact is not None
        and not order.email.strip()
    )
    return (
        order.delivery.country != "DK"
        or not policy.sales
        or order.currency == "EUR"
        or not (has_email or has_collective)
        or (order.voucher_code.startswith("GIFT-") and policy.gift_card_pattern is not None)
    )


@settings(max_examples=250)
@given(orders(), policies(), st.sampled_from(CONTACTS))
def test_nothing_is_written_for_orders_that_are_not_due_or_held(
    order: Order, policy: Policy, contacts: str
) -> None:
    books = some_books(order, policy, contacts, "none")
    end = settle(order, policy, books)
    if is_not_to_be_written(order, policy) or is_held_before_creation(order, policy):
        assert books.writes == []
        assert isinstance(end, Obstacle) or end.outcome in (Outcome.PENDING, Outcome.NEVER, Outcome.SKIPPED)


def expected_end(order: Order, policy: Policy) -> Outcome:
    """How far a sound order comes, in the contract's words."""
    reached = order.paid if policy.trigger is Trigger.PAID else order.status is OrderStatus.SENT
    if not reached:
        return Outcome.PENDING
    if order.total == 0:
        return Outcome.SKIPPED
    waits = policy.booking is Booking.ON_SENT and order.status is not OrderStatus.SENT
    if policy.booking is Booking.MANUAL or waits:
        return Outcome.DRAFTED
    return Outcome.PAID if order.paid or policy.payment is Payment.ALWAYS else Outcome.BOOKED


@settings(max_examples=250)
@given(
    orders(plain=True), policies(plain=True), st.sampled_from(CONTACTS), st.sampled_from(["none", "draft"])
)
def test_a_sound_order_comes_as_far_as_the_shop_has_chosen(
    order: Order, policy: Policy, contacts: str, invoice: str
) -> None:
    if invoice == "draft" and contacts == "stranger's deleted":
        contacts = "stranger's"
    books = some_books(
        order, policy, contacts, invoice if expected_end(order, policy) in _WRITTEN else "none"
    )
    end = settle(order, policy, books)
    assert end == Done(expected_end(order, policy)) or _is_far_in_vat(order, policy, books)
    if end == Done(Outcome.PENDING) or end == Done(Outcome.SKIPPED):
        assert books.writes == []


_WRITTEN = (Outcome.DRAFTED, Outcome.BOOKED, Outcome.PAID)


def _is_far_in_vat(order: Order, policy: Policy, books: BooksModel) -> bool:
    """Say whether the VAT of Dinero's lines is further from the shop's than the contract's øre for each line allows."""
    lines = [line for line in invoice_lines(order, policy.sales["domestic"], policy.discount) if line.amount]  # type: ignore[index]
    stated = order.vat if order.vat is not None else vat_within(order.total)
    return abs(books.the_invoice().vat - stated) > len(lines)


@given(orders(plain=True), policies(plain=True), st.integers(-5, 5))
def test_sums_that_dinero_computes_otherwise_are_never_booked(
    order: Order, policy: Policy, errs: int
) -> None:
    books = some_books(order, policy, "ours", "none")
    books.errs = errs
    end = settle(order, policy, books)
    if errs and books.invoice is not None:
        assert isinstance(end, Obstacle)
        assert end.reason is HoldReason.TOTALS_DIFFER
        assert "booking" not in books.writes


@given(orders(plain=True), policies(plain=True), st.integers(-8, 8))
def test_vat_that_is_off_by_more_than_an_ore_a_line_is_never_booked(
    order: Order, policy: Policy, errs: int
) -> None:
    books = some_books(order, policy, "ours", "none")
    books.errs_on_vat = errs
    end = settle(order, policy, books)
    if books.invoice is None:
        return
    if _is_far_in_vat(order, policy, books):
        assert isinstance(end, Obstacle)
        assert end.reason is HoldReason.VAT_DIFFERS
        assert "booking" not in books.writes
    else:
        assert end == Done(expected_end(order, policy))


@given(orders(plain=True), policies(plain=True))
def test_an_unpaid_sale_is_paid_later_and_once(order: Order, policy: Policy) -> None:
    policy = replace(policy, trigger=Trigger.SENT, payment=Payment.WHEN_PAID, booking=Booking.ON_TRANSFER)
    order = replace(order, status=OrderStatus.SENT, paid=False, vat=None)
    books = some_books(order, policy, "none", "none")
    first = settle(order, policy, books)
    assert "payment" not in books.writes
    if first != Done(Outcome.BOOKED):
        assert first == Done(Outcome.SKIPPED) or _is_far_in_vat(order, policy, books)
        return
    for _ in range(2):
        assert settle(replace(order, paid=True), policy, books) == Done(Outcome.PAID)
    assert books.writes.count("payment") == 1
