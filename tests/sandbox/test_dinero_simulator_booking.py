"""Booking and payments in the Dinero simulator, and what they post."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio
from test_dinero_simulator_calls import (
    DineroCalls,
    MovableClock,
    balances,
    dinero_line,
    payment_body,
    simulated_dinero,
)

from dinero_operator.sandbox.faults import Fault


@pytest_asyncio.fixture
async def dinero(clock: MovableClock) -> AsyncIterator[DineroCalls]:
    async with simulated_dinero(clock.now) as calls:
        yield calls


async def test_from_draft_to_paid(dinero: DineroCalls) -> None:
    draft = await dinero.draft()
    at = f"invoices/{draft['Guid']}"
    booked = await dinero.ok("POST", f"{at}/book", {"Timestamp": draft["TimeStamp"]})
    assert (booked["Status"], booked["PaymentStatus"], booked["Number"]) == ("Booked", "Booked", 1)
    assert booked["TimeStamp"] > draft["TimeStamp"]
    assert balances(dinero) == {53000: 1235, 1000: -988, 64000: -247}
    paid = await dinero.ok("POST", f"{at}/payments", payment_body(booked["TimeStamp"]))
    assert paid["TimeStamp"] > booked["TimeStamp"]
    invoice = await dinero.ok("GET", at)
    assert (invoice["Status"], invoice["PaymentStatus"]) == ("Booked", "Paid")
    assert invoice["TimeStamp"] == paid["TimeStamp"]
    state = await dinero.ok("GET", f"{at}/payments", version="v2")
    assert (state["RemainingAmount"], state["PaidAmount"]) == (0, Decimal("12.35"))
    (row,) = state["Payments"]
    assert row["Guid"] == paid["Guid"]
    assert (row["DepositAccountNumber"], row["Amount"]) == (55100, Decimal("12.35"))
    assert (row["ExternalReference"], row["PaymentDate"]) == ("shoporama:1:payment", "2026-03-02")
    (listed,) = (await dinero.ok("GET", "invoices", fields="Status"))["Collection"]
    assert listed == {"Status": "Paid"}
    assert balances(dinero) == {55100: 1235, 1000: -988, 64000: -247}


async def test_the_same_request_again_is_stale_not_doubled(dinero: DineroCalls) -> None:
    draft = await dinero.draft()
    at = f"invoices/{draft['Guid']}"
    booking = {"Timestamp": draft["TimeStamp"]}
    dinero.simulator.faults.scripted["POST book"] = [Fault.ANSWER_LOST]
    with pytest.raises(aiohttp.ClientConnectionError):
        await dinero("POST", f"{at}/book", booking)
    assert (await dinero.refused("POST", f"{at}/book", booking))[:2] == (400, 58)
    booked = await dinero.ok("GET", at)
    assert booked["Status"] == "Booked"
    assert (await dinero.refused("POST", f"{at}/book", {"Timestamp": booked["TimeStamp"]}))[:2] == (400, 42)
    dinero.simulator.faults.scripted["POST payments"] = [Fault.ANSWER_LOST]
    with pytest.raises(aiohttp.ClientConnectionError):
        await dinero("POST", f"{at}/payments", payment_body(booked["TimeStamp"]))
    assert (await dinero.refused("POST", f"{at}/payments", payment_body(booked["TimeStamp"])))[:2] == (
        400,
        58,
    )
    assert len(dinero.books.invoices[draft["Guid"]].payments) == 1


async def test_only_drafts_are_changed_and_only_booked_ones_paid(dinero: DineroCalls) -> None:
    draft = await dinero.draft()
    at = f"invoices/{draft['Guid']}"
    assert (await dinero.refused("POST", f"{at}/payments", payment_body(draft["TimeStamp"])))[:2] == (400, 42)
    dinero.books.book_by_hand(draft["Guid"])
    version = {"Timestamp": dinero.books.invoices[draft["Guid"]].timestamp}
    assert (await dinero.refused("DELETE", at, version))[:2] == (400, 42)
    body = await dinero.invoice_body() | version
    assert (await dinero.refused("PUT", at, body, version="v1.2"))[:2] == (400, 42)
    assert dinero.books.invoices[draft["Guid"]].deleted_at is None


async def test_booking_demands_a_contact_that_is_there(dinero: DineroCalls) -> None:
    lone = await dinero.ok("POST", "invoices", {"ProductLines": [dinero_line()]})
    book = {"Timestamp": lone["TimeStamp"]}
    errors = (await dinero.refused("POST", f"invoices/{lone['Guid']}/book", book))[2]
    assert list(errors) == ["ContactGuid"]
    draft = await dinero.draft()
    dinero.books.delete_contact(dinero.books.invoices[draft["Guid"]].contact_guid or "")
    book = {"Timestamp": draft["TimeStamp"]}
    assert await dinero.refused("POST", f"invoices/{draft['Guid']}/book", book) == (
        400,
        42,
        {"ContactGuid": "invalidContactId"},
    )
    errors = (await dinero.refused("POST", f"invoices/{draft['Guid']}/book", {}))[2]
    assert errors == {"Timestamp": "The Timestamp field is required."}


@pytest.mark.parametrize(
    ("day", "code"),
    [
        ("2024-12-31", 47),
        ("2025-01-01", None),
        ("2027-12-31", None),
        ("2028-05-01", None),
        ("2029-01-01", 47),
    ],
)
async def test_booking_demands_an_accounting_year_or_opens_the_next(
    dinero: DineroCalls, day: str, code: int | None
) -> None:
    draft = await dinero.draft(Date=day)
    status, answer = await dinero("POST", f"invoices/{draft['Guid']}/book", {"Timestamp": draft["TimeStamp"]})
    assert (status, answer.get("code")) == ((200, None) if code is None else (400, code))


async def test_closed_periods_and_future_dates_may_be_refused(dinero: DineroCalls) -> None:
    early = await dinero.draft(Date="2026-01-31")
    dinero.books.periods.locked_until = date(2026, 1, 31)
    body = {"Timestamp": early["TimeStamp"]}
    assert (await dinero.refused("POST", f"invoices/{early['Guid']}/book", body))[:2] == (400, 42)
    late = await dinero.draft(Date="2026-03-03")
    dinero.simulator.unknowns.refuse_future_dates = True
    body = {"Timestamp": late["TimeStamp"]}
    assert (await dinero.refused("POST", f"invoices/{late['Guid']}/book", body))[:2] == (400, 42)
    dinero.simulator.unknowns.refuse_future_dates = False
    await dinero.ok("POST", f"invoices/{late['Guid']}/book", body)


async def test_numbers_are_given_at_booking_and_may_be_chosen_once(dinero: DineroCalls) -> None:
    draft = await dinero.draft()
    booked = await dinero.ok(
        "POST", f"invoices/{draft['Guid']}/book", {"Timestamp": draft["TimeStamp"], "Number": 70}
    )
    assert booked["Number"] == 70
    assert (await dinero.booked())["Number"] == 71
    third = await dinero.draft()
    for number in (70, 0):
        body = {"Timestamp": third["TimeStamp"], "Number": number}
        errors = (await dinero.refused("POST", f"invoices/{third['Guid']}/book", body))[2]
        assert list(errors) == ["Number"]


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"Timestamp": None}, "Timestamp"),
        ({"DepositAccountNumber": None}, "DepositAccountNumber"),
        ({"DepositAccountNumber": 1000}, "DepositAccountNumber"),
        ({"RemainderIsFee": None}, "RemainderIsFee"),
        ({"Description": ""}, "Description"),
        ({"Amount": None}, "Amount"),
        ({"Amount": 0}, "Amount"),
        ({"Amount": 1.005}, "Amount"),
        ({"PaymentDate": "today"}, "PaymentDate"),
        ({"ExternalReference": "x" * 129}, "ExternalReference"),
    ],
)
async def test_wrong_payments(dinero: DineroCalls, changes: dict[str, Any], wrong: str) -> None:
    booked = await dinero.booked()
    at = f"invoices/{booked['Guid']}"
    body = payment_body(booked["TimeStamp"]) | changes
    status, code, errors = await dinero.refused("POST", f"{at}/payments", body)
    assert (status, code, list(errors)) == (400, 42, [wrong])
    assert (await dinero.ok("GET", at))["TimeStamp"] == booked["TimeStamp"]


async def test_a_payment_needs_an_accounting_year(dinero: DineroCalls) -> None:
    booked = await dinero.booked()
    body = payment_body(booked["TimeStamp"], PaymentDate="2024-12-31")
    assert (await dinero.refused("POST", f"invoices/{booked['Guid']}/payments", body))[:2] == (400, 47)


async def test_the_status_follows_the_payments(dinero: DineroCalls, clock: MovableClock) -> None:
    booked = await dinero.booked()
    at = f"invoices/{booked['Guid']}"
    version = booked["TimeStamp"]

    async def pay(amount: float) -> tuple[str, Decimal]:
        nonlocal version
        version = (await dinero.ok("POST", f"{at}/payments", payment_body(version, amount)))["TimeStamp"]
        state = await dinero.ok("GET", f"{at}/payments", version="v2")
        return (await dinero.ok("GET", at))["PaymentStatus"], state["RemainingAmount"]

    assert await pay(10) == ("Booked", Decimal("2.35"))
    clock.advance(9 * 86400)
    await dinero.log_in()
    assert (await dinero.ok("GET", at))["PaymentStatus"] == "Overdue"
    assert await pay(5) == ("OverPaid", Decimal("-2.65"))
    assert await pay(-2.65) == ("Paid", Decimal(0))
    guid = dinero.books.invoices[booked["Guid"]].payments[0].guid
    assert (await dinero.refused("DELETE", f"{at}/payments/{guid}", {}))[:2] == (400, 42)
    assert (await dinero.refused("DELETE", f"{at}/payments/{guid}", {"Timestamp": "0"}))[:2] == (400, 58)
    unknown = f"{at}/payments/{uuid4()}"
    assert (await dinero.refused("DELETE", unknown, {"Timestamp": version}))[:2] == (400, 63)
    await dinero.ok("DELETE", f"{at}/payments/{guid}", {"Timestamp": version})
    state = await dinero.ok("GET", f"{at}/payments", version="v2")
    assert state["RemainingAmount"] == 10
    assert balances(dinero) == {53000: 1000, 55100: 235, 1000: -988, 64000: -247}


async def test_a_remainder_may_be_booked_as_a_fee(dinero: DineroCalls) -> None:
    booked = await dinero.booked()
    body = payment_body(booked["TimeStamp"], 12, RemainderIsFee=True)
    await dinero.ok("POST", f"invoices/{booked['Guid']}/payments", body)
    assert (await dinero.ok("GET", f"invoices/{booked['Guid']}"))["PaymentStatus"] == "Paid"
    assert balances(dinero) == {55100: 1200, 7220: 35, 1000: -988, 64000: -247}


async def test_foreign_currency_needs_both_amounts(dinero: DineroCalls) -> None:
    booked = await dinero.booked(Currency="EUR", ProductLines=[dinero_line(100)])
    assert balances(dinero) == {53000: 74560, 1000: -59648, 64000: -14912}
    path = f"invoices/{booked['Guid']}/payments"
    errors = (await dinero.refused("POST", path, payment_body(booked["TimeStamp"], 745.6)))[2]
    assert list(errors) == ["AmountInForeignCurrency"]
    await dinero.ok("POST", path, payment_body(booked["TimeStamp"], 745.6, AmountInForeignCurrency=100))
    state = await dinero.ok("GET", path, version="v2")
    assert (state["RemainingAmount"], state["Payments"][0]["ExchangeRate"]) == (0, Decimal("745.6"))
    (row,) = (await dinero.ok("GET", "invoices", fields="TotalInclVat,TotalInclVatInDkk"))["Collection"]
    assert row == {"TotalInclVat": 100, "TotalInclVatInDkk": Decimal("745.6")}
    assert 53000 not in balances(dinero)


async def test_a_pdf_is_there_when_booked(dinero: DineroCalls) -> None:
    draft = await dinero.draft()
    url = f"{dinero.simulator.url}/v1/4711/invoices/{draft['Guid']}"
    headers = {"Authorization": f"Bearer {dinero.token}", "Accept": "application/octet-stream"}
    async with dinero.session.get(url, headers=headers) as response:
        assert response.status == 400
    dinero.books.book_by_hand(draft["Guid"])
    async with dinero.session.get(url, headers=headers) as response:
        assert (await response.read()).startswith(b"%PDF")
