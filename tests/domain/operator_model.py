"""The shell around ``plan``, reduced to its duties: carry out the one action, look again after any doubt."""

from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

from books_model import BooksModel, ContactUnusable, GuidTaken, Refused

from dinero_operator.domain.eligibility import Obstacle
from dinero_operator.domain.identity import payment_reference
from dinero_operator.domain.observation import ContactView, InvoiceView, Look, Observed
from dinero_operator.domain.order import Order
from dinero_operator.domain.plan import (
    BookInvoice,
    CreateContact,
    CreateInvoice,
    Done,
    FindContact,
    FindCredits,
    FindInvoice,
    Observation,
    Plan,
    ReadInvoice,
    ReadPayments,
    RegisterPayment,
    RestoreContact,
    plan,
)
from dinero_operator.domain.policy import Policy

End = Done | Obstacle
MAX_STEPS = 8
"""Undisturbed: find invoice and contact, make both, read the draft, book it, pay."""


@dataclass
class OperatorModel:
    """One operator at work on one order. ``steps`` are all the plans that it got."""

    order: Order
    policy: Policy
    books: BooksModel
    observed: Observed = field(default_factory=Observed)
    steps: list[Plan] = field(default_factory=list)
    payments_seen: int | None = None
    """How many payments the last reading of them showed; ``None`` since the version was read."""

    def step(self, *, lost: str = "") -> End | None:
        """Take one step. ``lost``: a write gets no answer, ``"before"`` or ``"after"`` it came into effect."""
        action = plan(self.order, self.observed, self.policy)
        assert_no_float(action)
        self.steps.append(action)
        if isinstance(action, Done | Obstacle):
            return action
        if isinstance(action, FindCredits):
            self.observed = replace(self.observed, credits=())
            return None
        if isinstance(action, Observation):
            self._look(action)
            return None
        if lost != "before":
            try:
                self._act(action)
            except ContactUnusable:
                self.observed = replace(self.observed, contact=Look.UNKNOWN)
                return None
            except Refused:
                self._look_again()
                return None
        if lost:
            self._look_again()
        return None

    def settle(self, max_steps: int = MAX_STEPS) -> End:
        for _ in range(max_steps + 1):
            end = self.step()
            if end is not None:
                return end
        raise AssertionError(f"no end after {max_steps} steps: {self.steps}")

    def _look(self, action: Observation) -> None:
        match action:
            case FindInvoice():
                self.observed = replace(self.observed, invoice=self.books.find_invoice())
            case FindContact(email, ours):
                self.observed = replace(
                    self.observed,
                    contact=self.books.find_contact(email, ours),
                    duplicate=self.books.has_duplicate,
                )
            case ReadInvoice():
                self.payments_seen = None
                self.observed = replace(
                    self.observed, invoice=self.books.read_invoice(), payments=Look.UNKNOWN
                )
            case ReadPayments():
                self.payments_seen = len(self.books.the_invoice().payments)
                payments = self.books.read_payments(payment_reference(self.order.order_id))
                self.observed = replace(self.observed, payments=payments)

    def _act(self, action: Plan) -> None:
        match action:
            case CreateContact(contact):
                try:
                    self.books.create_contact(contact)
                except GuidTaken:
                    (taken,) = (known for known in self.books.contacts if known.guid == contact.guid)
                    self.observed = replace(self.observed, contact=ContactView(taken.guid, taken.deleted))
                else:
                    self.observed = replace(self.observed, contact=ContactView(contact.guid))
            case RestoreContact(guid):
                self.books.restore_contact(guid)
                self.observed = replace(self.observed, contact=ContactView(guid))
            case CreateInvoice(invoice):
                try:
                    made = replace(self.books.create_invoice(invoice), fresh=True)
                except GuidTaken:
                    made = self.books.read_invoice()
                self.observed = replace(self.observed, invoice=made, payments=Look.UNKNOWN)
            case BookInvoice(_, timestamp):
                booked = self.books.book(timestamp, self.order.total)
                self.observed = replace(
                    self.observed, invoice=replace(booked, fresh=True), payments=Look.UNKNOWN
                )
            case RegisterPayment(_, timestamp, payment):
                self._assert_old_enough(timestamp)
                self.books.pay(timestamp, payment)
                paid = replace(self.books.read_invoice(), timestamp=None)
                self.observed = replace(self.observed, invoice=paid)

    def _assert_old_enough(self, timestamp: str) -> None:
        """The version that a payment names must not know of a payment that we have not seen."""
        known = self.books.paid_by_version[int(timestamp.removeprefix("v"))]
        invoice = self.observed.invoice
        assert isinstance(invoice, InvoiceView)
        if invoice.fresh:
            assert known == 0, "the booking's own version has payments"
        else:
            assert self.payments_seen is not None, "payments were not read after the version"
            assert known <= self.payments_seen, "the version is newer than the payments that were read"

    def _look_again(self) -> None:
        invoice = self.observed.invoice
        again = (
            replace(invoice, timestamp=None, fresh=False)
            if isinstance(invoice, InvoiceView)
            else Look.UNKNOWN
        )
        self.observed = replace(self.observed, invoice=again, payments=Look.UNKNOWN)


def assert_no_float(value: Any) -> None:
    assert not isinstance(value, float), f"a float in {value!r}"
    if is_dataclass(value):
        for one in fields(value):
            assert_no_float(getattr(value, one.name))
    elif isinstance(value, tuple | list | frozenset):
        for item in value:
            assert_no_float(item)
