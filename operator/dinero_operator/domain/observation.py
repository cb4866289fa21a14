"""What the books say about one order. Plain facts; the plan decides what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum
from uuid import UUID

from dinero_operator.domain.document import InvoiceLine


class Look(Enum):
    """What stands in place of a fact: nobody has looked, or somebody has and there is nothing."""

    UNKNOWN = "unknown"
    ABSENT = "absent"


class InvoiceStatus(StrEnum):
    """A document in Dinero is a draft (kladde), or booked (bogført), which cannot be undone."""

    DRAFT = "Draft"
    BOOKED = "Booked"


@dataclass(frozen=True, slots=True)
class ContactView:
    """The contact that an order's invoice is to be made out to."""

    guid: UUID
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """An invoice as a list, a read or a write's answer shows it. Amounts are øre; ``None`` is: not shown.

    ``timestamp`` is the version that a write must name. ``settled`` says that nothing remains to be paid. ``fresh`` says
    that we booked it in this very pass, so that ``timestamp`` is older than any payment on it. ``title`` is the document's
    heading, ``day`` the voucher date.
    """

    guid: UUID
    status: InvoiceStatus
    deleted: bool = False
    timestamp: str | None = None
    number: int | None = None
    contact: UUID | None = None
    currency: str | None = None
    reference: str | None = None
    total: int | None = None
    vat: int | None = None
    lines_total: int | None = None
    settled: bool = False
    fresh: bool = False
    title: str = ""
    day: date | None = None
    lines: tuple[InvoiceLine, ...] | None = None
    """As Dinero holds them: only a read shows them."""


@dataclass(frozen=True, slots=True)
class CreditView:
    """A credit note (kreditnota) of ours, like ``InvoiceView``. ``invoice`` is the one that it credits.

    Amounts are positive.
    """

    guid: UUID
    reference: str
    status: InvoiceStatus
    deleted: bool = False
    timestamp: str | None = None
    number: int | None = None
    invoice: UUID | None = None
    contact: UUID | None = None
    currency: str | None = None
    total: int | None = None
    vat: int | None = None
    lines: tuple[InvoiceLine, ...] | None = None

    @property
    def booked(self) -> bool:
        """Whether it is booked."""
        return self.status is InvoiceStatus.BOOKED


@dataclass(frozen=True, slots=True)
class PaymentEntry:
    """Something that settles an invoice. ``account`` is ``None`` where that is another voucher, such as a credit note."""

    amount: int
    reference: str = ""
    account: int | None = None
    voucher: UUID | None = None


@dataclass(frozen=True, slots=True)
class PaymentsView:
    """The payments of an invoice, read after its ``timestamp``. Amounts are øre.

    ``ours`` are the amounts of those that bear our reference; ``remaining`` is what Dinero says is still owed.
    """

    ours: tuple[int, ...]
    remaining: int
    entries: tuple[PaymentEntry, ...] = ()
    """All of them, those of others too."""


@dataclass(frozen=True, slots=True)
class Observed:
    """All that is known of one order in the books. ``Look.UNKNOWN`` until somebody has looked."""

    contact: ContactView | Look = Look.UNKNOWN
    invoice: InvoiceView | Look = Look.UNKNOWN
    payments: PaymentsView | Look = Look.UNKNOWN
    credits: tuple[CreditView, ...] | Look = Look.UNKNOWN
    """Our credit notes for the order, the first one first; deleted drafts too."""
    no_more_credits: bool = False
    """Dinero was asked for the one after them, since its payments were read, and has none."""
    duplicate: bool = False
    """An invoice that is not ours has the same contact and total, and a date within a day of the order."""
