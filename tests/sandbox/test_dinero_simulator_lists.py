"""Lists of invoices and entries in the Dinero simulator, and what a human does by hand."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal

import pytest
import pytest_asyncio
from test_dinero_simulator_calls import DineroCalls, MovableClock, simulated_dinero

from dinero_operator.sandbox.dinero import Contact


@pytest_asyncio.fixture
async def dinero(clock: MovableClock) -> AsyncIterator[DineroCalls]:
    async with simulated_dinero(clock.now) as calls:
        yield calls


@pytest.fixture
def contact(dinero: DineroCalls) -> Contact:
    return dinero.books.add_contact_by_hand("Made-up Person")


async def listed(dinero: DineroCalls, path: str = "invoices", **query: str) -> list[str]:
    page = await dinero.ok("GET", path, fields="ExternalReference", **query)
    return [row["ExternalReference"] for row in page["Collection"]]


@pytest.fixture
def shelf(dinero: DineroCalls, contact: Contact, clock: MovableClock) -> dict[str, str]:
    """Four invoices, one a minute: paid, booked, overdue, and a draft. Reference → Guid."""
    guids = {}
    for reference, day, booked in (
        ("Paid", date(2026, 3, 1), True),
        ("booked", date(2026, 3, 2), True),
        ("overdue", date(2026, 1, 2), True),
        ("draft", date(2025, 1, 2), False),
    ):
        invoice = dinero.books.add_invoice_by_hand(
            contact.guid, Decimal(100), day=day, booked=booked, external_reference=reference
        )
        guids[reference] = invoice.guid
        clock.advance(60)
    dinero.books.pay_by_hand(guids["Paid"], 10000, 55000)
    return guids


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["draft", "overdue", "booked", "Paid"]),
        ({"sortOrder": "ascending"}, ["Paid", "booked", "overdue", "draft"]),
        ({"sort": "VoucherDate"}, ["booked", "Paid", "overdue", "draft"]),
        ({"statusFilter": "Paid,Draft"}, ["draft", "Paid"]),
        ({"statusFilter": "overdue"}, ["overdue"]),
        ({"startDate": "2026-03-01", "endDate": "2026-03-01"}, ["draft", "Paid"]),
        ({"queryFilter": "ExternalReference eq 'PAID'"}, ["Paid"]),
        ({"queryFilter": "ExternalReference contains 'o'"}, ["overdue", "booked"]),
        ({"changesSince": "2026-03-02T09:03:00Z"}, ["draft", "Paid"]),
        ({"freeTextSearch": "100.00"}, ["draft", "overdue", "booked", "Paid"]),
        ({"freeTextSearch": "nobody"}, []),
        ({"pageSize": "1", "page": "1"}, ["overdue"]),
        ({"deletedOnly": "true"}, []),
    ],
)
async def test_invoices_are_chosen_and_sorted(
    dinero: DineroCalls, shelf: dict[str, str], query: dict[str, str], found: list[str]
) -> None:
    assert await listed(dinero, **query) == found


@pytest.mark.parametrize(
    "query",
    [
        {"startDate": "2026-03-01"},
        {"startDate": "2026-03-01", "endDate": "x"},
        {"statusFilter": "Open"},
        {"sort": "Total"},
        {"sortOrder": "up"},
        {"deletedOnly": "perhaps"},
        {"queryFilter": "Number eq '1'"},
        {"queryFilter": "ExternalReference eq shoporama"},
        {"fields": "Guid,TimeStamp"},
        {"changesSince": "yesterday"},
    ],
)
async def test_wrong_parameters_are_a_400(dinero: DineroCalls, query: dict[str, str]) -> None:
    assert (await dinero.refused("GET", "invoices", **query))[:2] == (400, 42)


async def test_the_default_fields_of_invoices(dinero: DineroCalls, shelf: dict[str, str]) -> None:
    page = await dinero.ok("GET", "invoices", queryFilter="ExternalReference eq 'booked'")
    assert page["Collection"] == [
        {
            "Guid": shelf["booked"],
            "ContactName": "Made-up Person",
            "Date": "2026-03-02",
            "Description": "Faktura",
        }
    ]


async def test_sales_are_invoices_and_credit_notes(dinero: DineroCalls, shelf: dict[str, str]) -> None:
    dinero.books.generate_credit_note(dinero.books.invoices[shelf["Paid"]])
    page = await dinero.ok("GET", "sales", fields="type,Status")
    assert [row["type"] for row in page["Collection"]].count("CreditNote") == 1
    assert len(page["Collection"]) == 5


async def test_entries_of_one_accounting_year(dinero: DineroCalls, shelf: dict[str, str]) -> None:
    rows = await dinero.ok("GET", "entries", fromDate="2026-01-01", toDate="2026-12-31", includePrimo="false")
    assert sum(row["Amount"] for row in rows) == 0
    assert [
        (row["AccountNumber"], row["Amount"], row["VatCode"]) for row in rows if row["VoucherNumber"] == 2
    ] == [
        (53000, 100, "none"),
        (1000, -80, "U25"),
        (64000, -20, "none"),
    ]
    assert (await dinero.refused("GET", "entries", fromDate="2025-12-01", toDate="2026-01-31"))[:2] == (
        400,
        42,
    )
    assert (await dinero.refused("GET", "entries", fromDate="2026-01-01"))[:2] == (400, 42)


async def test_changed_entries_within_31_days(dinero: DineroCalls, shelf: dict[str, str]) -> None:
    rows = await dinero.ok(
        "GET", "entries/changes", changesFrom="2026-03-02T09:02:00Z", changesTo="2026-03-03T00:00:00Z"
    )
    assert {row["VoucherNumber"] for row in rows} == {1, 3}
    assert {row["VoucherType"] for row in rows if row["VoucherNumber"] == 1} == {"Payment"}
    wide = {"changesFrom": "2026-03-01", "changesTo": "2026-04-02"}
    assert (await dinero.refused("GET", "entries/changes", **wide))[:2] == (400, 42)
    assert (await dinero.refused("GET", "entries/changes", changesFrom="2026-03-01"))[:2] == (400, 42)


async def test_what_a_human_does_changes_the_version(dinero: DineroCalls, shelf: dict[str, str]) -> None:
    draft = dinero.books.invoices[shelf["draft"]]
    versions = [draft.timestamp]
    dinero.books.edit_draft_line_price(draft.guid, 0, Decimal("12.35"))
    versions.append(draft.timestamp)
    assert (draft.totals.net, draft.totals.vat) == (988, 247)
    assert dinero.books.book_by_hand(draft.guid) == 4
    versions.append(draft.timestamp)
    payment = dinero.books.pay_by_hand(draft.guid, 1235, 55040, date(2026, 3, 2))
    versions.append(draft.timestamp)
    dinero.books.delete_payment_by_hand(draft.guid, payment.guid)
    versions.append(draft.timestamp)
    assert versions == sorted(set(versions))
    assert draft.remaining == 1235
    with pytest.raises(KeyError):
        dinero.books.delete_draft("unknown")
