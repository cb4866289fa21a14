"""Accounts, VAT types, years, settings, entries, and the list of all sales."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import chain

from aiohttp import web

from dinero_operator.sandbox.dinero import errors
from dinero_operator.sandbox.dinero.body import day_or_none, json_object
from dinero_operator.sandbox.dinero.books import Books
from dinero_operator.sandbox.dinero.chart import DEPOSIT_NUMBERS, VAT_TYPES
from dinero_operator.sandbox.dinero.document_list import list_documents
from dinero_operator.sandbox.dinero.ledger import DEFAULT_DAYS
from dinero_operator.sandbox.dinero.listing import Fields, Query
from dinero_operator.sandbox.dinero.models import Account, CreditNote, DepositAccount, Entry
from dinero_operator.sandbox.dinero.routing import register
from dinero_operator.sandbox.dinero.wire import DOCUMENT_FIELDS, JsonObject, answer, kroner

_LONGEST_RANGE = timedelta(days=31)

_ENTRY_FIELDS: dict[str, Callable[[Account, Books], object]] = {
    "AccountNumber": lambda account, _books: account.number,
    "PublicStandardNumber": lambda _account, _books: None,
    "Name": lambda account, _books: account.name,
    "VatCode": lambda account, _books: account.vat_code,
    "Category": lambda account, _books: account.category,
    "CategoryName": lambda account, _books: account.category_name,
    "IsHidden": lambda account, _books: account.hidden,
    "IsDefaultSalesAccount": lambda account, books: account.number == books.default_account,
}
_DEPOSIT_FIELDS: dict[str, Callable[[DepositAccount], object]] = {
    "AccountNumber": lambda account: account.number,
    "Name": lambda account: account.name,
    "IsDefault": lambda account: account.is_default,
    "IsHidden": lambda account: account.hidden,
    "PublicStandardNumber": lambda _account: None,
    "BankRegistrationNumber": lambda account: account.registration_number,
    "BankAccountNumber": lambda account: account.bank_account_number,
    "BankSwiftNumber": lambda account: account.swift_number,
    "BankIbanNumber": lambda account: account.iban_number,
}
_SALES_FIELDS = DOCUMENT_FIELDS | {
    "Type": lambda document, _today: "CreditNote" if isinstance(document, CreditNote) else "Invoice"
}


def add_account_routes(app: web.Application) -> None:
    """Add the endpoints."""
    register(app, "sales", "/sales", {("GET", "v1"): _sales})
    register(app, "sales-settings", "/sales/settings", {("GET", "v1"): _settings})
    register(
        app,
        "accounts-entry",
        "/accounts/entry",
        {("GET", "v1"): _entry_accounts, ("POST", "v1"): _add_entry_account},
    )
    register(
        app,
        "accounts-deposit",
        "/accounts/deposit",
        {("GET", "v1"): _deposit_accounts, ("POST", "v1"): _add_deposit_account},
    )
    register(app, "vat-types", "/vatTypes", {("GET", "v1"): _vat_types})
    register(app, "accounting-years", "/accountingyears", {("GET", "v1"): _years})
    register(app, "entries", "/entries{changes:(/changes)?}", {("GET", "v1"): _entries})


async def _sales(request: web.Request, books: Books) -> web.Response:
    documents = chain(books.invoices.values(), books.credit_notes.values())
    return answer(list_documents(request, books, documents, _SALES_FIELDS))


async def _settings(_request: web.Request, books: Books) -> web.Response:
    return answer(
        {
            "LinesInclVat": False,
            "FikCode": None,
            "UseFikCode": False,
            "DefaultAccountNumber": books.default_account,
            "InvoiceTemplateId": None,
            "AddVoucherAsPdfAttachment": False,
            "ReminderFee": 100.0,
            "ReminderInterestRate": 0.0,
            "TrustPilotEmail": None,
            "PaymentConditionNumberOfDays": DEFAULT_DAYS,
            "PaymentConditionType": "Netto",
        }
    )


async def _entry_accounts(request: web.Request, books: Books) -> web.Response:
    query = Query(request)
    columns = Fields(query.text("fields"), _ENTRY_FIELDS, "AccountNumber,Name,IsHidden").columns
    category = (query.text("categoryFilter") or "").lower()
    return answer(
        [
            {name: read(account, books) for name, read in columns}
            for _, account in sorted(books.accounts.items())
            if not account.system and (not category or account.category.lower() == category)
        ]
    )


async def _add_entry_account(request: web.Request, books: Books) -> web.Response:
    body = await json_object(request)
    number = body.integer("Number", required=True, least=1000, most=99999) or 0
    name = body.text("Name", required=True) or ""
    vat_code = body.text("VatCode", required=True, choices={*VAT_TYPES, "none"}) or "none"
    if number in books.accounts or number in DEPOSIT_NUMBERS:
        body.fail("Number", f"Account number {number} cannot be used.")
    body.check()
    books.accounts[number] = Account(number, name, vat_code)
    return answer({"AccountNumber": number})


async def _deposit_accounts(request: web.Request, books: Books) -> web.Response:
    columns = Fields(Query(request).text("fields"), _DEPOSIT_FIELDS, "AccountNumber,Name").columns
    return answer(
        [{name: read(account) for name, read in columns} for _, account in sorted(books.deposits.items())]
    )


async def _add_deposit_account(request: web.Request, books: Books) -> web.Response:
    body = await json_object(request)
    number = body.integer("Number", required=True) or 0
    account = DepositAccount(
        number,
        body.text("Name", required=True) or "",
        registration_number=body.text("RegistrationNumber"),
        bank_account_number=body.text("AccountNumber"),
        swift_number=body.text("SwiftNumber"),
        iban_number=body.text("IbanNumber"),
    )
    if number not in DEPOSIT_NUMBERS or number in books.deposits:
        body.fail("Number", f"Account number {number} cannot be used.")
    body.check()
    books.deposits[number] = account
    return answer({"AccountNumber": number})


async def _vat_types(_request: web.Request, _books: Books) -> web.Response:
    return answer(
        [{"VatCode": code, "Name": name, "VatRate": float(rate)} for code, (name, rate) in VAT_TYPES.items()]
    )


async def _years(_request: web.Request, books: Books) -> web.Response:
    return answer(
        [
            {
                "Name": year.name,
                "FromDate": year.first.isoformat(),
                "ToDate": year.last.isoformat(),
                "SalarySumTaxStateEnum": "None",
            }
            for year in books.periods.years
        ]
    )


async def _entries(request: web.Request, books: Books) -> web.Response:
    query = Query(request)
    if request.match_info["changes"]:
        return _changed_entries(query, books)
    first, last = _day(query, "fromDate"), _day(query, "toDate")
    if not any(year.first <= first <= last <= year.last for year in books.periods.years):
        raise errors.invalid({"toDate": "The period must lie within one accounting year."})
    return answer([_entry(entry) for entry in books.entries if first <= entry.date <= last])


def _changed_entries(query: Query, books: Books) -> web.Response:
    start, end = _moment(query, "changesFrom"), _moment(query, "changesTo")
    if not timedelta() <= end - start <= _LONGEST_RANGE:
        raise errors.invalid({"changesTo": "The range may be 31 days at most."})
    return answer([_entry(entry) for entry in books.entries if start <= entry.recorded_at <= end])


def _day(query: Query, name: str) -> date:
    day = day_or_none(query.text(name) or "")
    if day is None:
        raise errors.invalid({name: "Must be a date: YYYY-MM-DD."})
    return day


def _moment(query: Query, name: str) -> datetime:
    day = day_or_none(query.text(name) or "")
    if day is not None:
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    at = query.changes_since(name)
    if at is None:
        raise errors.invalid({name: f"{name} is required."})
    return at


def _entry(entry: Entry) -> JsonObject:
    vat_type = VAT_TYPES.get(entry.vat_code)
    return {
        "AccountNumber": entry.account_number,
        "AccountName": entry.account_name,
        "Date": entry.date.isoformat(),
        "VoucherNumber": entry.voucher_number,
        "VoucherGuid": entry.voucher_guid,
        "FileGuid": None,
        "VoucherType": entry.voucher_type,
        "Description": entry.description,
        "VatType": None if vat_type is None else vat_type[0],
        "VatCode": entry.vat_code,
        "Amount": kroner(entry.amount),
        "EntryGuid": entry.guid,
        "ContactGuid": entry.contact_guid,
        "Type": "Normal",
    }
