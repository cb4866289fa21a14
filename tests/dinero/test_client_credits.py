"""Credit notes through the real client, against the simulator."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from dinero_operator.dinero.client import DineroClient
from dinero_operator.dinero.errors import AlreadyExists, TimestampOutdated
from dinero_operator.domain.credit import CreditDraft
from dinero_operator.domain.document import InvoiceLine
from dinero_operator.domain.errors import OutcomeUnknown, Unavailable
from dinero_operator.domain.identity import creditnote_guid
from dinero_operator.sandbox.dinero import Books

REFERENCE = "shoporama:7:credit:1"
GUID = creditnote_guid(118_427, REFERENCE)


@pytest.fixture
def credit(books: Books) -> CreditDraft:
    contact = books.add_contact_by_hand("Anne", email="anne@example.com")
    invoice = books.add_invoice_by_hand(contact.guid, Decimal(249))
    if not invoice.booked:
        books.book(invoice)
    return CreditDraft(
        guid=GUID,
        invoice=UUID(invoice.guid),
        contact=UUID(contact.guid),
        reference=REFERENCE,
        date=date(2026, 3, 2),
        currency="DKK",
        comment="Kreditering af ordre 7",
        address="Anne\nTestvej 1",
        lines=(InvoiceLine("Kop", Decimal(3), 33_33, 1000, "Farve: blå"),),
        total=99_99,
    )


async def test_a_credit_note_is_made_read_booked_and_listed(
    client: DineroClient, books: Books, credit: CreditDraft
) -> None:
    assert await client.credit_note(GUID) is None
    made = await client.create_credit_note(credit)
    assert (made.guid, made.total, made.booked) == (GUID, None, False)
    with pytest.raises(AlreadyExists):
        await client.create_credit_note(credit)
    draft = await client.credit_note(GUID)
    assert draft is not None
    assert draft.lines == credit.lines
    assert (draft.total, draft.vat, draft.number) == (99_99, 20_00, None)
    assert (draft.invoice, draft.contact, draft.currency) == (credit.invoice, credit.contact, "DKK")
    with pytest.raises(TimestampOutdated):
        await client.book_credit_note(GUID, "0000000000000001")
    assert draft.timestamp is not None
    booked = await client.book_credit_note(GUID, draft.timestamp)
    assert booked.booked
    assert booked.number == 2
    (row,) = [row async for row in client.credit_notes(None)]
    assert (row.guid, row.reference, row.total, row.booked, row.timestamp) == (
        GUID,
        REFERENCE,
        99_99,
        True,
        None,
    )
    assert [row async for row in client.credit_notes(None, deleted=True)] == []
    payments = await client.payments(credit.invoice, "shoporama:7:payment")
    assert payments.remaining == 149_01
    (offset,) = payments.entries
    assert (offset.amount, offset.account, offset.voucher) == (99_99, None, GUID)
    assert books.credit_notes[str(GUID)].credit_note_for == str(credit.invoice)


async def test_a_deleted_draft_is_listed_as_deleted(
    client: DineroClient, books: Books, credit: CreditDraft
) -> None:
    await client.create_credit_note(credit)
    books.delete_draft(str(GUID))
    assert [row async for row in client.credit_notes(None)] == []
    (row,) = [row async for row in client.credit_notes(None, deleted=True)]
    assert (row.guid, row.deleted) == (GUID, True)


async def test_answers_that_do_not_tell(script: Any) -> None:
    script.will(text="<html></html>")
    with pytest.raises(OutcomeUnknown):
        await script.client.book_credit_note(GUID, "0000000000000001")
    script.will(json={"Guid": str(GUID), "Status": "Draft"})
    script.answers.pop(0)
    with pytest.raises(Unavailable):
        await script.client.credit_note(GUID)
    script.will(json={"Guid": str(GUID)})
    script.answers.pop(0)
    with pytest.raises(Unavailable):
        await script.client.credit_note(GUID)
