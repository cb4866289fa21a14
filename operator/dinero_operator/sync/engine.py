"""The engine: observe, plan, act, until one order is settled or held.

It holds no rule of bookkeeping: the plan decides, the engine carries out and looks again. After any answer that does not
tell what happened, it reads the books before it does anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from dinero_operator.dinero.client import DineroClient
from dinero_operator.dinero.errors import (
    AlreadyExists,
    ContactUnusable,
    DocumentDeleted,
    NoAccountingYear,
    TimestampOutdated,
)
from dinero_operator.dinero.wire import ContactRow
from dinero_operator.domain.choices import Booking, DiscountLines, FirstRun
from dinero_operator.domain.document import ContactDraft, InvoiceDraft
from dinero_operator.domain.eligibility import Obstacle
from dinero_operator.domain.errors import OrderRejected, OutcomeUnknown
from dinero_operator.domain.holds import HoldReason
from dinero_operator.domain.observation import ContactView, InvoiceStatus, InvoiceView, Look, Observed
from dinero_operator.domain.order import Order
from dinero_operator.domain.plan import (
    BookCredit,
    BookInvoice,
    CreateContact,
    CreateCredit,
    CreateInvoice,
    Done,
    FindCredits,
    Observation,
    Outcome,
    ReadCredit,
    RegisterPayment,
    RestoreContact,
    Write,
    plan,
)
from dinero_operator.domain.policy import Policy
from dinero_operator.sync.books import Books
from dinero_operator.sync.crediting import Crediting
from dinero_operator.sync.observer import Observer

MAX_STEPS = 24
"""Steps of one pass: a new order takes seven; more than this means that somebody keeps changing its documents."""
MAX_UNKNOWN = 3
"""Lost answers to writes on one order in one pass, after which a person should look."""


@dataclass(frozen=True, slots=True)
class Planned:
    """Dry run: the write that would come next."""

    action: Write


@dataclass(slots=True)
class _Setbacks:
    """What went wrong in one pass over one order. A refusal is believed the second time."""

    unknown: int = 0
    is_refused: bool = False


End = Done | Obstacle | Planned
_CREATING = CreateContact | CreateInvoice | RestoreContact | CreateCredit
OnWrite = Callable[[Order, Write, InvoiceView | None], None]


class Engine:
    """Settles orders in one organisation's books, for one integration.

    ``mine`` are the orders of this shop where others use the same books; ``None``: all are.
    """

    def __init__(
        self,
        *,
        client: DineroClient,
        books: Books,
        policy: Policy,
        dry_run: bool = False,
        first_run: FirstRun = FirstRun.BOOK,
        mine: Collection[int] | None = None,
        on_write: OnWrite | None = None,
    ) -> None:
        self._client = client
        self._books = books
        self._policy = policy
        self._dry_run = dry_run
        self._first_run = first_run
        self._mine = mine
        self._on_write = on_write
        self._observer = Observer(client, books, policy)
        self._crediting = Crediting(client, books, policy, self._report)
        self.has_written = False
        """Whether Dinero has taken any write of this pass."""

    def is_skipped(self, order_id: int) -> bool:
        """Whether a person has marked an order as done by hand."""
        return order_id in self._policy.skip

    async def settle(self, order: Order) -> End:
        """Bring one order as far as it can go now.

        Raises ``Unavailable``, ``RateLimited``, ``CredentialsRejected`` or ``InvalidConfiguration`` where the books could
        not be reached; the order is then still owed, and a later pass goes on where this one stopped.
        """
        async with self._books.lock(f"order/{order.order_id}"):
            return await self._settle(order)

    async def _settle(self, order: Order) -> End:
        observed = Observed(invoice=self._books.invoices.get(order.order_id, Look.ABSENT))
        if self._books.credit_notes.is_loaded:
            observed = replace(observed, credits=self._books.credit_notes.of(order.order_id))
        setbacks = _Setbacks()
        for _ in range(MAX_STEPS):
            step = plan(order, observed, self._policy_for(order))
            if isinstance(step, Done):
                self._note_settled(step, order, observed)
                return step
            if isinstance(step, Obstacle):
                return step
            if isinstance(step, FindCredits | ReadCredit):
                observed = await self._crediting.observe(step, order, observed)
                continue
            if isinstance(step, Observation):
                observed = await self._observer.observe(step, order, observed)
                continue
            if self._dry_run:
                return Planned(step)
            result = await self._try(step, order, observed, setbacks)
            if isinstance(result, Obstacle):
                return result
            observed = result
        return Obstacle(
            HoldReason.OUTCOME_UNKNOWN, "The order's documents were changed by somebody else all the time"
        )

    async def _try(
        self, step: Write, order: Order, observed: Observed, setbacks: _Setbacks
    ) -> Observed | Obstacle:
        """Carry out a write; whatever does not say that it was done is answered by another look at the books."""
        try:
            return await self._act(step, order, observed)
        except TimestampOutdated:
            return _look_again(observed)
        except OutcomeUnknown:
            setbacks.unknown += 1
            if setbacks.unknown > MAX_UNKNOWN:
                return Obstacle(
                    HoldReason.OUTCOME_UNKNOWN, "Dinero's answers to a write were lost again and again"
                )
            return _look_again(observed)
        except ContactUnusable as refusal:
            if setbacks.is_refused or not await self._observer.has_lost_contact(step, order, observed):
                return _refusal(step, refusal, self._policy)
            setbacks.is_refused = True
            lost: ContactView | Look = Look.UNKNOWN
            if isinstance(step, CreateCredit | BookCredit) and isinstance(observed.invoice, InvoiceView):
                # A credit note goes to the contact of its invoice, and to no other.
                lost = (
                    ContactView(observed.invoice.contact, deleted=True) if observed.invoice.contact else lost
                )
            return replace(_look_again(observed), contact=lost)
        except OrderRejected as refusal:
            # A document that exists may have been booked or paid by somebody else just now: look once, then believe.
            if isinstance(step, _CREATING) or setbacks.is_refused:
                return _refusal(step, refusal, self._policy)
            setbacks.is_refused = True
            return _look_again(observed)

    def _policy_for(self, order: Order) -> Policy:
        if self._first_run is FirstRun.DRAFT and order.order_id in self._books.first_orders(self._mine):
            return replace(self._policy, booking=Booking.MANUAL)
        return self._policy

    async def _act(self, step: Write, order: Order, observed: Observed) -> Observed:
        match step:
            case CreateContact(contact):
                return await self._create_contact(contact, order, observed)
            case RestoreContact(guid):
                await self._client.restore_contact(guid)
                self._books.add_contact(ContactRow(guid, order.email, deleted=False, created=""))
                self._report(order, step, None)
                return replace(observed, contact=ContactView(guid))
            case CreateInvoice(invoice):
                return await self._create_invoice(step, invoice, order, observed)
            case BookInvoice(guid, timestamp):
                booked = await self._client.book(guid, timestamp)
                if booked.guid != guid or booked.status is not InvoiceStatus.BOOKED:
                    raise OutcomeUnknown(
                        "Dinero's answer to a booking does not say that the invoice is booked"
                    )
                self._books.record(order.order_id, replace(booked, timestamp=None, lines=None))
                self._report(order, step, booked)
                return replace(
                    observed,
                    invoice=replace(booked, fresh=booked.timestamp is not None),
                    payments=Look.UNKNOWN,
                )
            case RegisterPayment(guid, timestamp, payment):
                await self._client.pay(guid, timestamp, payment)
                assert isinstance(observed.invoice, InvoiceView)
                paid = replace(observed.invoice, settled=True, timestamp=None, fresh=False, lines=None)
                self._books.record(order.order_id, paid)
                self._report(order, step, paid)
                return replace(observed, invoice=paid)
            case _:
                return await self._crediting.act(step, order, observed)

    async def _create_contact(self, contact: ContactDraft, order: Order, observed: Observed) -> Observed:
        async with self._books.lock(f"contact/{contact.guid}"):
            known = self._books.contact(contact.email_key, contact.guid)
            if known is not None:
                return await self._observer.with_contact(known, order, observed)
            try:
                await self._client.create_contact(contact)
            except AlreadyExists:
                # Our own former try, or another replica; or it was deleted by hand since, and must be restored.
                row = await self._client.contact(contact.guid)
                if row is None:
                    raise
                self._books.add_contact(replace(row, email=contact.email))
                return replace(observed, contact=ContactView(row.guid, deleted=row.deleted))
            self._books.add_contact(ContactRow(contact.guid, contact.email, deleted=False, created=""))
            self._report(order, CreateContact(contact), None)
            return replace(observed, contact=ContactView(contact.guid))

    async def _create_invoice(
        self, step: CreateInvoice, invoice: InvoiceDraft, order: Order, observed: Observed
    ) -> Observed:
        try:
            draft = await self._client.create_invoice(invoice)
        except AlreadyExists:
            found = await self._observer.read_invoice(invoice.guid, order, observed)
            return replace(observed, invoice=found, payments=Look.UNKNOWN)
        except DocumentDeleted:
            deleted = InvoiceView(guid=invoice.guid, status=InvoiceStatus.DRAFT, deleted=True)
            self._books.record(order.order_id, deleted)
            return replace(observed, invoice=deleted)
        self._books.record(order.order_id, replace(draft, timestamp=None))
        self._report(order, step, draft)
        return replace(observed, invoice=replace(draft, fresh=True))

    def _note_settled(self, end: Done, order: Order, observed: Observed) -> None:
        """Remember what the payments have shown, so that they are not read again."""
        if (
            end.outcome is Outcome.PAID
            and isinstance(observed.invoice, InvoiceView)
            and not observed.invoice.settled
        ):
            self._books.record(
                order.order_id, replace(observed.invoice, settled=True, timestamp=None, fresh=False)
            )

    def _report(self, order: Order, step: Write, invoice: InvoiceView | None) -> None:
        self.has_written = True
        if self._on_write is not None:
            self._on_write(order, step, invoice)


def _look_again(observed: Observed) -> Observed:
    """Forget the versions of the documents, and with the invoice's what was read after it."""
    invoice = observed.invoice
    if isinstance(observed.credits, tuple):
        unread = tuple(replace(note, timestamp=None) for note in observed.credits)
        observed = replace(observed, credits=unread, no_more_credits=False)
    if isinstance(invoice, InvoiceView):
        return replace(observed, invoice=replace(invoice, timestamp=None, fresh=False), payments=Look.UNKNOWN)
    return replace(observed, invoice=Look.UNKNOWN, payments=Look.UNKNOWN)


def _refusal(step: Write, refusal: OrderRejected, policy: Policy) -> Obstacle:
    if isinstance(refusal, NoAccountingYear):
        return Obstacle(
            HoldReason.NO_ACCOUNTING_YEAR, "Dinero has no accounting year for the date of the order"
        )
    if (
        isinstance(step, CreateInvoice)
        and policy.discount is DiscountLines.OWN_LINE
        and any(line.unit_price < 0 for line in step.invoice.lines)
        and any("line" in name.lower() or "baseamount" in name.lower() for name in refusal.fields)
    ):
        return Obstacle(HoldReason.DISCOUNT_REFUSED, "Dinero refuses the line with the discount")
    return Obstacle(HoldReason.DOCUMENT_REJECTED, str(refusal))
