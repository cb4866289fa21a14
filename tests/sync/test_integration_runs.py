"""Runs over time: dry run, the start date, edits of the spec, interruptions and reports under way."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sync_flows import ANNE, BO
from sync_world import Process, Simulators, World, booked, condition, customers, restored_of

from dinero_operator.domain.choices import Booking, FirstRun, Payment, Trigger
from dinero_operator.sync.integration import Integration, Request
from dinero_operator.sync.report import ConditionType, HeldOrder, Report
from dinero_operator.transport import http

READY, SYNCED = ConditionType.READY, ConditionType.SYNCED


class Slow:
    """Every call takes some seconds."""

    def __init__(self, clock: Any, seconds: float) -> None:
        self._clock, self._seconds = clock, seconds

    async def before(self, _request: http.Request) -> None:
        self._clock.advance(self._seconds)

    async def after(self, _request: http.Request, _response: http.Response | None) -> None:
        """Take no more time."""


@pytest.mark.parametrize("restarts", [False, True])
async def test_dry_run_writes_nothing_and_loses_nothing(
    world: World, process: Process, *, restarts: bool
) -> None:
    customers(world, 3)
    world.order(email=None)
    for _ in range(3):
        report = await process.run(dry_run=True)
        assert condition(report, SYNCED).reason == "DryRun"
        assert condition(report, READY).status is True
        assert [hold.reason for hold in report.held] == ["EmailMissing"]
        world.clock.advance(3600.0)
    assert not world.writes()
    if restarts:
        process = world.process(restored_of(report))
    for order in [order for order in world.shop.orders.values() if order.email is None]:
        world.shop.edit(order.order_id, email=ANNE)
    await process.settle(dry_run=False)
    world.verify()


async def test_start_date_is_inclusive_and_in_the_shops_zone(world: World, process: Process) -> None:
    world.choices["start_from"] = date(2026, 3, 1)
    before = datetime(2026, 2, 28, 22, 59, 59, tzinfo=UTC)
    first = datetime(2026, 2, 28, 23, 0, 0, tzinfo=UTC)
    early = world.order(placed_at=before, modified_at=world.clock.now())
    kept = world.order(placed_at=first, modified_at=first, email=BO)
    report = await process.settle()
    assert world.invoice(early) is None
    assert world.invoice(kept) is not None
    assert report.counts is not None
    assert (report.counts.booked, report.counts.pending) == (1, 0)
    assert len(world.books.contacts) == 1, "no contact for an order that is never due"
    await process.settle(start_from=date(2026, 2, 28))
    world.verify()


async def test_changed_trigger_picks_up_what_was_passed_by(world: World, process: Process) -> None:
    customers(world, 3)
    report = await process.settle(trigger=Trigger.SENT)
    assert report.counts is not None
    assert (report.counts.booked, report.counts.pending) == (0, 3)
    world.clock.advance(24 * 3600.0)
    sent = world.order(email=ANNE, status="sent")
    await process.settle(trigger=Trigger.SENT)
    assert list(map(world.invoice, [sent])) != [None]
    report = await process.settle(trigger=Trigger.PAID)
    assert report.counts is not None
    assert (report.counts.booked, report.counts.pending) == (4, 0)
    world.verify()


async def test_changed_booking_books_the_drafts(world: World, process: Process) -> None:
    customers(world, 3)
    report = await process.settle(booking=Booking.MANUAL)
    assert report.counts is not None
    assert (report.counts.booked, report.counts.drafted) == (0, 3)
    world.clock.advance(24 * 3600.0)
    world.order()
    report = await process.settle(booking=Booking.ON_TRANSFER)
    assert report.counts is not None
    assert (report.counts.booked, report.counts.drafted) == (4, 0)
    world.verify()


async def test_changed_payment_pays_what_is_booked(world: World, process: Process) -> None:
    world.choices["trigger"] = Trigger.SENT
    order = world.order(status="sent", paid=False)
    await process.settle()
    invoice = world.invoice(order)
    assert invoice is not None
    assert not invoice.payments
    world.clock.advance(24 * 3600.0)
    await process.settle(payment=Payment.ALWAYS)
    assert [payment.amount for payment in invoice.payments] == [249_00]
    world.shop.mark_paid(order)
    await process.settle(payment=Payment.ALWAYS)
    world.verify()


@pytest.mark.parametrize("restarts", [False, True])
async def test_first_ten_orders_may_stay_drafts(world: World, process: Process, *, restarts: bool) -> None:
    first = customers(world, 12)
    report = await process.settle(first_run=FirstRun.DRAFT)
    assert report.counts is not None
    assert (report.counts.booked, report.counts.drafted) == (2, 10)
    if restarts:
        process = world.process(restored_of(report))
    later = world.order()
    report = await process.settle(first_run=FirstRun.DRAFT)
    assert report.counts is not None
    assert (report.counts.booked, report.counts.drafted) == (3, 10)
    invoice = world.invoice(later)
    assert invoice is not None
    assert invoice.booked
    await process.settle(first_run=FirstRun.BOOK)
    assert booked(world) == len(first) + 1
    world.verify()


@pytest.mark.parametrize("after", range(7))
async def test_interrupted_run_goes_on_where_it_stopped(world: World, process: Process, after: int) -> None:
    customers(world, 6)
    asked = 0

    def interrupted() -> bool:
        nonlocal asked
        asked += 1
        return asked > after

    report = await process.run(Request(interrupted=interrupted))
    assert report.next_run == 0.0
    assert not report.succeeded
    assert booked(world) == after
    successor = world.process(restored_of(report))
    await successor.settle()
    world.verify()


async def reports_of_a_slow_run(world: World, count: int) -> list[Report]:
    customers(world, count)
    process = world.process(probe=Slow(world.clock, 3.0))
    reports: list[Report] = []

    async def progress(report: Report) -> None:
        reports.append(report)

    await process.run(Request(progress=progress))
    return reports


async def test_progress_of_a_long_run(world: World) -> None:
    reports = await reports_of_a_slow_run(world, 12)
    assert len(reports) >= 3
    counts = [report.counts.booked for report in reports if report.counts]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]
    for report in reports:
        assert not report.finished
        assert not report.succeeded
        assert condition(report, SYNCED).reason == "Progressing"
        assert report.condition(READY) is None, "a run under way says nothing about how it ends"


async def test_death_after_any_report_under_way(site: Simulators) -> None:
    """The status of a run that never ended must not make the next process believe that it did."""
    total = len(await reports_of_a_slow_run(site.world(), 12))
    assert total >= 3

    class Crash(BaseException):
        pass

    for number in range(total):
        world = site.world()
        customers(world, 12)
        process = world.process(probe=Slow(world.clock, 3.0))
        reports: list[Report] = []

        async def progress(report: Report, reports: list[Report] = reports, number: int = number) -> None:
            reports.append(report)
            if len(reports) > number:
                raise Crash

        with pytest.raises(Crash):
            await process.run(Request(progress=progress))
        await process.close()
        await world.process(restored_of(reports[number])).settle()
        world.verify()


async def test_holds_are_told_once(world: World) -> None:
    told: list[HeldOrder] = []
    process = world.process()
    process.integration = Integration("default", "demo", process.services, on_hold=told.append)
    order = world.order(email=None)
    for _ in range(5):
        await process.run()
        world.clock.advance(900.0)
    assert [hold.reason for hold in told] == ["EmailMissing"]
    world.shop.edit(order, email=ANNE, status="returned")
    await process.settle()
    assert [hold.reason for hold in told] == ["EmailMissing", "StatusUnknown"]


async def test_pending_orders_are_counted_across_a_restart(world: World, process: Process) -> None:
    waiting = [world.order(paid=False, email=f"venter{number}@example.com") for number in range(4)]
    report = await process.settle()
    assert report.counts is not None
    assert report.counts.pending == 4
    assert not world.books.contacts
    world.clock.advance(24 * 3600.0)
    world.order()
    report = await process.settle()
    process = world.process(restored_of(report))
    world.clock.advance(24 * 3600.0)
    changes: list[Callable[[int], Any]] = [world.shop.mark_paid, world.shop.cancel]
    for change, order in zip(changes, waiting, strict=False):
        change(order)
    report = await process.settle()
    assert report.counts is not None
    assert (report.counts.booked, report.counts.pending) == (2, 2)
