"""The steps that a plan can ask for: looks at the books, writes, and the ends of the matter."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from dinero_operator.domain.credit import CreditDraft
from dinero_operator.domain.document import ContactDraft, InvoiceDraft, PaymentDraft
from dinero_operator.domain.eligibility import Obstacle


@dataclass(frozen=True, slots=True)
class FindInvoice:
    """Observe: whether there is an invoice with our Guid."""

    guid: UUID


@dataclass(frozen=True, slots=True)
class FindContact:
    """Observe: which contact has this e-mail address (normalised)? Ours by Guid breaks ties."""

    email: str
    ours: UUID


@dataclass(frozen=True, slots=True)
class ReadInvoice:
    """Observe: the invoice with its version and totals. What was known of its payments is stale from here on."""

    guid: UUID


@dataclass(frozen=True, slots=True)
class ReadPayments:
    """Observe: the invoice's payments, after its version was read."""

    guid: UUID


@dataclass(frozen=True, slots=True)
class CreateContact:
    """Write: make the customer a contact."""

    contact: ContactDraft


@dataclass(frozen=True, slots=True)
class RestoreContact:
    """Write: bring back our contact, which somebody has deleted."""

    guid: UUID


@dataclass(frozen=True, slots=True)
class CreateInvoice:
    """Write: make the draft."""

    invoice: InvoiceDraft


@dataclass(frozen=True, slots=True)
class BookInvoice:
    """Write, irreversible: book the draft in exactly this version."""

    guid: UUID
    timestamp: str


@dataclass(frozen=True, slots=True)
class RegisterPayment:
    """Write: register the payment on exactly this version of the invoice."""

    guid: UUID
    timestamp: str
    payment: PaymentDraft


@dataclass(frozen=True, slots=True)
class FindCredits:
    """Observe: which credit notes of ours there are for an order."""

    order_id: int


@dataclass(frozen=True, slots=True)
class ReadCredit:
    """Observe: a credit note of ours with its version, totals and lines."""

    guid: UUID


@dataclass(frozen=True, slots=True)
class CreateCredit:
    """Write: make the draft of a credit note."""

    credit: CreditDraft


@dataclass(frozen=True, slots=True)
class BookCredit:
    """Write, irreversible: book the credit note in exactly this version. ``amount`` is øre, VAT included."""

    guid: UUID
    timestamp: str
    amount: int


@dataclass(frozen=True, slots=True)
class RegisterRefund:
    """Write: register what is paid back, a negative payment, on exactly this version of the invoice."""

    guid: UUID
    timestamp: str
    payment: PaymentDraft


class Outcome(StrEnum):
    """How far an order has come, when nothing is left to do now."""

    DRAFTED = "drafted"
    BOOKED = "booked"
    PAID = "paid"
    """Booked, and nothing remains to be paid."""
    CREDITED = "credited"
    """Booked, and credited in whole or in part."""
    PENDING = "pending"
    NEVER = "never"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing to do now."""

    outcome: Outcome


Observation = FindInvoice | FindContact | ReadInvoice | ReadPayments
CreditObservation = FindCredits | ReadCredit
CreditWrite = CreateCredit | BookCredit | RegisterRefund
Write = CreateContact | RestoreContact | CreateInvoice | BookInvoice | RegisterPayment | CreditWrite
Plan = Observation | CreditObservation | Write | Obstacle | Done
