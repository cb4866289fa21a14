"""The ledger's client: one call, one method. It reads and writes; it decides nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from dinero_operator.dinero import credits_wire, wire
from dinero_operator.dinero.auth import TokenSource
from dinero_operator.dinero.errors import NotFound, error_of
from dinero_operator.domain.credit import CreditDraft
from dinero_operator.domain.document import ContactDraft, InvoiceDraft, PaymentDraft
from dinero_operator.domain.errors import CredentialsRejected, OutcomeUnknown, Unavailable
from dinero_operator.domain.observation import CreditView, InvoiceStatus, InvoiceView, PaymentsView
from dinero_operator.transport.budget import Budget
from dinero_operator.transport.http import Request, Response, Transport

PAGE_SIZE = 1000
"""Rows of a page: the most that Dinero gives."""
MAX_PAGES = 1000
FIRST_ERROR, UNAUTHORIZED = 400, 401

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Organisation:
    """A company (firma) that the credentials reach."""

    id: int
    name: str
    pro: bool


@dataclass(frozen=True, slots=True)
class DepositAccount:
    """An account that can receive a payment (beholdning). ``bank`` says that it looks like the company's bank."""

    number: int
    name: str
    bank: bool
    hidden: bool


@dataclass(frozen=True, slots=True)
class EntryAccount:
    """An account of the chart (kontoplan)."""

    number: int
    name: str
    vat_code: str
    hidden: bool


class DineroClient:
    """Calls Dinero for one organisation, or for none yet.

    Every method raises ``CredentialsRejected``, ``InvalidConfiguration``, ``RateLimited`` or ``Unavailable``; writes may
    raise the refusals of ``dinero.errors`` too, and ``book`` and ``pay`` ``OutcomeUnknown``.
    """

    def __init__(
        self,
        *,
        transport: Transport,
        base_url: str,
        tokens: TokenSource,
        organisation: int | None = None,
        budget: Budget | None = None,
    ) -> None:
        self._transport = transport
        self._base_url = base_url
        self._tokens = tokens
        self._organisation = organisation
        self._budget = budget

    async def organisations(self) -> list[Organisation]:
        """The organisations that the credentials reach; the one call that works without Pro."""
        rows = await self._get("list_organisations", "/v1/organizations", {"fields": "Id,Name,IsPro"})
        return [
            Organisation(row["id"], str(row.get("name") or ""), pro=row.get("ispro") is not False)
            for row in map(wire.fold, _rows(rows))
            if isinstance(row.get("id"), int)
        ]

    async def deposit_accounts(self) -> list[DepositAccount]:
        """The accounts that can receive payments."""
        rows = await self._get(
            "list_deposit_accounts",
            self._path("/v1/{org}/accounts/deposit"),
            {"fields": "AccountNumber,Name,IsDefault,IsHidden"},
        )
        return [
            DepositAccount(
                row["accountnumber"],
                str(row.get("name") or ""),
                bank=row.get("isdefault") is True,
                hidden=row.get("ishidden") is True,
            )
            for row in map(wire.fold, _rows(rows))
            if isinstance(row.get("accountnumber"), int)
        ]

    async def entry_accounts(self) -> list[EntryAccount]:
        """The chart of accounts with its VAT codes."""
        rows = await self._get(
            "list_entry_accounts",
            self._path("/v1/{org}/accounts/entry"),
            {"fields": "AccountNumber,Name,VatCode,IsHidden"},
        )
        return [
            EntryAccount(
                row["accountnumber"],
                str(row.get("name") or ""),
                str(row.get("vatcode") or "none"),
                hidden=row.get("ishidden") is True,
            )
            for row in map(wire.fold, _rows(rows))
            if isinstance(row.get("accountnumber"), int)
        ]

    async def vat_rates(self) -> Mapping[str, Decimal]:
        """Rates by VAT code, as fractions (0.25); codes whose rate cannot be read are left out."""
        rows = await self._get("list_vat_types", self._path("/v1/{org}/vatTypes"))
        return {
            str(row.get("vatcode")): Decimal(row["vatrate"])
            for row in map(wire.fold, _rows(rows))
            if isinstance(row.get("vatrate"), int | Decimal)
        }

    async def default_sales_account(self) -> int | None:
        """The organisation's default account for sales, where it has one."""
        settings = wire.fold(await self._get("get_sales_settings", self._path("/v1/{org}/sales/settings")))
        number = settings.get("defaultaccountnumber")
        return number if isinstance(number, int) and number > 0 else None

    def contacts(self, changed_since: datetime | None) -> AsyncIterator[wire.ContactRow]:
        """Contacts, deleted ones too, changed since a UTC time or all."""
        params = {"fields": ",".join(wire.CONTACT_FIELDS)}
        return _each(
            self._pages("list_contacts", "/v2/{org}/contacts", params, changed_since), wire.contact_row
        )

    async def contact(self, guid: UUID) -> wire.ContactRow | None:
        """One contact, a deleted one too; ``None`` where there is none."""
        try:
            return wire.contact_row(
                await self._get("get_contact", self._path(f"/v1/{{org}}/contacts/{guid}"))
            )
        except NotFound:
            return None

    async def create_contact(self, contact: ContactDraft) -> None:
        """Create a contact with our Guid; a repeat raises ``AlreadyExists``."""
        await self._write(
            "create_contact", "POST", "/v1/{org}/contacts", wire.contact_body(contact), repeatable=True
        )

    async def restore_contact(self, guid: UUID) -> None:
        """Bring back a deleted contact."""
        await self._write(
            "restore_contact", "POST", f"/v1/{{org}}/contacts/{guid}/restore", None, repeatable=True
        )

    def invoices(
        self, changed_since: datetime | None, *, deleted: bool = False
    ) -> AsyncIterator[wire.InvoiceRow]:
        """Invoices, changed since a UTC time or all; or only those that were deleted."""
        params = {"fields": ",".join(wire.INVOICE_FIELDS), "deletedOnly": "true" if deleted else "false"}
        return _each(
            self._pages("list_invoices", "/v1/{org}/invoices", params, changed_since), wire.invoice_row
        )

    async def invoice(self, guid: UUID) -> InvoiceView | None:
        """One invoice with its version; ``None`` where there is none."""
        try:
            return wire.invoice_view(
                await self._get("get_invoice", self._path(f"/v1/{{org}}/invoices/{guid}"), urgent=True)
            )
        except NotFound:
            return None

    async def create_invoice(self, invoice: InvoiceDraft) -> InvoiceView:
        """Create a draft with our Guid; a repeat raises ``AlreadyExists``. Its totals are not known yet."""
        response = await self._write(
            "create_invoice", "POST", "/v1/{org}/invoices", wire.invoice_body(invoice), repeatable=True
        )
        answer = _object(response)
        return InvoiceView(
            guid=invoice.guid,
            status=InvoiceStatus.DRAFT,
            timestamp=wire.timestamp_of(answer),
            contact=invoice.contact,
            currency=invoice.currency,
            reference=invoice.reference,
        )

    async def book(self, guid: UUID, timestamp: str) -> InvoiceView:
        """Book a draft in exactly this version. Raises ``OutcomeUnknown`` where the answer does not tell."""
        path = f"/v1/{{org}}/invoices/{guid}/book"
        response = await self._write("book_invoice", "POST", path, {"Timestamp": timestamp}, repeatable=False)
        try:
            return wire.invoice_view(response.json())
        except Unavailable:
            raise OutcomeUnknown("Dinero's answer to a booking cannot be read") from None

    def credit_notes(
        self, changed_since: datetime | None, *, deleted: bool = False
    ) -> AsyncIterator[CreditView]:
        """Credit notes, changed since a UTC time or all; or only those that were deleted."""
        params = {"fields": ",".join(wire.INVOICE_FIELDS), "deletedOnly": "true" if deleted else "false"}
        pages = self._pages("list_creditnotes", "/v1/{org}/sales/creditnotes", params, changed_since)
        return _each(pages, credits_wire.credit_row)

    async def credit_note(self, guid: UUID) -> CreditView | None:
        """One credit note with its version and lines; ``None`` where there is none."""
        path = self._path(f"/v1/{{org}}/sales/creditnotes/{guid}")
        try:
            return credits_wire.credit_view(await self._get("get_creditnote", path, urgent=True))
        except NotFound:
            return None

    async def create_credit_note(self, credit: CreditDraft) -> CreditView:
        """Create a draft with our Guid; a repeat raises ``AlreadyExists``. Its totals are not known yet."""
        body, path = credits_wire.credit_body(credit), "/v1/{org}/sales/creditnotes"
        await self._write("create_creditnote", "POST", path, body, repeatable=True)
        return CreditView(
            guid=credit.guid,
            reference=credit.reference,
            status=InvoiceStatus.DRAFT,
            invoice=credit.invoice,
            contact=credit.contact,
            currency=credit.currency,
        )

    async def book_credit_note(self, guid: UUID, timestamp: str) -> CreditView:
        """Book a draft in exactly this version. Raises ``OutcomeUnknown`` where the answer does not tell."""
        path = f"/v1/{{org}}/sales/creditnotes/{guid}/book"
        response = await self._write(
            "book_creditnote", "POST", path, {"Timestamp": timestamp}, repeatable=False
        )
        try:
            return credits_wire.credit_view(response.json())
        except Unavailable:
            raise OutcomeUnknown("Dinero's answer to a booking cannot be read") from None

    async def payments(self, guid: UUID, reference: str) -> PaymentsView:
        """The payments of an invoice; those with our reference are told apart."""
        answer = await self._get(
            "get_payments", self._path(f"/v2/{{org}}/invoices/{guid}/payments"), urgent=True
        )
        return wire.payments_view(answer, reference)

    async def pay(self, guid: UUID, timestamp: str, payment: PaymentDraft) -> None:
        """Register a payment on exactly this version of the invoice. Raises ``OutcomeUnknown`` where no answer tells."""
        path = f"/v1/{{org}}/invoices/{guid}/payments"
        await self._write(
            "create_payment", "POST", path, wire.payment_body(payment, timestamp), repeatable=False
        )

    async def _pages(
        self, operation: str, path: str, params: Mapping[str, str], changed_since: datetime | None
    ) -> AsyncIterator[list[Any]]:
        query = {**params, "pageSize": str(PAGE_SIZE)}
        if changed_since is not None:
            query["changesSince"] = changed_since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for page in range(MAX_PAGES):
            answer = wire.fold(await self._get(operation, self._path(path), {**query, "page": str(page)}))
            rows = _rows(answer.get("collection"))
            yield rows
            if len(rows) < _page_size(answer):
                return
        raise Unavailable("Dinero's list does not end")

    async def _get(
        self, operation: str, path: str, params: Mapping[str, str] | None = None, *, urgent: bool = False
    ) -> Any:
        response = await self._send(operation, "GET", path, params=params, urgent=urgent)
        return response.json()

    async def _write(
        self, operation: str, method: str, path: str, body: object, *, repeatable: bool
    ) -> Response:
        return await self._send(
            operation,
            method,
            self._path(path),
            body=body,
            repeatable=repeatable,
            urgent=not operation.startswith("create_contact") and operation != "create_invoice",
        )

    async def _send(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: object = None,
        repeatable: bool = True,
        urgent: bool = False,
    ) -> Response:
        for attempt in (1, 2):
            token = await self._tokens.token()
            request = Request(
                system="dinero",
                operation=operation,
                method=method,
                url=self._base_url + path,
                headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
                params=params,
                json=body,
                repeatable=repeatable,
            )
            response = await self._transport.send(request, budget=self._budget, urgent=urgent)
            if response.status == UNAUTHORIZED and attempt == 1:
                # A token may be revoked before its end; one new one tells whether the credentials are still good.
                self._tokens.reject(token)
                continue
            if response.status >= FIRST_ERROR:
                raise error_of(response, operation.replace("_", " "))
            return response
        raise CredentialsRejected("Dinero does not accept the access token")

    def _path(self, template: str) -> str:
        assert self._organisation is not None, "calls on an organisation's books need its id"
        return template.replace("{org}", str(self._organisation))


async def _each(pages: AsyncIterator[list[Any]], read: Callable[[Any], Row]) -> AsyncIterator[Row]:
    async for rows in pages:
        for row in rows:
            yield read(row)


def _rows(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Unavailable("Dinero's answer is not the list that its documentation gives")
    return value


def _page_size(answer: Mapping[str, Any]) -> int:
    """Rows of a full page: what Dinero says it gave at most, else what we asked for."""
    pagination = answer.get("pagination")
    size = wire.fold(pagination).get("pagesize") if pagination is not None else None
    return size if isinstance(size, int) and size > 0 else PAGE_SIZE


def _object(response: Response) -> dict[str, Any]:
    """Read an answer that may be empty; it is then one without properties."""
    try:
        return wire.fold(response.json())
    except Unavailable:
        return {}
