"""What one simulated organisation keeps. Money is ``int`` øre (or 1/100 of the document's currency)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)
"""Stands where the books have not yet noted a time."""

PaymentStatus = Literal["Draft", "Booked", "Paid", "OverPaid", "Overdue"]


@dataclass(slots=True, kw_only=True)
class Contact:
    """A customer. Times are UTC; ``deleted_at`` is set while it is deleted."""

    guid: str
    name: str
    country_key: str = "DK"
    is_person: bool = False
    is_member: bool = False
    use_cvr: bool = False
    external_reference: str | None = None
    street: str | None = None
    zip_code: str | None = None
    city: str | None = None
    phone: str | None = None
    email: str | None = None
    webpage: str | None = None
    att_person: str | None = None
    vat_number: str | None = None
    ean_number: str | None = None
    se_number: str | None = None
    p_number: str | None = None
    payment_condition_type: str | None = None
    payment_condition_days: int | None = None
    member_number: str | None = None
    company_type_key: str | None = None
    invoice_mail_out_option_key: str | None = None
    language_key: str | None = None
    currency_key: str | None = None
    created_at: dt.datetime = NEVER
    updated_at: dt.datetime = NEVER
    deleted_at: dt.datetime | None = None


@dataclass(slots=True, kw_only=True)
class Line:
    """A line of a document. ``base_amount`` is a unit price in kroner, with or without VAT as the document says."""

    description: str
    comments: str | None = None
    quantity: Decimal = Decimal(1)
    unit: str | None = None
    base_amount: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    account_number: int | None = None
    account_name: str | None = None
    line_type: str = "Product"
    vat_code: str = "none"
    vat_rate: Decimal = Decimal(0)
    net: int = 0
    vat: int = 0

    @property
    def gross(self) -> int:
        """Amount with VAT, in 1/100."""
        return self.net + self.vat


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of a document in 1/100 of its currency. ``vatable`` is the part of ``net`` that bears VAT."""

    net: int = 0
    vat: int = 0
    vatable: int = 0

    @property
    def gross(self) -> int:
        """Total with VAT."""
        return self.net + self.vat


@dataclass(slots=True, kw_only=True)
class Payment:
    """Money on a deposit account; or an offset against another document, which has no deposit account.

    ``amount`` is in øre, ``settled`` in 1/100 of the document's currency: what the payment takes off its remainder,
    with the ``fee`` (øre) that ``RemainderIsFee`` booked.
    """

    guid: str
    amount: int
    settled: int
    date: dt.date
    description: str
    deposit_account: int | None
    external_reference: str | None = None
    fee: int = 0
    exchange_rate: Decimal = Decimal(100)
    related_voucher: str | None = None


@dataclass(slots=True, kw_only=True)
class Document:
    """What invoices and credit notes share. ``number`` is None while it is a draft; times are UTC."""

    guid: str
    date: dt.date
    lines: list[Line]
    totals: Totals
    timestamp: str = ""
    previous_timestamp: str = ""
    contact_guid: str | None = None
    contact_name: str | None = None
    external_reference: str | None = None
    currency: str = "DKK"
    exchange_rate: Decimal = Decimal(100)
    language: str = "da-DK"
    description: str = ""
    comment: str | None = None
    address: str | None = None
    show_lines_incl_vat: bool = False
    template_id: str | None = None
    number: int | None = None
    payments: list[Payment] = field(default_factory=list)
    offsets: list[Payment] = field(default_factory=list)
    created_at: dt.datetime = NEVER
    updated_at: dt.datetime = NEVER
    deleted_at: dt.datetime | None = None

    @property
    def booked(self) -> bool:
        """Whether it is booked, which nothing undoes."""
        return self.number is not None

    @property
    def remaining(self) -> int:
        """What is still open, in 1/100 of the currency; negative where too much was paid or credited."""
        settled = sum(payment.settled for payment in self.payments)
        return self.totals.gross - settled - sum(offset.settled for offset in self.offsets)

    def payment_status(self, today: dt.date) -> PaymentStatus:
        """Say what lists show as ``Status``."""
        if not self.booked:
            return "Draft"
        remaining = self.remaining
        if remaining == 0:
            return "Paid"
        if remaining < 0:
            return "OverPaid"
        return "Overdue" if self.due < today else "Booked"

    @property
    def due(self) -> dt.date:
        """Day on which payment is due."""
        return self.date


@dataclass(slots=True, kw_only=True)
class Invoice(Document):
    """An invoice, draft or booked."""

    due_date: dt.date
    payment_condition_type: str = "Netto"
    payment_condition_days: int | None = 8
    reminder_fee: Decimal | None = None
    reminder_interest_rate: Decimal | None = None
    mobile_pay: bool = False
    penso_pay: bool = False

    @property
    def due(self) -> dt.date:
        """Day on which payment is due."""
        return self.due_date


@dataclass(slots=True, kw_only=True)
class CreditNote(Document):
    """A credit note, draft or booked, for an invoice or on its own. Amounts are positive."""

    credit_note_for: str | None = None


@dataclass(slots=True)
class Account:
    """An account of the chart. Those with ``system`` are posted on by Dinero itself and are not offered."""

    number: int
    name: str
    vat_code: str = "none"
    category: str = "Turnover"
    category_name: str = "Omsætning"
    hidden: bool = False
    system: bool = False


@dataclass(slots=True)
class DepositAccount:
    """An account that receives payments (Danish: beholdning)."""

    number: int
    name: str
    is_default: bool = False
    hidden: bool = False
    registration_number: str | None = None
    bank_account_number: str | None = None
    swift_number: str | None = None
    iban_number: str | None = None


@dataclass(frozen=True, slots=True)
class AccountingYear:
    """An accounting year; both days are part of it."""

    name: str
    first: dt.date
    last: dt.date


@dataclass(frozen=True, slots=True)
class Entry:
    """One posting in øre: positive debits the account, negative credits it. ``recorded_at`` is UTC."""

    guid: str
    account_number: int
    account_name: str
    date: dt.date
    voucher_number: int
    voucher_guid: str
    voucher_type: str
    description: str
    vat_code: str
    amount: int
    contact_guid: str | None
    recorded_at: dt.datetime
