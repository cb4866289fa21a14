"""What is foreseen is what happens, wherever the books compute as we do."""

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from operator_model import OperatorModel
from order_strategies import orders, policies, some_books

from builders import STRANGER, a_policy, an_order
from dinero_operator.domain.choices import Booking
from dinero_operator.domain.eligibility import Obstacle
from dinero_operator.domain.foresight import foresee
from dinero_operator.domain.holds import HoldReason
from dinero_operator.domain.observation import ContactView, InvoiceStatus, InvoiceView, Look, Observed
from dinero_operator.domain.order import Order
from dinero_operator.domain.plan import (
    BookInvoice,
    CreateContact,
    CreateInvoice,
    Done,
    Outcome,
    RegisterPayment,
    RestoreContact,
    Write,
)
from dinero_operator.domain.policy import Policy

NAMES: dict[type[Write], str] = {
    CreateContact: "contact",
    RestoreContact: "restore",
    CreateInvoice: "invoice",
    BookInvoice: "booking",
    RegisterPayment: "payment",
}


@settings(max_examples=250)
@given(orders(), policies(), st.sampled_from(("none", "ours", "ours deleted")))
def test_what_is_foreseen_happens(order: Order, policy: Policy, contacts: str) -> None:
    books = some_books(order, policy, contacts, "none")
    observed = Observed(contact=Look.ABSENT, invoice=Look.ABSENT)
    if contacts != "none":
        observed = Observed(
            contact=ContactView(books.contacts[-1].guid, deleted="deleted" in contacts), invoice=Look.ABSENT
        )
    seen = foresee(order, observed, policy)
    end = OperatorModel(order, policy, books).settle()
    assume(not (isinstance(end, Obstacle) and end.reason is HoldReason.VAT_DIFFERS))
    event(f"{len(seen.writes)} writes")
    assert seen.end == end
    assert [NAMES[type(write)] for write in seen.writes] == books.writes


def test_nothing_known_is_taken_for_nothing_there() -> None:
    seen = foresee(an_order(), Observed(), a_policy())
    assert [NAMES[type(write)] for write in seen.writes] == ["contact", "invoice", "booking", "payment"]
    assert seen.end == Done(Outcome.PAID)


def test_what_only_the_books_can_tell_is_left_open() -> None:
    listed = InvoiceView(guid=STRANGER, status=InvoiceStatus.BOOKED)
    seen = foresee(an_order(), Observed(invoice=listed), a_policy())
    assert (seen.writes, seen.end) == ((), None)


def test_payment_after_the_version_was_read() -> None:
    read = InvoiceView(guid=STRANGER, status=InvoiceStatus.BOOKED, timestamp="1")
    seen = foresee(an_order(), Observed(invoice=read), a_policy())
    assert [NAMES[type(write)] for write in seen.writes] == ["payment"]
    assert seen.end == Done(Outcome.PAID)


def test_draft_that_waits_for_a_person() -> None:
    seen = foresee(an_order(), Observed(), a_policy(booking=Booking.MANUAL))
    assert [NAMES[type(write)] for write in seen.writes] == ["contact", "invoice"]
    assert seen.end == Done(Outcome.DRAFTED)
