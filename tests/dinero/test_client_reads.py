"""What the client reads: organisations, accounts, settings, rates, contacts and invoices, page by page."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from dinero_operator.dinero.client import DineroClient, Organisation
from dinero_operator.domain.errors import CredentialsRejected, InvalidConfiguration, SubscriptionMissing
from dinero_operator.domain.observation import InvoiceStatus
from dinero_operator.sandbox.dinero import Books, DineroSimulator

STANDARD_BANK = 55_000


async def test_organisations_that_the_key_reaches(client: DineroClient, dinero: DineroSimulator) -> None:
    dinero.add_organisation(2, "Uden Pro", pro=False)
    dinero.add_organisation(3, "Ikke vores")
    dinero.add_api_key(client_id="client", client_secret="secret", api_key="key", organisations=[118_427, 2])
    assert await client.organisations() == [
        Organisation(118_427, "Kopper & Krus ApS", pro=True),
        Organisation(2, "Uden Pro", pro=False),
    ]


async def test_deposit_accounts(client: DineroClient, books: Books) -> None:
    books.deposits[55_100].hidden = True
    accounts = {row.number: row for row in await client.deposit_accounts()}
    assert accounts.keys() == books.deposits.keys()
    assert accounts[55_100].hidden
    assert accounts[STANDARD_BANK].bank
    assert not any(row.bank for number, row in accounts.items() if number != STANDARD_BANK)


async def test_chart_of_accounts(client: DineroClient, books: Books) -> None:
    chart = {row.number: row for row in await client.entry_accounts()}
    assert chart[1000].vat_code == "U25"
    assert chart[1000].name == books.accounts[1000].name


async def test_vat_rates_are_exact(client: DineroClient) -> None:
    assert (await client.vat_rates())["U25"] == Decimal("0.25")


async def test_default_sales_account(client: DineroClient, books: Books) -> None:
    assert await client.default_sales_account() == books.default_account
    books.default_account = 0
    assert await client.default_sales_account() is None


@pytest.mark.parametrize("count", [0, 1, 999, 1000, 1001, 2300])
async def test_contacts_over_pages(
    client: DineroClient, books: Books, dinero: DineroSimulator, count: int
) -> None:
    for number in range(count):
        books.add_contact_by_hand(f"Kunde {number}", email=f"k{number}@example.com")
    rows = [row async for row in client.contacts(None)]
    assert {row.email for row in rows} == {f"k{number}@example.com" for number in range(count)}
    assert len(rows) == count
    assert dinero.count()["GET contacts"] == count // 1000 + 1


async def test_contacts_that_changed_and_deleted_ones(client: DineroClient, books: Books, clock: Any) -> None:
    books.add_contact_by_hand("Gammel", email="old@example.com")
    gone = books.add_contact_by_hand("Slettet", email="gone@example.com")
    clock.advance(3600)
    since = clock.now()
    books.delete_contact(gone.guid)
    books.add_contact_by_hand("Ny", email="new@example.com")
    books.add_contact_by_hand("Uden adresse")
    rows = {row.email: row async for row in client.contacts(since)}
    assert rows.keys() == {"gone@example.com", "new@example.com", ""}
    assert rows["gone@example.com"].deleted
    assert not rows["new@example.com"].deleted
    assert rows["gone@example.com"].created < rows["new@example.com"].created


async def test_one_contact(client: DineroClient, books: Books) -> None:
    known = books.add_contact_by_hand("Anne", email="anne@example.com")
    row = await client.contact(UUID(known.guid))
    assert row is not None
    assert (row.guid, row.email, row.deleted) == (UUID(known.guid), "anne@example.com", False)
    books.delete_contact(known.guid)
    row = await client.contact(UUID(known.guid))
    assert row is not None
    assert row.deleted
    assert await client.contact(uuid4()) is None, "a contact that nobody has is a 404"


async def test_invoices_of_the_list(client: DineroClient, books: Books, clock: Any) -> None:
    contact = books.add_contact_by_hand("Anne", email="anne@example.com")
    old = books.add_invoice_by_hand(contact.guid, Decimal(10))
    clock.advance(3600)
    since = clock.now()
    draft = books.add_invoice_by_hand(contact.guid, Decimal("12.35"), booked=False, day=date(2026, 2, 27))
    paid = books.add_invoice_by_hand(contact.guid, Decimal(100), external_reference="shoporama:7")
    books.pay_by_hand(paid.guid, 100_00, 55_100)
    binned = books.add_invoice_by_hand(contact.guid, Decimal(5), booked=False)
    books.delete_draft(binned.guid)
    rows = {row.view.guid: row async for row in client.invoices(since)}
    assert rows.keys() == {UUID(draft.guid), UUID(paid.guid)}
    view = rows[UUID(draft.guid)].view
    assert (view.status, view.number, view.total, view.vat) == (InvoiceStatus.DRAFT, None, 12_35, 2_47)
    assert rows[UUID(draft.guid)].date == date(2026, 2, 27)
    view = rows[UUID(paid.guid)].view
    assert (view.status, view.number, view.settled) == (InvoiceStatus.BOOKED, 2, True)
    assert (view.reference, view.contact, view.currency) == ("shoporama:7", UUID(contact.guid), "DKK")
    everything = {row.view.guid async for row in client.invoices(None)}
    assert everything == {UUID(old.guid), UUID(draft.guid), UUID(paid.guid)}
    (deleted,) = [row async for row in client.invoices(since, deleted=True)]
    assert deleted.view.guid == UUID(binned.guid)
    assert deleted.view.deleted


async def test_changes_are_asked_for_in_utc(script: Any) -> None:
    script.will(json={"Collection": [], "Pagination": {"PageSize": 1000}})
    since = datetime(2026, 3, 29, 3, 30, tzinfo=UTC).astimezone(tz=None) + timedelta(0)
    assert [row async for row in script.client.invoices(since)] == []
    assert script.seen[0].query["changesSince"] == "2026-03-29T03:30:00Z"
    assert script.seen[0].query["deletedOnly"] == "false"


async def test_one_invoice_and_its_payments(client: DineroClient, books: Books) -> None:
    contact = books.add_contact_by_hand("Anne", email="anne@example.com")
    invoice = books.add_invoice_by_hand(contact.guid, Decimal("249.00"))
    guid = UUID(invoice.guid)
    view = await client.invoice(guid)
    assert view is not None
    assert (view.status, view.timestamp, view.settled) == (InvoiceStatus.BOOKED, invoice.timestamp, False)
    assert (view.total, view.vat, view.lines_total) == (249_00, 49_80, 249_00)
    books.pay(invoice, amount=100_00, deposit_account=55_100, external_reference="SHOPORAMA:7:payment")
    books.pay_by_hand(invoice.guid, 49_00, 55_100)
    payments = await client.payments(guid, "shoporama:7:payment")
    assert (payments.ours, payments.remaining) == ((100_00,), 100_00)
    assert await client.invoice(uuid4()) is None, "an invoice that nobody has is 400 with code 63"


async def test_draft_has_no_number(client: DineroClient, books: Books) -> None:
    contact = books.add_contact_by_hand("Anne")
    draft = books.add_invoice_by_hand(contact.guid, Decimal(10), booked=False)
    view = await client.invoice(UUID(draft.guid))
    assert view is not None
    assert (view.status, view.number, view.deleted) == (InvoiceStatus.DRAFT, None, False)
    books.delete_draft(draft.guid)
    view = await client.invoice(UUID(draft.guid))
    assert view is not None
    assert view.deleted
    books.unknowns.hide_deleted = True
    assert await client.invoice(UUID(draft.guid)) is None


async def test_without_pro_only_the_organisations_answer(client: DineroClient, books: Books) -> None:
    books.pro = False
    assert len(await client.organisations()) == 1
    with pytest.raises(SubscriptionMissing, match="Pro") as caught:
        await client.deposit_accounts()
    assert isinstance(caught.value, CredentialsRejected)


async def test_organisation_that_the_key_does_not_reach(
    client: DineroClient, dinero: DineroSimulator
) -> None:
    dinero.add_organisation(3, "Ikke vores")
    client._organisation = 3
    with pytest.raises(InvalidConfiguration, match=r"spec\.organisation") as caught:
        await client.deposit_accounts()
    assert caught.value.reason == "OrganisationForbidden"
