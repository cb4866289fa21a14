"""What the plan would do with an order if every write went well: ``plan`` itself, asked again and again, without acting."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dinero_operator.domain.document import InvoiceDraft
from dinero_operator.domain.eligibility import Obstacle
from dinero_operator.domain.observation import (
    ContactView,
    InvoiceStatus,
    InvoiceView,
    Look,
    Observed,
    PaymentsView,
)
from dinero_operator.domain.order import Order
from dinero_operator.domain.plan import (
    BookInvoice,
    CreateContact,
    CreateInvoice,
    Done,
    FindContact,
    FindCredits,
    FindInvoice,
    Plan,
    ReadPayments,
    RegisterPayment,
    RestoreContact,
    Write,
    plan,
)
from dinero_operator.domain.policy import Policy
from dinero_operator.domain.vat import vat_within

MAX_STEPS = 12
"""Of one order from nothing to paid: a new one takes seven."""
_VERSION = "foreseen"


@dataclass(frozen=True, slots=True)
class Foreseen:
    """The writes in order, and how it would end; ``None`` where that hangs on what only the books can tell."""

    writes: tuple[Write, ...]
    end: Done | Obstacle | None


def foresee(order: Order, observed: Observed, policy: Policy) -> Foreseen:
    """Follow the plan from what is known of the books. What is ``Look.UNKNOWN`` is taken to be absent."""
    writes: list[Write] = []
    for _ in range(MAX_STEPS):
        step = plan(order, observed, policy)
        if isinstance(step, Done | Obstacle):
            return Foreseen(tuple(writes), step)
        if isinstance(step, Write):
            writes.append(step)
        after = _after(step, order, observed)
        if after is None:
            break
        observed = after
    return Foreseen(tuple(writes), None)


def _after(step: Plan, order: Order, observed: Observed) -> Observed | None:
    """The books after a step that went well."""
    match step:
        case FindInvoice():
            return replace(observed, invoice=Look.ABSENT)
        case FindCredits():
            return replace(observed, credits=())
        case FindContact():
            return replace(observed, contact=Look.ABSENT)
        case CreateContact(contact):
            return replace(observed, contact=ContactView(contact.guid))
        case RestoreContact(guid):
            return replace(observed, contact=ContactView(guid))
        case CreateInvoice(invoice):
            return replace(observed, invoice=_drafted(invoice))
        case BookInvoice() if isinstance(observed.invoice, InvoiceView):
            booked = replace(observed.invoice, status=InvoiceStatus.BOOKED, fresh=True)
            return replace(observed, invoice=booked)
        case ReadPayments():
            return replace(observed, payments=PaymentsView((), order.total))
        case RegisterPayment() if isinstance(observed.invoice, InvoiceView):
            return replace(observed, invoice=replace(observed.invoice, settled=True))
        case _:
            return None


def _drafted(invoice: InvoiceDraft) -> InvoiceView:
    """The draft as Dinero shows it when it computes what we do."""
    return InvoiceView(
        guid=invoice.guid,
        status=InvoiceStatus.DRAFT,
        timestamp=_VERSION,
        contact=invoice.contact,
        currency=invoice.currency,
        reference=invoice.reference,
        total=invoice.total,
        vat=invoice.vat if invoice.vat is not None else vat_within(invoice.total, invoice.vat_rate),
        lines_total=invoice.total,
    )
