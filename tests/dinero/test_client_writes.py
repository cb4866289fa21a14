"""What the client writes, and how each refusal is told apart."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from builders import a_policy, an_order
from dinero_operator.dinero.client import DineroClient
from dinero_operator.dinero.errors import (
    AlreadyExists,
    ContactUnusable,
    DocumentDeleted,
    NoAccountingYear,
    NotFound,
    TimestampOutdated,
)
from dinero_operator.domain.destination import Destination
from dinero_operator.domain.document import (
    ContactDraft,
    InvoiceDraft,
    PaymentDraft,
    contact_draft,
    invoice_draft,
    payment_draft,
)
from dinero_operator.domain.errors import OrderRejected, OutcomeUnknown
from dinero_operator.domain.observation import InvoiceStatus
from dinero_operator.sandbox.dinero import Books, DineroSimulator
from dinero_operator.sandbox.dinero.periods import calendar_year
from dinero_operator.sandbox.faults import Fault

POLICY = a_policy()
ORDER = an_order()
CONTACT: ContactDraft = contact_draft(ORDER, POLICY)
INVOICE: InvoiceDraft = invoice_draft(ORDER, POLICY, POLICY.sales[Destination.DOMESTIC], CONTACT.guid)
PAYMENT: PaymentDraft = replace(payment_draft(ORDER, POLICY), account=55_100)


@pytest.fixture
async def draft(client: DineroClient, books: Books) -> Any:
    """The order's draft, with a version to book."""
    books.accounts[1350] = replace(books.accounts[1000], number=1350, name="Fragt")
    await client.create_contact(CONTACT)
    return await client.create_invoice(INVOICE)


async def test_contact_as_it_arrives(client: DineroClient, books: Books) -> None:
    await client.create_contact(CONTACT)
    contact = books.contacts[str(CONTACT.guid)]
    assert (contact.name, contact.email) == ("Anne Hansen", "anne@example.com")
    assert (contact.zip_code, contact.city, contact.country_key) == ("8000", "Aarhus C", "DK")
    assert contact.is_person


async def test_contact_is_created_once(client: DineroClient, books: Books) -> None:
    await client.create_contact(CONTACT)
    with pytest.raises(AlreadyExists):
        await client.create_contact(CONTACT)
    assert len(books.contacts) == 1


async def test_deleted_contact_is_restored(client: DineroClient, books: Books) -> None:
    await client.create_contact(CONTACT)
    books.delete_contact(str(CONTACT.guid))
    with pytest.raises(AlreadyExists):
        await client.create_contact(CONTACT)
    await client.restore_contact(CONTACT.guid)
    assert books.contacts[str(CONTACT.guid)].deleted_at is None


async def test_invoice_as_it_arrives(client: DineroClient, books: Books, draft: Any) -> None:
    kept = books.invoices[str(INVOICE.guid)]
    assert draft.timestamp == kept.timestamp
    assert (kept.totals.gross, kept.totals.vat) == (249_00, 49_80)
    assert kept.show_lines_incl_vat
    assert kept.date == date(2026, 3, 10)
    assert kept.external_reference == "shoporama:4711001"
    assert [(line.description, line.base_amount) for line in kept.lines] == [("Kop", 200), ("Fragt", 49)]
    assert kept.payment_condition_type == "Paid"
    view = await client.invoice(INVOICE.guid)
    assert view is not None
    assert (view.status, view.total, view.vat, view.contact) == (
        InvoiceStatus.DRAFT, 249_00, 49_80, CONTACT.guid
    )  # fmt: skip


async def test_invoice_is_created_once(client: DineroClient, books: Books, draft: Any) -> None:
    with pytest.raises(AlreadyExists) as caught:
        await client.create_invoice(INVOICE)
    assert caught.value.code == 72
    books.delete_draft(str(INVOICE.guid))
    with pytest.raises(AlreadyExists):
        await client.create_invoice(INVOICE)
    assert len(books.invoices) == 1


async def test_book_and_pay(client: DineroClient, books: Books, draft: Any) -> None:
    booked = await client.book(INVOICE.guid, draft.timestamp)
    assert (booked.status, booked.number, booked.settled) == (InvoiceStatus.BOOKED, 1, False)
    assert booked.timestamp not in (None, draft.timestamp)
    await client.pay(INVOICE.guid, booked.timestamp or "", PAYMENT)
    (payment,) = books.invoices[str(INVOICE.guid)].payments
    assert (payment.amount, payment.deposit_account, payment.date) == (249_00, 55_100, date(2026, 3, 10))
    assert payment.external_reference == "shoporama:4711001:payment"
    assert payment.fee == 0
    payments = await client.payments(INVOICE.guid, PAYMENT.reference)
    assert (payments.ours, payments.remaining) == ((249_00,), 0)


async def test_an_old_version_books_and_pays_nothing(client: DineroClient, books: Books, draft: Any) -> None:
    books.edit_draft_line_price(str(INVOICE.guid), 0, Decimal(1))
    with pytest.raises(TimestampOutdated) as caught:
        await client.book(INVOICE.guid, draft.timestamp)
    assert caught.value.code == 58
    books.book_by_hand(str(INVOICE.guid))
    with pytest.raises(TimestampOutdated):
        await client.pay(INVOICE.guid, draft.timestamp, PAYMENT)
    assert not books.invoices[str(INVOICE.guid)].payments


async def test_deleted_draft_is_not_booked(client: DineroClient, books: Books, draft: Any) -> None:
    books.delete_draft(str(INVOICE.guid))
    with pytest.raises(DocumentDeleted) as caught:
        await client.book(INVOICE.guid, draft.timestamp)
    assert caught.value.code == 65


async def test_booking_what_does_not_exist(client: DineroClient, books: Books) -> None:
    with pytest.raises(NotFound):
        await client.book(uuid4(), "0000000000000001")


async def test_invoice_for_an_unusable_contact(client: DineroClient, books: Books, draft: Any) -> None:
    with pytest.raises(ContactUnusable):
        await client.create_invoice(replace(INVOICE, guid=uuid4(), contact=uuid4()))
    books.delete_contact(str(CONTACT.guid))
    with pytest.raises(ContactUnusable):
        await client.create_invoice(replace(INVOICE, guid=uuid4()))
    with pytest.raises(ContactUnusable):
        await client.book(INVOICE.guid, draft.timestamp)


async def test_date_without_accounting_year(client: DineroClient, books: Books, draft: Any) -> None:
    books.periods.years = [calendar_year(2031)]
    with pytest.raises(NoAccountingYear) as caught:
        await client.book(INVOICE.guid, draft.timestamp)
    assert caught.value.code == 47


async def test_refused_negative_line_is_named(client: DineroClient, books: Books, draft: Any) -> None:
    order = an_order(order_id=4_711_002, discount=20_00, voucher_code="TAK")
    invoice = invoice_draft(order, POLICY, POLICY.sales[Destination.DOMESTIC], CONTACT.guid)
    books.unknowns.refuse_negative_lines = True
    with pytest.raises(OrderRejected) as caught:
        await client.create_invoice(invoice)
    assert caught.value.code == 42
    assert any("BaseAmountValue" in name for name in caught.value.fields)


async def test_refused_field_is_named_without_its_content(client: DineroClient, books: Books) -> None:
    with pytest.raises(OrderRejected) as caught:
        await client.create_contact(replace(CONTACT, name="", vat_number="12345678", person=False))
    assert {"Name", "VatNumber"} <= set(caught.value.fields)
    assert "12345678" not in str(caught.value)
    assert not books.contacts


@pytest.mark.parametrize("fault", [Fault.ANSWER_LOST, Fault.TRUNCATED])
async def test_lost_answer_to_a_creation_ends_in_already_exists(
    client: DineroClient, books: Books, dinero: DineroSimulator, fault: Fault
) -> None:
    """Sent again by itself, since a second creation with one Guid is refused."""
    dinero.faults.scripted = {"POST contacts": [fault], "POST invoices": [fault]}
    with pytest.raises(AlreadyExists):
        await client.create_contact(CONTACT)
    with pytest.raises(AlreadyExists):
        await client.create_invoice(replace(INVOICE, lines=INVOICE.lines[:1]))
    assert (len(books.contacts), len(books.invoices)) == (1, 1)


@pytest.mark.parametrize(
    "fault",
    [Fault.ANSWER_LOST, Fault.TRUNCATED, Fault.CONNECTION_RESET, Fault.SERVER_ERROR, Fault.BAD_GATEWAY, Fault.BROWNOUT],
)  # fmt: skip
async def test_bookings_and_payments_are_never_sent_again(
    client: DineroClient, books: Books, dinero: DineroSimulator, draft: Any, fault: Fault
) -> None:
    guid: UUID = INVOICE.guid
    booked = fault in (Fault.ANSWER_LOST, Fault.TRUNCATED)
    dinero.faults.scripted = {"POST book": [fault], "POST payments": [fault]}
    with pytest.raises(OutcomeUnknown):
        await client.book(guid, draft.timestamp)
    assert books.invoices[str(guid)].booked is booked
    if not booked:
        books.book_by_hand(str(guid))
    with pytest.raises(OutcomeUnknown):
        await client.pay(guid, books.invoices[str(guid)].timestamp, PAYMENT)
    assert len(books.invoices[str(guid)].payments) == int(booked)
    assert dinero.count()["POST book"] == dinero.count()["POST payments"] == 1


async def test_too_many_requests_is_waited_out(
    client: DineroClient, books: Books, dinero: DineroSimulator, draft: Any, clock: Any
) -> None:
    """A 429 is never applied, so that even a booking is sent again."""
    dinero.faults.scripted = {"POST book": [Fault.TOO_MANY_REQUESTS]}
    booked = await client.book(INVOICE.guid, draft.timestamp)
    assert booked.number == 1
    assert clock.elapsed >= 60
