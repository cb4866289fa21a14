"""Looking at the books for one order: in the lists where they can tell, by a read where they cannot."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

from dinero_operator.dinero.client import DineroClient
from dinero_operator.dinero.errors import DocumentDeleted
from dinero_operator.domain.choices import Duplicates
from dinero_operator.domain.document import contact_draft, trigger_date
from dinero_operator.domain.errors import Unavailable
from dinero_operator.domain.identity import payment_reference
from dinero_operator.domain.observation import ContactView, InvoiceStatus, InvoiceView, Look, Observed
from dinero_operator.domain.order import Order
from dinero_operator.domain.plan import (
    CreateInvoice,
    FindContact,
    FindInvoice,
    Observation,
    ReadInvoice,
    ReadPayments,
    Write,
)
from dinero_operator.domain.policy import Policy
from dinero_operator.sync.books import Books

LISTS_OLDER_THAN = 600.0
"""Seconds: in a long pass, the lists are read again before anything new is made."""


class Observer:
    """Answers the plan's questions, for the length of one pass."""

    def __init__(self, client: DineroClient, books: Books, policy: Policy) -> None:
        self._client = client
        self._books = books
        self._policy = policy
        self._began = books.clock.monotonic()

    async def observe(self, step: Observation, order: Order, observed: Observed) -> Observed:
        """Look at what the plan asks for, and add it to what is known."""
        match step:
            case FindInvoice():
                return replace(observed, invoice=self._books.invoices.get(order.order_id, Look.ABSENT))
            case FindContact(email, ours):
                return await self._find_contact(email, ours, order, observed)
            case ReadInvoice(guid):
                invoice = await self.read_invoice(guid, order, observed)
                return replace(observed, invoice=invoice, payments=Look.UNKNOWN)
            case ReadPayments(guid):
                payments = await self._client.payments(guid, payment_reference(order.order_id))
                return replace(observed, payments=payments)

    async def _find_contact(self, email: str, ours: UUID, order: Order, observed: Observed) -> Observed:
        # An address that nobody has seen asks for what came since the last pass.
        if not self._books.knows_contact(email):
            await self._books.refresh_contacts(self._client, not_before=self._fresh_since())
        contact = self._books.contact(email, ours)
        if contact is None:
            return replace(observed, contact=Look.ABSENT)
        return await self.with_contact(contact, order, observed)

    async def with_contact(self, contact: ContactView, order: Order, observed: Observed) -> Observed:
        """Take a contact that exists; whoever else writes into these books may have invoiced it for this order already."""
        is_duplicate = False
        if observed.invoice is Look.ABSENT and self._policy.duplicates is Duplicates.HOLD:
            await self._books.refresh_invoices(self._client, not_before=self._fresh_since())
            is_duplicate = await self._is_duplicate(contact.guid, order)
        return replace(observed, contact=contact, duplicate=is_duplicate)

    def _fresh_since(self) -> float:
        """Since when a list must have been read (monotonic seconds): once for a pass, and again in a long one."""
        return max(self._began, self._books.clock.monotonic() - LISTS_OLDER_THAN)

    async def _is_duplicate(self, contact: UUID, order: Order) -> bool:
        days: tuple[date, ...] = (order.placed_at.date(), trigger_date(order, self._policy))
        while (guid := self._books.stranger(contact, order.total, days)) is not None:
            # The list may be old: what stops an order must be there.
            found = await self._client.invoice(guid)
            if found is not None and not found.deleted:
                return True
            self._books.drop_stranger(contact, order.total, guid)
        return False

    async def read_invoice(self, guid: UUID, order: Order, observed: Observed) -> InvoiceView:
        """Read an invoice with its version; one that is not there any more is shown as deleted."""
        try:
            found = await self._client.invoice(guid)
        except DocumentDeleted:
            found = None
        if found is None:
            known = observed.invoice
            if isinstance(known, InvoiceView) and known.fresh:
                raise Unavailable("Dinero does not show the document that was just made")
            found = InvoiceView(guid=guid, status=InvoiceStatus.DRAFT, deleted=True)
        self._books.record(order.order_id, replace(found, timestamp=None, lines=None))
        return found

    async def has_lost_contact(self, step: Write, order: Order, observed: Observed) -> bool:
        """Say whether the contact that a write named is gone, and take note of it.

        The next look then finds another contact with this address, restores ours, or makes ours.
        """
        named = step.invoice.contact if isinstance(step, CreateInvoice) else None
        if named is None and isinstance(observed.invoice, InvoiceView):
            named = observed.invoice.contact
        if named is None or not order.email:
            return False
        row = await self._client.contact(named)
        if row is None:
            self._books.drop_contact(contact_draft(order, self._policy).email_key, named)
        elif row.deleted:
            self._books.add_contact(replace(row, email=order.email))
        return row is None or row.deleted
