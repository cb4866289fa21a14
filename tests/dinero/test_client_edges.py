"""Answers that the simulator does not give: HTML, empty and odd bodies, other spellings, other statuses."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from dinero_operator.dinero.errors import AlreadyExists, DocumentDeleted, NotFound, error_of
from dinero_operator.dinero.wire import amount_of, fold, invoice_view, payments_view, timestamp_of
from dinero_operator.domain.document import ContactDraft, InvoiceDraft, PaymentDraft
from dinero_operator.domain.errors import (
    CredentialsRejected,
    InvalidConfiguration,
    OrderRejected,
    OutcomeUnknown,
    SubscriptionMissing,
    Unavailable,
)
from dinero_operator.domain.observation import InvoiceStatus
from dinero_operator.transport.http import Response

GUID = UUID("5f0c4f0e-33ab-4c0f-9d7e-0e5b1b0f2a11")
HTML = "<html><body><h1>Service</h1></body></html>"
PAYMENT = PaymentDraft(55_100, 100_00, date(2026, 3, 2), "Shoporama ordre 1", "shoporama:1:payment")
CONTACT = ContactDraft(GUID, "Anne", "anne@example.com", "", "", "", "DK", "", person=True)
INVOICE = InvoiceDraft(
    GUID,
    GUID,
    "shoporama:1",
    date(2026, 3, 2),
    "DKK",
    "Ordre 1",
    "",
    prepaid=True,
    lines=(),
    total=0,
    vat=0,
    vat_rate=Decimal("0.25"),
    title="Faktura",
)


async def test_html_on_a_404_is_not_found(script: Any) -> None:
    script.will(404, text=HTML)
    assert await script.client.contact(GUID) is None


async def test_html_with_status_200_is_no_answer(script: Any) -> None:
    script.will(200, text=HTML)
    with pytest.raises(Unavailable):
        await script.client.organisations()


async def test_html_on_a_400_still_says_which_call(script: Any) -> None:
    script.will(400, text=HTML)
    with pytest.raises(OrderRejected, match=r"create contact, HTTP 400"):
        await script.client.create_contact(CONTACT)


async def test_html_from_a_server_in_trouble_is_tried_again(script: Any) -> None:
    script.will(503, text=HTML)
    script.will(json=[])
    assert await script.client.organisations() == []


@pytest.mark.parametrize(("status", "text"), [(200, ""), (201, ""), (204, None), (201, "<p>OK</p>")])
async def test_empty_answers_to_creations_are_good(script: Any, status: int, text: str | None) -> None:
    script.will(status, text=text)
    await script.client.create_contact(CONTACT)
    await script.client.restore_contact(GUID)
    draft = await script.client.create_invoice(INVOICE)
    assert (draft.guid, draft.timestamp, draft.status) == (GUID, None, InvoiceStatus.DRAFT)
    await script.client.pay(GUID, "0000000000000001", PAYMENT)
    assert len(script.seen) == 4


@pytest.mark.parametrize("text", ["", HTML, "[]"])
async def test_unreadable_answer_to_a_booking_is_an_unknown_outcome(script: Any, text: str) -> None:
    script.will(200, text=text)
    with pytest.raises(OutcomeUnknown):
        await script.client.book(GUID, "0000000000000001")
    assert len(script.seen) == 1


@pytest.mark.parametrize("name", ["TimeStamp", "Timestamp", "timestamp", "timeStamp"])
async def test_every_spelling_of_the_version(script: Any, name: str) -> None:
    script.will(json={"Guid": str(GUID), name: "00000000020A5EA8"})
    assert (await script.client.create_invoice(INVOICE)).timestamp == "00000000020A5EA8"
    assert timestamp_of(fold({name: "00000000020A5EA8"})) == "00000000020A5EA8"


async def test_names_in_any_case(script: Any) -> None:
    script.will(json={"collection": [{"contactguid": str(GUID), "EMAIL": "a@example.com"}]})
    (row,) = [row async for row in script.client.contacts(None)]
    assert (row.guid, row.email, row.deleted) == (GUID, "a@example.com", False)


async def test_smaller_pages_than_asked_for_are_all_read(script: Any) -> None:
    """A server may cap the page: then a full page is as long as it says."""

    def page(*numbers: int) -> dict[str, Any]:
        rows = [{"ContactGuid": str(UUID(int=number))} for number in numbers]
        return {"Collection": rows, "Pagination": {"PageSize": 2, "Result": len(rows)}}

    script.will(json=page(1, 2))
    script.will(json=page(3, 4))
    script.will(json=page())
    assert [row.guid.int async for row in script.client.contacts(None)] == [1, 2, 3, 4]
    assert [request.query["page"] for request in script.seen] == ["0", "1", "2"]
    assert {request.query["pageSize"] for request in script.seen} == {"1000"}


@pytest.mark.parametrize("body", [[], {"Collection": None}, {"Rows": []}, "text"])
async def test_answer_that_is_no_list(script: Any, body: Any) -> None:
    script.will(json=body)
    with pytest.raises(Unavailable):
        [row async for row in script.client.contacts(None)]


def answer(status: int, text: str) -> Response:
    return Response(status, {}, text.encode(), "dinero", "create_invoice")


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, "", CredentialsRejected),
        (403, '{"code":90,"message":"x"}', SubscriptionMissing),
        (403, '{"code":48}', SubscriptionMissing),
        (403, '{"Code":7,"message":"Din konto mangler abonnement"}', SubscriptionMissing),
        (403, '{"code":41}', InvalidConfiguration),
        (403, HTML, InvalidConfiguration),
        (404, HTML, NotFound),
        (404, "", NotFound),
        (400, '{"code":63}', NotFound),
        (400, '{"code":40}', NotFound),
        (409, "", AlreadyExists),
        (400, '{"code":72}', AlreadyExists),
        (400, '{"code":42,"validationErrors":{"ContactGuid":"guidMustBeUnique"}}', AlreadyExists),
        (400, '{"code":42,"errorMessageList":[{"Code":"guidMustBeUnique","Message":"x"}]}', AlreadyExists),
        (400, '{"code":65}', DocumentDeleted),
        (410, '{"code":65}', DocumentDeleted),
        (400, "[1,2]", OrderRejected),
        (400, '{"code":"fifty-eight"}', OrderRejected),
        (422, "", OrderRejected),
    ],
)
def test_refusals_by_who_must_act(status: int, body: str, kind: type[Exception]) -> None:
    assert type(error_of(answer(status, body), "create invoice")) is kind


def test_messages_never_repeat_what_dinero_says() -> None:
    body = '{"code":42,"message":"Anne Hansen is wrong","validationErrors":{"Name":"Anne Hansen"}}'
    message = str(error_of(answer(400, body), "create invoice"))
    assert "Anne" not in message
    assert "Name" in message


def test_status_of_an_invoice() -> None:
    base = {"Guid": str(GUID), "TimeStamp": "1", "Number": 7, "TotalInclVat": 125, "TotalVat": 25}
    paid = invoice_view(base | {"Status": "Booked", "PaymentStatus": "Paid"})
    assert (paid.status, paid.settled, paid.number) == (InvoiceStatus.BOOKED, True, 7)
    over = invoice_view(base | {"Status": "Booked", "PaymentStatus": "OverPaid"})
    assert not over.settled, "too much was paid: the payments must be looked at"
    late = invoice_view(base | {"Status": "Overdue"})
    assert (late.status, late.settled) == (InvoiceStatus.BOOKED, False)
    draft = invoice_view(base | {"Status": "Draft", "PaymentStatus": "Draft"})
    assert (draft.status, draft.number) == (InvoiceStatus.DRAFT, None)
    with pytest.raises(Unavailable):
        invoice_view(base)
    with pytest.raises(Unavailable):
        invoice_view({"Guid": "x", "Status": "Draft"})


def test_payments_that_cannot_be_counted_are_no_answer() -> None:
    with pytest.raises(Unavailable):
        payments_view({"Payments": []}, "shoporama:1:payment")
    with pytest.raises(Unavailable):
        payments_view({"RemainingAmount": 1}, "shoporama:1:payment")
    row = {"ExternalReference": "shoporama:1:payment", "Amount": None}
    with pytest.raises(Unavailable):
        payments_view({"RemainingAmount": 1, "Payments": [row]}, "shoporama:1:payment")
    assert payments_view({"RemainingAmount": 1, "Payments": [row]}, "shoporama:2:payment").ours == ()


@pytest.mark.parametrize("value", [True, None, "12.35", float("nan"), [1]])
def test_amounts_that_are_none(value: Any) -> None:
    assert amount_of(value) is None


async def test_payment_to_an_unknown_invoice(script: Any) -> None:
    script.will(400, json={"code": 63, "message": "Invalid InvoiceGuid, no results found"})
    with pytest.raises(NotFound):
        await script.client.pay(uuid4(), "1", PAYMENT)
