"""What the API demands of invoices, credit notes and their lines."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

from dinero_operator.sandbox.dinero import errors
from dinero_operator.sandbox.dinero.body import Body
from dinero_operator.sandbox.dinero.chart import EXCHANGE_RATES
from dinero_operator.sandbox.dinero.contact_rules import LONGEST_REFERENCE
from dinero_operator.sandbox.dinero.ledger import DEFAULT_DAYS, Ledger
from dinero_operator.sandbox.dinero.models import Contact, CreditNote, Invoice, Line, Totals
from dinero_operator.sandbox.dinero.totals import calculate

UNITS = frozenset(
    (
        "hours",
        "parts",
        "km",
        "day",
        "week",
        "month",
        "kilogram",
        "cubicMetre",
        "set",
        "litre",
        "box",
        "case",
        "carton",
        "metre",
        "package",
        "shipment",
        "squareMetre",
        "session",
        "tonne",
    )
)
LONGEST_TERM = 9999
_WITHOUT_DAYS = ("NettoCash", "Paid")
_TITLES = {"da-DK": ("Faktura", "Kreditnota"), "en-GB": ("Invoice", "Credit note")}


def read_invoice(body: Body, books: Ledger, guid: str | None = None) -> Invoice:
    """Make the invoice that a request asks for, with its totals. Raises ``ApiError`` with all that is wrong."""
    document = Invoice(guid="", date=date.min, due_date=date.min, lines=[], totals=Totals())
    document.reminder_fee = body.number("ReminderFee", least=0, most=100)
    document.reminder_interest_rate = body.number("ReminderInterestRate", least=0, most=100)
    document.mobile_pay = body.boolean("IsMobilePayInvoiceEnabled")
    document.penso_pay = body.boolean("IsPensoPayEnabled")
    condition = body.text("PaymentConditionType", choices=("Netto", "NettoCash", "CurrentMonthOut", "Paid"))
    days = body.integer("PaymentConditionNumberOfDays", least=0, most=LONGEST_TERM)
    if condition in _WITHOUT_DAYS and days is not None:
        body.fail("PaymentConditionNumberOfDays", f"Must be null when PaymentConditionType is {condition}.")
    contact = _read_common(body, books, document, guid)
    _set_terms(document, contact, condition, days)
    return document


def read_credit_note(body: Body, books: Ledger, guid: str | None = None) -> CreditNote:
    """Make the credit note that a request asks for. Raises ``ApiError`` with all that is wrong."""
    document = CreditNote(guid="", date=date.min, lines=[], totals=Totals())
    document.credit_note_for = body.guid("CreditNoteFor")
    _read_common(body, books, document, guid)
    if document.credit_note_for is not None:
        invoice = books.invoices.get(document.credit_note_for)
        if invoice is None or invoice.deleted_at is not None:
            raise errors.no_results("Invoice")
        if invoice.currency != document.currency:
            raise errors.invalid({"CreditNoteFor": f"The invoice is in {invoice.currency}."})
    if document.totals.gross < 0:
        raise errors.invalid({"ProductLines": "The amounts of a credit note are positive."})
    return document


def _read_common(
    body: Body, books: Ledger, document: Invoice | CreditNote, guid: str | None
) -> Contact | None:
    document.guid = guid or body.guid("Guid") or str(uuid4())
    document.contact_guid = body.guid("ContactGuid")
    document.external_reference = body.text("ExternalReference", longest=LONGEST_REFERENCE)
    document.date = body.day("Date") or books.today()
    document.currency = body.text("Currency", choices=EXCHANGE_RATES) or "DKK"
    document.exchange_rate = EXCHANGE_RATES.get(document.currency, Decimal(100))
    document.language = body.text("Language", choices=_TITLES) or "da-DK"
    titles = _TITLES.get(document.language, _TITLES["da-DK"])
    document.description = body.text("Description") or titles[isinstance(document, CreditNote)]
    document.comment = body.text("Comment")
    document.address = body.text("Address")
    document.show_lines_incl_vat = body.boolean("ShowLinesInclVat")
    document.template_id = body.guid("InvoiceTemplateId")
    document.lines = [_read_line(line, books) for line in body.objects("ProductLines")]
    body.check()
    calculate(document)
    contact = None
    if document.contact_guid is not None:
        contact = books.contacts.get(document.contact_guid)
        if contact is None or contact.deleted_at is not None:
            raise errors.invalid_contact(document.contact_guid)
        document.contact_name = contact.name
    return contact


def _read_line(body: Body, books: Ledger) -> Line:
    line_type = body.text("LineType", choices=("Product", "Text")) or "Product"
    comments = body.text("Comments")
    if line_type == "Text":
        return Line(
            description=body.text("Description", required=True) or "", comments=comments, line_type="Text"
        )
    if body.guid("ProductGuid") is not None:
        if body.has("Description"):
            body.fail("Description", "Description must be null when ProductGuid is set.")
        body.fail("ProductGuid", "The product does not exist.")
    line = Line(
        description=body.text("Description", required=not body.has("ProductGuid")) or "",
        comments=comments,
        quantity=body.number("Quantity", required=True) or Decimal(0),
        unit=body.text("Unit", required=True, choices=UNITS),
        base_amount=body.number("BaseAmountValue", required=True) or Decimal(0),
        # The schema demands a discount and a type, but clients are known that leave both out and are served.
        discount=body.number("Discount", least=0, most=100) or Decimal(0),
        account_number=body.integer("AccountNumber", required=True),
    )
    if books.unknowns.refuse_negative_lines:
        for name, value in (("Quantity", line.quantity), ("BaseAmountValue", line.base_amount)):
            if value < 0:
                body.fail(name, f"{name} must not be negative.")
    if line.account_number is not None:
        account = books.accounts.get(line.account_number)
        if account is None or account.system:
            body.fail("AccountNumber", f"Account {line.account_number} does not exist.")
        else:
            line.account_name = account.name
            line.vat_code = account.vat_code
            line.vat_rate = books.vat_rate(account.vat_code)
    return line


def _set_terms(document: Invoice, contact: Contact | None, condition: str | None, days: int | None) -> None:
    if condition is None and days is None and contact is not None and contact.payment_condition_type:
        condition, days = contact.payment_condition_type, contact.payment_condition_days
    condition = condition or "Netto"
    if condition == "Netto" and days is None:
        days = DEFAULT_DAYS
    document.payment_condition_type = condition
    document.payment_condition_days = days
    start = document.date
    if condition == "CurrentMonthOut":
        start = start.replace(day=calendar.monthrange(start.year, start.month)[1])
    document.due_date = start + timedelta(days=days or 0)
