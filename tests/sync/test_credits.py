"""Credit notes: what people do in the same books, what cannot be credited, and what a credit costs."""

from decimal import Decimal
from typing import Any

import pytest
from sync_world import DEPOSIT, HOUR, Process, World, restored_of

from dinero_operator.domain.choices import Credits, Trigger
from dinero_operator.domain.identity import creditnote_guid, invoice_guid
from dinero_operator.sandbox.dinero import CreditNote
from dinero_operator.sandbox.shoporama import OrderLine


@pytest.fixture
def world(world: World) -> World:
    world.choices["credits"] = Credits.AUTOMATIC
    return world


def reasons(report: Any) -> list[str]:
    return [hold.reason for hold in report.held]


async def booked_order(world: World, process: Process, **fields: Any) -> int:
    order = world.order(**fields)
    await process.settle()
    world.clock.advance(HOUR)
    return order


def credit_by_hand(world: World, order: int) -> CreditNote:
    """A person makes the credit note in Dinero, and books it."""
    invoice = world.invoice(order)
    assert invoice is not None
    note = world.books.generate_credit_note(invoice)
    world.books.book(note)
    return note


async def test_a_cancelled_order_is_credited_line_for_line_and_paid_back(
    world: World, process: Process
) -> None:
    order = await booked_order(world, process)
    world.shop.cancel(order)
    world.credited[order] = [249_00]
    report = await process.settle()
    world.verify()
    assert report.counts is not None
    assert (report.counts.booked, report.counts.credited, report.counts.held) == (1, 1, 0)
    (note,) = world.books.credit_notes.values()
    invoice = world.invoice(order)
    assert invoice is not None
    assert [line.account_number for line in note.lines] == [line.account_number for line in invoice.lines]
    assert note.totals == invoice.totals
    _, refund = invoice.payments
    assert (refund.amount, refund.deposit_account) == (-249_00, DEPOSIT)
    assert refund.external_reference == f"shoporama:{order}:credit:1:refund"
    assert (
        process.metrics.registry.get_sample_value(
            "dinero_operator_orders_total", {"namespace": "default", "name": "demo", "outcome": "credited"}
        )
        == 1.0
    )

    counts = (await world.process(restored_of(report)).settle()).counts
    assert counts is not None
    assert counts.credited == 1, "counted again from the books"


async def test_a_credit_takes_ten_calls(world: World, process: Process) -> None:
    order = await booked_order(world, process)
    world.calls()
    world.shop.cancel(order)
    await process.run()
    made = world.calls()
    writes = {call: number for call, number in made.items() if call.startswith("POST")}
    assert writes == {"POST creditnotes": 1, "POST creditnote-book": 1, "POST payments": 1}, writes
    assert not await quiet(world, process)


async def quiet(world: World, process: Process) -> bool:
    """Whether another run writes anything."""
    before = world.writes()
    world.clock.advance(HOUR)
    await process.run()
    return world.writes() != before


async def test_a_credit_note_made_by_hand_is_never_doubled(world: World, process: Process) -> None:
    order = await booked_order(world, process)
    credit_by_hand(world, order)
    world.shop.cancel(order)
    assert reasons(await process.settle()) == ["CreditNeeded"]
    assert len(world.books.credit_notes) == 1
    world.books.pay_by_hand(str(invoice_guid(world.organisation, order)), -249_00, DEPOSIT)
    world.clock.advance(8 * HOUR)
    assert not reasons(await process.settle()), "the person has finished it"
    assert len(world.books.credit_notes) == 1


async def test_a_refund_made_by_hand_is_not_made_again(world: World, process: Process) -> None:
    order = await booked_order(world, process)
    world.site.broken.add(f"{invoice_guid(world.organisation, order)}/payments")
    world.shop.cancel(order)
    assert reasons(await process.settle()) == ["OutcomeUnknown"]
    world.books.pay_by_hand(str(invoice_guid(world.organisation, order)), -249_00, DEPOSIT)
    world.site.broken.clear()
    world.clock.advance(8 * HOUR)
    assert not reasons(await process.settle())
    invoice = world.invoice(order)
    assert invoice is not None
    assert [payment.amount for payment in invoice.payments] == [249_00, -249_00]


async def test_money_that_came_by_hand_is_not_paid_back_by_us(world: World, process: Process) -> None:
    world.choices["trigger"] = Trigger.SENT
    order = await booked_order(world, process, status="sent", paid=False)
    world.books.pay_by_hand(str(invoice_guid(world.organisation, order)), 249_00, DEPOSIT)
    world.shop.cancel(order)
    assert reasons(await process.settle()) == ["PaymentDiffers"]
    invoice = world.invoice(order)
    assert invoice is not None
    assert len(invoice.payments) == 1
    world.books.pay_by_hand(invoice.guid, -249_00, DEPOSIT)
    world.clock.advance(8 * HOUR)
    assert not reasons(await process.settle())


async def test_a_draft_that_was_deleted_is_not_made_again(world: World, process: Process) -> None:
    order = await booked_order(world, process)
    guid = str(creditnote_guid(world.organisation, f"shoporama:{order}:credit:1"))
    world.site.broken.add(f"{guid}/book")
    world.shop.cancel(order)
    assert reasons(await process.settle()) == ["OutcomeUnknown"]
    world.books.delete_draft(guid)
    world.site.broken.clear()
    world.clock.advance(8 * HOUR)
    for operator in (process, world.process()):
        assert reasons(await operator.settle()) == ["DraftDeleted"]
    assert len(world.books.credit_notes) == 1


async def test_a_draft_that_was_edited_is_not_booked(world: World, process: Process) -> None:
    order = await booked_order(world, process)
    guid = str(creditnote_guid(world.organisation, f"shoporama:{order}:credit:1"))
    world.site.broken.add(f"{guid}/book")
    world.shop.cancel(order)
    assert reasons(await process.settle()) == ["OutcomeUnknown"]
    world.books.edit_draft_line_price(guid, 0, Decimal(150))
    world.site.broken.clear()
    world.clock.advance(8 * HOUR)
    assert reasons(await process.settle()) == ["BooksDiffer"]
    world.books.edit_draft_line_price(guid, 0, Decimal(200))
    world.credited[order] = [249_00]
    world.clock.advance(8 * HOUR)
    assert not reasons(await process.settle())
    world.verify()


async def test_an_order_that_comes_back_to_life_is_held(world: World, process: Process) -> None:
    order = await booked_order(world, process)
    world.shop.cancel(order)
    await process.settle()
    world.shop.edit(order, status="new")
    assert reasons(await process.settle()) == ["ChangedAfterBooking"]
    assert len(world.books.credit_notes) == 1


async def test_goods_that_were_exchanged_are_no_reduction(world: World, process: Process) -> None:
    order = await booked_order(world, process)
    world.shop.edit(order, lines=(OrderLine(name="Skål", unit_price=150_00),))
    assert reasons(await process.settle()) == ["CreditNeeded"]
    assert not world.books.credit_notes


async def test_an_order_that_grew_is_held(world: World, process: Process) -> None:
    order = await booked_order(world, process)
    world.shop.edit(order, shipping_price=59_00)
    assert reasons(await process.settle()) == ["ChangedAfterBooking"]
    assert not world.books.credit_notes


async def test_nothing_is_credited_in_a_dry_run_or_on_hold(world: World, process: Process) -> None:
    order = await booked_order(world, process)
    world.shop.cancel(order)
    before = world.writes()
    await process.run(dry_run=True)
    assert world.writes() == before
    for _ in range(2):
        report = await process.run(credits=Credits.HOLD)
        world.clock.advance(HOUR)
    assert reasons(report) == ["CreditNeeded"]
    assert world.writes() == before
    world.credited[order] = [249_00]
    assert not reasons(await process.settle()), "the shop has chosen Automatic again"
    world.verify()


async def test_what_was_credited_stays_so_when_the_shop_chooses_hold(world: World, process: Process) -> None:
    order = await booked_order(world, process)
    world.shop.cancel(order)
    await process.settle()
    world.clock.advance(HOUR)
    world.shop.edit(order, comments="Ring først")
    assert not reasons(await world.process().settle(credits=Credits.HOLD))
    assert len(world.books.credit_notes) == 1


async def test_a_contact_that_was_deleted_is_restored_to_be_credited(world: World, process: Process) -> None:
    order = await booked_order(world, process)
    invoice = world.invoice(order)
    assert invoice is not None
    assert invoice.contact_guid is not None
    world.books.delete_contact(invoice.contact_guid)
    world.shop.cancel(order)
    world.credited[order] = [249_00]
    assert not reasons(await process.settle())
    world.verify()
