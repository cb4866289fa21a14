"""Orders that are held: each reason appears, stops no other order, and ends when its cause is mended."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hold_cases import BOOKED, FREE, STORIES
from sync_world import HOUR, Process, World, condition, restored_of

from dinero_operator.domain.holds import HoldReason
from dinero_operator.sandbox.shoporama import SimOrder
from dinero_operator.sync.report import ConditionType, HeldOrder

BO = "bo@example.com"


@pytest.mark.parametrize("restarts", [False, True], ids=["one process", "a new process each time"])
@pytest.mark.parametrize("name", STORIES)
async def test_hold_and_its_end(world: World, name: str, *, restarts: bool) -> None:
    process = world.process()
    acts = STORIES[name](world)
    bystander = 0
    for expected in acts:
        if not bystander:
            bystander = world.order(email=BO, status="sent")
        report = await process.settle()
        other = world.invoice(bystander)
        assert other is not None
        assert other.remaining == 0, "a held order stops no other"
        if isinstance(expected, HoldReason):
            (held,) = report.held
            assert held.reason == expected
            assert expected.remedy in held.message
            assert report.counts is not None
            assert report.counts.held == 1
            assert condition(report, ConditionType.SYNCED).reason == "OrdersHeld"
            assert condition(report, ConditionType.READY).status is True
        else:
            assert not report.held
            assert condition(report, ConditionType.SYNCED).status is True
            if expected == BOOKED:
                world.verify()
        world.clock.advance(HOUR)
        if restarts:
            process = world.process(restored_of(report))


@pytest.mark.parametrize(
    "hides", [False, True], ids=["deleted drafts can be read", "deleted drafts are hidden"]
)
@pytest.mark.parametrize("reuses", [False, True], ids=["Guid is taken", "Guid is free again"])
@pytest.mark.parametrize("restarts", [False, True], ids=["one process", "a new process"])
async def test_deleted_draft_is_never_made_again(
    world: World, *, hides: bool, reuses: bool, restarts: bool
) -> None:
    unknowns = world.site.dinero.unknowns
    unknowns.hide_deleted, unknowns.reuse_deleted_guids = hides, reuses
    acts = STORIES["draft_deleted"](world)
    process = world.process()
    assert next(acts) == FREE
    await process.settle()
    assert next(acts) == HoldReason.DRAFT_DELETED
    if restarts:
        process = world.process()
    for _ in range(4):
        report = await process.settle()
        assert [hold.reason for hold in report.held] == ["DraftDeleted"]
        world.clock.advance(HOUR)
    (draft,) = world.books.invoices.values()
    assert draft.deleted_at is not None
    assert not draft.booked
    assert not world.books.entries


@pytest.mark.parametrize("name", ["vat_differs", "document_rejected", "discount_refused", "outcome_unknown"])
async def test_a_hold_is_tried_ever_more_rarely(world: World, process: Process, name: str) -> None:
    next(STORIES[name](world))
    await process.settle()
    before = world.writes()
    moments: list[float] = []
    for _ in range(24 * 12):
        world.clock.advance(300.0)
        seen = len(world.site.dinero.calls)
        await process.run()
        if any("invoice" in call.route or call.route == "book" for call in world.site.dinero.calls[seen:]):
            moments.append(world.clock.elapsed)
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert len(moments) < 60, "housekeeping, and few tries"
    assert max(gaps) <= HOUR + 300.0, "housekeeping goes on"
    assert world.writes() - before <= 10 * 4, "ten tries of four writes"


def order_ids(held: tuple[HeldOrder, ...]) -> list[int]:
    return [hold.order_id for hold in held]


async def test_more_holds_than_the_status_lists(world: World) -> None:
    """60 are held, 50 are listed; the watermark waits for the others, and a restart loses none."""
    process = world.process()
    world.order(email=BO)
    await process.settle()
    world.clock.advance(7200.0)
    first = [world.order(email=None) for _ in range(60)]
    report = await process.settle()
    assert order_ids(report.held) == first[:50]
    assert report.counts is not None
    assert report.counts.held == 60
    oldest_unlisted = world.shop.orders[first[50]].modified_at
    assert report.watermark_instant is not None
    assert oldest_unlisted is not None
    assert report.watermark_instant <= oldest_unlisted
    world.clock.advance(7200.0)
    later = world.order(email=BO)
    report = await process.settle()
    assert report.watermark_instant is not None
    assert report.watermark_instant <= oldest_unlisted, "nothing newer moves it past the unlisted ones"
    assert world.invoice(later) is not None

    successor = world.process(restored_of(report))
    report = await successor.settle()
    assert report.counts is not None
    assert report.counts.held == 60
    for order in first:
        world.shop.edit(order, email="anne@example.com")
    report = await successor.settle()
    assert not report.held
    world.verify()
    assert report.watermark_instant is not None
    assert report.watermark_instant > oldest_unlisted


async def test_held_orders_survive_a_restart_with_their_beginning(world: World) -> None:
    process = world.process()
    order = world.order(email=None)
    (before,) = (await process.settle()).held
    world.clock.advance(3 * HOUR)
    world.order(email=BO)
    restored = restored_of(await process.settle())
    assert restored.watermark is not None
    modified = world.shop.orders[order].modified_at
    assert modified is not None
    assert restored.watermark > modified, "a listed hold does not keep the watermark back"
    successor = world.process(restored)
    (after,) = (await successor.settle()).held
    assert after == before
    world.shop.edit(order, email="anne@example.com", modified_at=modified)
    world.clock.advance(3 * HOUR)
    assert not (await successor.settle()).held, "it is read again by its id, whatever the filter hides"
    world.verify()


async def test_currency_that_is_not_kroner_holds_every_order(world: World, process: Process) -> None:
    world.choices["currency"] = "EUR"
    world.order()
    world.order(email=BO)
    report = await process.settle()
    assert [hold.reason for hold in report.held] == ["CurrencyUnsupported"] * 2
    assert not world.books.contacts
    world.choices["currency"] = "DKK"
    assert not (await process.settle()).held
    world.verify()


async def test_skipped_order_is_counted_and_can_come_back(world: World, process: Process) -> None:
    order = world.order(email=None)
    await process.settle()
    world.choices["skip"] = frozenset({order})
    report = await process.settle()
    assert not report.held
    assert not world.books.invoices
    text = process.metrics.expose()[0].decode()
    assert 'outcome="skipped"} 1.0' in text
    assert 'outcome="held"} 1.0' in text
    world.choices["skip"] = frozenset()
    report = await process.settle()
    assert order_ids(report.held) == [order]


async def test_two_payments_with_our_reference_are_held_loudly(world: World, process: Process) -> None:
    order: SimOrder = world.shop.orders[world.order()]
    await process.settle()
    invoice = world.invoice(order.order_id)
    assert invoice is not None
    world.books.pay(
        invoice,
        amount=249_00,
        deposit_account=55_100,
        external_reference=f"shoporama:{order.order_id}:payment",
    )
    world.shop.edit(order.order_id, phone="87654321")
    successor = world.process()
    report = await successor.settle()
    (held,) = report.held
    assert held.reason == HoldReason.PAYMENT_DIFFERS
    assert "2 payments of 498.00" in held.message
    assert len(invoice.payments) == 2
    assert Decimal(invoice.remaining) == -249_00
