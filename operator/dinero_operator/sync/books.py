"""What is known of one organisation's books, shared by all integrations on it.

A few list calls (1,000 rows each, ``changesSince``) replace a look-up for every order. Nothing here is trusted for a write:
it only saves reads, since every write is guarded by a Guid or a version of its own.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from uuid import UUID
from weakref import WeakKeyDictionary, WeakValueDictionary

from dinero_operator.dinero.client import DineroClient
from dinero_operator.dinero.wire import ContactRow, InvoiceRow
from dinero_operator.domain.identity import email_key, invoice_guid, order_id_of
from dinero_operator.domain.observation import ContactView, InvoiceStatus, InvoiceView
from dinero_operator.sync.credit_notes import CreditNotes
from dinero_operator.sync.eu_consumer_sales import EuConsumerSales
from dinero_operator.transport.clock import Clock

OVERLAP = timedelta(hours=1)
"""How far each listing reaches behind the one before: covers clocks that differ and rows that appear late."""
BEFORE_START = timedelta(days=2)
"""How far the first listing reaches behind ``startFrom``: a duplicate may be a day older than its order."""
DUPLICATE_DAYS = timedelta(days=1)
FIRST_RUN_ORDERS = 10
"""Orders that ``firstRun: Draft`` leaves as drafts (contract)."""


@dataclass(slots=True)
class _Listing:
    """How far a list has been read: everything changed since ``reach``, as of ``read_at`` (UTC).

    ``read_on`` is the same moment on the clock that never jumps.
    """

    reach: datetime | None = None
    read_at: datetime | None = None
    read_on: float = float("-inf")
    loaded: bool = False

    def covers(self, reach: datetime | None) -> bool:
        return self.loaded and (self.reach is None or (reach is not None and self.reach <= reach))


@dataclass(slots=True, weakref_slot=True, eq=False)
class Books:
    """One organisation's invoices and contacts, as far as they matter to us.

    ``invoices`` maps order ids to the invoices with our Guid, oldest first.
    """

    organisation: int
    clock: Clock
    invoices: dict[int, InvoiceView] = field(default_factory=dict)
    eu_consumer_sales: EuConsumerSales = field(default_factory=EuConsumerSales)
    credit_notes: CreditNotes = field(init=False)
    _contacts: dict[str, list[ContactRow]] = field(default_factory=lambda: defaultdict(list))
    _addresses: dict[UUID, str] = field(default_factory=dict)
    _strangers: dict[tuple[UUID, int], dict[UUID, date]] = field(default_factory=lambda: defaultdict(dict))
    _invoice_listing: _Listing = field(default_factory=_Listing)
    _contact_listing: _Listing = field(default_factory=_Listing)
    _listing_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _users: WeakKeyDictionary[object, tuple[str, str]] = field(default_factory=WeakKeyDictionary)
    _locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def __post_init__(self) -> None:
        self.credit_notes = CreditNotes(self.organisation)

    def lock(self, key: str) -> asyncio.Lock:
        """The lock of one contact or order, so that two integrations do not do the same work side by side."""
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        return lock

    def register(self, user: object, shop: tuple[str, str]) -> None:
        """Say which shop's orders an integration puts into these books, for as long as the integration lives."""
        self._users[user] = shop

    @property
    def is_shared(self) -> bool:
        """Whether several shops use these books, so that an invoice does not tell by itself whose order it is."""
        return len(set(self._users.values())) > 1

    async def load_invoices(self, client: DineroClient, start_from: date) -> None:
        """Read the invoices since a start, unless that was done already: one call for each 1,000."""
        reach = datetime.combine(start_from, datetime.min.time(), tzinfo=UTC) - BEFORE_START
        async with self._listing_lock:
            if not self._invoice_listing.covers(reach):
                await self._list_invoices(client, reach, whole=True)

    async def refresh_invoices(self, client: DineroClient, *, not_before: float = math.inf) -> None:
        """Read what changed since the last listing, unless that was made at or after a time: one call as a rule.

        ``not_before`` is in monotonic seconds.
        """
        async with self._listing_lock:
            listing = self._invoice_listing
            if listing.read_at is not None and listing.read_on < not_before:
                await self._list_invoices(client, listing.read_at - OVERLAP, whole=False)

    async def refresh_contacts(self, client: DineroClient, *, not_before: float = math.inf) -> None:
        """Read all contacts the first time, then what changed, unless the last listing was made at or after a time."""
        async with self._listing_lock:
            listing = self._contact_listing
            if listing.read_on >= not_before:
                return
            since = listing.read_at - OVERLAP if listing.read_at is not None else None
            read_at, read_on = self.clock.now(), self.clock.monotonic()
            async for row in client.contacts(since):
                self.add_contact(row)
            listing.read_at, listing.read_on, listing.loaded = read_at, read_on, True

    @property
    def is_loaded(self) -> bool:
        """Whether the invoices have been listed."""
        return self._invoice_listing.loaded

    def knows_contact(self, email: str) -> bool:
        """Say whether a contact with this normalised e-mail address has been seen."""
        return bool(self._contacts.get(email))

    def contact(self, email: str, ours: UUID) -> ContactView | None:
        """The contact for a normalised e-mail address: not deleted, then ours, then the oldest.

        Ours is given although deleted where no other is left, so that it can be restored; a deleted one of somebody
        else's is not.
        """
        rows = self._contacts.get(email, [])
        usable = [row for row in rows if not row.deleted or row.guid == ours]
        if not usable:
            return None
        best = min(usable, key=lambda row: (row.deleted, row.guid != ours, row.created, row.guid.int))
        return ContactView(best.guid, deleted=best.deleted)

    def add_contact(self, row: ContactRow) -> None:
        """Take note of a contact that was listed, read or made."""
        before = self._addresses.pop(row.guid, None)
        if before is not None:
            # A person may have given it another address since: it is no longer the contact of the old one.
            self.drop_contact(before, row.guid)
        try:
            email = email_key(row.email)
        except ValueError:
            return
        self._contacts[email].append(row)
        self._addresses[row.guid] = email

    def drop_contact(self, email: str, guid: UUID) -> None:
        """Forget a contact that Dinero no longer knows."""
        rows = self._contacts.get(email, [])
        rows[:] = [row for row in rows if row.guid != guid]

    def record(self, order_id: int, invoice: InvoiceView) -> None:
        """Take note of what was read of, or done with, an order's invoice."""
        self.invoices[order_id] = invoice
        self.eu_consumer_sales.note(order_id, invoice)

    def stranger(self, contact: UUID, total: int, days: tuple[date, ...]) -> UUID | None:
        """An invoice that is not ours with this contact and total (øre), and a date within a day of one given."""
        for guid, found in self._strangers.get((contact, total), {}).items():
            if any(abs(found - day) <= DUPLICATE_DAYS for day in days):
                return guid
        return None

    def drop_stranger(self, contact: UUID, total: int, guid: UUID) -> None:
        """Forget an invoice that is not ours and is no longer there."""
        self._strangers.get((contact, total), {}).pop(guid, None)

    def counts(self, orders: Collection[int] | None = None) -> Counter[InvoiceStatus]:
        """How many of our invoices are drafts, and how many are booked; of certain orders, or of all."""
        return Counter(
            invoice.status
            for order_id, invoice in self.invoices.items()
            if not invoice.deleted and (orders is None or order_id in orders)
        )

    def first_orders(self, orders: Collection[int] | None = None) -> frozenset[int]:
        """The orders whose invoices were the first that we made here; among certain orders, or among all."""
        ours = (order_id for order_id in self.invoices if orders is None or order_id in orders)
        return frozenset(islice(ours, FIRST_RUN_ORDERS))

    async def _list_invoices(self, client: DineroClient, since: datetime, *, whole: bool) -> None:
        read_at, read_on = self.clock.now(), self.clock.monotonic()
        rows = [row async for row in client.invoices(since)]
        for row in sorted(rows, key=lambda row: row.created):
            self._take(row)
        # Deleted documents are not in the list. A draft of ours that somebody deleted must not be made again.
        if whole:
            async for row in client.invoices(since, deleted=True):
                self._take(row)
            self._invoice_listing.reach = since
        listing = self._invoice_listing
        listing.read_at, listing.read_on, listing.loaded = read_at, read_on, True

    def _take(self, row: InvoiceRow) -> None:
        view = row.view
        order_id = order_id_of(view.reference or "")
        if order_id is not None and view.guid == invoice_guid(self.organisation, order_id):
            known = self.invoices.get(order_id)
            # Booked never turns back into a draft: an older row must not undo what we have seen since.
            if known is None or not (
                known.status is InvoiceStatus.BOOKED and view.status is InvoiceStatus.DRAFT
            ):
                self.invoices[order_id] = view
                self.eu_consumer_sales.note(order_id, view)
        elif (
            not view.deleted and view.contact is not None and view.total is not None and row.date is not None
        ):
            self._strangers[view.contact, view.total][view.guid] = row.date
