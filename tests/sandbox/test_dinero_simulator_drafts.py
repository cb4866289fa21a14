"""Drafts of invoices in the Dinero simulator: what is demanded, what they come to, and who may change them."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio
from test_dinero_simulator_calls import DineroCalls, MovableClock, dinero_line, simulated_dinero

from dinero_operator.sandbox.faults import Fault


@pytest_asyncio.fixture
async def dinero(clock: MovableClock) -> AsyncIterator[DineroCalls]:
    async with simulated_dinero(clock.now) as calls:
        yield calls


async def test_a_draft_keeps_the_clients_guid_and_shows_its_totals(dinero: DineroCalls) -> None:
    guid = str(uuid4())
    draft = await dinero.draft(Guid=guid, ExternalReference="shoporama:1")
    assert draft["Guid"] == guid
    assert len(draft["TimeStamp"]) == 16
    invoice = await dinero.ok("GET", f"invoices/{guid}")
    assert invoice["TimeStamp"] == draft["TimeStamp"]
    assert (invoice["Status"], invoice["PaymentStatus"]) == ("Draft", "Draft")
    assert (invoice["Date"], invoice["Currency"], invoice["Language"]) == ("2026-03-02", "DKK", "da-DK")
    assert (invoice["PaymentDate"], invoice["ContactName"]) == ("2026-03-10", "Made-up Person")
    assert invoice["TotalInclVat"] == Decimal("12.35")
    assert invoice["TotalExclVat"] == Decimal("9.88")
    assert invoice["TotalVat"] == Decimal("2.47")
    assert invoice["ProductLines"][0]["AccountName"] == "Salg af varer/ydelser m/moms"


async def test_a_drafts_number_says_nothing(dinero: DineroCalls) -> None:
    draft = await dinero.draft()
    (row,) = (await dinero.ok("GET", "invoices", fields="Number,Status"))["Collection"]
    assert row == {"Number": 2**63 - 1, "Status": "Draft"}
    assert (await dinero.ok("GET", f"invoices/{draft['Guid']}"))["Number"] == 1


@pytest.mark.parametrize(
    ("incl_vat", "line", "net", "vat"),
    [
        (True, {}, "9.88", "2.47"),
        (False, {"BaseAmountValue": 9.88}, "9.88", "2.47"),
        (True, {"BaseAmountValue": 0.01}, "0.01", "0.00"),
        (False, {"BaseAmountValue": 0.02}, "0.02", "0.01"),
        (True, {"BaseAmountValue": 33.33, "Quantity": 3}, "79.99", "20.00"),
        (True, {"BaseAmountValue": 199.95, "Discount": 15}, "135.97", "33.99"),
        (True, {"BaseAmountValue": 0.333, "Quantity": 1.5}, "0.40", "0.10"),
        (True, {"AccountNumber": 1050}, "12.35", "0.00"),
        (True, {"BaseAmountValue": -12.35}, "-9.88", "-2.47"),
        (False, {"BaseAmountValue": -0.02}, "-0.02", "-0.01"),
    ],
)
async def test_vat_is_rounded_per_line_half_up(
    dinero: DineroCalls, incl_vat: bool, line: dict[str, Any], net: str, vat: str
) -> None:
    body = {"ShowLinesInclVat": incl_vat, "ProductLines": [dinero_line() | line]}
    totals = await dinero.ok("POST", "invoices/fetch", body)
    assert (totals["TotalExclVat"], totals["TotalVat"]) == (Decimal(net), Decimal(vat))
    assert totals["TotalInclVat"] == Decimal(net) + Decimal(vat)


async def test_totals_are_the_sums_of_the_lines_and_fetch_saves_nothing(dinero: DineroCalls) -> None:
    lines = [
        dinero_line(0.03),
        dinero_line(0.03),
        dinero_line(50, AccountNumber=1050),
        {"LineType": "Text", "Description": "Bold"},
    ]
    body = await dinero.invoice_body(ProductLines=lines, Guid=str(uuid4()))
    totals = await dinero.ok("POST", "invoices/fetch", body)
    assert totals["TotalVat"] == Decimal("0.02")  # on the sum it would be 0.01
    assert totals["TotalVatableAmount"] == Decimal("0.04")
    assert totals["TotalNonVatableAmount"] == 50
    assert [(row["Type"], row["TotalAmount"]) for row in totals["TotalLines"]] == [
        ("SubTotal", Decimal("50.04")),
        ("Vat", Decimal("0.02")),
        ("Total", Decimal("50.06")),
    ]
    assert dinero.books.invoices == {}
    await dinero.ok("POST", "invoices", body)


async def test_an_organisation_without_vat_bills_none(dinero: DineroCalls) -> None:
    dinero.books.vat_free = True
    totals = await dinero.ok("POST", "invoices/fetch", {"ProductLines": [dinero_line()]})
    assert (totals["TotalVat"], totals["TotalInclVat"]) == (0, Decimal("12.35"))


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"ProductLines": []}, "ProductLines"),
        ({"ProductLines": None}, "ProductLines"),
        ({"Guid": "no-guid"}, "Guid"),
        ({"ExternalReference": "x" * 129}, "ExternalReference"),
        ({"Date": "02-03-2026"}, "Date"),
        ({"Date": "2026-02-30"}, "Date"),
        ({"Currency": "XXX"}, "Currency"),
        ({"Language": "da"}, "Language"),
        ({"ShowLinesInclVat": 1}, "ShowLinesInclVat"),
        ({"PaymentConditionType": "Later"}, "PaymentConditionType"),
        ({"PaymentConditionType": "Paid", "PaymentConditionNumberOfDays": 0}, "PaymentConditionNumberOfDays"),
        (
            {"PaymentConditionType": "NettoCash", "PaymentConditionNumberOfDays": 8},
            "PaymentConditionNumberOfDays",
        ),
        ({"PaymentConditionNumberOfDays": -1}, "PaymentConditionNumberOfDays"),
        ({"ReminderFee": 101}, "ReminderFee"),
        ({"ReminderInterestRate": -1}, "ReminderInterestRate"),
        ({"InvoiceTemplateId": "x"}, "InvoiceTemplateId"),
    ],
)
async def test_wrong_properties(dinero: DineroCalls, changes: dict[str, Any], wrong: str) -> None:
    body = await dinero.invoice_body(**changes)
    for path in ("invoices", "invoices/fetch"):
        status, code, errors = await dinero.refused("POST", path, body)
        assert (status, code, list(errors)) == (400, 42, [wrong])
    assert dinero.books.invoices == {}


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"BaseAmountValue": None}, "BaseAmountValue"),
        ({"BaseAmountValue": "12.35"}, "BaseAmountValue"),
        ({"BaseAmountValue": 1e300}, "BaseAmountValue"),
        ({"Quantity": None}, "Quantity"),
        ({"Unit": None}, "Unit"),
        ({"Unit": "pcs"}, "Unit"),
        ({"Description": None}, "Description"),
        ({"Description": ""}, "Description"),
        ({"ProductGuid": str(uuid4())}, "Description"),
        ({"AccountNumber": None}, "AccountNumber"),
        ({"AccountNumber": 1234}, "AccountNumber"),
        ({"AccountNumber": 55000}, "AccountNumber"),
        ({"AccountNumber": 64000}, "AccountNumber"),
        ({"Discount": 101}, "Discount"),
        ({"Discount": -1}, "Discount"),
        ({"LineType": "Note"}, "LineType"),
        ({"LineType": "Text", "Description": None}, "Description"),
    ],
)
async def test_wrong_lines(dinero: DineroCalls, changes: dict[str, Any], wrong: str) -> None:
    body = await dinero.invoice_body(ProductLines=[dinero_line(), dinero_line() | changes])
    status, code, errors = await dinero.refused("POST", "invoices", body)
    assert (status, code) == (400, 42)
    assert next(iter(errors)) == f"ProductLines[1].{wrong}"


async def test_negative_lines_may_be_refused(dinero: DineroCalls) -> None:
    await dinero.draft(ProductLines=[dinero_line(), dinero_line(-2)])
    dinero.simulator.unknowns.refuse_negative_lines = True
    for line in (dinero_line(-2), dinero_line(2, Quantity=-1)):
        body = await dinero.invoice_body(ProductLines=[line])
        assert (await dinero.refused("POST", "invoices", body))[:2] == (400, 42)


async def test_what_working_clients_leave_out_may_be_left_out(dinero: DineroCalls) -> None:
    line = {
        "baseAmountValue": 10,
        "quantity": 1,
        "accountNumber": 1000,
        "unit": "parts",
        "description": "Mug",
    }
    totals = await dinero.ok("POST", "invoices/fetch", {"productLines": [line], "Totl": 1})
    assert totals["TotalInclVat"] == Decimal("12.5")
    assert totals["ContactGuid"] is None


async def test_a_guid_that_is_taken_is_a_409_by_a_deleted_draft_too(dinero: DineroCalls) -> None:
    body = await dinero.invoice_body(Guid=str(uuid4()))
    await dinero.ok("POST", "invoices", body)
    assert (await dinero.refused("POST", "invoices", body))[:2] == (409, 72)
    dinero.books.delete_draft(body["Guid"])
    assert (await dinero.refused("POST", "invoices", body))[:2] == (409, 72)
    dinero.simulator.unknowns.reuse_deleted_guids = True
    await dinero.ok("POST", "invoices", body)


async def test_after_a_lost_answer_the_draft_is_there(dinero: DineroCalls) -> None:
    body = await dinero.invoice_body(Guid=str(uuid4()))
    dinero.simulator.faults.scripted["POST invoices"] = [Fault.ANSWER_LOST]
    with pytest.raises(aiohttp.ClientConnectionError):
        await dinero("POST", "invoices", body)
    assert (await dinero.refused("POST", "invoices", body))[:2] == (409, 72)
    assert list(dinero.books.invoices) == [body["Guid"]]


async def test_an_unknown_invoice_is_a_400_not_a_404(dinero: DineroCalls) -> None:
    at = f"invoices/{uuid4()}"
    body = {"Timestamp": "0000000000000001", "ProductLines": [dinero_line()]}
    assert (await dinero.refused("GET", at))[:2] == (400, 63)
    assert (await dinero.refused("PUT", at, body, version="v1.2"))[:2] == (400, 63)
    assert (await dinero.refused("DELETE", at, {}))[:2] == (400, 63)
    assert (await dinero.refused("POST", f"{at}/book", body))[:2] == (400, 63)
    assert (await dinero.refused("GET", f"{at}/payments", version="v2"))[:2] == (400, 63)


@pytest.mark.parametrize("deleted", [False, True])
async def test_a_contact_that_is_unknown_or_deleted_is_refused(dinero: DineroCalls, deleted: bool) -> None:
    body = await dinero.invoice_body()
    if deleted:
        dinero.books.delete_contact(body["ContactGuid"])
    else:
        body["ContactGuid"] = str(uuid4())
    status, answer = await dinero("POST", "invoices", body)
    assert (status, answer["code"]) == (400, 42)
    assert answer["errorMessageList"][0]["Code"] == "invalidContactId"


async def test_put_replaces_a_draft_at_its_present_version(dinero: DineroCalls) -> None:
    draft = await dinero.draft(ExternalReference="one")
    at = f"invoices/{draft['Guid']}"
    body = await dinero.invoice_body(ProductLines=[dinero_line(20)])
    status, code, errors = await dinero.refused("PUT", at, body, version="v1.2")
    assert (status, code, errors) == (400, 42, {"Timestamp": "The Timestamp field is required."})
    stale = body | {"Timestamp": "0000000000000001"}
    assert (await dinero.refused("PUT", at, stale, version="v1.2"))[:2] == (400, 58)
    good = body | {"Timestamp": draft["TimeStamp"]}
    updated = await dinero.ok("PUT", at, good, version="v1.2")
    assert updated["TimeStamp"] > draft["TimeStamp"]
    invoice = await dinero.ok("GET", at)
    assert (invoice["TotalInclVat"], invoice["ExternalReference"]) == (20, None)
    assert (await dinero.refused("PUT", at, good, version="v1.2"))[:2] == (400, 58)


async def test_a_deleted_draft_reads_with_its_deletion_and_takes_no_writes(dinero: DineroCalls) -> None:
    draft = await dinero.draft()
    at = f"invoices/{draft['Guid']}"
    assert (await dinero.refused("DELETE", at, {"Timestamp": "0000000000000001"}))[:2] == (400, 58)
    assert await dinero("DELETE", at, {"Timestamp": draft["TimeStamp"]}) == (200, "")
    assert (await dinero.ok("GET", at))["DeletedAt"] == "2026-03-02T09:00:00.000"
    assert (await dinero.refused("POST", f"{at}/book", {"Timestamp": draft["TimeStamp"]}))[:2] == (400, 65)
    assert (await dinero.refused("DELETE", at))[:2] == (400, 65)
    assert (await dinero.ok("GET", "invoices"))["Collection"] == []
    assert len((await dinero.ok("GET", "invoices", deletedOnly="true"))["Collection"]) == 1
    dinero.simulator.unknowns.hide_deleted = True
    assert (await dinero.refused("GET", at))[:2] == (400, 63)


async def test_a_stale_read_shows_the_version_before(dinero: DineroCalls) -> None:
    draft = await dinero.draft()
    dinero.books.edit_draft_line_price(draft["Guid"], 0, Decimal(50))
    dinero.simulator.faults.scripted["GET invoice"] = [Fault.STALE_TIMESTAMP]
    at = f"invoices/{draft['Guid']}"
    assert (await dinero.ok("GET", at))["TimeStamp"] == draft["TimeStamp"]
    invoice = await dinero.ok("GET", at)
    assert invoice["TimeStamp"] > draft["TimeStamp"]
    assert invoice["TotalInclVat"] == 50
