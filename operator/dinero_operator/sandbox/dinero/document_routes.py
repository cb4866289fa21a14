"""The endpoints that invoices and credit notes share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from aiohttp import web

from dinero_operator.sandbox.dinero import errors
from dinero_operator.sandbox.dinero.body import Body, guid_or_none, json_object
from dinero_operator.sandbox.dinero.books import Books
from dinero_operator.sandbox.dinero.contact_rules import LONGEST_REFERENCE
from dinero_operator.sandbox.dinero.document_list import list_documents
from dinero_operator.sandbox.dinero.document_rules import read_credit_note, read_invoice
from dinero_operator.sandbox.dinero.models import CreditNote, Document, Invoice
from dinero_operator.sandbox.dinero.routing import register
from dinero_operator.sandbox.dinero.wire import (
    DOCUMENT_FIELDS,
    answer,
    document_model,
    payments_model,
    totals_model,
)
from dinero_operator.sandbox.web import STALE

D = TypeVar("D", Invoice, CreditNote)

_PDF = "application/octet-stream"


class DocumentRoutes(Generic[D]):
    """Handlers for one kind of document."""

    def __init__(
        self,
        kind: str,
        noun: str,
        shelf: Callable[[Books], dict[str, D]],
        read: Callable[[Body, Books, str | None], D],
    ) -> None:
        self._kind = kind
        self._noun = noun
        self._shelf: Callable[[Books], dict[str, D]] = shelf
        self._read: Callable[[Body, Books, str | None], D] = read

    def find(self, request: web.Request, books: Books, *, writing: bool = False) -> D:
        """Find the document that the address names; a deleted one may be read but not written."""
        document = self._shelf(books).get(guid_or_none(request.match_info["guid"]) or "")
        if document is None:
            raise errors.no_results(self._kind)
        if document.deleted_at is not None:
            if writing:
                raise errors.deleted(self._kind, self._noun)
            if books.unknowns.hide_deleted:
                raise errors.no_results(self._kind)
        return document

    async def list(self, request: web.Request, books: Books) -> web.Response:
        """GET the list."""
        return answer(list_documents(request, books, self._shelf(books).values(), DOCUMENT_FIELDS))

    async def create(self, request: web.Request, books: Books) -> web.Response:
        """POST a new draft."""
        document = self._read(await json_object(request), books, None)
        books.add_document(document)
        return _version(document)

    async def fetch(self, request: web.Request, books: Books) -> web.Response:
        """POST what a draft would come to; nothing is saved."""
        return answer(totals_model(self._read(await json_object(request), books, None)))

    async def get(self, request: web.Request, books: Books) -> web.Response:
        """GET one, as JSON or (booked only) as PDF."""
        document = self.find(request, books)
        if _PDF in request.headers.get("Accept", ""):
            books.demand_booked(document)
            return web.Response(body=b"%PDF-1.4\n%%EOF\n", content_type=_PDF)
        return answer(document_model(document, books, stale=request.get(STALE, False)))

    async def replace(self, request: web.Request, books: Books) -> web.Response:
        """PUT a draft as a whole."""
        body = await json_object(request)
        timestamp = body.text("Timestamp", required=True)
        known = self.find(request, books, writing=True)
        document = self._read(body, books, known.guid)
        _demand_version(known, timestamp)
        books.replace_document(known, document)
        return _version(document)

    async def delete(self, request: web.Request, books: Books) -> web.Response:
        """DELETE a draft; the timestamp is optional."""
        body = await json_object(request, may_be_empty=True)
        timestamp = body.text("Timestamp")
        body.check()
        document = self.find(request, books, writing=True)
        _demand_version(document, timestamp)
        books.delete_document(document)
        return answer()

    async def book(self, request: web.Request, books: Books) -> web.Response:
        """POST the booking."""
        body = await json_object(request)
        timestamp = body.text("Timestamp", required=True)
        number = body.integer("Number")
        body.check()
        document = self.find(request, books, writing=True)
        _demand_version(document, timestamp)
        books.book(document, number)
        return answer(document_model(document, books))

    async def payments(self, request: web.Request, books: Books) -> web.Response:
        """GET the payments."""
        return answer(payments_model(self.find(request, books)))

    async def pay(self, request: web.Request, books: Books) -> web.Response:
        """POST a payment."""
        body = await json_object(request)
        timestamp = body.text("Timestamp", required=True)
        deposit_account = body.integer("DepositAccountNumber", required=True)
        remainder_is_fee = body.boolean("RemainderIsFee", required=True)
        description = body.text("Description", required=True)
        amount = _ore(body, "Amount", required=True)
        foreign = _ore(body, "AmountInForeignCurrency")
        paid_on = body.day("PaymentDate")
        reference = body.text("ExternalReference", longest=LONGEST_REFERENCE)
        if amount == 0:
            body.fail("Amount", "Amount must not be 0.")
        body.check()
        assert amount is not None
        assert deposit_account is not None
        document = self.find(request, books, writing=True)
        _demand_version(document, timestamp)
        payment = books.pay(
            document,
            amount=amount,
            deposit_account=deposit_account,
            paid_on=paid_on,
            description=description or "",
            external_reference=reference,
            foreign=foreign,
            remainder_is_fee=remainder_is_fee,
        )
        return answer({"Guid": payment.guid, "TimeStamp": document.timestamp, "RelatedVoucherGuid": None})

    async def delete_payment(self, request: web.Request, books: Books) -> web.Response:
        """DELETE a payment; on credit notes the timestamp is optional."""
        of_invoice = self._kind == "Invoice"
        body = await json_object(request, may_be_empty=not of_invoice)
        timestamp = body.text("Timestamp", required=of_invoice)
        body.check()
        document = self.find(request, books, writing=True)
        _demand_version(document, timestamp)
        books.remove_payment(document, guid_or_none(request.match_info["payment"]) or "")
        return answer({"TimeStamp": document.timestamp})


def _version(document: Document) -> web.Response:
    return answer({"Guid": document.guid, "TimeStamp": document.timestamp})


def _demand_version(document: Document, timestamp: str | None) -> None:
    if timestamp is not None and timestamp != document.timestamp:
        raise errors.stale()


def _ore(body: Body, name: str, *, required: bool = False) -> int | None:
    amount = body.number(name, required=required)
    if amount is None:
        return None
    if amount * 100 != int(amount * 100):
        body.fail(name, f"{name} must have two decimals at most.")
    return int(amount * 100)


def add_document_routes(app: web.Application) -> None:
    """Add the endpoints of invoices and credit notes. Literal addresses come before those with a Guid."""
    invoices = DocumentRoutes[Invoice]("Invoice", "invoice", lambda books: books.invoices, read_invoice)
    notes = DocumentRoutes[CreditNote](
        "CreditNote", "credit note", lambda books: books.credit_notes, read_credit_note
    )

    async def generate(request: web.Request, books: Books) -> web.Response:
        body = await json_object(request, may_be_empty=True)
        timestamp = body.text("Timestamp")
        body.check()
        invoice = invoices.find(request, books, writing=True)
        _demand_version(invoice, timestamp)
        return _version(books.generate_credit_note(invoice))

    for routes, base, prefix, payments_version in (
        (invoices, "/invoices", "", "v2"),
        (notes, "/sales/creditnotes", "creditnote-", "v1"),
    ):
        _add(app, routes, base, prefix, payments_version)
    register(app, "generate-creditnote", "/invoices/{guid}/generate-creditnote", {("POST", "v1"): generate})


def _add(
    app: web.Application,
    routes: DocumentRoutes[Invoice] | DocumentRoutes[CreditNote],
    base: str,
    prefix: str,
    payments_version: str,
) -> None:
    one = prefix.rstrip("-") or "invoice"
    register(app, f"{prefix}fetch", f"{base}/fetch", {("POST", "v1"): routes.fetch})
    register(app, f"{one}s", base, {("GET", "v1"): routes.list, ("POST", "v1"): routes.create})
    register(
        app,
        one,
        f"{base}/{{guid}}",
        {("GET", "v1"): routes.get, ("PUT", "v1.2"): routes.replace, ("DELETE", "v1"): routes.delete},
    )
    register(app, f"{prefix}book", f"{base}/{{guid}}/book", {("POST", "v1"): routes.book})
    register(
        app,
        f"{prefix}payments",
        f"{base}/{{guid}}/payments",
        {("GET", payments_version): routes.payments, ("POST", "v1"): routes.pay},
    )
    register(
        app,
        f"{prefix}payment",
        f"{base}/{{guid}}/payments/{{payment}}",
        {("DELETE", "v1"): routes.delete_payment},
    )
