"""The engine's hands for credit notes and refunds: looks at them, makes and books them, and says what is known then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dinero_operator.dinero.client import DineroClient
from dinero_operator.dinero.errors import AlreadyExists, DocumentDeleted
from dinero_operator.domain.errors import OutcomeUnknown, Unavailable
from dinero_operator.domain.observation import CreditView, InvoiceStatus, InvoiceView, Look, Observed
from dinero_operator.domain.order import Order
from dinero_operator.domain.policy import Policy
from dinero_operator.domain.steps import (
    BookCredit,
    CreateCredit,
    CreditWrite,
    FindCredits,
    ReadCredit,
    RegisterRefund,
    Write,
)
from dinero_operator.sync.books import Books

Tell = Callable[[Order, Write, InvoiceView | None], None]


class Crediting:
    """Carries out the steps of ``plan_credit`` in one organisation's books."""

    def __init__(self, client: DineroClient, books: Books, policy: Policy, tell: Tell) -> None:
        self._client = client
        self._books = books
        self._policy = policy
        self._tell = tell

    async def observe(self, step: FindCredits | ReadCredit, order: Order, observed: Observed) -> Observed:
        """Look at what the plan asks for, and add it to what is known."""
        if isinstance(step, FindCredits):
            await self._books.credit_notes.load(self._client, self._policy.start_from)
            return replace(observed, credits=self._books.credit_notes.of(order.order_id))
        known = next((note for note in _notes(observed) if note.guid == step.guid), None)
        if known is not None:
            return self._seen(observed, await self._read(known, is_new=False))
        found = await self._client.credit_note(step.guid)
        return replace(observed, no_more_credits=True) if found is None else self._seen(observed, found)

    async def act(self, step: CreditWrite, order: Order, observed: Observed) -> Observed:
        """Carry out a write. Raises as the client does."""
        match step:
            case CreateCredit():
                return await self._create(step, order, observed)
            case BookCredit(guid, timestamp):
                booked = await self._client.book_credit_note(guid, timestamp)
                if booked.guid != guid or not booked.booked:
                    raise OutcomeUnknown("Dinero's answer to a booking does not say that it is booked")
                observed = self._seen(observed, booked)
                self._books.record(order.order_id, replace(_invoice(observed), lines=None))
                self._tell(order, step, _invoice(observed))
                return observed
            case RegisterRefund(guid, timestamp, payment):
                await self._client.pay(guid, timestamp, payment)
                refunded = replace(_invoice(observed), settled=True, timestamp=None, fresh=False, lines=None)
                self._books.record(order.order_id, refunded)
                self._tell(order, step, refunded)
                return replace(observed, invoice=refunded, payments=Look.UNKNOWN)

    async def _create(self, step: CreateCredit, order: Order, observed: Observed) -> Observed:
        credit = step.credit
        try:
            made = await self._client.create_credit_note(credit)
        except AlreadyExists:
            made = CreditView(credit.guid, credit.reference, InvoiceStatus.DRAFT)
            return self._seen(observed, await self._read(made, is_new=True))
        except DocumentDeleted:
            made = CreditView(credit.guid, credit.reference, InvoiceStatus.DRAFT, deleted=True)
            return self._seen(observed, made)
        observed = self._seen(observed, made)
        self._tell(order, step, _invoice(observed))
        return observed

    async def _read(self, known: CreditView, *, is_new: bool) -> CreditView:
        try:
            found = await self._client.credit_note(known.guid)
        except DocumentDeleted:
            found = None
        if found is None:
            if is_new:
                raise Unavailable("Dinero does not show the document that was just made")
            return replace(known, deleted=True)
        return replace(found, reference=known.reference)

    def _seen(self, observed: Observed, note: CreditView) -> Observed:
        self._books.credit_notes.record(note)
        notes = _notes(observed)
        if note.booked and not any(known.guid == note.guid and known.booked for known in notes):
            # It has settled some of the invoice, which has another version by that.
            invoice = replace(_invoice(observed), timestamp=None, fresh=False, settled=False)
            observed = replace(observed, invoice=invoice, payments=Look.UNKNOWN, no_more_credits=False)
        if any(known.guid == note.guid for known in notes):
            return replace(
                observed, credits=tuple(note if known.guid == note.guid else known for known in notes)
            )
        return replace(observed, credits=(*notes, note))


def _notes(observed: Observed) -> tuple[CreditView, ...]:
    return observed.credits if isinstance(observed.credits, tuple) else ()


def _invoice(observed: Observed) -> InvoiceView:
    assert isinstance(observed.invoice, InvoiceView), "what is credited has an invoice"
    return observed.invoice
