"""Models as the API writes them: PascalCase JSON, money as numbers in kroner."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from aiohttp import web

from dinero_operator.sandbox.dinero.chart import EU
from dinero_operator.sandbox.dinero.ledger import Ledger
from dinero_operator.sandbox.dinero.models import (
    Contact,
    CreditNote,
    Document,
    Invoice,
    Line,
    Payment,
    Totals,
)
from dinero_operator.sandbox.dinero.totals import in_kroner

JsonObject = dict[str, Any]

NO_NUMBER = 2**63 - 1
"""What lists show as the number of a draft."""


def answer(data: object = None) -> web.Response:
    """Answer 200, with JSON or with an empty body."""
    if data is None:
        return web.Response()
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    return web.Response(body=body, content_type="application/json", charset="utf-8")


def kroner(amount: int) -> float:
    """Write 1/100 as the API's JSON number.

    The shortest text of the nearest double is the two decimals themselves, so a decimal parser reads them exactly.
    """
    return amount / 100


def moment(at: datetime | None) -> str | None:
    """Write a time as the API does: UTC to the millisecond, without a zone."""
    if at is None:
        return None
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}"


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _region(contact: Contact) -> str:
    if contact.country_key == "DK":
        return "DK"
    return "EU" if contact.country_key in EU else "World"


CONTACT_FIELDS: dict[str, Callable[[Contact], object]] = {
    "Name": lambda contact: contact.name,
    "ContactGuid": lambda contact: contact.guid,
    "ExternalReference": lambda contact: contact.external_reference,
    "IsPerson": lambda contact: contact.is_person,
    "Street": lambda contact: contact.street,
    "ZipCode": lambda contact: contact.zip_code,
    "City": lambda contact: contact.city,
    "CountryKey": lambda contact: contact.country_key,
    "Phone": lambda contact: contact.phone,
    "Email": lambda contact: contact.email,
    "Webpage": lambda contact: contact.webpage,
    "AttPerson": lambda contact: contact.att_person,
    "VatNumber": lambda contact: contact.vat_number,
    "EanNumber": lambda contact: contact.ean_number,
    "PaymentConditionType": lambda contact: contact.payment_condition_type,
    "PaymentConditionNumberOfDays": lambda contact: contact.payment_condition_days,
    "IsMember": lambda contact: contact.is_member,
    "MemberNumber": lambda contact: contact.member_number,
    "CompanyStatus": lambda _contact: None,
    "VatRegionKey": _region,
    "CreatedAt": lambda contact: moment(contact.created_at),
    "UpdatedAt": lambda contact: moment(contact.updated_at),
    "DeletedAt": lambda contact: moment(contact.deleted_at),
    "PreferredInvoiceLanguageKey": lambda contact: contact.language_key,
    "PreferredInvoiceCurrencyKey": lambda contact: contact.currency_key,
}
"""Fields that a list of contacts can show."""


def contact_model(contact: Contact) -> JsonObject:
    """Write one whole contact."""
    model: JsonObject = {name: read(contact) for name, read in CONTACT_FIELDS.items()}
    model["UseCvr"] = contact.use_cvr
    model["SENumber"] = contact.se_number
    model["PNumber"] = contact.p_number
    model["CompanyTypeKey"] = contact.company_type_key
    model["InvoiceMailOutOptionKey"] = contact.invoice_mail_out_option_key
    model["IsDebitor"] = True
    model["IsCreditor"] = False
    return model


def _total_lines(totals: Totals) -> list[JsonObject]:
    rows = (
        ("SubTotal", totals.net, "Subtotal"),
        ("Vat", totals.vat, "Moms"),
        ("Total", totals.gross, "Total"),
    )
    return [
        {"Type": kind, "TotalAmount": kroner(amount), "Position": position, "Label": label}
        for position, (kind, amount, label) in enumerate(rows, start=1)
    ]


def _line(line: Line, *, incl_vat: bool) -> JsonObject:
    base = line.base_amount
    return {
        "ProductGuid": None,
        "Description": line.description,
        "Comments": line.comments,
        "Quantity": _number(line.quantity),
        "AccountNumber": line.account_number,
        "AccountName": line.account_name,
        "Unit": line.unit,
        "Discount": _number(line.discount),
        "LineType": line.line_type,
        "BaseAmountValue": _number(base),
        "BaseAmountValueInclVat": _number(base if incl_vat else base * (1 + line.vat_rate)),
        "TotalAmount": kroner(line.net),
        "TotalAmountInclVat": kroner(line.gross),
    }


def totals_model(document: Document) -> JsonObject:
    """Write what ``fetch`` calculates of a document that is not saved."""
    totals = document.totals
    return {
        "ContactGuid": document.contact_guid,
        "ContactName": document.contact_name,
        "Date": _day(document.date),
        "Currency": document.currency,
        "Language": document.language,
        "ExternalReference": document.external_reference,
        "Description": document.description,
        "Comment": document.comment,
        "Address": document.address,
        "ShowLinesInclVat": document.show_lines_incl_vat,
        "TotalExclVat": kroner(totals.net),
        "TotalVatableAmount": kroner(totals.vatable),
        "TotalInclVat": kroner(totals.gross),
        "TotalNonVatableAmount": kroner(totals.net - totals.vatable),
        "TotalVat": kroner(totals.vat),
        "TotalLines": _total_lines(totals),
        "InvoiceTemplateId": document.template_id,
        "ProductLines": [_line(line, incl_vat=document.show_lines_incl_vat) for line in document.lines],
    }


def document_model(document: Invoice | CreditNote, books: Ledger, *, stale: bool = False) -> JsonObject:
    """Write one whole invoice or credit note. ``stale`` shows the version before the last one."""
    model = totals_model(document)
    if document.address is None and document.contact_guid is not None:
        model["Address"] = _address(books.contacts[document.contact_guid])
    model |= {
        "Guid": document.guid,
        "TimeStamp": (stale and document.previous_timestamp) or document.timestamp,
        "Status": "Booked" if document.booked else "Draft",
        "PaymentStatus": document.payment_status(books.today()),
        # A draft shows the number that it would get now, which says nothing about being booked.
        "Number": books.next_number if document.number is None else document.number,
        "PaymentDate": _day(document.due),
        "DepositAccountNumber": document.payments[-1].deposit_account if document.payments else None,
        "MailOutStatus": "NotSent",
        "LatestMailOutType": None,
        "CreatedAt": moment(document.created_at),
        "UpdatedAt": moment(document.updated_at),
        "DeletedAt": moment(document.deleted_at),
    }
    if isinstance(document, CreditNote):
        model["CreditNoteFor"] = document.credit_note_for
        return model
    return model | {
        "PaymentConditionType": document.payment_condition_type,
        "PaymentConditionNumberOfDays": document.payment_condition_days,
        "ReminderFee": _number(document.reminder_fee),
        "ReminderInterestRate": _number(document.reminder_interest_rate),
        "FikCode": None,
        "IsSentToDebtCollection": False,
        "IsMobilePayInvoiceEnabled": document.mobile_pay,
        "IsPensoPayEnabled": document.penso_pay,
    }


def _address(contact: Contact) -> str:
    place = " ".join(part for part in (contact.zip_code, contact.city) if part)
    return "\n".join(part for part in (contact.street, place) if part)


DocumentField = Callable[[Document, date], object]

DOCUMENT_FIELDS: dict[str, DocumentField] = {
    "Number": lambda document, _today: NO_NUMBER if document.number is None else document.number,
    "Guid": lambda document, _today: document.guid,
    "ExternalReference": lambda document, _today: document.external_reference,
    "ContactName": lambda document, _today: document.contact_name,
    "ContactGuid": lambda document, _today: document.contact_guid,
    "Date": lambda document, _today: _day(document.date),
    "PaymentDate": lambda document, _today: _day(document.due),
    "Description": lambda document, _today: document.description,
    "Currency": lambda document, _today: document.currency,
    "Status": lambda document, today: document.payment_status(today),
    "MailOutStatus": lambda _document, _today: "NotSent",
    "LatestMailOutType": lambda _document, _today: None,
    "TotalExclVatInDkk": lambda document, _today: _in_dkk(document, document.totals.net),
    "TotalInclVatInDkk": lambda document, _today: _in_dkk(document, document.totals.gross),
    "TotalExclVat": lambda document, _today: kroner(document.totals.net),
    "TotalInclVat": lambda document, _today: kroner(document.totals.gross),
    "CreatedAt": lambda document, _today: moment(document.created_at),
    "UpdatedAt": lambda document, _today: moment(document.updated_at),
    "DeletedAt": lambda document, _today: moment(document.deleted_at),
}
"""Fields that a list of invoices or credit notes can show. The timestamp is none of them."""


def _in_dkk(document: Document, amount: int) -> float:
    return kroner(in_kroner(amount, document.exchange_rate))


def payments_model(document: Invoice | CreditNote) -> JsonObject:
    """Write the payments of a document, with what other documents have settled of it."""
    remaining = document.remaining
    return {
        "Payments": [_payment(payment, document) for payment in (*document.payments, *document.offsets)],
        "RemainingAmount": kroner(remaining),
        "PaidAmount": kroner(document.totals.gross - remaining),
        "InvoiceTotalIncludingReminderExpenses": kroner(document.totals.gross),
        "RemainderAsFeeAvailable": remaining > 0,
    }


def _payment(payment: Payment, document: Document) -> JsonObject:
    return {
        "Guid": payment.guid,
        "DepositAccountNumber": payment.deposit_account,
        "Currency": document.currency,
        "ExchangeRate": _number(payment.exchange_rate),
        "PaymentClass": "Payment" if payment.related_voucher is None else "CreditNote",
        "RelatedVoucherId": payment.related_voucher,
        "ExternalReference": payment.external_reference,
        "PaymentDate": _day(payment.date),
        "Description": payment.description,
        "Amount": kroner(payment.amount),
    }
