"""A tiny pure model of the books: every action as Dinero would take it, and an auditor who never looks away.

Guid taken: refused. Every change makes a new version; a write that names another one is refused. Payments on booked
invoices only. What must never happen is an ``AssertionError`` here, whoever asks for it.
"""

from dataclasses import dataclass, field, replace
from uuid import UUID

from dinero_operator.domain.document import ContactDraft, InvoiceDraft, PaymentDraft
from dinero_operator.domain.identity import email_key
from dinero_operator.domain.observation import (
    ContactView,
    InvoiceStatus,
    InvoiceView,
    Look,
    PaymentsView,
)
from dinero_operator.domain.vat import vat_within


class Refused(Exception):
    """Dinero says no, and nothing has happened."""


class GuidTaken(Refused):
    pass


class Stale(Refused):
    pass


class ContactUnusable(Refused):
    pass


@dataclass
class BookContact:
    guid: UUID
    email: str
    deleted: bool = False


@dataclass
class BookPayment:
    reference: str | None
    amount: int


@dataclass
class BookInvoice:
    guid: UUID
    contact: UUID
    currency: str
    reference: str | None
    total: int
    vat: int
    lines_total: int
    status: InvoiceStatus = InvoiceStatus.DRAFT
    deleted: bool = False
    version: int = 1
    payments: list[BookPayment] = field(default_factory=list)

    @property
    def remaining(self) -> int:
        return self.total - sum(payment.amount for payment in self.payments)

    @property
    def timestamp(self) -> str:
        return f"v{self.version}"

    def row(self) -> InvoiceView:
        """As a list shows it: amounts and status, no version."""
        booked = self.status is InvoiceStatus.BOOKED
        return InvoiceView(
            guid=self.guid,
            status=self.status,
            deleted=self.deleted,
            contact=self.contact,
            currency=self.currency,
            reference=self.reference,
            total=self.total,
            vat=self.vat,
            # "Paid" and no more: an invoice that is overpaid deserves a look at its payments.
            settled=booked and bool(self.payments) and self.remaining == 0,
        )


@dataclass
class BooksModel:
    """Contacts, oldest first, and the one invoice that has the order's Guid. ``errs`` is how far its sums are off, in øre."""

    contacts: list[BookContact] = field(default_factory=list)
    invoice: BookInvoice | None = None
    errs: int = 0
    errs_on_vat: int = 0
    has_duplicate: bool = False
    writes: list[str] = field(default_factory=list)
    """What we did, as far as it came into effect."""
    paid_by_version: dict[int, int] = field(default_factory=dict)
    """How many payments there were when a version arose."""

    def put(self, invoice: BookInvoice) -> None:
        self.invoice = invoice
        self.paid_by_version = {invoice.version: len(invoice.payments)}

    def changed(self) -> None:
        invoice = self.the_invoice()
        invoice.version += 1
        self.paid_by_version[invoice.version] = len(invoice.payments)

    def the_invoice(self) -> BookInvoice:
        assert self.invoice is not None, "there is no invoice"
        return self.invoice

    # What we may look at

    def find_invoice(self) -> InvoiceView | Look:
        return Look.ABSENT if self.invoice is None else self.invoice.row()

    def find_contact(self, email: str, ours: UUID) -> ContactView | Look:
        same = [contact for contact in self.contacts if contact.email == email]
        usable = [contact for contact in same if not contact.deleted]
        for contact in (*(one for one in usable if one.guid == ours), *usable):
            return ContactView(contact.guid)
        return ContactView(ours, deleted=True) if any(one.guid == ours for one in same) else Look.ABSENT

    def read_invoice(self) -> InvoiceView:
        invoice = self.the_invoice()
        return replace(invoice.row(), timestamp=invoice.timestamp, lines_total=invoice.lines_total)

    def read_payments(self, reference: str) -> PaymentsView:
        invoice = self.the_invoice()
        ours = tuple(payment.amount for payment in invoice.payments if payment.reference == reference)
        return PaymentsView(ours, invoice.remaining)

    # What we may do

    def create_contact(self, contact: ContactDraft) -> None:
        if any(known.guid == contact.guid for known in self.contacts):
            raise GuidTaken
        self.contacts.append(BookContact(contact.guid, email_key(contact.email)))
        self.writes.append("contact")

    def restore_contact(self, guid: UUID) -> None:
        (contact,) = (known for known in self.contacts if known.guid == guid)
        contact.deleted = False
        self.writes.append("restore")

    def create_invoice(self, draft: InvoiceDraft) -> InvoiceView:
        if self.invoice is not None:
            assert self.invoice.guid == draft.guid, "a second invoice for one order"
            raise GuidTaken
        known = {contact.guid for contact in self.contacts if not contact.deleted}
        if draft.contact not in known:
            raise ContactUnusable
        self.put(self.as_dinero_computes(draft))
        self.writes.append("invoice")
        return InvoiceView(
            guid=draft.guid,
            status=InvoiceStatus.DRAFT,
            timestamp=self.the_invoice().timestamp,
            contact=draft.contact,
            currency=draft.currency,
            reference=draft.reference,
        )

    def book(self, timestamp: str, order_total: int) -> InvoiceView:
        invoice = self.the_invoice()
        self._check(invoice, timestamp)
        if invoice.status is InvoiceStatus.BOOKED:
            raise Refused
        assert invoice.total == order_total, "an invoice was booked that is not the order's"
        invoice.status = InvoiceStatus.BOOKED
        self.changed()
        self.writes.append("booking")
        return self.read_invoice()

    def pay(self, timestamp: str, payment: PaymentDraft) -> None:
        invoice = self.the_invoice()
        self._check(invoice, timestamp)
        assert invoice.status is InvoiceStatus.BOOKED, "a payment on a draft"
        assert payment.amount == invoice.remaining, "a payment of another amount than what is owed"
        assert payment.amount > 0
        invoice.payments.append(BookPayment(payment.reference, payment.amount))
        self.changed()
        self.writes.append("payment")

    def as_dinero_computes(self, draft: InvoiceDraft) -> BookInvoice:
        """Line by line, each rounded on its own: that is where an øre of VAT can come from."""
        amounts = [line.amount for line in draft.lines]
        return BookInvoice(
            guid=draft.guid,
            contact=draft.contact,
            currency=draft.currency,
            reference=draft.reference,
            total=sum(amounts) + self.errs,
            vat=sum(vat_within(amount) for amount in amounts) + self.errs_on_vat,
            lines_total=sum(amounts),
        )

    @staticmethod
    def _check(invoice: BookInvoice, timestamp: str) -> None:
        if invoice.deleted:
            raise Refused
        if timestamp != invoice.timestamp:
            raise Stale
