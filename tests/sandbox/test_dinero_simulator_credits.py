"""Credit notes in the Dinero simulator."""

from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import uuid4

import pytest_asyncio
from test_dinero_simulator_calls import (
    DineroCalls,
    MovableClock,
    balances,
    dinero_line,
    payment_body,
    simulated_dinero,
)


@pytest_asyncio.fixture
async def dinero(clock: MovableClock) -> AsyncIterator[DineroCalls]:
    async with simulated_dinero(clock.now) as calls:
        yield calls


async def test_a_credit_note_takes_off_what_remains_of_its_invoice(dinero: DineroCalls) -> None:
    booked = await dinero.booked()
    paid = await dinero.ok("POST", f"invoices/{booked['Guid']}/payments", payment_body(booked["TimeStamp"]))
    body = await dinero.invoice_body(
        Guid=str(uuid4()), ContactGuid=booked["ContactGuid"], CreditNoteFor=booked["Guid"]
    )
    note = await dinero.ok("POST", "sales/creditnotes", body)
    assert (await dinero.refused("POST", "sales/creditnotes", body))[:2] == (409, 72)
    at = f"sales/creditnotes/{note['Guid']}"
    assert (await dinero.refused("POST", f"{at}/book", {"Timestamp": "0"}))[:2] == (400, 58)
    credited = await dinero.ok("POST", f"{at}/book", {"Timestamp": note["TimeStamp"]})
    assert (credited["Number"], credited["CreditNoteFor"]) == (2, booked["Guid"])
    assert (credited["Status"], credited["PaymentStatus"]) == ("Booked", "Paid")
    invoice = await dinero.ok("GET", f"invoices/{booked['Guid']}")
    assert invoice["TimeStamp"] > paid["TimeStamp"]
    assert invoice["PaymentStatus"] == "OverPaid"
    state = await dinero.ok("GET", f"invoices/{booked['Guid']}/payments", version="v2")
    assert state["RemainingAmount"] == Decimal("-12.35")
    assert [row["DepositAccountNumber"] for row in state["Payments"]] == [55100, None]
    assert state["Payments"][1]["RelatedVoucherId"] == note["Guid"]
    refund = payment_body(invoice["TimeStamp"], -12.35, ExternalReference="shoporama:1:refund")
    await dinero.ok("POST", f"invoices/{booked['Guid']}/payments", refund)
    assert (await dinero.ok("GET", f"invoices/{booked['Guid']}"))["PaymentStatus"] == "Paid"
    assert balances(dinero) == {}


async def test_credit_notes_have_the_calls_of_invoices(dinero: DineroCalls) -> None:
    body = await dinero.invoice_body()
    assert (await dinero.ok("POST", "sales/creditnotes/fetch", body))["TotalVat"] == Decimal("2.47")
    note = await dinero.ok("POST", "sales/creditnotes", body)
    at = f"sales/creditnotes/{note['Guid']}"
    put = body | {"Timestamp": note["TimeStamp"], "ProductLines": [dinero_line(20)]}
    updated = await dinero.ok("PUT", at, put, version="v1.2")
    credited = await dinero.ok("POST", f"{at}/book", {"Timestamp": updated["TimeStamp"]})
    await dinero.ok("POST", f"{at}/payments", payment_body(credited["TimeStamp"], 20))
    state = await dinero.ok("GET", f"{at}/payments")
    assert state["RemainingAmount"] == 0
    assert balances(dinero) == {1000: 1600, 64000: 400, 55100: -2000}
    await dinero.ok("DELETE", f"{at}/payments/{state['Payments'][0]['Guid']}")
    assert balances(dinero) == {1000: 1600, 64000: 400, 53000: -2000}
    other = await dinero.ok("POST", "sales/creditnotes", body)
    await dinero.ok("DELETE", f"sales/creditnotes/{other['Guid']}")
    assert [row["Guid"] for row in (await dinero.ok("GET", "sales/creditnotes"))["Collection"]] == [
        note["Guid"]
    ]
    assert (await dinero.refused("GET", f"sales/creditnotes/{uuid4()}"))[:2] == (400, 63)


async def test_what_credit_notes_refuse(dinero: DineroCalls) -> None:
    body = await dinero.invoice_body(CreditNoteFor=str(uuid4()))
    assert (await dinero.refused("POST", "sales/creditnotes", body))[:2] == (400, 63)
    negative = await dinero.invoice_body(ProductLines=[dinero_line(-1)])
    assert list((await dinero.refused("POST", "sales/creditnotes", negative))[2]) == ["ProductLines"]
    draft = await dinero.draft()
    note = await dinero.ok("POST", "sales/creditnotes", body | {"CreditNoteFor": draft["Guid"]})
    at = f"sales/creditnotes/{note['Guid']}"
    errors = (await dinero.refused("POST", f"{at}/book", {"Timestamp": note["TimeStamp"]}))[2]
    assert list(errors) == ["CreditNoteFor"]


async def test_a_generated_credit_note_is_a_draft_over_the_whole(dinero: DineroCalls) -> None:
    draft = await dinero.draft()
    path = f"invoices/{draft['Guid']}/generate-creditnote"
    assert (await dinero.refused("POST", path, {}))[:2] == (400, 42)
    dinero.books.book_by_hand(draft["Guid"])
    before = dinero.books.invoices[draft["Guid"]].timestamp
    assert (await dinero.refused("POST", path, {"Timestamp": draft["TimeStamp"]}))[:2] == (400, 58)
    note = await dinero.ok("POST", path, {"Timestamp": before})
    read = await dinero.ok("GET", f"sales/creditnotes/{note['Guid']}")
    assert (read["TotalInclVat"], read["Status"], read["CreditNoteFor"]) == (
        Decimal("12.35"),
        "Draft",
        draft["Guid"],
    )
    assert dinero.books.invoices[draft["Guid"]].timestamp > before
