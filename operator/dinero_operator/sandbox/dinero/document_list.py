"""Lists of invoices, of credit notes, and of both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from aiohttp import web

from dinero_operator.sandbox.dinero import errors
from dinero_operator.sandbox.dinero.body import day_or_none
from dinero_operator.sandbox.dinero.books import Books
from dinero_operator.sandbox.dinero.listing import Fields, Query, page_of, parse_filter
from dinero_operator.sandbox.dinero.models import Document
from dinero_operator.sandbox.dinero.wire import NO_NUMBER, DocumentField, JsonObject, kroner

_FILTERS: dict[str, Callable[[Document], str | None]] = {
    "ExternalReference": lambda document: document.external_reference,
    "ContactGuid": lambda document: document.contact_guid,
    "Description": lambda document: document.description,
}
_STATUSES = {status.lower(): status for status in ("Draft", "Booked", "Paid", "OverPaid", "Overdue")}
_SORTS: dict[str, Callable[[Document, date], str | int]] = {
    "vouchernumber": lambda document, _today: NO_NUMBER if document.number is None else document.number,
    "voucherdate": lambda document, _today: document.date.isoformat(),
    "status": lambda document, today: document.payment_status(today),
    "contact": lambda document, _today: document.contact_name or "",
}


def list_documents(
    request: web.Request,
    books: Books,
    documents: Iterable[Document],
    known_fields: Mapping[str, DocumentField],
) -> JsonObject:
    """Choose, sort and cut what a list call asks for. Raises ``ApiError`` on a bad parameter."""
    query = Query(request)
    today = books.today()
    columns = Fields(query.text("fields"), known_fields, "Guid,ContactName,Date,Description").columns
    predicates = parse_filter(query.text("queryFilter"), _FILTERS)
    predicates += _from_parameters(query, books, today)
    rows = [document for document in documents if all(holds(document) for holds in predicates)]
    keys = _sort_keys(query)
    descending = _descending(query)
    rows.sort(key=lambda document: tuple(key(document, today) for key in keys), reverse=descending)
    return page_of(query, rows, lambda document: {name: read(document, today) for name, read in columns})


def _from_parameters(query: Query, books: Books, today: date) -> list[Callable[[Document], bool]]:
    predicates: list[Callable[[Document], bool]] = []
    deleted = query.boolean("deletedOnly") or False
    predicates.append(lambda document: (document.deleted_at is not None) is deleted)
    since = query.changes_since()
    if since is not None:
        predicates.append(lambda document: document.updated_at >= since)
    horizon = books.list_horizon()
    if horizon is not None:
        predicates.append(lambda document: document.created_at <= horizon)
    period = _period(query)
    if period is not None:
        first, last = period
        predicates.append(lambda document: not document.booked or first <= document.date <= last)
    wanted = _statuses(query)
    if wanted:
        predicates.append(lambda document: document.payment_status(today) in wanted)
    words = (query.text("freeTextSearch") or "").lower()
    if words:
        predicates.append(lambda document: words in _searchable(document))
    return predicates


def _period(query: Query) -> tuple[date, date] | None:
    texts = {name: query.text(name) for name in ("startDate", "endDate")}
    if not any(texts.values()):
        return None
    days = []
    for name, text in texts.items():
        if text is None:
            raise errors.invalid({name: "startDate and endDate go together."})
        day = day_or_none(text)
        if day is None:
            raise errors.invalid({name: "Must be a date: YYYY-MM-DD."})
        days.append(day)
    return days[0], days[1]


def _statuses(query: Query) -> set[str]:
    words = [word.strip().lower() for word in (query.text("statusFilter") or "").split(",") if word.strip()]
    for word in words:
        if word not in _STATUSES:
            raise errors.invalid({"statusFilter": f"{word} is no status."})
    return {_STATUSES[word] for word in words}


def _searchable(document: Document) -> str:
    total = f"{kroner(document.totals.gross):.2f}"
    number = "" if document.number is None else str(document.number)
    return "\n".join((number, document.contact_name or "", document.description, total)).lower()


def _sort_keys(query: Query) -> list[Callable[[Document, date], str | int]]:
    words = [word.strip().lower() for word in (query.text("sort") or "VoucherNumber,VoucherDate").split(",")]
    for word in words:
        if word not in _SORTS:
            raise errors.invalid({"sort": f"{word} cannot be sorted by."})
    return [_SORTS[word] for word in words]


def _descending(query: Query) -> bool:
    order = (query.text("sortOrder") or "descending").lower()
    if order not in ("ascending", "descending"):
        raise errors.invalid({"sortOrder": f"{order} is no order."})
    return order == "descending"
