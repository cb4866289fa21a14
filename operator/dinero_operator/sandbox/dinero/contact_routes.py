"""The contact endpoints."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from aiohttp import web

from dinero_operator.sandbox.dinero import errors
from dinero_operator.sandbox.dinero.body import guid_or_none, json_object
from dinero_operator.sandbox.dinero.books import Books
from dinero_operator.sandbox.dinero.contact_rules import read_contact
from dinero_operator.sandbox.dinero.listing import Fields, Query, page_of, parse_filter
from dinero_operator.sandbox.dinero.models import Contact
from dinero_operator.sandbox.dinero.routing import register
from dinero_operator.sandbox.dinero.wire import CONTACT_FIELDS, answer, contact_model

_FILTERS: dict[str, Callable[[Contact], str | None]] = {
    "ExternalReference": lambda contact: contact.external_reference,
    "Name": lambda contact: contact.name,
    "Email": lambda contact: contact.email,
    "VatNumber": lambda contact: contact.vat_number,
    "EanNumber": lambda contact: contact.ean_number,
    "IsPerson": lambda contact: str(contact.is_person),
    "Phone": lambda contact: contact.phone,
}


def add_contact_routes(app: web.Application) -> None:
    """Add the endpoints."""
    register(
        app,
        "contacts",
        "/contacts",
        {("GET", "v1"): _list, ("GET", "v2"): _list, ("POST", "v1"): _create},
    )
    register(
        app,
        "contact",
        "/contacts/{guid}",
        {("GET", "v1"): _read, ("PUT", "v2"): _replace, ("DELETE", "v1"): _delete},
    )
    register(app, "restore", "/contacts/{guid}/restore", {("POST", "v1"): _restore})


async def _list(request: web.Request, books: Books) -> web.Response:
    query = Query(request)
    columns = Fields(query.text("fields"), CONTACT_FIELDS, "name,contactGuid").columns
    predicates = parse_filter(query.text("queryFilter"), _FILTERS)
    since = query.changes_since()
    deleted_only = query.boolean("deletedOnly")
    if deleted_only is None and request.match_info["version"] == "v1":
        deleted_only = False
    horizon = books.list_horizon()
    rows = [
        contact
        for contact in books.contacts.values()
        if (deleted_only is None or (contact.deleted_at is not None) is deleted_only)
        and (since is None or contact.updated_at >= since)
        and (horizon is None or contact.created_at <= horizon)
        and all(holds(contact) for holds in predicates)
    ]
    return answer(page_of(query, rows, lambda contact: {name: read(contact) for name, read in columns}))


def _guid(request: web.Request) -> str:
    guid = guid_or_none(request.match_info["guid"])
    if guid is None:
        raise errors.contact_unknown()
    return guid


async def _read(request: web.Request, books: Books) -> web.Response:
    return answer(contact_model(books.contact(_guid(request))))


async def _create(request: web.Request, books: Books) -> web.Response:
    body = await json_object(request)
    contact = read_contact(body, body.guid("ContactGuid") or str(uuid4()))
    books.add_contact(contact)
    return answer({"ContactGuid": contact.guid})


async def _replace(request: web.Request, books: Books) -> web.Response:
    contact = read_contact(await json_object(request), _guid(request))
    books.replace_contact(contact)
    return answer()


async def _delete(request: web.Request, books: Books) -> web.Response:
    books.delete_contact(_guid(request))
    return answer()


async def _restore(request: web.Request, books: Books) -> web.Response:
    books.restore_contact(_guid(request))
    return answer()
