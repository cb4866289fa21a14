"""Each class of deliveries in the books: its accounts, its VAT, its contact and its words; and the year's total."""

from typing import Any

import pytest
from hold_cases import ALL_SALES, _country
from sync_world import Process, World

from dinero_operator.sandbox.dinero import Invoice

LIMIT = "dinero_operator_eu_consumer_sales_dkk"


@pytest.fixture
def everywhere(world: World) -> World:
    world.choices["sales"] = ALL_SALES
    return world


def abroad(iso: str, **fields: Any) -> dict[str, Any]:
    return {"billing": _country(iso), **fields}


def accounts(invoice: Invoice) -> list[int | None]:
    return [line.account_number for line in invoice.lines]


@pytest.mark.parametrize(
    ("order", "vat", "numbers", "title"),
    [
        ({}, 49_80, [1000, 1000], "Faktura"),
        (abroad("SE"), 49_80, [1000, 1350], "Faktura - EU-salg med dansk moms"),
        (
            abroad("DE", vat_number="de 999 999 903", vat_free=True),
            0,
            [1100, 1100],
            "Faktura - EU-salg uden moms",
        ),
        (abroad("NO", vat_free=True), 0, [1255, 1300], "Faktura - eksport"),
    ],
    ids=["domestic", "euConsumer", "euBusiness", "export"],
)
async def test_a_class_in_the_books(
    everywhere: World, process: Process, *, order: dict[str, Any], vat: int, numbers: list[int], title: str
) -> None:
    number = everywhere.order(**order)
    report = await process.settle()
    assert not report.held
    everywhere.verify()
    invoice = everywhere.invoice(number)
    assert invoice is not None
    assert (invoice.totals.gross, invoice.totals.vat) == (249_00, vat)
    assert accounts(invoice) == numbers
    assert invoice.description == title
    assert ("Momsfri" in (invoice.comment or "")) is (vat == 0)


async def test_a_business_abroad_as_a_contact(everywhere: World, process: Process) -> None:
    order = everywhere.order(**abroad("DE", vat_number="999999903", vat_free=True))
    await process.settle()
    (contact,) = everywhere.books.contacts.values()
    assert (contact.vat_number, contact.country_key, contact.is_person) == ("DE999999903", "DE", False)
    invoice = everywhere.invoice(order)
    assert invoice is not None
    assert "DE999999903" in (invoice.comment or "")


def shown(process: Process) -> list[str]:
    text = process.metrics.expose()[0].decode()
    return [line for line in text.splitlines() if line.startswith(LIMIT)]


async def test_the_year_s_total_of_eu_consumers_is_rebuilt(everywhere: World, process: Process) -> None:
    for number in range(3):
        everywhere.order(**abroad("SE", email=f"kunde{number}@example.com"))
    everywhere.order(**abroad("DE", vat_number="DE999999903", vat_free=True, email="firma@example.com"))
    everywhere.order()
    assert not shown(process)
    await process.settle()
    expected = [f'{LIMIT}{{organisation="{everywhere.organisation}",year="2026"}} 597.6']
    assert shown(process) == expected
    successor = everywhere.process()
    await successor.settle()
    assert shown(successor) == expected
    await successor.settle()
    assert shown(successor) == expected, "each invoice is counted once"


async def test_two_shops_of_one_organisation_have_one_total(everywhere: World, process: Process) -> None:
    books = process.services.books(everywhere.organisation)
    assert books is process.services.books(everywhere.organisation)
    everywhere.order(**abroad("SE"))
    await process.settle()
    assert books.eu_consumer_sales.by_year == {2026: 199_20}
