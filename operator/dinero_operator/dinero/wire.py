"""Dinero's wire form: bodies that we send, and the few things that we read out of answers.

Property names are those of Dinero's OpenAPI document. Answers are read without regard to the case of names, since lists
echo the request's and documents spell ``TimeStamp`` while requests spell ``Timestamp``. Amounts are kroner there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from dinero_operator.domain import money
from dinero_operator.domain.document import ContactDraft, InvoiceDraft, InvoiceLine, PaymentDraft
from dinero_operator.domain.errors import Unavailable
from dinero_operator.domain.observation import InvoiceStatus, InvoiceView, PaymentEntry, PaymentsView

CONTACT_FIELDS = ("ContactGuid", "Email", "CreatedAt", "DeletedAt")
INVOICE_FIELDS = (
    "Guid", "ExternalReference", "Status", "Number", "ContactGuid", "Currency", "Date", "Description",
    "TotalInclVat", "TotalExclVat", "CreatedAt", "DeletedAt",
)  # fmt: skip
LANGUAGE = "da-DK"
LINE_UNIT = "parts"
STATUS_DRAFT = "draft"
STATUS_SETTLED = "paid"
"""``OverPaid`` is no settlement: it may be a payment made twice, and wants a look at the payments."""


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A contact of a list or a read. ``created`` orders several with one e-mail address."""

    guid: UUID
    email: str
    deleted: bool
    created: str


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An invoice of a list: what the engine sees of it, with the date and what orders the rows."""

    view: InvoiceView
    date: date | None
    created: str


def contact_body(contact: ContactDraft) -> dict[str, object]:
    """Body of ``POST contacts``. A private person must not have registration numbers."""
    return {
        "ContactGuid": str(contact.guid),
        "ExternalReference": None,
        "Name": contact.name,
        "Street": contact.street or None,
        "ZipCode": contact.zipcode or None,
        "City": contact.city or None,
        "CountryKey": contact.country or "DK",
        "Phone": contact.phone or None,
        "Email": contact.email,
        "AttPerson": contact.attention or None,
        "VatNumber": contact.vat_number or None,
        "EanNumber": contact.ean or None,
        "IsPerson": contact.person,
        "IsMember": False,
        "UseCvr": False,
    }


def invoice_body(invoice: InvoiceDraft) -> dict[str, object]:
    """Body of ``POST invoices``: a draft with gross prices."""
    return {
        "Guid": str(invoice.guid),
        "ContactGuid": str(invoice.contact),
        "ExternalReference": invoice.reference,
        "Date": invoice.date.isoformat(),
        "Currency": invoice.currency,
        "Language": LANGUAGE,
        "Description": invoice.title,
        "Comment": invoice.comment,
        "Address": invoice.address or None,
        "ShowLinesInclVat": True,
        # "Paid" only prints that the invoice is paid; it registers no payment.
        "PaymentConditionType": "Paid" if invoice.prepaid else None,
        "PaymentConditionNumberOfDays": None,
        "ProductLines": [line_body(line) for line in invoice.lines],
    }


def payment_body(payment: PaymentDraft, timestamp: str) -> dict[str, object]:
    """Body of ``POST payments`` on exactly this version of the invoice."""
    return {
        "Timestamp": timestamp,
        "DepositAccountNumber": payment.account,
        "RemainderIsFee": False,
        "Description": payment.description,
        "Amount": money.kroner(payment.amount),
        "PaymentDate": payment.date.isoformat(),
        "ExternalReference": payment.reference,
    }


def line_body(line: InvoiceLine) -> dict[str, object]:
    """A line of an invoice or credit note, with its gross price."""
    return {
        "BaseAmountValue": money.kroner(line.unit_price),
        "Quantity": line.quantity,
        "Discount": 0,
        "AccountNumber": line.account,
        "Unit": LINE_UNIT,
        "Description": line.description,
        "Comments": line.comments or None,
        "LineType": "Product",
    }


def fold(value: Any) -> dict[str, Any]:
    """Read a JSON object without regard to the case of its names. Raises ``Unavailable`` where it is none."""
    if not isinstance(value, Mapping):
        raise Unavailable("Dinero's answer has not the form that its documentation gives")
    return {str(name).lower(): item for name, item in value.items()}


def contact_row(value: Any) -> ContactRow:
    """Read a contact. Raises ``Unavailable`` where it has no Guid."""
    row = fold(value)
    return ContactRow(
        guid=guid_of(row.get("contactguid")),
        email=str(row.get("email") or ""),
        deleted=bool(row.get("deletedat")),
        created=str(row.get("createdat") or ""),
    )


def invoice_row(value: Any) -> InvoiceRow:
    """Read an invoice of a list, whose status tells of the payment too."""
    row = fold(value)
    return InvoiceRow(
        view=_view(row, str(row.get("status") or "")),
        date=day_of(row.get("date")),
        created=str(row.get("createdat") or ""),
    )


def invoice_view(value: Any) -> InvoiceView:
    """Read a whole invoice. Raises ``Unavailable`` where it has no Guid, status, version or totals."""
    row = fold(value)
    status = str(row.get("paymentstatus") or row.get("status") or "")
    if str(row.get("status") or "").lower() == STATUS_DRAFT:
        status = STATUS_DRAFT
    view = _view(row, status)
    if view.timestamp is None or view.total is None or view.vat is None:
        raise Unavailable("Dinero's answer about an invoice has no version or no totals")
    return view


def _view(row: Mapping[str, Any], status: str) -> InvoiceView:
    if not status:
        raise Unavailable("Dinero's answer about an invoice names no status")
    total, net = amount_of(row.get("totalinclvat")), amount_of(row.get("totalexclvat"))
    vat = amount_of(row.get("totalvat"))
    draft = status.lower() == STATUS_DRAFT
    number = row.get("number")
    contact = row.get("contactguid")
    return InvoiceView(
        guid=guid_of(row.get("guid")),
        status=InvoiceStatus.DRAFT if draft else InvoiceStatus.BOOKED,
        deleted=bool(row.get("deletedat")),
        timestamp=timestamp_of(row),
        # A draft's number is meaningless: Int64.MaxValue in lists, the next free one in a read.
        number=number if isinstance(number, int) and not draft else None,
        contact=guid_of(contact) if contact else None,
        currency=str(row["currency"]) if row.get("currency") else None,
        reference=str(row["externalreference"]) if row.get("externalreference") else None,
        total=total,
        vat=vat if vat is not None else (total - net if total is not None and net is not None else None),
        lines_total=_lines_total(row.get("productlines")),
        lines=lines_of(row.get("productlines")),
        settled=status.lower() == STATUS_SETTLED,
        title=str(row.get("description") or ""),
        day=day_of(row.get("date")),
    )


def _lines_total(lines: Any) -> int | None:
    """Øre of the lines, VAT included, as Dinero holds them; ``None`` where that cannot be read."""
    if not isinstance(lines, list):
        return None
    total = 0
    for line in lines:
        row = fold(line)
        amount = amount_of(row.get("totalamountinclvat"))
        if amount is None:
            unit, quantity = amount_of(row.get("baseamountvalueinclvat")), row.get("quantity")
            if unit is None or not isinstance(quantity, int | Decimal) or row.get("discount"):
                return None
            amount = money.times(Decimal(quantity), unit)
        total += amount
    return total


def lines_of(lines: Any) -> tuple[InvoiceLine, ...] | None:
    """Read the lines of a document; ``None`` where they are not shown, or cannot be read to the øre."""
    if not isinstance(lines, list):
        return None
    found: list[InvoiceLine] = []
    for row in map(fold, lines):
        account = row.get("accountnumber")
        amount = amount_of(row.get("totalamountinclvat"))
        if account is None and not amount:
            continue  # a line of text only
        unit, quantity = amount_of(row.get("baseamountvalueinclvat")), row.get("quantity")
        if not isinstance(account, int) or amount is None:
            return None
        line = InvoiceLine(
            str(row.get("description") or ""), Decimal(1), amount, account, str(row.get("comments") or "")
        )
        if unit is not None and isinstance(quantity, int | Decimal) and not isinstance(quantity, bool):
            whole = InvoiceLine(line.description, Decimal(quantity), unit, account, line.comments)
            line = whole if whole.amount == amount else line
        found.append(line)
    return tuple(found)


def payments_view(value: Any, reference: str) -> PaymentsView:
    """Read an invoice's payments. Raises ``Unavailable`` where the remaining amount or an amount cannot be read."""
    row = fold(value)
    remaining = amount_of(row.get("remainingamount"))
    payments = row.get("payments")
    if remaining is None or not isinstance(payments, list):
        raise Unavailable("Dinero's answer about payments has not the form that its documentation gives")
    entries = tuple(_entry(fold(payment), reference) for payment in payments)
    ours = tuple(entry.amount for entry in entries if entry.reference.lower() == reference.lower())
    return PaymentsView(ours=ours, remaining=remaining, entries=entries)


def _entry(payment: Mapping[str, Any], ours: str) -> PaymentEntry:
    amount, account = amount_of(payment.get("amount")), payment.get("depositaccountnumber")
    reference = str(payment.get("externalreference") or "")
    if amount is None and reference.lower() == ours.lower():
        raise Unavailable("Dinero's answer about payments names no amount")
    try:
        voucher = UUID(str(payment.get("relatedvoucherid")))
    except ValueError:
        voucher = None
    return PaymentEntry(
        amount=amount or 0,
        reference=reference,
        account=account if isinstance(account, int) and not isinstance(account, bool) else None,
        voucher=voucher,
    )


def amount_of(value: Any) -> int | None:
    """Øre of an amount in kroner, rounded to the øre where Dinero shows a computed fraction; ``None`` where unreadable."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return money.times(Decimal(value), money.ORE_PER_KRONE) if Decimal(value).is_finite() else None


def guid_of(value: Any) -> UUID:
    """Read a Guid. Raises ``Unavailable`` where it is none."""
    try:
        return UUID(str(value))
    except ValueError:
        raise Unavailable("Dinero's answer names no valid Guid") from None


def day_of(value: Any) -> date | None:
    """Read a date, with or without a time behind it."""
    try:
        return datetime.fromisoformat(str(value)).date()
    except ValueError:
        return None


def timestamp_of(row: Mapping[str, Any]) -> str | None:
    """The version of a document, from a folded answer."""
    timestamp = row.get("timestamp")
    return str(timestamp) if timestamp else None
